"""Specification of reading: what a file may be like and must still be read (one test a property), and bad input."""

import datetime as dt
import hashlib
import struct
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

import bangfu
from bangfu.engines.relations.firstlook import Limits
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Refusal
from bangfu.engines.relations.workbook import Template, read_extract, recognise_file, surely_of_side, template_key, write_mapping_template

FILES = Path(__file__).parents[2] / "files"
HEADERS = load_headers(Path(bangfu.__file__).parent / "rulebooks" / "sample")
HEAD = ["户编号", "姓名", "证件号码", "行政村", "人均纯收入", "联系电话"]
BO = ["1001", "黄小满", "450499198001010010", "新村", 3520, "10000000001"]
LAN = ["1002", "陈大田", "450499198001010029", "新村", 100, "10000000002"]


def read(path, side="handbook", **more):
    return read_extract(path, side=side, headers=HEADERS, **more)


def lines(extract):
    return extract.table.to_pylist()


def numbers(extract):
    return extract.table["row"].to_pylist()


@pytest.fixture
def book(tmp_path):
    """Write a workbook: {sheet: rows}; `more` is called with the workbook and its sheets."""

    def write(sheets, more=None, name="表.xlsx"):
        path = tmp_path / name
        if isinstance(sheets, list):
            sheets = {"甲": sheets}
        with xlsxwriter.Workbook(str(path)) as workbook:
            made = {}
            for title, table in sheets.items():
                made[title] = workbook.add_worksheet(title)
                for at, row in enumerate(table):
                    made[title].write_row(at, 0, row)
            if more:
                more(workbook, made)
        return path

    return write


@pytest.fixture
def text(tmp_path):
    def write(content, encoding="utf-8", name="表.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def by_hand(path, sheet_xml, extra=None, names=("甲",)):
    """A workbook put together by hand: no program made sure that it is consistent."""
    sheets = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1))
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
                       f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{office}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">' + "".join(
            f'<Relationship Id="r{i}" Type="{office}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(names) + 1)) + "</Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet {space}>{sheet_xml}</worksheet>",
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            bundle.writestr(name, content)
    return path


def xml_row(number, cells):
    return f'<row r="{number}">' + "".join(
        f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' if not str(cell).startswith("<")
        else str(cell) for at, cell in enumerate(cells)) + "</row>"


# --- what a file may be like ---


def test_the_header_may_stand_on_the_third_row_of_a_file_another_program_saved():
    extract = read(FILES / "header_on_row_three.xlsx", side="system")
    assert extract.profile == "G1"
    assert numbers(extract) == [4, 5, 7]
    assert [(s.row, s.why) for s in extract.skipped] == [(1, "title"), (2, "unit"), (6, "blank")]


def test_an_xls_of_a_spreadsheet_program_is_read_with_its_traps():
    extract = read(FILES / "g1_saved_by_a_spreadsheet.xls", side="system")
    first, second, third = lines(extract)
    assert (first["certificate_no"], first["household_size"], first["net_income_per_head_fen"]) == (
        "450499198001010010", "2", "3520.5")
    assert second["net_income_per_head_fen"] == "-120"
    assert third["name"] == "𠮷某"
    assert first["can_work"] == "有" and "work_capacity" not in first
    assert "bank_account" not in first and any("银行卡号" in note for note in extract.notes)


def test_a_wrong_sheet_dimension_loses_no_row(tmp_path):
    xml = '<dimension ref="A1:B1"/><sheetData>' + "".join(
        xml_row(n, row) for n, row in enumerate([HEAD, BO, LAN], 1)) + "</sheetData>"
    extract = read(by_hand(tmp_path / "a.xlsx", xml))
    assert numbers(extract) == [2, 3]
    assert any("自称只有 1 行" in note for note in extract.notes)


