"""What a file may be like and must still be read: the sixteen points, each for every kind of workbook.

tests/files/libreoffice was saved by LibreOffice (README.md there); what no program writes is put together by hand here.
Points 15 and 16 are the room's: tests/rooms/registry/test_import_plan.py and test_import.py.
"""

import datetime as dt
import itertools
import shutil
import struct
import zipfile
from pathlib import Path

import pytest

import bangfu
from bangfu.engines.relations import xlsfile
from bangfu.engines.relations.firstlook import Limits
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Refusal
from bangfu.engines.relations.workbook import read_extract, recognise_file
from tests.engines.spec.registers import written
from tests.engines.spec.test_workbook import BO, FILES, HEAD, LAN, by_hand, lines, numbers, xml_row

HEADERS = load_headers(Path(bangfu.__file__).parent / "rulebooks" / "sample")
SAVED = FILES / "libreoffice"
KINDS = pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])


def read(path, *sheets, side="handbook", **more):
    return read_extract(path, side=side, headers=HEADERS, sheets=sheets or None, **more)


def point(kind, *sheets, **more):
    return read(SAVED / f"points.{kind}", *sheets, **more)


def refused(path, code, **more):
    with pytest.raises(Refusal) as caught:
        read(path, **more)
    assert {problem.code for problem in caught.value.problems} == {code}
    assert "\n" not in str(caught.value) and str(caught.value).endswith("。")
    return str(caught.value)


