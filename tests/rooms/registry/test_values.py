"""Values put right one by one: since when they stand and who said so; two editors; the history of statuses; clusters."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from bangfu.base import sealing
from bangfu.base.models import TrailEntry
from bangfu.registry import actions, queries
from bangfu.registry.errors import SomebodyChangedIt, StandsAlready
from bangfu.registry.models import Area, Change, ClusterVillage, Household, Leaving, Member, Person, Status
from bangfu.registry.shown import age_on
from bangfu.registry.statuses import told_by
from bangfu.registry.values import value_of
from tests.tables import rows

INSIDE = "450481108202"
WHEN = {"basis": "visit", "on": "2017-10-18"}


@pytest.fixture
def household(db):
    """A household of the village nothing was recorded of yet."""
    return Household.objects.filter(village_id=INSIDE, changes=None).order_by("code").first()


def post(client, household, column, value, number=0, **more):
    return client.post(reverse("registry:record", args=[household.code, number, column]), {"value": value, "seen": 0} | WHEN | more, follow=True)


def grown_up(household):
    return next(one for one in queries.present_members(household) if age_on(one.person.birth_date, date(2017, 9, 20)) >= 14)


def test_a_value_says_since_when_it_stands_and_who_said_so_and_what_it_was(signed_in, household):
    client, before = signed_in("qin"), TrailEntry.objects.count()
    text = post(client, household, "house_area_m2", "96").content.decode()
    assert "96 ㎡" in text and "入户了解 " in text and "10月18日" in text and "覃桂英" in text and "空着" in text
    assert TrailEntry.objects.count() == before + 1 and TrailEntry.objects.first().about == f"{household.code} house_area_m2"
    change = Change.objects.get(household=household)
    text = post(signed_in("liang"), household, "house_area_m2", "120.5", seen=change.pk, basis="system").content.decode()
    assert "120.5 ㎡" in text and "梁秀珍" in text and "96 ㎡" in text
    assert [(one.old, one.new) for one in Change.objects.filter(household=household)] == [("96", "120.5"), ("", "96")]


@pytest.mark.parametrize(("column", "said", "kept"), [
    ("net_income_per_head_fen", "7,397.22", "739722"), ("safe_water", "是", "是"), ("lifted_year", "2016年", "2016"), ("monitored_from", "2017年5月", "2017-05"),
    ("villager_group", "第3组", "第3组"), ("fuel", "柴草", "柴草"), ("farmland_mu", "3.20", "3.2"), ("household_phone", "138 0000 0000", "13800000000"),
])
def test_what_is_typed_is_kept_in_the_normal_form_of_the_dictionary(signed_in, household, column, said, kept):
    assert post(signed_in("qin"), household, column, said).status_code == 200
    household.refresh_from_db()
    assert value_of(household, column) == kept


@pytest.mark.parametrize(("column", "said", "words"), [
    ("house_area_m2", "很大", "不是一个数"), ("house_area_m2", "", "要清空"), ("lifted_year", "2018", "不在 1900"), ("safe_water", "可能", "有效"), ("house_area_m2", "1\x002", "空字符"),
    ("household_size", "4", "现在就是这样"),
])
def test_what_cannot_be_read_is_said_at_the_field_and_nothing_is_kept(signed_in, household, column, said, words):
    now = value_of(household, "household_size")
    answer = post(signed_in("qin"), household, column, now if column == "household_size" else said)
    assert answer.status_code == 422 and words in answer.content.decode() and not Change.objects.filter(household=household).exists()


def test_all_that_is_wrong_is_said_at_once(signed_in, household):
    answer = signed_in("qin").post(reverse("registry:record", args=[household.code, 0, "house_area_m2"]), {"seen": 0, "on": "2099-01-01"})
    assert answer.status_code == 422 and "有 3 处要改" in answer.content.decode()


@pytest.mark.parametrize("column", ["household_code", "village", "risks", "bank_account", "political_status", "work_capacity", "nonsense"])
def test_what_is_derived_switched_off_or_somebody_elses_has_no_page(signed_in, household, column):
    assert post(signed_in("qin"), household, column, "x").status_code == 404


def test_the_second_of_two_editors_sees_both_versions_and_chooses(signed_in, household):
    qin = signed_in("qin")
    assert post(qin, household, "house_area_m2", "96").status_code == 200
    answer = post(signed_in("liang"), household, "house_area_m2", "100")
    text = answer.content.decode()
    household.refresh_from_db()
    assert answer.status_code == 422 and "覃桂英改过这一项" in text and "96 ㎡" in text and "<b>100</b>" in text and value_of(household, "house_area_m2") == "96"
    seen = Change.objects.get(household=household).pk
    assert f'name="seen" value="{seen}"' in text
    assert post(signed_in("liang"), household, "house_area_m2", "100", seen=seen).status_code == 200
    assert [one.new for one in Change.objects.filter(household=household)] == ["100", "96"]


def test_another_value_of_the_same_household_is_no_conflict(signed_in, household):
    client = signed_in("qin")
    assert post(client, household, "house_area_m2", "96").status_code == post(client, household, "safe_water", "是").status_code == 200


def test_masked_values_are_replaced_unseen_and_lie_sealed_in_the_history(signed_in, household):
    member = grown_up(household)
    before = value_of(member.person, "health_status")
    client = signed_in("qin")
    page = client.get(reverse("registry:record", args=[household.code, member.number, "health_status"])).content.decode()
    assert f'value="{before}" selected' not in page and "现在是：已遮" in page
    assert post(client, household, "household_phone", "13900000001").status_code == 200
    answer = post(client, household, "health_status", "残疾" if before != "残疾" else "健康", number=member.number)
    assert answer.status_code == 200 and "13900000001" not in answer.content.decode()
    assert ">残疾<" not in answer.content.decode() and "已遮" in answer.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM registry_change")
        raw = repr(cursor.fetchall())
    assert "残疾" not in raw and "13900000001" not in raw
    found = Change.objects.get(column="household_phone", household=household)
    assert found.is_sealed and sealing.unseal(bytes.fromhex(found.new)) == "13900000001"


def test_a_corrected_number_is_found_and_the_one_before_is_not(signed_in, officers, household):
    member = grown_up(household)
    before, after = value_of(member.person, "certificate_no")[:18], "450499196503120114"
    assert post(signed_in("qin"), household, "certificate_no", after, number=member.number).status_code == 200
    assert [one.pk for one in queries.find(officers["qin"], after)] == [member.pk] and queries.find(officers["qin"], before) == []


def test_a_corrected_name_is_spelled_anew(signed_in, officers, household):
    member = grown_up(household)
    assert post(signed_in("qin"), household, "name", "覃又新", number=member.number).status_code == 200
    assert member in queries.find(officers["qin"], "qinyouxin")


def test_after_a_rotation_the_history_is_read_as_before(signed_in, household, settings, tmp_path):
    import shutil

    post(signed_in("qin"), household, "household_phone", "13900000001")
    shutil.copy(sealing.key_file(), tmp_path)
    settings.DATA = tmp_path
    number, at = sealing.add_key(), 0
    while at is not None:
        at = actions.reseal_changes(at, size=1)
    change = Change.objects.get(household=household)
    assert sealing.sealed_under(change.new) == number and sealing.unseal(bytes.fromhex(change.new)) == "13900000001"
    sealing._keys.cache_clear()


def test_a_members_number_never_shifts(signed_in, household, officers):
    first, *rest = queries.present_members(household)
    actions.record_leaving(household=household, version=1, member=first, kind=Leaving.DEATH, on=date(2017, 10, 1), by=officers["qin"])
    assert [one.number for one in queries.present_members(household)] == [one.number for one in rest]
    with pytest.raises(LookupError):
        queries.thing_of(household, first.number)


def test_of_a_child_there_is_one_hidden_cell_and_a_list_to_choose_from(signed_in):
    child = next(one for one in Member.objects.filter(household__village_id=INSIDE).select_related("person", "household")
                 if age_on(one.person.birth_date, date(2017, 9, 20)) < 14 and one.person.facts.get("school_stage"))
    number = next(one.number for one in queries.present_members(child.household) if one.pk == child.pk)
    client = signed_in("qin")
    card = client.get(reverse("registry:card", args=[child.household.code])).content.decode()
    assert "未满 14 岁，其余已遮" in card and child.person.name not in card
    listed = client.get(reverse("registry:hidden", args=[child.household.code, number])).content.decode()
    assert "在校生状况" in listed and child.person.facts["school_stage"] not in listed
    other = reverse("registry:open_value", args=[child.household.code, number, "school_stage"])
    for answer in (client.get(other), client.post(other, {}), client.post(other, {"purpose": "visit"})):
        assert child.person.name not in answer.content.decode()
    opened = client.post(reverse("registry:open_value", args=[child.household.code, number, "name"]), {"purpose": "visit"})
    assert child.person.name in opened.content.decode()


TOLD = rows("""
    facts                                                                                      | statuses
    -------------------------------------------------------------------------------------------+---------
    lifted_status=未脱贫                                                                       |
    poverty_kind=一般贫困户 lifted_status=未脱贫 identified_on=2014-05                         | registered 2014-05
    poverty_kind=低保贫困户 lifted_status=已脱贫(享受政策) lifted_year=2016                    | registered, lifted 2016
    poverty_kind=一般贫困户 lifted_status=返贫                                                 | registered, relapse
    poverty_kind=五保户 lifted_status=注销                                                     | registered - ended
    household_kind=脱贫户 monitored_kind=脱贫不稳定户 monitored_from=2024-03                   | registered, lifted, unstable_lifted 2024-03
    household_kind=一般农户 monitored_kind=边缘易致贫户 monitored_from=2021-06 risk_cleared=是 monitored_to=2023-01 | near_poor 2021-06 2023-01 ended
    monitored_kind=突发严重困难户 risk_cleared=是                                              | sudden_hardship - ended
    lifted_flag=已脱贫 newly_identified_year=2015                                              | registered 2015, lifted
