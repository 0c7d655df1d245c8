"""Arranging a visit day: why a household was not seen, a stand-in, a statement and its taking back, a day called off, villages excused together."""

from datetime import date

import pytest
from django.urls import reverse

from bangfu.base import clock
from bangfu.base.models import TrailEntry
from bangfu.registry.models import Area
from bangfu.visits import actions, keeping, queries
from bangfu.visits.actions import Said
from bangfu.visits.errors import NotNow
from bangfu.visits.models import Excuse, StandIn, Statement
from bangfu.visits.rules import State, Sums
from tests.rooms.visits.test_visits import LAST, VILLAGE, due, later, state_of, today  # noqa: F401


def page_of(client, slot, **said):
    where = reverse("visits:slot", args=[LAST, slot.household.code])
    return (client.post(where, said, follow=True) if said else client.get(where)).content.decode()


def test_the_page_says_what_is_known_and_why(signed_in, due, officers, monkeypatch):  # noqa: F811
    actions.record_visit(household=due.household, said=Said(date(2017, 10, 20), (officers["zu3"].pk,), mode="phone", found="电话里说都好"), by=officers["zu3"])
    text = page_of(signed_in("liang"), due)
    assert "待访" in text and "另有走访" in text and "电话里说都好" in text and due.caseworker.name in text
    later(monkeypatch, 2017, 10, 27, 9)
    from bangfu.base.models import Job

    list(keeping.keep(Job()))
    text = page_of(signed_in("liang"), due)
    assert "截止时的情况" in text and "当时谁负责" in text and "尚无消息" in text


def test_a_stand_ins_visit_counts_for_that_slot_only(signed_in, due, officers):  # noqa: F811
    other = officers["ren9a"]
    assert "谁代访" in page_of(signed_in("zu3"), due) and "请选一个人" in page_of(signed_in("zu3"), due, act="stand_in")
    for _twice in range(2):
        page_of(signed_in("zu3"), due, act="stand_in", officer=other.pk)
    assert StandIn.objects.count() == 1 and TrailEntry.objects.filter(act="stand_in_named").count() == 1
    actions.record_visit(household=due.household, said=Said(date(2017, 10, 20), (other.pk,)), by=other)
    assert state_of(due) is State.MADE_UP
    assert dict(queries.not_seen_since(officers["liang"], date(2017, 10, 20))).get(due.household, "seen") == "seen"
    neighbour = next(slot for slot in due.visit_day.slots.filter(household__village=VILLAGE).exclude(pk=due.pk) if state_of(slot) is State.DUE)
    actions.record_visit(household=neighbour.household, said=Said(date(2017, 10, 20), (other.pk,)), by=other)
    assert state_of(neighbour) is State.DUE and neighbour.household in dict(queries.not_seen_since(officers["liang"], date(2017, 10, 20)))


def test_a_caseworker_names_no_stand_in(signed_in, officers, today):  # noqa: F811
    own = next(slot for slot in queries.slots(today, officers["ren3z"]) if state_of(slot) is State.DUE)
    assert "谁代访" not in page_of(signed_in("ren3z"), own)
    page_of(signed_in("ren3z"), own, act="stand_in", officer=officers["ren9a"].pk)
    assert not StandIn.objects.exists()


def test_somebody_entitled_says_that_nobody_went_and_takes_it_back(signed_in, officers, today, monkeypatch):  # noqa: F811
    own = next(slot for slot in queries.slots(today, officers["ren3z"]) if state_of(slot) is State.DUE)
    later(monkeypatch, 2017, 10, 24, 9)
    client = signed_in("ren3z")
    assert "已确认未访" in page_of(client, own, act="not_visited") and state_of(own) is State.MISSED
    assert "撤回了" in page_of(client, own, act="take_back") and state_of(own) is State.SILENT and Statement.objects.count() == 1
    actions.record_visit(household=own.household, said=Said(date(2017, 10, 19), (officers["ren3z"].pk,)), by=officers["ren3z"])
    assert state_of(own) is State.DONE_ON_DAY  # entered before the deadline: what was said does not stand against it


def test_a_day_is_called_off_before_it_begins_and_not_after(signed_in, officers, today, monkeypatch):  # noqa: F811
    later(monkeypatch, 2017, 10, 28, 9)
    day = actions.publish(town=Area.objects.get(code="450481108000"), on=date(2017, 11, 2), by=officers["liang"])
    client = signed_in("liang")
    assert client.post(reverse("visits:cancel", args=["2017-11-02"]), {}).status_code == 422
    client.post(reverse("visits:cancel", args=["2017-11-02"]), {"reason": "台风"})
    day.refresh_from_db()
    found = queries.slots(day, officers["liang"])
    assert {one.state for one in queries.states(day, found, day.opens).values()} == {State.VOID}
    board = client.get(reverse("visits:board", args=["2017-11-02"])).content.decode()
    assert "取消了：台风" in board and "取消了" in client.get(reverse("visits:days")).content.decode()
    with pytest.raises(NotNow):
        actions.cancel(day=today, reason="晚了", by=officers["liang"])


def test_villages_are_excused_together_and_who_was_seen_stays_seen(signed_in, officers, today):  # noqa: F811
    def sums():
        found = queries.slots(today, officers["liang"], VILLAGE)
        return queries.sums_by_village(found, queries.states(today, found, clock.now()))[VILLAGE]

    before, client = sums(), signed_in("liang")
    assert client.post(reverse("visits:excuse_many", args=[LAST]), {"reason": "flood"}).status_code == 422
    waiting, excused = before.due + before.silent, Excuse.objects.count()
    page = client.post(reverse("visits:excuse_many", args=[LAST]), {"villages": [VILLAGE], "reason": "flood", "words": "桥断了"}, follow=True).content.decode()
    assert Excuse.objects.count() - excused == waiting > 5 and f"{waiting} 户免访" in page
    after = queries.sums_by_village(found := queries.slots(today, officers["liang"], VILLAGE), queries.states(today, found, Excuse.objects.latest("pk").accepted_at))[VILLAGE]
    assert (after.due, after.excused) == (0, before.excused + waiting) and isinstance(after, Sums)
