"""The town's calendar: which days are worked, and when everybody visits. What came with the software, and in its place what the town wrote.

Promises: a year the town wrote replaces the one that came with the software whole; of two entries for a year, and of two rules, the newer
holds; nothing written is changed or taken away; a year that is not published is never told as if it were.
"""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from . import calendar_rules, clock, trail
from .calendar_data import seed
from .calendar_rules import ONE_DAY, CalendarYear, Days, EveryWeeks, NthWeekday, OnHoliday, Rule, SpecialDay, VisitDay, last_working_day
from .models import HolidayShift, RuleKind, VisitRule, WorkYear

WEEKDAYS = [gettext_noop("周一"), gettext_noop("周二"), gettext_noop("周三"), gettext_noop("周四"), gettext_noop("周五"), gettext_noop("周六"), gettext_noop("周日")]
HOLIDAYS = [gettext_noop("元旦"), gettext_noop("春节"), gettext_noop("清明节"), gettext_noop("劳动节"), gettext_noop("端午节"), gettext_noop("中秋节"),
            gettext_noop("国庆节"), gettext_noop("中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日")]  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2004, 2099


class Ruling(NamedTuple):
    """The rule as it stands, with what becomes of holidays and how long afterwards counts, in working days."""

    rule: Rule
    on_holiday: OnHoliday = "on"
    window: int = 2
    grace: int = 3


DEFAULT = Ruling(NthWeekday((1, 3), 4))


@cache
def _shipped() -> tuple[CalendarYear, ...]:
    return tuple(seed())


def _written() -> dict[int, WorkYear]:
    return {row.year: row for row in WorkYear.objects.order_by("pk")}


def newest(year: int) -> WorkYear | None:
    """Return the town's own entry for the year that holds."""
    return WorkYear.objects.filter(year=year).first()


def _special(row: WorkYear) -> tuple[SpecialDay, ...]:
    return tuple(SpecialDay(date.fromisoformat(day), kind, name) for day, kind, name in row.days)


def days() -> Days:
    """Return which days are worked."""
    own = _written()
    return Days([*(one for one in _shipped() if one.year not in own),
                 *(CalendarYear(row.year, row.source, row.official, _special(row)) for row in own.values())])


def special_days(year: int) -> tuple[SpecialDay, ...]:
    """Return the year's days off and make-up days by date, by whichever entry holds."""
    row = newest(year)
    return tuple(sorted(_special(row))) if row else next((one.days for one in _shipped() if one.year == year), ())


def newest_rule() -> VisitRule | None:
    """Return the town's own rule, None while none was written."""
    return VisitRule.objects.first()


def rule() -> Ruling:
    """Return the rule for visit days, what becomes of holidays, the window and the grace."""
    row = newest_rule()
    if row is None:
        return DEFAULT
    one: Rule = NthWeekday(tuple(row.nth), row.weekday) if row.kind == RuleKind.NTH else EveryWeeks(row.weeks, row.starts_on)
    return Ruling(one, row.on_holiday, row.window, row.grace)


def visit_days(year: int) -> list[VisitDay]:
    """Return the visit days whose rule date lies in the year, skipped ones among them."""
    ruling = rule()
    return calendar_rules.visit_days(ruling.rule, year, days(), ruling.on_holiday, ruling.window)


def missing(today: date) -> int | None:
    """Return the year whose calendar ought to be here and is not official: the running one, and from 1 December the next."""
    known = days()
    return next((year for year in (today.year, *([today.year + 1] if today.month == 12 else [])) if not known.official(year)), None)


@transaction.atomic
def write_year(*, year: int, source: str, official: bool, special: Iterable[SpecialDay], by: str) -> WorkYear:
    """Add the town's entry for a year; it holds from now on, in the place of whatever was there."""
    told = [[day.date.isoformat(), day.kind, day.name] for day in sorted(special)]
    row = WorkYear.objects.create(year=year, source=source, official=official, days=told, who=by, at=clock.now())
    trail.write("calendar_written", str(year), who=by, result=f"{len(told)} 天{'' if official else '，暂定'}")
    return row


@transaction.atomic
def write_rule(ruling: Ruling, *, by: str) -> VisitRule:
    """Add a rule; it holds from now on, for every year."""
    one = ruling.rule
    of_kind = ({"kind": RuleKind.NTH, "nth": sorted(set(one.nth)), "weekday": one.weekday} if isinstance(one, NthWeekday)
               else {"kind": RuleKind.EVERY, "weeks": one.weeks, "starts_on": one.start})
    row = VisitRule.objects.create(**of_kind, on_holiday=ruling.on_holiday, window=ruling.window, grace=ruling.grace, who=by, at=clock.now())
    trail.write("visit_rule_written", who=by, result=f"{one}；{ruling.on_holiday} {ruling.window} {ruling.grace}")
    return row


