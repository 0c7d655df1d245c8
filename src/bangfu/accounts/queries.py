"""What other rooms and pages ask of accounts."""

from django.db.models import QuerySet

from .models import Officer
from .roles import Role


def demo_officers() -> QuerySet[Officer]:
    """Return the demo's accounts to try, in the order they were made; the cadres of its chain are many."""
    return Officer.objects.filter(is_active=True).exclude(role=Role.CADRE).order_by("pk")


def officers() -> QuerySet[Officer]:
    """Return every account, by role and name."""
    return Officer.objects.order_by("role", "name", "pk")
