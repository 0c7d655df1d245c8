"""A NUL, an x for an X, wide letters: answered alike on both databases (these tests run on both)."""

from datetime import date

import pytest
from django.urls import reverse

from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract
from bangfu.registry import actions, queries
from bangfu.registry.models import Area, Person
from bangfu.registry.values import RULEBOOK, reader

VILLAGE = "450481108202"
ROWS = ["乡镇,行政村,组,户编号,人编号,姓名,证件号码,与户主关系,户联系电话", "大业镇,思回村,第\x001组,9101,8100001,张\x00三,45049919650312019x,户主,1380000\x000000",
        "大业镇,思回村,,9101,8100002,张　四,４５０４９９１９６５０３１２０２７Ｘ,之子,",
        *(f"大业镇,板么村,第2组,92{at:02d},82000{at:02d},韦安,,户主," for at in range(10))]  # of another village; a text, not a lump of bytes


@pytest.fixture
def taken_in(officers, tmp_path):
    """Two persons from a file with a NUL in three cells, a small x and wide figures."""
    path = tmp_path / "系统导出_20170920.csv"
    path.write_text("\n".join(ROWS), encoding="utf-8")
    extract = read_extract(path, side="system", headers=load_headers(RULEBOOK))
    actions.take_in(extract, reader=reader(date(2017, 9, 20)), villages={"思回村": Area.objects.get(code=VILLAGE)}, label="x", data_date=date(2017, 9, 20),
                    by=officers["liang"])
    return {one.code: one for one in Person.objects.filter(code__startswith="81000")}


def test_a_nul_in_a_file_is_left_out_and_the_rest_is_kept(taken_in):
    assert {code: one.name for code, one in taken_in.items()} == {"8100001": "张三", "8100002": "张四"}
    household = taken_in["8100001"].memberships.get().household
    assert household.villager_group == "第1组"


@pytest.mark.parametrize("asked", ["45049919650312019x", "45049919650312019X", "４５０４９９１９６５０３１２０１９ｘ", " 450499 19650312 019x ", "张\x00三", "zhangsan", "8100001"])
def test_one_person_is_found_however_the_number_or_name_is_written(taken_in, signed_in, officers, asked):
    text = signed_in("qin").post(reverse("registry:find"), {"asked": asked}).content.decode()
    assert "张三" in text and "张四" not in text


@pytest.mark.parametrize("name", ["group", "as", "after", "act", "before", "page", "next", "all"])
@pytest.mark.parametrize("odd", ["\x00", "\ud800", "'; --", "%", "９" * 30, "💧" * 50, "-1"])
def test_odd_text_in_an_address_breaks_no_page(signed_in, officers, name, odd):
    household = queries.households_of(officers["qin"], Area.objects.get(code=VILLAGE), group="", after="")[0][0]
    for username, address in (("qin", reverse("registry:village", args=[VILLAGE])), ("qin", reverse("registry:card", args=[household.code])),
                              ("yan", reverse("base:trail")), ("liang", reverse("base:feedback")), ("liang", reverse("account_login"))):
        query = f"{name}=" + "".join(f"%{byte:02X}" for byte in odd.encode("utf-8", "surrogatepass"))
        assert signed_in(username).get(f"{address}?{query}").status_code in (200, 302, 400, 404)


@pytest.mark.parametrize("odd", ["\x00", "覃\x00", "\ud800", "９" * 400])
def test_odd_text_in_a_form_breaks_no_page(client, signed_in, officers, odd):
    household = queries.households_of(officers["qin"], Area.objects.get(code=VILLAGE), group="", after="")[0][0]
    forms = [("registry:record", [household.code, 0, "address"], {"value": odd, "basis": odd, "on": odd, "seen": odd}),
             ("registry:joining", [household.code], dict.fromkeys(("kind", "name", "sex", "born_on", "relation_to_head", "on", "version"), odd)),
             ("registry:leaving", [household.code], dict.fromkeys(("number", "kind", "on", "version"), odd)),
             ("registry:relation", [household.code], dict.fromkeys(("number", "relation_to_head", "on", "version"), odd)),
             ("registry:open_value", [household.code, 0, "household_phone"], {"purpose": odd}), ("registry:find", [], {"asked": odd}),
             ("base:feedback", [], {"text": odd, "page": odd}), ("account_login", [], {"login": odd, "password": odd})]
    for name, arguments, said in forms:
        who = client if name in ("base:feedback", "account_login") else signed_in("qin")
        said = {key: value.encode("utf-8", "surrogatepass").decode("latin-1") if "\ud800" in value else value for key, value in said.items()}
        assert who.post(reverse(name, args=arguments), said).status_code in (200, 302, 400, 404, 422), name
    client.logout()
    assert client.post(reverse("account_login"), {"login": "liang\x00", "password": "x"}).status_code in (200, 400, 422)


def test_somebody_whose_number_fails_its_check_is_found_by_it_all_the_same(signed_in, officers):
    household = queries.households_of(officers["qin"], Area.objects.get(code=VILLAGE), group="", after="")[0][0]
    member = queries.present_members(household)[0]
    actions.record_value(household=household, person=member.person, column="certificate_no", value="450499196503120199", seen=0, basis="x", on=date(2017, 10, 1),
                         by=officers["qin"])
    assert queries.find(officers["qin"], "450499196503120199") == [member] and queries.find(officers["qin"], "450499196503120198") == []
