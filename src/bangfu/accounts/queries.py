"""What other rooms and pages ask of accounts."""

from django.conf import settings
from django.db.models import Q, QuerySet

from .demo import CADRES
from .models import Officer
from .roles import Role


def demo_officers() -> QuerySet[Officer]:
    """Return the demo's accounts to try, in the order they were made; of the many cadres of its chain, some."""
    return Officer.objects.filter(is_active=True).exclude(Q(role=Role.CADRE), ~Q(username__in=CADRES)).order_by("pk")


def can_sign_in(officer: Officer) -> bool:
    """Whether somebody can come to the pages at all; who cannot is told things otherwise."""
    return officer.is_active and (officer.has_usable_password() or (settings.DEMO and demo_officers().filter(pk=officer.pk).exists()))


def officers() -> QuerySet[Officer]:
    """Return every account, by role and name."""
    return Officer.objects.order_by("role", "name", "pk")