def remade(path, out, **parts):
    """Return a copy of a zipped file with parts changed by functions of their text, and others added."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, parts.pop(info.filename)(data.decode()) if info.filename in parts else data)
        for name, text in parts.items():
            new.writestr(name, text)
    return out


# --- 1 ---


@KINDS
def test_point_1_the_header_stands_on_the_third_row(kind):
    extract = point(kind, "表头")
    assert numbers(extract) == [4, 5, 6] and [(one.row, one.why) for one in extract.skipped] == [(1, "title"), (2, "unit")]
    assert [column.header for column in extract.columns] == HEAD


@pytest.mark.parametrize("above", [0, 1, 5, 9])
def test_point_1_the_header_is_looked_for_in_ten_rows(tmp_path, above):
    extract = read(written(tmp_path / "a.xlsx", [*([["花名册"]] * above), HEAD, BO]))
    assert numbers(extract) == [above + 2]


def test_point_1_below_ten_rows_no_header_is_looked_for(tmp_path):
    assert "前 10 行" in refused(written(tmp_path / "a.xlsx", [*([["花名册"]] * 10), HEAD, BO]), "header_missing")


# --- 2 ---


@pytest.mark.parametrize("size", ["A1", "A1:B1", "A1:XFD1048576", "B900:C901", None])
def test_point_2_the_stored_size_is_only_a_hint(tmp_path, size):
    tag = f'<dimension ref="{size}"/>' if size else ""
    path = remade(SAVED / "points.xlsx", tmp_path / "a.xlsx", **{"xl/worksheets/sheet9.xml": lambda xml: xml.replace('<dimension ref="A1:F3"/>', tag)})
    with zipfile.ZipFile(path) as bundle:
        assert (b"dimension" in bundle.read("xl/worksheets/sheet9.xml")) == bool(size)
    assert lines(read(path, "名册")) == lines(point("xlsx", "名册")) and read(path, "名册").rows == 2


# --- 3, 4 ---


@KINDS
def test_point_3_every_cell_is_the_text_it_shows_and_empty_stays_empty(kind):
    first, second = lines(point(kind, "数字"))
    assert (first["household_code"], second["household_code"]) == ("12-3455", "12345")
    assert (first["certificate_no"], first["net_income_per_head_fen"], second["net_income_per_head_fen"]) == ("450499198001010010", "-12.5", "0.1")
    assert (first["household_phone"], second["person_phone"]) == ("0077", "13800000000")
    assert lines(point(kind, "合并"))[3]["household_code"] is None


@pytest.mark.parametrize("word", ["NaN", "NA", "null", "None", "TRUE", "1e5", "0012", "1-2", "=1+1"])
def test_point_3_no_type_is_guessed_from_text(tmp_path, word):
    path = tmp_path / "a.csv"
    path.write_text("\n".join([",".join([*HEAD, "备注"]), ",".join([*map(str, BO), word])]))
    assert lines(read(path))[0]["x_备注"] == word


@KINDS
def test_point_4_a_number_that_lost_digits_is_marked_and_not_mended(kind):
    extract = point(kind, "数字")
    assert {(one.code, one.row, one.header) for one in extract.malformed} == {("damaged_by_excel", 3, "证件号码"), ("damaged_by_excel", 3, "户联系电话")}
    number = lines(extract)[1]["certificate_no"]
    assert (number.startswith("4.50499198") and number.endswith("E+17")) or "E+17" in number or "E17" in number
    assert lines(extract)[0]["person_phone"] == "13800000000.0"  # values.py takes the .0 away
    assert not any("4504" in one.message for one in extract.malformed)


# --- 5 ---


def test_point_5_columns_stand_in_any_order_under_any_of_their_names(tmp_path):
    heads = [["户编号", "姓名", "证件号码", "行政村"], ["户编号", "姓名", "身份证号", "行政村"], ["户 编号", "姓名", "证件\n号码", "村名"]]
    cells = ["1001", "黄小满", "450499198001010010", "新村"]
    for at, (head, order) in enumerate(itertools.product(heads, [(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0)])):
        [row] = lines(read(written(tmp_path / f"{at}.xlsx", [[head[each] for each in order], [cells[each] for each in order]])))
        assert [row[name] for name in ("household_code", "name", "certificate_no", "village")] == cells


@pytest.mark.parametrize(("head", "stays"), [(["民族", "民族0"], "汉"), (["民族0", "民族"], "壮"), (["民族", "民族"], "汉"), (["民族", "民 族"], "汉")])
def test_point_5_a_doubled_column_is_kept_and_the_one_without_0_counts(tmp_path, head, stays):
    extract = read(written(tmp_path / "a.xlsx", [["户编号", "姓名", *head], ["1", "黄小满", "汉", "壮"]]))
    [row] = lines(extract)
    assert row["ethnicity"] == stays and {"汉", "壮"} <= set(row.values()) and any("同义" in note for note in extract.notes)


# --- 6 ---


@pytest.mark.parametrize(("name", "encoding"), [("comma_utf8.csv", "UTF-8"), ("tab_gb18030.csv", "GB18030"), ("semicolon_utf16.csv", "UTF-16")])
@pytest.mark.parametrize("called", ["表.csv", "表.xls", "表.xlsx", "表.txt"])
def test_point_6_text_of_any_encoding_and_delimiter_under_any_name(tmp_path, name, encoding, called):
    path = Path(shutil.copy(SAVED / name, tmp_path / called))
    extract, [seen] = read(path), recognise_file(path, HEADERS)
    workbook = [{**row, "sheet": ""} for row in lines(point("xlsx", "表头"))]
    assert lines(extract) == workbook and extract.columns == point("xlsx", "表头").columns
    assert seen.notes == (f"按 {encoding} 编码读取。",) and any(f"按 {encoding} 编码读取" in note for note in extract.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16-le", "utf-16-be", "utf-16"])
def test_point_6_no_mark_is_needed_to_know_the_encoding(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(",".join(map(str, row)) for row in [HEAD, BO, [*LAN[:1], "一一", *LAN[2:]]]).encode(encoding))
    assert [row["name"] for row in lines(read(path))] == ["黄小满", "一一"]


def test_point_6_commas_inside_the_cells_part_no_cells(tmp_path):
    rows = [["姓名", "户编号", "致贫原因"], *([["黄小满", "1001", "因病,因残,因学,缺资金,其他"], ["陈大田", "1002", "因病"]] * 5)]
    path = tmp_path / "a.xls"
    path.write_bytes("\n".join("\t".join(row) for row in rows).encode("gbk"))
    assert lines(read(path))[0]["household_code"] == "1001" and read(path).rows == 10


@KINDS
@pytest.mark.parametrize("called", ["表.csv", "表.xls", "表.xlsx", "表"])
def test_point_6_workbooks_under_any_name(tmp_path, kind, called):
    assert read(Path(shutil.copy(SAVED / f"points.{kind}", tmp_path / called)), "名册").rows == 2


# --- 7 ---


@KINDS
def test_point_7_sheets_of_one_shape_are_one_register_and_the_others_are_named(kind):
    extract = read(SAVED / f"several.{kind}")
    assert extract.sheets == ("名册", "名册二")
    for name in ("务工", "说明"):
        assert any(f"“{name}”表" in note and "没有读取" in note for note in extract.notes)
    assert [(row["sheet"], row["row"]) for row in lines(extract)] == [("名册", 2), ("名册", 3), ("名册二", 3)]


@KINDS
def test_point_7_a_sheet_is_chosen_by_name_and_a_wrong_name_is_told_the_right_ones(kind):
    path = SAVED / f"several.{kind}"
    assert read(path, "名册二").sheets == ("名册二",)
    with pytest.raises(Refusal) as caught:
        read(path, "名册三")
    assert str(caught.value) == f"《several.{kind}》：没有工作表“名册三”，只有“名册”、“名册二”、“务工”、“说明”。"


# --- 8 ---


@KINDS
def test_point_8_household_values_are_filled_down_inside_the_merged_range_only(kind):
    extract = point(kind, "合并")
    assert [(row["village"], row["household_code"], row["head_name"], row["household_phone"]) for row in lines(extract)] == [
        ("新村", "1001", "黄小满", "10000000001")] * 3 + [("新村", None, "李某", "10000000002")]
    assert [row["name"] for row in lines(extract)] == ["黄小满", "陈大田", "莫某", "李某"]
    assert any("B 列“户编号”有 1 行是空的（第 6 行）" in note for note in extract.notes)


def test_point_8_a_block_merged_both_ways_is_its_first_column(tmp_path):
    def merge(_, sheet):
        sheet.merge_range(1, 0, 2, 1, "1001")

    extract = read(written(tmp_path / "a.xlsx", [["户编号", "户籍备注", "姓名"], ["", "", "黄小满"], ["", "", "陈大田"], ["1002", "丙", "莫某"]], merge))
    assert [(row["household_code"], row["x_户籍备注"]) for row in lines(extract)] == [("1001", None), ("1001", None), ("1002", "丙")]


# --- 9 ---


@KINDS
def test_point_9_titles_units_sums_and_signatures_are_left_out_counted_and_listed(kind):
    extract = point(kind, "表尾")
    assert [row["name"] for row in lines(extract)] == ["黄小满", "计小平", "莫某"]
    assert [(one.row, one.why) for one in extract.skipped] == [
        (1, "title"), (2, "unit"), (6, "sum"), (8, "sum"), (9, "sum"), (10, "blank"), (11, "signature"), (12, "signature")]
    assert [note for note in extract.notes if "合计行" in note] == [
        f"《points.{kind}》“表尾”表第 8 行 F 列“工资性收入”：合计行为 31，各行相加为 1230。合计行不参加比对，请核对。"]


SUMS = ["合计", "合 计", "小计：", "新村小计", "总计", "本村合计（人）", "合计：2 人", "合计 1 户 2 人", "共计2人", "共 1 户 2 人", "总计：1户，2人"]


@pytest.mark.parametrize("words", SUMS)
@pytest.mark.parametrize("under", [0, 1, 3])
def test_point_9_a_sum_in_any_words_and_under_any_column_is_no_person(tmp_path, words, under):
    row = [words if at == under else None for at in range(6)]
    path = written(tmp_path / "a.xlsx", [HEAD, BO, ["1001", *LAN[1:]], row])
    extract = read(path)
    assert extract.rows == 2 and [(one.row, one.why) for one in extract.skipped] == [(4, "sum")]
    assert not [note for note in extract.notes if "合计" in note]


@pytest.mark.parametrize(("row", "wrong"), [
    (["合计：3 人"], True), (["共 2 户 2 人"], True), (["合计", "3"], True), (["合计", "2"], False), (["1", "合计"], False), (["9", "合计"], True),
    (["合计", None, "2人"], False), (["合计", None, None, None, 3620], False),
])  # fmt: skip
def test_point_9_a_sum_is_compared_with_the_rows(tmp_path, row, wrong):
    extract = read(written(tmp_path / "a.xlsx", [HEAD, BO, ["1001", *LAN[1:]], row]))
    assert extract.rows == 2 and any("合计行" in note for note in extract.notes) == wrong


HEAD_SUMS = ["户编号", "姓名", "证件号码", "工资性收入"]


@pytest.mark.parametrize(("rows", "wrong"), [
    ([["合计", "", "", 11], [*BO[:3], 5], [*LAN[:3], 6]], 0),
    ([["合计", "", "", 12], [*BO[:3], 5], [*LAN[:3], 6]], 1),
    ([[*BO[:3], 5], ["小计", "", "", 5], [*LAN[:3], 6], ["小计", "", "", 6], ["合计", "", "", 11]], 0),
    ([["甲村小计", "", "", 5], [*BO[:3], 5], ["乙村小计", "", "", 6], [*LAN[:3], 6]], 0),
    ([[*BO[:3], 5], ["小计", "", "", 5], [*LAN[:3], 6], ["小计", "", "", 5], ["合计", "", "", 12]], 2),
])  # fmt: skip
def test_point_9_sums_stand_below_or_above_their_rows(tmp_path, rows, wrong):
    extract = read(written(tmp_path / "a.xlsx", [HEAD_SUMS, *rows]))
    assert extract.rows == 2 and len([note for note in extract.notes if "合计行" in note]) == wrong


def test_point_9_a_great_count_under_a_code_is_no_person_and_a_person_of_a_heading_s_name_is_one(tmp_path):
    path = written(tmp_path / "a.xlsx", [["户编号", "姓名", "证件号码"], ["1001", "合计", "450499198001010010"], ["1002", "单共计", "450499198001010029"],
                                         ["1003", "总计", "4504**********0037"], ["1600", "合计", "3200"], ["合计", "3200", ""]])
    assert [row["name"] for row in lines(read(path))] == ["合计", "单共计", "总计"]


@pytest.mark.parametrize("words", ["填表人：李某", "制表日期 2017年10月20日", "2017年10月20日", "年   月   日", "第 1 页 共 3 页", "审核人（签字）：", "填报时间2017-10-20", "单位负责人：张某 填表人：李某"])
def test_point_9_the_foot_of_a_sheet_is_no_person_even_under_the_name(tmp_path, words):
    extract = read(written(tmp_path / "a.xlsx", [["姓名", "户编号"], ["黄小满", "1001"], [words]]))
    assert extract.rows == 1 and [one.row for one in extract.skipped] == [3]


# --- 10 ---


@KINDS
def test_point_10_blank_hidden_and_filtered_rows_and_hidden_columns(kind):
    extract = point(kind, "隐藏")
    assert numbers(extract) == [2, 3, 4, 5, 7, 8] and all(row["certificate_no"] for row in lines(extract))
    assert [(one.row, one.why) for one in extract.skipped] == [(6, "blank")]
    assert [note for note in extract.notes if "隐藏" in note] == [
        f"《points.{kind}》“隐藏”表有隐藏或筛选掉的 3 行（第 3—5 行），已照常读取。", f"《points.{kind}》“隐藏”表有隐藏的 1 列，已照常读取：C 列“证件号码”。"]
    seen = next(one for one in recognise_file(SAVED / f"points.{kind}", HEADERS) if one.sheet == "隐藏")
    assert seen.notes == ("有隐藏或筛选掉的 3 行（第 3—5 行），已照常读取。", "有隐藏的 1 列，已照常读取：C 列“证件号码”。")
    assert not any("隐藏" in note for note in point(kind, "名册").notes)


# --- 11 ---


@KINDS
def test_point_11_formulas_are_their_stored_value_and_errors_are_marked(kind):
    extract = point(kind, "公式")
    assert extract.table["net_income_per_head_fen"].to_pylist() == ["120", "#N/A", "#DIV/0!", None]
    assert extract.table["household_phone"].to_pylist()[0] == "10000000001"
    assert [(one.code, one.row, one.column) for one in extract.malformed] == [("error_cell", 3, "E"), ("error_cell", 4, "E")]


def test_point_11_in_an_ods_of_a_program_that_does_not_work_out_a_formula_has_no_value(tmp_path):
    path = remade(SAVED / "points.ods", tmp_path / "a.ods", **{
        "meta.xml": lambda xml: xml.replace("LibreOffice", "a script").replace("OpenOffice", "x"),
        "content.xml": lambda xml: xml.replace(' office:value-type="float" office:value="120" calcext:value-type="float"><text:p>120</text:p></table:table-cell>', "/>")})
    assert [(one.code, one.row, one.column) for one in read(path, "公式").malformed if one.code == "formula_without_value"] == [
        ("formula_without_value", 2, "E"), ("formula_without_value", 5, "E")]


# --- 12 ---


@KINDS
def test_point_12_apostrophes_spaces_nobody_sees_line_breaks_and_tabs(kind):
    first, second = lines(point(kind, "字符"))
    assert (first["x_备注甲"], first["x_备注乙"], second["x_备注甲"], second["x_备注乙"]) == ("甲", "007", "乙\n丙", "丁")
    assert (first["name"], second["name"], second["certificate_no"]) == ("黄\u00a0小满", "陈\u200b大田", "４５０４９９１９８００１０１００２９")  # as written: values.py levels it


@pytest.mark.parametrize(("cell", "said"), [('"=""0012"""', "0012"), ('="0012"', "0012"), ("'0012", "0012"), ("0012\t", "0012"), ("\u00a00012\u3000", "0012"), ('" 00\n12 "', "00\n12")])
def test_point_12_what_keeps_a_number_text_in_a_text_file_is_no_part_of_it(tmp_path, cell, said):
    path = tmp_path / "a.csv"
    path.write_text("\n".join([",".join([*HEAD, "备注"]), ",".join([*map(str, BO), cell]), ",".join([*map(str, LAN), "x"])]), newline="")
    assert [row["x_备注"] for row in lines(read(path))] == [said, "x"]


