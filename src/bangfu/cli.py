"""The command line: one parser, one help.

Exit code 0 = done (differences found are no failure), 1 = could not be done, 2 = wrong usage. `--json` prints one
document on stdout and nothing else there; words and progress go to stderr. No traceback reaches a user for anything
a file may hold: engines raise Refusal, and its sentences are printed as they are.
"""

import argparse
import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bangfu.demo.files import write_town
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Refusal, refuse
from bangfu.engines.relations.workbook import Recognition, recognise_file, write_mapping_template

CHECKOUT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).resolve().parent / "rulebooks" / "sample"


_USAGE_WORDS = (
    ("the following arguments are required: ", "缺少 "), ("unrecognized arguments: ", "不认识 "), ("argument ", ""),
    ("expected one argument", "后面要跟一个值"), ("expected at least one argument", "后面至少要跟一个值"),
    ("invalid choice: ", "没有这个选项 "), ("choose from", "可用的有"), ("invalid", "不对"), ("value", "值"),
)


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
    demo.set_defaults(run=_demo_data)

    test = commands.add_parser("test", help="运行全部测试（仅在源码目录中）")
    test.add_argument("pytest", nargs=argparse.REMAINDER, help="交给 pytest 的参数")
    test.set_defaults(run=_test)
    return top


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("应是 1 或更大的整数")
    return number


def _share(text: str) -> float:
    share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("应在 0% 到 100% 之间")
    return share


def _demo_data(asked: argparse.Namespace) -> int:
    errors = asked.errors if asked.errors is not None else 0.15 if asked.hard else 0.03
    size = None if asked.persons else asked.size
    paths = write_town(asked.out, size=size, persons=asked.persons, seed=asked.seed, profile=asked.profile, errors=errors,
                       kind=asked.format, hard=asked.hard)
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


def _test(asked: argparse.Namespace) -> int:
    if not (CHECKOUT / "tests").is_dir():
        print("这里没有测试：test 只能在源码目录中运行。", file=sys.stderr)
        return 1
    return subprocess.call([sys.executable, "-m", "pytest", *asked.pytest], cwd=CHECKOUT)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    asked = parser().parse_args(argv)
    try:
        return int(asked.run(asked))
    except Refusal as refusal:
        for problem in refusal.problems:
            print(problem.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已中断，没有写出任何文件。", file=sys.stderr)
        return 1
