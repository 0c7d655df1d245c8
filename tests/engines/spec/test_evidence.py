"""Each piece of evidence by itself: a small pair of registers where it decides, and the same with that piece taken out, where it does not.

All people are invented. A register of usualness is made large enough to hold a quarter of it back.
"""

from dataclasses import replace

import pytest

from bangfu.engines.reconcile import findings
from bangfu.engines.reconcile.compare import compare
from bangfu.engines.reconcile.judge import RULES, SOFT
from bangfu.engines.reconcile.link import link
from bangfu.engines.reconcile.sides import make_side
from bangfu.engines.reconcile.steps import Desk
from bangfu.engines.reconcile.usual import FEWEST_DECIDED, LEAST, WRONG, Usual, _seen, _threshold, mixed
from bangfu.engines.relations.identity import check_character
from bangfu.rulebooks import SAMPLE, load_rulebook
from tests.engines.spec.registers import AS_OF, CODES, extract

FILLER = {"certificate_no": "450499198001010010", "relation_to_head": "户主"}
MAN, WOMAN, BOY = "450499196503120114", "450499196503120229", "450499201001010138"


def person(**said):
    """One person and a neighbour who fills columns that would be blank throughout."""
    told = {"person_code": "700001", "name": "黄大山", "village": "甲村"} | said
    beside = dict.fromkeys(told, "") | {"person_code": "700002", "name": "莫水生", "village": "甲村"}
    return text([told, beside | {name: FILLER[name] for name in said if name in FILLER}])


def text(lines):
    return "\n".join(" | ".join(line) for line in (lines[0], *(one.values() for one in lines)))


def house(**said):
    """黄大山 and his family; `said` fills 黄大山's row, wife_* his wife's, head_name everybody's."""
    lines = [{"person_code": f"70000{at}", "household_code": "1001", "village": "甲村", "name": name, "head_name": said.get("head_name", "黄大山"),
              "relation_to_head": relation, "certificate_no": number, "resident_medical": "是", "employee_medical": "否"}
             for at, (name, relation, number) in enumerate((("黄大山", "户主", MAN), ("陈秀兰", "配偶", WOMAN), ("黄小山", "之子", BOY)), 1)]
    lines[0] |= {name: value for name, value in said.items() if name in lines[0] and name != "head_name"}
    lines[1] |= {name.removeprefix("wife_"): value for name, value in said.items() if name.startswith("wife_")}
    return text(lines)


def money(*, wage="9800", per_head="6000", parts=True):
    line = {"household_code": "1001", "village": "甲村", "name": "黄大山", "relation_to_head": "户主"}
    if parts:
        line |= {"wage_income_fen": wage, "business_income_fen": "2000", "property_income_fen": "0", "transfer_income_fen": "500", "business_cost_fen": "300"}
    line |= {"net_income_per_head_fen": per_head}
    return text([line, line | {"name": "陈秀兰", "relation_to_head": "配偶"}])


def number(born, at):
    digits = f"450499{born}{at:03d}"
    return digits + check_character(digits)


STAGE = dict.fromkeys(range(6, 12), "小学") | {12: "七年级", 13: "八年级", 14: "九年级", 15: "普通高中一年级", 16: "普通高中二年级", 17: "普通高中三年级"}


def school(stage, *, ages=True, pension="", each=40):
    """480 pupils, whose stage follows from their age, and one of 13 years who is said to be at `stage`; every 25th has no pension."""
    lines = []
    for at in range(12 * each):
        age = 6 + at % 12
        lines.append({"person_code": f"{800000 + 37 * at}", "name": f"黄{chr(0x4E00 + at)}{chr(0x5E00 + 7 * at)}", "village": "甲村", "school_stage": STAGE[age],
                      "certificate_no": number(f"{2017 - age}0301", at % 1000) if ages else "", "resident_pension": "否" if at % 25 == 3 else "是"})
    lines[7] |= {"school_stage": stage} | ({"resident_pension": pension} if pension else {})
    return text(lines)


