"""Faults that people reported of the nearest tools, each as a whole kind; the number is the case's (cases.md, rows 1–12 and 20)."""

import datetime as dt
import json
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from bangfu.cli import main
from bangfu.engines.relations.codes import load_codes
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Refusal
from bangfu.engines.relations.values import Reader
from bangfu.engines.relations.workbook import read_extract, recognise_file
from bangfu.rulebooks import SAMPLE
from tests.engines.spec.registers import written
from tests.engines.spec.test_workbook import FILES, by_hand, xml_row

HEADERS = load_headers(SAMPLE)
READER = Reader(load_codes(SAMPLE), date(2024, 12, 31))
HEAD = ["户编号", "人编号", "姓名", "证件号码", "行政村"]
PEOPLE = [["1001", "700001", "黄小满", "450499198001010010", "新村"], ["1002", "700002", "陈大田", "450499198001010029", "新村"]]


def read(path, side="handbook", **more):
    return read_extract(path, side=side, headers=HEADERS, **more)


def lines(extract):
    return extract.table.to_pylist()


def said_of(path):
    with pytest.raises(Refusal) as caught:
        read(path)
    [problem] = caught.value.problems
    assert "\n" not in problem.message and problem.message.endswith("。")
    return problem.message


def checked(folder, handbook, system, *more):
    """Run the command; return the summary and the findings."""
    out = folder / "核查"
    assert main(["reconcile", str(handbook), str(system), "--out", str(out), "--as-of", "2024-12-31", "--report", "none", *more]) == 0
    return json.loads((out / "summary.json").read_text()), pq.read_table(out / "findings.parquet").to_pylist()


# --- 1: sheets that store the size A1 ---


@pytest.mark.parametrize("size", ['<dimension ref="A1"/>', "", '<dimension ref="A1:E1048576"/>', '<dimension ref="A1:XFD1048576"/>'])
def test_case_1_the_stored_size_is_only_a_hint(tmp_path, size, capsys):
    rows = [HEAD, *([f"{1000 + at}", f"{700_000 + at}", "黄小满", "", "新村"] for at in range(19))]
    path = by_hand(tmp_path / "手册.xlsx", size + "<sheetData>" + "".join(xml_row(at, row) for at, row in enumerate(rows, 1)) + "</sheetData>")
    extract = read(path)
    assert (extract.rows, len(extract.columns)) == (19, 5) and lines(extract)[-1]["person_code"] == "700018"
    assert main(["columns", str(path), "--out", str(tmp_path / "map.toml")]) == 0 and "19 行" in capsys.readouterr().out.replace("\n", "")


# --- 2: a text or a page that is called .xls ---


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv"])
def test_case_2_text_called_a_workbook_is_read(tmp_path, name):
    (tmp_path / name).write_bytes("\r\n".join("\t".join(row) for row in [HEAD, *PEOPLE]).encode("gb18030"))
    assert [row["name"] for row in lines(read(tmp_path / name))] == ["黄小满", "陈大田"]


PAGE = '<table><tr><td colspan="3">花名册</td></tr><tr><td>姓名</td><td>户编号</td><td>行政村</td></tr></table>'


