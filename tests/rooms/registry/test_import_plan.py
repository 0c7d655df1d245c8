"""What an import would do, table by table: the register as it is, a file, what is said; and the demo town against its own file."""

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from bangfu.demo.files import write_town
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Problem
from bangfu.engines.relations.values import Reader
from bangfu.engines.relations.workbook import read_extract
from bangfu.registry import actions, demo
from bangfu.registry.held import HeldRegister
from bangfu.registry.import_plan import Held, HeldMember, HouseholdPlan, Seen, counts, place, plan
from bangfu.registry.import_rows import PLACE, birth_of, number_key, read_rows
from bangfu.registry.models import Area, Household, Leaving
from bangfu.registry.values import RULEBOOK, reader
from tests.engines.spec.registers import AS_OF, CODES, extract
from tests.tables import rows

VILLAGES = {"思回村": "450481108202", "泗龙村": "450481108203"}
A, B, C = "450499198001010010", "450499198202020020", "45049920080303003X"


class Listed:
    """A register written as text: person keys are line numbers from 1; `ended` and `home` (another village's code) are columns of it."""

    def __init__(self, text):
        said, homes = Reader(CODES, AS_OF), {}
        for key, line in enumerate(rows(text) if text else [], start=1):
            ended, home = line.pop("ended", None) or "", line.pop("home", None)
            values = {name: text for name, text in line.items() if text and name not in PLACE}
            own = {name: text for name, text in values.items() if name in ("villager_group", "safe_water", "household_phone", "net_income_per_head_fen", "poverty_cause")}
            values = {name: said.read(text, None).normal for name, text in values.items() if name not in own}
            number = number_key(values.get("certificate_no", ""))
            member = HeldMember(key, number, values.get("person_code", ""), values["name"], birth_of(values.get("certificate_no", ""), values.get("birth_date", "")),
                                values.get("relation_to_head", ""), values, ended)
            village = home or VILLAGES[line["village"]]
            before = homes.get(line["household_code"], Held(line["household_code"], village, 1, own, ()))
            homes[before.code] = replace(before, members=(*before.members, member))
        self.homes = homes

    def codes_of(self, village):
        return [one.code for one in self.homes.values() if one.village_code == village]

    def households(self, codes):
        return [self.homes[code] for code in codes if code in self.homes]

    def persons(self, numbers, codes):
        return [Seen(one.person, one.number, one.code, one.name, one.birth_date, home.code, home.village_code, one.ended)
                for home in self.homes.values() for one in home.members if one.number in numbers or one.code in codes]


def planned(register, file):
    """Return the plans of a file by household code."""
    reading = read_rows(extract("system", file), Reader(CODES, AS_OF), villages=VILLAGES)
    found = sorted(plan(reading, Listed(register)), key=place)
    assert [HouseholdPlan.from_json(one.to_json()) for one in found] == found
    return {one.code: one for one in found}


def said(one):
    """Return what a plan would change, in short."""
    return (one.kind, [f"{line.name or '户'} {line.column} {line.old or '-'}>{line.new}" for line in one.lines],
            [f"+{join.name}" for join in one.joins], [f"-{leave.name}" for leave in one.leaves])


HEAD = "village | household_code | person_code | name | certificate_no | relation_to_head | safe_water | health_status"
TWO = f"""{HEAD}
    思回村 | 1001 | 11 | 莫建平 | {A} | 户主 | 否 | 健康
    思回村 | 1001 | 12 | 黄丽芳 | {B} | 配偶 | 否 | 健康"""


@pytest.mark.parametrize(("register", "file", "code", "expected"), [
    (TWO, TWO, "1001", ("same", [], [], [])),
    ("", TWO, "1001", ("enters", ["户 safe_water ->否"], ["+莫建平", "+黄丽芳"], [])),
    (TWO, f"{HEAD}\n思回村 | 1009 | 19 | 潘世荣 | | 户主 | |", "1001", ("leaves", [], [], ["-莫建平", "-黄丽芳"])),
    (TWO, TWO.replace("否", "是"), "1001", ("changes", ["户 safe_water 否>是"], [], [])),
    (TWO, f"{HEAD}\n思回村 | 1001 | 11 | 莫建平 | {A} | 户主 | | 残疾\n思回村 | 1001 | 12 | 黄丽芳 | {B} | 其他 | |", "1001",
     ("changes", ["莫建平 health_status 健康>残疾", "黄丽芳 relation_to_head 配偶>其他"], [], [])),
    (TWO, f"{HEAD}\n思回村 | 1001 | 11 | 莫建平 | {A} | 户主 | |\n思回村 | 1001 | 13 | 莫小静 | {C} | 之女 | |", "1001",
     ("changes", [], ["+莫小静"], ["-黄丽芳"])),
    (TWO, f"village | household_code | name | certificate_no\n思回村 | 1001 | 莫建平 | {A}\n思回村 | 1001 | 黄丽芳 | {B}", "1001", ("same", [], [], [])),
    (TWO, TWO.replace("思回村", "泗龙村"), "1001", ("changes", ["户 village 思回村>泗龙村"], [], [])),
], ids=["same", "enters", "leaves", "changes", "of persons, empty cells change nothing", "joins and leaves", "columns the file lacks", "another village"])
def test_each_kind(register, file, code, expected):
    assert said(planned(register, file)[code]) == expected