# --- 13 ---


def test_point_13_a_password_is_said_in_every_kind_of_workbook(tmp_path):
    data = (SAVED / "points.xls").read_bytes()
    stream = xlsfile._workbook(data)
    size = struct.unpack_from("<H", stream, 2)[0]
    at = data.find(stream[:4 + size]) + 4 + size  # the record after the first becomes the one that says “encrypted”
    (tmp_path / "a.xls").write_bytes(data[:at] + b"\x2f\x00" + data[at + 2:])
    remade(SAVED / "points.ods", tmp_path / "a.ods", **{"META-INF/manifest.xml": lambda xml: xml.replace("</manifest:manifest>", "<manifest:encryption-data/></manifest:manifest>")})
    for path in (FILES / "with_password.xlsx", tmp_path / "a.xls", tmp_path / "a.ods"):
        assert "密码" in refused(path, "password")


def test_point_13_macros_are_refused_in_every_kind_of_workbook(tmp_path):
    for at, (source, part) in enumerate([("points.xlsx", "xl/vbaProject.bin"), ("points.xlsx", "xl/macrosheets/sheet1.xml"), ("points.ods", "Basic/Standard/Module1.xml"),
                                         ("points.ods", "Scripts/python/a.py")]):
        refused(remade(SAVED / source, tmp_path / f"{at}.xlsx", **{part: "x"}), "macros")
    data = (SAVED / "points.xls").read_bytes()
    (tmp_path / "a.xls").write_bytes(data + "_VBA_PROJECT_CUR".encode("utf-16-le"))
    refused(tmp_path / "a.xls", "macros")


