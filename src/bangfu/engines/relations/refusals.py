"""What cannot be done, said once and wholly: where it is, what is wrong, what to do.

A Problem is one sentence for the clerk; a Refusal carries every problem that stopped a job, so that a file is mended
once and not again and again. Values of sensitivity A and B are masked before they reach a message (names of columns,
rows and files are not values). Problems that stop nothing travel in Extract.malformed instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LIST_SHEET = "导入问题清单"  # the first sheet of an annotated copy; a copy read again is read without it


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `message` is a whole sentence with place and remedy, `column` a letter (AB)."""

    code: str
    message: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    header: str = ""


class Refusal(Exception):
    """The job could not be done at all; str() is the problems' sentences, one a line."""

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(problem.message for problem in self.problems))


def place(file: str, sheet: str = "", row: int | None = None, column: str = "", header: str = "") -> str:
    """Return 《file》“sheet”表第 n 行 X 列“header”, leaving out what is not known."""
    said = f"《{file}》"
    if sheet:
        said += f"“{sheet}”表"
    if row is not None:
        said += f"第 {row} 行"
    if column:
        said += f" {column} 列"
    if header:
        said += f"“{header}”"
    return said


def refuse(code: str, file: str, words: str, *, sheet: str = "", row: int | None = None) -> Refusal:
    """Return a Refusal of one problem; `words` follow the place after a full-width colon."""
    return Refusal(Problem(code, f"{place(file, sheet, row)}：{words}", file=file, sheet=sheet, row=row))
