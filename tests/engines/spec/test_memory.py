"""What is remembered from month to month: states against a generated truth, answers that hold and lapse, keys that survive what happens to rows."""

import csv
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from bangfu.cli import SAMPLE, main
from bangfu.demo.months import TRUTH, write_months
from bangfu.engines.reconcile.memory import Month, match, read_months
from bangfu.engines.reconcile.outputs import WORKLIST
from bangfu.engines.reconcile.run import Result, reconcile
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.refusals import Refusal
from bangfu.rulebooks import load_rulebook
from tests.engines.spec.registers import AS_OF, extract
from tests.tables import rows as lines_of

STRUCTURE = ("moved", "household_split", "household_merged", "household_columns_disagree")


def as_month(month: str, result: Result, answers: dict[str, dict[str, Any]] | None = None) -> Month:
    """What next month reads of this result, without the files."""
    rows = result.findings.to_pylist()
    values = {row["finding_id"]: {"handbook_value": row["handbook_value"], "system_value": row["system_value"]} for row in rows}
    full = {key: {"value_verified": None, "who": None, "when": None, **values[key], **said} for key, said in (answers or {}).items()}
    return Month(month, Path(month), rows, result.gone.to_pylist() if result.gone is not None else (), full)


def at(month: str, handbook: str, system: str, *previous: Month) -> Result:
    other = replace(extract("system", system), sha256="1")
    return reconcile(extract("handbook", handbook), other, rulebook=load_rulebook(SAMPLE), as_of=AS_OF, month=month, version="t", previous=previous)


def states(result: Result) -> list[tuple[str, str, str, str, int]]:
    return [(row["kind"], row["field"], row["state"], row["first_seen"], row["times_seen"]) for row in result.findings.to_pylist()]


# --- three generated months against their truth ---


def check_months(folder: Path, **asked: Any) -> list[str]:
    paths = write_months(folder, months=3, **asked)
    truth = paths.pop(TRUTH)
    for month, path in paths.items():
        handbook, system = sorted(path.glob("手册*"))[0], sorted(path.glob("系统*"))[0]
        earlier = [str(folder / "核查" / one) for one in paths if one < month]
        previous = ["--previous", *reversed(earlier)] if earlier else []
        assert main(["reconcile", str(handbook), str(system), "--out", str(folder / "核查" / month), "--quiet", "--report", "none", *previous]) == 0
    with truth.open(encoding="utf-8-sig") as file:
        wanted = Counter((row["month"], row["finding"], row["field"], row["household"], row["person"], row["state"], row["first_seen"], int(row["times_seen"]))
                         for row in csv.DictReader(file))  # fmt: skip
    found: Counter[tuple[Any, ...]] = Counter()
    places: dict[str, dict[tuple[str, str, int], tuple[str, str]]] = {}
    for month, path in paths.items():
        with (path / "truth_people.csv").open(encoding="utf-8-sig") as file:
            places[month] = {(side, row[f"{name}_sheet"] if side == "handbook" else "", int(row[f"{name}_row"])): (row["household"], row["person"])
                             for row in csv.DictReader(file) for side, name in (("handbook", "booklet"), ("system", "export")) if row[f"{name}_row"]}  # fmt: skip
    months = list(paths)
    for number, month in enumerate(months):
        out = folder / "核查" / month
        rows = [(month, row) for row in pq.read_table(out / "findings.parquet").to_pylist()]
        if (out / "cleared.parquet").exists():
            rows += [(months[number - 1], row) for row in pq.read_table(out / "cleared.parquet").to_pylist() if row["gone_since"] == month]
        for of, row in rows:
            if row["kind"] == "unknown_value":
                continue
            side = "system" if row["system_row"] and row["kind"] != "household_split" else "handbook"
            household, person = places[of][side, row["handbook_sheet"] if side == "handbook" else "", row[f"{side}_row"]]
            kind = "field" if row["kind"] == "malformed" else row["kind"]
            if kind in STRUCTURE or (row["field"] in FIELDS and FIELDS[row["field"]].of_household):
                person = ""
            if kind == "not_kept":
                household = person = ""
            found[month, kind, "" if kind in STRUCTURE[:3] else row["field"], household, person, row["state"], row["first_seen"], row["times_seen"]] += 1
    return sorted(map(str, ((wanted - found) + Counter({("extra", *key): count for key, count in (found - wanted).items()})).elements()))


def test_three_generated_months_have_exactly_the_states_of_the_truth(tmp_path):
    assert check_months(tmp_path, seed=21, errors=0.06) == []
    with (tmp_path / TRUTH).open(encoding="utf-8-sig") as file:
        assert {row["state"] for row in csv.DictReader(file)} == {"new", "still_there", "cleared", "back_again"}