def found(handbook, system, past=None):
    """Return the findings of two registers written as text."""
    sides, desk = {}, Desk(threads=1)
    other = replace(extract("system", system), sha256="1")
    for one in (extract("handbook", handbook), other):
        sides[one.side] = make_side(desk, one, CODES, AS_OF, {})
    link(desk, sides, AS_OF)
    result = compare(desk, sides["handbook"], sides["system"], AS_OF)
    if past:  # said here by the code of the person or household
        rows = [row for code in ("household_code", "person_code") if code in sides["handbook"].labels
                for row in desk.rows(f"SELECT {code} AS code, min(id) AS id FROM handbook WHERE {code} IS NOT NULL GROUP BY ALL")]
        ids = {row["code"]: row["id"] for row in rows}
        past = {(ids[code], field): before for (code, field), before in past.items()}
    return findings.find(desk, sides, result, load_rulebook(SAMPLE).documents, AS_OF, "2017-10", {"甲": "甲村"}, past=lambda rows: past or {}).to_pylist()


def one(rows, field, name=None):
    [row] = [row for row in rows if row["field"] == field and name in (None, row["member_name"])]
    return row


# rule: field, who, verdict, what decides (handbook, system), the same without it
EVIDENCE = {
    "unreadable": ("certificate_no", "黄大山", "handbook_wrong", (person(certificate_no=MAN[:17] + "5"), person(certificate_no=MAN)),
                   (person(certificate_no=WOMAN), person(certificate_no=MAN))),
    "left_empty": ("relation_to_head", "黄大山", "handbook_wrong", (person(relation_to_head=""), person(relation_to_head="之父")),
                   (person(relation_to_head="之子"), person(relation_to_head="之父"))),
    "suffix_left_out": ("certificate_no", "黄大山", "handbook_wrong", (person(certificate_no=MAN, health_status="残疾"), person(certificate_no=MAN + "43", health_status="残疾")),
                        (person(certificate_no=MAN, health_status=""), person(certificate_no=MAN + "43", health_status=""))),
    "number_against_own_row": ("certificate_no", "黄大山", "handbook_wrong", (person(certificate_no=WOMAN, sex="男"), person(certificate_no=MAN, sex="男")),
                               (person(certificate_no=WOMAN, sex=""), person(certificate_no=MAN, sex=""))),
    "number_of_somebody_else": ("certificate_no", "陈秀兰", "handbook_wrong", (house(wife_certificate_no=MAN), house()),
                                (house(certificate_no="", wife_certificate_no=MAN), house())),
    "code_of_somebody_else": ("person_code", "陈秀兰", "handbook_wrong", (house(wife_person_code="700001"), house()), (house(person_code="", wife_person_code="700001"), house())),
    "size_against_rows": ("household_size", None, "system_wrong", tuple(house(head_name=size).replace("head_name", "household_size") for size in ("3", "5")),
                          tuple(house(head_name=size).replace("head_name", "household_size") for size in ("4", "5"))),
    "sex_against_number": ("sex", "黄大山", "handbook_wrong", (person(sex="女", certificate_no=MAN), person(sex="男", certificate_no=MAN)),
                           (person(sex="女", certificate_no=""), person(sex="男", certificate_no=""))),
    "birth_against_number": ("birth_date", "黄大山", "system_wrong", (person(birth_date="1965-03-12", certificate_no=MAN), person(birth_date="1965-03-21", certificate_no=MAN)),
                             (person(birth_date="1965-03-12", certificate_no=""), person(birth_date="1965-03-21", certificate_no=""))),
    "relation_against_sex": ("relation_to_head", "黄大山", "handbook_wrong", (person(relation_to_head="之女", certificate_no=MAN), person(relation_to_head="之子", certificate_no=MAN)),
                             (person(relation_to_head="之女", certificate_no=""), person(relation_to_head="之子", certificate_no=""))),
    "no_head_or_two": ("relation_to_head", "陈秀兰", "handbook_wrong", (house(wife_relation_to_head="户主"), house()),
                       (house(relation_to_head="配偶", wife_relation_to_head="户主"), house())),
    "works_as_a_child": ("work_capacity", "黄大山", "handbook_wrong", (person(work_capacity="普通劳动力", certificate_no=BOY), person(work_capacity="无劳动力", certificate_no=BOY)),
                         (person(work_capacity="普通劳动力", certificate_no=""), person(work_capacity="无劳动力", certificate_no=""))),
    "medical_not_exactly_one": ("resident_medical", "黄大山", "handbook_wrong", (house(resident_medical="否"), house()),
                                (house(resident_medical="否", employee_medical=""), house())),
    "sum_put_right": ("wage_income_fen", None, "handbook_wrong", (money(wage="0"), money()), (money(wage="0", per_head=""), money(per_head=""))),
    "digit_off_the_sum": ("net_income_per_head_fen", None, "system_wrong", (money(), money(per_head="6900", parts=False)),
                          (money(wage=""), money(per_head="6900", parts=False))),
    "in_ten_thousands": ("net_income_per_head_fen", None, "handbook_wrong", (person(net_income_per_head_fen="0.96"), person(net_income_per_head_fen="9612")),
                         (person(net_income_per_head_fen="961.2"), person(net_income_per_head_fen="9612"))),
    "head_column_says_otherwise": ("name", None, "handbook_wrong", (house(name="黄大三"), house().replace("head_name", "x_无关")),
                                   (house(name="黄大三").replace("head_name", "x_没有"), house().replace("head_name", "x_无关"))),
    "disability_says_otherwise": ("health_status", "黄大山", "system_wrong", (person(health_status="残疾", certificate_no=MAN + "43"), person(health_status="健康", certificate_no=MAN + "43")),
                                  (person(health_status="残疾", certificate_no=MAN), person(health_status="健康", certificate_no=MAN))),
    "other_period": ("wage_income_fen", None, "both_right", (person(wage_income_fen="1000", income_period="2015-10至2016-09"), person(wage_income_fen="2000", income_period="2016-10至2017-09")),
                     (person(wage_income_fen="1000", income_period=""), person(wage_income_fen="2000", income_period=""))),
    "second_number": ("household_phone", None, "both_right", (person(household_phone="10000000001、10000000002"), person(household_phone="10000000001")),
                      (person(household_phone="10000000003、10000000002"), person(household_phone="10000000001"))),
    "usual": ("school_stage", None, "handbook_wrong", (school("七年级"), school("八年级")), (school("七年级", ages=False), school("八年级", ages=False))),
    "past": ("health_status", "黄大山", "handbook_wrong", (person(health_status="健康"), person(health_status="患有大病"), {("700001", "health_status"): ("健康", "健康")}),
             (person(health_status="健康"), person(health_status="患有大病"))),
}  # fmt: skip


