"""Specification of header recognition: spelling, aliases, twins, phones, profiles, suggestions."""

from pathlib import Path

import pytest

import bangfu
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers, normalise_header
from tests.tables import rows

HEADERS = load_headers(Path(bangfu.__file__).parent / "rulebooks" / "sample")

WRITTEN = rows("""
    header                                   | field
    -----------------------------------------+------------------------
    县（市、区、旗）                         | county
    县(市、区、旗)                           | county
    镇（乡）                                 | town
    户编号                                   | household_code
    贫困户编号                               | household_code
    姓 名                                    | name
    身份证号                                 | certificate_no
    身份证号码或残疾证号码                   | certificate_no
    Ｃertificate_no                          | certificate_no
    citizen_id                               | citizen_id
    在校生情况                               | school_stage
    失学或辍学原因                           | unschooled_reason
    劳动技能                                 | work_capacity
    有无劳动能力                             | can_work
    务工时长(月)                             | work_months
    新农合                                   | resident_medical
    是否参加新型农村社会养老保险             | resident_pension
    是否大病医保                             | serious_illness_cover
    是否享受低保                             | subsistence_allowance
    致贫原因1                                | poverty_cause
    致贫/返贫风险1                           | risk_1
    危房户                                   | dangerous_house
    危房级别                                 | dangerous_house_grade
    饮水安全                                 | safe_water
    饮水是否困难                             | water_difficulty
    户类型                                   | household_kind
    属性                                     | poverty_kind
    脱贫属性                                 | lifted_status
    易返贫致贫户(监测对象)类型               | monitored_kind
    风险识别时间                             | monitored_from
    风险消除时间                             | monitored_to
    风险消除后工资性收入                     | cleared_wage_fen
    公益岗位                                 | public_service_job
    公益岗位帮扶                             | m_public_job
    行政村文化（图书）室个数 （个）          | v_libraries
    银行卡号                                 | bank_account
    AAB002                                   | name
    我自己加的一列                           |
""")


@pytest.mark.parametrize("line", WRITTEN, ids=lambda line: line["header"])
def test_a_header_means_the_field_the_table_says(line):
    assert HEADERS.recognise([line["header"]])[0].field == line["field"]


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "citizen_id"])
def test_every_label_and_identifier_of_the_dictionary_is_a_header(field):
    assert HEADERS.recognise([field])[0].field == field
    assert HEADERS.recognise([FIELDS[field].label])[0].field == field


def test_white_space_width_and_invisible_characters_make_no_difference():
    assert normalise_header("\ufeff 人均 纯收入\n（元）\u200b") == normalise_header("人均纯收入(元)")


def test_a_trailing_0_falls_away_only_beside_its_base():
    both = HEADERS.recognise(["民族", "民族0"])
    assert [seen.field for seen in both] == ["ethnicity", "ethnicity"]
    assert HEADERS.recognise(["民族0"])[0].field is None
    assert HEADERS.recognise(["风险是否已消除0"])[0].field == "risk_cleared"


def test_a_bare_phone_is_the_households_unless_the_household_has_its_own_column():
    assert HEADERS.recognise(["联系电话"])[0].field == "household_phone"
    assert [s.field for s in HEADERS.recognise(["户联系电话", "联系电话"])] == ["household_phone", "person_phone"]


def test_a_close_name_is_offered_and_never_taken():
    seen = HEADERS.recognise(["监测对象的类别"])[0]
    assert (seen.field, seen.suggestion) == (None, "监测对象类别")


@pytest.mark.parametrize("name", ["G1", "G1b", "G1c", "G2", "G3", "raw", "booklet"])
def test_each_profile_is_known_by_its_own_headers_in_any_order(name):
    kind = next(profile for profile in HEADERS.profiles if profile.name == name)
    found = HEADERS.profile(list(reversed(kind.headers)), "表.xlsx")
    assert found is not None
    assert found.name == name
    assert all(HEADERS.field_of(header) for header in kind.headers if header != "户主签名")


def test_few_known_columns_make_no_profile():
    assert HEADERS.profile(["姓名", "户编号"], "表.xlsx") is None


def test_an_alias_of_two_fields_is_an_error_of_the_rulebook(tmp_path):
    (tmp_path / "aliases.toml").write_text('[aliases]\ntown = ["甲"]\ncity = ["甲"]\n', encoding="utf-8")
    (tmp_path / "profiles.toml").write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="甲"):
        load_headers(tmp_path)
