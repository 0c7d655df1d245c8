"""Every evidence rule by small registers: a hit, and beside it a near miss that stays undecided. All people are invented.

A row of RULES is one person on both sides, `column` filled with what either side says; the rest of the row is `also`.
"""

from pathlib import Path

import pytest

from bangfu.engines.reconcile.judge import BY_ITSELF, RULES
from bangfu.engines.reconcile.shown import RULES as RULE_WORDS
from tests.engines.spec.registers import found, run
from tests.tables import rows

MAN, WOMAN, CHILD = "450499196503120114", "450499196503120229", "450499201001010138"
FILLER = {"certificate_no": "450499198001010010", "relation_to_head": "户主", "education_level": "小学"}
CASES = rows("""
    rule                        | column                  | handbook               | system                 | verdict        | also
    ----------------------------+-------------------------+------------------------+------------------------+----------------+---------------------------------
    unreadable                  | certificate_no          | 450499196503120115     | 450499196503120114     | handbook_wrong |
    unreadable                  | certificate_no          | 450499196503120114     | 450499196503120116     | system_wrong   |
    unreadable                  | certificate_no          | 450499196503120115     | 450499196503120116     | both_wrong     |
    unreadable                  | certificate_no          | 4.5049919650312E+17    | 450499196503120114     | handbook_wrong |
    unreadable                  | birth_date              | 1965-02-30             | 1965-03-12             | handbook_wrong |
    unreadable                  | net_income_per_head_fen | 约3000                 | 3000                   | handbook_wrong |
    unreadable                  | work_months             | 6                      | 13                     | system_wrong   |
    left_empty                  | certificate_no          |                        | 450499196503120114     | handbook_wrong |
    left_empty                  | relation_to_head        | 之子                   |                        | system_wrong   |
                                | education_level         |                        | 小学                   | undecided      |
    suffix_left_out             | certificate_no          | 450499196503120114     | 45049919650312011443   | handbook_wrong | health_status=残疾
                                | certificate_no          | 450499196503120114     | 45049919650312011443   | undecided      | health_status=健康
    number_against_own_row      | certificate_no          | 450499196503120229     | 450499196503120114     | handbook_wrong | sex=男
    number_against_own_row      | certificate_no          | 450499196503120114     | 450499201001010138     | system_wrong   | birth_date=1965-03-12
    number_against_own_row      | certificate_no          | 450499201001010138     | 450499196503120114     | handbook_wrong | age=52
                                | certificate_no          | 450499196503120114     | 450499201001010138     | undecided      | sex=男
    sex_against_number          | sex                     | 女                     | 男                     | handbook_wrong | certificate_no=450499196503120114
                                | sex                     | 女                     | 男                     | undecided      | certificate_no=450499196503120115
    birth_against_number        | birth_date              | 1965-03-12             | 1965-03-21             | system_wrong   | certificate_no=450499196503120114
                                | birth_date              | 1965-03-12             | 1965-03-21             | undecided      |
    relation_against_sex        | relation_to_head        | 之女                   | 之子                   | handbook_wrong | certificate_no=450499196503120114
                                | relation_to_head        | 之父                   | 之子                   | undecided      | certificate_no=450499196503120114
    works_as_a_child            | work_capacity           | 普通劳动力             | 无劳动力               | handbook_wrong | certificate_no=450499201001010138
                                | work_capacity           | 普通劳动力             | 无劳动力               | undecided      | certificate_no=450499196503120114
    in_ten_thousands            | net_income_per_head_fen | 0.96                   | 9612                   | handbook_wrong |
                                | net_income_per_head_fen | 961.2                  | 9612                   | undecided      |
    disability_says_otherwise   | health_status           | 残疾                   | 健康                   | system_wrong   | certificate_no=45049919650312011443
                                | health_status           | 残疾                   | 健康                   | undecided      | certificate_no=450499196503120114
    second_number               | household_phone         | 10000000001、10000000002 | 10000000001          | both_right     |
                                | household_phone         | 10000000001            | 10000000002            | undecided      |
    other_period                | wage_income_fen         | 1000                   | 2000                   | both_right     | income_period=2015-10至2016-09/2016-10至2017-09
""")