MATCHED = "village | household_code | person_code | name | certificate_no | birth_date | relation_to_head\n"


@pytest.mark.parametrize(("held", "row", "lines"), [
    (f"11 | 莫建平 | {A} | | 户主", f" | 莫建萍 | {A}31 | | 户主", ["name", "certificate_no"]),
    (f"11 | 莫建平 | {A} | | 户主", "11 | 莫建萍 | | | 户主", ["name"]),
    ("| 莫建平 | | 1980-01-01 | 户主", f"11 | 莫建平 | {A} | | ", ["person_code", "certificate_no"]),
    ("| 莫建平 | | | 户主", f" | 莫建平 | {A} | | 户主", ["certificate_no", "birth_date"]),
    (f"11 | 莫建平 | {A} | | 户主", "| 莫建萍 | | | 户主", None),
    (f"11 | 莫建平 | {A} | | 户主", f"12 | 莫建萍 | {B} | | 户主", None),
    (f"11 | 莫建平 | {A} | | 户主", f"11 | 莫建平 | {A} | 1981-05-05 | 户主", []),
    ("11 | 莫建平 | | 1976-08-12 | 户主", "11 | 莫建平 | | 19760312 | 户主", ["birth_date"]),
    (f"11 | 莫建平 | {A} | | 户主", "11 | 莫建平 | 999999000000000000 | | 户主", []),
    (f"11 | 莫建平 | {A} | | 户主", "11 | 莫建平 | 4504**********0010 | | 户主", []),
], ids=["by number", "by code", "by name and birth", "by name and relation", "not at all", "not at all by any", "birth follows the number", "birth as said",
        "a placeholder is no number", "a masked number says nothing"])  # fmt: skip
def test_a_person_is_found_by_number_code_name_and_birth_or_name_and_relation(held, row, lines):
    one = planned(f"{MATCHED}思回村 | 1001 | {held}", f"{MATCHED}思回村 | 1001 | {row}")["1001"]
    if lines is None:
        assert (len(one.joins), len(one.leaves), one.lines) == (1, 1, ())
    else:
        assert ([line.column for line in one.lines], one.joins, one.leaves) == (lines, (), ())


def test_a_cell_that_cannot_be_read_is_said_masked_and_the_other_cells_of_the_row_go_on():
    one = planned(TWO, TWO.replace(B, B[:-1]).replace("否", "可能", 1).replace("| 健康", "| 残疾"))["1001"]
    assert (one.kind, one.sound) == ("wrong", "changes")
    assert [line.column for line in one.lines] == ["health_status", "health_status"] and not one.leaves
    water, number = sorted(one.problems, key=lambda problem: problem.row)
    assert (water.code, water.row) == ("unknown_value", 2) and "第 2 行“safe_water”：“可能”不是“是”或“否”，这一格不导入。" in water.message
    assert (number.code, number.row) == ("malformed_certificate", 3) and "“4504…02”只有 17 位" in number.message and B[:-1] not in number.message


def test_of_a_child_no_value_stands_in_a_sentence():
    file = f"village | household_code | name | certificate_no | education_level\n思回村 | 1001 | 莫小静 | {C} | 乱写的话"
    (problem,) = planned("", file)["1001"].problems
    assert "乱写的话" not in problem.message and "乱***" in problem.message


def test_a_row_without_household_name_or_village_of_the_area_is_stopped_and_nobody_has_left_for_it():
    file = TWO.replace("思回村 | 1001 | 12", "古味村 | 1001 | 12") + f"\n思回村 | | 13 | 莫小静 | {C} | 之女 | |\n思回村 | 1002 | 14 | | | 户主 | |"
    found = planned(TWO + f"\n思回村 | 1003 | 13 | 莫小静 | {C} | 户主 | | ", file)
    assert set(found) == {"1001", "1002", ""}  # 1003 is not said to leave: its person's row was stopped
    assert {code: (one.kind, one.sound, [problem.code for problem in one.problems]) for code, one in found.items()} == {
        "1001": ("wrong", "same", ["outside_area"]), "1002": ("wrong", "", ["required_empty"]), "": ("wrong", "", ["required_empty"])}  # fmt: skip
    assert "该行属于古味村，不在您的管理范围" in found["1001"].problems[0].message and found["1001"].leaves == ()


