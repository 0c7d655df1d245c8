"""Comparing: what is a difference, what is only form, and what is said once. All people are invented."""

import pytest

from bangfu.engines.relations.identity import check_character
from tests.engines.spec.registers import found, run
from tests.tables import rows

SAME = rows("""
    column                  | handbook            | system
    ------------------------+---------------------+--------------------
    certificate_no          | 45049919650312011 4 | 450499196503120114
    birth_date              | 1965.03.12          | 19650312
    birth_date              | 1965-03             | 1965-03-12
    monitored_from          | 2016.9              | 2016-09
    education_level         | 初中毕业            | 初中
    education_level         | 大专                | 大专及以上
    health_status           | 重大疾病            | 患有大病
    relation_to_head        | 儿子                | 之子
    resident_medical        | √                   | 是
    net_income_per_head_fen | 0.362万元           | 3620
    net_income_per_head_fen | 3620.5              | 3621
    farmland_mu             | 2.50亩              | 2.5
    household_phone         | 100-0000-0001       | 10000000001
    other_poverty_causes    | 缺技术，因病        | 因病,缺技术
    certificate_no          | 4504**********0114  | 450499196503120114
    certificate_no          | 4504…               | 4504…
    ethnicity               | 客家                | 客家
    x_备注                  | 好                  | 好
""")


def registers(column, handbook, system, also=""):
    head = f"person_code | name | village | {column}"
    return tuple(f"{head}\n700001 | 黄大山 | 甲村 | {value}" for value in (handbook, system))


@pytest.mark.parametrize("case", SAME, ids=lambda case: f"{case['column']}-{case['handbook']}")
def test_what_differs_only_in_form_is_counted_and_not_listed(case):
    result = run(*registers(case["column"], case["handbook"], case["system"]))
    assert [row for row in result.findings.to_pylist() if row["kind"] in ("field", "malformed")] == []
    differs = case["handbook"] != case["system"]
    assert [(one["field"], one["count"]) for one in result.summary["form"]] == ([(case["column"], 1)] if differs else [])


@pytest.mark.parametrize(("column", "handbook", "system"), [
    ("education_level", "大专", "本科及以上"), ("health_status", "常见慢性病", "特殊慢性病"), ("net_income_per_head_fen", "3620", "3622"),
    ("household_phone", "10000000001", "10000000002"), ("other_poverty_causes", "因病", "因病、缺技术"), ("birth_date", "1965-04", "1965-03-12"),
    ("x_备注", "好", "不好"), ("farmland_mu", "2.5", "2.4"), ("certificate_no", "4504**********0115", "450499196503120114"),
])
def test_what_differs_in_meaning_is_listed_once(column, handbook, system):
    assert [one[:2] for one in found(*registers(column, handbook, system))] == [("field", column)]


FAMILY = """
    household_code | person_code | village | name   | relation_to_head | household_phone | poverty_cause
    1001           | 700001      | {v1}    | 黄大山 | 户主             | {phone}         | {c1}
    1001           | 700002      | {v1}    | 陈秀兰 | 配偶             | {phone}         | {c2}
    {code}         | 700003      | {v1}    | 黄小山 | {relation}       | {phone}         | {c3}
    {code}         | 700004      | {v1}    | 黄小兰 | 之女             | {phone}         | {c3}
    2001           | 700005      | 甲村    | 莫水生 | 户主             | 10000000009     | 因病
    2001           | 700006      | 甲村    | 莫小生 | 之子             | 10000000009     | 因病
    3001           | 700007      | 甲村    | 李国强 | 户主             | 10000000008     | 因学
"""


def family(v1="甲村", phone="10000000001", c1="因病", c2="因病", c3="因病", code="1001", relation="之子"):
    return FAMILY.format(v1=v1, phone=phone, c1=c1, c2=c2, c3=c3, code=code, relation=relation)


def test_a_household_value_is_compared_once_and_cites_the_first_row():
    findings = run(family(), family(phone="10000000002")).findings.to_pylist()
    assert [(row["field"], row["handbook_row"], row["system_row"], row["member_name"]) for row in findings] == [("household_phone", 2, 2, None)]


def test_rows_of_a_household_that_disagree_are_one_finding_and_most_rows_are_compared():
    assert found(family(c1="因残"), family()) == [("household_columns_disagree", "poverty_cause", "handbook_wrong", "other_rows_of_the_household")]


