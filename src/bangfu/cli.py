"""The command line: one parser, one help.

Exit code 0 = done (differences found are no failure), 1 = could not be done, 2 = wrong usage. `--json` prints one
document on stdout and nothing else there; words and progress go to stderr. No traceback reaches a user for anything
a file may hold: engines raise Refusal, and its sentences are printed as they are.
"""

import argparse
import getpass
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import bangfu
from bangfu.base.calendar_data import shipped_days
from bangfu.base.calendar_rules import ON_HOLIDAY, WEEKDAYS, Days, EveryWeeks, NthWeekday, Rule, last_working_day, visit_days
from bangfu.demo.faults import MASKED
from bangfu.demo.files import write_town
from bangfu.demo.months import write_months
from bangfu.engines.reconcile.memory import read_months
from bangfu.engines.reconcile.outputs import REPORT, WORKLIST, files_of, read_run, write_answers, write_outputs
from bangfu.engines.reconcile.run import Result, reconcile
from bangfu.engines.reconcile.shown import KINDS, STATES, VERDICTS
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Problem, Refusal, refuse
from bangfu.engines.relations.workbook import Extract, Recognition, read_extract, recognise_file, sheet_names, write_mapping_template
from bangfu.rulebooks import load_rulebook

CHECKOUT = Path(__file__).resolve().parents[2]
DEMO_FOLDER = (CHECKOUT if (CHECKOUT / "bangfu").is_file() else Path.cwd()) / "演示"
SAMPLE = Path(__file__).resolve().parent / "rulebooks" / "sample"


_USAGE_WORDS = (
    ("the following arguments are required: ", "缺少 "), ("unrecognized arguments: ", "不认识 "), ("argument ", ""),
    ("expected one argument", "后面要跟一个值"), ("expected at least one argument", "后面至少要跟一个值"),
    ("invalid choice: ", "没有这个选项 "), ("choose from", "可用的有"), ("invalid", "不对"), ("value", "值"),
)


BENCHES = ("reconcile", "accuracy", "office", "intake", "helpday", "aid")
PASSED_ON = {"test": "pytest", "bench": "rest"}