def test_cells_come_out_as_the_text_they_show(book):
    def dates(workbook, made):
        made["甲"].write_datetime(1, 6, dt.datetime(1980, 1, 2), workbook.add_format({"num_format": "yyyy/m/d"}))

    row = lines(read(book([[*HEAD, "出生日期", "备注甲"], [*BO, "", " '007\t\u00a0\n"]], dates)))[0]
    assert (row["net_income_per_head_fen"], row["birth_date"], row["x_备注甲"]) == ("3520", "1980-01-02", "007")
    assert row["certificate_no"] == "450499198001010010"


def test_an_empty_cell_is_null_and_never_nan(book):
    assert lines(read(book([HEAD, ["1001", "黄小满", None, "新村", "", " "]])))[0]["household_phone"] is None


def test_a_number_that_lost_digits_is_marked_and_kept(book):
    extract = read(book([HEAD, [*BO[:2], 450499198001010010, *BO[3:]], [*LAN[:2], "4.50499E+17", *LAN[3:]]]))
    assert [(p.code, p.row, p.column, p.header) for p in extract.malformed] == [
        ("damaged_by_excel", 2, "C", "证件号码"), ("damaged_by_excel", 3, "C", "证件号码")]
    assert lines(extract)[1]["certificate_no"] == "4.50499E+17"
    assert not any("4.50" in p.message for p in extract.malformed)


def test_twins_with_a_0_are_both_kept(book):
    extract = read(book([[*HEAD, "识别监测时间0", "识别监测时间"], [*BO, "202301", "202302"]]))
    row = lines(extract)[0]
    assert (row["monitored_from"], row["x_识别监测时间0"]) == ("202302", "202301")
    assert next(c for c in extract.columns if c.key == "x_识别监测时间0").field is None


def test_two_lines_of_header_are_joined(book):
    def merge(_, made):
        made["甲"].merge_range(0, 2, 0, 3, "风险消除后")
        made["甲"].merge_range(0, 4, 0, 6, "帮扶责任人")
        made["甲"].merge_range(0, 0, 1, 0, "户编号")
        made["甲"].merge_range(0, 1, 1, 1, "姓名")

    table = [[], [None, None, "工资性收入", "家庭纯收入", "姓名", "单位名称", "联系电话"], ["1", "黄小满", 5, 6, "梁某", "学校", "1"]]
    extract = read(book(table, merge))
    assert [c.field for c in extract.columns] == ["household_code", "name", "cleared_wage_fen", "cleared_net_fen",
                                                  "caseworker_name", "caseworker_unit", "caseworker_phone"]
    assert numbers(extract) == [3]


def test_household_cells_are_filled_down_inside_the_merged_range_only(book):
    def merge(_, made):
        made["甲"].merge_range(1, 0, 2, 0, "1001")
        made["甲"].merge_range(1, 1, 2, 1, "黄小满")

    extract = read(book([HEAD, ["", "", *BO[2:]], ["", "", *LAN[2:]], [None, "莫某", "450499198001010037"]], merge))
    assert [row["household_code"] for row in lines(extract)] == ["1001", "1001", None]
    assert [row["name"] for row in lines(extract)] == ["黄小满", None, "莫某"]


def test_title_unit_sum_signature_and_blank_rows_are_left_out_and_listed(book):
    table = [["大业镇花名册"], ["单位：元"], HEAD, BO, [], ["单位：元"], HEAD, LAN, ["合 计", "", "", "", 3620], ["填表人：莫某", "", "审核人："], [], []]
    extract = read(book(table))
    assert numbers(extract) == [4, 8]
    assert [(s.row, s.why) for s in extract.skipped] == [
        (1, "title"), (2, "unit"), (5, "blank"), (6, "unit"), (7, "title"), (9, "sum"), (10, "signature")]


def test_a_sum_row_that_does_not_add_up_is_said(book):
    heads = ["户编号", "姓名", "证件号码", "工资性收入"]
    good = read(book([heads, [*BO[:3], 5], [*LAN[:3], 6], ["合计", "", "", 11]], name="a.xlsx"))
    bad = read(book([heads, [*BO[:3], 5], [*LAN[:3], 6], ["合计", "", "", 12]], name="b.xlsx"))
    assert not any("合计" in note for note in good.notes)
    assert any("第 4 行 D 列“工资性收入”：合计行为 12，各行相加为 11" in note for note in bad.notes)


