"""The pair of files that was worked out on paper before the engine was written: the run equals the paper."""

import tomllib
from pathlib import Path

from bangfu.cli import SAMPLE
from bangfu.engines.reconcile.run import reconcile
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract
from bangfu.rulebooks import load_rulebook

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
