"""The data check on the command line: reconcile, answers, columns.

cli.py holds their options and loads this module when one of them is asked for.
"""

import argparse
import gc
import getpass
import json
import platform
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import bangfu
from bangfu.engines.reconcile.memory import read_months
from bangfu.engines.reconcile.outputs import REPORT, WORKLIST, files_of, read_run, write_answers, write_outputs
from bangfu.engines.reconcile.run import Result, reconcile
from bangfu.engines.reconcile.shown import KINDS, STATES, VERDICTS
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Problem, Refusal, refuse
from bangfu.engines.relations.workbook import Extract, Recognition, read_extract, recognise_file, sheet_names, write_mapping_template
from bangfu.rulebooks import SAMPLE, load_rulebook


@dataclass(frozen=True)
class _Asked:
    """What one reconcile run was asked: run.json holds it, --repeat reads it back."""

    handbook: Path
    system: Path
    as_of: date | None = None
    month: str | None = None
    columns: Mapping[str, str] | None = None
    sheets: tuple[str, ...] = ()
    previous: tuple[Path, ...] = ()
    documents: bool = True
    mask: bool = False
    to: str | None = None
    sender: str | None = None
    number: str | None = None
    memory: str | None = None
    past: bool = True  # whether last month's two files are looked at, where they still lie unchanged


def reconcile_command(asked: argparse.Namespace) -> int:
    """Check two files as asked, or as a run.json says."""
    if asked.repeat is None:
        if asked.handbook is None or asked.system is None:
            asked.wrong("the following arguments are required: 手册 系统")
        run = _Asked(asked.handbook, asked.system, asked.as_of, asked.month, _mapping(asked.columns), tuple(asked.sheet or ()), tuple(asked.previous), asked.report == "docx",
                     asked.mask, asked.to, asked.sender, asked.number, asked.memory)
    else:
        if any((asked.handbook, asked.as_of, asked.month, asked.columns, asked.sheet, asked.previous, asked.mask, asked.to, asked.sender, asked.number, asked.memory)) or asked.report != "docx":
            asked.wrong("--repeat 照 run.json 重做，只能再写 --out 和 --quiet")
        run = _as_before(asked.repeat, Console(stderr=True, quiet=asked.quiet))
    gc.disable()  # many rows are made and none of them in a circle: looking for circles would take longer than some steps
    try:
        _check(run, asked.out, quiet=asked.quiet, made_at=datetime.now().astimezone().replace(tzinfo=None))
    finally:
        gc.enable()
    return 0


def _as_before(path: Path, say: Console) -> _Asked:
    """Return what a run.json says was asked, its files being the same still; another version of the program is said."""
    run = read_run(path)
    for name, now in _versions().items():
        if run["versions"].get(name) != now:
            say.print(f"注意：那次用的是 {name} {run['versions'].get(name)}，现在是 {now}，结果可能不完全一样。", highlight=False, markup=False, soft_wrap=True)
    if run["rulebook"]["fingerprint"] != load_rulebook(SAMPLE).fingerprint:
        say.print("注意：规则手册（代码表、别名等）后来改过，结果可能不完全一样。", highlight=False, markup=False, soft_wrap=True)
    options, inputs = run["options"], run["inputs"]
    return _Asked(Path(inputs["handbook"]["path"]), Path(inputs["system"]["path"]), date.fromisoformat(run["as_of"]), run["month"], run["columns"] or None,
                  tuple(run["sheets"]), tuple(Path(one["path"]) for one in run["previous"]), options["report"] == "docx", options["mask"], options["to"], options["from"], options["number"],
                  options["memory"], run["before"] is not None)


def _versions() -> dict[str, str]:
    return {"bangfu": bangfu.__version__, "python": platform.python_version(), "duckdb": version("duckdb"), "pyarrow": version("pyarrow")}