def test_a_stopped_row_that_may_be_anybodys_keeps_everybody():
    file = TWO.replace(f"12 | 黄丽芳 | {B}", " |  | ")
    assert planned(TWO, file)["1001"].leaves == ()


def test_rows_of_a_household_that_disagree_keep_what_the_register_has():
    one = planned(TWO, TWO.replace("否", "是", 1).replace("| 健康", "| 残疾", 1))["1001"]
    assert (one.kind, one.sound) == ("wrong", "changes") and [line.column for line in one.lines] == ["health_status"]
    assert "同一户第 2、3 行的“safe_water”不一致：“是”、“否”" in one.problems[0].message and one.problems[0].code == "household_columns_disagree"


@pytest.mark.parametrize(("again", "words", "columns"), [
    (f"思回村 | 1001 | 12 | 黄丽芳 | {B} | 配偶 | 否 | 健康", "两行一样", []),
    (f"思回村 | 1001 | 12 | 黄丽芳 | {B} | 其他 | 否 | 健康", "“与户主关系”不一样，这几项不导入", []),
])
def test_a_person_who_stands_twice_in_a_household_is_one_and_no_value_is_chosen(again, words, columns):
    one = planned(TWO, f"{TWO}\n{again}")["1001"]
    assert [problem.code for problem in one.problems] == ["duplicate_key"] and "第 4 行：与第 3 行" in one.problems[0].message
    assert words in one.problems[0].message and [line.column for line in one.lines] == columns and one.joins == one.leaves == () and one.size == 2


ENDED = f"""village | household_code | person_code | name | certificate_no | relation_to_head | ended
    思回村 | 1001 | 11 | 莫建平 | {A} | 户主 |
    思回村 | 1001 | 12 | 黄丽芳 | {B} | 配偶 | """
PLAIN = "village | household_code | person_code | name | certificate_no | relation_to_head"


@pytest.mark.parametrize(("ended", "words"), [("death", "册上记着已去世"), ("move", "册上记着已迁出"), ("marriage", "册上记着已嫁出")])
@pytest.mark.parametrize("household", ["1001", "1002"])
def test_nobody_recorded_as_dead_or_gone_comes_back_silently(ended, words, household):
    file = f"{PLAIN}\n思回村 | 1001 | 11 | 莫建平 | {A} | 户主\n思回村 | {household} | 12 | 黄丽芳 | {B} | 配偶"
    one = planned(ENDED + ended, file)[household]
    if household == "1001" or ended == "death":
        assert words in one.questions[0].words and one.joins == () and (one.kind, one.sound) == (("changes", "changes") if household == "1001" else ("wrong", ""))
    else:  # moved out, and here is where
        assert [(join.name, join.who) for join in one.joins] == [("黄丽芳", 2)] and one.questions == ()


def test_somebody_who_was_only_missing_from_a_file_joins_again_as_the_same_person():
    one = planned(ENDED + "left", f"{PLAIN}\n思回村 | 1001 | 11 | 莫建平 | {A} | 户主\n思回村 | 1001 | 12 | 黄丽芳 | {B} | 配偶")["1001"]
    assert [(join.who, join.came_from) for join in one.joins] == [(2, "")]


def test_who_has_died_in_both_is_nothing_and_who_the_file_says_is_gone_is_asked_about():
    file = "village | household_code | person_code | name | person_status\n思回村 | 1001 | 11 | 莫建平 | 正常\n思回村 | 1001 | 12 | 黄丽芳 | 自然减少"
    assert planned(ENDED + "death", file)["1001"].questions == ()
    assert [one.code for one in planned(ENDED, file)["1001"].questions] == ["gone"]
    assert planned("", file)["1001"].joins[0].name == "莫建平" and len(planned("", file)["1001"].joins) == 1


def test_a_move_between_two_households_is_said_in_both():
    file = f"{PLAIN}\n思回村 | 1001 | 11 | 莫建平 | {A} | 户主\n泗龙村 | 1002 | 12 | 黄丽芳 | {B} | 户主"
    found = planned(TWO, file)
    assert [(one.name, one.goes_to) for one in found["1001"].leaves] == [("黄丽芳", "1002")]
    assert [(one.name, one.who, one.came_from) for one in found["1002"].joins] == [("黄丽芳", 2, "1001")]


