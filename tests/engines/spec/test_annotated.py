"""Specification of the annotated copy: the clerk's own workbook, unchanged but for marks, with a list in front."""

import datetime as dt
import hashlib
import re
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

import bangfu
from bangfu.engines.relations.annotated import annotate
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Problem, Refusal
from bangfu.engines.relations.workbook import read_extract, recognise_file

FILES = Path(__file__).parents[2] / "files"
HEADERS = load_headers(Path(bangfu.__file__).parent / "rulebooks" / "sample")
HEAD = ["户编号", "姓名", "证件号码", "行政村", "人均纯收入", "备注"]
LIST, ERROR, WARNING = "导入问题清单", "FFFBE7E5", "FFFCEAD0"


def read(path, side="handbook"):
    return read_extract(path, side=side, headers=HEADERS)


def people(path, side="handbook"):
    table = read(path, side).table
    return table.drop_columns(["sheet"]).to_pylist()


def wrong(row=None, column="", code="malformed_number", sheet="新村", header="", message=""):
    return Problem(code, message or f"{sheet}第 {row} 行 {column} 列：应为数字。请改正。", "表.xlsx", sheet, row, column, header)


def shape(path, but=()):
    """Everything of a workbook that may not change, by cell."""
    found = {}
    for sheet in openpyxl.load_workbook(path, rich_text=True):
        if sheet.title.startswith(LIST):
            continue
        for row in sheet.iter_rows():
            for cell in row:
                at = (sheet.title, cell.coordinate)
                looks = () if at in but else (cell.fill.fgColor.rgb, cell.comment and cell.comment.text)
                if cell.value is not None or looks != ("00000000", None):
                    found[at] = (cell.value, cell.data_type, cell.number_format, cell.font.b, cell.border.left.style,
                                 cell.alignment.horizontal, *looks)
        found[sheet.title] = (sheet.sheet_state, sheet.merged_cells.ranges, sheet.freeze_panes, sheet.auto_filter.ref,
                              {key: (each.width, each.hidden) for key, each in sheet.column_dimensions.items()},
                              {key: each.height for key, each in sheet.row_dimensions.items() if each.height})
    return found


def colour(cell):
    return cell.fill.fgColor.rgb


@pytest.fixture
def book(tmp_path):
    """A workbook as clerks have them: title and unit over the header, merged households, formats, formulas, a chart."""
    path = tmp_path / "表.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as workbook:
        text = workbook.add_format({"num_format": "@", "border": 1})
        money = workbook.add_format({"num_format": "#,##0.00", "align": "right"})
        day = workbook.add_format({"num_format": "yyyy/m/d"})
        yellow = workbook.add_format({"bg_color": "#FFFF00", "bold": True})
        sheet = workbook.add_worksheet("新村")
        sheet.merge_range("A1:F1", "某镇脱贫户花名册", yellow)
        sheet.write("A2", "单位：元")
        sheet.write_row("A3", [*HEAD, "出生日期"], yellow)
        sheet.merge_range("A4:A5", "1001", text)
        for row, cells in enumerate((("黄小满", "450499198001010010", "新村", 3520.5, "=1+1"), ("黄大满", "45049920010101001X", "新村", None, "@甲"),
                                     ("陈大田", "450499198001010029", "新村", 100, "-")), start=3):
            for column, cell in enumerate(cells, start=1):
                sheet.write(row, column, cell, money if column == 4 else text)
        sheet.write("A6", "1002", text)
        sheet.write_formula("E5", "=E4*2", money, 7041)
        sheet.write_datetime("G4", dt.datetime(1980, 1, 1), day)
        sheet.write_comment("B6", "请核对", {"author": "甲"})
        sheet.set_column("C:C", 22)
        sheet.set_column("F:F", 9, None, {"hidden": True})
        sheet.set_row(2, 30)
        sheet.freeze_panes(3, 2)
        sheet.autofilter("A3:G6")
        sheet.activate()
        other = workbook.add_worksheet("大'湾")
        other.write_row("A1", HEAD)
        other.write_row("A2", ["2001", "韦小山", "450499199001010013", "大湾", 8, ""])
        chart = workbook.add_chart({"type": "column"})
        chart.add_series({"values": "=新村!$E$4:$E$6"})
        other.insert_chart("H2", chart)
        workbook.add_worksheet("旧").hide()
        sheet.repeat_rows(2)
        workbook.define_name("大'湾!本表", "='大''湾'!$A$1")
    return path