@KINDS
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_point_13_a_truncated_file_is_refused(tmp_path, kind, share):
    data = (SAVED / f"points.{kind}").read_bytes()
    path = tmp_path / f"a.{kind}"
    path.write_bytes(data[:int(len(data) * share)])
    refused(path, "truncated")


ODS_BOMBS = {
    "rows": '<table:table-row table:number-rows-repeated="9000000"><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>',
    "cells": '<table:table-row table:number-rows-repeated="900000"><table:table-cell table:number-columns-repeated="1900" office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>',
    "columns": '<table:table-row><table:table-cell table:number-columns-repeated="99000000" office:value-type="float" office:value="1"/></table:table-row>',
    "far": '<table:table-row table:number-rows-repeated="8000000"><table:table-cell/></table:table-row><table:table-row><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>',
    "texts": f'<table:table-row table:number-rows-repeated="90000"><table:table-cell office:value-type="string"><text:p>{"长" * 30_000}</text:p></table:table-cell></table:table-row>',
}


@pytest.mark.parametrize("bomb", ODS_BOMBS)
def test_point_13_a_row_that_says_it_stands_a_million_times_is_refused_before_it_is_unfolded(tmp_path, bomb):
    path = remade(SAVED / "points.ods", tmp_path / "a.ods", **{
        "content.xml": lambda xml: xml.replace('<table:table table:name="名册"', f'<table:table table:name="弹">{ODS_BOMBS[bomb]}</table:table><table:table table:name="名册"', 1)})
    refused(path, "zip_bomb" if bomb == "texts" else "too_many_rows")