def _check(asked: _Asked, out: Path, *, quiet: bool = False, made_at: datetime) -> dict[str, Path]:
    """Read both files, run the plan, write the outputs and show a short table; returns the paths written."""
    say = Console(stderr=True, quiet=quiet)
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=say, transient=True, disable=quiet) as bar:
        task = bar.add_task("读取", total=8)
        extracts = _read_both(asked.handbook, asked.system, asked.columns, asked.sheets, lambda: bar.advance(task))
        day, why = _as_of(asked.as_of, extracts, asked.month, made_at.date())
        month = asked.month or f"{day:%Y-%m}"
        previous = read_months(asked.previous, month)
        if out.resolve() in [one.folder for one in previous]:
            raise refuse("same_folder", out.name, "结果不能写进以前月份的文件夹，那里的结果下个月还要用。请用 --out 换一个文件夹。")
        rulebook = load_rulebook(SAMPLE)
        before = files_of(previous[-1].folder) if previous and asked.past else None

        def progress(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=2 + done, total=total + 3)

        result = reconcile(extracts["handbook"], extracts["system"], rulebook=rulebook, as_of=day, month=month,
                           version=bangfu.__version__, previous=previous, before=_read_before(before), memory=asked.memory, progress=progress)
        bar.update(task, description="写出文件", completed=8, total=9)
        result.summary.update({name: said for name, said in (("office", asked.to), ("town", asked.sender), ("number", asked.number)) if said})
        run = {
            "command": "reconcile", "version": bangfu.__version__, "versions": _versions(), "engine": "duckdb", "as_of": day.isoformat(), "month": month,
            "inputs": {side: {"file": extract.path.name, "path": str(extract.path.resolve()), "sha256": extract.sha256} for side, extract in extracts.items()},
            "previous": [{"month": one.month, "path": str(one.folder), "digests": dict(one.digests)} for one in previous],
            "before": before, "columns": dict(asked.columns or {}), "sheets": list(asked.sheets), "rulebook": {"name": rulebook.name, "fingerprint": rulebook.fingerprint},
            "options": {"report": "docx" if asked.documents else "none", "mask": asked.mask, "to": asked.to, "from": asked.sender, "number": asked.number, "memory": asked.memory},
        }  # fmt: skip
        paths = _written(result, out, run, made_at, asked.documents, asked.mask)
    plain: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}
    for side, extract in extracts.items():
        for note in (*extract.notes, *(problem.message for problem in extract.malformed[:5])):
            say.print(f"{'手册' if side == 'handbook' else '系统'}：{note}", style="dim", **plain)
        if extract.skipped:
            say.print(f"{'手册' if side == 'handbook' else '系统'}：标题、合计、签字等 {len(extract.skipped)} 行不是人员，没有参加核查，逐行列在 summary.json。", style="dim", **plain)
        if len(extract.malformed) > 5:
            say.print(f"同类问题共 {len(extract.malformed)} 处，其余在 summary.json。", style="dim", **plain)
    say.print(f"数据日期 {day}（{why}）", **plain)
    say.print(_result_table(result.summary))
    if previous:
        say.print(_remembered(result.summary["memory"]), **plain)
        if before is None and asked.past:
            say.print(f"{previous[-1].month} 的两份表不在原处了或改动过，这次没有拿上月的值作依据。", style="dim", **plain)
    for name, path in paths.items():
        if name.startswith("kept "):
            say.print(f"原来的《{name[5:]}》后来改动过，已另存为《{path.name}》，没有覆盖。", **plain)
    if asked.documents:
        say.print(f"结果在 {out}：{WORKLIST}、{REPORT} 等", **plain)
    return paths


def _read_before(files: Mapping[str, Any] | None) -> Mapping[str, Extract]:
    """Read the two files of an earlier month again, as that month's run read them."""
    if files is None:
        return {}
    return _read_both(Path(files["inputs"]["handbook"]["path"]), Path(files["inputs"]["system"]["path"]), files["columns"] or None, tuple(files["sheets"]), lambda: None)


def _remembered(memory: Mapping[str, Any]) -> str:
    """Say in one line how this month stands against the earlier ones."""
    states = memory["states"]
    said = "，".join(f"{word} {memory['cleared'] if state == 'cleared' else states.get(state, 0)} 条" for state, word in STATES.items())
    more = [f"{words} {memory[name]} 条" for name, words in (("decided_before", "以前已核实、两边没有变的"), ("answers_lapsed", "核实以后值又变了、要重新核实的"),
                                                            ("not_checked", "这次的表里没有那个村或那一栏、没有核到的")) if memory[name]]
    return f"和 {'、'.join(memory['previous'])} 相比：{said}" + (f"；其中{'，'.join(more)}" if more else "")


