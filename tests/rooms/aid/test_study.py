"""Study aid from the application to the donor's report, through acts and pages; what is said twice, too much or too early is refused."""

from datetime import date

import pytest
from django.urls import reverse

from bangfu.aid import batches, donors, grants, looking, movements, payments, pledges, queries, study, verify
from bangfu.aid.errors import NotNow, Refused, StandsAlready
from bangfu.aid.models import Batch, Candidate, Commodity, Donor, DropoutAlert, Line, OtherGrant, Programme, ProgrammeKind, StudyApplication
from bangfu.base import sealing
from bangfu.base.codes import new_code
from bangfu.base.models import TrailEntry
from bangfu.registry.models import Household, Member, Person
from bangfu.registry.queries import present_members, standing

from .conftest import TODAY
from .listed import covered

TERM = "2017秋"


@pytest.fixture
def students(homes):
    """Primary pupils of registered households of 思回村: (household, person), four of them."""
    there = standing(Household.objects.filter(village="450481108202"), "registered")
    found = list(Member.objects.filter(household__in=there, ends_on=None).select_related("person", "household").order_by("household__code", "pk"))[:4]
    for one in found:
        one.person.facts = one.person.facts | {"school_stage": "小学"}
        one.person.save()
    assert len({one.household_id for one in found}) > 1
    return [(one.household, one.person) for one in found]


@pytest.fixture
def liang(officers):
    return officers["liang"]


def applied(student, by, **more):
    said = {"guardian": "甲", "school": "乙小学", "stage": "primary", "term": TERM, "cost_fen": 50_000, "reason": "学费"}
    return study.apply(household=student[0], person=student[1], by=by, **(said | more))


def accepted(student, officers, **more):
    one = applied(student, officers["liang"], **more)
    study.check_home(application=one, on=TODAY, finding="看了", checkers=(officers["qin"], officers["zu3"]), cannot_afford=True, by=officers["qin"])
    study.accept(application=one, by=officers["liang"])
    one.refresh_from_db()
    return one


@pytest.fixture
def promise(town, liang):
    """A function: a pledge of a donor of its own, 1,000 元 a term for two terms."""
    def make(name="甲公司", fen=100_000, **more):
        donor = donors.write(town=town, name=name, kind="organisation", contact="13800000000", to_be_named=True, by=liang)
        return pledges.pledge(donor=donor, source_name=f"{name}助学", per_term_fen=fen, first_term=TERM, terms=2, in_by=date(2017, 8, 31), by=liang, **more)

    return make


@pytest.fixture
def programme(town):
    return Programme.objects.create(code=new_code(), town=town, name="爱心助学", kind=ProgrammeKind.STUDY_AID)


def test_one_live_application_a_term_of_somebody_who_is_there(students, liang):
    one = applied(students[0], liang)
    with pytest.raises(StandsAlready):
        applied(students[0], liang)
    twin = Person.objects.get(pk=students[1][1].pk)
    Person.objects.filter(pk=twin.pk).update(number_index=students[0][1].number_index)
    with pytest.raises(StandsAlready):
        applied(students[1], liang)  # the same number on the register twice
    with pytest.raises(Refused):
        applied((students[0][0], Person.objects.exclude(memberships__household=students[0][0]).first()), liang, term="2018春")
    study.refuse(application=one, reason="不符合", by=liang)
    assert applied(students[0], liang).state == "applied"


