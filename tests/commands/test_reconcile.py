"""`bangfu reconcile` as a clerk meets it."""

import json
import shutil
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from bangfu.cli import main
from bangfu.demo.files import write_town
from bangfu.engines.reconcile.outputs import REPORT, WORKLIST

PAPER = Path(__file__).resolve().parents[1] / "files" / "paper"
OUTPUTS = sorted(["findings.parquet", "pairs.parquet", "summary.json", "run.json", WORKLIST, REPORT])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def check(out: Path, *more: str, handbook: Path = PAPER / "手册.xls", system: Path = PAPER / "系统.xlsx") -> int:
    return main(["reconcile", str(handbook), str(system), "--out", str(out), "--as-of", "2017-10-20", *more])


def test_two_files_give_six_and_the_machine_files_agree_with_the_summary(tmp_path):
    assert check(tmp_path / "核查", "--quiet") == 0
    out = tmp_path / "核查"
    assert names(out) == OUTPUTS
    summary = json.loads((out / "summary.json").read_text())
    findings, pairs = pq.read_table(out / "findings.parquet"), pq.read_table(out / "pairs.parquet")
    assert summary["findings"]["total"] == findings.num_rows == 17 and summary["pairs"]["total"] == pairs.num_rows == 14
    assert all(pairs["evidence"].to_pylist()) and all(findings["reason"].to_pylist())
    assert "member_name" not in findings.column_names
    run = json.loads((out / "run.json").read_text())
    assert run["inputs"]["handbook"]["file"] == "手册.xls" and set(run["outputs"]) == set(OUTPUTS) - {"run.json"}


def test_the_same_files_give_the_same_rows(tmp_path):
    for folder in ("a", "b"):
        assert check(tmp_path / folder, "--quiet") == 0
    for name in ("findings.parquet", "pairs.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_workbook_filled_in_since_is_kept_and_not_overwritten(tmp_path, capsys):
    check(tmp_path)
    book = openpyxl.load_workbook(tmp_path / WORKLIST)
    book["板么村"]["O3"] = "已核"
    book.save(tmp_path / WORKLIST)
    filled = (tmp_path / WORKLIST).read_bytes()
    check(tmp_path)
    assert (tmp_path / "核查台账（改过1）.xlsx").read_bytes() == filled
    assert "没有覆盖" in capsys.readouterr().err
    check(tmp_path)
    assert names(tmp_path) == sorted([*OUTPUTS, "核查台账（改过1）.xlsx"])


def test_without_report_only_the_machine_files_are_there(tmp_path):
    check(tmp_path, "--quiet")
    check(tmp_path, "--quiet", "--report", "none")
    assert names(tmp_path) == ["findings.parquet", "pairs.parquet", "run.json", "summary.json"]


def test_a_run_that_breaks_off_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    check(tmp_path, "--quiet")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    left = tmp_path / ".999999999.part"
    left.mkdir()
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("bangfu.engines.reconcile.outputs.write_report", lambda *_, **__: (_ for _ in ()).throw(RuntimeError))
        check(tmp_path, "--quiet")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before  # what a killed run left is gone too


def test_the_date_comes_from_the_option_the_file_name_or_the_month_and_is_said(tmp_path, capsys):
    system = tmp_path / "系统_20170930.xlsx"
    shutil.copy(PAPER / "系统.xlsx", system)
    for more, said in (([], "数据日期 2017-09-30（文件名里的日期）"), (["--as-of", "2017-10-01"], "数据日期 2017-10-01（按 --as-of）")):
        assert main(["reconcile", str(PAPER / "手册.xls"), str(system), "--out", str(tmp_path / "o"), *more]) == 0
        assert said in capsys.readouterr().err
    assert main(["reconcile", str(PAPER / "手册.xls"), str(PAPER / "系统.xlsx"), "--out", str(tmp_path / "o"), "--month", "2017-11"]) == 0
    assert "数据日期 2017-11-30（月份的最后一天）" in capsys.readouterr().err


def test_headers_nobody_knows_come_in_by_a_mapping(tmp_path):
    book = openpyxl.load_workbook(PAPER / "系统.xlsx")
    book.active["D1"] = "大名"
    book.save(tmp_path / "系统.xlsx")
    (tmp_path / "map.toml").write_text('"大名" = "name"\n')
    assert check(tmp_path / "o", "--quiet", system=tmp_path / "系统.xlsx") == 1
    assert check(tmp_path / "o", "--quiet", "--columns", str(tmp_path / "map.toml"), system=tmp_path / "系统.xlsx") == 0


def test_an_export_saved_as_xls_gives_what_its_xlsx_gives(tmp_path):
    """The .xls was saved by a spreadsheet program from demo-data --size tiny --seed 12 --errors 20%."""
    paths = write_town(tmp_path, size="tiny", seed=12, errors=0.2)
    read = {}
    for name, system in (("xlsx", paths["system"]), ("xls", PAPER.parent / "系统导出_tiny12_20171020.xls")):
        assert main(["reconcile", str(paths["handbook"]), str(system), "--out", str(tmp_path / name), "--quiet"]) == 0
        read[name] = pq.read_table(tmp_path / name / "findings.parquet").to_pylist()
    assert len(read["xls"]) > 2 and read["xls"] == read["xlsx"]


def test_a_header_on_the_third_row_under_title_and_unit_is_found(tmp_path):
    paths = write_town(tmp_path, seed=9, profile="G3")
    book = openpyxl.load_workbook(paths["system"])
    book.active.insert_rows(1, 2)
    book.active["A1"], book.active["A2"] = "（自定义）监测对象信息", "单位：元"
    moved = tmp_path / "系统_20231220.xlsx"
    book.save(moved)
    read = {}
    for name, system in (("a", paths["system"]), ("b", moved)):
        assert main(["reconcile", str(paths["handbook"]), str(system), "--out", str(tmp_path / name), "--quiet"]) == 0
        read[name] = pq.read_table(tmp_path / name / "findings.parquet").to_pylist()
    assert len(read["a"]) > 10
    assert [row["system_row"] and row["system_row"] + 2 for row in read["a"]] == [row["system_row"] for row in read["b"]]


@pytest.mark.parametrize("asked", [{"profile": "G2"}, {"profile": "G3", "kind": "csv"}, {"kind": "parquet"}], ids=str)
def test_every_kind_of_file_runs_end_to_end(tmp_path, asked):
    paths = write_town(tmp_path, seed=9, **asked)
    assert main(["reconcile", str(paths["handbook"]), str(paths["system"]), "--out", str(tmp_path / "o"), "--quiet"]) == 0
    summary = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert summary["pairs"]["total"] > 1000 and 10 < summary["findings"]["total"] < 200
