"""Speed and memory of the data check: the floor, a known peer and ours on the same files in one run, whole processes.

    ./bangfu bench reconcile [--json] [--persons 100000,1000000] [--rounds 3] [--office] [--write]

--office also times 5,000 persons from two .xlsx with report and workbook; --write: docs/reference/performance.md. What is right
and wrong in the findings is measured by `bench accuracy`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

import bangfu
from bangfu.demo.files import NAMES
from bangfu.demo.town import WHOLE

WHAT = """Files are Parquet of 40 columns, 3 % of persons with faults: `plain`, and `dialects` (every village's booklets write their own way).
F, the floor: DuckDB alone joins both on person_code, compares row hashes and unpivots what differs. The peer, where it is installed (it is
no dependency): datacompy on Polars joins on person_code and compares. Neither pairs without a key, reads values, judges or remembers. Ours is
`bangfu reconcile --report none`; `office` is 5,000 persons from two .xlsx, report and workbook included."""
PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "performance.md"
FLOOR = """
import duckdb
con = duckdb.connect(config={{"threads": 2}})
names = {names!r}
cells = ", ".join(f"{{{{'f': '{{n}}', 'h': h.\\"{{n}}\\", 's': s.\\"{{n}}\\"}}}}" for n in names)
row = lambda side: "hash(" + ", ".join(f'{{side}}."{{n}}"' for n in names) + ")"
con.execute(f\"\"\"COPY (SELECT person_code, c.f, c.h, c.s FROM (SELECT h.person_code, unnest([{{cells}}]) AS c
    FROM read_parquet('{handbook}') h JOIN read_parquet('{system}') s USING (person_code) WHERE {{row('h')}} <> {{row('s')}})
    WHERE c.h IS DISTINCT FROM c.s) TO '{out}' (FORMAT parquet)\"\"\")
"""
PEER = """
import polars as pl
from datacompy import PolarsCompare
ours, theirs = (pl.read_parquet(path).filter(pl.col("person_code").is_not_null()) for path in ({handbook!r}, {system!r}))
print(PolarsCompare(ours, theirs, join_columns="person_code", cast_column_names_lower=False).all_mismatch().height)
"""
TARGETS: Mapping[tuple[int, str], str] = {
    (100_000, "plain"): "≤ 3.5 s, ≤ 500 MB", (1_000_000, "plain"): "≤ 4 × F, below datacompy, ≤ 1,500 MB", (1_000_000, "dialects"): "≤ 2 × F, ≤ 2,000 MB",
    (5_000, "office"): "≤ 8 s, ≤ 600 MB",
}  # fmt: skip


@dataclass
class Runs:
    """Wall seconds of each round, the largest peak of the process in MB, and what the last run counted."""

    seconds: list[float] = field(default_factory=list)
    peak_mb: int = 0

    def run(self, command: Sequence[str]) -> bool:
        """Run a command as a process of its own; False if it failed."""
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode == 0:
            self.seconds.append(round(time.perf_counter() - began, 2))
            self.peak_mb = max(self.peak_mb, usage.ru_maxrss // (1_000_000 if sys.platform == "darwin" else 1000))
        return child.returncode == 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def said(self) -> str:
        return f"{self.median:.1f} s ({min(self.seconds):.1f}–{max(self.seconds):.1f}), {self.peak_mb} MB" if self.seconds else "not measured"


@dataclass
class Case:
    """One pair of files and what each of the three took on it."""

    persons: int
    kind: str
    floor: Runs = field(default_factory=Runs)
    peer: Runs = field(default_factory=Runs)
    ours: Runs = field(default_factory=Runs)
    steps: list[dict[str, Any]] = field(default_factory=list)
    pairs: tuple[int, int, int] = (0, 0, 0)  # made, right, there

    def times(self, other: Runs) -> list[float]:
        """Return ours over another's, round by round."""
        return sorted(mine / theirs for mine, theirs in zip(self.ours.seconds, other.seconds, strict=False))

    def ratio(self, other: Runs) -> str:
        found = self.times(other)
        return f"{statistics.median(found):.1f} ({found[0]:.1f}–{found[-1]:.1f})" if found else "not measured"


def make_files(folder: Path, persons: int, kind: str) -> dict[str, str]:
    """Write the two files in a process of its own: a child's peak counts what its parent held when it was forked."""
    subprocess.run([sys.executable, "-m", "bangfu", "demo-data", "--persons", str(persons), "--seed", "31", "--out", str(folder), "--format",
                    "xlsx" if kind == "office" else "parquet", *(["--dialects"] if kind == "dialects" else [])], check=True, stdout=subprocess.DEVNULL)
    found = sorted(folder.glob("*_20*"))
    return {side: str(next(path for path in found if path.name.startswith(NAMES[side]))) for side in ("handbook", "system")}