class _Parser(argparse.ArgumentParser):
    """argparse with its few sentences in Chinese."""

    def error(self, message: str) -> None:  # type: ignore[override]
        for english, chinese in _USAGE_WORDS:
            message = message.replace(english, chinese)
        self.exit(2, f"用法不对：{message}。请运行 {self.prog} --help 查看写法。\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command; each sets `run`, a function of the parsed arguments."""
    top = _Parser(prog="bangfu", description="帮扶：两份表格进，核查台账和报告出。")
    commands = top.add_subparsers(dest="command", metavar="命令", required=True)
    run = commands.add_parser("run", help="演示：用虚构的镇打开办公应用，说出地址和演示账号")
    run.add_argument("--data", type=Path, default=DEMO_FOLDER / "办公", metavar="DIR", help="数据文件夹（默认：演示/办公）")
    run.set_defaults(run=_serve, demo=True)
    serve = commands.add_parser("serve", help="打开办公应用；第一次打开时建系统管理员账号")
    serve.add_argument("--data", type=Path, default=Path("bangfu-data"), metavar="DIR", help="数据文件夹（默认：bangfu-data）")
    serve.set_defaults(run=_serve, demo=False)
    for office in (run, serve):
        office.add_argument("--port", type=_positive, default=8000, help="端口（默认 8000）")
        office.add_argument("--host", default="127.0.0.1", help="在哪个地址上开（默认 127.0.0.1，只给本机用）")

    worker = commands.add_parser("worker", help="只做后台工作（run 和 serve 自己带着一个，一般不用另开）")
    worker.add_argument("--data", type=Path, default=Path("bangfu-data"), metavar="DIR", help="数据文件夹（默认：bangfu-data）")
    worker.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)
    worker.set_defaults(run=_worker)

    verify = commands.add_parser("verify", help="查一查办公应用的操作记录和台账有没有被动过")
    verify.add_argument("--data", type=Path, required=True, metavar="DIR", help="数据文件夹")
    verify.set_defaults(run=_verify)

    bulletin = commands.add_parser("bulletin", help="简报里的数字，连同怎么从台账里数出来的")
    where = bulletin.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, metavar="DIR", help="数据文件夹")
    where.add_argument("--demo", action="store_true", help="用新造的虚构的镇")
    bulletin.add_argument("--code", metavar="编号", help="哪一份简报（默认：最新的）")
    bulletin.add_argument("--json", action="store_true", help="写成 JSON，金额以分计")
    bulletin.set_defaults(run=_bulletin)

    backup = commands.add_parser("backup", help="备份办公应用：一个加密的文件，不用停下来；密钥文件要另外保管")
    backup.add_argument("--data", type=Path, required=True, metavar="DIR", help="数据文件夹")
    backup.add_argument("--to", type=Path, required=True, metavar="DIR", help="备份写到哪个文件夹")
    backup.add_argument("--rehearse", action="store_true", help="写完恢复一遍、逐表比对，再清掉")
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", help="把备份恢复到新的数据文件夹")
    restore.add_argument("file", type=Path, metavar="备份", help="bangfu backup 写的文件（.bak）")
    restore.add_argument("--data", type=Path, required=True, metavar="DIR", help="新的数据文件夹")
    restore.add_argument("--keys", type=Path, metavar="keys.json", help="密钥文件（默认：新的数据文件夹里的 keys.json）")
    restore.set_defaults(run=_restore)

    keys = commands.add_parser("keys", help="给办公应用换一把新密钥")
    keys.add_argument("act", choices=("rotate",), metavar="rotate", help="rotate：造一把新密钥，把封存的值都改用它")
    keys.add_argument("--data", type=Path, required=True, metavar="DIR", help="数据文件夹")
    keys.set_defaults(run=_keys)

    check = commands.add_parser("reconcile", help="核查两份表：谁是谁、哪里不同、哪一边错")
    check.add_argument("handbook", type=Path, nargs="?", metavar="手册", help="手册登记表（.xlsx .xls .csv .parquet）")
    check.add_argument("system", type=Path, nargs="?", metavar="系统", help="国家系统导出的表")
    check.add_argument("--out", type=Path, required=True, metavar="DIR", help="结果写到哪个文件夹")
    check.add_argument("--as-of", type=_day, metavar="DATE", help="数据日期，如 2017-10-20（默认：文件里或文件名里的，再按月份）")
    check.add_argument("--month", type=_month, metavar="2017-10", help="核查的月份（默认：数据日期所在的月）")
    check.add_argument("--columns", type=Path, metavar="MAP.toml", help="列对应表，由 bangfu columns 写出")
    check.add_argument("--sheet", action="append", metavar="NAME", help="只读这张工作表，可写几次；两份文件里有同名的，写“手册:NAME”或“系统:NAME”（默认：自己找）")
    check.add_argument("--previous", type=Path, nargs="+", action="extend", default=[], metavar="DIR", help="以前月份的结果文件夹，可以写几个，次序不限")
    check.add_argument("--repeat", type=Path, metavar="run.json", help="照以前一次核查的 run.json 重做，两份表和各项选择都照它；只另写 --out")
    check.add_argument("--mask", action="store_true", help="台账里的姓名、号码也遮住")
    check.add_argument("--to", metavar="单位", help="报告写给谁（默认：×××）")
    check.add_argument("--from", dest="sender", metavar="单位", help="谁的报告（默认：×××镇人民政府）")
    check.add_argument("--number", metavar="文号", help="报告的文号，如 大政报〔2017〕5号")
    check.add_argument("--memory", type=_memory, metavar="4GB", help="数据库最多用多少内存（默认：这台机器的八成）；不够用就停下，不写到硬盘上")
    check.add_argument("--report", choices=("docx", "none"), default="docx", help="none：不写 Word 报告和 Excel 台账")
    check.add_argument("--quiet", action="store_true", help="不显示进度和结果表")
    check.set_defaults(run=_reconcile, wrong=check.error)

    answers = commands.add_parser("answers", help="把填好的核查台账读回来，写成 answers.parquet，下个月核查时用")
    answers.add_argument("workbooks", type=Path, nargs="+", metavar="核查台账.xlsx", help="填好的台账；分给几个人填的，几份一起写")
    answers.add_argument("--run", dest="folder", type=Path, metavar="DIR", help="那次核查的结果文件夹（默认：第一份台账所在的文件夹）")
    answers.set_defaults(run=_answers)

    columns = commands.add_parser("columns", help="认一认表格的列，写出列对应表")
    columns.add_argument("file", type=Path, metavar="文件")
    columns.add_argument("--columns", type=Path, metavar="MAP.toml", help="已有的列对应表")
    columns.add_argument("--out", type=Path, metavar="MAP.toml", help="列对应表写到哪里（默认：当前文件夹，文件名_列对应.toml）")
    columns.add_argument("--json", action="store_true", help="只输出一份 JSON，不写列对应表")
    columns.set_defaults(run=_columns)

    demo = commands.add_parser("demo-data", help="造一个虚构的镇：两份登记表和答案")
    amount = demo.add_mutually_exclusive_group()
    amount.add_argument("--size", choices=("tiny", "demo", "large"), default="demo", help="大小（默认 demo：15 村 300 户）")
    amount.add_argument("--persons", type=_positive, metavar="N", help="多少人")
    demo.add_argument("--seed", type=int, default=1, metavar="S", help="种子；同一种子造出同样的文件（默认 1）")
    demo.add_argument("--out", type=Path, required=True, metavar="DIR", help="写到哪个文件夹")
    demo.add_argument("--profile", choices=("G1", "G2", "G3"), default="G1", help="国家系统导出的格式（默认 G1）")
    demo.add_argument("--errors", type=_share, metavar="3%", help="有差错的人占多少（默认 3%%，--hard 时 15%%）")
    demo.add_argument("--format", choices=("xlsx", "csv", "parquet"), default="xlsx", help="文件格式（默认 xlsx）")
    demo.add_argument("--hard", action="store_true", help="更难：一行几处错，有的村没有编号或证件号码，有重复")
    for name, _field, words in LEFT_OUT:
        demo.add_argument(name, type=_share, metavar="5%", help=f"多少个村的手册{words}（各不相同的村）")
    demo.add_argument("--dialects", action="store_true", help="每个村的手册各有各的写法，有些词不在代码表里")
    demo.add_argument("--months", type=_positive, metavar="M", help="连着造 M 个月，一月一个文件夹：有的差错改好，有的新出现，有的又出现")
    demo.set_defaults(run=_demo_data)

    calendar = commands.add_parser("calendar", help="一年的脱贫攻坚日和每月最后一个工作日，按国务院公布的放假和补班")
    calendar.add_argument("year", type=_year, metavar="年份", help="如 2026")
    calendar.add_argument("--on-holiday", choices=ON_HOLIDAY, default="on",
                          help="遇到节假日：back 提前到前一个工作日，on 推后到后一个工作日（默认），skip 这次不去")
    calendar.add_argument("--nth", type=_ordinals, metavar="1,3", help="每月第几个（默认 1,3）")
    calendar.add_argument("--weekday", type=_weekday, metavar="4", help="周几，1 是周一，7 是周日（默认 4）")
    calendar.add_argument("--every-weeks", type=_positive, metavar="N", help="不按月，每 N 周一次；和 --from 一起写")
    calendar.add_argument("--from", dest="start", type=_day, metavar="DATE", help="每 N 周一次的第一天，如 2017-06-06")
    calendar.add_argument("--json", action="store_true", help="只输出一份 JSON")
    calendar.set_defaults(run=_calendar, wrong=calendar.error)

    bench = commands.add_parser("bench", help="量准确度和速度（仅在源码目录中）", add_help=False)
    bench.add_argument("name", choices=BENCHES, metavar="|".join(BENCHES))
    bench.add_argument("rest", nargs=argparse.REMAINDER)
    bench.set_defaults(run=_bench)

    test = commands.add_parser("test", help="运行全部测试（仅在源码目录中）")
    test.add_argument("pytest", nargs=argparse.REMAINDER, help="--browser：连浏览器测试一起；其余交给 pytest")
    test.set_defaults(run=_test)
    return top


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("日期写成 2017-10-20 这样") from error


