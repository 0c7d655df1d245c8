"""A value is asked for, looked at on a visit or a sheet, and its answer goes back to who asked; what is masked stays so."""

import pytest
from django.urls import reverse

from bangfu.base.models import TrailEntry
from bangfu.registry.models import Household, Person
from bangfu.registry.queries import present_members
from bangfu.visits import sheets, verification
from bangfu.visits.models import VerificationItem, VisitDay

VILLAGE, DAY = "450481108202", "2017-10-19"


@pytest.fixture
def home(officers):
    return Household.objects.in_scope(officers["ren3z"]).select_related("source", "village").order_by("code").first()


def asked(client, home, what, words="和手册不一样"):
    return client.post(reverse("visits:verify", args=[home.code]), {"what": what, "words": words})


def visited(client, home, officer, **more):
    said = {"visited_on": DAY, "mode": "home", "went": [officer.pk], "once": "v1"} | more
    return client.post(reverse("visits:record", args=[home.code]), said)


def test_a_value_is_asked_once_looked_at_and_answered(signed_in, officers, home):
    client = signed_in("qin")
    for _twice in range(2):
        assert asked(client, home, "0 house_area_m2").status_code == 302
    one, = verification.open_of(home)
    words = verification.question(one)
    assert "住房面积" in words and "和手册不一样" in words and words in client.get(reverse("registry:card", args=[home.code])).content.decode()
    caseworker = signed_in("ren3z")
    assert words in caseworker.get(reverse("visits:own")).content.decode() and words in caseworker.get(reverse("visits:record", args=[home.code])).content.decode()
    assert "请写看到的是什么" in visited(caseworker, home, officers["ren3z"], **{f"check-{one.code}": "different"}).content.decode()
    assert visited(caseworker, home, officers["ren3z"], **{f"check-{one.code}": "different", f"value-{one.code}": "96 平方米"}).status_code == 302
    one.refresh_from_db()
    assert (one.answer, verification.value_of_answer(one), one.visit.visited_on.isoformat(), one.answered_by) == ("different", "96 平方米", DAY, officers["ren3z"]) and "平方米" not in one.value
    client = signed_in("qin")
    assert "96 平方米" in client.get(reverse("visits:verifications")).content.decode() and verification.open_of(home) == []
    page = client.get(reverse("visits:verification", args=[one.code])).content.decode()
    assert reverse("registry:record", args=[home.code, 0, "house_area_m2"]) in page
    client.post(reverse("visits:verification", args=[one.code]), {"act": "settle"})
    assert "96 平方米" not in client.get(reverse("visits:verifications")).content.decode()
    assert [TrailEntry.objects.filter(act=act).count() for act in ("verification_asked", "verification_answered", "verification_settled")] == [1, 1, 1]


def test_what_nobody_asked_about_stays_open_for_the_next_visit(signed_in, officers, home):
    asked(signed_in("qin"), home, "0 house_area_m2")
    visited(signed_in("ren3z"), home, officers["ren3z"])
    one, = verification.open_of(home)
    assert visited(signed_in("ren3z"), home, officers["ren3z"], once="v2", **{f"check-{one.code}": "same"}).status_code == 302
    assert VerificationItem.objects.get().answer == "same" and verification.open_of(home) == []


def test_a_masked_value_is_masked_in_the_question_and_its_answer_is_opened_by_itself(signed_in, officers, home):
    member = present_members(home)[0]
    health = Person.objects.get(pk=member.person_id)
    health.facts["health_status"] = "患有大病"
    health.save()
    client = signed_in("qin")
    asked(client, home, f"{member.number} health_status")
    one, = verification.open_of(home)
    assert "患有大病" not in verification.question(one)
    visited(signed_in("ren3z"), home, officers["ren3z"], **{f"check-{one.code}": "different", f"value-{one.code}": "长期慢性病"})
    client = signed_in("qin")
    where = reverse("visits:verification", args=[one.code])
    assert "长期慢性病" not in client.get(reverse("visits:verifications")).content.decode() + client.get(where).content.decode()
    before = TrailEntry.objects.filter(act="value_opened").count()
    assert "长期慢性病" in client.post(where, {"act": "open"}).content.decode()
    assert TrailEntry.objects.filter(act="value_opened").count() == before + 1 and "长期慢性病" not in client.get(where).content.decode()


def test_it_stands_on_the_printed_sheet_and_is_typed_back(signed_in, officers, home):
    asked(signed_in("qin"), home, "0 house_area_m2")
    one, slot = verification.open_of(home)[0], VisitDay.objects.get(date=DAY).slots.get(household=home)
    sheet, = sheets.make(slots=[slot], by=officers["qin"])
    printed, = sheets.printed(slot.visit_day, [slot])
    assert list(printed.checks) == [verification.question(one)]
    client = signed_in("liang")
    page = client.get(reverse("visits:sheet", args=[sheet.code])).content.decode()
    assert verification.question(one) in page
    client.post(reverse("visits:sheet", args=[sheet.code]), {"visited_on": DAY, "mode": "home", "went": [officers["ren3z"].pk], f"check-{one.code}": "same"})
    one.refresh_from_db()
    assert one.answer == "same" and one.visit.sheet == sheet.code


def test_only_who_keeps_the_register_asks_and_only_for_what_stands_in_the_list(signed_in, officers, home):
    assert asked(signed_in("ren3z"), home, "0 house_area_m2").status_code == 404
    for what in ("", "0 nothing", "99 health_status", "x", "0 bank_account"):
        assert asked(signed_in("qin"), home, what).status_code == 422
    assert not VerificationItem.objects.exists()