def test_each_clause_answers_with_why_and_unknown_is_a_question(students, officers, liang):
    one = applied(students[0], liang)
    says = lambda: {answer.clause.id: answer.says for answer in study.eligibility(StudyApplication.objects.get(pk=one.pk))}  # noqa: E731
    assert says() == {"on_register": "yes", "at_school": "yes", "no_other_grant": "yes", "cannot_afford": "unknown"}
    assert all(answer.why for answer in study.eligibility(one))
    with pytest.raises(Refused, match="还要问清楚"):
        study.accept(application=one, by=liang, reasons={"cannot_afford": "x"})
    Person.objects.filter(pk=one.person_id).update(facts={})
    assert says()["at_school"] == "unknown"
    Person.objects.filter(pk=one.person_id).update(facts={"school_stage": "非在校"})
    assert says()["at_school"] == "no"
    Person.objects.filter(pk=one.person_id).update(facts={"school_stage": "七年级"})
    assert says()["at_school"] == "unknown"  # the register says another stage
    two = (officers["qin"], officers["zu3"])
    study.check_home(application=one, on=TODAY, finding="看了", checkers=two, cannot_afford=False, at_school=True, by=liang)
    assert says() == {"on_register": "yes", "at_school": "yes", "no_other_grant": "yes", "cannot_afford": "no"}
    grants.write(person=one.person, term="2018春", kind="bursary", source="雨露计划", by=liang)
    other = grants.write(person=one.person, term=TERM, kind="living", source="雨露计划", by=liang)
    assert says()["no_other_grant"] == "yes"  # another term, another kind
    mine = grants.write(person=one.person, term=TERM, kind="bursary", source="雨露计划", by=liang)
    assert says()["no_other_grant"] == "no"
    with pytest.raises(Refused, match="同类资助") as refusal:
        study.accept(application=one, by=liang, reasons={"no_other_grant": "仍然", "cannot_afford": "大病以后"})  # not a soft clause
    assert "仍然" not in str(refusal.value)
    grants.withdraw(grant=mine, reason="记错人", by=liang)
    with pytest.raises(Refused, match="请写原因"):
        study.accept(application=one, by=liang)
    study.accept(application=one, by=liang, reasons={"cannot_afford": "两个孩子上学"})
    one.refresh_from_db()
    assert (one.state, one.let_pass) == ("accepted", {"cannot_afford": "两个孩子上学"}) and OtherGrant.objects.filter(pk=other.pk).exists()
    study.end(application=one, stop="wish", on=TODAY, reason="不要了", by=liang)
    one.household.statuses.update(ended=True)
    assert says()["on_register"] == "no"


def test_two_people_check_and_the_newest_counts(students, officers, liang):
    one = applied(students[0], liang)
    for wrong in ((officers["qin"],), (officers["qin"], officers["qin"])):
        with pytest.raises(Refused):
            study.check_home(application=one, on=TODAY, finding="x", checkers=wrong, cannot_afford=True, by=liang)
    for answer in (True, False):
        study.check_home(application=one, on=TODAY, finding="x", checkers=(officers["qin"], officers["zu3"]), cannot_afford=answer, by=liang)
    assert study.eligibility(one)[-1].says == "no" and one.checks.count() == 2


def test_what_is_matched_stays_within_the_pledge_and_departing_wants_a_reason(students, officers, promise, liang):
    first, second, third = (accepted(student, officers) for student in students[:3])
    pledge = promise()
    assert [(one.pk, fen) for one, fen in pledges.proposal(pledge, TERM)] == [(first.pk, 50_000), (second.pk, 50_000)]
    said = {"pledge": pledge, "from_term": TERM, "to_term": "2018春", "by": liang}
    with pytest.raises(Refused, match="不按顺序"):
        pledges.match(application=second, fen=50_000, **said)
    assert pledges.match(application=second, fen=50_000, departed="先开学", **said).departed == "先开学"
    with pytest.raises(Refused, match="还差"):
        pledges.match(pledge=promise("丙公司"), application=first, fen=50_001, from_term=TERM, to_term=TERM, by=liang)  # more than it costs
    kept = pledges.match(application=first, fen=40_000, departed="不用写", **said)
    assert kept.departed == "" and pledges.free(pledge, [TERM]) == 10_000
    with pytest.raises(Refused, match="不够"):
        pledges.match(application=third, fen=10_001, **said)
    with pytest.raises(Refused, match="认捐是从"):
        pledges.match(application=third, fen=100, **(said | {"to_term": "2018秋"}))
    with pytest.raises(StandsAlready):
        pledges.match(application=first, fen=100, **said)
    other = promise("乙公司", stages=["junior"], villages=["450481108203"])
    assert pledges.proposal(other, TERM) == [] and other.source.terms == {"programmes": ["study_aid"], "villages": ["450481108203"]}
    with pytest.raises(NotNow, match="限定"):
        pledges.match(**(said | {"pledge": other}), application=third, fen=100)
    pledges.end_match(match=kept, reason="换一家", by=liang)
    assert pledges.free(pledge, [TERM]) == 50_000
    with pytest.raises(NotNow):
        pledges.match(application=applied(students[3], liang), fen=100, **said)


