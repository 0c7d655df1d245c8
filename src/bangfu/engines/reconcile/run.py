"""One run of the plan: read, link, compare, judge, findings. Two extracts in, findings, pairs and a summary out.

A run on the same extracts with the same rulebook and date gives the same rows. Nothing here writes a file (outputs.py
does) or asks a clock: whoever starts a run says the date.
"""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from bangfu.engines.relations.codes import CodeList
from bangfu.engines.relations.refusals import refuse
from bangfu.engines.relations.workbook import Extract

from .columns import number_columns
from .compare import compare, label_of
from .findings import find
from .identical import set_aside
from .judge import Row
from .link import link, sampled
from .memory import Month, remember
from .past import Past, past_of
from .sides import Side, lay_side, place, readable
from .steps import Desk, Progress

PLAN = ("reconcile", 1)


class Rulebook(Protocol):
    """What a run needs of a rulebook; bangfu.rulebooks loads one. options: a profile's by its name."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def codes(self) -> Mapping[str, CodeList]: ...
    @property
    def options(self) -> Mapping[str, Mapping[str, object]]: ...
    @property
    def documents(self) -> Mapping[str, Mapping[str, str]]: ...


@dataclass(frozen=True)
class Result:
    """findings: findings.SCHEMA; pairs: handbook_sheet, handbook_row, system_sheet, system_row, method, score, evidence.

    gone: findings of earlier months that are not there now (memory.GONE).
    """

    findings: pa.Table
    pairs: pa.Table
    summary: dict[str, Any]
    gone: pa.Table | None = None


def reconcile(handbook: Extract, system: Extract, *, rulebook: Rulebook, as_of: date, month: str, version: str,
              previous: Sequence[Month] = (), before: Mapping[str, Extract] | None = None, memory: str | None = None,
              progress: Progress = lambda step, done, total: None) -> Result:
    """Run the plan. Raises Refusal when both sides are the same file, when a Parquet file turns out damaged, or when it needs more than `memory`.

    previous  what earlier months found and clerks answered (memory.read_months); before: last month's two files, by side
    memory    how much the database may hold, as 4GB
    """
    if handbook.sha256 == system.sha256:
        raise refuse("same_file", system.path.name, "两边给的是同一份文件。请一边给手册登记，一边给系统导出。")
    began = time.perf_counter()
    desk = Desk(memory=memory)
    try:
        return _run(desk, handbook, system, rulebook, as_of, month, version, previous, before or {}, progress, began)
    except duckdb.OutOfMemoryException as error:
        raise refuse("out_of_memory", system.path.name, "给的内存不够核查这么多人。请用 --memory 多给一些，或一次少核查几个村。") from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        file = next((path for one in (handbook, system) for path in one.parquet if not readable(path)), None)
        if file is None:
            raise
        raise refuse("truncated", file.name, "文件已损坏，读到一半读不下去。请重新拷贝或重新导出。") from error
    finally:
        desk.close()


def _run(desk: Desk, handbook: Extract, system: Extract, rulebook: Rulebook, as_of: date, month: str, version: str,
         previous: Sequence[Month], before: Mapping[str, Extract], progress: Progress, began: float) -> Result:
    steps = ("读取", "匹配人员", "比对", "判定", "汇总")
    sides: dict[str, Side] = {}
    progress(steps[0], 0, 6)
    for extract in (handbook, system):
        sides[extract.side] = lay_side(desk, extract, rulebook.codes, as_of, rulebook.options.get(extract.profile or "", {}))
    columns = number_columns(desk, sides, as_of)
    progress(steps[0], 1, 6)
    set_aside(desk, sides, sampled("home", handbook.rows))
    progress(steps[1], 2, 6)
    weights = link(desk, sides, as_of)
    progress(steps[2], 3, 6)
    result = compare(desk, sides["handbook"], sides["system"], as_of, columns)
    progress(steps[3], 4, 6)
    villages = _villages(desk, sides)
    def past(rows: Mapping[str, Mapping[int, Row]]) -> Past:
        return past_of(before, rulebook.codes, rulebook.options, as_of, result, rows, desk.memory) if before else {}

    with desk.beside(_pairs(sides)) as told:
        findings = find(desk, sides, result, rulebook.documents, as_of, month, villages, past)
        pairs = told()
    findings, gone, remembered = remember(findings, previous, month, sides, result.columns, list(villages.values()), rulebook.documents)
    progress(steps[4], 5, 6)
    aside = desk.first("SELECT coalesce(sum(households), 0)::BIGINT FROM identical_villages")[0]
    households = {side: n + aside for side, n in desk.con.execute("SELECT side, count(*) FROM first_rows GROUP BY side").fetchall()}
    paired = desk.first("SELECT count(*) FROM household_links WHERE main")[0] + aside
    structure = Counter(one["kind"] for one in result.structure)
    summary = {
        "version": version, "plan": {"name": PLAN[0], "version": PLAN[1]}, "month": month, "as_of": as_of.isoformat(), "engine": "duckdb",
        "rulebook": {"name": rulebook.name, "fingerprint": rulebook.fingerprint},
        "inputs": {side: _input(sides[side], desk, households.get(side, aside)) for side in sides},
        "pairs": {"total": pairs.num_rows, "by_method": {one["values"]: one["counts"] for one in pairs["method"].value_counts().to_pylist()}, "weights": dict(weights)},
        "households": {"handbook": households.get("handbook", aside), "system": households.get("system", aside), "paired": paired,
                       "split": structure["household_split"], "merged": structure["household_merged"], "moved": structure["moved"]},
        "findings": _counts(findings, list(villages.values())), "memory": remembered,
        "form": result.form, "learned": result.learned, "not_compared": result.not_compared,
        "compared": [{"field": one.field, "label": label_of(one.field)} for one in result.columns],
        "steps": desk.counts, "seconds": round(time.perf_counter() - began, 2), "peak_mb": _peak_mb(),
    }  # fmt: skip
    progress(steps[4], 6, 6)
    return Result(findings, pairs, summary, gone)


def _pairs(sides: Mapping[str, Side]) -> str:
    """Return the question for every pair with its rows' places, in the booklets' order."""
    places, joins = "", ""
    for name, side in sides.items():
        if side.by_number:
            places += f"'' AS {name}_sheet, p.{name[0]} + 2 AS {name}_row, "
        else:
            places += f"x{name}.sheet AS {name}_sheet, x{name}.row AS {name}_row, "
            joins += f" JOIN cells_{name} x{name} ON x{name}.id = p.{name[0]}"
    return f"SELECT {places}p.method, p.score, p.evidence FROM pairs_said p{joins} ORDER BY p.h"


def _villages(desk: Desk, sides: Mapping[str, Side]) -> dict[str, str]:
    """Return the villages' names by their keys (k_village): as the export names them, in its order, then those only the booklets name."""
    found: dict[str, str] = {}
    for name in ("system", "handbook"):
        if "village" in sides[name].labels:
            for (village,) in desk.con.execute(f"SELECT village FROM cells_{name} WHERE village IS NOT NULL GROUP BY village ORDER BY min(id)").fetchall():
                found.setdefault(place(village) or "", village)
    return found


