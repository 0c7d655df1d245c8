"""What a clerk may hand over by mistake, and what a file may be like: refused with a sentence, or read with what was odd said."""

import csv
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import xlsxwriter

from bangfu.cli import main

FILES = Path(__file__).resolve().parents[1] / "files"
SYSTEM = FILES / "paper" / "系统.xlsx"
HEAD = ["行政村", "户编号", "人编号", "姓名", "证件号码", "与户主关系", "人均纯收入", "联系电话"]
PEOPLE = [
    ["板么村", "4504990101", "700001", "黄大山", "450499196503120114", "户主", "4480", "10000000001"],
    ["板么村", "4504990101", "700002", "陈秀兰", "450499196708050228", "配偶", "4480", "10000000001"],
]


def workbook(path: Path, rows, **options) -> Path:
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, **options}) as book:
        sheet = book.add_worksheet("Sheet1")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(at, column, cell)
    return path


def bomb(path: Path) -> Path:
    workbook(path, [HEAD, *PEOPLE])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("xl/media/huge.bin", b"\0" * 300_000_000)
    return path


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


REFUSED = {
    "空文件": (lambda at: write(at / "手册.xlsx", b""), ["空文件"]),
    "乱码": (lambda at: write(at / "手册.xlsx", bytes(range(256)) * 40), ["重新导出"]),
    "图片": (lambda at: write(at / "手册.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 100), ["PNG 图片", "不是表格"]),
    "截断": (lambda at: write(at / "手册.xlsx", SYSTEM.read_bytes()[:3000]), ["不完整"]),
    "密码": (lambda at: Path(shutil.copy(FILES / "with_password.xlsx", at / "手册.xlsx")), ["有密码"]),
    "炸弹": (lambda at: bomb(at / "手册.xlsx"), ["不相称"]),
    "无表头": (lambda at: workbook(at / "手册.xlsx", [["甲", "乙"], ["1", "2"]]), ["没有找到表头"]),
    "无姓名": (lambda at: workbook(at / "手册.xlsx", [HEAD[:3] + HEAD[4:], ["板么村", "1", "2", "3", "4", "5", "6"]]), ["缺少“姓名”列"]),
    "没有文件": (lambda at: at / "手册.xlsx", ["找不到"]),
    "同一份": (lambda at: Path(shutil.copy(SYSTEM, at / "手册.xlsx")), ["同一份文件"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_in_one_sentence_and_nothing_is_written(tmp_path, capsys, case):
    make, words = REFUSED[case]
    handbook = make(tmp_path)
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert main(["reconcile", str(handbook), str(SYSTEM), "--out", str(tmp_path / "核查"), "--quiet"]) == 1
    said = capsys.readouterr()
    assert all(word in said.err for word in words), said.err
    assert len(said.err.strip().splitlines()) == 1 and "Traceback" not in said.err and said.out == ""
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()} == before


def test_what_is_wrong_with_both_files_is_said_at_once(tmp_path, capsys):
    one, other = write(tmp_path / "手册.xlsx", b""), write(tmp_path / "系统.xlsx", b"")
    assert main(["reconcile", str(one), str(other), "--out", str(tmp_path / "o")]) == 1
    assert "《手册.xlsx》" in (said := capsys.readouterr().err) and "《系统.xlsx》" in said


def test_the_two_files_in_the_wrong_order_are_refused(tmp_path, capsys):
    from bangfu.demo.files import write_town

    paths = write_town(tmp_path, size="tiny")
    assert main(["reconcile", str(paths["system"]), str(paths["handbook"]), "--out", str(tmp_path / "o"), "--quiet"]) == 1
    assert capsys.readouterr().err.count("放反了") == 2


def test_an_out_that_is_a_file_is_refused(tmp_path, capsys):
    handbook = workbook(tmp_path / "手册.xlsx", [HEAD, *PEOPLE])
    assert main(["reconcile", str(handbook), str(SYSTEM), "--out", str(handbook), "--quiet"]) == 1
    assert "写不进" in capsys.readouterr().err


def checked(tmp_path: Path, handbook: Path, capsys) -> tuple[dict, list[dict], str]:
    assert main(["reconcile", str(handbook), str(SYSTEM), "--out", str(tmp_path / "o"), "--as-of", "2017-10-20"]) == 0
    return (json.loads((tmp_path / "o" / "summary.json").read_text()), pq.read_table(tmp_path / "o" / "findings.parquet").to_pylist(),
            capsys.readouterr().err)


def lines(rows) -> list[bytes]:
    return [",".join(row).encode() for row in rows]


def test_mixed_encodings_a_broken_line_and_nul_bytes_are_read_and_said(tmp_path, capsys):
    rows = lines([HEAD, *PEOPLE])
    gbk = ",".join(["板么村", "4504990102", "700005", "李国强", "450499197001150115", "户主", "5200", "10000000002"]).encode("gb18030")
    nul = ",".join(["板么村", "4504990102", "700006", "覃美\0玉", "450499197206300228", "配偶", "5200", "10000000002"]).encode()
    path = write(tmp_path / "手册.csv", b"\n".join([*rows, gbk, nul, b'"broken,700099,x', b""]))
    summary, _findings, said = checked(tmp_path, path, capsys)
    assert summary["pairs"]["total"] == 4
    notes = " ".join((*summary["inputs"]["handbook"]["notes"], *summary["inputs"]["handbook"]["malformed"]))
    assert "编码" in notes and "第 6 行" in notes and "第 6 行" in said


def test_four_hundred_columns_rare_characters_and_a_very_long_cell_are_data(tmp_path, capsys):
    extra = [f"备注{number}" for number in range(400)]
    people = [[*PEOPLE[0], *["x"] * 399, "长" * 32_000], ["板么村", "4504990101", "700003", "黄𠮷明", "450499199211200116", "之子", "4480", "10000000001"]]
    path = workbook(tmp_path / "手册.xlsx", [[*HEAD, *extra], *people])
    summary, findings, _ = checked(tmp_path, path, capsys)
    assert summary["pairs"]["total"] == 2
    assert [(row["field"], row["handbook_value"]) for row in findings if row["field"] == "name"] == [("name", "黄𠮷明")]
    with (tmp_path / "手册.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*HEAD, "备注"], [*PEOPLE[0], "长" * 200_000]])
    assert checked(tmp_path, tmp_path / "手册.csv", capsys)[0]["pairs"]["total"] == 1


def test_formula_like_cells_errors_and_damaged_numbers_are_findings_and_stop_nothing(tmp_path, capsys):
    path = tmp_path / "手册.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("手册")
        for column, cell in enumerate(HEAD):
            sheet.write_string(0, column, cell)
        for at, row in enumerate(PEOPLE, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
        sheet.write_number(1, 4, 450499196503120114)
        sheet.write_formula(2, 6, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 5, "=A1", None, "")
        sheet.write_string(2, 7, "=cmd|' /C calc'!A0")
    summary, findings, _said = checked(tmp_path, path, capsys)
    assert summary["pairs"]["total"] == 2
    by_field = {row["field"]: row for row in findings if row["kind"] in ("malformed", "field")}
    assert (by_field["certificate_no"]["kind"], by_field["certificate_no"]["verdict"]) == ("malformed", "handbook_wrong")
    assert "第 3 行" in " ".join(summary["inputs"]["handbook"]["malformed"])
    from openpyxl import load_workbook

    cells = [cell for sheet in load_workbook(tmp_path / "o" / "核查台账.xlsx") for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_numbers_in_scientific_notation_are_never_repaired(tmp_path, capsys):
    people = [[*PEOPLE[0]], [*PEOPLE[1]]]
    people[0][4] = "4.50499E+17"
    _summary, findings, _ = checked(tmp_path, workbook(tmp_path / "手册.xlsx", [HEAD, *people]), capsys)
    [finding] = [row for row in findings if row["field"] == "certificate_no"]
    assert finding["handbook_value"] == "4.50499E+17" and "已被表格软件改坏" in finding["reason"]
