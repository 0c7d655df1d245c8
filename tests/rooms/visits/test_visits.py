"""A visit day from its publishing to its board: slots, visits in a list and one by one, amendments, excuses, what is open."""

import re
from datetime import date, datetime

import pytest
from django.urls import reverse

from bangfu.base import clock
from bangfu.base.calendar_rules import SHANGHAI
from bangfu.base.models import TrailEntry
from bangfu.chain import actions as chain
from bangfu.chain.models import Link
from bangfu.registry.models import Area, Household
from bangfu.visits import actions, queries
from bangfu.visits.actions import Said
from bangfu.visits.errors import NotNow, StandsAlready
from bangfu.visits.models import Commitment, ExcuseReason, Issue, Slot, Visit, VisitDay
from bangfu.visits.rules import State, Sums

VILLAGE, LAST = "450481108202", "2017-10-19"


@pytest.fixture
def today(officers):
    return VisitDay.objects.get(date=LAST)


@pytest.fixture
def due(today, officers):
    """A slot nobody has said anything of."""
    said = queries.states(today, found := queries.slots(today, officers["liang"], VILLAGE), clock.now())
    return next(slot for slot in found if said[slot.pk].state is State.DUE)


def state_of(slot, at=None):
    return queries.states(slot.visit_day, [slot], at or clock.now())[slot.pk].state


def later(monkeypatch, *when):
    moment = datetime(*when, tzinfo=SHANGHAI)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_publishing_makes_a_slot_for_every_household_that_is_due_and_fixes_the_window(db, officers, monkeypatch):
    later(monkeypatch, 2017, 10, 28, 9)
    day = actions.publish(town=Area.objects.get(code="450481108000"), on=date(2017, 11, 2), by=officers["liang"])
    assert (day.make_up_until, day.closes, day.deadline) == (date(2017, 11, 6), datetime(2017, 11, 7, tzinfo=SHANGHAI), datetime(2017, 11, 10, tzinfo=SHANGHAI))
    assert day.slots.count() == VisitDay.objects.get(date=LAST).slots.count() and all(slot.caseworker_id for slot in day.slots.all())
    with pytest.raises(StandsAlready):
        actions.publish(town=day.town, on=day.date, by=officers["liang"])
    with pytest.raises(NotNow):
        actions.publish(town=day.town, on=date(2017, 11, 3), by=officers["liang"])
    assert TrailEntry.objects.filter(act="visit_day_published").count() == 1


def test_slots_follow_register_and_chain_until_the_day_begins(db, officers, monkeypatch):
    later(monkeypatch, 2017, 10, 28, 9)
    day = actions.publish(town=Area.objects.get(code="450481108000"), on=date(2017, 11, 2), by=officers["liang"])
    slot, other = day.slots.all()[:2]
    chain.assign(link=Link.CASEWORKER, node=slot.household, officer=officers["gua14"], starts_on=date(2017, 11, 1), by=None)
    chain.assign(link=Link.CASEWORKER, node=other.household, officer=None, kind="closed", starts_on=date(2017, 11, 1), by=None)
    actions.follow(day)
    assert Slot.objects.get(pk=slot.pk).caseworker == officers["gua14"] and state_of(Slot.objects.get(pk=other.pk), day.opens) is State.VOID
    later(monkeypatch, 2017, 11, 2, 0, 1)
    chain.assign(link=Link.CASEWORKER, node=slot.household, officer=officers["gua13"], starts_on=date(2017, 11, 2), by=None)
    actions.follow(day)
    assert Slot.objects.get(pk=slot.pk).caseworker == officers["gua14"]


def test_the_villages_sum_to_the_town(today, officers):
    found = queries.slots(today, officers["liang"])
    said = queries.states(today, found, clock.now())
    sums = queries.sums_by_village(found, said)
    whole = sum(sums.values(), Sums())
    assert whole.slots == len(found) and whole.covered + whole.due + whole.excused + whole.silent + whole.missed == whole.slots
    mine = queries.slots(today, officers["qin"])
    assert {slot.household.village_id for slot in mine} == {VILLAGE} and sums[VILLAGE].slots == len(mine)


def test_a_village_is_entered_as_a_list_and_twice_is_once(signed_in, due, today):
    client, page = signed_in("qin"), reverse("visits:village", args=[LAST, VILLAGE])
    for _ in range(2):  # a double click
        answer = client.post(page, {"once": "ONE", "visited_on": "2017-10-20", "seen": [due.pk], f"found-{due.pk}": "家里都好"}, follow=True)
        assert "记下了 1 户" in answer.content.decode()
    visit = Visit.objects.get(household=due.household, visited_on="2017-10-20")
    assert state_of(due) is State.MADE_UP and visit.went.get().went_as == "caseworker" and visit.found == "家里都好"
    actions.amend_visit(visit=visit, said=None, by=due.caseworker)
    client.post(page, {"once": "TWO", "visited_on": "2017-10-20", "seen": [due.pk]})  # withdrawn and entered anew
    assert state_of(due) is State.MADE_UP
    stale = client.post(page, {"once": "THREE", "visited_on": "2017-10-20", "seen": [due.pk]})
    assert stale.status_code == 422 and "已经记过走访" in stale.content.decode()