@pytest.fixture
def copy(tmp_path):
    def make(path, *problems, out="标注.xlsx"):
        before = hashlib.sha256(path.read_bytes()).hexdigest()
        made = annotate(path, problems, tmp_path / out)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == before
        assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]
        return made

    return make


# --- the workbook stays the clerk's own ---


def test_sheets_order_values_and_formats_stay_but_for_the_marks(book, copy):
    made = copy(book, wrong(4, "C"), wrong(6, "E", "unknown_value"))
    marked = {("新村", "C4"), ("新村", "E6")}
    assert openpyxl.load_workbook(made).sheetnames == [LIST, "新村", "大'湾", "旧"]
    assert shape(made, marked) == shape(book, marked)


def test_a_marked_cell_keeps_all_of_its_format_but_the_fill(book, copy):
    made = openpyxl.load_workbook(copy(book, wrong(4, "C"), wrong(4, "E"), wrong(3, "B")))["新村"]
    assert (made["C4"].number_format, made["C4"].border.left.style, made["C4"].value) == ("@", "thin", "450499198001010010")
    assert (made["E4"].number_format, made["E4"].alignment.horizontal, made["E4"].value) == ("#,##0.00", "right", 3520.5)
    assert made["B3"].font.b and colour(made["B3"]) == ERROR and colour(made["C3"]) == "FFFFFF00"


def test_formulas_keep_their_results_and_every_other_part_its_bytes(book, copy):
    made = copy(book, wrong(5, "E"))
    assert openpyxl.load_workbook(made)["新村"]["E5"].value == "=E4*2"
    assert openpyxl.load_workbook(made, data_only=True)["新村"]["E5"].value == 7041
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(made) as new:
        assert set(old.namelist()) <= set(new.namelist())
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
        assert new.testzip() is None
    assert changed == {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
                       "xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"}


def test_a_number_in_the_format_of_a_date_stays_the_number(tmp_path, copy):
    path = tmp_path / "表.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet("新村")
        sheet.write_row(0, 0, HEAD)
        sheet.write_number("C2", 450499198001, workbook.add_format({"num_format": "yyyy/m/d"}))
    with zipfile.ZipFile(copy(path, wrong(2, "C"))) as bundle:
        assert re.search(rb'<c r="C2" s="\d+"><v>450499198001</v></c>', bundle.read("xl/worksheets/sheet1.xml"))


def test_only_the_list_is_selected_and_names_stay_with_their_sheets(book, copy):
    made = openpyxl.load_workbook(copy(book, wrong(4, "C")))
    assert made.active.title == LIST
    assert [sheet.title for sheet in made if sheet.sheet_view.tabSelected] == [LIST]
    assert made["新村"].print_title_rows == "$3:$3"
    assert "本表" in made["大'湾"].defined_names


# --- marks ---


def test_a_bad_cell_is_filled_and_says_what_is_wrong(book, copy):
    made = openpyxl.load_workbook(copy(book, wrong(4, "C", message="第 4 行 C 列：只有 17 位。请补全。"),
                                       wrong(6, "D", "unknown_value"), wrong(2, "B", sheet="大'湾")))
    cell = made["新村"]["C4"]
    assert (colour(cell), cell.comment.text, cell.comment.author) == (ERROR, "第 4 行 C 列：只有 17 位。请补全。", "bangfu")
    assert colour(made["新村"]["D6"]) == WARNING
    assert colour(made["大'湾"]["B2"]) == ERROR and made["大'湾"]["B2"].comment


def test_several_problems_of_a_cell_are_one_comment_in_the_colour_of_the_worst(book, copy):
    cell = openpyxl.load_workbook(copy(book, wrong(4, "C", "unknown_value", message="甲。"), wrong(4, "C", message="乙。"),
                                       wrong(4, "C", "other", message="乙。")))["新村"]["C4"]
    assert (colour(cell), cell.comment.text) == (ERROR, "甲。\n乙。")


def test_a_comment_that_is_there_is_kept(book, copy):
    made = copy(book, wrong(6, "B", message="应为姓名。"))
    assert openpyxl.load_workbook(made)["新村"]["B6"].comment.text == "请核对\n应为姓名。"
    again = copy(made, wrong(6, "B", message="应为姓名。"), out="再.xlsx")  # a message of another form is known by the list
    assert openpyxl.load_workbook(again)["新村"]["B6"].comment.text == "请核对\n应为姓名。"


