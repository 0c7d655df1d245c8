"""The files of one run: findings.parquet, pairs.parquet, summary.json, run.json, 核查台账.xlsx, 核查报告.docx; cleared.parquet where there were earlier months.

answers.parquet, what `bangfu answers` read back from the workbook, is written here too and never touched by a run.

Promises: every file is written beside its place and then renamed, all of them after the last one was made, so a run that
was stopped leaves the folder as it was; a workbook that somebody has filled in since is kept under another name.
"""

import glob
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bangfu.engines.relations.firstlook import fingerprint
from bangfu.engines.relations.refusals import Problem, Refusal, refuse

from .answers import ANSWERS, answers_in
from .memory import ANSWERED, CLEARED, FINDINGS, INSIDE
from .report import write_report
from .run import Result
from .shown import SIDES
from .worklist import write_worklist

WORKLIST, REPORT, RUN = "核查台账.xlsx", "核查报告.docx", "run.json"


def write_outputs(result: Result, out: Path, *, run: Mapping[str, Any], made_at: datetime, made_by: str, documents: bool, mask: bool) -> dict[str, Path]:
    """Write every file of a run into `out`; returns their paths by name, and `kept` for a workbook that was set aside.

    run        what run.json holds beside the digests of the files written
    documents  False leaves the workbook and the letter out; those of an earlier run are taken away
    """
    out.mkdir(parents=True, exist_ok=True)
    for left in out.glob(".*.part"):
        if not _runs(left.name.split(".")[1]):  # of a run that was killed
            shutil.rmtree(left, ignore_errors=True)
    beside = out / f".{os.getpid()}.part"
    beside.mkdir()
    try:
        plain = result.findings.drop_columns([name for name in INSIDE if name in result.findings.column_names])
        pq.write_table(plain, beside / FINDINGS)
        pq.write_table(result.pairs, beside / "pairs.parquet", use_dictionary=["handbook_sheet", "system_sheet", "method"])  # the others hardly ever repeat
        if result.gone is not None:
            pq.write_table(result.gone, beside / CLEARED)
        _write_json(result.summary, beside / "summary.json")
        if documents:
            told = _with_cleared(result)
            write_worklist(told, result.summary, beside / WORKLIST, made_at=made_at, made_by=made_by, mask=mask)
            write_report(told, result.summary, beside / REPORT, made_at=made_at)
        digests = {path.name: _digest(path) for path in sorted(beside.iterdir())}
        _write_json({**run, "made_at": made_at.isoformat(timespec="seconds"), "outputs": digests}, beside / RUN)
        before = _read_json(out / RUN).get("outputs", {})
        paths: dict[str, Path] = {}
        for name in (WORKLIST, REPORT):
            old = out / name
            if old.exists() and _digest(old) != before.get(name):
                paths[f"kept {name}"] = set_aside(old)
            elif old.exists() and not documents:
                old.unlink()
        # a document may be open in somebody's office program: it is tried first, so that either all change or none
        for path in sorted(beside.iterdir(), key=lambda one: (one.name == RUN, one.name not in (WORKLIST, REPORT), one.name)):
            paths[path.name] = out / path.name
            os.replace(path, out / path.name)
        if result.gone is None:
            (out / CLEARED).unlink(missing_ok=True)
        return paths
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _with_cleared(result: Result) -> pa.Table:
    """Return the findings and behind them those cleared since last month, whose rows were last month's and are not named."""
    if result.gone is None:
        return result.findings
    kept = result.gone.filter(pc.and_(pc.equal(result.gone["gone_since"], result.summary["month"]), pc.equal(result.gone["state"], "cleared")))
    rows = [{**row, "handbook_row": None, "system_row": None, "reason": f"以前列出的问题，本月两份表里已经没有了。原依据：{row['reason']}"} for row in kept.to_pylist()]
    return pa.concat_tables([result.findings, pa.Table.from_pylist(rows, schema=result.findings.schema)])


def write_answers(workbooks: Sequence[Path], folder: Path) -> tuple[pa.Table, list[Problem], int]:
    """Read what clerks filled into the workbooks of the run in `folder` and write answers.parquet there; returns it, every problem, and how many it replaced.

    The values a dispute was about are kept beside the answer. Answers to what is not in findings.parquet are problems; the good rows are written all the same.
    """
    path = folder / FINDINGS
    if not path.is_file():
        raise refuse("no_run", folder.name or str(folder), f"这个文件夹里没有 {FINDINGS}，不知道台账是哪次核查的。请用 --run 写出核查时 --out 的文件夹。")
    findings = pq.read_table(path, columns=["finding_id", "handbook_value", "system_value"])
    listed = {row["finding_id"]: {name: row[name] for name in ("handbook_value", "system_value")} for row in findings.to_pylist()}
    cleared = set(pq.read_table(folder / CLEARED, columns=["finding_id"])["finding_id"].to_pylist()) if (folder / CLEARED).is_file() else set()
    problems: list[Problem] = []
    good: dict[str, dict[str, Any]] = {}
    came: dict[str, Path] = {}
    for workbook in workbooks:
        try:
            answers, found = answers_in(workbook)
        except Refusal as refusal:
            problems += refusal.problems
            continue
        problems += found
        for answer in answers:
            key, sheet, line = answer.finding_id, answer.sheet, answer.row
            row = {name: getattr(answer, name) for name in ANSWERS.names}
            at = f"《{workbook.name}》“{sheet}”第{line}行"
            if key not in listed:
                why = "这个问题本月已经消除，不用再填。" if key in cleared else "编号不在这次核查的结果里，没有收下。请核对台账是不是这次核查写的，或用 --run 写出它的文件夹。"
                problems.append(Problem("not_listed", f"{at}：{why}", file=workbook.name, sheet=sheet, row=line))
            elif key in good and any(good[key][name] != row[name] for name in ("verdict", "value_verified", "who", "when")):
                problems.append(Problem("answered_twice", f"{at}：这个问题在《{came[key].name}》里已经填过，两处不一样；以那一份为准。", file=workbook.name, sheet=sheet, row=line))
            elif key not in good:
                good[key], came[key] = {**row, **listed[key]}, workbook
    target = folder / ANSWERED
    before = pq.read_metadata(target).num_rows if target.is_file() else 0
    table = pa.Table.from_pylist(list(good.values()), schema=pa.schema([*ANSWERS, ("handbook_value", pa.string()), ("system_value", pa.string())])).replace_schema_metadata({"month": (findings.schema.metadata or {}).get(b"month", b"")})
    if good or not problems:
        beside = folder / f".{os.getpid()}.answers.part"
        try:
            pq.write_table(table, beside)
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
    return table, problems, before


