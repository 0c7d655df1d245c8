"""The command line: one parser, one help.

Exit code 0 = done (differences found are no failure), 1 = could not be done, 2 = wrong usage. `--json` prints one
document on stdout and nothing else there; words and progress go to stderr. No traceback reaches a user for anything
a file may hold: engines raise Refusal, and its sentences are printed as they are.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bangfu.engines.relations.refusals import Refusal

CHECKOUT = Path(__file__).resolve().parents[2]


class _Parser(argparse.ArgumentParser):
    """argparse with its few sentences in Chinese."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(2, f"用法不对：{message}\n请运行 {self.prog} --help 查看写法。\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command; each sets `run`, a function of the parsed arguments."""
    top = _Parser(prog="bangfu", description="帮扶：两份表格进，核查台账和报告出。")
    commands = top.add_subparsers(dest="command", metavar="命令", required=True)
    test = commands.add_parser("test", help="运行全部测试（仅在源码目录中）")
    test.add_argument("pytest", nargs=argparse.REMAINDER, help="交给 pytest 的参数")
    test.set_defaults(run=_test)
    return top


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
