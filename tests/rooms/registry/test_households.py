"""Households: found, opened, changed; who sees what. The demo town is invented."""

import json
import re
import shutil
from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from bangfu.base import sealing
from bangfu.base.models import TrailEntry
from bangfu.engines.relations.values import Reader
from bangfu.registry import actions, queries
from bangfu.registry.errors import SomebodyChangedIt, StandsAlready
from bangfu.registry.models import Area, Household, Joining, Leaving, Member, Person
from bangfu.registry.shown import HIDDEN, age_on, shown
from bangfu.registry.spelling import spelled
from tests.engines.spec.registers import CODES, extract
from tests.tables import rows

INSIDE, OUTSIDE = "450481108202", "450481108203"
SPELLED = rows("""
    name   | pinyin      | initials
    -------+-------------+---------
    覃秀兰 | qinxiulan   | qxl
    单小明 | shanxiaoming | sxm
    韦单   | weidan      | wd
    𠮷小明 | xiaoming    | xm
""")


@pytest.mark.parametrize("row", SPELLED, ids=lambda row: row["name"])
def test_surnames_are_spelled_as_surnames(row):
    assert spelled(row["name"])[0].endswith(row["pinyin"]) and spelled(row["name"])[1].endswith(row["initials"])


def test_the_demo_town_came_in_whole_through_the_import(officers):
    assert Area.objects.count() == 19 and Household.objects.count() == 300
    assert Person.objects.count() == Member.objects.count() == queries.counts(officers["liang"])[INSIDE][1] + Member.objects.exclude(
        household__village_id=INSIDE).count()
    assert Person.objects.filter(number_index="").count() == 0


def somebody(village):
    return Member.objects.filter(household__village_id=village).select_related("person", "household").exclude(person__birth_date__gt=date(2000, 1, 1)).first()


@pytest.mark.parametrize("asked", ["name", "pinyin", "initials", "code", "number", "household"])
def test_a_person_is_found_in_every_way_a_clerk_may_ask(officers, asked):
    member = somebody(INSIDE)
    number = sealing.unseal(bytes.fromhex(member.person.sealed["certificate_no"]))
    text = {"name": member.person.name, "pinyin": member.person.pinyin, "initials": member.person.initials.upper(), "code": member.person.code,
            "number": number.lower(), "household": member.household.code}[asked]
    assert member in queries.find(officers["qin"], f" {text} ")


@pytest.mark.parametrize("asked", ["覃秀兰", "qinxiulan", "QXL", "qin xiu lan"])
def test_the_person_of_the_instructions_is_in_the_demo_town(officers, asked):
    assert "覃秀兰" in [one.person.name for one in queries.find(officers["liang"], asked)]


def test_what_lies_outside_is_not_found(officers):
    member = somebody(OUTSIDE)
    assert queries.find(officers["liang"], member.person.code) == [member]
    assert queries.find(officers["qin"], member.person.code) == queries.find(officers["gan"], member.person.code) == []


def test_no_page_shows_an_open_value_of_level_a_or_b_or_a_childs_name(signed_in):
    client = signed_in("liang")
    secrets, children = set(), set()
    for household in Household.objects.filter(village_id=INSIDE).prefetch_related("members__person"):
        for sealed in household.sealed.values():
            secrets.add(sealing.unseal(bytes.fromhex(sealed)))
        for member in household.members.all():
            secrets |= {sealing.unseal(bytes.fromhex(text)) for text in member.person.sealed.values()}
            if age_on(member.person.birth_date, date(2017, 9, 20)) < 14:
                children.add(member.person.name)
    assert len(secrets) > 50 and len(children) > 5
    pages = [reverse("registry:villages"), reverse("registry:village", args=[INSIDE]),
             *(reverse("registry:card", args=[one.code]) for one in Household.objects.filter(village_id=INSIDE))]
    text = "\n".join(client.get(page).content.decode() for page in pages)
    text += "\n".join(client.post(reverse("registry:find"), {"asked": name}).content.decode() for name in list(children)[:3])
    adults = set(Member.objects.filter(household__village_id=INSIDE).exclude(person__name__in=children).values_list("person__name", flat=True))
    for secret in secrets:
        assert secret not in text
    for name in children - adults:
        assert f">{name}<" not in text, "a child's name stands open"
    for word in ("长期慢性病", "患有大病", ">残疾<", ">因病<", ">因残<"):
        assert word not in text
    assert HIDDEN in text


