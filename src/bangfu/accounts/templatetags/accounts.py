"""What pages of the base show of accounts: the demo's at signing in, what each role is for."""

from django import template
from django.conf import settings

from bangfu.accounts.models import Officer
from bangfu.accounts.queries import demo_officers
from bangfu.accounts.roles import DUTIES, Role

register = template.Library()


@register.simple_tag
def demo_accounts() -> list[Officer]:
    """Return the demo's officers; none outside demo mode."""
    return list(demo_officers()) if settings.DEMO else []


@register.simple_tag
def duties() -> list[tuple[Role, str]]:
    """Return every role with what it is for."""
    return [(role, str(DUTIES[role])) for role in Role]