def test_who_stands_in_two_households_or_lives_where_the_file_does_not_look_is_asked_about():
    twice = planned(TWO, f"{TWO}\n思回村 | 1002 | 12 | 黄丽芳 | {B} | 户主 | |")
    assert said(twice["1001"]) == ("same", [], [], []) and [one.code for one in twice["1002"].questions] == ["twice"] and twice["1002"].joins == ()
    register = f"{PLAIN} | home\n思回村 | 1001 | 12 | 黄丽芳 | {B} | 户主 | 450481999201"
    elsewhere = planned(register, f"{PLAIN}\n思回村 | 1002 | 12 | 黄丽芳 | {B} | 户主")["1002"]
    assert elsewhere.joins == () and "1001" not in elsewhere.questions[0].words and elsewhere.questions[0].code == "elsewhere"
    there = planned(register, f"{PLAIN}\n思回村 | 1001 | 12 | 黄丽芳 | {B} | 户主")["1001"]
    assert (there.kind, there.sound, there.problems[0].code) == ("wrong", "", "outside_area")


def test_a_persons_code_that_is_somebody_elses_is_asked_about():
    file = TWO.replace("| 12 |", "| 11 |").replace("| 11 | 莫建平", "| | 莫建平")
    assert [(one.code, one.name) for one in planned(TWO, file)["1001"].questions] == [("code_taken", "黄丽芳")]


def test_a_household_whose_rows_name_no_village_or_two_stays_where_it_is():
    none, two = TWO.replace("思回村", ""), TWO.replace("思回村 | 1001 | 12", "泗龙村 | 1001 | 12")
    assert said(planned(TWO, none)["1001"]) == ("same", [], [], [])
    assert [one.code for one in planned("", none)["1001"].problems] == ["required_empty"] and planned("", none)["1001"].sound == ""
    assert (planned(TWO, two)["1001"].sound, planned(TWO, two)["1001"].problems[0].code) == ("same", "household_columns_disagree")
    assert [one.code for one in planned("", two)["1001"].problems] == ["household_columns_disagree"] and planned("", two)["1001"].sound == ""


def test_a_village_of_the_same_name_in_another_town_is_outside():
    file = extract("system", "town | village | household_code | name\n安平镇 | 思回村 | 1001 | 莫建平\n大业镇 | 思回村 | 1002 | 莫建平")
    found = {one.code: one for one in plan(read_rows(file, Reader(CODES, AS_OF), villages=VILLAGES, towns=frozenset({"大业镇"})), Listed(""))}
    assert found["1002"].kind == "enters" and "该行属于安平镇思回村" in found["1001"].problems[0].message


def test_a_sentence_says_sheet_row_column_and_header_as_the_spreadsheet_shows_them():
    file = extract("system", f"village | household_code | name | certificate_no\n思回村 | 1001 | 莫建平 | {A[:-1]}")
    columns = tuple(replace(one, letter="K", header="证件号码") if one.field == "certificate_no" else one for one in file.columns)
    spoiled = Problem("formula_without_value", "", "system.xlsx", "甲", 2, "D", "人数")
    file = replace(file, columns=columns, sheets=("甲", "乙"), malformed=(spoiled,))
    (one,) = plan(read_rows(file, Reader(CODES, AS_OF), villages=VILLAGES), Listed(""))
    assert [problem.message for problem in one.problems] == [
        "“甲”表第 2 行 K 列“证件号码”：“4504…01”只有 17 位，应为 18、20 或 22 位，这一格不导入。请对照户口本改正后重新导入。",
        "“甲”表第 2 行：D 列“人数”是没有算出结果的公式，这一格不导入。请用表格软件打开并保存一次，再重新导入。"]  # fmt: skip
    assert (one.problems[0].column, one.problems[0].row) == ("K", 2)


def test_a_large_file_is_read_some_households_at_a_time_and_none_is_torn_apart(monkeypatch):
    monkeypatch.setattr("bangfu.registry.import_rows.ROWS", 2)
    text = PLAIN + "".join(f"\n思回村 | {code} | {code}{at} | 莫建{name} | | {'户主' if at == 0 else '之子'}" for at, name in enumerate("平安和") for code in (1001, 1002, 1003))
    found = planned("", text)
    assert {code: (one.size, one.rows) for code, one in found.items()} == {"1001": (3, (2, 5, 8)), "1002": (3, (3, 6, 9)), "1003": (3, (4, 7, 10))}
    assert {one.kind for one in planned(text, text).values()} == {"same"}


