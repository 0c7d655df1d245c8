"""Days and moments as people read them, in the language of the page: 2017年10月20日, 10月20日, with or without the time."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import get_language, gettext

from bangfu.base.calendar_rules import WEEKDAYS

register = template.Library()
_FORMS = {"day": ("Y年n月j日", "j M Y"), "short_day": ("n月j日", "j M"), "moment": ("Y年n月j日 H:i", "j M Y H:i"), "short_moment": ("n月j日 H:i", "j M H:i"),
          "month": ("Y年n月", "M Y"), "year": ("Y年", "Y"), "only_month": ("n月", "F")}


def said(on: date | datetime | None, form: str) -> str:
    """Return a day or moment (by the town's clock) in one of the forms; "" for none."""
    if on is None or on == "":
        return ""
    if isinstance(on, datetime) and timezone.is_aware(on):
        on = timezone.localtime(on)
    return formatted(on, _FORMS[form][get_language() == "en"])


def _filter(form: str) -> None:
    @register.filter(name=form)
    def _said(on: date | datetime | None) -> str:
        return said(on, form)


@register.filter
def weekday(on: date | None) -> str:
    """Return the day's weekday, "" for none."""
    return gettext(WEEKDAYS[on.weekday()]) if on else ""


@register.filter
def in_year(on: date | None, year: int) -> str:
    """Return a day as a page about one year names it: with its year only where that is another."""
    return said(on, "short_day" if on and on.year == year else "day")


for _form in ("day", "short_day", "moment", "short_moment", "only_month"):
    _filter(_form)