def rule_words(ruling: Ruling) -> str:
    """Return the rule as people say it."""
    one = ruling.rule
    if isinstance(one, NthWeekday):
        said = _("每月第 {nth} 个{weekday}").format(nth=_("、").join(map(str, sorted(set(one.nth)))), weekday=_(WEEKDAYS[one.weekday - 1]))
    else:
        said = _("从 {start} 起每 {weeks} 周的{weekday}").format(start=one.start, weeks=one.weeks, weekday=_(WEEKDAYS[one.start.weekday()]))
    return _("{rule}；遇节假日：{shift}；当天没有去成的，之后 {window} 个工作日以内可以补访，再过 {grace} 个工作日以内交来的记录都算按时。").format(
        rule=said, shift=HolidayShift(ruling.on_holiday).label, window=ruling.window, grace=ruling.grace)


@dataclass(frozen=True)
class Cell:
    """One day of a month as the year's page shows it."""

    day: date
    off: bool  # weekend or holiday
    holiday: str
    make_up: bool
    visit: bool
    until: bool  # a visit may be made up until this day
    last: bool  # the month's last working day


@dataclass(frozen=True)
class Month:
    """A month by weeks, Monday first; None stands where the week belongs to another month."""

    first: date
    weeks: list[list[Cell | None]]
    last: Cell


@dataclass(frozen=True)
class Line:
    """A visit day as the year's list tells it."""

    visit: VisitDay
    make_up: bool

    @property
    def day(self) -> date:
        """When it is held; when it would have been, if it is not."""
        return self.visit.date or self.visit.rule_date

    @property
    def moved(self) -> bool:
        """Whether it is held on another day than by the rule."""
        return self.visit.date is not None and self.visit.date != self.visit.rule_date


@dataclass(frozen=True)
class YearPage:
    """A year to hang up. `lines` also hold what another year's rule brings into this one; `held` and `moved` count the year's own."""

    year: int
    months: list[Month]
    lines: list[Line]
    held: int
    moved: int
    skipped: int
    ruling: Ruling
    official: bool
    source: str
    own: WorkYear | None
    known: bool  # days off are known, official or not


def year_page(year: int, ruling: Ruling | None = None) -> YearPage:
    """Return what the page of a year shows, by the rule that stands or by one that is tried."""
    ruling, known = ruling or rule(), days()
    near = [one for when in (year - 1, year, year + 1) for one in calendar_rules.visit_days(ruling.rule, when, known, ruling.on_holiday, ruling.window)]
    visits, untils = {one.date for one in near}, {one.make_up_until for one in near}

    def cell(day: date, last: date) -> Cell:
        return Cell(day, not known.is_working(day), known.holiday(day), known.is_make_up(day), day in visits, day in untils, day == last)

    def month(number: int) -> Month:
        last = last_working_day(year, number, known)
        weeks = months.Calendar().monthdatescalendar(year, number)
        return Month(date(year, number, 1), [[cell(day, last) if day.month == number else None for day in week] for week in weeks], cell(last, last))

    mine = [one for one in near if one.rule_date.year == year]
    lines = [Line(one, one.date is not None and known.is_make_up(one.date)) for one in near if year in (one.rule_date.year, one.date and one.date.year)]
    own = newest(year)
    return YearPage(year, [month(number) for number in range(1, 13)], sorted(lines, key=lambda one: one.day),
                    sum(one.date is not None for one in mine), sum(one.date not in (None, one.rule_date) for one in mine), sum(one.date is None for one in mine),
                    ruling, known.official(year), known.source(year), own, bool(own.days if own else known.source(year)))


def lines_of(special: Iterable[SpecialDay]) -> str:
    """Return days off and make-up days as they are typed, one or a stretch a line."""
    stretches: list[list[SpecialDay]] = []
    for one in sorted(special):
        before = stretches[-1][-1] if stretches else None
        if before and one.kind == before.kind == "off" and one.name == before.name and one.date == before.date + ONE_DAY:
            stretches[-1].append(one)
        else:
            stretches.append([one])
    return "\n".join(_line(stretch) for stretch in stretches)


def _line(stretch: list[SpecialDay]) -> str:
    first, last = stretch[0], stretch[-1]
    when = f"{first.date}" if first is last else f"{first.date} 至 {last.date}"
    return f"{when} {'补班 ' if first.kind == 'make_up' else ''}{first.name}".rstrip()