def test_point_13_cells_that_all_point_to_one_long_text_are_refused(tmp_path):
    cells = "".join(f'<row r="{row}">' + "".join(f'<c r="{chr(65 + at)}{row}" t="s"><v>0</v></c>' for at in range(20)) + "</row>" for row in range(2, 5002))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = f"<sheetData>{xml_row(1, HEAD)}{cells}</sheetData>"
    path = by_hand(tmp_path / "a.xlsx", xml, {"xl/sharedStrings.xml": f'<sst xmlns="{space}"><si><t>{"x" * 30_000}</t></si></sst>'})
    refused(path, "zip_bomb")


def test_point_13_limits_are_settings_and_nothing_outside_is_followed(tmp_path):
    refused(SAVED / "points.ods", "too_many_rows", limits=Limits(rows=4))
    refused(SAVED / "points.xls", "file_too_big", limits=Limits(file_bytes=1000))
    refused(SAVED / "points.xlsx", "zip_bomb", limits=Limits(unpacked_bytes=1000))
    path = remade(SAVED / "points.xlsx", tmp_path / "a.xlsx", **{"xl/externalLinks/externalLink1.xml": "<externalLink/>"})
    assert read(path, "名册").rows == 2
    doctype = remade(SAVED / "points.ods", tmp_path / "b.ods", **{"content.xml": lambda xml: xml.replace("<office:document-content", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><office:document-content', 1)})
    refused(doctype, "not_a_table")


# --- 14 ---


def test_point_14_who_left_by_nature_stays_with_that_status(tmp_path):
    extract = read(written(tmp_path / "a.xlsx", [[*HEAD, "人员状态"], [*BO, "正常"], [*LAN, "自然减少"]]))
    assert extract.table["person_status"].to_pylist() == ["正常", "自然减少"]


# --- a file surely of the other side (reconcile.md § 1) ---


def test_a_file_surely_of_the_other_side_is_refused_and_a_doubtful_one_is_read(tmp_path):
    booklet = [["姓名", "户主", "家庭住址", "年居住时间", "就读学校", "身份证号码或残疾证号码"], ["黄小满", "黄小满", "x", 12, "", "450499198001010010"]]
    assert "放反了" in refused(written(tmp_path / "a.xlsx", booklet), "wrong_side", side="system")
    assert read(written(tmp_path / "b.xlsx", [HEAD, BO]), side="system").rows == 1


def test_dates_of_every_kind_of_workbook_are_days_without_an_hour(tmp_path):
    assert {tuple(tuple(row.values())[2:4] for row in lines(point(kind, "日期"))) for kind in ("xlsx", "xls", "ods")} == {
        (("2016-07-01", "1980-01-02"), ("2016-07-02", "1980/1/3"), ("42399", "29223"), ("20160130", "19800105"), ("201605", "19800106"), ("2016年05月", "不详"))}
    extract = read(written(tmp_path / "a.xlsx", [[*HEAD, "出生日期"], [*BO, dt.date(1980, 1, 2).isoformat()]]))
    assert not any("日期序号" in note for note in extract.notes)


def changed(path, out, *places):
    """Return a copy of a file in which bytes at places found by their surroundings are others: (before, after) pairs of one length."""
    data = path.read_bytes()
    for before, after in places:
        assert data.count(before) >= 1 and len(before) == len(after)
        data = data.replace(before, after)
    out.write_bytes(data)
    return out


DAMAGED_XLS = {
    "a size that ends before it begins": (b"\x00\x02\x0e\x00" + struct.pack("<II", 0, 3), b"\x00\x02\x0e\x00" + struct.pack("<II", 226, 3)),
    "a row no .xls has": (b"\x00\x02\x0e\x00" + struct.pack("<II", 0, 3), b"\x00\x02\x0e\x00" + struct.pack("<II", 0, 9_000_000)),
    "a column no .xls has": (b"\xfd\x00\x0a\x00\x01\x00\x01\x00", b"\xfd\x00\x0a\x00\x01\x00\xff\xff"),
}


@pytest.mark.parametrize("damage", DAMAGED_XLS)
def test_point_13_an_xls_that_names_places_there_are_not_is_refused_before_room_is_made_for_them(tmp_path, damage):
    refused(changed(SAVED / "several.xls", tmp_path / "a.xls", DAMAGED_XLS[damage]), "truncated")


@pytest.mark.parametrize("at", [30, 44, 48, 57, 59, 64, 72, 76])
def test_point_13_an_xls_whose_header_lies_is_refused(tmp_path, at):
    data = bytearray((SAVED / "several.xls").read_bytes())
    data[at] ^= 0x34
    (tmp_path / "a.xls").write_bytes(data)
    refused(tmp_path / "a.xls", "truncated")


@pytest.mark.parametrize(("kind", "part"), [("xlsx", b"xl/workbook.xml"), ("xlsx", b"xl/_rels/workbook.xml.rels"), ("ods", b"meta.xml"), ("ods", b"content.xml")])
def test_point_13_a_zip_with_a_broken_part_or_a_name_that_is_no_text_is_refused(tmp_path, kind, part):
    refused(changed(SAVED / f"several.{kind}", tmp_path / f"a.{kind}", (part, part[:-1] + b"\xff")), "truncated")
    data = bytearray((SAVED / f"several.{kind}").read_bytes())
    at = data.find(part) + len(part) + 30  # inside the packed bytes
    data[at:at + 8] = bytes(8)
    (tmp_path / f"b.{kind}").write_bytes(data)
    refused(tmp_path / f"b.{kind}", "truncated")
