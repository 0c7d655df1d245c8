"""Specification of normal forms: what says the same is equal, what cannot be read says why."""

from datetime import date
from pathlib import Path

import pytest

import bangfu
from bangfu.engines.relations.codes import load_codes
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.values import Reader
from tests.tables import rows

CODES = load_codes(Path(bangfu.__file__).parent / "rulebooks" / "sample")
READER = Reader(CODES, date(2017, 10, 20))

SAME = rows("""
    field                   | written              | normal
    ------------------------+----------------------+----------------------
    name                    | 黄 小明              | 黄小明
    name                    | 阿卜杜•热合曼        | 阿卜杜·热合曼
    name                    | 黄小明              | 黄小明
    certificate_no          | 45049919800101007ｘ  | 45049919800101007X
    certificate_no          | 450499 198001010-010 | 450499198001010010
    certificate_no          | 450499198001010010.0 | 450499198001010010
    certificate_no          | 无                   |
    certificate_no          | 0                    |
    household_phone         | +86 100-0000 0001    | 10000000001
    household_phone         | 10000000001.0        | 10000000001
    household_phone         | 10000000001，10000000002 | 10000000001、10000000002
    birth_date              | 19800101             | 1980-01-01
    birth_date              | 1980年1月1日         | 1980-01-01
    birth_date              | 1980/1/1             | 1980-01-01
    birth_date              | 1980.01.01           | 1980-01-01
    birth_date              | 1980-01-01 00:00:00  | 1980-01-01
    birth_date              | 29221                | 1980-01-01
    birth_date              | 不详                 |
    monitored_from          | 201605               | 2016-05
    monitored_from          | 2016年5月            | 2016-05
    monitored_from          | 2016.05              | 2016-05
    lifted_year             | 2016年               | 2016
    sex                     | 1                    | 男
    sex                     | 女性                 | 女
    relation_to_head        | 儿子                 | 之子
    ethnicity               | 汉                   | 汉族
    education_level         | 初中毕业             | 初中
    school_stage            | 高中一年级           | 普通高中一年级
    school_stage            | 非在校               |
    work_capacity           | 无劳动能力           | 无劳动力
    resident_medical        | √                    | 是
    resident_medical        | 无                   | 否
    resident_medical        | 不适用               | 不适用
    farmland_mu             | 2.50亩               | 2.5
    work_months             | 6个月                | 6
    net_income_per_head_fen | 3,620.5元            | 362050
    net_income_per_head_fen | 0.362万元            | 362000
    net_income_per_head_fen | (12.5)               | -1250
    net_income_per_head_fen | １２０               | 12000
    other_poverty_causes    | 因病，缺技术         | 因病、缺技术
    other_poverty_causes    | 缺技术;因病          | 因病、缺技术
    villager_group          | /                    |
    household_code          | 4504990001.0         | 4504990001.0
""")

UNREADABLE = rows("""
    field                   | written             | problem               | why
    ------------------------+---------------------+-----------------------+------------------------------
    certificate_no          | 4.5049919800101E+17 | damaged_by_excel      | 号码已被表格软件改坏，末几位丢失
    certificate_no          | 45049919800101001   | malformed_certificate | 只有 17 位，应为 18、20 或 22 位
    certificate_no          | 450499198001010011  | malformed_certificate | 第18位为“1”，按校验规则应为“0”
    certificate_no          | 45049919800101001095 | malformed_certificate | 第19位起为“95”，不是残疾类别（1–7）加等级（1–4）
    birth_date              | 1985.2.30           | malformed_date        | 日历上没有这一天
    birth_date              | 2031-01-01          | malformed_date        | 不在 1900 年至 2017-10-20 之间
    monitored_from          | 2016.1              | malformed_date        | 可能是 1 月也可能是 10 月
    birth_date              | 1980年前后          | malformed_date        | 不是日期
    net_income_per_head_fen | #未算出             | malformed_cell        | 是没有算出结果的公式
    net_income_per_head_fen | 约3000              | malformed_number      | 不是一个数
    net_income_per_head_fen | 1.2.3               | malformed_number      | 不是一个数
    wage_income_fen         | -5                  | malformed_number      | 金额不应是负数
    work_months             | 13                  | malformed_number      | 一年最多 12 个月
    work_months             | 3-5                 | malformed_number      | 不是一个数
    sex                     | 3                   | unknown_value         | 不在代码表中
    ethnicity               | 客家                | unknown_value         | 不在代码表中
    resident_medical        | 1                   | unknown_value         | 不是“是”或“否”
    name                    | #N/A                | malformed_cell        | 是错误值，没有内容
""")


@pytest.mark.parametrize("row", SAME, ids=lambda row: f"{row['field']}-{row['written']}")
def test_what_says_the_same_has_one_normal_form(row):
    value = READER.read(row["written"], FIELDS[row["field"]])
    assert (value.normal, value.problem) == (row["normal"], None)


@pytest.mark.parametrize("row", UNREADABLE, ids=lambda row: f"{row['field']}-{row['written']}")
def test_what_cannot_be_read_keeps_its_text_and_says_why(row):
    value = READER.read(row["written"], FIELDS[row["field"]])
    assert (value.problem, value.why) == (row["problem"], row["why"])
    assert value.normal is not None


def test_yes_means_receiving_only_where_the_column_asks_a_yes_no_question():
    allowance = FIELDS["subsistence_allowance"]
    assert READER.read("是", allowance, asks=True).normal == "享受"
    assert READER.read("是", allowance).problem == "unknown_value"
    assert CODES["subsistence_allowance"].same("享受", "农村低保")
    assert not CODES["subsistence_allowance"].same("享受", "未享受")


def test_one_and_zero_mean_yes_and_no_only_where_the_file_says_so():
    assert Reader(CODES, date(2017, 10, 20), zero_one=True).read("1", FIELDS["resident_medical"]).normal == "是"


def test_generations_of_a_list_meet_only_across_the_generations():
    health = CODES["health_status"]
    assert health.same("常见慢性病", "长期慢性病") and not health.same("常见慢性病", "特殊慢性病")


def test_every_alias_leads_to_a_value_and_every_coded_field_has_its_list():
    assert {field.codes for field in FIELDS.values() if field.codes} == set(CODES)