@pytest.mark.parametrize("start", ["", "<html><head><meta charset='gbk'></head>", "\n  <!DOCTYPE html>", "<!-- 导出 -->", "<style>td{}</style>", "<div>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_case_2_a_page_called_a_workbook_is_told_what_it_is(tmp_path, start, encoding):
    (tmp_path / "b.xls").write_bytes((start + PAGE).encode(encoding))
    message = said_of(tmp_path / "b.xls")
    assert "网页格式" in message and "另存为 .xlsx" in message


@pytest.mark.parametrize(("start", "what"), [
    (b"MIME-Version: 1.0\r\nContent-Type: multipart/related;", "网页格式"),
    (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "XML 表格 2003"),
])  # fmt: skip
def test_case_2_other_things_that_a_spreadsheet_opens_are_told_what_they_are(tmp_path, start, what):
    (tmp_path / "b.xls").write_bytes(start)
    assert what in said_of(tmp_path / "b.xls")


# --- 3: numbers as text ---


def test_case_3_numbers_of_a_number_column_are_equal_to_their_text(tmp_path):
    head = [*HEAD, "联系电话"]
    numbers = written(tmp_path / "手册.xlsx", [head, ["12-3455", 700001, *PEOPLE[0][2:], 13800000000], [12345, 700002, *PEOPLE[1][2:], "100.0"]])
    texts = written(tmp_path / "系统.xlsx", [head, ["12-3455", "700001", *PEOPLE[0][2:], "13800000000"], ["12345", "700002", *PEOPLE[1][2:], "100"]])
    assert [(row["household_code"], row["person_code"], row["household_phone"]) for row in lines(read(numbers))] == [
        ("12-3455", "700001", "13800000000"), ("12345", "700002", "100.0")]
    summary, findings = checked(tmp_path, numbers, texts)
    assert (summary["pairs"]["total"], findings) == (2, [])


# --- 4: hidden rows and columns ---


def test_case_4_three_hidden_rows_and_a_hidden_column_are_read_and_said(tmp_path, capsys):
    def hide(_, sheet):
        for row in (3, 4, 5):
            sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column(3, 3, None, None, {"hidden": True})

    rows = [HEAD, *([f"{1000 + at}", f"{700_000 + at}", "黄小满", "450499198001010010", "新村"] for at in range(8))]
    path = written(tmp_path / "手册.xlsx", rows, hide)
    extract = read(path)
    assert extract.rows == 8 and all(row["certificate_no"] for row in lines(extract))
    system = written(tmp_path / "系统.xlsx", [HEAD, *PEOPLE])
    capsys.readouterr()
    checked(tmp_path, path, system)
    said = capsys.readouterr().err
    assert "隐藏或筛选掉的 3 行（第 4—6 行）" in said and "隐藏的 1 列" in said and "D 列“证件号码”" in said
    assert main(["columns", str(path), "--out", str(tmp_path / "map.toml")]) == 0 and "隐藏或筛选掉的 3 行" in capsys.readouterr().out


# --- 5: merged cells ---


def test_case_5_merged_cells_are_filled_inside_the_merge_only(tmp_path):
    def merge(_, sheet):
        sheet.merge_range(0, 0, 0, 7, "姓名户编号花名册")
        for column, value in ((0, "新村"), (1, "1001"), (2, "黄小满")):
            sheet.merge_range(2, column, 4, column, value)

    head = ["行政村", "户编号", "户主", "姓名", "证件号码", "与户主关系", "民族", "健康状况"]
    members = [["", "", "", name, f"4504991980010100{at}", relation, "汉族", "健康"]
               for name, at, relation in (("黄小满", "10", "户主"), ("陈大田", "29", "配偶"), ("莫某", "37", "之子"))]
    blank = ["新村", None, "李某", "李某", "450499198001010045", "户主", "汉族", "健康"]
    extract = read(written(tmp_path / "a.xlsx", [[], head, *members, blank], merge))
    assert [(row["village"], row["household_code"], row["head_name"]) for row in lines(extract)] == [("新村", "1001", "黄小满")] * 3 + [("新村", None, "李某")]
    assert [(one.row, one.why) for one in extract.skipped] == [(1, "title")]
    assert any("“户编号”有 1 行是空的（第 6 行）" in note for note in extract.notes)


# --- 6: a value never comes from another cell ---


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_case_6_an_empty_cell_under_a_far_title_is_empty(tmp_path, kind):
    rows = [["卖家帐号", "付款ID", "收款渠道"], [], ["甲", "乙"], [], [], ["户编号", "姓名", "退款ID"], ["1", "黄小满", None], [None, "陈大田", "丙"]]
    path = tmp_path / f"a.{kind}"
    if kind == "xlsx":
        written(path, rows)
    else:
        path.write_text("\n".join(",".join(cell or "" for cell in [*row, *[None] * (3 - len(row))]) for row in rows))
    assert [(row["row"], row["household_code"], row["name"], row["x_退款ID"]) for row in lines(read(path))] == [(7, "1", "黄小满", None), (8, None, "陈大田", "丙")]


# --- 7: formulas whose results were never stored ---


def formulas(kind, path):
    if kind == "openpyxl":
        book = openpyxl.Workbook()
        book.active.append([*HEAD, "人均纯收入"])
        book.active.append(["1001", "700001", "黄小满", '="450499"&"198001010010"', "新村", "=100*12"])
        book.active.append([*PEOPLE[1], 500])
        book.save(path)
        return path
    return written(path, [[*HEAD, "人均纯收入"], [*PEOPLE[0][:3], '="450499"&"198001010010"', "新村", "=100*12"], [*PEOPLE[1], 500]])


@pytest.mark.parametrize("kind", ["openpyxl", "xlsxwriter"])
def test_case_7_a_formula_never_worked_out_is_no_nought_no_blank_and_no_text(tmp_path, kind):
    path = formulas(kind, tmp_path / "手册.xlsx")
    extract = read(path)
    assert [(one.code, one.row, one.column) for one in extract.malformed] == [("formula_without_value", 2, "D"), ("formula_without_value", 2, "F")]
    assert all("打开并保存一次" in one.message for one in extract.malformed)
    system = written(tmp_path / "系统.xlsx", [[*HEAD, "人均纯收入"], [*PEOPLE[0], 1200], [*PEOPLE[1], 500]])
    _summary, findings = checked(tmp_path, path, system)
    assert {(row["kind"], row["field"], row["verdict"]) for row in findings} == {
        ("malformed", "certificate_no", "handbook_wrong"), ("malformed", "net_income_per_head_fen", "handbook_wrong")}


def test_case_7_a_result_that_is_nought_or_empty_is_a_result(tmp_path):
    zero, empty = '<c r="C2"><f>1-1</f><v>0</v></c>', '<c r="C3" t="str"><f>IF(TRUE,"","x")</f><v></v></c>'
    xml = "<sheetData>" + xml_row(1, ["户编号", "姓名", "人均纯收入"]) + xml_row(2, ["1", "黄小满", zero]) + xml_row(3, ["2", "陈大田", empty]) + "</sheetData>"
    extract = read(by_hand(tmp_path / "a.xlsx", xml))
    assert extract.table["net_income_per_head_fen"].to_pylist() == ["0", None] and not extract.malformed


# --- 8: dates, texts and serials in one column ---


def test_case_8_one_column_of_dates_texts_and_serials(tmp_path):
    cells = [dt.date(2024, 7, 1), "2024-07-02", 45321, 20240130, 202405, "2023年05月", "不详"]

    def dates(book, sheet):
        sheet.write_datetime(1, 2, dt.datetime(2024, 7, 1), book.add_format({"num_format": "yyyy/m/d"}))

    extract = read(written(tmp_path / "a.xlsx", [["户编号", "姓名", "出生日期"], *([str(at), "黄小满", "" if at == 0 else cell] for at, cell in enumerate(cells))], dates))
    texts = extract.table["birth_date"].to_pylist()
    assert texts[0] == "2024-07-01" and not any(":" in text for text in texts)
    read_as = [READER.read(text, FIELDS["birth_date"]) for text in texts]
    assert [(one.normal, one.problem) for one in read_as] == [
        ("2024-07-01", None), ("2024-07-02", None), ("2024-01-30", None), ("2024-01-30", None), ("2024-05", None), ("2023-05", None), (None, None)]
    assert any("C 列“出生日期”有 1 格是表格软件的日期序号（第 4 行），已按日期读取" in note for note in extract.notes)


# --- 9: encodings ---


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "UTF-8"), ("gb18030", "GB18030"), ("utf-8-sig", "UTF-8"), ("utf-16-le", "UTF-16"), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-16")])
def test_case_9_no_encoding_garbles_without_an_error(tmp_path, encoding, shown, capsys):
    path = tmp_path / "a.csv"
    path.write_bytes("姓名,户主\n李明,张强\n".encode(encoding))
    assert [row["name"] for row in lines(read(path))] == ["李明"]
    assert [one.notes for one in recognise_file(path, HEADERS)] == [(f"按 {shown} 编码读取。",)]
    assert main(["columns", str(path), "--out", str(tmp_path / "map.toml")]) == 0 and f"按 {shown} 编码读取" in capsys.readouterr().out


# --- 10: totals and foot ---


def test_case_10_totals_and_foot_are_no_persons_and_are_checked(tmp_path):
    head = ["行政村", "户编号", "姓名", "证件号码", "人数"]
    rows = [["新村", "1001", "黄小满", "450499198001010010", 2], ["新村", "1001", "计小平", "", 2], ["小计", None, None, None, 2],
            ["会村", "1002", "莫某", "450499198001010037", 1], ["小计", None, "2", None, 1], ["合计", None, None, None, 4], ["填表人：李某　　审核人：张某"]]
    extract = read(written(tmp_path / "a.xlsx", [head, *rows]))
    assert [row["name"] for row in lines(extract)] == ["黄小满", "计小平", "莫某"]
    assert [(one.row, one.why) for one in extract.skipped] == [(4, "sum"), (6, "sum"), (7, "sum"), (8, "signature")]
    said = [note for note in extract.notes if "合计行" in note]
    assert len(said) == 1 and "第 7 行 E 列“人数”：合计行为 4" in said[0]


# --- 11: passwords ---


def test_case_11_an_open_password_is_said_and_a_protected_sheet_is_read(tmp_path):
    assert "文件有密码" in said_of(FILES / "with_password.xlsx") and "去掉密码" in said_of(FILES / "with_password.xlsx")

    def protect(_, sheet):
        sheet.protect("secret")

    assert read(written(tmp_path / "a.xlsx", [HEAD, *PEOPLE], protect)).rows == 2


# --- 12: columns of one name ---


def test_case_12_columns_of_one_name_are_both_compared(tmp_path):
    head = [*HEAD, "One", "Two", "Two"]
    one = written(tmp_path / "手册.xlsx", [head, [*PEOPLE[0], "A", "B", "B"], [*PEOPLE[1], "A", "D", "D"]])
    other = written(tmp_path / "系统.xlsx", [head, [*PEOPLE[0], "A", "C", "C"], [*PEOPLE[1], "A", "D", "D"]])
    assert len({column.key for column in read(one).columns}) == 8
    _summary, findings = checked(tmp_path, one, other)
    assert [(row["handbook_value"], row["system_value"]) for row in findings] == [("B", "C"), ("B", "C")] and len({row["field"] for row in findings}) == 2


def test_case_12_two_lines_of_header_give_two_columns_each(tmp_path):
    def merge(_, sheet):
        sheet.merge_range(0, 2, 0, 3, "收入")
        sheet.merge_range(0, 4, 0, 5, "支出")
        for column, name in ((0, "户编号"), (1, "姓名")):
            sheet.merge_range(0, column, 1, column, name)

    rows = [[], [None, None, "工资性", "经营性", "工资性", "经营性"], ["1001", "黄小满", 1, 2, 3, 4]]
    extract = read(written(tmp_path / "a.xlsx", rows, merge))
    assert [column.header for column in extract.columns] == ["户编号", "姓名", "收入·工资性", "收入·经营性", "支出·工资性", "支出·经营性"]
    [row] = lines(extract)
    assert [row[column.key] for column in extract.columns[2:]] == ["1", "2", "3", "4"]
    (tmp_path / "a.csv").write_text("户编号,姓名,收入,,支出,\n,,工资性,经营性,工资性,经营性\n1001,黄小满,1,2,3,4")
    assert [column.header for column in read(tmp_path / "a.csv").columns] == [column.header for column in extract.columns]
    known = [[], [None, None, "工资性收入", "转移性收入", "工资性收入", "转移性收入"], ["1001", "黄小满", 1, 2, 3, 4]]
    extract = read(written(tmp_path / "b.xlsx", known, merge))
    assert [column.header for column in extract.columns][2:] == ["工资性收入", "转移性收入", "支出·工资性收入", "支出·转移性收入"]


# --- 20: characters nobody sees ---


@pytest.mark.parametrize("unseen", ["\u00a0", "\u3000", "\u200b", "\t", "\n", "\ufeff", "\u2060"])
def test_case_20_characters_nobody_sees_are_no_difference_and_are_counted(tmp_path, unseen):
    dirty = written(tmp_path / "手册.xlsx", [HEAD, ["1001", "700001", f"黄{unseen}小满", "'450499198001010010", "新村"],
                                           ["1002", "700002", f"陈大田{unseen}", "４５０４９９１９８００１０１００２９ ", f"{unseen}新村"]])
    clean = written(tmp_path / "系统.xlsx", [HEAD, *PEOPLE])
    extract = read(dirty)
    assert lines(extract)[0]["name"] == f"黄{unseen}小满"  # the original is kept
    assert any("有 4 格的文字前后带着看不见的空格、换行或撇号，已去掉后读取" in note for note in extract.notes)
    summary, findings = checked(tmp_path, dirty, clean)
    assert (findings, summary["pairs"]["total"]) == ([], 2)
    assert sum(one["count"] for one in summary["form"]) >= 2


def test_a_sheet_is_chosen_of_the_file_that_has_it(tmp_path, capsys):
    paths = {}
    for name, sheets in (("手册", {"十月": PEOPLE, "九月": PEOPLE[:1]}), ("系统", {"十月": PEOPLE, "全部": PEOPLE[:1]})):
        paths[name] = tmp_path / f"{name}.xlsx"
        with xlsxwriter.Workbook(paths[name]) as book:
            for title, people in sheets.items():
                sheet = book.add_worksheet(title)
                for at, row in enumerate([[*HEAD, name], *([*row, title] for row in people)]):
                    sheet.write_row(at, 0, row)
    rows = {}
    for more in ([], ["九月"], ["十月"], ["手册:十月"], ["手册：九月", "系统:全部"]):
        summary, _ = checked(tmp_path, *paths.values(), *(f"--sheet={name}" for name in more))
        rows[tuple(more)] = [summary["inputs"][side]["sheets"] for side in ("handbook", "system")]
        assert json.loads((tmp_path / "核查" / "run.json").read_text())["sheets"] == more
    assert rows == {(): [["十月", "九月"], ["十月", "全部"]], ("九月",): [["九月"], ["十月", "全部"]], ("十月",): [["十月"], ["十月"]],
                    ("手册:十月",): [["十月"], ["十月", "全部"]], ("手册：九月", "系统:全部"): [["九月"], ["全部"]]}
    capsys.readouterr()
    assert main(["reconcile", *map(str, paths.values()), "--out", str(tmp_path / "o"), "--sheet", "八月", "--quiet"]) == 1
    said = capsys.readouterr().err
    assert "《手册.xlsx》：没有工作表“八月”，只有“十月”、“九月”。" in said and "《系统.xlsx》" in said
    text = Path(tmp_path / "手册.csv")
    text.write_text("\n".join(",".join(row) for row in [HEAD, *PEOPLE]))
    assert main(["reconcile", str(text), str(paths["系统"]), "--out", str(tmp_path / "o"), "--sheet", "手册:十月", "--quiet"]) == 1
    assert "这种文件不分工作表" in capsys.readouterr().err and zipfile.is_zipfile(paths["系统"])
