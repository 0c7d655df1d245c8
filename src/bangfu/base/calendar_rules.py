"""Working days and visit days, as pure rules: no clock, no Django, no file. What the State Council published is handed in as `Days`.

A day is a date in Asia/Shanghai. A year nobody has data for is Monday to Friday and not official: provisional, never an error.
The data itself comes from calendar_data.seed or from whoever keeps it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
ONE_DAY = timedelta(days=1)

Kind = Literal["off", "make_up"]  # a day off; a weekend day that is worked (补班)
OnHoliday = Literal["back", "on", "skip"]
Day = date  # the type, where a field is itself called date
ON_HOLIDAY: tuple[OnHoliday, ...] = ("back", "on", "skip")


class SpecialDay(NamedTuple):
    """A date that is not what its weekday says. `name` is the public holiday it belongs to; a day off without a name is no holiday."""

    date: Day
    kind: Kind
    name: str = ""


@dataclass(frozen=True)
class CalendarYear:
    """What is known of a year: from where, whether it is what was officially published, and its special days."""

    year: int
    source: str
    official: bool
    days: tuple[SpecialDay, ...] = ()


class Days:
    """Which days are worked. Never changes; of two entries for one date or year the later one holds."""

    def __init__(self, years: Iterable[CalendarYear] = ()) -> None:
        self._years = {one.year: one for one in years}
        self._special = {day.date: day for one in self._years.values() for day in one.days}

    def is_working(self, day: date) -> bool:
        """Whether the day is worked: a make-up day, or Monday to Friday that is no day off."""
        special = self._special.get(day)
        return special.kind == "make_up" if special else day.isoweekday() <= 5

    def holiday(self, day: date) -> str:
        """Return the Chinese name of the public holiday the day is off for, "" when it is none; an ordinary weekend is none."""
        special = self._special.get(day)
        return special.name if special and special.kind == "off" else ""

    def is_make_up(self, day: date) -> bool:
        """Whether it is a weekend day that is worked in place of another (补班)."""
        special = self._special.get(day)
        return special is not None and special.kind == "make_up"

    def official(self, year: int) -> bool:
        """Whether the year is as officially published; otherwise what is said of it is provisional."""
        return year in self._years and self._years[year].official

    def source(self, year: int) -> str:
        """Return where the year's data comes from, "" when there is none."""
        return self._years[year].source if year in self._years else ""

    def next_working(self, day: date) -> date:
        """Return the first working day after the day."""
        day += ONE_DAY
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def previous_working(self, day: date) -> date:
        """Return the last working day before the day."""
        day -= ONE_DAY
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day after the day, or before it when n is negative; the day itself for 0, worked or not."""
        for _ in range(abs(n)):
            day = self.next_working(day) if n > 0 else self.previous_working(day)
        return day


class Rule(Protocol):
    """Says on which dates of a year a visit day would be if there were no holidays."""

    def dates(self, year: int) -> list[date]:
        """Return the year's rule dates, ascending."""


@dataclass(frozen=True)
class NthWeekday:
    """The n-th such weekday of every month, 1 = Monday to 7 = Sunday. A month without a fifth has none.

    Raises ValueError, with a sentence, for a weekday or an n that does not exist.
    """

    nth: tuple[int, ...] = (1, 3)
    weekday: int = 4

    def __post_init__(self) -> None:
        if not self.nth or not all(1 <= n <= 5 for n in self.nth):
            raise ValueError("每月第几个，写 1 到 5 的数，至少写一个")
        if not 1 <= self.weekday <= 7:
            raise ValueError("周几写 1 到 7：1 是周一，7 是周日")

    def __str__(self) -> str:
        return f"每月第{'、'.join(str(n) for n in sorted(set(self.nth)))}个{WEEKDAYS[self.weekday - 1]}"

    def dates(self, year: int) -> list[date]:
        """Return the year's rule dates, ascending."""
        found = []
        for month in range(1, 13):
            first = date(year, month, 1)
            first += timedelta(days=(self.weekday - first.isoweekday()) % 7)
            months = (first + timedelta(weeks=n - 1) for n in sorted(set(self.nth)))
            found += [day for day in months if day.month == month]
        return found


