"""What a caseworker and a team leader see: their own households and villages, on the day they answer for them, and nothing else."""

import re
from datetime import date, datetime

from django.urls import reverse

from bangfu.base import clock
from bangfu.base.calendar_rules import SHANGHAI
from bangfu.chain import actions as chain
from bangfu.chain.models import Assignment, Link
from bangfu.registry.models import Household
from bangfu.visits import actions, own, queries
from bangfu.visits.actions import Said
from bangfu.visits.models import Commitment, VisitDay
from bangfu.visits.rules import State

VILLAGE = "450481108202"


def households_of(officer):
    return own.households(officer, VisitDay.objects.get(date="2017-10-19"), clock.now())


def test_a_caseworker_comes_to_the_own_households_with_what_waits_there(signed_in, officers):
    me = officers["ren3z"]
    mine = households_of(me)
    assert {one.household.village_id for one in mine} == {VILLAGE} and 1 < len(mine) <= 5
    home = mine[0].household
    actions.record_visit(household=home, by=me, once=None, said=Said(visited_on=clock.today(), mode="home", went=(me.pk,), found="新修了水池", requests=(("要一只水泵", None),),
                                                                       promises=(("问水管站", date(2017, 10, 18)),)))  # fmt: skip
    client = signed_in("ren3z")
    assert client.get("/", follow=True).redirect_chain[-1][0] == reverse("visits:own")
    page = client.get(reverse("visits:own")).content.decode()
    assert "新修了水池" in page and "要一只水泵" in page and "问水管站" in page and "10月18日到期" in page
    assert all(reverse("registry:card", args=[one.household.code]) in page for one in mine)
    waiting = sum(one.state.state in (State.DUE, State.SILENT) for one in households_of(me))
    assert (f"还有 <b>{waiting}</b> 户要去" if waiting else "没有还要去的") in page


def test_a_caseworker_writes_visits_and_not_the_register(signed_in, officers):
    client, home = signed_in("ren3z"), households_of(officers["ren3z"])[0].household
    card = client.get(reverse("registry:card", args=[home.code])).content.decode()
    assert "记走访" in card and "改一项" not in card and "登记人口增加" not in card
    villages = client.get(reverse("registry:villages")).content.decode()
    assert set(re.findall(r"/village/(\d{12})/", villages)) == {VILLAGE} and "导入一份表" not in villages
    said = {"visited_on": "2017-10-20", "mode": "home", "went": [officers["ren3z"].pk], "once": "x1"}
    assert client.post(reverse("visits:record", args=[home.code]), said).status_code == 302
    assert queries.visits_of(home)[0].by == officers["ren3z"]


def test_a_hand_over_moves_what_is_seen_on_its_day(signed_in, officers, monkeypatch):
    """protection A7: before, on and after the day; the former caseworker keeps the own past visits and gets nothing new."""
    home, former, new = households_of(officers["ren3z"])[0].household, officers["ren3z"], officers["ren1a"]
    actions.record_visit(household=home, by=former, once=None, said=Said(visited_on=clock.today(), mode="home", went=(former.pk,), found="那时的情况"))
    chain.assign(link=Link.CASEWORKER, node=home, officer=new, starts_on=date(2017, 10, 25), by=officers["liang"])
    seen = {}
    for day in (24, 25, 26):
        monkeypatch.setattr(clock, "now", lambda day=day: datetime(2017, 10, day, 0, 0, 1, tzinfo=SHANGHAI))
        seen[day] = [Household.objects.in_scope(one).filter(pk=home.pk).exists() for one in (former, new)]
    assert seen == {24: [True, False], 25: [False, True], 26: [False, True]}
    client = signed_in("ren3z")
    assert client.get(reverse("registry:card", args=[home.code])).status_code == 404
    page = client.get(reverse("visits:own")).content.decode()
    assert "那时的情况" in page and reverse("registry:card", args=[home.code]) not in page
    assert home.pk in {one.household.pk for one in households_of(new)}