def test_a_split_household_is_one_finding_and_its_new_head_another():
    head = ("field", "relation_to_head", "undecided", "")
    assert sorted(found(family(), family(code="1009", relation="户主"))) == [head, ("household_split", "", "undecided", "household_split")]
    assert sorted(found(family(code="1009", relation="户主"), family())) == [head, ("household_merged", "", "undecided", "household_merged")]


def test_a_moved_household_is_one_finding():
    stay = "".join(f"4001 | 7001{at} | 甲村 | 覃小{name} | 之子 | |\n" for at, name in enumerate("明华英兰"))
    [finding] = run(family() + stay, family(v1="乙村") + stay).findings.to_pylist()
    assert (finding["kind"], finding["handbook_value"], finding["system_value"]) == ("moved", "甲村", "乙村")


def test_a_village_spelt_otherwise_is_no_move_and_no_difference():
    assert found(family(), family().replace("甲村", "甲村民委员会")) == []


def people(column, values, village="甲村"):
    lines = [f"7000{at:02d} | 阿{name} | {village} | {value}" for at, (name, value) in enumerate(zip("明华英兰秀珍芳志伟军平丽", values, strict=False), start=10)]
    return f"person_code | name | village | {column}\n" + "\n".join(lines)


def test_a_column_a_village_does_not_keep_is_said_once():
    ours = people("education_level", [""] * 6) + "\n700099 | 莫水生 | 乙村 | 小学"
    theirs = people("education_level", ["小学"] * 6) + "\n700099 | 莫水生 | 乙村 | 小学"
    assert [one[:3] for one in found(ours, theirs)] == [("not_kept", "education_level", "undecided")]


def test_a_vocabulary_of_its_own_floods_nobody():
    ours, theirs = ["是"] * 6 + ["否"] * 6, ["农村低保", "城市低保"] * 3 + ["未享受"] * 6
    result = run(people("subsistence_allowance", ours), people("subsistence_allowance", theirs))
    assert [(row["kind"], row["handbook_value"]) for row in result.findings.to_pylist()] == [("unknown_value", "是")]  # 否 stands opposite 未享受 only: that is what it means here
    assert "共6处" in result.findings["reason"][0].as_py()


def test_a_word_that_always_stands_opposite_the_same_value_is_taken_to_mean_it():
    result = run(people("ethnicity", ["客家"] * 8), people("ethnicity", ["汉族"] * 8))
    assert result.findings.num_rows == 0
    assert [(one["handbook"], one["system"], one["count"]) for one in result.summary["form"]] == [("客家", "汉族", 8)]


def test_a_rare_slip_outside_the_list_is_listed_by_its_row():
    kinds = [row["kind"] for row in run(people("ethnicity", ["汉簇", "汉族"]), people("ethnicity", ["汉族", "汉族"])).findings.to_pylist()]
    assert sorted(kinds) == ["field", "unknown_value"]


def test_columns_of_one_file_only_are_reported_as_not_compared():
    result = run("person_code | name | x_甲 | age\n700001 | 黄大山 | 1 | 52", "person_code | name | ethnicity | age\n700001 | 黄大山 | 汉族 | 52")
    assert {(one["header"], one["why"]) for one in result.summary["not_compared"]} == {
        ("x_甲", "系统没有这一列，也没有认出它是什么"), ("ethnicity", "手册没有这一列"), ("age", "由其他栏推出或只作参考")}


def test_work_capacity_meets_a_yes_no_column_of_the_other_side():
    ours = "person_code | name | can_work\n700001 | 黄大山 | 有\n700002 | 陈秀兰 | 有"
    theirs = "person_code | name | work_capacity\n700001 | 黄大山 | 弱劳动力或半劳动力\n700002 | 陈秀兰 | 丧失劳动力"
    assert [one[:2] for one in found(ours, theirs)] == [("field", "can_work")]


def test_people_without_partner_are_listed_and_the_size_tells_who_forgot_them():
    head = "household_code | person_code | name | relation_to_head | household_size\n"
    both = "1001 | 700001 | 黄大山 | 户主 | {n}\n"
    child = "1001 | 700002 | 黄小山 | 之子 | {n}"
    assert found(head + both.format(n=2) + child.format(n=2), head + both.format(n=2)) == [
        ("only_in_handbook", "", "system_wrong", "fewer_rows_than_members")]
    assert found(head + both.format(n=1), head + both.format(n=2) + child.format(n=2)) == [("only_in_system", "", "undecided", "")]