def test_every_rule_stands_here():
    assert list(EVIDENCE) and set(EVIDENCE) == {*RULES, *SOFT, "other_period", "second_number"}


@pytest.mark.parametrize("rule", EVIDENCE)
def test_evidence_decides_and_without_it_nothing_does(rule):
    field, who, verdict, with_it, without = EVIDENCE[rule]
    row = one(found(*with_it), field, who)
    assert (row["verdict"], row["document"]) == (verdict, None)
    assert rule in row["rule"].split("+")
    assert (row["confidence"] is None) == (rule != "usual")
    row = one(found(*without), field, who)
    assert row["verdict"] == "undecided" and row["document"]
    assert rule not in row["rule"].split("+")


def test_usualness_says_whom_it_counted_and_how_sure_it_is():
    row = one(found(school("七年级"), school("八年级")), "school_stage")
    assert "本月两边一致、年龄13岁的39人里，“在校生状况”为“七年级”的0人，“在校生状况”为“八年级”的39人" in row["reason"]
    assert 1 - WRONG <= row["confidence"] < 1
    assert one(found(school("八年级"), school("七年级")), "school_stage")["verdict"] == "system_wrong"


def test_what_is_rare_but_follows_from_nothing_accuses_nobody():
    row = one(found(school("八年级", pension="否"), school("八年级", pension="是")), "resident_pension")
    assert (row["verdict"], row["rule"], row["confidence"]) == ("undecided", "", None)


@pytest.mark.parametrize(("cells", "seen"), [([{1: (7, 2)}], False), ([{1: (4, 1)}, {1: (4, 1)}], True), ([{1: (90, 0)}], False), ([{0: (90, 30)}], False)])
def test_a_value_that_hardly_stands_anywhere_is_not_judged(cells, seen):
    assert _seen(counts(*cells), 1) is seen


def homes(cause, *, health=True):
    """240 households of two; in every third somebody is disabled and that is why they were poor. The fourth is said to be poor for `cause`."""
    lines = []
    for at in range(240):
        for member in (0, 1):
            lines.append({"person_code": f"{900000 + 74 * at + 37 * member}", "household_code": f"{2000 + 7 * at}", "village": "甲村", "name": f"黄{chr(0x4E00 + at)}{chr(0x5E00 + 7 * at + member)}",
                          "relation_to_head": "户主" if member == 0 else "配偶", "health_status": ("残疾" if at % 3 == 0 and member else "健康") if health else "",
                          "poverty_cause": "因残" if at % 3 == 0 else "缺技术"})
    for line in lines[6:8]:
        line["poverty_cause"] = cause
    return text(lines)


