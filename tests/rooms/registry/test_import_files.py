"""Five files as people have them come in the whole way, and their annotated copies open elsewhere with nothing lost (five_files.py makes them)."""

import io
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from django.urls import reverse

from bangfu.engines.relations import csvfile, xlsxfile
from bangfu.engines.relations.firstlook import Limits, kind_of
from bangfu.engines.relations.refusals import LIST_SHEET
from bangfu.registry import queries
from bangfu.registry.models import Change, Household, Upload
from bangfu.registry.values import value_of
from tests.rooms.registry import five_files
from tests.rooms.registry.test_import import at_work, choose, hand_in  # noqa: F401

KEPT = Path(__file__).parents[2] / "files"
NAMES = {"two_line_header": "people_two_line_header.xlsx", "old_workbook": "people_old_workbook.xls", "gbk": "people_gbk.csv",
         "merged_households": "people_merged_households.xlsx", "own_columns": "people_own_columns.xlsx"}
TOP = {"two_line_header": 5}  # the first person's row; elsewhere 2
MEANT = {"哪个村的": "行政村", "家里编号": "户编号", "一个人一年挣多少": "人均纯收入", "怎么联系": "户联系电话", "系统里的人号": "人编号", "叫什么": "姓名", "男女": "性别",
         "身份号码": "证件号码", "和户主": "与户主关系", "读过什么书": "文化程度", "身体": "健康状况", "我的备注": ""}


def content_of(kind, folder):
    if kind == "gbk":
        return five_files.gbk_text()
    if kind == "own_columns":
        five_files.own_columns(folder / NAMES[kind])
        return (folder / NAMES[kind]).read_bytes()
    return (KEPT / NAMES[kind]).read_bytes()


def looked_at(client, at_work, kind, content):  # noqa: F811
    """Hand a file in and have it read, its columns said where it waits for that; returns its upload and the preview."""
    answer = hand_in(client, content, NAMES[kind].replace(".", "_20171020."))
    at_work()
    upload = Upload.objects.get(code=answer.url.strip("/").split("/")[-1])
    if kind == "own_columns" and upload.state == "columns":
        where = reverse("registry:file_columns", args=[upload.code])
        form = client.get(where).context["form"]
        client.post(where, {field.html_name: MEANT[header] for _table, rows in form.rows() for _letter, header, field, _hint in rows})
        at_work()
        upload.refresh_from_db()
    assert upload.state == "preview", upload.said
    return upload, client.get(reverse("registry:upload", args=[upload.code])).content.decode()


def wrong_cells(kind):
    """Return the coordinates of the cells that must be marked."""
    first = TOP.get(kind, 2)
    lines = five_files.lines()
    found = []
    for code, column in five_files.WRONG:
        places = [at for at, line in enumerate(lines) if line[1] == code and (line[column] in ("很多", "念过书") or len(str(line[column])) == 17)]
        if kind == "merged_households" and column < five_files.OF_HOUSEHOLD:
            places = places[:1]
        found += [f"{'ABCDEFGHIJK'[column]}{first + at}" for at in places]
    return sorted(found)


def cells(content, name, folder):
    """Return {sheet: rows of text} of a file, as our own reader sees it."""
    path = folder / name
    path.write_bytes(content)
    kind = kind_of(path, Limits())
    grids = [csvfile.grid(path, Limits())] if kind == "csv" else xlsxfile.grids(path, kind, Limits())
    return {grid.name: [list(row) for row in grid.cells()] for grid in grids}


@pytest.mark.parametrize("name", ["two_line_header", "merged_households", "old_workbook"])
def test_the_files_that_are_kept_hold_what_would_be_written_today(name, tmp_path):
    five_files.write(tmp_path)
    (tmp_path / "kept").mkdir()
    kept = cells((KEPT / NAMES[name]).read_bytes(), NAMES[name], tmp_path / "kept")
    made = cells((tmp_path / f"people_{name}.xlsx").read_bytes(), "made.xlsx", tmp_path)
    made.get("思回村", [[]] * 5)[4][11:] = ["36001"] if name == "two_line_header" else []  # LibreOffice worked the formula out
    assert kept == made


@pytest.mark.parametrize("kind", NAMES)
def test_a_file_comes_in_and_what_is_wrong_in_it_is_marked(kind, signed_in, at_work, tmp_path):  # noqa: F811
    client, content = signed_in("qin"), content_of(kind, tmp_path)
    upload, text = looked_at(client, at_work, kind, content)
    assert upload.said["rows"] == len(five_files.PEOPLE) and "不导入" in text
    kinds = {one.code: one.kind for one in upload.staged.exclude(kind="leaves")}
    assert kinds == {"46049900350": "changes", "46049900371": "wrong", "46049900406": "wrong"}
    copy = client.get(reverse("registry:annotated", args=[upload.code])).content
    book = openpyxl.load_workbook(io.BytesIO(copy))
    assert book.sheetnames[0] == LIST_SHEET
    sheet = book.worksheets[1]
    marked = sorted(cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment and cell.fill.fgColor.rgb in ("FFFBE7E5", "FFFCEAD0"))
    assert marked == wrong_cells(kind)
    own = sheet["F5"].comment.text if kind == "two_line_header" else None
    assert own in (None, "已电话核对") and len([cell for row in sheet.iter_rows() for cell in row if cell.comment]) == len(marked) + bool(own)
    choose(client, upload, "accept")
    at_work()
    for (household, person, column), value in five_files.CHANGED.items():
        thing = Household.objects.get(code=household)
        assert value_of(thing.members.get(person__code=person).person if person else thing, column) == value
    upload.refresh_from_db()
    assert upload.state == "taken"
    changes = {(one.household.code, one.person.code if one.person else "", one.column) for one in Change.objects.filter(source=upload.source)}
    assert changes == set(five_files.CHANGED)
    assert value_of(Household.objects.get(code="46049900371"), "net_income_per_head_fen") == "1564517"
    assert len(queries.present_members(Household.objects.get(code="46049900371"))) == 3


