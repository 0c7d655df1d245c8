"""A town without a chain gets one on its pages: people, units, leaders, posts; what ends leaves no gap."""

from datetime import date

import pytest
from django.urls import reverse

from bangfu.base.models import TrailEntry
from bangfu.chain import queries
from bangfu.chain.models import Assignment, Cadre, Post, UnitVillage
from tests.rooms.emptied import empty

VILLAGE, TODAY = "450481108202", date(2017, 10, 20)


@pytest.fixture
def office(signed_in):
    """The clerk of a town that knows its villages and households, and nobody who answers for them."""
    empty("reports", "aid", "visits", "chain")
    return signed_in("liang")


def known(client, name, **more):
    return client.post(reverse("chain:people"), {"name": name, "level": "town", "unit": "镇农业站", "phone": "10000000001"} | more, follow=True)


def appointed(client, what, who="", **more):
    return client.post(reverse("chain:appoint", args=[VILLAGE]), {"what": what, "officer": who, "starts_on": "2017-03-01", "document_no": "大业发〔2017〕1号"} | more)


def links(on=TODAY):
    return {one.identifier: [holder.name for holder in one.holders] for one in [*queries.village_links(VILLAGE, on), *queries.posts_beside(VILLAGE, on)]}


def test_a_new_towns_chain_is_entered_link_by_link(office):
    for name in ("韦一", "韦二", "韦三", "韦四"):
        assert f"记下了{name}" in known(office, name, phone=f"1000000{len(name)}{ord(name[1]) % 100:02d}").content.decode()
    pk = dict(Cadre.objects.values_list("officer__name", "officer_id"))
    assert appointed(office, "cluster_leader", pk["韦一"]).status_code == appointed(office, "village_sponsor", pk["韦二"]).status_code == 302
    assert appointed(office, "village_team_leader", "caretaker").status_code == appointed(office, "village_team_member", pk["韦三"], villager_group="").status_code == 302
    assert appointed(office, "first_secretary", pk["韦四"]).status_code == 302
    assert appointed(office, "unit", unit="市林业局", level="city").status_code == appointed(office, "unit", unit="镇农业站").status_code == 302
    assert links() == {"city_partner_unit": ["市林业局"], "town_partner_unit": ["镇农业站"], "cluster_leader": ["韦一"], "village_sponsor": ["韦二"],
                       "village_team_leader": ["韦二"], "village_team_member": ["韦三"], "first_secretary": ["韦四"]}  # the vacant place is looked after from above
    assert links(date(2017, 2, 28)) == {one: [] for one in ("city_partner_unit", "town_partner_unit", "cluster_leader", "village_sponsor", "village_team_leader", "village_team_member")}
    assert TrailEntry.objects.filter(act="assigned", who="liang").count() == 7
    page = office.get(reverse("chain:people")).content.decode()
    assert TrailEntry.objects.filter(act="cadre_written", who="liang").count() == 4
    assert "思回村 驻村第一书记" in page and "镇农业站" in page


def test_the_last_team_member_ends_only_when_another_one_is_there(office):
    known(office, "韦三")
    known(office, "韦五", phone="10000000005")
    pk = dict(Cadre.objects.values_list("officer__name", "officer_id"))
    appointed(office, "village_team_member", pk["韦三"])
    row = Post.objects.get()
    where = reverse("chain:end", args=[VILLAGE, "post", row.pk])
    assert "这是村里最后一个包村成员" in office.post(where, follow=True).content.decode() and Post.objects.get().ends_on is None
    appointed(office, "village_team_member", pk["韦五"], starts_on="2017-10-01")
    office.post(where)
    assert links()["village_team_member"] == ["韦五"] and links(date(2017, 10, 19))["village_team_member"] == ["韦三", "韦五"]
    assert office.post(where).status_code == 404  # it has ended


def test_what_is_missing_is_said(office):
    assert "请选一个人" in appointed(office, "village_sponsor").content.decode()
    assert "请写哪个单位" in appointed(office, "unit").content.decode()
    assert "不用写空缺" in appointed(office, "first_secretary", "caretaker").content.decode()
    assert office.post(reverse("chain:people"), {"name": "", "level": "town", "phone": "电话"}).status_code == 422
    assert not Assignment.objects.exists() and not UnitVillage.objects.exists()


def test_unit_and_number_of_somebody_are_put_right(office):
    known(office, "韦一")
    one = Cadre.objects.get()
    answer = office.post(reverse("chain:person", args=[one.officer.username]), {"level": "city", "unit": "市水利局", "phone": "0774-8000000"})
    one.refresh_from_db()
    assert answer.status_code == 302 and (one.level, one.unit.name, one.phone) == ("city", "市水利局", "0774-8000000")
    assert [entry.about for entry in TrailEntry.objects.filter(act="cadre_written")] == [one.officer.username] * 2
    assert office.get(reverse("chain:person", args=["gan"])).status_code == 404  # the administrator is nobody's caseworker
