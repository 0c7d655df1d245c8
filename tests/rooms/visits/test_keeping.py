"""What time does to a visit day, and the roll that is sent upward."""

import io
from datetime import date

import openpyxl
from django.urls import reverse

from bangfu.base import clock
from bangfu.base.models import Job, TrailEntry
from bangfu.chain import actions as chain
from bangfu.chain.models import Link
from bangfu.visits import actions, keeping, queries
from bangfu.visits.actions import Said
from bangfu.visits.models import VisitDay
from bangfu.visits.rules import State, Sums
from tests.rooms.visits.test_visits import LAST, VILLAGE, due, later, state_of, today  # noqa: F401


def keep():
    list(keeping.keep(Job()))


def test_links_are_copied_when_the_window_closes_and_states_at_the_deadline_and_stay(today, due, officers, monkeypatch):  # noqa: F811
    keep()
    due.refresh_from_db()
    assert due.links_at_close is None and due.state_at_close == ""
    assert all(slot.links_at_close and slot.state_at_close for slot in VisitDay.objects.get(date="2017-09-21").slots.all())
    later(monkeypatch, 2017, 10, 24, 9)
    keep()
    due.refresh_from_db()
    assert [link[0] for link in due.links_at_close][-1] == "caseworker" and due.links_at_close[-1][1] == [due.caseworker.name] and due.state_at_close == ""
    later(monkeypatch, 2017, 10, 27, 0, 1)
    keep()
    due.refresh_from_db()
    before = (due.links_at_close, due.state_at_close)
    assert before[1] in (State.SILENT, State.MISSED)
    actions.record_visit(household=due.household, said=Said(date(2017, 10, 19), (due.caseworker_id,)), by=officers["liang"])
    chain.assign(link=Link.CASEWORKER, node=due.household, officer=officers["gua14"], starts_on=date(2017, 10, 27), by=None)
    keep()
    due.refresh_from_db()
    assert (due.links_at_close, due.state_at_close) == before and state_of(due) is State.LATE_EVIDENCE
    (_day, at_close, frozen), = queries.sums_of_days(officers["liang"], [today], clock.now())  # the list of days keeps what stood at the deadline
    now = sum(queries.sums_by_village(found := queries.slots(today, officers["liang"]), queries.states(today, found, clock.now())).values(), Sums())
    assert frozen and at_close.late_evidence == 0 and now.late_evidence == 1 and at_close.slots == now.slots and at_close.covered + 1 == now.covered


def test_the_roll_is_the_villages_list_masked_and_as_text(signed_in, officers, today):  # noqa: F811
    answer = signed_in("qin").post(reverse("visits:roll", args=[LAST, VILLAGE]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    found = queries.slots(today, officers["qin"], VILLAGE)
    assert [row[3] for row in rows] == [slot.household.code for slot in found] and {row[5] for row in rows} <= {"当天已访", "待访", "免访（有理由）", "补访"}
    assert "走访情况表" in sheet["A1"].value and "用途：上报走访情况" in sheet["A2"].value and sheet.column_dimensions["D"].width
    assert TrailEntry.objects.filter(act="exported", who="qin").count() == 1