def one_person(case, side):
    also = dict(part.split("=") for part in (case["also"] or "").split(";") if part)
    said = {"person_code": "700001", "name": "黄大山", "village": "甲村"} | {name: text.split("/")[0 if side == "handbook" else -1] for name, text in also.items()}
    said[case["column"]] = case[side] or ""
    filler = dict.fromkeys(said, "") | {"person_code": "700002", "name": "莫水生", "village": "甲村"}
    if not (case["handbook"] and case["system"]):  # a column that is blank throughout would not be compared
        filler[case["column"]] = FILLER[case["column"]]
    return "\n".join(" | ".join(line) for line in (said, said.values(), filler.values()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}-{case['column']}-{case['handbook']}-{case['system']}")
def test_a_rule_accuses_the_side_it_can_and_nobody_else(case):
    hits = [one for one in found(one_person(case, "handbook"), one_person(case, "system")) if one[1] == case["column"]]
    assert [(verdict, rule) for _, _, verdict, rule in hits] == [(case["verdict"], case["rule"] or "")]


HOUSE = """
    person_code | household_code | village | name   | head_name | relation_to_head | certificate_no     | resident_medical | employee_medical
    700001      | 1001           | 甲村    | {head} | 黄大山    | {first}          | 450499196503120114 | {res}            | {emp}
    700002      | 1001           | 甲村    | 陈秀兰 | 黄大山    | {second}         | {wife}             | 是               | 否
    700003      | 1001           | 甲村    | 黄小山 | 黄大山    | 之子             | 450499201001010138 | 是               | 否
"""


def house(head="黄大山", first="户主", second="配偶", wife="450499196503120229", res="是", emp="否"):
    return HOUSE.format(head=head, first=first, second=second, wife=wife, res=res, emp=emp)


@pytest.mark.parametrize(("ours", "theirs", "expected"), [
    (house(second="户主"), house(), [("field", "relation_to_head", "handbook_wrong", "no_head_or_two")]),
    (house(), house(first="之父"), [("field", "relation_to_head", "system_wrong", "no_head_or_two")]),
    (house(first="配偶", second="户主"), house(), [("field", "relation_to_head", "undecided", "")] * 2),
    (house(res="否"), house(), [("field", "resident_medical", "handbook_wrong", "medical_not_exactly_one")]),
    (house(res="否", emp="是"), house(), [("field", "employee_medical", "undecided", ""), ("field", "resident_medical", "undecided", "")]),
    (house(wife="450499196503120114"), house(), [("field", "certificate_no", "handbook_wrong", "number_of_somebody_else")]),
    (house(head="黄大三"), house(), [("field", "name", "handbook_wrong", "head_column_says_otherwise")]),
    (house(head="黄大三").replace("| 黄大山    |", "| 黄大三    |"), house(), [("field", "name", "undecided", "")]),
])
def test_the_same_registers_other_rows_decide(ours, theirs, expected):
    assert found(ours, theirs.replace("head_name", "x_无关")) == expected


MONEY = """
    household_code | village | name   | relation_to_head | wage_income_fen | business_income_fen | property_income_fen | transfer_income_fen | business_cost_fen | net_income_per_head_fen
    1001           | 甲村    | 黄大山 | 户主             | {wage}          | 2000                | 0                   | 500                 | 300               | {per_head}
    1001           | 甲村    | 陈秀兰 | 配偶             | {wage}          | 2000                | 0                   | 500                 | 300               | {per_head}
"""
EXPORT = """
    household_code | village | name   | relation_to_head | net_income_per_head_fen
    1001           | 甲村    | 黄大山 | 户主             | {per_head}
    1001           | 甲村    | 陈秀兰 | 配偶             | {per_head}
"""


@pytest.mark.parametrize(("ours", "theirs", "expected"), [
    (MONEY.format(wage=9800, per_head=6100), EXPORT.format(per_head=6000), ("handbook_wrong", "sum_put_right+digit_off_the_sum")),
    (MONEY.format(wage=9800, per_head=6000), EXPORT.format(per_head=6900), ("system_wrong", "digit_off_the_sum")),
    (MONEY.format(wage=9800, per_head=6100), EXPORT.format(per_head=6900), ("both_wrong", "digit_off_the_sum")),
    (MONEY.format(wage=9800, per_head=6000), EXPORT.format(per_head=4321), ("undecided", "")),
    (MONEY.format(wage=0, per_head=6000), MONEY.format(wage=9800, per_head=6000), ("handbook_wrong", "sum_put_right")),
])
def test_sums_accuse_only_where_they_are_put_right(ours, theirs, expected):
    [(kind, _, verdict, rule)] = found(ours, theirs)
    assert kind == "field" and (verdict, rule) == expected


def test_both_accused_by_evidence_that_contradicts_itself_stays_undecided():
    ours = house(first="之女", res="是")
    theirs = house(first="之父", res="是")
    [finding] = [row for row in run(ours, theirs.replace("head_name", "x_无关")).findings.to_pylist() if row["field"] == "relation_to_head"]
    assert finding["verdict"] == "handbook_wrong"  # a man is no daughter; that both lack a head accuses neither
    assert "之女" in finding["reason"]


def test_every_undecided_finding_names_the_document_that_would_settle_it_and_decided_ones_name_none():
    findings = run(house(first="配偶", second="户主", res="否"), house()).findings.to_pylist()
    assert {row["verdict"] for row in findings} == {"undecided", "handbook_wrong"}
    assert all(bool(row["document"]) == (row["verdict"] == "undecided") for row in findings)


SIZES = """
    person_code | household_code | village | name   | household_size
    700001      | 1001           | 甲村    | 黄大山 | {size}
    700002      | 1001           | 甲村    | 陈秀兰 | {size}
"""


@pytest.mark.parametrize(("ours", "theirs", "expected"), [
    (SIZES.format(size=2), SIZES.format(size=3), [("field", "household_size", "system_wrong", "size_against_rows")]),
    (SIZES.format(size=4), SIZES.format(size=3), [("field", "household_size", "undecided", "")]),
    (SIZES.format(size=2).replace("700002", "700001"), SIZES.format(size=2), [("field", "person_code", "handbook_wrong", "code_of_somebody_else")]),
    (SIZES.format(size=2).replace("700002", "700009"), SIZES.format(size=2), [("field", "person_code", "undecided", "")]),
])
def test_people_and_codes_of_a_register_are_counted(ours, theirs, expected):
    assert found(ours, theirs) == expected


def test_every_rule_has_a_hit_here_and_words_for_the_report():
    text = Path(__file__).read_text(encoding="utf-8")
    for rule in (*RULES, "other_period", "second_number"):
        assert text.count(rule) >= 1 and rule in RULE_WORDS, rule
    assert set(RULES) >= BY_ITSELF
