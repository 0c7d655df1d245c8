"""The one place that asks what time it is. The demo town's own clock stands still, beside 演示数据."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

DEMO_NOW = datetime(2017, 10, 20, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def now() -> datetime:
    """Return the instant, with zone."""
    return DEMO_NOW if settings.DEMO else timezone.now()


def day_of(moment: datetime) -> date:
    """Return the calendar day of an instant in the town's zone; a server's own zone, or UTC, is still on the day before in the morning."""
    return timezone.localtime(moment).date()


def today() -> date:
    """Return the calendar day in the town's zone."""
    return day_of(now())
