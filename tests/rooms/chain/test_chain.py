"""Who answers for a household on a day: for every day exactly one of each link that has one, and nothing changes behind a change."""

import random
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from bangfu.accounts.models import Officer
from bangfu.base.models import TrailEntry
from bangfu.chain import actions, queries
from bangfu.chain.demo import BEGINS, TRANSFERRED
from bangfu.chain.errors import NotBefore, StandsAlready
from bangfu.chain.models import Assignment, Cadre, Level, Link, Post, PostRole, Unit
from bangfu.registry.models import Area, Household

VILLAGE, LAST = "450481108202", date(2017, 12, 31)


@pytest.fixture
def household(db):
    return Household.objects.filter(village_id=VILLAGE).order_by("code").first()


@pytest.fixture
def others(db):
    return [one.officer for one in Cadre.objects.select_related("officer").order_by("pk")[:6]]


def caseworker(household, on):
    return next((one.name for one in queries.chain_of(household, on)[6].holders), None)


def test_the_seven_links_of_every_household_on_every_day_of_the_demo_year(db):
    villages = {area.code: {} for area in Area.objects.all() if area.is_village}
    households = list(Household.objects.all())
    day = date(2017, 6, 1)
    while day <= LAST:
        held = queries.caseworkers_on([one.pk for one in households], day)
        assert len(held) == len(households) and all(row.kind == "holder" for row in held.values())
        if day.day in (1, 15, 16):
            for code in villages:
                links = queries.village_links(code, day)
                assert [link.number for link in links] == [1, 2, 3, 4, 5, 6] and all(link.holders for link in links)
                assert all(len(link.holders) == 1 for link in links[2:5])
        day += timedelta(days=1)


def test_the_chains_of_many_are_those_of_each(db):
    some = list(Household.objects.order_by("pk")[::7])
    assert queries.chains_of(some, TRANSFERRED) == {one.pk: queries.chain_of(one, TRANSFERRED) for one in some}


def test_a_transfer_in_mid_month_changes_nothing_in_the_past(db):
    moved = Assignment.objects.filter(starts_on=TRANSFERRED)
    assert moved.count() == 5
    for row in moved.select_related("household", "officer"):
        before, after = (caseworker(row.household, TRANSFERRED + timedelta(days=days)) for days in (-1, 0))
        assert before != after == row.officer.name and caseworker(row.household, BEGINS) == before
        assert caseworker(row.household, BEGINS - timedelta(days=1)) is None


def test_starts_drawn_at_random_leave_one_answer_a_day_and_the_past_alone(household, others):
    def caseworker(household, on):  # of the seventh link alone
        row = queries.caseworkers_on([household.pk], on).get(household.pk)
        return row and (row.kind, row.officer_id)

    rng, said = random.Random(5), {BEGINS: caseworker(household, BEGINS)}
    days = [BEGINS + timedelta(days=n) for n in range(200)]
    for _ in range(150):
        before = {day: caseworker(household, day) for day in days[::20]}
        day, officer = rng.choice(days), rng.choice([*others, None])
        try:
            actions.assign(link=Link.CASEWORKER, node=household, officer=officer, kind="holder" if officer else "caretaker", starts_on=day, by=None)
        except (NotBefore, StandsAlready):
            assert {one: caseworker(household, one) for one in before} == before
            continue
        assert all(caseworker(household, one) == name for one, name in before.items() if one < day)
        said[day] = officer
    rows = list(household.assignments.order_by("starts_on"))
    assert len({row.starts_on for row in rows}) == len(rows) and len(said) > 3
    for day in days[::25]:
        assert len(queries.chain_of(household, day)[6].holders) == 1