def test_what_is_wrong_with_the_list_is_said_and_what_was_typed_stays(signed_in, due, today):
    client, page, before = signed_in("qin"), reverse("visits:village", args=[LAST, VILLAGE]), Visit.objects.count()
    stranger = Slot.objects.exclude(household__village=VILLAGE).filter(visit_day=today).first()
    for said, words in (({"visited_on": "2017-10-24"}, "不在这个帮扶日的补访期里"), ({"visited_on": "2017-10-23"}, "日期在今天以后"), ({"visited_on": "昨天"}, "日期写成"),
                        ({"visited_on": "2017-10-20", "seen": []}, "一户也没有打勾"), ({"visited_on": "2017-10-20", "seen": [stranger.pk]}, "已经记过走访")):
        answer = client.post(page, {"once": "ONE", "seen": [due.pk], f"found-{due.pk}": "砂糖桔挂果了"} | said)
        text = answer.content.decode()
        assert answer.status_code == 422 and words in text and "砂糖桔挂果了" in text, said
        assert f'value="{due.pk}" checked' in text or said.get("seen") is not None
    assert Visit.objects.count() == before


def test_a_household_without_a_caseworker_is_not_ticked_but_recorded_by_itself(signed_in, due, officers):
    Slot.objects.filter(pk=due.pk).update(caseworker=None)
    client = signed_in("qin")
    text = client.get(reverse("visits:village", args=[LAST, VILLAGE])).content.decode()
    assert f'name="seen" value="{due.pk}"' not in text
    form = {"visited_on": LAST, "went": [officers["qin"].pk], "mode": "home", "once": "X"}
    assert client.post(reverse("visits:record", args=[due.household.code]), form).status_code == 302 and state_of(due) is State.DONE_ON_DAY


def test_a_form_that_comes_back_with_something_else_is_refused_and_not_lost_silently(signed_in, due):
    client, page = signed_in("qin"), reverse("visits:record", args=[due.household.code])
    form = {"visited_on": LAST, "went": [due.caseworker_id], "mode": "home", "once": "ONE", "found": "家里都好"}
    assert client.post(page, form).status_code == 302
    for more in ({"found": "屋顶漏雨"}, {"requests": "要修屋顶"}, {"promises": "带瓦片来"}, {"visited_on": "2017-10-20"}, {"mode": "phone"}):
        answer = client.post(page, form | more)
        assert answer.status_code == 422 and "已经保存过一次" in answer.content.decode() and next(iter(more.values())) in answer.content.decode(), more
    assert Visit.objects.filter(household=due.household, visited_on__gte=LAST).count() == 1 and not Issue.objects.filter(household=due.household).exists()


def test_one_visit_says_what_it_raised_promised_and_ended(signed_in, due):
    client, household = signed_in("qin"), due.household
    page = reverse("visits:record", args=[household.code])
    open_one = Commitment.objects.create(code="OPEN1", household=household, text="联系水管站", by=due.caseworker, at=clock.now())
    form = {"visited_on": "2017-10-19", "went": [due.caseworker_id], "mode": "home", "found": "水修好了", "requests": "要鸡苗\n\n要修路", "promises": "带申请表来",
            "due_on": "2017-11-02", f"end-{open_one.code}": "通水了", "once": "ONCE1"}  # fmt: skip
    for _ in range(2):
        assert client.post(page, form).status_code == 302
    assert Visit.objects.filter(household=household, visited_on=LAST).count() == 1 and state_of(due) is State.DONE_ON_DAY
    assert [one.text for one in Issue.objects.filter(household=household, ended_on=None)] == ["要鸡苗", "要修路"]
    promised = Commitment.objects.get(household=household, text="带申请表来")
    assert promised.owner == due.caseworker and promised.due_on == date(2017, 11, 2)
    assert Commitment.objects.get(code="OPEN1").outcome == "通水了"
    card = client.get(reverse("registry:card", args=[household.code])).content.decode()
    assert "带申请表来" in card and "水修好了" in card and "联系水管站" not in card.split("变更记录")[0]


