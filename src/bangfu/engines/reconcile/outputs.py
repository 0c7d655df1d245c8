"""The files of one run: findings.parquet, pairs.parquet, summary.json, run.json, 核查台账.xlsx, 核查报告.docx.

Promises: every file is written beside its place and then renamed, all of them after the last one was made, so a run that
was stopped leaves the folder as it was; a workbook that somebody has filled in since is kept under another name.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from .report import write_report
from .run import Result
from .worklist import write_worklist

WORKLIST, REPORT, RUN = "核查台账.xlsx", "核查报告.docx", "run.json"
INSIDE = ("head_name", "member_name")  # for the two documents only: machines follow the codes


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
        pq.write_table(plain, beside / "findings.parquet")
        pq.write_table(result.pairs, beside / "pairs.parquet")
        _write_json(result.summary, beside / "summary.json")
        if documents:
            write_worklist(result.findings, result.summary, beside / WORKLIST, made_at=made_at, made_by=made_by, mask=mask)
            write_report(result.findings, result.summary, beside / REPORT, made_at=made_at)
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
        return paths
    finally:
        shutil.rmtree(beside, ignore_errors=True)


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


