"""The working calendar that comes with the software: what the State Council published, by the library chinesecalendar.

It knows published years only and guesses none. Rows, not answers: whoever keeps the calendar in a table fills it from `seed`.
"""

from collections.abc import Iterable
from importlib.metadata import version

from chinese_calendar import Holiday, holidays, workdays

from .calendar_rules import CalendarYear, Days, Kind, SpecialDay

FULL_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


def known_years() -> list[int]:
    """Return the years whose published calendar comes with the software."""
    return sorted({day.year for day in holidays})


def seed(years: Iterable[int] | None = None) -> list[CalendarYear]:
    """Return a row for every year asked for (default: every known one), its special days by date.

    A year that is not known comes without days, without a source and not official.
    """
    by_year: dict[int, list[SpecialDay]] = {}
    kinds: tuple[tuple[Kind, dict], ...] = (("off", holidays), ("make_up", workdays))  # type: ignore[type-arg]
    for kind, named in kinds:
        for day, english in named.items():
            by_year.setdefault(day.year, []).append(SpecialDay(day, kind, _chinese(english)))
    known, library = set(known_years()), version("chinesecalendar")
    return [CalendarYear(year, f"国务院办公厅公布的{year}年部分节假日安排（据 chinesecalendar {library}）", True, tuple(sorted(by_year[year])))
            if year in known else CalendarYear(year, "", False) for year in (sorted(known) if years is None else years)]


def _chinese(english: str) -> str:
    short: str = Holiday(english).chinese
    return FULL_NAMES.get(short, short)


def shipped_days() -> Days:
    """Return the calendar as it comes with the software."""
    return Days(seed())
