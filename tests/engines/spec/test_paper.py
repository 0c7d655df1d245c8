"""The pair of files that was worked out on paper before the engine was written: the run equals the paper."""

import csv
import tomllib
from datetime import date
from pathlib import Path

from bangfu.engines.reconcile.findings import ORDER
from bangfu.engines.reconcile.run import reconcile
from bangfu.engines.reconcile.shown import VERDICTS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract
from bangfu.rulebooks import SAMPLE, load_rulebook

PAPER = Path(__file__).resolve().parents[2] / "files" / "paper"


def test_pairs_differences_and_verdicts_equal_the_paper():
    paper = tomllib.loads((PAPER / "worked_out.toml").read_text(encoding="utf-8"))
    headers = load_headers(SAMPLE)
    handbook = read_extract(PAPER / "手册.xls", side="handbook", headers=headers)
    system = read_extract(PAPER / "系统.xlsx", side="system", headers=headers)
    result = reconcile(handbook, system, rulebook=load_rulebook(SAMPLE), as_of=paper["as_of"], month="2017-10", version="test")
    assert [[row["handbook_row"], row["system_row"]] for row in result.pairs.to_pylist()] == paper["pairs"]
    found = sorted((row["kind"], row["field"], row["handbook_row"] or 0, row["system_row"] or 0, row["verdict"]) for row in result.findings.to_pylist())
    assert found == sorted((one["kind"], one["field"], *one["rows"], one["verdict"]) for one in paper["finding"])
    assert [one["field"] for one in result.summary["form"]] == paper["form"]


def test_two_hundred_rows_of_three_villages_equal_the_paper():
    folder = PAPER.with_name("paper200")
    headers = load_headers(SAMPLE)
    extracts = [read_extract(folder / f"{name}.xlsx", side=side, headers=headers) for name, side in (("手册", "handbook"), ("系统", "system"))]
    result = reconcile(*extracts, rulebook=load_rulebook(SAMPLE), as_of=date(2017, 10, 20), month="2017-10", version="test")
    with (folder / "pairs.csv").open(encoding="utf-8") as file:
        runs = [[int(row[name]) for name in ("handbook_from", "handbook_to", "system_from")] for row in csv.DictReader(file)]
    pairs = [(at, at - first + other) for first, last, other in runs for at in range(first, last + 1)]
    assert sorted((row["handbook_row"], row["system_row"]) for row in result.pairs.to_pylist()) == pairs
    with (folder / "paper.csv").open(encoding="utf-8") as file:
        paper = sorted((row["kind"], row["field"], int(row["handbook_row"] or 0), int(row["system_row"] or 0), row["verdict"]) for row in csv.DictReader(file))
    found = sorted((row["kind"], row["field"], row["handbook_row"] or 0, row["system_row"] or 0, row["verdict"]) for row in result.findings.to_pylist())
    assert found == paper
    assert {kind for kind, *_ in paper} == set(ORDER) and {verdict for *_, verdict in paper} == set(VERDICTS)
    learned = {one["field"]: one["handbook"] for one in result.summary["form"]}
    assert {"relation_to_head", "health_status", "birth_date", "name", "net_income_fen", "resident_medical"} <= set(learned)
    assert {(one["field"], one["word"], one["meaning"]) for one in result.summary["learned"]} >= {("health_status", "身体好", "健康"), ("relation_to_head", "囡", "之女")}