def test_the_same_run_gives_the_same_ids_and_ids_do_not_hang_on_the_order_of_rows():
    first = run(family(), family(phone="10000000002", c1="因残")).findings
    lines = family().strip().splitlines()
    turned = "\n".join([lines[0], *lines[4:], *lines[1:4]])
    again = run(turned, family(phone="10000000002", c1="因残")).findings
    assert sorted(first["finding_id"].to_pylist()) == sorted(again["finding_id"].to_pylist())


def test_headers_may_hold_quotes_and_differ_in_capitals_only():
    head = "person_code | name | x_备'注\"一 | x_ABC | x_abc | x_k_name | x_%s{}"
    ours, theirs = (f"{head}\n700001 | 黄大山 | {value} | 1 | 2 | 3 | 4" for value in ("好", "不好"))
    [finding] = run(ours, theirs).findings.to_pylist()
    assert (finding["field"], finding["handbook_value"], finding["system_value"]) == ("x_备'注\"一", "好", "不好")


def test_a_village_without_numbers_keeps_none_though_a_family_that_moved_in_shows_masked_ones():
    numbers = [f"45049919700101{n:03d}" for n in range(40)]
    numbers = [number + check_character(number) for number in numbers]
    ours = people("certificate_no", [f"{numbers[0][:6]}********{numbers[0][14:]}", *[""] * 39])
    assert [one[:3] for one in found(ours, people("certificate_no", numbers))] == [("not_kept", "certificate_no", "undecided")]


SUMS = """
    household_code | village | name   | wage_income_fen | business_income_fen | property_income_fen | transfer_income_fen | business_cost_fen | net_income_fen | net_income_per_head_fen
    1001           | 甲村    | 黄大山 | 9800            | 2000                | 0                   | {transfer}          | 300               | {net}          | {head}
    1001           | 甲村    | 陈秀兰 | 9800            | 2000                | 0                   | {transfer}          | 300               | {net}          | {head}
"""


@pytest.mark.parametrize(("ours", "theirs", "expected"), [
    ({"transfer": 500, "net": 12000, "head": 6000}, {"transfer": 900, "net": 12400, "head": 6200}, ["transfer_income_fen"]),
    ({"transfer": 500, "net": 12000, "head": 6000}, {"transfer": 900, "net": 12000, "head": 6200}, ["net_income_per_head_fen", "transfer_income_fen"]),
    ({"transfer": 500, "net": 12000, "head": 6000}, {"transfer": 900, "net": 12450, "head": 6200}, ["net_income_fen", "transfer_income_fen"]),
    ({"transfer": 500, "net": 12000, "head": 6000}, {"transfer": 500, "net": 12400, "head": 6200}, ["net_income_fen"]),
    ({"transfer": 500, "net": 12000, "head": 6000}, {"transfer": 500, "net": 12000, "head": 6200}, ["net_income_per_head_fen"]),
])
def test_a_sum_that_only_follows_from_its_parts_is_not_listed_again(ours, theirs, expected):
    findings = run(SUMS.format(**ours), SUMS.format(**theirs)).findings.to_pylist()
    assert sorted(row["field"] for row in findings) == expected
    assert ("跟着不同" in "".join(row["reason"] for row in findings)) == (len(expected) < sum(ours[name] != theirs[name] for name in ours))


def test_a_sum_that_both_files_carry_speaks_for_itself():
    lines = ["household_code | village | name | allowance_fen | transfer_income_fen | net_income_fen", "1001 | 甲村 | 黄大山 | {} | 900 | {}"]
    ours, theirs = ("\n".join(lines).format(*said) for said in ((500, 12000), (900, 12400)))
    assert [one[1] for one in found(ours, theirs)] == ["allowance_fen", "net_income_fen"]  # 转移性收入 is the same: 低保金 cannot be why 纯收入 differs


@pytest.mark.parametrize("odd", ["it's", "'; DROP TABLE pairs; --", "a\0b", "a\nb", "\\", '"', "{x}", "[1,2]", "$1", "?", "𠮷"])
def test_a_text_of_any_kind_in_a_column_of_few_is_listed_as_it_stands(odd):
    """Such texts are written into SQL when they are numbered."""
    def register(remarks):
        return [{"village": "甲村", "household_code": f"4605{at:07d}", "person_code": f"70{at:04d}", "name": name, "relation_to_head": "户主", "x_备注": remark}
                for at, (name, remark) in enumerate(zip(("黄大山", "陈秀兰", "李小妹"), remarks, strict=True))]

    rows_found = run(register([odd, odd, None]), register(["好", odd, None])).findings.to_pylist()
    assert [(row["kind"], row["member_name"], row["handbook_value"], row["system_value"]) for row in rows_found] == [("field", "黄大山", odd, "好")]