def test_a_term_is_paid_out_of_the_pledge_and_the_donor_learns_no_name(students, officers, promise, programme, town, liang):
    pledge, other = promise(), promise("乙公司", fen=30_000)
    both = [accepted(student, officers, cost_fen=70_000) for student in students[:2]]
    for one in both:
        pledges.match(pledge=pledge, application=one, fen=50_000, from_term=TERM, to_term="2018春", by=liang)
    pledges.match(pledge=other, application=both[0], fen=20_000, from_term=TERM, to_term=TERM, by=liang)
    assert {(one.pk, term, missing) for one, term, missing in pledges.shortfalls(town, TODAY)} == {(pledge.pk, TERM, 100_000), (other.pk, TERM, 20_000)}
    movements.receive(source=pledge.source, fen=60_000, on=TODAY, by=liang, key="in 1")
    movements.receive(source=other.source, fen=30_000, on=TODAY, by=liang, key="in 2")
    assert [(one.pk, missing) for one, _term, missing in pledges.shortfalls(town, TODAY)] == [(pledge.pk, 40_000)]
    said = {"town": town, "term": TERM, "programme": programme, "on": TODAY, "by": liang}
    with pytest.raises(NotNow):
        pledges.draft_term(**said)  # nobody was asked
    pledges.answer(application=both[0], term=TERM, at_school=True, by=liang)
    pledges.answer(application=both[1], term=TERM, at_school=False, by=liang)
    pledges.answer(application=both[1], term=TERM, at_school=True, by=liang)
    assert [(one.funded, one.ready) for one in pledges.before(town, TERM)] == [(True, True), (False, False), (True, True)]  # of two the second lacks money
    made = pledges.draft_term(**said)
    assert {batch.source for batch in made} == {pledge.source, other.source} and all(batch.by_bank for batch in made)
    assert Candidate.objects.get(batch__source=pledge.source).basis == f"study {both[0].code} {TERM}"
    movements.receive(source=pledge.source, fen=40_000, on=TODAY, by=liang, key="in 3")
    assert [one.ready for one in pledges.before(town, TERM)] == [False, True, False]
    more, = pledges.draft_term(**said)
    assert [row.person_id for row in more.candidates.all()] == [both[1].person_id]
    with pytest.raises(NotNow):
        pledges.draft_term(**said)
    for batch in (*made, more):
        assert looking.warnings(batch, TODAY) == []  # two donors share one application's cost: no double
        batches.check(batch=batch, by=liang)
        lines = batches.approve(batch=batch, by=officers["meng"])
        batch.refresh_from_db()
        payments.enter(batch=batch, replies=[payments.Reply(at, payments.number(line), True, "", None) for at, line in enumerate(lines, start=1)], on=TODAY, by=liang)
    told = pledges.report(pledge.donor)
    assert (told.received, told.spent, told.unspent, told.by_stage, told.students) == (100_000, 100_000, 0, [("小学", 2)], 2)
    assert pledges.report(other.donor).unspent == 10_000 and pledges.shortfalls(town, TODAY) == []
    assert [(one.pk, term) for one, term, _missing in pledges.shortfalls(town, date(2018, 2, 2))] == []
    assert [(one.pk, term, missing) for one, term, missing in pledges.shortfalls(town, date(2018, 2, 3))] == [(pledge.pk, "2018春", 100_000)]
    (fund,) = queries.funds([other.source])
    assert (fund.came, fund.issued, fund.left) == (30_000, 20_000, 10_000) and verify.broken()[1] is None