def test_a_row_marks_its_first_cell_and_what_has_no_row_is_only_listed(book, copy):
    made = openpyxl.load_workbook(copy(book, wrong(6, code="outside_area"), wrong(code="header_missing"),
                                       wrong(4, "A", sheet="没有这张表")))
    assert colour(made["新村"]["A6"]) == ERROR
    assert [row[4].hyperlink is not None for row in made[LIST].iter_rows(min_row=2)] == [True, False, False]


def test_an_empty_cell_and_a_row_below_the_table_can_be_marked(book, copy):
    made = copy(book, wrong(4, "J"), wrong(5, "G"), wrong(9, "C"), wrong(2, "C"))
    sheet = openpyxl.load_workbook(made)["新村"]
    assert [colour(sheet[at]) for at in ("J4", "G5", "C9", "C2")] == [ERROR] * 4
    assert people(made) == people(book)


def test_a_cell_of_a_merged_household_is_marked_where_it_shows(book, copy):
    sheet = openpyxl.load_workbook(copy(book, wrong(5, "A", "household_columns_disagree", message="不一致。")))["新村"]
    assert (colour(sheet["A4"]), sheet["A4"].comment.text) == (WARNING, "不一致。")
    assert sorted(str(each) for each in sheet.merged_cells.ranges) == ["A1:F1", "A4:A5"]


# --- the list ---


def test_the_list_stands_first_with_a_link_to_every_cell(book, copy):
    sheet = openpyxl.load_workbook(copy(book, wrong(4, "C", header="证件号码", message="位数不对。"), wrong(2, "B", sheet="大'湾")))[LIST]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["行", "列", "栏目", "问题", "位置"]
    assert rows[1] == ["4", "C", "证件号码", "位数不对。", "新村 C4"]
    assert [sheet["E2"].hyperlink.location, sheet["E3"].hyperlink.location] == ["'新村'!$C$4", "'大''湾'!$B$2"]
    assert sheet.freeze_panes == "A2" and sheet.column_dimensions["D"].width > 60