def test_a_person_called_like_a_heading_stays(book):
    assert len(lines(read(book([HEAD, ["1001", "合计", "450499198001010010"], ["1002", "单某", None, "新村"]])))) == 2


def test_several_sheets_that_are_alike_are_one_register_and_name_the_village(book):
    heads = ["户编号", "姓名", "证件号码"]
    extract = read(book({"新村": [heads, BO[:3]], "会村": [["说明"], heads, LAN[:3]], "说明": [["请先看这里"]]}))
    assert [(r["village"], r["sheet"], r["row"]) for r in lines(extract)] == [("新村", "新村", 2), ("会村", "会村", 3)]
    assert extract.sheets == ("新村", "会村")
    assert any("“说明”表没有找到表头" in note for note in extract.notes)


def test_a_sheet_of_other_columns_is_named_and_not_mixed_in(book):
    other = [["姓名", "务工企业名称", "所属行业", "开始时间", "结束时间"], ["黄小满", "厂", "工", "1", "2"]]
    extract = read(book({"人": [HEAD, BO], "务工": other}))
    assert extract.sheets == ("人",) and any("务工" in note for note in extract.notes)
    assert read(book({"人": [HEAD, BO], "会": [HEAD, LAN]}), sheets=["会"]).table["name"].to_pylist() == ["陈大田"]


def test_hidden_rows_are_data_and_hidden_columns_are_said(book):
    def hide(_, made):
        made["甲"].set_row(1, None, None, {"hidden": True})
        made["甲"].set_column(3, 3, None, None, {"hidden": True})

    extract = read(book([HEAD, BO, LAN], hide))
    assert numbers(extract) == [2, 3] and lines(extract)[0]["village"] == "新村"
    assert any("D 列“行政村”" in note and "隐藏" in note for note in extract.notes)