def test_an_autumn_asks_whether_the_grade_advanced(students, officers, town, liang, promise):
    one = accepted(students[0], officers)
    pledge = promise()
    pledge.terms = 4
    pledge.save()
    pledges.match(pledge=pledge, application=one, fen=10_000, from_term=TERM, to_term="2018秋", by=liang)
    assert [pledges.before(town, term)[0].asks_advance for term in (TERM, "2018春", "2018秋")] == [False, False, True]
    movements.receive(source=pledge.source, fen=10_000, on=TODAY, by=liang, key="in")
    pledges.answer(application=one, term="2018秋", at_school=True, by=liang)
    assert not pledges.before(town, "2018秋")[0].ready
    pledges.answer(application=one, term="2018秋", at_school=True, advanced=True, by=liang)
    assert pledges.before(town, "2018秋")[0].ready and pledges.before(town, "2019春") == []


def test_a_stop_ends_all_of_it_and_leaving_school_is_an_alert(students, officers, promise, programme, town, liang):
    pledge = promise()
    ones = [accepted(student, officers) for student in students[:2]]
    for one in ones:
        pledges.match(pledge=pledge, application=one, fen=50_000, from_term=TERM, to_term=TERM, by=liang)
        pledges.answer(application=one, term=TERM, at_school=True, by=liang)
    movements.receive(source=pledge.source, fen=100_000, on=TODAY, by=liang, key="in")
    batch, = pledges.draft_term(town=town, term=TERM, programme=programme, on=TODAY, by=liang)
    assert study.end(application=ones[0], stop="left_school", on=TODAY, reason="外出务工", by=liang) == 0
    assert [row.person_id for row in batch.candidates.all()] == [ones[1].person_id]
    ones[0].refresh_from_db()
    assert (ones[0].state, ones[0].matches.get().ended_on) == ("ended", TODAY)
    alert, = study.alerts(officers["qin"])
    assert list(study.alerts(officers["zu3"])) == []
    study.close_alert(alert=alert, outcome="复学了", by=officers["qin"])
    with pytest.raises(StandsAlready):
        study.close_alert(alert=alert, outcome="复学了", by=officers["qin"])
    assert not study.alerts(liang).exists()
    batches.check(batch=batch, by=liang)
    batches.approve(batch=batch, by=officers["meng"])
    assert study.end(application=ones[1], stop="graduated", on=TODAY, reason="毕业", by=liang) == 1  # issued, not paid
    assert DropoutAlert.objects.count() == 1
    with pytest.raises(NotNow):
        study.end(application=ones[1], stop="graduated", on=TODAY, reason="毕业", by=liang)
    batches.close(batch=batch, by=liang, reason="毕业了")
    (fund,) = queries.funds([pledge.source])
    assert (fund.left, fund.issued) == (100_000, 0) and not Line.objects.standing().exists()


def test_a_fixed_list_keeps_the_row_and_says_why(students, officers, promise, programme, town, liang):
    pledge = promise()
    for student in students[:2]:
        one = accepted(student, officers)
        pledges.match(pledge=pledge, application=one, fen=50_000, from_term=TERM, to_term=TERM, by=liang)
        pledges.answer(application=one, term=TERM, at_school=True, by=liang)
    movements.receive(source=pledge.source, fen=100_000, on=TODAY, by=liang, key="in")
    batch, = pledges.draft_term(town=town, term=TERM, programme=programme, on=TODAY, by=liang)
    batches.check(batch=batch, by=liang)
    study.end(application=one, stop="wish", on=TODAY, reason="不要了", by=liang)
    assert batch.candidates.get(person=one.person).left_out == "监护人要求：不要了"
    assert len(batches.approve(batch=batch, by=officers["meng"])) == 1


