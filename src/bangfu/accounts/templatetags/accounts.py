"""What the sign-in page shows of accounts in demo mode."""

from django import template
from django.conf import settings

from bangfu.accounts.models import Officer
from bangfu.accounts.queries import demo_officers

register = template.Library()


@register.simple_tag
def demo_accounts() -> list[Officer]:
    """Return the demo's officers; none outside demo mode."""
    return list(demo_officers()) if settings.DEMO else []