def answers_command(asked: argparse.Namespace) -> int:
    """Read filled-in workbooks back."""
    folder = asked.folder or asked.workbooks[0].absolute().parent
    try:
        table, problems, before = write_answers(asked.workbooks, folder)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise refuse("not_writable", folder.name, f"写不进这个文件夹（{error.strerror}）。请换一个可写的文件夹，或关掉正在打开的文件。") from error
    counts = Counter(table["verdict"].to_pylist())
    said = "，".join(f"{word} {counts[verdict]} 条" for verdict, word in VERDICTS.items() if counts[verdict])
    print(f"读到 {table.num_rows} 条核实" + (f"：{said}" if said else "。没有一行填过判定、核实值、核实人或核实日期"))
    if table.num_rows or not problems:
        print(f"写在 {folder / 'answers.parquet'}" + (f"，代替原来的 {before} 条" if before else "") + "。下个月核查时用 --previous 写上这个文件夹。")
    for problem in problems:
        print(problem.message, file=sys.stderr)
    if problems:
        print(f"有 {len(problems)} 处没有收下，改好以后再读一次；其余的已经收下。" if table.num_rows else f"有 {len(problems)} 处看不懂，没有收下。", file=sys.stderr)
    return 2 if problems else 0


def _written(result: Result, out: Path, run: Mapping[str, Any], made_at: datetime, documents: bool, mask: bool) -> dict[str, Path]:
    try:
        return write_outputs(result, out, run=run, made_at=made_at, made_by=_user(), documents=documents, mask=mask)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise refuse("not_writable", out.name, f"写不进这个文件夹（{error.strerror}）。请关掉正在打开的结果文件，或换一个 --out 文件夹。") from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _sheets_of(files: Mapping[str, Path], asked: Sequence[str]) -> dict[str, list[str]]:
    """Return the sheets asked for of each side; a bare name is of the files that have it. A side without one finds its sheets by itself."""
    words = {word: side for side, word in (("handbook", "手册"), ("system", "系统"))}
    there = {side: sheet_names(path) for side, path in files.items()} if asked else {}
    chosen: dict[str, list[str]] = {}
    for name in asked:
        prefixed = re.fullmatch("(手册|系统)[:：](.+)", name)
        sides = [words[prefixed[1]]] if prefixed else [side for side in files if name in there[side]]
        for side in sides or list(files):  # nobody has it: both files say what they have
            chosen.setdefault(side, []).append(prefixed[2] if prefixed else name)
    return chosen


def _read_both(handbook: Path, system: Path, mapping: Mapping[str, str] | None, sheets: Sequence[str], done: Any) -> dict[str, Extract]:
    """Read both files; what is wrong with either is said at once."""
    chosen = _sheets_of({"handbook": handbook, "system": system}, sheets)
    headers = load_headers(SAMPLE)
    extracts: dict[str, Extract] = {}
    problems: list[Problem] = []
    for side, path in (("handbook", handbook), ("system", system)):
        try:
            extracts[side] = read_extract(path, side=side, headers=headers, mapping=mapping, sheets=chosen.get(side))
        except Refusal as refusal:
            problems += refusal.problems
        done()
    if problems:
        raise Refusal(problems)
    return extracts


def _as_of(asked: date | None, extracts: Mapping[str, Extract], month: str | None, today: date) -> tuple[date, str]:
    """Return the date the data is of, and where it comes from."""
    if asked is not None:
        return asked, "按 --as-of"
    for side in ("system", "handbook"):
        table = extracts[side].table
        if table is not None and "data_date" in table.column_names:
            for text in table["data_date"].drop_null().slice(0, 1).to_pylist():
                try:
                    return date.fromisoformat(text), "文件里的数据日期"
                except ValueError:
                    continue
    for side in ("system", "handbook"):
        for found in re.findall(r"(?<!\d)(20\d{6})(?!\d)", extracts[side].path.name):
            try:
                return date.fromisoformat(f"{found[:4]}-{found[4:6]}-{found[6:]}"), "文件名里的日期"
            except ValueError:
                continue
    if month is not None:
        year, number = map(int, month.split("-"))
        return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1), "月份的最后一天"
    return today, "文件里没有日期，按今天；请用 --as-of 指定"