def test_masks_follow_the_dictionary(db):
    child, adult = Person(name="莫小静", birth_date=date(2010, 1, 1)), Person(name="莫建平", birth_date=date(1970, 1, 1))
    day = date(2017, 9, 20)
    assert [shown("name", one.name, one, day) for one in (child, adult)] == ["莫*静", "莫建平"]
    assert shown("certificate_no", "450499197001010010", adult, day) == "4504…10"
    unknown = Person(name="黄新宝")  # a newborn has no number yet
    assert shown("name", "黄新宝", unknown, day) == "黄*宝" and shown("work_capacity", "无劳动力", unknown, day) == HIDDEN
    assert shown("health_status", "健康", adult, day) == HIDDEN == shown("school_stage", "小学", child, day) == shown("not_in_the_dictionary", "x", adult, day)
    assert shown("net_income_per_head_fen", "739722", None, day) == "7,397.22 元"
    assert shown("work_capacity", "普通劳动力", adult, day) == "普通劳动力" and shown("relation_to_head", "之女", child, day) == "之女"


def test_the_raw_rows_hold_no_level_a_value(db):
    with connection.cursor() as cursor:
        raw = ""
        for table in ("registry_person", "registry_household", "registry_change", "registry_member"):
            cursor.execute(f"SELECT * FROM {table}")
            raw += repr(cursor.fetchall())
    person = Person.objects.first()
    number = sealing.unseal(bytes.fromhex(person.sealed["certificate_no"]))
    assert number.startswith("450499") and number not in raw and "450499" not in re.sub(r"4504990\d+|4604990\d+", "", raw)
    assert not re.search(r"'100\d{8}'", raw)


def open_address(household, number=1, column="certificate_no"):
    return reverse("registry:open_value", args=[household.code, number, column])


def test_one_request_opens_one_value_for_one_purpose_and_leaves_one_entry(signed_in):
    household = Household.objects.filter(village_id=INSIDE).first()
    person = household.members.first().person
    number = sealing.unseal(bytes.fromhex(person.sealed["certificate_no"]))
    client, before = signed_in("qin"), TrailEntry.objects.count()
    assert number not in client.get(open_address(household)).content.decode() and TrailEntry.objects.count() == before
    answer = client.post(open_address(household), {"purpose": "check"})
    assert number in answer.content.decode() and answer.headers["Cache-Control"] == "no-store"
    [entry] = TrailEntry.objects.all()[:1]
    assert TrailEntry.objects.count() == before + 1
    assert (entry.who, entry.act, entry.about, entry.result) == (
        "qin", "value_opened", f"{household.code} certificate_no", f"{person.code}：核对证件或户口本")
    assert number not in client.get(reverse("registry:card", args=[household.code])).content.decode()


@pytest.mark.parametrize("said", [{}, {"purpose": ""}, {"purpose": "curious"}])
def test_without_a_purpose_nothing_is_opened(signed_in, said):
    household = Household.objects.filter(village_id=INSIDE).first()
    client, before = signed_in("qin"), TrailEntry.objects.count()
    answer = client.post(open_address(household), said)
    assert answer.status_code == 422 and TrailEntry.objects.count() == before


@pytest.mark.parametrize(("number", "column"), [(99, "certificate_no"), (1, "no_such_column"), (1, "work_capacity"), (0, "household_size"), (1, "name")])
def test_what_is_not_there_or_not_masked_has_no_page(signed_in, number, column):
    household = Household.objects.filter(village_id=INSIDE).first()
    assert signed_in("qin").post(open_address(household, number, column), {"purpose": "check"}).status_code == 404


def test_a_search_by_number_is_told_to_the_trail_without_the_number(signed_in):
    member = somebody(INSIDE)
    number = sealing.unseal(bytes.fromhex(member.person.sealed["certificate_no"]))[:18]
    signed_in("qin").post(reverse("registry:find"), {"asked": number})
    entry = TrailEntry.objects.first()
    assert (entry.act, entry.who) == ("searched_number", "qin") and number not in repr(entry.__dict__)


BIRTH = {"kind": "birth", "name": "黄新宝", "sex": "男", "born_on": "2017-10-08", "relation_to_head": "之子", "version": 1}