@pytest.mark.parametrize("text", ["=HYPERLINK(\"http://a\")", "+1", "-1", "@SUM(A1)", "<b>&\x01"])
def test_text_is_never_a_formula(book, copy, text):
    cell = openpyxl.load_workbook(copy(book, wrong(4, "C", message=text, header=text)))[LIST]["D2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text.replace("\x01", ""), "s", "@")


def test_a_taken_name_gets_a_number(book, copy, tmp_path):
    workbook = openpyxl.load_workbook(book)
    workbook["旧"].title = LIST  # a sheet of the clerk's own
    workbook["大'湾"]["J2"].fill = PatternFill("solid", fgColor=ERROR)
    workbook.save(tmp_path / "自己的.xlsx")
    again = copy(tmp_path / "自己的.xlsx", wrong(4, "C"), out="再.xlsx")
    assert openpyxl.load_workbook(again).sheetnames == [LIST + "2", "新村", "大'湾", LIST]
    assert colour(openpyxl.load_workbook(again)["大'湾"]["J2"]) == ERROR


def test_problems_of_one_kind_are_grouped_after_the_first_200(tmp_path, copy):
    path = tmp_path / "多.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet("新村").write_row(0, 0, HEAD)
    problems = [wrong(row, "E", header="人均纯收入") for row in range(2, 314)]
    sheet = openpyxl.load_workbook(made := copy(path, *problems, wrong(2, "C", header="证件号码")))[LIST]
    assert sheet.max_row == 1 + 200 + 1 + 1
    assert "同类问题 312 处" in sheet.cell(sheet.max_row, 4).value and sheet.cell(sheet.max_row, 5).value == "E202"
    marked = openpyxl.load_workbook(made)["新村"]
    assert colour(marked["E313"]) == ERROR and marked["E313"].comment


def test_without_problems_the_list_says_so(book, copy):
    assert openpyxl.load_workbook(copy(book))[LIST]["D2"].value == "没有发现问题。"


# --- files that cannot carry marks ---


def test_a_gbk_text_file_becomes_a_workbook_of_the_same_text(tmp_path, copy):
    path = tmp_path / "表.csv"
    lines = [HEAD, ["1001", "黄小满", "450499198001010010", "新村", "3520.50", "=1+1"], ["1002", "陈大田", "450499198001010029", "新村", "", '甲,"乙']]
    path.write_bytes("".join(",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line) + "\r\n" for line in lines).encode("gbk"))
    made = copy(path, wrong(2, "E", sheet="", header="人均纯收入"))
    sheet = openpyxl.load_workbook(made).worksheets[1]
    assert [[cell.value or "" for cell in row] for row in sheet.iter_rows()] == lines
    assert {(cell.data_type, cell.number_format) for row in sheet.iter_rows() for cell in row if cell.value} == {("s", "@")}
    assert (colour(sheet["E2"]), sheet["E2"].number_format) == (ERROR, "@") and sheet["E2"].comment
    assert people(made) == people(path)


def test_lines_of_a_text_file_that_could_not_be_read_are_not_lost(tmp_path, copy):
    path = tmp_path / "表.csv"
    path.write_text(",".join(HEAD) + '\n1001,黄小满,450499198001010010,新村,1,甲\n1002,"陈,大田,x,新村,1,乙\n1,2,3,4,5,6,7\n', encoding="utf-8")
    sheet = openpyxl.load_workbook(copy(path, *read(path).malformed)).worksheets[1]
    assert [sheet["B3"].value, sheet["G4"].value] == ['"陈', "7"]
    assert [colour(sheet["A3"]), colour(sheet["A4"])] == [ERROR, ERROR]


def test_an_old_workbook_becomes_a_new_one_of_the_same_text(copy):
    path = FILES / "g1_saved_by_a_spreadsheet.xls"
    first = read(path, "system")
    row = first.table["row"][0].as_py()
    made = copy(path, wrong(row, "B", sheet=first.sheets[0]))
    sheet = openpyxl.load_workbook(made)[first.sheets[0]]
    assert colour(sheet.cell(row, 2)) == ERROR
    assert people(made, "system") == people(path, "system")


# --- other writers' workbooks ---


def test_a_workbook_of_another_program(copy):
    path = FILES / "header_on_row_three.xlsx"
    sheet = read(path, "system").sheets[0]
    made = copy(path, wrong(5, "C", sheet=sheet), wrong(6, "B", sheet=sheet))
    marked = {(sheet, "C5"), (sheet, "B6")}
    now, was = shape(made, marked), shape(path, marked)
    now.pop((sheet, "B6")), was.pop((sheet, "B6"), None)  # of a blank row: it was not there
    assert now == was
    assert people(made, "system") == people(path, "system")


def test_a_workbook_that_says_no_places_and_has_no_styles(tmp_path, copy):
    path = tmp_path / "手.xlsx"
    space, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    lines = "".join("<x:row>" + "".join(f'<x:c t="inlineStr"><x:is><x:t>{cell}</x:t></x:is></x:c>' for cell in line) + "</x:row>"
                    for line in (HEAD, ["1001", "黄小满", "450499198001010010", "新村", "1", "甲"]))
    parts = {"[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
             '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
             '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/a.xml" '
             'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
             "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
             "xl/workbook.xml": f'<x:workbook xmlns:x="{space}" xmlns:r="{office}"><x:sheets><x:sheet name="新村" sheetId="1" r:id="r1"/></x:sheets></x:workbook>',
             "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/a.xml"/></Relationships>',
             "xl/worksheets/a.xml": f'<x:worksheet xmlns:x="{space}"><x:sheetData>{lines}</x:sheetData></x:worksheet>'}
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in parts.items():
            bundle.writestr(name, content)
    made = copy(path, wrong(2, "C"), wrong(2, "H"))
    sheet = openpyxl.load_workbook(made)["新村"]
    assert [sheet["C2"].value, colour(sheet["C2"]), colour(sheet["H2"]), sheet["F2"].value] == ["450499198001010010", ERROR, ERROR, "甲"]
    assert people(made) == people(path)


def test_what_cannot_be_a_workbook_is_refused(tmp_path, book):
    with pytest.raises(ValueError):
        annotate(book, [], book)
    with pytest.raises(Refusal):
        annotate(FILES / "with_password.xlsx", [], tmp_path / "a.xlsx")


# --- reading a copy again ---


def test_a_corrected_copy_reads_as_the_original_would(book, copy, tmp_path):
    made = copy(book, wrong(6, "E"), wrong(code="header_missing"))
    assert people(made) == people(book)
    again = read(made)
    assert again.malformed == read(book).malformed
    assert [note for note in again.notes if LIST in note] == ["《标注.xlsx》“导入问题清单”表是上次导入的问题清单，没有读取。"]
    assert LIST not in [each.sheet for each in recognise_file(made, HEADERS)]
    workbook = openpyxl.load_workbook(made)  # a person corrects a cell and saves with another program
    workbook["新村"]["E6"] = 120
    workbook["新村"]["E5"] = 7041
    workbook["新村"]["C6"].comment = Comment("已核对", "乙")
    workbook.save(tmp_path / "改好.xlsx")
    was = people(book)
    was[2]["net_income_per_head_fen"] = "120"
    assert people(tmp_path / "改好.xlsx") == was


def resaved(path, program, folder):
    """Save a workbook anew with another program; LibreOffice forgets who wrote a comment."""
    if program == "soffice":
        if not shutil.which("soffice"):
            pytest.skip("needs LibreOffice")
        subprocess.run(["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "out"), str(path)],
                       check=True, timeout=120, capture_output=True)
        return folder / "out" / path.name
    workbook = openpyxl.load_workbook(path)
    workbook["新村"]["E5"] = 7041  # this program forgets what a formula came to
    if program == "nobody":  # as LibreOffice leaves it
        for sheet in workbook:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.comment:
                        cell.comment = Comment(cell.comment.text, " ")
    workbook.save(folder / "存过.xlsx")
    return folder / "存过.xlsx"


@pytest.mark.parametrize("program", ["none", "openpyxl", "nobody", "soffice"])
def test_marks_of_an_earlier_copy_are_gone_before_the_new_ones_are_made(book, copy, tmp_path, program):
    first = [wrong(4, "C"), wrong(6, "E", "unknown_value"), wrong(6, "B"), wrong(2, "B", sheet="大'湾"), wrong(9, "C")]
    made = copy(book, *first)
    came = made if program == "none" else resaved(made, program, tmp_path)
    again = openpyxl.load_workbook(copy(came, wrong(6, "E", "unknown_value"), wrong(5, "D"), out="再.xlsx"))
    assert again.sheetnames == [LIST, "新村", "大'湾", "旧"]
    filled = {(sheet.title, cell.coordinate) for sheet in again.worksheets[1:] for row in sheet.iter_rows() for cell in row if colour(cell) in (ERROR, WARNING)}
    noted = {(sheet.title, cell.coordinate): cell.comment.text for sheet in again for row in sheet.iter_rows() for cell in row if cell.comment}
    assert filled == {("新村", "E6"), ("新村", "D5")}
    assert noted == {("新村", "E6"): wrong(6, "E").message, ("新村", "D5"): wrong(5, "D").message, ("新村", "B6"): "请核对"}
    assert [row[4].value for row in again[LIST].iter_rows(min_row=2)] == ["新村 E6", "新村 D5"]
    with zipfile.ZipFile(tmp_path / "再.xlsx") as bundle:
        boxes = sum(bundle.read(name).count(b"ObjectType=\"Note\"") for name in bundle.namelist() if b"urn:schemas-microsoft-com:vml" in bundle.read(name))
    assert boxes == len(noted)
    sheet = again["新村"]
    assert (sheet["C4"].number_format, sheet["C4"].border.left.style, sheet["C4"].value) == ("@", "thin", "450499198001010010")
    assert again["新村"].print_title_rows == "$3:$3" and people(tmp_path / "再.xlsx") == people(book)


# --- programs that open it, and size ---


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_an_office_program_opens_the_copy(book, copy, tmp_path):
    made = copy(book, wrong(4, "C", message="位数不对。"), wrong(6, "B"))
    subprocess.run(["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
                    "--outdir", str(tmp_path / "out"), str(made)], check=True, timeout=120, capture_output=True)
    texts = {each.stem: each.read_text(encoding="utf-8") for each in (tmp_path / "out").iterdir()}
    assert "位数不对。" in texts[f"标注-{LIST}"]
    assert "450499198001010010" in texts["标注-新村"] and "=1+1" in texts["标注-新村"]


def test_a_big_workbook_takes_seconds(tmp_path, copy):
    path = tmp_path / "大.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet("新村")
        for row in range(5_000):
            sheet.write_row(row, 0, [f"{row}-{column}" for column in range(60)])
    begun = time.monotonic()
    copy(path, *(wrong(row, "BC", header="甲") for row in range(2, 5_000, 2)))
    assert time.monotonic() - begun < 15
