"""驻村 and 进组: rows about a village or a group that cover no household; taken back by who wrote them or the office."""

from django.urls import reverse

from bangfu.base import clock
from bangfu.visits import queries
from bangfu.visits.models import FieldDay, Visit, VisitDay

VILLAGE = "450481108202"


def sent(client, **more):
    said = {"kind": "stay", "date": "2017-10-19", "villager_group": "", "officers": [], "done": "看水利工程", "once": "f1"} | more
    return client.post(reverse("visits:field_days", args=[VILLAGE]), said)


def test_a_stay_in_the_village_is_recorded_once_and_covers_nobody(signed_in, officers):
    client, day = signed_in("zu3"), VisitDay.objects.get(date="2017-10-19")
    before, visits = queries.states(day, found := queries.slots(day, officers["liang"], VILLAGE), clock.now()), Visit.objects.count()
    for _twice in range(2):
        assert sent(client, officers=[officers["gua3"].pk, officers["zu3"].pk]).status_code == 302
    row = FieldDay.objects.get()
    assert {one.username for one in row.officers.all()} == {"gua3", "zu3"} and Visit.objects.count() == visits
    assert queries.states(day, found, clock.now()) == before
    page = signed_in("qin").get(reverse("visits:field_days", args=[VILLAGE])).content.decode()
    assert "看水利工程" in page and officers["gua3"].name in page


def test_what_is_missing_is_said(signed_in, officers):
    page = sent(signed_in("zu3"), kind="group", date="2017-10-21", done="").content.decode()
    for words in ("日期在今天以后", "请写进的哪个组", "请选谁去的", "请写做了什么"):
        assert words in page
    assert not FieldDay.objects.exists()


def test_it_is_taken_back_by_who_wrote_it_or_the_office_and_by_nobody_else(signed_in, officers):
    sent(signed_in("zu3"), officers=[officers["zu3"].pk])
    where = reverse("visits:withdraw_field_day", args=[VILLAGE, FieldDay.objects.get().code])
    assert signed_in("ren3z").post(where).status_code == 404
    assert signed_in("zu3").post(where).status_code == 302
    row = FieldDay.objects.get()
    assert row.withdrawn_by == officers["zu3"] and queries.field_days_of(row.village) == []
    assert signed_in("liang").post(where).status_code == 404