def test_what_is_wrong_with_a_visit_is_said_at_once(signed_in, due):
    client, page, before = signed_in("qin"), reverse("visits:record", args=[due.household.code]), Visit.objects.count()
    answer = client.post(page, {"visited_on": "2017-11-20", "mode": "home"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "日期在今天以后" in text and "请选去的人" in text and Visit.objects.count() == before


def test_a_visit_by_somebody_who_does_not_answer_for_the_household_is_kept_and_does_not_count(officers, due):
    said = Said(date(2017, 10, 19), (officers["gua14"].pk,))
    visit = actions.record_visit(household=due.household, said=said, by=officers["liang"])
    assert visit.went.get().went_as == "other" and state_of(due) is State.DUE
    assert queries.states(due.visit_day, [due], clock.now())[due.pk].others == (date(2017, 10, 19),)


def test_a_telephone_call_does_not_count(officers, due):
    actions.record_visit(household=due.household, said=Said(date(2017, 10, 19), (due.caseworker_id,), "phone"), by=officers["liang"])
    assert state_of(due) is State.DUE


def test_an_amendment_keeps_the_first_entrys_moment_and_a_withdrawal_opens_the_slot_again(signed_in, officers, due, monkeypatch):
    visit = actions.record_visit(household=due.household, said=Said(date(2017, 10, 19), (due.caseworker_id,)), by=officers["qin"])
    later(monkeypatch, 2017, 10, 30, 9)  # long after the deadline
    client = signed_in("qin")
    page = reverse("visits:amend", args=[visit.code])
    assert client.post(page, {"visited_on": "2017-10-20", "went": [due.caseworker_id], "mode": "home", "found": "是第二天去的"}).status_code == 302
    row = queries.visits_of(due.household)[0]
    assert row.amends == visit and row.received_at == visit.received_at and state_of(due) is State.MADE_UP
    assert client.get(page).status_code == 404  # the row that follows stands
    with pytest.raises(StandsAlready):
        actions.amend_visit(visit=visit, said=None, by=officers["qin"])
    client.post(reverse("visits:amend", args=[row.code]), {"act": "withdraw"})
    assert state_of(due) in (State.SILENT, State.MISSED) and Visit.objects.filter(household=due.household, visited_on__gte="2017-10-19").count() == 3


def test_an_excuse_of_the_village_waits_for_the_office_and_one_of_the_office_holds(signed_in, officers, due):
    page, days = reverse("visits:excuse", args=[due.household.code]), reverse("visits:days")
    form = {"reason": "away", "since": LAST, "until": "2018-01-31"}
    assert signed_in("qin").post(page, form).status_code == 302 and state_of(due) is State.DUE
    assert "举家外出" in signed_in("qin").get(days).content.decode() and "同意" not in signed_in("qin").get(days).content.decode().split("等镇帮扶办同意的免访")[1].split("发布了的")[0]
    [proposed] = queries.proposed(officers["liang"])
    decide, client = reverse("visits:decide", args=[proposed.pk]), signed_in("liang")
    client.post(decide, {"act": "accept"})
    assert state_of(due) is State.EXCUSED and queries.proposed(officers["liang"]) == []
    assert "已经有人定过了" in client.post(decide, {"act": "refuse"}, follow=True).content.decode() and state_of(due) is State.EXCUSED


def test_an_excuse_that_could_never_hold_is_refused_in_words(signed_in, officers, due):
    client, page = signed_in("liang"), reverse("visits:excuse", args=[due.household.code])
    for said, words in (({"until": "2018-12-31"}, "六个月"), ({"until": "2017-10-01"}, "六个月"), ({"since": "2017-10-18"}, "不是发布了的帮扶日"), ({"reason": ""}, "请选为什么")):
        answer = client.post(page, {"reason": "away", "since": LAST, "until": ""} | said)
        assert answer.status_code == 422 and words in answer.content.decode(), said
    assert client.post(page, {"reason": "hospital", "since": LAST}).status_code == 302 and state_of(due) is State.EXCUSED
    row = actions.excuse(household=due.household, since=date(2017, 10, 19), until=None, reason=ExcuseReason.AWAY, words="", by=officers["qin"], accept=False)
    actions.decide_excuse(excuse=row, accept=False, by=officers["liang"])
    assert queries.proposed(officers["liang"]) == []


def test_silent_and_missed_are_kept_apart_and_both_listed_on_the_board(signed_in, due, officers, monkeypatch):
    later(monkeypatch, 2017, 10, 24, 9)
    actions.say_not_visited(slots=[due], by=due.caseworker)
    actions.say_not_visited(slots=[due], by=due.caseworker)
    assert state_of(due) is State.MISSED and due.statements.count() == 1
    text = signed_in("qin").get(reverse("visits:board", args=[LAST])).content.decode()
    assert "尚无消息不等于没去" in text and "已确认未访" in text
    actions.record_visit(household=due.household, said=Said(date(2017, 10, 20), (due.caseworker_id,)), by=officers["qin"])
    assert state_of(due) is State.MADE_UP


def test_households_not_seen_since_are_listed_the_longest_first(signed_in, officers, due):
    rows = queries.not_seen_since(officers["liang"], date(2017, 10, 19))
    assert due.household in [one for one, _on in rows] and [on or date.min for _one, on in rows] == sorted(on or date.min for _one, on in rows)
    assert "最久的在前" in signed_in("qin").get(reverse("visits:not_seen"), {"since": LAST}).content.decode()


def test_the_clerk_publishes_the_next_day_from_the_page(signed_in, officers):
    client = signed_in("liang")
    assert "2017年11月2日" in client.get(reverse("visits:days")).content.decode()
    refused = client.post(reverse("visits:publish"), {"on": "2017-11-02"}, follow=True)
    assert "补访还没有到期" not in refused.content.decode() and VisitDay.objects.filter(date="2017-11-02").count() == 1
    for on, words in (("nonsense", "日期写成"), ("9999-12-31", "日期写成"), ("0001-01-01", "日期写成"), ("2017-09-14", "不是日历上的帮扶日"), ("2017-05-18", "补访期已经过了")):
        assert words in client.post(reverse("visits:publish"), {"on": on}, follow=True).content.decode(), on
    assert VisitDay.objects.count() == 11
    assert signed_in("qin").post(reverse("visits:publish"), {"on": "2017-11-16"}).status_code == 404


def test_no_page_ranks_anybody(signed_in, today):
    text = signed_in("liang").get(reverse("visits:board", args=[LAST])).content.decode()
    villages = [area.name for area in Area.objects.all() if area.is_village and Household.objects.filter(village=area).exists()]
    places = [text.index(f">{name}</a></th>") for name in villages]
    assert places == sorted(places)  # by code, whatever the figures


def test_days_of_the_demo_year_are_those_of_the_calendar(db):
    assert [f"{day.date:%m-%d}" for day in VisitDay.objects.order_by("date")] == ["06-01", "06-15", "07-06", "07-20", "08-03", "08-17", "09-07", "09-21", "10-09", "10-19"]
    assert VisitDay.objects.get(date="2017-10-09").rule_date == date(2017, 10, 5) and VisitDay.objects.get(date="2017-10-09").make_up_until == date(2017, 10, 11)


def test_the_rules_and_the_tables_know_the_same_words(db):
    from bangfu.visits.models import VisitMode
    from bangfu.visits.rules import Mode, Silence, SlotState
    from bangfu.visits.shown import LABELS, REASONS, label, others_label

    assert {one.value for one in Mode} == set(VisitMode.values) and set(LABELS) == set(State) and set(REASONS) == set(Silence)
    assert label(SlotState(State.MISSED)) == "已确认未访" and others_label(SlotState(State.DUE)) == ""
    assert others_label(SlotState(State.SILENT, others=(date(2026, 8, 26), date(2026, 9, 1)))) == "另有走访（8月26日、9月1日，未计入）"


def test_what_is_open_is_listed_the_first_due_first_and_by_village(signed_in, officers, due):
    for code, day in (("LATE1", date(2017, 10, 1)), ("SOON1", date(2017, 11, 1)), ("OPEN1", None)):
        Commitment.objects.create(code=code, household=due.household, text=f"约定{code}", owner=officers["qin"], by=officers["qin"], at=clock.now(), due_on=day)
    client = signed_in("liang")
    page = client.get(reverse("visits:items"), {"village": VILLAGE}).content.decode()
    assert page.index("约定LATE1") < page.index("约定SOON1") < page.index("约定OPEN1") and "2017年10月1日到期" in page
    assert "约定LATE1" not in client.get(reverse("visits:items"), {"village": "450481108203"}).content.decode()
    assert "约定LATE1" in client.get(reverse("visits:slot", args=[LAST, due.household.code])).content.decode()
    assert "约定LATE1" not in signed_in("ren9a").get(reverse("visits:items"), {"village": VILLAGE}).content.decode()


def test_the_board_sums_villages_by_cluster(signed_in, officers, today):
    page = signed_in("liang").get(reverse("visits:board", args=[LAST])).content.decode()
    found = queries.slots(today, officers["liang"])
    by_village = queries.sums_by_village(found, queries.states(today, found, clock.now()))
    east = sum((by_village[f"450481108{code}"] for code in ("001", "201", "202", "203", "204")), Sums())
    row = page[page.index("东片"):].split("</tr>", 1)[0]
    assert page.count('class="group"') == 3 and [int(n) for n in re.findall(r">(\d+)</td>", row)] == [east.slots, east.covered, east.made_up, east.excused, east.due, east.silent, east.missed]
    assert 'class="group"' not in signed_in("qin").get(reverse("visits:board", args=[LAST])).content.decode()