def test_a_birth_stands_on_the_card_and_in_its_history(signed_in):
    household = Household.objects.filter(village_id=INSIDE).first()
    answer = signed_in("qin").post(reverse("registry:joining", args=[household.code]), BIRTH, follow=True)
    text = answer.content.decode()
    assert answer.status_code == 200 and "黄*宝" in text and "黄新宝" not in text
    assert "2017年10月20日" in text and "出生：之子，2017-10-08" in text and "覃桂英" in text


@pytest.mark.parametrize(("changed", "words"), [
    ({"name": ""}, ["请写姓名"]), ({"name": "\x00"}, ["姓名"]), ({"sex": "x"}, ["性别"]), ({"born_on": "2017-13-01"}, ["2017-10-01 这样"]),
    ({"born_on": "2017-10-21"}, ["今天以后"]), ({"relation_to_head": "之女"}, ["性别不符"]), ({"name": "", "born_on": ""}, ["2 处要改", "请写姓名", "请写出生日期"]),
    ({"version": 0}, ["别人登记过这一户的变动", "请再按一次"]), ({"kind": "marriage"}, ["请写哪一天来的"]), ({"kind": "move", "on": "2017-01-01"}, ["比出生日期早"]),
    ({"relation_to_head": "户主"}, ["已经有户主"]), ({"kind": "stork"}, ["怎么来的"]),
])
def test_what_is_wrong_with_a_joining_is_said_at_once_and_nothing_is_saved(signed_in, changed, words):
    household = Household.objects.filter(village_id=INSIDE).first()
    before = Person.objects.count()
    answer = signed_in("qin").post(reverse("registry:joining", args=[household.code]), BIRTH | changed)
    assert answer.status_code == 422 and all(word in answer.content.decode() for word in words)
    assert Person.objects.count() == before and Household.objects.get(pk=household.pk).version == 1


def test_the_same_birth_twice_and_a_second_editor_are_refused(officers):
    household = Household.objects.filter(village_id=INSIDE).first()
    said = {"household": household, "kind": Joining.BIRTH, "name": "黄新宝", "sex": "男", "born_on": date(2017, 10, 8), "on": date(2017, 10, 8),
            "relation_to_head": "之子", "by": officers["qin"]}
    actions.record_joining(version=1, **said)
    with pytest.raises(SomebodyChangedIt):
        actions.record_joining(version=1, **said)
    with pytest.raises(StandsAlready):
        actions.record_joining(version=2, **said)


def test_who_died_leaves_the_list_and_stays_in_the_history(signed_in, officers):
    household = next(one for one in Household.objects.filter(village_id=INSIDE) if one.members.count() > 2)
    head = household.members.first()
    before = queries.counts(officers["qin"])[INSIDE][1]
    client = signed_in("qin")
    answer = client.post(reverse("registry:leaving", args=[household.code]), {"number": 1, "kind": "death", "on": "2017-10-01", "version": 1}, follow=True)
    text = answer.content.decode()
    assert "曾经的成员" in text and "死亡：户主，2017-10-01" in text and "现在没有户主" in text
    assert queries.counts(officers["qin"])[INSIDE][1] == before - 1
    head.refresh_from_db()
    assert (head.ends_on, head.ended_by) == (date(2017, 10, 1), "death")
    with pytest.raises(StandsAlready):
        actions.record_leaving(household=household, version=2, member=head, kind=Leaving.DEATH, on=date(2017, 10, 2), by=officers["qin"])


@pytest.mark.parametrize(("said", "words"), [({}, "3 处要改"), ({"number": 99}, "谁"), ({"on": "2017-10-21"}, "今天以后"), ({"version": 7}, "别人登记过")])
def test_a_wrong_leaving_is_answered_with_all_errors(signed_in, said, words):
    household = Household.objects.filter(village_id=INSIDE).first()
    whole = {"number": 1, "kind": "move", "on": "2017-10-01", "version": 1}
    answer = signed_in("qin").post(reverse("registry:leaving", args=[household.code]), whole | said if said else {"version": 1})
    assert answer.status_code == 422 and words in answer.content.decode() and household.members.exclude(ends_on=None).count() == 0


def test_nobody_leaves_before_having_come(officers):
    household = Household.objects.filter(village_id=INSIDE).first()
    member = actions.record_joining(household=household, version=1, kind=Joining.MOVE, name="韦安", sex="男", born_on=date(1980, 1, 1), relation_to_head="其他",
                                    on=date(2017, 9, 1), by=officers["qin"])
    with pytest.raises(StandsAlready, match="才到这一户"):
        actions.record_leaving(household=household, version=2, member=member, kind=Leaving.MOVE, on=date(2017, 8, 1), by=officers["qin"])


