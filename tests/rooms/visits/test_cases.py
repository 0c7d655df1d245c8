"""Public reports of others as tests (cases 31, 32, 37), and another town's rules through a whole year by data alone."""

import re
from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse

from bangfu.base import calendar, clock
from bangfu.base.calendar import Ruling
from bangfu.base.calendar_rules import SHANGHAI, EveryWeeks, SpecialDay, closes
from bangfu.base.models import Job
from bangfu.registry.models import Area
from bangfu.visits import actions, escalation, keeping, queries, sheets
from bangfu.visits.actions import Said
from bangfu.visits.ladder import Rung, Step, To
from bangfu.visits.models import Reminder, Sheet, Slot, VisitDay
from bangfu.visits.rules import State, Sums
from tests.rooms.emptied import empty

TOWN = "450481108000"


def at(monkeypatch, day, hour=9):
    moment = datetime.combine(day, time(hour), SHANGHAI)
    monkeypatch.setattr(clock, "now", lambda: moment)


def published(officers, monkeypatch, day):
    at(monkeypatch, day - timedelta(days=1))
    return actions.publish(town=Area.objects.get(code=TOWN), on=day, by=officers["liang"])


def test_case_31_a_year_that_is_not_published_can_be_planned_is_provisional_and_is_looked_at_again(signed_in, officers, monkeypatch):
    """Days of 2028 are planned in 2027; nothing crashes on 1 January, nothing provisional is shown as sure."""
    empty("visits")
    at(monkeypatch, date(2027, 12, 20))
    planned = calendar.visit_days(2028)
    assert len(planned) == 24 and not any(one.official for one in planned)
    day = published(officers, monkeypatch, planned[0].date)
    assert (day.date, day.holiday) == (date(2028, 1, 6), "")
    client = signed_in("liang")
    for on in (date(2027, 12, 31), date(2028, 1, 1), date(2028, 1, 3)):
        at(monkeypatch, on)
        for address in (reverse("visits:days"), reverse("visits:board", args=["2028-01-06"]), reverse("base:calendar_year", args=[2028]), reverse("visits:not_seen"), reverse("visits:ladder")):
            assert client.get(address).status_code == 200
        assert "暂定" in client.get(reverse("visits:days")).content.decode()
    calendar.write_year(year=2028, source="国办发明电〔2027〕9号", official=True, special=[SpecialDay(date(2028, 1, 20), "off", "春节")], by="liang")
    assert "2028年1月20日是春节，改到这一天" in client.get(reverse("visits:days")).content.decode()
    assert calendar.visit_days(2028)[1].date == date(2028, 1, 21) and VisitDay.objects.get(date=day.date).make_up_until == day.make_up_until  # what was published stands


def test_case_32_make_up_working_weekends_are_worked_and_a_day_on_a_holiday_moves(officers, monkeypatch):
    """20 September and 10 October 2026 are working weekend days; 1 October is a holiday."""
    days = calendar.days()
    assert days.add_working_days(date(2026, 9, 18), 5) == date(2026, 9, 24) and days.is_make_up(date(2026, 9, 20)) and days.is_make_up(date(2026, 10, 10))
    first, = [one for one in calendar.visit_days(2026) if one.rule_date == date(2026, 10, 1)]
    assert first.holiday == "国庆节" and first.date == date(2026, 10, 8) and first.make_up_until == date(2026, 10, 10)  # the make-up Saturday counts
    empty("visits")
    day = published(officers, monkeypatch, first.date)
    assert day.closes == closes(date(2026, 10, 10)) and day.deadline == datetime(2026, 10, 15, tzinfo=SHANGHAI)


