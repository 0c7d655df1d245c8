"""The command line: one parser, one help.

Exit code 0 = done (differences found are no failure), 1 = could not be done, 2 = wrong usage. `--json` prints one
document on stdout and nothing else there; words and progress go to stderr. No traceback reaches a user for anything
a file may hold: engines raise Refusal, and its sentences are printed as they are.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bangfu.base.calendar_data import shipped_days
from bangfu.base.calendar_rules import ON_HOLIDAY, WEEKDAYS, Days, EveryWeeks, NthWeekday, Rule, last_working_day, visit_days
from bangfu.engines.relations.refusals import Problem, Refusal

CHECKOUT = Path(__file__).resolve().parents[2]
DEMO_FOLDER = (CHECKOUT if (CHECKOUT / "bangfu").is_file() else Path.cwd()) / "演示"


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
    for name, words in LEFT_OUT:
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


def _reconcile(asked: argparse.Namespace) -> int:
    return int(_datacheck().reconcile_command(asked))


def _answers(asked: argparse.Namespace) -> int:
    return int(_datacheck().answers_command(asked))


def _columns(asked: argparse.Namespace) -> int:
    return int(_datacheck().columns_command(asked))


def _datacheck() -> Any:
    """Return the module of the data check's commands; it is loaded when one is asked for."""
    from bangfu import datacheck

    return datacheck


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


LEFT_OUT = (("--no-code", "没有人编号"), ("--no-household-code", "没有户编号"), ("--no-id", "没有证件号码"), ("--masked-id", "证件号码只有头尾"))


def _demo_data(asked: argparse.Namespace) -> int:
    from bangfu.demo.faults import MASKED
    from bangfu.demo.files import write_town
    from bangfu.demo.months import write_months

    given = {"person_code": asked.no_code, "household_code": asked.no_household_code, "certificate_no": asked.no_id, MASKED: asked.masked_id}
    left_out = {field: share for field, share in given.items() if share is not None}
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
