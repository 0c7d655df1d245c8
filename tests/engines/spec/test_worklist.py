"""The clerks' workbook, as written and as it comes home."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest

from bangfu.engines.reconcile import shown
from bangfu.engines.reconcile.answers import read_answers
from bangfu.engines.reconcile.worklist import sheet_names, write_worklist
from bangfu.engines.relations.refusals import Refusal
from bangfu.engines.relations.rowkinds import Why
from tests.engines.spec.made_up_findings import VILLAGES, finding, many, summary, table

MADE_AT = datetime(2017, 12, 5, 9, 30)
PROMISED = [
    "序号",
    "村",
    "组",
    "户编号",
    "户主",
    "成员",
    "字段",
    "手册值",
    "系统值",
    "手册行",
    "系统行",
    "判定",
    "依据",
    "需要的证明",
    "核实值",
    "核实人",
    "整改责任人",
    "完成时限",
    "状态",
]


def written(folder: Path, *found: dict[str, Any], mask: bool = False, made_by: str = "韦国庆") -> Path:
    path = folder / "核查台账.xlsx"
    one = summary(findings={"by_village": {}})
    write_worklist(table(*found), one, path, made_at=MADE_AT, made_by=made_by, mask=mask)
    return path


def filled(path: Path, sheet: str = "板么村", **cells: Any) -> Path:
    """Fill in cells as `判定2="手册错"` and save, as a clerk would in another program."""
    book = openpyxl.load_workbook(path)
    heads = {cell.value: cell.column for cell in book[sheet][1]}
    for place, value in cells.items():
        head, row = place.rstrip("0123456789"), int("".join(filter(str.isdigit, place)))
        book[sheet].cell(row=row, column=heads[head], value=value)
    book.save(path)
    return path


def text_of(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return "".join(
            archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith(".xml")
        )


def test_the_columns_stand_in_the_promised_order_and_the_id_is_hidden_at_the_end(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, finding(1)))["板么村"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:19] == PROMISED
    assert heads[19:] == ["核实日期", "原判定", "编号"]
    # openpyxl keeps neighbouring columns of one width as a group named by its first
    assert sheet.column_dimensions["U"].hidden and sheet.column_dimensions["U"].max == 22
    assert [sheet.cell(2, at).value for at in (1, 7, 8, 9, 10, 11, 12, 19, 22)] == [
        1, "出生日期", "1980-01-02", "1981-01-02", 2, 4, "☑☒ 系统错", "新增", "f000001",
    ]  # fmt: skip


def test_each_village_has_its_sheet_in_the_order_of_the_register(tmp_path):
    path = tmp_path / "核查台账.xlsx"
    write_worklist(many(40), summary(), path, made_at=MADE_AT, made_by="韦国庆", mask=False)
    assert openpyxl.load_workbook(path).sheetnames == ["汇总", *VILLAGES, "写法不同", "未比对"]


def test_rows_that_are_nobodys_are_listed_with_the_reason_in_words(tmp_path):
    path = tmp_path / "核查台账.xlsx"
    said = summary()
    said["inputs"]["handbook"]["skipped"] = [{"sheet": "新村", "row": at, "why": why} for at, why in enumerate(shown.SKIPPED, 2)]
    write_worklist(many(3), said, path, made_at=MADE_AT, made_by="韦国庆", mask=False)
    lines = [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["未比对"].iter_rows()]
    assert [line[3] for line in lines if str(line[1]).startswith("未计入的行：新村")] == list(shown.SKIPPED.values())


def test_every_reason_for_leaving_a_row_out_has_its_words():
    assert list(shown.SKIPPED) == list(get_args(Why))


def test_sheet_names_are_short_legal_and_never_alike():
    long = "一" * 40
    names = sheet_names(["汇总", "甲/乙村", "甲:乙村", long, long + "二", "", "𠀀" * 20])
    assert names["汇总"] == "汇总（2）"
    assert names["甲/乙村"] == "甲－乙村" and names["甲:乙村"] == "甲－乙村（2）"
    assert names[""] == "未写村名"
    assert len(set(names.values())) == 7
    assert all(len(name.encode("utf-16-le")) <= 62 for name in names.values())


def test_a_value_that_looks_like_a_formula_or_a_link_stays_text(tmp_path):
    path = written(
        tmp_path,
        finding(1, handbook_value='=HYPERLINK("http://example.org")', system_value="http://example.org"),
    )
    cell = openpyxl.load_workbook(path)["板么村"]["H2"]
    assert cell.data_type == "s" and cell.value.startswith("=HYPERLINK")
    text = text_of(path)
    assert "<f>" not in text.replace("<f>'", "") or "HYPERLINK" not in text.split("<f>")[1][:60]
    assert "<hyperlink" not in text


def test_the_head_is_frozen_filtered_and_repeated_on_every_printed_page(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, finding(1), finding(2)))["板么村"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:T3"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 8
    lists = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    assert lists["L2:L3"] == '"☑☒ 系统错,☒☑ 手册错,☒☒ 两边都错,☑☑ 都对（口径/时点不同）,？？ 待核实"'
    assert "仍存在" in lists["S2:S3"]


def test_every_sheet_says_internal_and_who_made_it_when(tmp_path):
    book = openpyxl.load_workbook(written(tmp_path, finding(1), made_by="甲&乙"))
    for sheet in book:
        assert "内部资料" in sheet.oddHeader.left.text
        assert sheet.oddHeader.right.text == "甲&&乙  2017-12-05 09:30"


def test_a_masked_workbook_holds_no_full_number_name_or_day_of_birth(tmp_path):
    path = written(
        tmp_path,
        finding(1),
        finding(2, field="certificate_no", handbook_value="450499198001020010", system_value="450499198001020012",
                reason="系统第4行“证件号码”为“450499198001020012”，黄小明本人"),
        finding(3, field="household_phone", handbook_value="10012345678", system_value="10087654321"),
        finding(4, field="银行卡", handbook_value="6200123412341234", system_value="6200123412341235"),
        finding(5, field="name", handbook_value="黄小明", system_value="黄晓明"),
        mask=True,
    )  # fmt: skip
    text = text_of(path)
    for secret in (
        "4504991980",
        "10012345678",
        "10087654321",
        "6200123412",
        "黄小明",
        "黄晓明",
        "黄大山",
        "1980-01-02",
    ):
        assert secret not in text, secret
    assert "黄*明" in text and "黄*山" in text and "198(0)-**-**" in text


def test_unless_masked_the_differing_values_are_whole(tmp_path):
    text = text_of(written(tmp_path, finding(2, field="certificate_no", handbook_value="450499198001020010")))
    assert "450499198001020010" in text


def test_a_summary_sheet_counts_what_is_open_and_draws_it(tmp_path):
    path = written(tmp_path, finding(1), finding(2, verdict="undecided"), finding(3, state="cleared"))
    sheet = openpyxl.load_workbook(path)["汇总"]
    lines = {row[0].value: [cell.value for cell in row[1:8]] for row in sheet.iter_rows() if row[0].value}
    assert lines["板么村"] == [1, 0, 0, 0, 1, 2, 1]
    assert len(sheet._charts) == 1


LEARNED = [{"side": "handbook", "field": "relation_to_head", "label": "与户主关系", "word": "囡", "meaning": "之女", "count": 34, "villages": 2}]


def test_learned_words_stand_with_their_meaning_under_writings(tmp_path):
    path = tmp_path / "核查台账.xlsx"
    write_worklist(table(), summary(learned=LEARNED), path, made_at=MADE_AT, made_by="", mask=False)
    cells = [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["写法不同"].iter_rows()]
    assert [1, "与户主关系", 34, "“囡”就是“之女”", "手册，2个村"] in cells


def test_a_run_without_findings_still_gives_a_workbook(tmp_path):
    path = tmp_path / "核查台账.xlsx"
    write_worklist(table(), summary(form=[], not_compared=[]), path, made_at=MADE_AT, made_by="", mask=False)
    assert openpyxl.load_workbook(path)["板么村"]["A2"].value == "本村没有发现差异。"
    assert read_answers(path)[0].num_rows == 0


def test_nothing_half_written_stays_when_writing_fails(tmp_path):
    with pytest.raises(AttributeError):
        write_worklist(
            table(finding(1)),
            {"inputs": None},
            tmp_path / "台账.xlsx",
            made_at=MADE_AT,
            made_by="",
            mask=False,
        )
    assert list(tmp_path.iterdir()) == []


def test_the_same_findings_give_the_same_workbook(tmp_path):
    first = written(tmp_path, finding(1), finding(2)).read_bytes()
    assert written(tmp_path, finding(1), finding(2)).read_bytes() == first


def test_only_rows_with_something_filled_in_are_answers(tmp_path):
    path = filled(
        written(tmp_path, *(finding(n) for n in range(1, 6))),
        判定2="手册错", 核实值3="1980-01-02", 核实人3="覃国强", 核实日期3=date(2017, 12, 6), 整改责任人4="莫喆",
        核实人5="韦春堃", 整改责任人5="莫喆", 状态5="已核实",
    )  # fmt: skip
    answers, problems = read_answers(path)
    assert problems == []
    assert answers.to_pylist() == [
        {"finding_id": "f000001", "verdict": "handbook_wrong", "value_verified": None, "who": None, "when": None,
         "note": None},
        {"finding_id": "f000002", "verdict": "system_wrong", "value_verified": "1980-01-02", "who": "覃国强",
         "when": "2017-12-06", "note": None},
        {"finding_id": "f000004", "verdict": "system_wrong", "value_verified": None, "who": "韦春堃", "when": None,
         "note": "整改责任人：莫喆；状态：已核实"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "verdict"),
    [("1980-01-02", "system_wrong"), ("1981-01-02", "handbook_wrong"), ("1979-05-06", "undecided")],
)
def test_a_verified_value_settles_an_undecided_row_by_naming_a_side(tmp_path, value, verdict):
    path = filled(written(tmp_path, finding(1, verdict="undecided")), 核实值2=value)
    assert read_answers(path)[0]["verdict"].to_pylist() == [verdict]


@pytest.mark.parametrize(
    "day", ["2017-12-06", "2017.12.6", "2017/12/06", "2017年12月6日", "20171206", "２０１７．１２．６", 43075]
)
def test_a_day_is_understood_however_a_clerk_writes_it(tmp_path, day):
    path = filled(written(tmp_path, finding(1)), 核实人2="莫喆", 核实日期2=day)
    assert read_answers(path)[0]["when"].to_pylist() == ["2017-12-06"]


def test_what_cannot_be_understood_names_sheet_row_and_column_and_the_rest_stands(tmp_path):
    path = filled(
        written(tmp_path, *(finding(n) for n in range(1, 6))),
        判定2="系统不对", 核实人3="莫喆", 核实日期3="12月6日", 判定4="手册错", 核实值4="1980-01-02", 核实人5="莫喆",
        编号6="", 核实人6="莫喆",
    )  # fmt: skip
    answers, problems = read_answers(path)
    assert answers["finding_id"].to_pylist() == ["f000004"]
    assert [(each.code, each.sheet, each.row, each.column) for each in problems] == [
        ("unknown_verdict", "板么村", 2, "L"),
        ("unknown_date", "板么村", 3, "T"),
        ("contradiction", "板么村", 4, "O"),
        ("no_id", "板么村", 6, "V"),
    ]
    assert "第2行L列“判定”" in problems[0].message and "系统不对" in problems[0].message


def test_rows_may_be_sorted_columns_moved_and_a_title_put_above(tmp_path):
    path = written(tmp_path, finding(1), finding(2))
    book = openpyxl.load_workbook(path)
    sheet = book["板么村"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    who = lines[0].index("核实人")
    lines[2][who] = "莫喆"
    del book["板么村"]
    moved = book.create_sheet("另一个名字")
    moved.append(["板么村核查台账"])
    for line in (lines[0], lines[2], lines[1]):
        moved.append(list(reversed(line)))
    book.save(path)
    answers, problems = read_answers(path)
    assert problems == [] and answers["finding_id"].to_pylist() == ["f000002"]


def test_one_finding_answered_twice_differently_is_told(tmp_path):
    path = filled(written(tmp_path, finding(1), finding(2)), 核实人2="莫喆", 核实人3="陈彧", 编号3="f000001")
    answers, problems = read_answers(path)
    assert answers["who"].to_pylist() == ["莫喆"]
    assert [(each.code, each.row) for each in problems] == [("answered_twice", 3)]


def test_a_sheet_that_lost_its_ids_is_told(tmp_path):
    path = written(tmp_path, finding(1))
    book = openpyxl.load_workbook(path)
    book["板么村"].delete_cols(22)
    book.save(path)
    answers, problems = read_answers(path)
    assert answers.num_rows == 0 and [each.code for each in problems] == ["no_ids"]


def test_a_file_that_is_no_worklist_is_refused(tmp_path):
    other = tmp_path / "通讯录.xlsx"
    openpyxl.Workbook().save(other)
    broken = tmp_path / "坏.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    for path in (other, broken, tmp_path / "没有.xlsx"):
        with pytest.raises(Refusal) as refusal:
            read_answers(path)
        assert path.name in str(refusal.value)