@dataclass(frozen=True)
class EveryWeeks:
    """Every so many weeks, 1 to 520, from a first date, none before it. Raises ValueError, with a sentence, for other numbers."""

    weeks: int
    start: date

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= 520:
            raise ValueError("每几周一次，写 1 到 520 的整数")

    def __str__(self) -> str:
        return f"从 {self.start} 起每 {self.weeks} 周的{WEEKDAYS[self.start.isoweekday() - 1]}"

    def dates(self, year: int) -> list[date]:
        """Return the year's rule dates, ascending."""
        step = timedelta(weeks=self.weeks)
        begin = max(date(year, 1, 1), self.start)
        day = self.start + -((self.start - begin) // step) * step  # rounded up: the first of them not before `begin`
        found = []
        while day.year == year:
            found.append(day)
            day += step
        return found


@dataclass(frozen=True)
class VisitDay:
    """A visit day. It belongs to the year and month of its `rule_date`; `date` and `make_up_until` are None when it is skipped.

    `holiday` is the name of the public holiday `rule_date` falls on, None when it falls on none. `official`: every year that
    any of its dates lies in is officially published.
    """

    rule_date: Day
    date: Day | None
    holiday: str | None
    make_up_until: Day | None
    official: bool


def shift(rule_date: date, days: Days, on_holiday: OnHoliday) -> date | None:
    """Return when a visit day is held: its rule date, or, on a public holiday, the nearest working day before (back) or after (on), or None (skip).

    Make-up weekends are working days. A weekend that is no public holiday shifts nothing.
    """
    if on_holiday not in ON_HOLIDAY:
        raise ValueError(on_holiday)
    if not days.holiday(rule_date):
        return rule_date
    if on_holiday == "skip":
        return None
    return days.previous_working(rule_date) if on_holiday == "back" else days.next_working(rule_date)


def visit_days(rule: Rule, year: int, days: Days, on_holiday: OnHoliday = "on", window: int = 2) -> list[VisitDay]:
    """Return the visit days whose rule date lies in the year, ascending; skipped ones are among them.

    Rule dates that fall on one date are one day, that of the earliest of them. Made up may be until the `window`-th working day
    after the date, never later than the day before the next visit day that is held, be it in the next year. Raises ValueError for a
    negative window.
    """
    if window < 0:
        raise ValueError(window)
    held: dict[date, date] = {}
    skipped = []
    for rule_date in (day for near in (year - 1, year, year + 1) for day in rule.dates(near)):
        day = shift(rule_date, days, on_holiday)
        if day is None:
            skipped.append(rule_date)
        else:
            held.setdefault(day, rule_date)
    found = [_visit_day(rule_date, None, None, days) for rule_date in skipped]
    dates = sorted(held)
    for day, following in zip(dates, [*dates[1:], None], strict=False):
        until = days.add_working_days(day, window)
        found.append(_visit_day(held[day], day, min(until, following - ONE_DAY) if following else until, days))
    return sorted((one for one in found if one.rule_date.year == year), key=lambda one: one.rule_date)


def _visit_day(rule_date: date, day: date | None, until: date | None, days: Days) -> VisitDay:
    years = {one.year for one in (rule_date, day, until) if one}
    return VisitDay(rule_date, day, days.holiday(rule_date) or None, until, all(days.official(one) for one in years))


def closes(until: date) -> datetime:
    """Return the midnight in Shanghai that ends the day: for the last day to make up, when visits by phone close."""
    return datetime.combine(until + ONE_DAY, time(), SHANGHAI)


def deadline(until: date, days: Days, after: int = 3) -> datetime:
    """Return the midnight in Shanghai that ends the `after`-th working day after `until`: nothing sent in later is in time."""
    return closes(days.add_working_days(until, after))


def last_working_day(year: int, month: int, days: Days) -> date:
    """Return the month's last working day, a make-up weekend if it is one."""
    return days.previous_working(date(year + month // 12, month % 12 + 1, 1))