def test_case_37_a_sheet_has_one_code_without_anybody_in_it_and_anothers_is_not_opened(signed_in, officers):
    """On paper: the code is all that stands in the square; the sheet of another village is said to be not here, as an unknown one is."""
    slot = VisitDay.objects.get(date="2017-10-19").slots.filter(household__village="450481108202").select_related("household").first()
    sheets.make(slots=[slot], by=officers["qin"])
    printed, = sheets.printed(slot.visit_day, [slot])
    assert printed.qr.count("<svg") == 1 and re.fullmatch(r"[0-9A-Z]{9,11}", printed.code) and slot.household.code not in printed.code
    other = Sheet.objects.exclude(slot__household__village="450481108202").first()
    client, answers = signed_in("qin"), []
    for code in (sheets.with_check(other.code), sheets.with_check("ZZZZZZZZ")):
        answer = client.post(reverse("visits:find_sheet"), {"code": code})
        answers.append((answer.status_code, "没有这张表，或者不在您的范围" in answer.content.decode()))
    assert answers == [(422, True)] * 2
    assert client.post(reverse("visits:find_sheet"), {"code": printed.code}).status_code == 302


@pytest.fixture
def another_town(officers):
    """Every other Tuesday from 6 June 2017, holidays skipped, one working day to make up, two until the deadline, and a ladder of its own; nothing else differs."""
    empty("visits")
    calendar.write_rule(Ruling(EveryWeeks(2, date(2017, 6, 6)), "skip", 1, 2), by="liang")
    town = Area.objects.get(code=TOWN)
    own = {Step.VILLAGE: Rung(Step.VILLAGE, True, 0, time(18), (To.VILLAGE_TEAM_LEADER,)), Step.ROUND_UP: Rung(Step.ROUND_UP, True, 1, time(8), (To.TOWN_OFFICE,))}
    escalation.write_ladder(town=town, rungs=[own.get(one.step, Rung(one.step, False, one.days, one.at, ())) for one in escalation.ladder(TOWN)], by=officers["liang"])
    return town


def test_another_towns_rule_window_and_ladder_run_a_whole_year_by_data_alone(another_town, officers, monkeypatch):
    planned = [one for year in (2018, 2019) for one in calendar.visit_days(year) if date(2018, 6, 6) <= one.rule_date < date(2019, 6, 6)]
    skipped = [one.rule_date for one in planned if one.date is None]
    assert len(planned) == 26 and skipped == [date(2019, 1, 1)]
    for one in planned:
        if one.date is None:
            assert one.holiday and one.make_up_until is None
            continue
        day = published(officers, monkeypatch, one.date)
        at(monkeypatch, one.date, 15)
        slots = list(day.slots.select_related("household").order_by("household"))
        for slot in slots[::60]:
            actions.record_visit(household=slot.household, said=Said(one.date, (slot.caseworker_id,)), by=officers["liang"])
        at(monkeypatch, one.date, 18)
        list(escalation.tell(Job(kind="tell")))
        days = calendar.days()
        assert day.make_up_until == days.add_working_days(one.date, 1) and day.deadline == closes(days.add_working_days(day.make_up_until, 2))
        at(monkeypatch, days.add_working_days(day.deadline.date(), 1) if days.is_working(day.deadline.date()) else days.add_working_days(days.next_working(day.deadline.date()), 1), 8)
        list(keeping.keep(Job()))
        list(escalation.tell(Job(kind="tell")))
        assert {(reminder.step, reminder.addressee.username[:2]) for reminder in day.reminders.select_related("addressee")} == {("village", "zu"), ("round_up", "li")}
        assert not Slot.objects.filter(visit_day=day, state_at_close="").exists() and day.slots.filter(state_at_close=State.DONE_ON_DAY).count() == len(slots[::60])
        found = queries.slots(day, officers["liang"])
        by_village = queries.sums_by_village(found, queries.states(day, found, clock.now()))
        (_day, whole, frozen), = queries.sums_of_days(officers["liang"], [day], clock.now())
        assert frozen and whole == sum(by_village.values(), Sums()) and whole.slots == len(found) > 250
    assert VisitDay.objects.count() == len(planned) - len(skipped) and Reminder.objects.filter(step__in=("no_word", "missed", "own")).count() == 0
