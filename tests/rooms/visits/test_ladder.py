"""When each step of the ladder is told, and of what it speaks: the boundary of every rule."""

from datetime import date, datetime, time, timedelta

import pytest

from bangfu.base.calendar_data import seed
from bangfu.base.calendar_rules import SHANGHAI, Days, closes, deadline
from bangfu.visits.ladder import DEFAULT, GRACE, Rung, Step, To, is_due, moment, speaks_of, to_correct
from bangfu.visits.rules import SlotState, State

DAYS = Days(seed())


def told(step, day, until, **more):
    rung = next(one for one in DEFAULT if one.step is step)
    rung = Rung(step, True, more.get("days", rung.days), rung.at, rung.to)
    return moment(rung, day=day, closes=closes(until), deadline=deadline(until, DAYS), days=DAYS).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(("step", "when"), [
    (Step.OWN, "08-20 19:00"), (Step.VILLAGE, "08-21 09:00"), (Step.NO_WORD, "08-25 08:30"), (Step.MISSED, "08-25 09:00"), (Step.ROUND_UP, "08-28 09:00"), (Step.MONTH, "08-31 09:00")])
def test_an_ordinary_thursday(step, when):
    """20 August 2026: W Monday 24, C Tuesday 25 at 0:00, P Friday 28 at 0:00."""
    assert told(step, date(2026, 8, 20), date(2026, 8, 24)) == when


def test_days_off_and_make_up_weekends_move_what_is_counted_in_working_days():
    """The 5 October 2017 day goes to Monday the 9th, W the 11th; 30 September was a working Saturday, 1 to 8 October were days off."""
    assert told(Step.VILLAGE, date(2017, 9, 29), date(2017, 9, 30)) == "09-30 09:00"
    assert told(Step.NO_WORD, date(2017, 9, 29), date(2017, 9, 30)) == "10-09 08:30"  # C is a holiday's midnight
    assert told(Step.NO_WORD, date(2017, 10, 9), date(2017, 10, 11)) == "10-12 08:30"
    assert told(Step.MONTH, date(2026, 2, 24), date(2026, 2, 26)) == "02-28 09:00"  # a make-up Saturday is the month's last working day
    assert told(Step.MONTH, date(2017, 9, 7), date(2017, 9, 11), days=1) == "09-29 09:00"
    assert told(Step.ROUND_UP, date(2017, 10, 9), date(2017, 10, 11), days=2) == "10-19 09:00"


def test_a_step_is_told_from_its_moment_on_and_not_when_it_is_old():
    at, second = datetime(2017, 10, 12, 8, 30, tzinfo=SHANGHAI), timedelta(seconds=1)
    assert [is_due(at, now) for now in (at - second, at, at + GRACE - second, at + GRACE)] == [False, True, True, False]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("sheet_out", [False, True])
def test_of_what_a_step_speaks(state, sheet_out):
    said = {step for step in Step if speaks_of(step, SlotState(state), sheet_out=sheet_out)}
    wanted = {State.DUE: set() if sheet_out else {Step.OWN, Step.VILLAGE}, State.SILENT: {Step.NO_WORD, Step.MISSED, Step.ROUND_UP}, State.MISSED: {Step.MISSED, Step.ROUND_UP}}
    assert said == wanted.get(state, set())


def test_steps_to_those_who_are_asked_first_are_off_until_a_town_wants_them():
    assert {one.step for one in DEFAULT if not one.on} == {Step.OWN, Step.VILLAGE} and all(one.to and one.days >= 0 and isinstance(one.at, time) for one in DEFAULT)
    assert To.CASEWORKER not in {to for one in DEFAULT if one.on for to in one.to}


def test_only_what_was_told_and_came_late_is_corrected_and_once():
    assert to_correct([1, 2, 3], [3], {2, 3, 4}) == [2]
