"""Accuracy of the data check on invented registers whose truth is known: pairs, differences, verdicts, structure, as counts.

    ./bangfu bench accuracy [--seeds 9401-9404] [--persons 20000] [--sets easy,hard,structural,booklet,months] [--write] [--show-wrong] [--json]

--write makes docs/reference/accuracy.md anew. A planted difference is found when a finding names its field and its person or
household; a finding nobody planted is a wrong one; words in no list (`unknown_value`) are counted apart. Verdicts are counted
where the difference was found. The seeds stated are not those used while building (below 9000, and up to 9304, which were looked at).
"""

import argparse
import csv
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import bangfu
from bangfu.cli import main as command
from bangfu.demo.faults import MASKED
from bangfu.demo.files import NAMES, write_town
from bangfu.demo.months import write_months
from bangfu.demo.town import AS_OF
from bangfu.engines.reconcile.run import Result, reconcile
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract
from bangfu.rulebooks import SAMPLE, load_rulebook

SEEDS = "9401-9404"  # not used while building
PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "accuracy.md"
OF_HOUSEHOLD = ("moved", "household_split", "household_merged", "household_columns_disagree")
STRUCTURE = ("only_in_handbook", "only_in_system", "duplicate", "household_split", "household_merged", "moved")
TENTH = {"person_code": 0.1, "household_code": 0.1, "certificate_no": 0.1, MASKED: 0.1}
SETS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "easy": ("3 % of persons with faults, whole register", {"errors": 0.03, "kind": "parquet"}),
    "hard": ("15 %, several in one row, every village its own dialect, 5 % of villages without 人编号",
             {"errors": 0.15, "kind": "parquet", "hard": True, "dialects": True, "left_out": {"person_code": 0.05}}),
    "structural": ("10 %; a tenth of the villages each without 人编号, without 户编号, without 证件号码, with masked numbers",
                   {"errors": 0.10, "kind": "parquet", "hard": True, "left_out": TENTH}),
    "booklet": ("10 %; the booklet's own columns (no 出生日期) against a G2 export", {"errors": 0.10, "kind": "csv", "profile": "G2"}),
    "months": ("10 %; the second and the third of three months of one town, each with the results and files of those before (`--previous`)", {"errors": 0.10, "kind": "parquet", "months": 3}),
}  # fmt: skip
WANTED: Mapping[str, tuple[str, str, str, str]] = {
    "pairs, precision": ("0.9999", "0.9998", "0.9998", "0.9997"), "pairs, recall": ("0.9999", "0.9998", "0.9998", "0.9997"),
    "differences, precision": ("0.995", "0.985", "0.985", "0.98"), "differences, recall": ("0.997", "0.99", "0.99", "0.985"),
    "decided, of what two files can decide": ("0.92", "0.90", "0.88", "0.85"), "decided verdicts, right": ("0.98", "0.975", "0.975", "0.97"),
    **{f"{kind}, {what}": ("0.98", "0.97", "0.97", "0.97") for kind in STRUCTURE for what in ("precision", "recall")},
    "spellings reported": ("≤ 0.005", "≤ 0.02", "≤ 0.02", "≤ 0.02"),
}  # fmt: skip


