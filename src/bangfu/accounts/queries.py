"""What other rooms and pages ask of accounts."""

from django.db.models import Q, QuerySet

from .demo import CADRES
from .models import Officer
from .roles import Role


def demo_officers() -> QuerySet[Officer]:
    """Return the demo's accounts to try, in the order they were made; of the many cadres of its chain, some."""
    return Officer.objects.filter(is_active=True).exclude(Q(role=Role.CADRE), ~Q(username__in=CADRES)).order_by("pk")


def officers() -> QuerySet[Officer]:
    """Return every account, by role and name."""
    return Officer.objects.order_by("role", "name", "pk")