def test_a_team_leader_sees_the_village_and_a_cluster_leader_the_cluster(signed_in, officers):
    whole = set(Household.objects.filter(village=VILLAGE))
    assert set(Household.objects.in_scope(officers["zu3"])) == whole
    assert {one.village_id[-3:] for one in Household.objects.in_scope(officers["pian1"])} == {"001", "201", "202", "203", "204"}
    page = signed_in("zu3").get(reverse("visits:own")).content.decode()
    assert "我负责的村" in page and reverse("visits:village", args=["2017-10-19", VILLAGE]) in page


def test_who_looks_after_a_vacant_place_has_the_household_meanwhile(officers):
    home = households_of(officers["ren3z"])[0].household
    chain.assign(link=Link.CASEWORKER, node=home, officer=officers["ren1a"], kind=Assignment.CARETAKER, starts_on=date(2017, 10, 20), by=officers["liang"])
    assert home in Household.objects.in_scope(officers["ren1a"]) and home not in Household.objects.in_scope(officers["ren3z"])


def test_who_answers_for_nothing_reads_so(signed_in):
    page = signed_in("ren3a").get(reverse("visits:own")).content.decode()  # transferred in August
    assert "现在没有定您负责的户和村" in page and "已经移交的户" in page


def test_own_sheets_are_printed_together(signed_in, officers):
    client = signed_in("ren3z")
    address = reverse("visits:own_sheets", args=["2017-10-19"])
    client.post(address)
    page = client.get(address).content.decode()
    assert page.count('class="qr-code"') == sum(one.waits for one in households_of(officers["ren3z"])) > 0


def test_what_is_open_goes_with_the_household_to_who_answers_for_it_next(officers, monkeypatch):
    """A commitment, a request and the slot of the running window; what others promised stays theirs, and so does who promised."""
    me, new, day = officers["ren3z"], officers["ren1a"], VisitDay.objects.get(date="2017-10-19")
    home = next(one for one in households_of(me) if one.waits).household
    raised = Said(visited_on=date(2017, 10, 10), mode="phone", went=(me.pk,), requests=(("要一只水泵", None),), promises=(("问水管站", date(2017, 11, 1)),))
    actions.record_visit(household=home, by=me, once=None, said=raised)
    others = Commitment.objects.create(code="OTHERS", household=home, text="村里修路", owner=officers["zu3"], by=officers["zu3"], at=clock.now())
    chain.assign(link=Link.CASEWORKER, node=home, officer=new, starts_on=date(2017, 10, 21), by=officers["liang"])
    assert actions.hand_over_items(date(2017, 10, 20)) == 0
    mine = sum(one.owner_id == me.pk for rows in queries.open_of(home) for one in rows)
    assert mine >= 2
    moment = datetime(2017, 10, 21, 0, 1, tzinfo=SHANGHAI)
    monkeypatch.setattr(clock, "now", lambda: moment)
    for again in (mine, 0):
        assert actions.hand_over_items(moment.date()) == again
    assert actions.hand_over_slots(day, moment) == 1 and actions.hand_over_slots(day, moment) == 0
    promised, asked = queries.open_of(home)
    assert {one.owner for one in promised} == {new, officers["zu3"]} and {one.owner for one in asked} == {new} and promised[0].by == me
    others.refresh_from_db()
    assert others.owner == officers["zu3"] and day.slots.get(household=home).caseworker == new


def test_the_day_is_shanghais_whatever_zone_a_moment_is_told_in(officers, monkeypatch):
    """At 2 in the morning in Shanghai it is still the day before in UTC, in which the server tells the time."""
    home, new = households_of(officers["ren3z"])[0].household, officers["ren1a"]
    chain.assign(link=Link.CASEWORKER, node=home, officer=new, starts_on=date(2017, 10, 25), by=officers["liang"])
    moment = datetime.fromisoformat("2017-10-24T18:00:00+00:00")
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert home in {one.household for one in households_of(new)} and home not in {one.household for one in households_of(officers["ren3z"])}