def test_doubles_are_found_over_all_sources_of_the_same_kind_and_term(made, students, officers, town, liang):
    (home, person), (other_home, other) = students[0], students[1]
    fen, one, two = Commodity.objects.get(pk="fen"), made("甲", kind=ProgrammeKind.STUDY_AID), made("乙", kind=ProgrammeKind.STUDY_AID)
    movements.receive(source=one.source, fen=100_000, on=TODAY, by=liang, key="in")
    batches.add(batch=one, household=home, person=person, commodity=fen, quantity=50_000)
    covered(one, officers)
    batches.check(batch=one, by=liang)
    batches.approve(batch=one, by=officers["meng"])
    for where, who in ((home, person), (other_home, other)):
        batches.add(batch=two, household=where, person=who, commodity=fen, quantity=50_000)
    same = lambda: [(found.household.pk, found.fact) for found in looking.warnings(two, TODAY) if found.rule == "same_purpose"]  # noqa: E731
    assert [pk for pk, _fact in same()] == [home.pk] and grants.doubles("450481108000", TERM) == []
    grants.write(person=other, term=TERM, kind="scholarship", source="县奖学金", by=liang)
    grants.write(person=other, term="2018春", kind="bursary", source="雨露计划", by=liang)
    assert [pk for pk, _fact in same()] == [home.pk]  # another kind, another term
    grants.write(person=other, term=TERM, kind="bursary", source="雨露计划", by=liang)
    assert {pk for pk, _fact in same()} == {home.pk, other_home.pk} and any("雨露计划" in fact for _pk, fact in same())
    grants.write(person=person, term=TERM, kind="bursary", source="雨露计划", by=liang)
    (line, more), = grants.doubles("450481108000", TERM)
    assert line.person == person and [had.other.source for had in more] == ["雨露计划"]


def test_a_pasted_list_is_taken_whole_or_not_at_all(students, liang):
    for at, (_home, person) in enumerate(students[:2]):
        Person.objects.filter(pk=person.pk).update(code=f"7777{at}")
    with pytest.raises(Refused) as refusal:
        grants.take_in(text="77770，2017秋，助学金，雨露计划\n\n450499200801010012,2017秋,助学金,x\n77771,2017冬,礼物,x\n77771,2017秋\n77770,2017秋,助学金,雨露计划", by=liang)
    problems = str(refusal.value).splitlines()
    assert [line[:3] for line in problems] == ["第 3", "第 4", "第 5", "第 6"] and "学期" in problems[1] and "类别" in problems[1]
    assert "450499" not in str(refusal.value) and not OtherGrant.objects.exists()
    text = "77770，2017秋，助学金，雨露计划\n77771\t2017秋\tliving\t雨露计划"
    assert grants.take_in(text=text, by=liang) == (2, 0) and grants.take_in(text=text, by=liang) == (0, 2)


def test_the_contact_is_sealed_opening_it_leaves_a_trace_and_keys_rotate(promise, liang, signed_in):
    donor = promise().donor
    assert "138" not in donor.contact
    page = signed_in("liang")
    address = reverse("aid:donor", args=[donor.code])
    assert "13800000000" not in page.get(address).content.decode()
    assert "13800000000" in page.post(address, {"act": "contact"}).content.decode()
    assert TrailEntry.objects.filter(act="value_opened", about=f"donor {donor.code}").count() == 1
    assert signed_in("meng").post(address, {"act": "contact"}).status_code == 404
    before = donor.contact
    donors.reseal_all()
    donor.refresh_from_db()
    assert donor.contact != before and sealing.unseal(bytes.fromhex(donor.contact)) == "13800000000"


