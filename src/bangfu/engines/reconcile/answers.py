"""What clerks filled into the workbook, read back.

Promises: columns are found by their heads, so rows may be sorted, filtered or deleted, columns moved, and the file saved
again by another office program; whatever cannot be read is said with sheet and row, all at once. worklist.py writes it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from bangfu.engines.reconcile import shown
from bangfu.engines.reconcile.shown import STATES, VERDICTS
from bangfu.engines.relations.refusals import Problem, Refusal

ANSWERS = pa.schema(
    [(name, pa.string()) for name in ("finding_id", "verdict", "value_verified", "who", "when", "note")]
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one row answers, and where it stands; see read_answers."""

    finding_id: str
    verdict: str
    value_verified: str | None
    who: str | None
    when: str | None
    note: str | None
    sheet: str
    row: int


_DATE = re.compile(
    r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?:\s+00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})"
)
_WIDE = str.maketrans("０１２３４５６７８９．／－（）　", "0123456789./-() ")


def read_answers(path: Path) -> tuple[pa.Table, list[Problem]]:
    """Read what the clerks filled in.

    result  finding_id, verdict, value_verified, who, when (YYYY-MM-DD), note: text, one row per answered
            finding, in the order of the sheets

    A row is an answer when its 判定 was changed or 核实值, 核实人 or 核实日期 is filled in. Its verdict is
    what 判定 says; where that still says 待核实 and 核实值 is exactly one of the two values, the side with
    the other value is wrong. 整改责任人, 完成时限 and a changed 状态 travel along in `note`; alone they are
    no answer.
    A cell that cannot be understood is a problem with its place, and that row is left out; the others stand.
    Raises Refusal where the file cannot be opened or holds no sheet of a worklist.
    """
    answers, problems = answers_in(path)
    kept = [{field: getattr(each, field) for field in ANSWERS.names} for each in answers]
    return pa.Table.from_pylist(kept, schema=ANSWERS), problems


def answers_in(path: Path) -> tuple[list[Answer], list[Problem]]:
    """Read as read_answers does, each answer with its sheet and row."""
    if not path.is_file():
        raise Refusal(
            (
                Problem(
                    "no_such_file", f"没有找到文件“{path.name}”，请核对文件名和所在文件夹。", file=path.name
                ),
            )
        )
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = [each.name for each in book.sheets_metadata if str(each.typ).endswith("WorkSheet")]
    except Exception as error:
        raise Refusal(
            (
                Problem(
                    "unreadable",
                    f"“{path.name}”打不开：不是完整的Excel工作簿，或者设了密码。"
                    "请用表格软件打开后另存为.xlsx再读。",
                    file=path.name,
                ),
            )
        ) from error
    problems: list[Problem] = []
    answers: dict[str, Answer] = {}
    sheets = 0
    for name in names:
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        place = _Place(path.name, name, cells)
        if place.looks_like_worklist:
            sheets += 1
            for answer in place.answers(problems):
                _keep(answer, answers, place, problems)
        elif place.lost_its_ids:
            sheets += 1
            problems.append(
                place.problem(
                    "no_ids",
                    place.head_row,
                    "判定",
                    "没有“编号”列（原在表末，隐藏），这张表的填写无法对应到问题。请在原台账上填写。",
                )
            )
    if not sheets:
        raise Refusal(
            (
                Problem(
                    "not_a_worklist",
                    f"“{path.name}”里没有核查台账的工作表（要有“编号”和“判定”两栏）。"
                    "请选择核查时写出的“核查台账.xlsx”。",
                    file=path.name,
                ),
            )
        )
    return list(answers.values()), problems


def _keep(answer: Answer, answers: dict[str, Answer], place: "_Place", problems: list[Problem]) -> None:
    """Keep the answer, unless the same finding was already answered otherwise."""
    before = answers.setdefault(answer.finding_id, answer)
    same = (before.verdict, before.value_verified, before.who, before.when)
    if same != (answer.verdict, answer.value_verified, answer.who, answer.when):
        problems.append(
            place.problem(
                "answered_twice", answer.row, "编号",
                f"这个问题在“{before.sheet}”第{before.row}行已经填过，两处不一样；以那一行为准。"
                "请删去其中一行。",
            )
        )  # fmt: skip