def measure(persons: int, kind: str, rounds: int, *, peer: bool) -> Case:
    """Measure one pair of files. kind: plain, dialects, or office (two .xlsx, report and workbook; no floor or peer for these)."""
    case = Case(persons, kind)
    with tempfile.TemporaryDirectory() as folder:
        files = make_files(Path(folder), persons, kind)
        ours = [sys.executable, "-m", "bangfu", "reconcile", *files.values(), "--out", f"{folder}/out", "--quiet"]
        for _ in range(rounds):
            if kind != "office":
                case.floor.run([sys.executable, "-c", FLOOR.format(names=WHOLE, out=f"{folder}/floor.parquet", **files)])
                if peer and not case.peer.run([sys.executable, "-c", PEER.format(**files)]):
                    peer = False
            if not case.ours.run(ours if kind == "office" else [*ours, "--report", "none"]):
                raise SystemExit(f"bangfu reconcile failed on {persons} persons, {kind}")
        if kind != "office":
            case.pairs = _pairs(Path(folder))
        case.steps = json.loads(Path(folder, "out", "summary.json").read_text(encoding="utf-8"))["steps"]
    return case


def _pairs(folder: Path) -> tuple[int, int, int]:
    """Return how many pairs were made, how many of them are right, and how many there are."""
    return duckdb.execute("""
        WITH people AS (SELECT person, booklet_row::BIGINT AS h, export_row::BIGINT AS s FROM read_csv($truth, all_varchar = true)),
        ours AS (SELECT person, h FROM people WHERE h IS NOT NULL), theirs AS (SELECT person, s FROM people WHERE s IS NOT NULL)
        SELECT count(*), count(*) FILTER (ours.person = theirs.person), (SELECT count(DISTINCT person) FROM ours JOIN theirs USING (person))
        FROM read_parquet($pairs) p JOIN ours ON ours.h = p.handbook_row JOIN theirs ON theirs.s = p.system_row""",
        {"truth": str(folder / "truth_people.csv"), "pairs": str(folder / "out" / "pairs.parquet")}).fetchone() or (0, 0, 0)


def page(cases: Sequence[Case], command: str) -> str:
    """Return the page of figures."""
    lines = ["# Speed and memory of the data check", "",
             f"Written by `{command}`, version {bangfu.__version__}; the same command repeats it. {os.cpu_count()} cores, "
             f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, {platform.system()}. Whole processes taking turns; median, spread, and the largest peak of the process.", "",
             WHAT, "",
             "| persons, files | F, DuckDB alone | datacompy on Polars | ours | ours / F | ours / datacompy | wanted | pairs: right / made / there |", "| --- |" + " --- |" * 7]
    for case in cases:
        lines.append(f"| {case.persons:,}, {case.kind} | {case.floor.said()} | {case.peer.said()} | {case.ours.said()} | {case.ratio(case.floor)} | "
                     f"{case.ratio(case.peer)} | {TARGETS.get((case.persons, case.kind), '')} | {f'{case.pairs[1]:,} / {case.pairs[0]:,} / {case.pairs[2]:,}' if case.pairs[0] else ''} |")
    for case in cases:
        if case.kind != "office":
            steps = sorted(case.steps, key=lambda one: -one["seconds"])[:8]
            lines += ["", f"Slowest steps of the last round, {case.persons:,} persons, {case.kind}: "
                      + ", ".join(f"{one['step']} {one['seconds']:.2f} s" for one in steps) + "."]
    return "\n".join([*lines, ""])


def main() -> int:
    ask = argparse.ArgumentParser(prog="bangfu bench reconcile")
    ask.add_argument("--persons", default="100000")
    ask.add_argument("--kinds", default="plain,dialects")
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--office", action="store_true")
    ask.add_argument("--no-peer", action="store_true")
    ask.add_argument("--json", action="store_true")
    ask.add_argument("--write", action="store_true")
    asked = ask.parse_args()
    wanted = [(int(persons), kind) for persons in asked.persons.split(",") for kind in asked.kinds.split(",")]
    if asked.office:
        wanted.append((5_000, "office"))
    cases = [measure(persons, kind, asked.rounds, peer=not asked.no_peer) for persons, kind in wanted]
    text = page(cases, "./bangfu bench reconcile " + " ".join(sys.argv[1:]))
    if asked.json:
        print(json.dumps([asdict(case) | {"ratio": case.times(case.floor), "ratio_to_peer": case.times(case.peer)} for case in cases], ensure_ascii=False, indent=1))
    else:
        print(text)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