def _input(side: Side, desk: Desk, households: int) -> dict[str, Any]:
    extract = side.extract
    copies = desk.first("SELECT count(*) FROM copies WHERE side = $side", side=side.name)[0]
    return {
        "file": extract.path.name, "sha256": extract.sha256, "profile": extract.profile, "sheets": list(extract.sheets), "rows": extract.rows,
        "persons": extract.rows - copies, "households": households,
        "notes": list(extract.notes), "skipped": [{"sheet": one.sheet, "row": one.row, "why": one.why} for one in extract.skipped],
        "malformed": [problem.message for problem in extract.malformed],
    }  # fmt: skip


def _counts(findings: pa.Table, villages: list[str]) -> dict[str, Any]:
    rows = findings.select(["village", "kind", "field", "verdict"]).to_pylist()
    by_village = {village: {"total": 0, **dict.fromkeys(("system_wrong", "handbook_wrong", "both_wrong", "both_right", "undecided"), 0)}
                  for village in dict.fromkeys((*villages, *(row["village"] for row in rows)))}
    cross: dict[str, Counter[str]] = {}
    for row in rows:
        cross.setdefault(row["kind"], Counter())[row["verdict"]] += 1
        by_village[row["village"]]["total"] += 1
        by_village[row["village"]][row["verdict"]] += 1
    return {"total": len(rows), "by_kind": dict(Counter(row["kind"] for row in rows)), "by_verdict": dict(Counter(row["verdict"] for row in rows)),
            "by_kind_and_verdict": {kind: dict(count) for kind, count in cross.items()},
            "by_field": dict(Counter(row["field"] for row in rows if row["field"])), "by_village": by_village}


def _peak_mb() -> int | None:
    """Return the process's peak memory in MB, None where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1_000_000 if sys.platform == "darwin" else 1000)