def _result_table(summary: Mapping[str, Any]) -> Table:
    """Return the short table of what was found."""
    pairs, inputs, counts = summary["pairs"], summary["inputs"], summary["findings"]
    title = (f"手册 {inputs['handbook']['persons']} 人、系统 {inputs['system']['persons']} 人，对应 {pairs['total']} 人、"
             f"{summary['households']['paired']} 户；列出问题 {counts['total']} 条，写法不同 {sum(one['count'] for one in summary['form'])} 处不算")
    table = Table(title=title, title_justify="left", show_footer=True)
    table.add_column("问题", footer="合计")
    kinds = [kind for kind in (*KINDS, *counts["by_kind"]) if kind in counts["by_kind"]]
    cross = counts["by_kind_and_verdict"]
    for verdict, word in VERDICTS.items():
        table.add_column(word.split("（")[0], justify="right", footer=str(counts["by_verdict"].get(verdict, 0)))
    table.add_column("合计", justify="right", footer=str(counts["total"]))
    for kind in dict.fromkeys(kinds):
        row = [cross.get(kind, {}).get(verdict, 0) for verdict in VERDICTS]
        table.add_row(KINDS.get(kind, kind), *(str(count or "") for count in row), str(counts["by_kind"][kind]))
    return table


def _mapping(path: Path | None) -> Mapping[str, str] | None:
    """Read a column mapping, header = field. Raises Refusal when it is none."""
    if path is None:
        return None
    try:
        chosen = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise refuse("file_missing", path.name, "找不到这个列对应表。请检查文件名和所在文件夹。") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise refuse("mapping", path.name, f"列对应表读不懂（{error}）。每行写成 \"列名\" = \"字段名\"，两边都加英文引号。") from error
    if not all(isinstance(field, str) for field in chosen.values()):
        raise refuse("mapping", path.name, "列对应表里每个列名只能对应一个字段名。每行写成 \"列名\" = \"字段名\"。")
    return chosen


def columns_command(asked: argparse.Namespace) -> int:
    """Show how a file's columns are recognised and write a mapping to be filled in."""
    found = recognise_file(asked.file, load_headers(SAMPLE), _mapping(asked.columns))
    if asked.json:
        print(json.dumps([asdict(sheet) for sheet in found], ensure_ascii=False, indent=2))
        return 0
    console = Console()
    for sheet in found:
        console.print(_columns_table(asked.file.name, sheet))
        for note in sheet.notes:
            console.print(f"{f'“{sheet.sheet}”表' if sheet.sheet else ''}{note}", highlight=False, markup=False)
    main = max(found, key=lambda sheet: (sum(column.field is not None for column in sheet.columns), sheet.rows), default=None)
    if main is None or main.header_row is None:
        raise refuse("header_missing", asked.file.name, "前 10 行里没有找到表头（如“姓名”“证件号码”“户编号”所在的一行）。"
                     "请检查选的文件和工作表。")
    path = asked.out or Path(f"{asked.file.stem}_列对应.toml")
    if path.exists():
        console.print(f"《{path}》已经有了，没有改动它；要重写请先移走，或用 --out 另起名字。")
    else:
        write_mapping_template(main, path)
        console.print(f"列对应表写在《{path}》：右边空着的列不参加比对，填上字段名后用 --columns 交给 bangfu reconcile。")
    return 0


def _columns_table(file: str, sheet: Recognition) -> Table:
    """Return one sheet's columns as shown in a terminal."""
    where = f"《{file}》" + (f"“{sheet.sheet}”表" if sheet.sheet else "")
    if sheet.header_row is None:
        return Table(title=f"{where}：没有找到表头", title_justify="left")
    known = sum(column.field is not None for column in sheet.columns)
    title = (f"{where}：表头在第 {sheet.header_row} 行，其下 {sheet.rows} 行；"
             f"认作 {sheet.profile or '未知格式'}；{len(sheet.columns)} 列认出 {known} 列")
    table = Table(title=title, title_justify="left")
    for head in ("列", "列名", "认作", "字段名", "建议"):
        table.add_column(head, overflow="fold")
    for column in sheet.columns:
        label = FIELDS[column.field].label if column.field else "（没认出）"
        hint = sheet.suggestions.get(column.header)
        table.add_row(column.letter, column.header, label, column.field or "", f"是否应为“{hint}”？" if hint else "")
    return table