""")


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row["facts"])
def test_statuses_are_read_from_the_columns(row):
    facts = dict(one.split("=") for one in (row["facts"] or "").split())
    said = [" ".join(part for part in (one.kind, one.since or ("-" if one.ended else ""), one.until, "ended" if one.ended else "") if part)
            for one in told_by(facts)]
    assert ", ".join(said) == (row["statuses"] or "")


def test_the_history_of_statuses_follows_the_columns(signed_in, household):
    client = signed_in("qin")
    household.facts["monitored_kind"] = ""
    for column, value in (("monitored_kind", "脱贫不稳定户"), ("monitored_from", "2017年3月")):
        assert post(client, household, column, value).status_code == 200
    status = Status.objects.present().monitored().get(household=household)
    assert (status.kind, status.starts_on, status.starts_known) == ("unstable_lifted", date(2017, 3, 1), "month")
    text = client.get(reverse("registry:card", args=[household.code])).content.decode()
    assert "脱贫不稳定户，2017年3月起" in text and "监测对象：" in text and "风险未消除" in text
    for column, value in (("monitored_to", "2017年9月"), ("risk_cleared", "是")):
        assert post(client, household, column, value).status_code == 200
    status.refresh_from_db()
    assert status.ended and status.ends_on == date(2017, 9, 1) and not Status.objects.present().monitored().filter(household=household).exists()
    text = client.get(reverse("registry:card", args=[household.code])).content.decode()
    assert "脱贫不稳定户，2017年3月起，2017年9月风险消除" in text
    refused = post(client, household, "monitored_kind", "边缘易致贫户", seen=Change.objects.filter(household=household, column="monitored_kind").first().pk)
    assert refused.status_code == 200 and Status.objects.monitored().filter(household=household).count() == 2


def test_a_status_that_ends_before_it_begins_is_refused_whole(signed_in, household):
    client = signed_in("qin")
    for column, value in (("monitored_kind", "脱贫不稳定户"), ("monitored_from", "2017年9月")):
        post(client, household, column, value)
    before = Change.objects.count()
    answer = post(client, household, "monitored_to", "2017年3月")
    assert answer.status_code == 422 and "开始就比结束晚" in answer.content.decode() and Change.objects.count() == before
    household.refresh_from_db()
    assert "monitored_to" not in household.facts


def test_the_database_keeps_one_status_of_a_kind_at_a_time(household):
    row = household.statuses.present().first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Status.objects.create(household=household, kind=row.kind, source=row.source)


@pytest.mark.parametrize(("asked", "least"), [("lifted", 1), ("registered", 1), ("monitored", 1), ("cleared", 0)])
def test_the_list_is_filtered_by_how_a_household_stands(signed_in, officers, household, asked, least):
    client = signed_in("qin")
    post(client, household, "monitored_kind", "脱贫不稳定户")
    page, _following, total = queries.households_of(officers["qin"], Area.objects.get(code=INSIDE), group="", as_=asked, after="")
    assert len(page) == total >= least and (household in page) == (asked != "cleared")
    text = client.get(reverse("registry:village", args=[INSIDE]), {"as": asked}).content.decode()
    assert f"符合的 {total} 户" in text or "没有符合的农户" in text


def test_the_list_tells_the_newest_change_without_naming_a_column_of_level_b(signed_in, household):
    client = signed_in("qin")
    post(client, household, "poverty_cause", "因残" if household.facts.get("poverty_cause") != "因残" else "因病")
    row = next(part for part in client.get(reverse("registry:village", args=[INSIDE])).content.decode().split("<tr>") if household.code in part)
    assert "10月18日</time> 1 处" in row and "致贫原因" not in row


def test_when_the_head_has_died_another_member_becomes_head_from_a_day_on(signed_in, officers):
    household = next(one for one in Household.objects.filter(village_id=INSIDE) if len(queries.present_members(one)) > 2)
    head, heir, *_rest = queries.present_members(household)
    client, address = signed_in("qin"), reverse("registry:relation", args=[household.code])
    said = {"number": heir.number, "relation_to_head": "户主", "on": "2017-10-02", "version": 1}
    refused = client.post(address, said)
    assert refused.status_code == 422 and "已经有户主" in refused.content.decode()
    actions.record_leaving(household=household, version=1, member=head, kind=Leaving.DEATH, on=date(2017, 10, 1), by=officers["qin"])
    text = client.post(address, said | {"version": 2}, follow=True).content.decode()
    assert "现在没有户主" not in text and heir.relation_to_head in text
    old, new = Member.objects.filter(household=household, person=heir.person).order_by("pk")
    assert (old.ends_on, old.ended_by, new.starts_on, new.relation_to_head) == (date(2017, 10, 2), "", date(2017, 10, 2), "户主")
    assert Person.objects.filter(pk=heir.person_id).count() == 1


def test_villages_stand_by_their_clusters_and_the_days_are_kept(signed_in, officers):
    client = signed_in("liang")
    text = client.get(reverse("registry:villages")).content.decode()
    assert text.index("东片") < text.index("大业社区") < text.index("南片") < text.index("西片")
    now = {f"v{row.village_id}": row.cluster.name for row in ClusterVillage.objects.filter(ends_on=None).select_related("cluster")}
    assert client.post(reverse("registry:clusters"), now | {f"v{INSIDE}": "西片", "on": "2017-10-20"}).status_code == 302
    found = [(row.cluster.name, row.starts_on, row.ends_on) for row in ClusterVillage.objects.filter(village_id=INSIDE).select_related("cluster").order_by("pk")]
    assert found == [("东片", date(2017, 3, 1), date(2017, 10, 20)), ("西片", date(2017, 10, 20), None)]
    assert client.post(reverse("registry:clusters"), now | {"on": "2099-01-01"}).status_code == 422
    with pytest.raises((SomebodyChangedIt, StandsAlready)):
        actions.record_value(household=Household.objects.first(), person=None, column="safe_water", value="是", seen=-1, basis="x", on=date(2017, 10, 1), by=officers["liang"])


def test_the_administrator_writes_areas_in_lines(signed_in):
    client, address = signed_in("gan"), reverse("registry:areas")
    said = "450481109000 安平镇\n450481109201，太平村\n\n450481108202　思回村\n"
    assert client.post(address, {"lines": said}).status_code == 302
    assert Area.objects.get(code="450481109201").name == "太平村" and Area.objects.count() == 21
    entry = TrailEntry.objects.first()
    assert (entry.act, entry.who, entry.result) == ("areas_written", "gan", "2 个")


def test_what_is_wrong_with_areas_is_said_line_by_line_and_none_is_written(signed_in):
    said = "45048110900 安平镇\n450481108999\n450481110201 无镇村\n450481108202 思回村\n450481108202 思会村\n"
    answer = signed_in("gan").post(reverse("registry:areas"), {"lines": said})
    text = answer.content.decode()
    assert answer.status_code == 422 and Area.objects.count() == 19
    for words in ("第 1 行：代码应是 12 位数字", "第 2 行：代码后面要写名称", "第 5 行：450481108202 前面写的是“思回村”", "还没有它的乡镇 450481110000"):
        assert words in text