def test_overlap_cannot_be_written_even_past_the_actions(household, others):
    row = household.assignments.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(link=Link.CASEWORKER, household=household, officer=others[0], starts_on=row.starts_on, at=row.at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(link=Link.CASEWORKER, village_id=VILLAGE, officer=others[0], starts_on=LAST, at=row.at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(link=Link.CASEWORKER, household=household, kind="holder", starts_on=LAST, at=row.at)


def test_a_vacancy_is_looked_after_by_the_next_filled_link_upward_and_listed_from_its_day(household, officers):
    day = date(2017, 9, 4)
    links = queries.chain_of(household, day)
    actions.assign(link=Link.CASEWORKER, node=household, officer=None, kind="caretaker", starts_on=day, by=officers["liang"])
    [holder] = queries.chain_of(household, day)[6].holders
    assert holder.caretaker and holder.name in {one.name for link in links[2:6] for one in link.holders}
    assert [(row.household, since) for row, since in queries.vacancies("450481108000", day)] == [(household, day)]
    assert queries.vacancies("450481108000", day - timedelta(days=1)) == [] and queries.vacancies("450481109000", day) == []
    assert TrailEntry.objects.filter(act="assigned", about=household.code).count() == 1


def test_a_household_never_assigned_is_listed_and_not_refused(household):
    household.assignments.all().delete()
    assert queries.unassigned("450481108000", LAST) == [household]
    assert queries.chain_of(household, LAST)[6].note == "未结对" and queries.unassigned("450481109000", LAST) == []


def test_a_household_that_needs_no_help_any_more_is_closed(household, officers):
    actions.assign(link=Link.CASEWORKER, node=household, officer=None, kind="closed", starts_on=LAST, by=officers["liang"])
    assert queries.chain_of(household, LAST)[6].note == "无需帮扶" and queries.vacancies("450481108000", LAST) == []


def test_who_covers_a_household_and_as_what(household, officers):
    links = queries.chain_of(household, LAST)
    mine, leader, stranger = links[6].holders[0].officer, links[4].holders[0].officer, Officer.objects.get(username="gua14")
    found = queries.covers([mine.pk, leader.pk, stranger.pk, officers["qin"].pk], household, LAST)
    assert found == {mine.pk: "caseworker", leader.pk: "post", officers["qin"].pk: "post"}


def test_the_span_of_a_post_ends_with_it(household):
    member = Post.objects.filter(village_id=VILLAGE, role=PostRole.VILLAGE_TEAM_MEMBER).first()
    assert queries.span(member.officer, LAST) == ({VILLAGE}, set())
    member.ends_on = LAST
    member.save()
    assert queries.span(member.officer, LAST) == (set(), set()) and queries.span(member.officer, LAST - timedelta(days=1))[0] == {VILLAGE}
    moved = Assignment.objects.filter(starts_on=TRANSFERRED).first()
    before = moved.household.assignments.exclude(pk=moved.pk).get()
    assert moved.household_id in queries.span(before.officer, BEGINS)[1] and moved.household_id not in queries.span(before.officer, LAST)[1]


def test_the_same_person_is_known_once(db):
    unit = Unit.objects.first()
    made = [actions.know_cadre(name="农新来", level=Level.CITY, unit=unit, phone="10012345678", area="450481108000") for _ in range(2)]
    other = actions.know_cadre(name="农新来", level=Level.CITY, unit=unit, phone="10087654321", area="450481108000")
    assert made[0] == made[1] != other and not made[0].has_usable_password()


def test_the_pages_answer_for_the_day_that_is_asked_for(signed_in, household):
    client, moved = signed_in("liang"), Assignment.objects.filter(starts_on=TRANSFERRED).select_related("household", "officer").first()
    before = caseworker(moved.household, BEGINS)
    page = reverse("chain:household", args=[moved.household.code])
    in_force = lambda text: text.split("历任帮扶责任人")[0]  # noqa: E731
    assert before in in_force(client.get(page, {"on": "2017-08-14"}).content.decode()) and moved.officer.name in in_force(client.get(page, {"on": "2017-08-15"}).content.decode())
    assert "10月20日" in client.get(page, {"on": "nonsense"}).content.decode()
    assert caseworker(household, LAST) in client.get(reverse("chain:village", args=[VILLAGE])).content.decode()
    assert "思回村" in client.get(reverse("chain:town")).content.decode()
    assert caseworker(household, LAST) in client.get(reverse("registry:card", args=[household.code])).content.decode()


def test_the_office_names_somebody_else_and_what_cannot_be_is_said(signed_in, household):
    client, page, before = signed_in("liang"), reverse("chain:caseworker", args=[household.code]), household.assignments.count()
    answer = client.post(page, {"officer": Officer.objects.get(username="gua14").pk, "starts_on": "2017-10-23", "document_no": "大业发〔2017〕40号"})
    assert answer.status_code == 302 and caseworker(household, date(2017, 10, 23)) == Officer.objects.get(username="gua14").name
    behind = client.post(page, {"officer": Officer.objects.get(username="gua13").pk, "starts_on": "2017-10-01"})
    assert behind.status_code == 422 and "起已经定了别人，不能改在那以前" in behind.content.decode()
    again = client.post(page, {"officer": "caretaker", "starts_on": "2017-10-23"})
    assert again.status_code == 422 and "一天只能改一次" in again.content.decode()
    assert client.post(page, {"officer": Officer.objects.get(username="gan").pk, "starts_on": "x"}).status_code == 422  # an administrator
    assert household.assignments.count() == before + 1