def test_what_a_household_is_said_to_be_is_judged_by_its_members():
    row = one(found(homes("缺技术"), homes("因残")), "poverty_cause")
    assert (row["verdict"], row["rule"]) == ("handbook_wrong", "usual")
    assert "本月两边一致、同户有人“健康状况”为“残疾”的79户里，“主要致贫原因”为“缺技术”的0户，“主要致贫原因”为“因残”的79户" in row["reason"]
    assert one(found(homes("缺技术", health=False), homes("因残", health=False)), "poverty_cause")["verdict"] == "undecided"


def test_the_held_back_are_a_quarter_however_the_rows_lie():
    desk = Desk(threads=1)
    for other in ("i", "i + 3", "7 * i + 2", "100000 - i"):
        [(held,)] = desk.con.execute(f"SELECT avg(({mixed('i', other)} // 1073741824 = 0)::INTEGER) FROM range(20000) t(i)").fetchall()
        assert 0.235 < held < 0.265, other


def test_too_few_people_to_measure_decide_nothing():
    assert one(found(school("七年级", each=17), school("八年级", each=17)), "school_stage")["verdict"] == "undecided"
    assert one(found(school("七年级", each=10), school("八年级", each=10)), "school_stage")["verdict"] == "undecided"


def counts(*cells):
    """One condition per cell: {value: (counted, held back)}."""
    return {(at,): {value: list(two) for value, two in cell.items()} for at, cell in enumerate(cells)}


@pytest.mark.parametrize(("cells", "expected"), [
    ([{0: (150, 60)}, {1: (150, 60)}], (8.0, pytest.approx(1 / 122))),  # each is told from the other
    ([{0: (150, 20)}, {1: (150, 20)}], None),  # fewer than fifty held back
    ([{0: (150, 25)}, {1: (150, 24)}], None),
    ([{0: (150, 25)}, {1: (150, 25)}], (8.0, pytest.approx(1 / 52))),
    ([{0: (990, 300), 1: (10, 4)}], None),  # rare alone: every true 1 would be taken for a 0
    ([{0: (150, 200)}, {1: (150, 200)}, {0: (100, 60), 1: (40, 60)}], (8.0, pytest.approx(1 / 402))),  # odds of 2.5 lie below the floor
    ([{0: (150, 60), 1: (0, 6)}, {1: (150, 60)}], None),  # 6 in 66 of those that are 1 are taken for 0
    ([{0: (150, 60), 1: (4, 6)}, {1: (150, 60)}], (8.0, pytest.approx(1 / 62))),  # odds of 33 are not enough, odds of 300 are
    ([{0: (150, 300), 1: (4, 6)}, {0: (5, 300)}, {1: (150, 300)}], (5.0, pytest.approx(0.0148, abs=0.0001))),  # 6 in 306 beside 300 in 600
])
def test_the_lowest_threshold_with_few_enough_wrong(cells, expected):
    found = _threshold(counts(*cells), {(0, 1): 1})
    if expected is None:
        assert found is None
    else:
        assert found is not None and found[0] >= LEAST and found == expected
        assert FEWEST_DECIDED == 50


USUAL = Usual("system", "本月两边一致、年龄7岁的90人里", 90, 0, "人", 0.99)


def test_hard_evidence_silences_usualness_and_the_past(monkeypatch):
    monkeypatch.setattr(findings, "usual", lambda *_: {0: USUAL})
    ours, theirs = person(work_capacity="普通劳动力", certificate_no=BOY), person(work_capacity="无劳动力", certificate_no=BOY)
    row = one(found(ours, theirs, {("700001", "work_capacity"): ("无劳动力", "无劳动力")}), "work_capacity")
    assert (row["verdict"], row["rule"], row["confidence"]) == ("handbook_wrong", "works_as_a_child", None)
    row = one(found(ours.replace(BOY, MAN), theirs.replace(BOY, MAN)), "work_capacity")
    assert (row["verdict"], row["rule"], row["confidence"]) == ("system_wrong", "usual", 0.99)