def test_account_derived_and_switched_off_columns_are_not_looked_at():
    file = f"village | household_code | name | certificate_no | bank_account | age | political_status | x_备注\n思回村 | 1001 | 莫建平 | {A} | 62 | 9 | 党员 | 好"
    assert set(planned("", file)["1001"].joins[0].values) == {"name", "certificate_no"}


def test_wrong_comes_first_then_leaves_enters_changes_by_village_and_code():
    file = f"""{PLAIN}
        泗龙村 | 2002 | 21 | 覃水生 | 123 | 户主
        泗龙村 | 2001 | 22 | 陆少英 | | 户主
        思回村 | 1001 | 11 | 莫建平 | {A} | 户主
        思回村 | 1003 | 23 | 林亚五 | | 户主"""
    found = planned(f"{TWO}\n思回村 | 1000 | 15 | 卢炳坤 | | 户主 | |", file)
    assert [(one.kind, one.code) for one in found.values()] == [("wrong", "2002"), ("leaves", "1000"), ("enters", "1003"), ("enters", "2001"), ("changes", "1001")]
    assert counts(found.values()) == {"wrong": 1, "leaves": 1, "enters": 2, "changes": 1, "same": 0}


# --- the demo town against the file it was filled from ---


@pytest.fixture(scope="module")
def file():
    with tempfile.TemporaryDirectory() as folder:
        return read_extract(write_town(Path(folder), seed=demo.SEED, errors=0.0)["system"], side="system", headers=load_headers(RULEBOOK))


def plans_of(file):
    villages = {area.name: area.code for area in Area.objects.exclude(code__endswith="000")}
    reading = read_rows(file, reader(demo.DATA_DATE), villages=villages)
    return sorted(plan(reading, HeldRegister(reading.columns)), key=place)


def test_the_very_file_of_the_demo_town_changes_nothing_but_what_was_recorded_since(db, file):
    found = plans_of(file)
    assert len(found) == Household.objects.count() == 300
    assert counts(found) == {"wrong": 0, "leaves": 0, "enters": 0, "changes": 1, "same": 299}
    assert [(line.column, line.old) for one in found for line in one.lines] == [("name", "覃秀兰")]  # whom the demo renames after it is filled


def test_the_same_town_with_changes_is_exactly_those_changes(db, file, officers, django_assert_max_num_queries):
    before = plans_of(file)
    cells = file.table.to_pylist()
    plain = [one.code for one in before if one.kind == "same"]
    by_code = {code: [row for row in cells if row["household_code"] == code] for code in plain}
    several = [code for code in plain if len(by_code[code]) > 2]
    gone, fewer, phone, relation, dead = several[:5]
    for row in by_code[phone]:
        row["household_phone"] = "10099999999"
    by_code[relation][1]["relation_to_head"] = "其他"
    household = Household.objects.get(code=dead)
    actions.record_leaving(household=household, version=1, member=household.members.last(), kind=Leaving.DEATH, on=demo.DATA_DATE, by=officers["qin"])
    stay = [row for row in cells if row["household_code"] != gone and row is not by_code[fewer][-1]]
    changed = replace(file, table=pa.Table.from_pylist(stay, file.table.schema), rows=len(stay))
    with django_assert_max_num_queries(30):
        found = {one.code: one for one in plans_of(changed)}
    differing = {code for code, one in found.items() if one != next(was for was in before if was.code == code)}
    assert differing == {gone, fewer, phone, relation, dead} and Counter(found[code].kind for code in differing) == {"leaves": 1, "changes": 4}
    assert [(line.column, line.new) for line in found[phone].lines] == [("household_phone", "10099999999")]
    assert [(line.column, line.new) for line in found[relation].lines] == [("relation_to_head", "其他")]
    assert len(found[fewer].leaves) == 1 and not found[fewer].lines and [one.code for one in found[dead].questions] == ["ended"]


def test_a_number_is_found_wherever_its_person_is_and_was(db):
    member = Household.objects.order_by("code").first().members.first()
    (held,) = HeldRegister({"certificate_no"}).households([member.household.code])
    number = held.members[0].number
    assert number and set(held.members[0].values) == {"certificate_no"}
    (seen,) = HeldRegister(()).persons([number], [])
    assert (seen.person, seen.number, seen.household, seen.ended) == (member.person_id, number, member.household.code, "")
    assert [one.person for one in HeldRegister(()).persons([], [member.person.code])] == [member.person_id]