def test_through_the_pages(students, officers, town, programme, signed_in):
    home, person = students[0]
    number = next(one.number for one in present_members(home) if one.person == person)
    liang = signed_in("liang")

    def post(name, /, *args, **data):
        return liang.post(reverse(f"aid:{name}", args=args), data)

    assert liang.get(reverse("aid:study"), {"household": home.code}).url == reverse("aid:new_application", args=[home.code])
    asked = {"member": number, "guardian": "甲", "school": "思回某小学", "stage": "primary", "term": TERM, "reason": "学费"}
    assert post("new_application", home.code, **asked, cost="0").status_code == 422
    assert post("new_application", home.code, **asked, cost="500").status_code == 302
    assert post("new_application", home.code, **asked, cost="500").status_code == 422
    one = StudyApplication.objects.get()
    refused = post("application", one.code, act="accept")
    assert refused.status_code == 422 and "还没有入户核实" in refused.content.decode()
    check = {"check-on": f"{TODAY}", "check-checker_1": officers["qin"].pk, "check-finding": "看了", "check-cannot_afford": "no", "act": "check"}
    assert post("application", one.code, **check, **{"check-checker_2": officers["qin"].pk}).status_code == 422
    assert post("application", one.code, **check, **{"check-checker_2": officers["zu3"].pk}).status_code == 302
    assert post("application", one.code, act="accept", **{"reason-cannot_afford": "两个孩子"}).status_code == 302
    assert post("new_donor", name="甲公司", kind="organisation").status_code == 302
    donor = Donor.objects.get()
    assert post("new_pledge", donor.code, source_name="甲助学", fen="500", first_term=TERM, terms="2", in_by="2017-08-31").status_code == 302
    pledge = donor.pledges.get()
    assert post("source", pledge.source.code, act="money", once="x", fen="500", on=f"{TODAY}").status_code == 302
    assert post("pledge", pledge.code, act="match", application=one.code, fen="500", from_term=TERM, to_term="2018春").status_code == 302
    assert post("study_term", TERM, act="answer", **{f"at_school-{one.code}": "yes"}).status_code == 302
    assert "可以发" in liang.get(reverse("aid:study_term", args=[TERM])).content.decode()
    assert post("study_term", TERM, act="draft", programme=programme.code, on=f"{TODAY}").status_code == 302
    assert Batch.objects.get().candidates.get().quantity == 50_000
    assert post("application", one.code, act="grant", **{"grant-term": TERM, "grant-kind": "bursary", "grant-source": "雨露计划"}).status_code == 302
    assert looking.warnings(Batch.objects.get(), TODAY)[0].rule == "same_purpose"
    paper = post("registration_form", one.code, copies="3").content.decode()
    assert paper.count("<section") == 3 and "思回某小学" in paper
    assert post("application", one.code, act="end", **{"end-stop": "left_school", "end-on": f"{TODAY}", "end-reason": "外出"}).status_code == 302
    for name in ("study", "donors", "other_grants"):
        assert liang.get(reverse(f"aid:{name}")).status_code == 200
    assert "离开学校" in liang.get(reverse("aid:study")).content.decode()
    for page in (reverse("aid:application", args=[one.code]), reverse("aid:pledge", args=[pledge.code]), reverse("aid:donor", args=[donor.code])):
        assert liang.get(page).status_code == 200
    report = liang.get(reverse("aid:donor", args=[donor.code])).content.decode()
    assert one.code not in report and "思回某小学" not in report and person.name not in report
    for who, status in (("meng", 200), ("qin", 200), ("zu3", 404)):
        assert signed_in(who).get(reverse("aid:application", args=[one.code])).status_code == status
        assert signed_in(who).get(reverse("aid:study")).status_code == status


def test_the_demo_shows_a_pledge_and_one_double(db, signed_in):
    (line, more), = grants.doubles("450481108000", TERM)
    assert more[0].other.source == "雨露计划"
    told = pledges.report(Donor.objects.get())
    assert (told.students, told.spent, sum(n for _stage, n in told.by_stage)) == (32, 1_750_000, 32)
    page = signed_in("liang").get(reverse("aid:study")).content.decode()
    assert "雨露计划" in page and line.household.code in page
    assert signed_in("meng").get(reverse("aid:study_term", args=["2018春"])).status_code == 200