@dataclass
class Score:
    """Counts over some towns. kinds: fault -> [planted, found, decidable, decided, right]."""

    persons: int = 0
    pairs_there: int = 0
    pairs_made: int = 0
    pairs_right: int = 0
    planted: int = 0
    listed: int = 0
    matched: int = 0
    decided: int = 0
    right: int = 0
    decidable: int = 0
    decidable_decided: int = 0
    spellings: int = 0  # cells written otherwise that are no difference
    spellings_listed: int = 0
    shapes: dict[str, list[int]] = field(default_factory=dict)  # kind of structure -> [planted, listed, matched]
    kinds: dict[str, list[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


    def shape(self, kind: str, at: int) -> None:
        if kind in STRUCTURE:
            self.shapes.setdefault(kind, [0, 0, 0])[at] += 1

    def figures(self) -> dict[str, tuple[int, int]]:
        """Return part and base of every figure that is wanted."""
        figures = {
            "pairs, precision": (self.pairs_right, self.pairs_made), "pairs, recall": (self.pairs_right, self.pairs_there),
            "differences, precision": (self.matched, self.listed), "differences, recall": (self.matched, self.planted),
            "decided, of what two files can decide": (self.decidable_decided, self.decidable), "decided verdicts, right": (self.right, self.decided),
            "decided, of all that was found": (self.decided, self.matched),
        }  # fmt: skip
        figures["spellings reported"] = (self.spellings_listed, self.spellings + self.spellings_listed)
        for kind in STRUCTURE:
            planted, listed, matched = self.shapes.get(kind, [0, 0, 0])
            figures |= {f"{kind}, precision": (matched, listed), f"{kind}, recall": (matched, planted)}
        return figures


def key_of(row: dict[str, Any], kind: str, name: str, person: str, household: str) -> tuple[str, ...]:
    if kind == "malformed":
        kind = "field"
    if kind in OF_HOUSEHOLD or (kind == "field" and name in FIELDS and FIELDS[name].of_household):
        return kind, name if kind in ("field", "household_columns_disagree") else "", household
    if kind == "not_kept":
        return kind, name, row["village"]
    if kind == "pair_ambiguous":
        return kind, person
    return kind, name if kind == "field" else "", person


def run_town(folder: Path, **asked: Any) -> tuple[Result, dict[str, Path]]:
    paths = write_town(folder, **asked)
    headers, rulebook = load_headers(SAMPLE), load_rulebook(SAMPLE)
    extracts = [read_extract(paths[side], side=side, headers=headers) for side in ("handbook", "system")]
    return reconcile(extracts[0], extracts[1], rulebook=rulebook, as_of=AS_OF[asked.get("profile", "G1")], month="2017-10", version=bangfu.__version__), paths


def run_months(folder: Path, **asked: Any) -> Iterator[tuple[Result, dict[str, Path]]]:
    """Check one town month after month on the command line; gives what came of every month but the first."""
    write_months(folder, **asked)
    before: list[str] = []
    for month in sorted(path for path in folder.iterdir() if path.is_dir()):
        paths = {"truth": month / "truth.csv", "truth_people": month / "truth_people.csv"} | {side: next(month.glob(f"{NAMES[side]}*")) for side in ("handbook", "system")}
        out = folder.with_name(f"{folder.name}-{month.name}")
        more = ["--previous", *before] if before else []
        if command(["reconcile", str(paths["handbook"]), str(paths["system"]), "--out", str(out), "--report", "none", "--quiet", *more]):
            raise SystemExit(f"bangfu reconcile failed on {month.name}")
        if before:
            yield Result(pq.read_table(out / "findings.parquet"), pq.read_table(out / "pairs.parquet"), json.loads((out / "summary.json").read_text(encoding="utf-8"))), paths
        before.append(str(out))


def score_town(score: Score, result: Result, paths: dict[str, Path]) -> None:
    spots: dict[tuple[str, str, int], tuple[str, str]] = {}
    there: set[tuple[str, str]] = set()
    with paths["truth_people"].open(encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            for side, name in (("handbook", "booklet"), ("system", "export")):
                if line[f"{name}_row"]:
                    spots[side, line[f"{name}_sheet"], int(line[f"{name}_row"])] = (line["person"], line["household"])
            if not line["extra"]:
                score.persons += 1
            if line["booklet_row"] and line["export_row"]:
                there.add((line["person"], line["household"]))
    several = {side: len(result.summary["inputs"][side]["sheets"]) > 1 or any(one[0] == side and one[1] for one in spots) for side in ("handbook", "system")}

    def spot(side: str, row: dict[str, Any]) -> tuple[str, str] | None:
        return spots.get((side, row[f"{side}_sheet"] if several[side] else "", row[f"{side}_row"] or 0))

    score.spellings += sum(one["count"] for one in result.summary["form"])
    score.pairs_there += len(there)
    for pair in result.pairs.to_pylist():
        score.pairs_made += 1
        score.pairs_right += spot("handbook", pair) == spot("system", pair)
    planted: dict[tuple[str, ...], dict[str, str]] = {}
    with paths["truth"].open(encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            planted[key_of(line, line["finding"], line["field"], line["person"], line["household"])] = line
    score.planted += len(planted)
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in result.findings.to_pylist():
        if row["kind"] == "unknown_value":
            continue
        score.listed += 1
        score.shape(row["kind"], 1)
        keys = [key_of(row, row["kind"], row["field"], *where) for side in ("handbook", "system") if (where := spot(side, row))]
        key = next((one for one in keys if one in planted), keys[0] if keys else ("?",))
        if key in planted:
            if key not in found:
                score.matched += 1
                score.shape(key[0], 2)
            found.setdefault(key, row)
        else:
            score.spellings_listed += row["kind"] == "field"
            score.wrong.append(f"{row['kind']} {row['field']} {row['verdict']} 手册{row['handbook_row']} 系统{row['system_row']}: {row['reason']}")
    for key, line in planted.items():
        score.shape(key[0], 0)
        count = score.kinds.setdefault(line["kind"], [0, 0, 0, 0, 0])
        count[0] += 1
        row_found = found.get(key)
        can = line["decidable"] == "yes"
        score.decidable += can
        count[2] += can
        if row_found is None:
            score.wrong.append(f"missed {line['finding']} {line['kind']} {line['field']} {line['wrong']}: {line['booklet_value']} | {line['export_value']}")
            continue
        count[1] += 1
        if row_found["verdict"] != "undecided":
            score.decided += 1
            count[3] += 1
            score.decidable_decided += can
            right = row_found["verdict"] == line["verdict"]
            score.right += right
            count[4] += right
            if not right:
                score.wrong.append(f"verdict {row_found['verdict']} not {line['verdict']} {line['kind']} {line['field']}: {row_found['reason']}")


def share(part: int, base: int) -> str:
    return f"{part} / {base} = {part / base:.4f}" if base else "–"


def spread(scores: list[Score], name: str) -> str:
    """Return the smallest and the largest share among the seeds."""
    shares = sorted(part / base for part, base in (score.figures()[name] for score in scores) if base)
    return f" ({shares[0]:.4f}–{shares[-1]:.4f})" if len(shares) > 1 else ""


def table(scores: Mapping[str, list[Score]]) -> list[str]:
    lines = ["| | " + " | ".join(scores) + " |", "| --- |" + " --- |" * len(scores)]
    lines.append("| persons | " + " | ".join(str(sum(score.persons for score in runs)) for runs in scores.values()) + " |")
    for name in next(iter(scores.values()))[0].figures():
        cells = []
        for key, runs in scores.items():
            parts = [score.figures()[name] for score in runs]
            want = dict(zip(SETS, WANTED.get(name, ()), strict=False)).get(key)
            cells.append(share(sum(part for part, _ in parts), sum(base for _, base in parts)) + spread(runs, name) + (f"; wanted {want}" if want else ""))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def kinds_table(scores: Mapping[str, list[Score]]) -> list[str]:
    lines = ["| fault | " + " | ".join(f"{name}: planted, found; decidable; decided, right" for name in scores) + " |", "| --- |" + " --- |" * len(scores)]
    for kind in sorted({kind for runs in scores.values() for one in runs for kind in one.kinds}):
        cells = []
        for runs in scores.values():
            planted, found, decidable, decided, right = (sum(one.kinds.get(kind, [0] * 5)[at] for one in runs) for at in range(5))
            cells.append(f"{planted}, {found}; {decidable}; {decided}, {right}" if planted else "–")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return lines


def main() -> int:
    ask = argparse.ArgumentParser(prog="bangfu bench accuracy")
    ask.add_argument("--seeds", default=SEEDS)
    ask.add_argument("--persons", type=int, default=20_000)
    ask.add_argument("--sets", default=",".join(SETS))
    ask.add_argument("--write", action="store_true")
    ask.add_argument("--show-wrong", action="store_true")
    ask.add_argument("--json", action="store_true")
    asked = ask.parse_args()
    first, _, last = asked.seeds.partition("-")
    scores: dict[str, list[Score]] = {name: [] for name in asked.sets.split(",")}
    for name, runs in scores.items():
        for seed in range(int(first), int(last or first) + 1):
            score = Score()
            with tempfile.TemporaryDirectory() as folder:
                town = {"size": None, "persons": asked.persons, "seed": seed, **SETS[name][1]}
                for done in run_months(Path(folder) / "town", **town) if "months" in town else [run_town(Path(folder), **town)]:
                    score_town(score, *done)
            runs.append(score)
            print(f"{name} {seed}", file=sys.stderr)
    if asked.json:
        print(json.dumps({name: {figure: [score.figures()[figure] for score in runs] for figure in runs[0].figures()} for name, runs in scores.items()}, indent=1))
    else:
        print("\n".join(table(scores)))
    if asked.show_wrong:
        for name, runs in scores.items():
            wrong = [line for score in runs for line in score.wrong]
            print(name, Counter(line.split(":")[0].rsplit(" 手册", 1)[0] for line in wrong).most_common(40))
            print("\n".join(wrong[:60]))
    if asked.write:
        PAGE.write_text("\n".join([
            "# Accuracy of the data check", "",
            f"Written by `./bangfu bench accuracy {' '.join(sys.argv[1:])}`, version {bangfu.__version__}; the same command repeats it.", "",
            f"{asked.persons:,} persons a town, seeds {asked.seeds}, which were not used while building. Counts over all seeds, share, and the smallest and largest "
            "share among the seeds.", "", *(f"- **{name}**: {SETS[name][0]}" for name in scores), "", *table(scores), "",
            "“What two files can decide” is the generator's own reckoning (`demo/truth.py`): validity of a number, sums, an empty cell that must not be "
            "empty, other rows of the household. Generator and rules come from one hand and flatter each other; real registers were not tried.", "",
            "## By kind of fault", "", *kinds_table(scores), ""]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