def test_pages_of_a_village_follow_each_other_without_gap(officers, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 7)
    village, seen, after = Area.objects.get(code=INSIDE), [], ""
    while True:
        page, after, total = queries.households_of(officers["qin"], village, group="", after=after)
        seen += [one.code for one in page]
        if not after:
            break
    assert len(seen) == total == len(set(seen)) and seen == sorted(seen)


@pytest.fixture
def own_keys(settings, tmp_path):
    """The keys of the demo town in a folder of this test's own."""
    shutil.copy(sealing.key_file(), tmp_path)
    settings.DATA = tmp_path
    yield tmp_path
    sealing._keys.cache_clear()


def rotated():
    number = sealing.add_key()
    resealed(number)
    return number


def resealed(number):
    at = 0
    while at is not None:
        at = actions.reseal_some(number, at, size=100)


def test_after_a_rotation_everything_is_found_and_read_as_before(officers, own_keys):
    member = somebody(INSIDE)
    number = sealing.unseal(bytes.fromhex(member.person.sealed["certificate_no"]))
    before, new = member.person.number_index, sealing.add_key()
    assert queries.find(officers["qin"], number) == [member]  # halfway: a new key, and no row under it yet
    resealed(new)
    sealed = [one for row in (*Person.objects.all(), *Household.objects.all()) for one in row.sealed.values()]
    assert len(sealed) > 1000 and {sealing.sealed_under(one) for one in sealed} == {2}
    member.person.refresh_from_db()
    assert member.person.number_index not in ("", before)
    assert sealing.unseal(bytes.fromhex(member.person.sealed["certificate_no"])) == number
    assert queries.find(officers["qin"], number) == [member]
    actions.check_keys()


@pytest.mark.parametrize("mishap", ["missing", "another", "unreadable", "without_new_key"])
def test_without_the_right_keys_the_start_is_refused_and_nothing_is_saved_over(db, own_keys, mishap):
    rotated()
    before = list(Person.objects.order_by("pk").values_list("sealed", flat=True))
    path = own_keys / "keys.json"
    keys = json.loads(path.read_text())
    if mishap == "without_new_key":
        path.write_text(json.dumps({"1": keys["1"]}))
    elif mishap == "unreadable":
        path.write_text("not keys")
    else:
        path.unlink()
        if mishap == "another":
            sealing._keys.cache_clear()
            sealing.keys()
    sealing._keys.cache_clear()
    with pytest.raises(sealing.KeyMissing, match="密钥"):
        actions.check_keys()
    if mishap != "missing":
        with pytest.raises(sealing.KeyMissing):
            actions.reseal_some(3, 0)
    assert list(Person.objects.order_by("pk").values_list("sealed", flat=True)) == before


def test_a_value_sealed_under_another_key_is_refused_and_never_read_as_something_else(settings, tmp_path):
    sealed = sealing.seal("450499196503120114")
    settings.DATA = tmp_path
    with pytest.raises(sealing.KeyMissing, match="密钥"):
        sealing.unseal(sealed)


def test_a_day_of_birth_comes_from_the_number_or_else_from_its_column_and_nothing_of_it_is_lost(officers):
    rows_ = extract("system", """
        village | household_code | person_code | name   | certificate_no     | birth_date
        思回村  | 9001           | 8000001     | 韦安   | 450499196503120114 | 1965-03-21
        思回村  | 9001           | 8000002     | 韦小宝 |                    | 2017-08-08
        思回村  | 9001           | 8000003     | 韦大宝 | 450499             | 2016年5月
    """)
    actions.take_in(rows_, reader=Reader(CODES, date(2017, 9, 20)), villages={"思回村": Area.objects.get(code=INSIDE)}, label="x",
                    data_date=date(2017, 9, 20), by=officers["liang"])
    found = {one.name: (one.birth_date, one.facts.get("birth_date")) for one in Person.objects.filter(code__startswith="800000")}
    assert found == {"韦安": (date(1965, 3, 12), "1965-03-21"), "韦小宝": (date(2017, 8, 8), None), "韦大宝": (None, "2016-05")}
