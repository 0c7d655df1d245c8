"""Working days and visit days: what was published, and what is counted from it. Dates of 2017–2026 are the State Council's."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from bangfu.base.calendar_data import known_years, seed, shipped_days
from bangfu.base.calendar_rules import (
    ON_HOLIDAY,
    CalendarYear,
    Days,
    EveryWeeks,
    NthWeekday,
    SpecialDay,
    closes,
    deadline,
    last_working_day,
    visit_days,
)

SHIPPED = shipped_days()
THURSDAYS = NthWeekday((1, 3), 4)
TUESDAYS = EveryWeeks(2, date(2017, 6, 6))
RULES = [THURSDAYS, TUESDAYS, NthWeekday((1, 2, 3, 4, 5), 3), NthWeekday((5,), 7), EveryWeeks(1, date(2016, 1, 1)), EveryWeeks(60, date(2010, 5, 4))]
TEN_YEARS = range(2017, 2027)


def on(text: str) -> date:
    return date.fromisoformat(text)


def the(rule_date: str, on_holiday="on", days=SHIPPED, rule=THURSDAYS, window=2):
    """Return the visit day of that rule date as (date, holiday, make_up_until)."""
    day = on(rule_date)
    [found] = [one for one in visit_days(rule, day.year, days, on_holiday, window) if one.rule_date == day]
    return found.date and str(found.date), found.holiday, found.make_up_until and str(found.make_up_until)


def test_every_day_of_the_known_years_is_worked_or_not_as_the_library_says():
    day = date(2004, 1, 1)
    while day.year in known_years():
        assert SHIPPED.is_working(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)
    assert day.year >= 2027


def test_the_seed_has_a_row_for_every_year_and_says_where_it_is_from():
    [known, unknown] = seed([2026, 2028])
    assert (known.year, known.official, len(known.days)) == (2026, True, 39)
    assert "国务院" in known.source and "2026" in known.source
    assert SpecialDay(on("2026-09-20"), "make_up", "国庆节") in known.days
    assert SpecialDay(on("2026-09-25"), "off", "中秋节") in known.days
    assert unknown == CalendarYear(2028, "", False, ())
    assert [one.year for one in seed()] == known_years()


def test_every_special_day_of_the_seed_lies_in_its_year_once_and_has_a_chinese_name():
    names = set()
    for year in seed():
        assert len({one.date for one in year.days}) == len(year.days)
        assert {one.date.year for one in year.days} == {year.year}
        assert all(one.date.isoweekday() > 5 for one in year.days if one.kind == "make_up")
        names |= {one.name for one in year.days}
    assert names == {"元旦", "春节", "清明节", "劳动节", "端午节", "国庆节", "中秋节", "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日"}


@pytest.mark.parametrize(("day", "working", "holiday", "make_up"), [
    ("2026-09-20", True, "", True),
    ("2026-10-10", True, "", True),
    ("2017-09-30", True, "", True),
    ("2026-10-01", False, "国庆节", False),
    ("2025-10-06", False, "中秋节", False),
    ("2026-10-03", False, "国庆节", False),  # a Saturday within the holiday
    ("2026-10-17", False, "", False),  # an ordinary Saturday
    ("2026-10-19", True, "", False),
])
def test_a_day_is_worked_a_holiday_or_made_up(day, working, holiday, make_up):
    day = on(day)
    assert (SHIPPED.is_working(day), SHIPPED.holiday(day), SHIPPED.is_make_up(day)) == (working, holiday, make_up)


def test_working_days_are_counted_with_the_make_up_weekend():
    assert SHIPPED.add_working_days(on("2026-09-18"), 5) == on("2026-09-24")
    assert SHIPPED.add_working_days(on("2026-09-24"), -5) == on("2026-09-18")
    assert SHIPPED.add_working_days(on("2026-10-03"), 0) == on("2026-10-03")
    assert SHIPPED.next_working(on("2026-09-30")) == on("2026-10-08")
    assert SHIPPED.previous_working(on("2026-10-08")) == on("2026-09-30")


def test_a_visit_day_is_held_made_up_and_closed():
    assert the("2026-08-20") == ("2026-08-20", None, "2026-08-24")
    shanghai = ZoneInfo("Asia/Shanghai")
    assert closes(on("2026-08-24")) == datetime(2026, 8, 25, tzinfo=shanghai)
    assert deadline(on("2026-08-24"), SHIPPED) == datetime(2026, 8, 28, tzinfo=shanghai)
    assert deadline(on("2026-08-24"), SHIPPED).utcoffset() == timedelta(hours=8)
    assert deadline(on("2026-02-26"), SHIPPED) == datetime(2026, 3, 3, tzinfo=shanghai)  # Saturday 28 February is worked


@pytest.mark.parametrize(("rule_date", "on_holiday", "expected"), [
    ("2017-10-05", "on", ("2017-10-09", "国庆节", "2017-10-11")),
    ("2017-10-05", "back", ("2017-09-30", "国庆节", "2017-10-10")),
    ("2017-10-05", "skip", (None, "国庆节", None)),
    ("2026-02-19", "on", ("2026-02-24", "春节", "2026-02-26")),
    ("2026-02-19", "back", ("2026-02-14", "春节", "2026-02-25")),
    ("2026-10-01", "on", ("2026-10-08", "国庆节", "2026-10-10")),
    ("2026-01-01", "back", ("2025-12-31", "元旦", "2026-01-05")),
])
def test_a_holiday_shifts_back_on_or_skips(rule_date, on_holiday, expected):
    assert the(rule_date, on_holiday) == expected


def test_a_visit_day_shifted_over_new_year_belongs_to_the_year_of_its_rule_date():
    assert [str(one.date) for one in visit_days(THURSDAYS, 2026, SHIPPED, "back")][:2] == ["2025-12-31", "2026-01-15"]
    assert [str(one.rule_date) for one in visit_days(THURSDAYS, 2025, SHIPPED, "back")][-1] == "2025-12-18"


def test_only_a_named_holiday_shifts():
    saturdays = NthWeekday((1,), 6)
    assert the("2026-09-05", rule=saturdays) == ("2026-09-05", None, "2026-09-08")
    assert the("2026-10-03", rule=saturdays)[:2] == ("2026-10-08", "国庆节")
    flooded = Days([CalendarYear(2030, "试", True, (SpecialDay(on("2030-05-02"), "off"),))])  # a day off that is no holiday
    assert the("2030-05-02", days=flooded) == ("2030-05-02", None, "2030-05-06")


def test_made_up_is_not_until_the_next_visit_day_also_across_the_years_end():
    wednesdays = EveryWeeks(1, on("2019-01-02"))
    assert the("2019-10-02", rule=wednesdays) == ("2019-10-08", "国庆节", "2019-10-08")  # the next is on 9 October
    tuesdays = EveryWeeks(1, on("2024-12-03"))
    assert the("2024-12-31", rule=tuesdays, window=9) == ("2024-12-31", None, "2025-01-06")
    assert the("2024-12-24", rule=tuesdays, window=9) == ("2024-12-24", None, "2024-12-30")


def test_a_skipped_visit_day_does_not_shorten_the_one_before():
    tuesdays = EveryWeeks(1, on("2024-09-03"))
    assert the("2024-09-24", "skip", rule=tuesdays, window=9) == ("2024-09-24", None, "2024-10-07")  # not on 1 October, but on the 8th


def test_two_rule_dates_that_fall_on_one_date_are_one_day():
    thursdays = NthWeekday((1, 2, 3, 4, 5), 4)  # 1 and 8 October 2020 are holidays
    october = [(str(one.rule_date), str(one.date)) for one in visit_days(thursdays, 2020, SHIPPED) if one.rule_date.month == 10]
    assert october == [("2020-10-01", "2020-10-09"), ("2020-10-15", "2020-10-15"), ("2020-10-22", "2020-10-22"), ("2020-10-29", "2020-10-29")]
    off = [date(2030, 12, 31) + timedelta(days=n) for n in range(9)]
    long = Days([CalendarYear(year, "试", True, tuple(SpecialDay(day, "off", "长假") for day in off if day.year == year)) for year in (2030, 2031)])
    tuesdays = EveryWeeks(1, on("2030-12-03"))  # 31 December and 7 January are shifted to 9 January, and belong to 2030
    assert [str(one.date) for one in visit_days(tuesdays, 2030, long)][-1] == "2031-01-09"
    assert str(visit_days(tuesdays, 2031, long)[0].rule_date) == "2031-01-14"


def test_every_other_tuesday_with_skip_comes_from_data_alone():
    found = visit_days(TUESDAYS, 2022, SHIPPED, "skip")
    assert [str(one.rule_date) for one in found] == [str(on("2022-01-11") + timedelta(weeks=2 * n)) for n in range(26)]
    assert [(str(one.rule_date), one.holiday) for one in found if one.date is None] == [
        ("2022-04-05", "清明节"), ("2022-05-03", "劳动节"), ("2022-10-04", "国庆节")]
    assert all(one.date in (None, one.rule_date) for one in found)
    assert str(visit_days(TUESDAYS, 2017, SHIPPED, "skip")[0].date) == "2017-06-06"
    assert visit_days(TUESDAYS, 2016, SHIPPED, "skip") == visit_days(TUESDAYS, 1990, SHIPPED, "skip") == []


def test_22_of_the_240_thursdays_of_ten_years_are_holidays():
    found = [one for year in TEN_YEARS for one in visit_days(THURSDAYS, year, SHIPPED, "skip")]
    skipped = [one.rule_date for one in found if one.date is None]
    assert (len(found), len(skipped), sum(day.day <= 7 for day in skipped)) == (240, 22, 19)
    assert {day.year for day in skipped if day.month == 10 and day.day <= 7} == set(TEN_YEARS)


def test_10_of_120_months_do_not_end_on_their_last_monday_to_friday():
    plain = Days()
    months = [(year, month) for year in TEN_YEARS for month in range(1, 13)]
    other = [str(last_working_day(*one, SHIPPED)) for one in months if last_working_day(*one, SHIPPED) != last_working_day(*one, plain)]
    assert other == ["2017-01-26", "2017-09-30", "2018-04-28", "2018-09-30", "2018-12-29", "2020-01-23", "2022-01-30", "2023-09-28", "2025-01-27",
                     "2026-02-28"]


@pytest.mark.parametrize("days", [Days(), Days(seed(range(2004, 2027))), Days(seed([2026, 2028]))], ids=["no data", "2027 taken out", "two years"])
def test_a_year_not_published_is_provisional_and_no_error(days):
    assert not days.official(2028) and days.source(2028) == ""
    found = visit_days(THURSDAYS, 2028, days)
    assert len(found) == 24 and not any(one.official or one.holiday for one in found)
    assert found[0].date == found[0].rule_date == on("2028-01-06")
    assert not days.is_working(on("2028-01-01")) and days.is_working(on("2028-10-02"))
    assert last_working_day(2028, 9, days) == on("2028-09-29")


def test_a_visit_day_that_reaches_into_an_unpublished_year_is_provisional():
    fifth = NthWeekday((5,), 4)
    days = Days(seed(range(2004, 2027)))
    [*others, last] = visit_days(fifth, 2026, days)
    assert (str(last.date), str(last.make_up_until), last.official) == ("2026-12-31", "2027-01-04", False)
    assert all(one.official for one in others)


def test_what_a_town_put_in_may_be_not_official_and_a_later_year_replaces_an_earlier():
    days = Days([*seed(), CalendarYear(2026, "镇里写的", False, (SpecialDay(on("2026-08-20"), "off", "镇庆"),))])
    assert not days.official(2026) and days.source(2026) == "镇里写的"
    assert days.is_working(on("2026-10-01")) and days.holiday(on("2026-08-20")) == "镇庆"


@pytest.mark.parametrize("on_holiday", ON_HOLIDAY)
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("window", [0, 2, 9])
def test_visit_days_are_in_order_once_each_and_never_made_up_into_the_next(rule, on_holiday, window):
    found = [one for year in range(2004, 2029) for one in visit_days(rule, year, SHIPPED, on_holiday, window)]
    assert [one.rule_date for one in found] == sorted({one.rule_date for one in found})
    held = [one for one in found if one.date]
    assert [one.date for one in held] == sorted({one.date for one in held})
    assert all(one.make_up_until < following.date for one, following in pairwise(held))
    assert all(one.date <= one.make_up_until for one in held)
    for one in found:
        assert (one.date is None) == (one.make_up_until is None) == (on_holiday == "skip" and one.holiday is not None)
        assert one.holiday or one.date == one.rule_date
        assert one.date is None or not SHIPPED.holiday(one.date)
        assert one.date is None or {"back": one.date <= one.rule_date, "on": one.date >= one.rule_date, "skip": True}[on_holiday]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_back_is_at_or_before_the_rule_date_and_on_at_or_after(rule):
    for year in range(2004, 2029):
        back = {one.rule_date: one.date for one in visit_days(rule, year, SHIPPED, "back")}
        forth = {one.rule_date: one.date for one in visit_days(rule, year, SHIPPED, "on")}
        assert all(back[day] <= day <= forth[day] for day in back.keys() & forth.keys())


@pytest.mark.parametrize("make", [
    lambda: NthWeekday((), 4), lambda: NthWeekday((0,), 4), lambda: NthWeekday((6,), 4), lambda: NthWeekday((1,), 0), lambda: NthWeekday((1,), 8),
    lambda: EveryWeeks(0, on("2017-06-06")), lambda: visit_days(THURSDAYS, 2026, SHIPPED, "later"), lambda: visit_days(THURSDAYS, 2026, SHIPPED, window=-1),
])
def test_a_rule_that_makes_no_sense_is_refused(make):
    with pytest.raises(ValueError):
        make()
