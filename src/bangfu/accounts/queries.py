"""What other rooms and pages ask of accounts."""

from django.db.models import QuerySet

from .models import Officer


def demo_officers() -> QuerySet[Officer]:
    """Return the demo's accounts in the order they were made."""
    return Officer.objects.filter(is_active=True).order_by("pk")


def officers() -> QuerySet[Officer]:
    """Return every account, by role and name."""
    return Officer.objects.order_by("role", "name", "pk")
