"""Last month's two files as evidence: which side stayed and which one moved on, and what is done where they are gone."""

import json

import pyarrow.parquet as pq

from bangfu.cli import main

HEAD = "人编号,户编号,姓名,与户主关系,证件号码,文化程度,健康状况,行政村,脱贫年度"


def files(folder, level="初中", theirs="初中", *, ours_year="2016", year="2016", code="700002", number="450499199704110012"):
    folder.mkdir(parents=True, exist_ok=True)
    for name, said, lifted in (("手册", level, ours_year), ("系统", theirs, year)):
        lines = [HEAD, f"700001,1001,黄大山,户主,450499196503120037,小学,健康,甲村,{lifted}", f"{code},1001,黄小山,之子,{number},{said},健康,甲村,{lifted}",
                 "700003,1002,陆水秀,户主,450499197007080046,小学,健康,甲村,2015", f"700004,1003,{name}人,户主,,小学,健康,甲村,2015"]
        (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    return [str(folder / f"{name}.csv") for name in ("手册", "系统")]


def check(out, month, paths, *more):
    assert main(["reconcile", *paths, "--out", str(out), "--month", month, "--quiet", "--report", "none", *map(str, more)]) == 0
    return {row["field"]: row for row in pq.read_table(out / "findings.parquet").to_pylist() if row["kind"] == "field"}


def test_the_side_that_still_says_last_months_value_is_stale(tmp_path):
    check(tmp_path / "a", "2017-09", files(tmp_path / "9"))
    found = check(tmp_path / "b", "2017-10", files(tmp_path / "10", "高中", ours_year="2017"), "--previous", tmp_path / "a")
    assert (found["education_level"]["verdict"], found["education_level"]["rule"]) == ("system_wrong", "past") and "上月两边" in found["education_level"]["reason"]
    assert (found["lifted_year"]["verdict"], found["lifted_year"]["rule"]) == ("system_wrong", "past")
    alone = check(tmp_path / "c", "2017-10", files(tmp_path / "10", "高中", ours_year="2017"))
    assert {row["verdict"] for row in alone.values()} == {"undecided"}


def test_a_verdict_by_the_past_stands_while_both_values_do_and_not_for_what_comes_back(tmp_path):
    check(tmp_path / "a", "2017-07", files(tmp_path / "7"))
    first = check(tmp_path / "b", "2017-08", files(tmp_path / "8", "高中"), "--previous", tmp_path / "a")["education_level"]
    still = check(tmp_path / "c", "2017-09", files(tmp_path / "9", "高中"), "--previous", tmp_path / "a", tmp_path / "b")["education_level"]
    assert first["verdict"] == still["verdict"] == "system_wrong" and still["rule"] == "past" and still["reason"] == f"第一次列出时（2017-08）：{first['reason']}"
    check(tmp_path / "d", "2017-10", files(tmp_path / "10", "高中", "高中"), "--previous", tmp_path / "b", tmp_path / "c")
    again = check(tmp_path / "e", "2017-11", files(tmp_path / "11", "高中"), "--previous", *(tmp_path / name for name in "bcd"))["education_level"]
    assert (again["state"], again["verdict"], again["rule"]) == ("back_again", "undecided", "") and again["document"] and "又回来了" in again["reason"]


def test_a_person_is_found_there_by_number_where_the_code_is_another_now_and_not_at_all_where_it_is_anybodys(tmp_path):
    check(tmp_path / "a", "2017-09", files(tmp_path / "9", code="700009"))
    assert check(tmp_path / "b", "2017-10", files(tmp_path / "10", "高中"), "--previous", tmp_path / "a")["education_level"]["rule"] == "past"
    check(tmp_path / "c", "2017-08", files(tmp_path / "8", code="700001", number=""))
    assert check(tmp_path / "d", "2017-10", files(tmp_path / "10", "高中"), "--previous", tmp_path / "c")["education_level"]["rule"] == ""


def test_where_last_months_files_are_gone_nothing_is_taken_from_them_and_that_is_said(tmp_path, capsys):
    check(tmp_path / "a", "2017-09", files(tmp_path / "9"))
    (tmp_path / "9" / "系统.csv").unlink()
    paths = files(tmp_path / "10", "高中")
    assert main(["reconcile", *paths, "--out", str(tmp_path / "b"), "--month", "2017-10", "--report", "none", "--previous", str(tmp_path / "a")]) == 0
    assert "没有拿上月的值作依据" in capsys.readouterr().err
    assert json.loads((tmp_path / "b" / "run.json").read_text(encoding="utf-8"))["before"] is None
    assert main(["reconcile", "--repeat", str(tmp_path / "b" / "run.json"), "--out", str(tmp_path / "c"), "--quiet"]) == 0


def test_a_run_that_looked_at_last_months_files_is_repeated_with_them_or_not_at_all(tmp_path, capsys):
    check(tmp_path / "a", "2017-09", files(tmp_path / "9"))
    check(tmp_path / "b", "2017-10", files(tmp_path / "10", "高中"), "--previous", tmp_path / "a")
    repeat = ["reconcile", "--repeat", str(tmp_path / "b" / "run.json"), "--out", str(tmp_path / "c"), "--quiet"]
    assert main(repeat) == 0
    assert (tmp_path / "b" / "findings.parquet").read_bytes() == (tmp_path / "c" / "findings.parquet").read_bytes()
    (tmp_path / "9" / "手册.csv").write_text("别的", encoding="utf-8")
    assert main(repeat) == 1 and "2017-09 的两份表" in capsys.readouterr().err


def test_memory_is_bounded_in_words(tmp_path, capsys):
    paths = files(tmp_path / "10", "高中")
    assert main(["reconcile", *paths, "--out", str(tmp_path / "a"), "--quiet", "--report", "none", "--memory", "4GB"]) == 0
    assert json.loads((tmp_path / "a" / "run.json").read_text(encoding="utf-8"))["options"]["memory"] == "4GB"
    assert main(["reconcile", *paths, "--out", str(tmp_path / "b"), "--quiet", "--report", "none", "--memory", "1MB"]) == 1
    assert "--memory" in capsys.readouterr().err