@pytest.mark.parametrize("kind", NAMES)
def test_nothing_of_a_file_is_lost_in_its_annotated_copy(kind, signed_in, at_work, tmp_path):  # noqa: F811
    client, content = signed_in("qin"), content_of(kind, tmp_path)
    upload, _text = looked_at(client, at_work, kind, content)
    copy = client.get(reverse("registry:annotated", args=[upload.code])).content
    was, now = cells(content, NAMES[kind], tmp_path), cells(copy, "copy.xlsx", tmp_path)
    now.pop(LIST_SHEET)
    assert list(now.values()) == list(was.values()) and [name for name in was if name] == [name for name in now if name in was]


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_the_annotated_copies_open_in_libreoffice_and_nothing_is_lost(signed_in, at_work, tmp_path):  # noqa: F811
    client, copies, out = signed_in("qin"), {}, tmp_path / "out"
    for kind in NAMES:
        upload, _text = looked_at(client, at_work, kind, content_of(kind, tmp_path))
        copies[kind] = tmp_path / f"{kind}.xlsx"
        copies[kind].write_bytes(client.get(reverse("registry:annotated", args=[upload.code])).content)
    for to in ("xlsx", "pdf"):
        subprocess.run(["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", to, "--outdir", str(out), *map(str, copies.values())],
                       check=True, timeout=240, capture_output=True)
    for kind, path in copies.items():
        before, after = openpyxl.load_workbook(path), openpyxl.load_workbook(out / path.name)
        assert before.sheetnames == after.sheetnames and (out / f"{kind}.pdf").read_bytes().startswith(b"%PDF")
        for sheet in before:
            noted, still = ({cell.coordinate: cell.comment.text for row in one.iter_rows() for cell in row if cell.comment} for one in (sheet, after[sheet.title]))
            assert noted == still and sheet.merged_cells.ranges == after[sheet.title].merged_cells.ranges
        (tmp_path / kind).mkdir()
        assert cells(path.read_bytes(), "a.xlsx", tmp_path / kind) == cells((out / path.name).read_bytes(), "b.xlsx", tmp_path / kind)


@pytest.mark.parametrize("kind", ["two_line_header", "old_workbook", "merged_households"])
def test_a_copy_that_was_corrected_comes_in_again_and_only_what_is_still_wrong_is_marked(kind, signed_in, at_work, tmp_path):  # noqa: F811
    client = signed_in("qin")
    first, _text = looked_at(client, at_work, kind, content_of(kind, tmp_path))
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("registry:annotated", args=[first.code])).content))
    sheet, (*incomes, number, level) = book.worksheets[1], wrong_cells(kind)  # C…, H, J
    for at in incomes:
        sheet[at] = 15645.17
    sheet[number] = "450499195809012330"
    if kind == "two_line_header":
        sheet["L5"] = 36001  # this program forgets what a formula came to
    book.save(tmp_path / "改好_20171020.xlsx")
    answer = hand_in(client, (tmp_path / "改好_20171020.xlsx").read_bytes(), "改好_20171020.xlsx")
    at_work()
    second = Upload.objects.get(code=answer.url.strip("/").split("/")[-1])
    assert {one.code: one.kind for one in second.staged.exclude(kind="leaves")} == {"46049900350": "changes", "46049900406": "wrong"}
    assert f"《改好_20171020.xlsx》“{LIST_SHEET}”表是上次导入的问题清单，没有读取。" in second.said["notes"]
    again = openpyxl.load_workbook(io.BytesIO(client.get(reverse("registry:annotated", args=[second.code])).content))
    assert again.sheetnames == book.sheetnames and again[LIST_SHEET].max_row == 2
    cells_of = {cell.coordinate: cell for row in again.worksheets[1].iter_rows() for cell in row}
    assert {at for at, cell in cells_of.items() if cell.comment} == {level} | ({"F5", "H10"} if kind == "two_line_header" else set())
    assert {at for at, cell in cells_of.items() if cell.fill.fgColor.rgb in ("FFFBE7E5", "FFFCEAD0")} == {level}
    assert kind != "two_line_header" or cells_of["H10"].comment.text == "户口本在县里"