class _Place:
    """One sheet of the file: where its columns are, and how to name a cell."""

    def __init__(self, file: str, sheet: str, cells: Sequence[Sequence[Any]]) -> None:
        self.file, self.sheet, self.cells = file, sheet, cells
        self.columns: dict[str, int] = {}
        self.head_row = 0
        for row, values in enumerate(cells[:20], start=1):
            heads = {_text(value): at for at, value in reversed(list(enumerate(values))) if _text(value)}
            if "判定" in heads and ("编号" in heads or "核实值" in heads):
                self.columns, self.head_row = heads, row
                break

    @property
    def looks_like_worklist(self) -> bool:
        return "编号" in self.columns

    @property
    def lost_its_ids(self) -> bool:
        return bool(self.columns) and "编号" not in self.columns

    def problem(self, code: str, row: int, header: str, what: str) -> Problem:
        at = self.columns.get(header)
        letter = "" if at is None else xl_col_to_name(at)
        where = f"第{row}行" + (f"{letter}列“{header}”" if letter else "")
        return Problem(
            code, f"《{self.file}》“{self.sheet}”{where}：{what}",
            file=self.file, sheet=self.sheet, row=row, column=letter, header=header,
        )  # fmt: skip

    def answers(self, problems: list[Problem]) -> Iterable[Answer]:
        for row, values in enumerate(self.cells[self.head_row :], start=self.head_row + 1):
            if any(value != "" for value in values):
                answer = self._answer(row, values, problems)
                if answer:
                    yield answer

    def _answer(self, row: int, values: Sequence[Any], problems: list[Problem]) -> Answer | None:
        raw = {word: values[at] if at < len(values) else "" for word, at in self.columns.items()}
        cell = {word: _text(value) for word, value in raw.items()}
        before, now = cell.get("原判定", ""), cell["判定"]
        changed = bool(now) and "原判定" in cell and _fold(now) != _fold(before)
        value, who = cell.get("核实值", ""), cell.get("核实人", "")
        if not (changed or value or who or cell.get("核实日期")):
            return None
        found: list[Problem] = []
        if not cell["编号"]:
            found.append(
                self.problem(
                    "no_id",
                    row,
                    "编号",
                    "这一行没有编号，不知道答的是哪个问题。请从原台账把这一行复制过来再填。",
                )
            )
        verdict = _verdict(now or before)
        if verdict is None:
            found.append(
                self.problem(
                    "unknown_verdict", row, "判定",
                    f"填的是“{shown.hide_numbers(now or before)}”，不是判定用词。"
                    f"请从“{'、'.join(VERDICTS.values())}”中选一个。",
                )
            )  # fmt: skip
        number = raw.get("核实值")
        if isinstance(number, float) and abs(number) >= 1e15:
            found.append(
                self.problem(
                    "damaged_number",
                    row,
                    "核实值",
                    "这个号码是按数字存的，末几位已经丢失。请把单元格设为文本，重新填写。",
                )
            )
        when = _day(raw.get("核实日期", ""))
        if when is None:
            found.append(
                self.problem(
                    "unknown_date", row, "核实日期",
                    f"填的是“{shown.hide_numbers(cell['核实日期'])}”，看不出是哪一天。"
                    "请写成2017-12-05的样子。",
                )
            )  # fmt: skip
        ours, theirs = cell.get("手册值", ""), cell.get("系统值", "")
        if value and ours != theirs and verdict is not None:
            if verdict == "undecided" and not changed:
                verdict = {ours: "system_wrong", theirs: "handbook_wrong"}.get(value, verdict)
            wrong = {"handbook_wrong": ours, "system_wrong": theirs}.get(verdict)
            if wrong == value:
                found.append(
                    self.problem(
                        "contradiction", row, "核实值",
                        f"判定写“{VERDICTS[verdict]}”，核实值却正是{'手册' if wrong == ours else '系统'}"
                        "的值。请改判定或核实值。",
                    )
                )  # fmt: skip
        if found:
            problems += found
            return None
        assert verdict is not None
        return Answer(
            cell["编号"], verdict, value or None, who or None, when or None, self._note(cell), self.sheet, row
        )

    @staticmethod
    def _note(cell: Mapping[str, str]) -> str | None:
        said = [f"{word}：{cell[word]}" for word in ("整改责任人", "完成时限") if cell.get(word)]
        if cell.get("状态", "") not in ("", *STATES.values()):
            said.append(f"状态：{cell['状态']}")
        return "；".join(said) or None


def _text(value: Any) -> str:
    """Return a cell as a person would read it: 3.0 is 3, a day is 2017-12-05."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    return str(value).strip()


def _fold(word: str) -> str:
    return re.sub(r"[\s（）()/／、☑☒□？?]", "", word)


def _verdict(word: str) -> str | None:
    folded = _fold(word)
    if folded == "都对":
        return "both_right"
    return next((verdict for verdict, said in VERDICTS.items() if _fold(said) == folded), None)


def _day(value: Any) -> str | None:
    """Return YYYY-MM-DD, "" for an empty cell, None for what is no day of the calendar."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) and 30_000 <= value < 80_000:  # an Excel serial whose format was lost
        return date.fromordinal(date(1899, 12, 30).toordinal() + int(value)).isoformat()
    text = _text(value).translate(_WIDE).strip()
    if not text:
        return ""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