def test_formulas_give_their_stored_value_and_errors_are_marked(tmp_path):
    value = '<c r="E2"><f>1+1</f><v>2</v></c>'
    none = '<c r="E3"><f>A1&amp;"x"</f></c>'
    error = '<c r="E4" t="e"><f>NA()</f><v>#N/A</v></c>'
    xml = "<sheetData>" + xml_row(1, HEAD) + xml_row(2, [*BO[:4], value]) + xml_row(3, [*LAN[:4], none]) + xml_row(
        4, [*LAN[:4], error]) + "</sheetData>"
    extract = read(by_hand(tmp_path / "a.xlsx", xml))
    assert extract.table["net_income_per_head_fen"].to_pylist() == ["2", "#未算出", "#N/A"]
    assert [(p.code, p.row, p.column) for p in extract.malformed] == [("error_cell", 4, "E"), ("formula_without_value", 3, "E")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_delimited_text_is_read_in_its_own_encoding(text, encoding, delimiter):
    content = "\r\n".join(delimiter.join(map(str, row)) for row in [HEAD, BO, LAN])
    extract = read(text(content, encoding))
    assert extract.table["name"].to_pylist() == ["黄小满", "陈大田"] and not extract.malformed


def test_rows_of_a_text_file_are_numbered_as_a_spreadsheet_shows_them():
    extract = read(FILES / "gbk.csv")
    assert [(r["row"], r["name"]) for r in lines(extract)] == [(2, "黄小满"), (3, "陈\n大田"), (5, "莫某")] or [
        (r["row"], r["name"]) for r in lines(extract)] == [(2, "黄小满"), (3, "陈\r\n大田"), (5, "莫某")]


def test_one_broken_line_is_named_and_the_rest_is_read(text):
    rows_ = [",".join(map(str, [*BO])) for _ in range(40)]
    rows_[10] = "1001,黄小满,450499198001010010,新村"
    rows_[20] = ",".join(map(str, BO)) + ",多,两格"
    rows_[30] = '1001,"黄小满,450499198001010010,新村,1,2'
    extract = read(text("\n".join([",".join(HEAD), *rows_])))
    assert [(p.code, p.row) for p in extract.malformed] == [("broken_line", 12), ("broken_line", 22), ("broken_line", 32)]
    assert extract.rows == 37


@pytest.mark.parametrize(("main", "other"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
def test_lines_of_another_encoding_are_named(text, main, other):
    plain = [",".join(map(str, row)) for row in [HEAD, *([BO] * 10)]]
    data = b"\n".join(line.encode(other if at == 4 else main) for at, line in enumerate(plain))
    extract = read(text(data))
    assert set(extract.table["name"].to_pylist()) == {"黄小满"}
    assert [(p.code, p.row) for p in extract.malformed] == [("mixed_encoding", 5)]


def test_text_that_is_in_no_encoding_is_named(text):
    data = "\n".join(",".join(map(str, row)) for row in [HEAD, *([BO] * 9)]).encode() + "\n1002,陈".encode() + b"\xff\xff,4,,,"
    assert ("broken_line", 11) in [(p.code, p.row) for p in read(text(data)).malformed]


def test_parquet_is_recognised_and_not_loaded(tmp_path):
    table = pa.table({"name": ["黄小满"], "证件号码": ["450499198001010010"], "银行卡号": ["1"]})
    for part in "ab":
        pq.write_table(table, tmp_path / f"{part}.parquet")
    for path in (tmp_path, tmp_path / "*.parquet"):
        extract = read(path)
        assert (extract.table, extract.rows, [p.name for p in extract.parquet]) == (None, 2, ["a.parquet", "b.parquet"])
        assert dict(extract.parquet_names) == {"name": "name", "certificate_no": "证件号码"}


def test_the_extension_may_lie(book, tmp_path):
    path = book([HEAD, BO])
    assert read(path.rename(tmp_path / "表.csv")).rows == 1


def test_an_open_document_sheet_is_read():
    assert read(FILES / "plain.ods").rows == 1


def test_three_hundred_columns_are_read(book):
    extract = read(book([[*HEAD, *(f"自备列{n}号" for n in range(294))], [*BO, *range(294)]]))
    assert len(extract.columns) == 300 and extract.columns[299].letter == "KN" and lines(extract)[0]["x_自备列293号"] == "293"


def test_duplicate_rows_rare_characters_and_negative_incomes_are_data(book):
    extract = read(book([HEAD, ["1001", "𠮷𪚥", "450499198001010010", "新村", -12.5, ""], BO, BO]))
    assert lines(extract)[0]["name"] == "𠮷𪚥" and lines(extract)[0]["net_income_per_head_fen"] == "-12.5"
    assert extract.rows == 3


def test_a_mapping_goes_before_the_rulebook_and_a_template_can_be_read_back(book, tmp_path):
    import tomllib

    path = book([["户编号", "名儿", "监测对象的类别"], ["1", "黄小满", "甲"]])
    seen = recognise_file(path, HEADERS, {"名儿": "name"})[0]
    write_mapping_template(seen, tmp_path / "列.toml")
    written = tomllib.loads((tmp_path / "列.toml").read_text(encoding="utf-8"))
    assert written == {"户编号": "household_code", "名儿": "name", "监测对象的类别": ""}
    assert read(path, mapping=written).table["name"].to_pylist() == ["黄小满"]


def test_nothing_of_the_input_is_changed(book):
    path = book([HEAD, BO])
    before = path.read_bytes(), path.stat().st_mtime_ns
    extract = read(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert extract.sha256 == hashlib.sha256(before[0]).hexdigest()


# --- bad input ---


def refused(path, code, **more):
    with pytest.raises(Refusal) as caught:
        read(path, **more)
    assert [problem.code for problem in caught.value.problems] == ([code] if isinstance(code, str) else code)
    assert all(p.message.endswith("。") and p.message.startswith("《") for p in caught.value.problems)
    return str(caught.value)


def test_a_missing_or_empty_file_is_refused(tmp_path, text):
    refused(tmp_path / "没有.xlsx", "file_missing")
    refused(text(b"", name="空.xlsx"), "file_empty")


def test_a_file_with_a_password_is_refused():
    assert "去掉密码" in refused(FILES / "with_password.xlsx", "password")


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_truncated_workbook_is_refused(book, share):
    path = book([HEAD, *([BO] * 200)])
    path.write_bytes(path.read_bytes()[:int(path.stat().st_size * share)])
    refused(path, "truncated")


def test_a_truncated_xls_and_parquet_are_refused(text, tmp_path):
    refused(text((FILES / "g1_saved_by_a_spreadsheet.xls").read_bytes()[:3000], name="a.xls"), "truncated")
    pq.write_table(pa.table({"name": ["a"]}), tmp_path / "a.parquet")
    refused(text((tmp_path / "a.parquet").read_bytes()[:-20], name="b.parquet"), "truncated")


@pytest.mark.parametrize(("start", "what"), [
    (b"\x89PNG\r\n\x1a\n", "PNG 图片"), (b"\xff\xd8\xff\xe0", "JPEG 照片"), (b"GIF89a", "GIF 图片"), (b"%PDF-1.4", "PDF 文件"),
    (b"<html><table>", "网页"), (b"\x01\x00\x00\x02", "认不出"),
])  # fmt: skip
def test_another_kind_of_file_renamed_is_told_what_it_looks_like(text, start, what):
    assert what in refused(text(start + b"\x00" * 50, name="照片.xlsx"), "not_a_table")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    xml = "<sheetData>" + " " * 30_000_000 + "</sheetData>"
    refused(by_hand(tmp_path / "a.xlsx", xml), "zip_bomb")


def test_a_zip_that_lies_about_its_size_is_refused(book):
    path = book([HEAD, *([BO] * 50)])
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 24:at + 28] = struct.pack("<I", 100)
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(data)
    refused(path, "truncated")


def test_one_cell_far_away_is_no_reason_to_fill_the_memory(tmp_path):
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    xml = "<sheetData>" + xml_row(1, HEAD) + xml_row(2, BO) + far + "</sheetData>"
    refused(by_hand(tmp_path / "a.xlsx", xml), "too_many_rows")


def test_too_many_rows_are_refused(book, text):
    refused(book([HEAD, BO, LAN]), "too_many_rows", limits=Limits(rows=2))
    refused(text("\n".join([",".join(HEAD)] + ["1,a,2,b,3,4"] * 5)), "too_many_rows", limits=Limits(rows=2))


def test_macros_are_refused(tmp_path):
    xml = "<sheetData>" + xml_row(1, HEAD) + xml_row(2, BO) + "</sheetData>"
    refused(by_hand(tmp_path / "a.xlsm", xml, {"xl/vbaProject.bin": "x"}), "macros")


def test_a_file_without_header_or_people_is_refused(book):
    refused(book([["甲", "乙"], [1, 2]], name="a.xlsx"), "header_missing")
    refused(book([HEAD], name="b.xlsx"), "no_rows")
    refused(book([], name="c.xlsx"), "no_rows")


def test_all_missing_columns_are_said_at_once_with_what_might_be_it(book):
    said = refused(book([["性别", "民族", "文化程度", "户主姓"], ["男", "汉", "小学", "x"]]), ["header_missing", "header_missing"])
    assert "缺少“姓名”列" in said and "人编号" in said


def test_a_sheet_that_is_not_there_and_a_field_that_is_none_are_refused(book):
    refused(book([HEAD, BO]), "sheet_missing", sheets=["乙"])
    refused(book([HEAD, BO]), "mapping", mapping={"姓名": "nmae"})


def test_a_booklet_given_as_the_system_is_refused_and_the_other_way_round(book):
    booklet = book([["姓名", "户主", "家庭住址", "年居住时间", "就读学校", "属性"], ["黄小满", "黄小满", "x", 12, "", ""]])
    assert "放反了" in refused(booklet, "wrong_side", side="system")
    assert "放反了" in refused(FILES / "g1_saved_by_a_spreadsheet.xls", "wrong_side", side="handbook")
    assert surely_of_side(read(booklet)) == "handbook"


def test_a_file_that_might_be_either_is_read_on_both_sides(book):
    path = book([HEAD, BO])
    assert read(path, side="system").rows == read(path, side="handbook").rows == 1


OWN = [["编号", "叫什么", "和户主", "哪个村", "备注"], ["1001", "莫建平", "户主", "思回村", ""], ["1001", "莫小平", "之子", "思回村", ""]]
SAID = {"编号": "household_code", "叫什么": "name", "和户主": "relation_to_head", "哪个村": "village"}


def test_headers_of_ones_own_making_are_likely_ones_until_somebody_says_what_they_mean(book):
    path = book([["思回村花名册"], *OWN])
    with pytest.raises(Refusal) as refused:
        read_extract(path, side="system", headers=HEADERS)
    assert {one.code for one in refused.value.problems} == {"header_missing"}
    [likely] = recognise_file(path, HEADERS, guess=True)
    assert likely.guessed and likely.header_row == 2 and [column.header for column in likely.columns] == OWN[0]
    extract = read_extract(path, side="system", headers=HEADERS, templates={likely.key: Template(SAID)})
    assert {column.header: column.field for column in extract.columns} == SAID | {"备注": None} and extract.rows == 2
    assert [one.key for one in extract.recognised] == [likely.key] and not extract.recognised[0].guessed


def test_a_template_is_for_tables_with_the_same_headers_in_any_order(book):
    [said] = recognise_file(book(OWN), HEADERS, guess=True)
    turned = [list(reversed(row)) for row in OWN]
    assert read_extract(book(turned), side="system", headers=HEADERS, templates={said.key: Template(SAID)}).rows == 2
    other = [[*row, "13"] for row in OWN]
    with pytest.raises(Refusal):
        read_extract(book(other), side="system", headers=HEADERS, templates={template_key(["别的"]): Template({"别的": "name"})})


def test_a_row_with_numbers_or_long_text_is_no_likely_header(book):
    path = book([["莫建平", "450499198001010012", "思回村", "户"], ["莫小平", "450499201001010013", "思回村", "子"]])
    assert [one.header_row for one in recognise_file(path, HEADERS, guess=True)] == [None]


def test_the_sheets_that_were_chosen_are_read_again_while_they_are_there(book):
    head = ["户编号", "姓名", "证件号码", "行政村"]
    row = ["1001", "莫建平", "450499198001010012", "思回村"]
    path = book({"十月": [head, row, row], "九月": [head, row]})
    both = read_extract(path, side="system", headers=HEADERS)
    assert both.sheets == ("十月", "九月") and {one.sheet: one.was_read for one in both.recognised} == {"十月": True, "九月": True}
    template = {both.recognised[0].key: Template({}, ("九月",))}
    one = read_extract(path, side="system", headers=HEADERS, templates=template)
    assert one.sheets == ("九月",) and one.rows == 1 and {each.sheet: each.was_read for each in one.recognised} == {"十月": False, "九月": True}
    path = book({"十一月": [head, row, row], "十月": [head, row]})
    assert read_extract(path, side="system", headers=HEADERS, templates=template).sheets == ("十一月", "十月")


@pytest.mark.parametrize("rows", [[["10", "家里编号", "甲"], ["46049900350", "户主", "健康", "汉族"]], [["说的", "什么"], ["450499********1194", "户主", "健康"]]])
def test_a_person_is_no_header_though_words_in_the_row_name_columns(book, rows):
    with pytest.raises(Refusal) as refusal:
        read(book(rows), "system")
    assert refusal.value.problems[0].code == "header_missing"
    assert [one.header_row for one in recognise_file(book(rows), HEADERS)] == [None]
