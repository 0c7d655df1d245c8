"""Month after month as a clerk meets it: --previous, answers, --repeat, demo-data --months."""

import json
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from bangfu.cli import main
from bangfu.engines.reconcile.outputs import REPORT, WORKLIST


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    """Three months of one small town, not yet checked."""
    folder = tmp_path_factory.mktemp("镇")
    assert main(["demo-data", "--months", "3", "--size", "tiny", "--seed", "4", "--errors", "40%", "--out", str(folder)]) == 0
    return folder


def check(town: Path, month: str, out: Path, *more: str) -> int:
    handbook, system = (next((town / month).glob(f"{name}*.xlsx")) for name in ("手册登记", "系统导出"))
    return main(["reconcile", str(handbook), str(system), "--out", str(out), *more])


def test_demo_data_makes_a_folder_a_month_with_both_registers_and_their_truth(town):
    assert sorted(path.name for path in town.iterdir()) == ["2017-08", "2017-09", "2017-10", "truth_months.csv"]
    assert sorted(path.name for path in (town / "2017-09").iterdir()) == ["truth.csv", "truth_people.csv", "手册登记_20170920.xlsx", "系统导出_20170920.xlsx"]


def test_the_second_month_says_what_is_new_still_there_and_cleared_in_every_output(town, tmp_path, capsys):
    assert check(town, "2017-08", tmp_path / "8") == 0
    assert "相比" not in capsys.readouterr().err and not (tmp_path / "8" / "cleared.parquet").exists()
    assert check(town, "2017-09", tmp_path / "9", "--previous", str(tmp_path / "8")) == 0
    said = capsys.readouterr().err
    states = pq.read_table(tmp_path / "9" / "findings.parquet")["state"].to_pylist()
    cleared = pq.read_table(tmp_path / "9" / "cleared.parquet").num_rows
    assert cleared and "new" in states and "still_there" in states
    assert f"和 2017-08 相比：新增 {states.count('new')} 条，仍存在 {states.count('still_there')} 条，重新出现 0 条，已消除 {cleared} 条" in said
    assert json.loads((tmp_path / "9" / "summary.json").read_text())["memory"]["cleared"] == cleared
    book = openpyxl.load_workbook(tmp_path / "9" / WORKLIST)
    shown = [row[18].value for sheet in book for row in sheet.iter_rows(min_row=2) if len(row) > 18 and row[18].value]
    assert (shown.count("新增"), shown.count("仍存在"), shown.count("已消除")) == (states.count("new"), states.count("still_there"), cleared)
    assert (tmp_path / "9" / REPORT).is_file()


def test_the_order_of_earlier_folders_does_not_matter_and_the_letter_names_both_offices(town, tmp_path, capsys):
    for month, name in (("2017-08", "8"), ("2017-09", "9")):
        assert check(town, month, tmp_path / name, "--quiet", *(["--previous", str(tmp_path / "8")] if name == "9" else [])) == 0
    for name, previous in (("a", ["8", "9"]), ("b", ["9", "8"])):
        assert check(town, "2017-10", tmp_path / name, "--quiet", "--from", "大业镇人民政府", "--previous", *(str(tmp_path / one) for one in previous)) == 0
    for name in ("findings.parquet", "cleared.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert json.loads((tmp_path / "a" / "summary.json").read_text())["town"] == "大业镇人民政府"
    assert "back_again" in pq.read_table(tmp_path / "a" / "findings.parquet")["state"].to_pylist()
    assert check(town, "2017-10", tmp_path / "9", "--quiet", "--previous", str(tmp_path / "9")) == 1
    assert "不能写进以前月份的文件夹" in capsys.readouterr().err


def test_answers_are_read_from_several_workbooks_and_what_two_say_otherwise_is_told(town, tmp_path, capsys):
    assert check(town, "2017-08", tmp_path / "8", "--quiet") == 0
    for name, who in (("甲", "覃国强"), ("乙", "莫喆")):
        book = openpyxl.load_workbook(tmp_path / "8" / WORKLIST)
        sheet = book[book.sheetnames[1]]
        sheet["L2"], sheet["P2"] = "系统错" if name == "甲" else "手册错", who
        book.save(tmp_path / f"{name}.xlsx")
    assert main(["answers", str(tmp_path / "甲.xlsx"), str(tmp_path / "乙.xlsx"), "--run", str(tmp_path / "8")]) == 2
    said = capsys.readouterr()
    assert "读到 1 条核实" in said.out and "《乙.xlsx》" in said.err and "在《甲.xlsx》里已经填过" in said.err
    assert pq.read_table(tmp_path / "8" / "answers.parquet")["who"].to_pylist() == ["覃国强"]
    assert main(["answers", str(tmp_path / "乙.xlsx"), "--run", str(tmp_path / "8")]) == 0
    assert "代替原来的 1 条" in capsys.readouterr().out


def test_repeating_takes_no_other_option_and_nothing_that_is_no_run(town, tmp_path, capsys):
    assert check(town, "2017-08", tmp_path / "8", "--quiet") == 0
    with pytest.raises(SystemExit) as stopped:
        main(["reconcile", "--repeat", str(tmp_path / "8" / "run.json"), "--out", str(tmp_path / "b"), "--month", "2017-09"])
    assert stopped.value.code == 2 and "只能再写 --out 和 --quiet" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["reconcile", "--out", str(tmp_path / "b")])
    assert stopped.value.code == 2 and "缺少 手册 系统" in capsys.readouterr().err
    run = json.loads((tmp_path / "8" / "run.json").read_text())
    for text in ("{", "[]", json.dumps(run | {"options": None}), json.dumps(run | {"inputs": {}})):
        (tmp_path / "run.json").write_text(text)
        assert main(["reconcile", "--repeat", str(tmp_path / "run.json"), "--out", str(tmp_path / "b")]) == 1
        assert "没有记全" in capsys.readouterr().err
    run["versions"]["duckdb"] = "0.0.1"
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert main(["reconcile", "--repeat", str(tmp_path / "run.json"), "--out", str(tmp_path / "b")]) == 0
    assert "那次用的是 duckdb 0.0.1" in capsys.readouterr().err
    assert (tmp_path / "8" / "findings.parquet").read_bytes() == (tmp_path / "b" / "findings.parquet").read_bytes()