def _month(text: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("月份写成 2017-10 这样")
    return text


def _year(text: str) -> int:
    if not re.fullmatch(r"(19|20|21)[0-9]{2}", text):
        raise argparse.ArgumentTypeError("年份写成 2026 这样，1900 到 2199")
    return int(text)


def _ordinals(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[1-5]([,，、][1-5])*", text):
        raise argparse.ArgumentTypeError("每月第几个写成 1,3 这样，每个数 1 到 5")
    return tuple(sorted({int(one) for one in re.split("[,，、]", text)}))


def _weekday(text: str) -> int:
    if not re.fullmatch("[1-7]", text):
        raise argparse.ArgumentTypeError("周几写 1 到 7，1 是周一，7 是周日")
    return int(text)


def _office() -> Any:
    """Return the module that starts the office application. Raises Refusal where its libraries are not installed."""
    try:
        import cryptography  # noqa: F401
        import django  # noqa: F401
        import granian  # noqa: F401

        from bangfu.config import office
    except ModuleNotFoundError as missing:
        raise Refusal(Problem("not_installed", f"没有装办公应用所需的库（{missing.name}）。请安装 bangfu[web]，或在源码目录中用 ./bangfu 启动。")) from missing
    return office


def _serve(asked: argparse.Namespace) -> int:
    return int(_office().start(asked.data, asked.host, asked.port, demo=asked.demo))


def _worker(asked: argparse.Namespace) -> int:
    return int(_office().worker(asked.data, beside=asked.beside))


def _verify(asked: argparse.Namespace) -> int:
    return int(_office().verify(asked.data))


def _bulletin(asked: argparse.Namespace) -> int:
    found = _office().bulletin(asked.data, asked.code)
    if found is None:
        return 1
    if asked.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    print(f"{found['title']}　{found['from']} 至 {found['to']}，台账第 {found['position']} 条" + ("" if found["issued"] else "（还没有印发）"))
    for one in found["figures"]:
        print(f"  {one['field']}　{one['shown']}　" + (f"名单 {one['list']} 行" if one["query"] else f"手填，来源：{one['source']}") + ("" if one["corrected_to"] is None else "　有更正"))
    return 0


def _keys(asked: argparse.Namespace) -> int:
    return int(_office().rotate_keys(asked.data))


def _backup(asked: argparse.Namespace) -> int:
    office = _office()
    with _shown() as progress:
        return int(office.backup(asked.data, asked.to, rehearse=asked.rehearse, progress=progress))


def _restore(asked: argparse.Namespace) -> int:
    office = _office()
    with _shown() as progress:
        return int(office.restore(asked.file, asked.data, asked.keys, progress))


@contextmanager
def _shown() -> Iterator[Callable[[str, int, int], None]]:
    """Show on stderr, while it lasts, which step is being done and how far it is; a total of 0 = not known.

    Being told to end is an interruption, so that whatever is half made is taken away.
    """
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    say = Console(stderr=True)
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=say, transient=True, disable=not say.is_terminal) as bar:
        task = bar.add_task("准备", total=None)

        def progress(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total or None)

        yield progress


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


def _reconcile(asked: argparse.Namespace) -> int:
    if asked.repeat is None:
        if asked.handbook is None or asked.system is None:
            asked.wrong("the following arguments are required: 手册 系统")
        run = _Asked(asked.handbook, asked.system, asked.as_of, asked.month, _mapping(asked.columns), tuple(asked.sheet or ()), tuple(asked.previous), asked.report == "docx",
                     asked.mask, asked.to, asked.sender, asked.number, asked.memory)
    else:
        if any((asked.handbook, asked.as_of, asked.month, asked.columns, asked.sheet, asked.previous, asked.mask, asked.to, asked.sender, asked.number, asked.memory)) or asked.report != "docx":
            asked.wrong("--repeat 照 run.json 重做，只能再写 --out 和 --quiet")
        run = _as_before(asked.repeat, Console(stderr=True, quiet=asked.quiet))
    _check(run, asked.out, quiet=asked.quiet, made_at=datetime.now().astimezone().replace(tzinfo=None))
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


def _answers(asked: argparse.Namespace) -> int:
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


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("应是 1 或更大的整数")
    return number


def _memory(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,4}\s*[GM]B", text.strip(), re.IGNORECASE):
        raise argparse.ArgumentTypeError("写成 4GB 或 800MB 的样子")
    return text.strip().upper()


def _share(text: str) -> float:
    share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("应在 0% 到 100% 之间")
    return share


LEFT_OUT = (("--no-code", "person_code", "没有人编号"), ("--no-household-code", "household_code", "没有户编号"), ("--no-id", "certificate_no", "没有证件号码"),
            ("--masked-id", MASKED, "证件号码只有头尾"))  # fmt: skip


def _demo_data(asked: argparse.Namespace) -> int:
    left_out = {field: share for name, field, _words in LEFT_OUT if (share := getattr(asked, name[2:].replace("-", "_"))) is not None}
    errors = asked.errors if asked.errors is not None else 0.15 if asked.hard else 0.03
    size = None if asked.persons else asked.size
    town: dict[str, Any] = {"size": size, "persons": asked.persons, "seed": asked.seed, "profile": asked.profile, "errors": errors,
                            "kind": asked.format, "hard": asked.hard, "left_out": left_out or None, "dialects": asked.dialects}
    if asked.months:
        for month, path in write_months(asked.out, months=asked.months, **town).items():
            print(f"{month}：{path}")
        print("人员、住户、干部均为虚构。")
        return 0
    paths = write_town(asked.out, **town)
    labels = {"handbook": "手册登记", "system": "系统导出", "truth": "答案（每处差错哪边错）", "truth_people": "答案（每人在两份表的哪一行）"}
    for name, path in paths.items():
        print(f"{labels[name]}：{path}")
    print("人员、住户、干部均为虚构。")
    return 0


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


def _columns(asked: argparse.Namespace) -> int:
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


def _calendar(asked: argparse.Namespace) -> int:
    days, year = shipped_days(), asked.year
    rule = _rule(asked)
    visits = visit_days(rule, year, days, asked.on_holiday)
    lasts = [last_working_day(year, month, days) for month in range(1, 13)]
    if asked.json:
        shown = [{"rule_date": _iso(one.rule_date), "date": _iso(one.date), "holiday": one.holiday, "make_up_until": _iso(one.make_up_until)} for one in visits]
        print(json.dumps({"year": year, "official": days.official(year), "source": days.source(year), "rule": str(rule), "on_holiday": asked.on_holiday,
                          "visit_days": shown, "last_working_days": [_iso(one) for one in lasts]}, ensure_ascii=False, indent=2))
        return 0
    console = Console(highlight=False)
    table = Table(title=f"{year} 年脱贫攻坚日：{rule}；遇节假日{_MOVES[asked.on_holiday]}", title_justify="left")
    for head in ("按规则", "节假日", "哪天去", "补访到"):
        table.add_column(head, overflow="fold")
    for one in visits:
        provisional = "" if one.official else "（暂定）"
        table.add_row(_shown_day(one.rule_date, days), one.holiday or "", (_shown_day(one.date, days) + provisional) if one.date else "不去",
                      _shown_day(one.make_up_until, days) if one.make_up_until else "")
    console.print(table)
    ends = Table(title="每月最后一个工作日", title_justify="left")
    for head in ("月", "最后一个工作日"):
        ends.add_column(head, overflow="fold")
    for month, last in enumerate(lasts, 1):
        ends.add_row(f"{month} 月", _shown_day(last, days))
    console.print(ends)
    if days.official(year):
        console.print(f"依据：{days.source(year)}", soft_wrap=True)
    else:
        console.print(f"注意：没有国务院公布的 {year} 年放假安排，以上都是暂定，只按周一至周五推算，没有算节假日和补班；公布以后会变。", style="yellow", soft_wrap=True)
    return 0


_MOVES = {"back": "提前到前一个工作日", "on": "推后到后一个工作日", "skip": "不去"}


def _rule(asked: argparse.Namespace) -> Rule:
    """Return the visit-day rule asked for; options that do not go together are wrong usage."""
    if asked.every_weeks is None and asked.start is None:
        return NthWeekday(asked.nth or (1, 3), asked.weekday or 4)
    if asked.nth or asked.weekday:
        asked.wrong("--nth、--weekday 和 --every-weeks、--from 是两种规则，只能写一种")
    if asked.every_weeks is None or asked.start is None:
        asked.wrong("--every-weeks 和 --from 要一起写，如 --every-weeks 2 --from 2017-06-06")
    try:
        return EveryWeeks(asked.every_weeks, asked.start)
    except ValueError as error:
        asked.wrong(str(error))
        raise


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _shown_day(day: date, days: Days) -> str:
    return f"{day} {WEEKDAYS[day.isoweekday() - 1]}{'（补班）' if days.is_make_up(day) else ''}"


def _bench(asked: argparse.Namespace) -> int:
    script = CHECKOUT / "bench" / f"{asked.name}.py"
    if not script.is_file():
        print("这里没有 bench：bench 只能在源码目录中运行。", file=sys.stderr)
        return 1
    return subprocess.call([sys.executable, str(script), *asked.rest])


def _test(asked: argparse.Namespace) -> int:
    if not (CHECKOUT / "tests").is_dir():
        print("这里没有测试：test 只能在源码目录中运行。", file=sys.stderr)
        return 1
    passed = [one for one in asked.pytest if one != "--browser"]
    environment = os.environ | ({"BANGFU_BROWSER": "yes"} if len(passed) < len(asked.pytest) else {})
    return subprocess.call([sys.executable, "-m", "pytest", *passed], cwd=CHECKOUT, env=environment)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    asked, rest = parser().parse_known_args(argv)
    if rest and asked.command not in ("test", "bench"):
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        setattr(asked, PASSED_ON[asked.command], [*rest, *getattr(asked, PASSED_ON[asked.command])])
    try:
        return int(asked.run(asked))
    except Refusal as refusal:
        for problem in refusal.problems:
            print(problem.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已中断，没有写出任何文件。", file=sys.stderr)
        return 1