def test_the_past_and_usualness_against_each_other_decide_nothing(monkeypatch):
    monkeypatch.setattr(findings, "usual", lambda *_: {0: USUAL})
    before = {("700001", "health_status"): ("健康", "健康")}
    row = one(found(person(health_status="健康"), person(health_status="患有大病"), before), "health_status")
    assert (row["verdict"], row["rule"]) == ("undecided", "past+usual") and row["document"]
    row = one(found(person(health_status="患有大病"), person(health_status="健康"), before), "health_status")
    assert (row["verdict"], row["rule"], row["confidence"]) == ("system_wrong", "past", None)


@pytest.mark.parametrize(("field", "before", "ours", "theirs", "verdict"), [
    ("health_status", ("健康", "健康"), "患有大病", "健康", "system_wrong"),
    ("health_status", ("健康", "患有大病"), "患有大病", "健康", "undecided"),  # they differed then already
    ("health_status", ("健康", "健康"), "患有大病", "残疾", "undecided"),  # both have changed
    ("health_status", ("健康", "健康"), "", "健康", "undecided"),  # emptied, which is no news
    ("school_stage", ("七年级", "七年级"), "七年级", "八年级", "handbook_wrong"),
    ("school_stage", ("八年级", "八年级"), "八年级", "七年级", "system_wrong"),
    ("school_stage", ("九年级", "九年级"), "", "九年级", "system_wrong"),  # left school
    ("school_stage", ("普通高中二年级", "普通高中二年级"), "中职二年级", "普通高中二年级", "system_wrong"),
    ("education_level", ("初中", "初中"), "小学", "初中", "handbook_wrong"),
    ("education_level", ("初中", "初中"), "初中", "高中", "handbook_wrong"),
    ("education_level", (None, None), "", "高中", "handbook_wrong"),
    ("ethnicity", ("汉族", "汉族"), "汉族", "壮族", "undecided"),  # does not age
    ("person_phone", ("10000000001", "10000000001"), "10000000001", "10045678901", "handbook_wrong"),
    ("person_phone", ("10000000001", "10000000001"), "10000000001", "10000000002", "undecided"),  # perhaps one slip of the hand
])
def test_of_what_ages_the_changed_side_is_right_unless_it_went_back(field, before, ours, theirs, verdict):
    filled = {"person_code": "700003", "name": "陆水秀", "village": "甲村", field: "健康" if field == "health_status" else "10099999999" if field == "person_phone" else "汉族" if field == "ethnicity" else "小学"}
    beside = "\n" + " | ".join(filled.values())
    row = one(found(person(**{field: ours}) + beside, person(**{field: theirs}) + beside, {("700001", field): before}), field)
    assert (row["verdict"], row["rule"]) == (verdict, "past" if verdict != "undecided" else "")
    if verdict != "undecided":
        assert "上月两边" in row["reason"]


@pytest.mark.parametrize(("ours", "theirs", "verdict"), [("2015", "2016", "handbook_wrong"), ("2017", "2016", "system_wrong")])
def test_the_past_of_a_household_goes_by_its_code(ours, theirs, verdict):
    registers = [house().replace("head_name", "lifted_year").replace("| 黄大山 | 户主", f"| {year} | 户主").replace("| 黄大山 | 配偶", f"| {year} | 配偶")
                 .replace("| 黄大山 | 之子", f"| {year} | 之子") for year in (ours, theirs)]
    row = one(found(*registers, {("1001", "lifted_year"): ("2016", "2016")}), "lifted_year")
    assert (row["verdict"], row["rule"]) == (verdict, "past")


@pytest.mark.parametrize(("ours", "theirs", "verdict"), [
    ("6000.5", "6001.5", "both_wrong"), ("6000.5", "6002.5", "both_wrong"), ("6000", "6001", None), ("5999.25", "5996.25", "both_wrong")])
def test_two_figures_that_each_miss_the_sum_by_a_digit_are_both_wrong(ours, theirs, verdict):
    """The parts make 5999.5, 5999.5, 6000 (a yuan is rounding) and 5998.25 per head."""
    wage = {"6000.5": "9803", "6000": "9800", "5999.25": "9796.5"}[ours]
    if (ours, theirs) == ("6000.5", "6001.5"):
        wage = "9811"  # 6005.5
    rows = [row for row in found(money(wage=wage, per_head=ours), money(per_head=theirs, parts=False)) if row["field"] == "net_income_per_head_fen"]
    assert [row["verdict"] for row in rows] == [verdict or "undecided"]