def read_run(path: Path) -> dict[str, Any]:
    """Read a run.json to be repeated. Raises Refusal, every reason at once: no run.json, an input or an earlier month gone or another one now."""
    run = _read_json(path)
    try:
        problems = _changed_since(run)
    except (KeyError, TypeError, AttributeError) as error:
        said = "这不是核查写出的 run.json，或是旧版本写的，没有记全。请选核查结果文件夹里的 run.json。" if path.is_file() else "没有找到这个文件。请选核查结果文件夹里的 run.json。"
        raise refuse("no_run", path.name, said) from error
    if problems:
        raise Refusal(problems)
    return run


def files_of(folder: Path) -> dict[str, Any] | None:
    """Return what a run's folder says of the files it read (inputs, columns, sheets), None where they are gone or others by now."""
    run = _read_json(folder / RUN)
    try:
        inputs = {side: run["inputs"][side] for side in SIDES}
        parts = {side: _parts(Path(given["path"])) for side, given in inputs.items()}
        there = all(parts[side] and fingerprint(parts[side]) == given["sha256"] for side, given in inputs.items())
        return {"month": run["month"], "inputs": inputs, "columns": run["columns"], "sheets": run["sheets"]} if there else None
    except (KeyError, TypeError, OSError):
        return None


def _changed_since(run: Mapping[str, Any]) -> list[Problem]:
    """Return what is gone or another one since the run. Raises KeyError or TypeError where the document is no run's."""
    [str(run[name]) for name in ("as_of", "month", "versions", "columns")], [run["options"][name] for name in ("report", "mask", "to", "from", "number")]
    problems: list[Problem] = []
    for side, word in SIDES.items():
        given = run["inputs"][side]
        place = Path(given["path"])
        parts = _parts(place)
        if not parts:
            problems += refuse("file_gone", given["file"], f"上次的{word}文件不在了（{place.parent}）。请放回原处再重做。").problems
        elif fingerprint(parts) != given["sha256"]:
            problems += refuse("file_changed", given["file"], f"{word}文件后来改动过，和上次核查时的不一样，重做不出同样的结果。请放回原来的那一份。").problems
    if run["before"] is not None and run["before"] != files_of(Path(run["previous"][-1]["path"])):
        problems += refuse("file_gone", run["before"]["inputs"]["handbook"]["file"], f"那次还看了 {run['before']['month']} 的两份表，现在不在了或改动过，重做不出同样的结果。请放回原处再重做。").problems
    for given in run["previous"]:
        folder = Path(given["path"])
        for name, digest in given["digests"].items():
            if not (folder / name).is_file():
                problems += refuse("file_gone", folder.name, f"{given['month']} 的结果里没有 {name} 了（{folder}）。请放回原处再重做。").problems
            elif _digest(folder / name) != digest:
                problems += refuse("file_changed", folder.name, f"{given['month']} 的 {name} 后来改动过，重做不出同样的结果。请放回原来的那一份。").problems
        for name in (CLEARED, ANSWERED):
            if name not in given["digests"] and (folder / name).is_file():
                problems += refuse("file_changed", folder.name, f"{given['month']} 的结果里后来多了 {name}，重做不出同样的结果。请先把它移走。").problems
    return problems


def _parts(path: Path) -> list[Path]:
    """Return the files an input is made of, in the order in which they are read: a file, a folder's or a pattern's parts."""
    if path.is_dir():
        return sorted(path.rglob("*.parquet"))
    if not path.exists() and glob.has_magic(str(path)):
        return sorted(Path(found) for found in glob.glob(str(path), recursive=True))
    return [path] if path.is_file() else []


def _runs(pid: str) -> bool:
    """Whether another process of this number runs; on Windows that cannot be asked, so it is taken to."""
    if not pid.isdigit() or int(pid) == os.getpid():
        return False
    if os.name == "nt":
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def set_aside(path: Path) -> Path:
    """Rename a file that was changed since it was written: 核查台账（改过1）.xlsx."""
    number = 1
    while (kept := path.with_name(f"{path.stem}（改过{number}）{path.suffix}")).exists():
        number += 1
    os.replace(path, kept)
    return kept


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_json(document: Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


