"""The clerks' workbook 核查台账.xlsx: written for them to work through.

Promises:
- one sheet per village in the register's order, with the columns of reconcile.md § 6 in that order; behind
  them 核实日期 (the day of an answer), where a file has several sheets 手册表 and 系统表, and two hidden
  columns: 原判定 (the verdict as the program gave it) and 编号 (the finding's id, which leads it home);
- nothing in a cell is ever a formula or a link, whatever stood in the villagers' files;
- the file is written beside its place and then renamed, and the same findings give the same workbook;
Words and masks are in shown.py, answers.py reads it back; the letter to the town office is report.py.
"""

import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from bangfu.documents.letter import clean
from bangfu.engines.reconcile import shown
from bangfu.engines.reconcile.shown import KINDS, STATES, VERDICT_COLOURS, VERDICTS, Finding

SUMMARY_SHEET, FORM_SHEET, NOT_COMPARED_SHEET = "汇总", "写法不同", "未比对"
COLUMNS: tuple[tuple[str, float], ...] = (
    ("序号", 6), ("村", 10), ("组", 8), ("户编号", 14), ("户主", 9), ("成员", 9), ("字段", 16),
    ("手册值", 22), ("系统值", 22), ("手册行", 7), ("系统行", 7), ("判定", 14), ("依据", 52),
    ("需要的证明", 14), ("核实值", 14), ("核实人", 9), ("整改责任人", 9), ("完成时限", 11), ("状态", 9),
    ("核实日期", 11),
)  # fmt: skip
SHEET_COLUMNS: tuple[tuple[str, float], ...] = (("手册表", 10), ("系统表", 10))
HIDDEN_COLUMNS = ("原判定", "编号")
TO_FILL_IN = frozenset({"判定", "核实值", "核实人", "整改责任人", "完成时限", "状态", "核实日期"})
# What a clerk may choose for 状态: where the finding stands this month, or how far the work on it is.
STATE_CHOICES = (*STATES.values(), "已核实", "已提交更正")

_ROWS_PER_SHEET = 1_000_000
_STREAMED_FROM = 20_000
_LONGEST_CELL = 32_000
_FONT = "宋体"
_CHART_VILLAGES = 80


def write_worklist(
    findings: pa.Table, summary: dict[str, Any], path: Path, *, made_at: datetime, made_by: str, mask: bool
) -> None:
    """Write the workbook of one run.

    findings  one row per finding, in the order the clerks shall see; columns as in findings.parquet and
              villager_group, head_name, member_name, handbook_sheet, system_sheet
    summary   summary.json of the same run; figures are counted from `findings` itself
    mask      values of level A and B and all names are shown masked, in their columns and inside 依据

    A sheet that could not be written whole leaves no file behind.
    """
    rows = shown.read_findings(findings)
    beside = path.with_name(f".{path.name}.part")
    book = xlsxwriter.Workbook(
        str(beside),
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "constant_memory": len(rows) > _STREAMED_FROM,
        },
    )
    try:
        book.set_properties({"title": "核查台账", "author": made_by, "created": made_at})
        sheets = _Sheets(book, summary, _header(made_by, made_at), mask)
        sheets.write_all(rows)
        book.close()
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def sheet_names(villages: Sequence[str]) -> dict[str, str]:
    """Give each village a sheet name Excel accepts: no []:*?/\\, at most 31 UTF-16 units, no two alike."""
    taken = {SUMMARY_SHEET, FORM_SHEET, NOT_COMPARED_SHEET, "history"}
    names: dict[str, str] = {}
    for village in villages:
        base = re.sub(r"[\[\]:*?/\\]", "－", village).strip().strip("'") or "未写村名"
        name, again = _cut(base, 31), 1
        while name.lower() in taken:
            again += 1
            tail = f"（{again}）"
            name = _cut(base, 31 - len(tail)) + tail
        taken.add(name.lower())
        names[village] = name
    return names


def _cut(text: str, units: int) -> str:
    while len(text.encode("utf-16-le")) > 2 * units:
        text = text[:-1]
    return text


def _height(cells: Iterable[str], columns: Sequence[tuple[str, float]]) -> float:
    """Return the row height in points that shows every wrapped cell whole.

    Excel would work it out by itself, other office programs do not. A Chinese character takes 2.3 units of
    column width at this size, a digit 1.15.
    """
    lines = 1
    for text, (_, width) in zip(cells, columns, strict=False):
        needed = 1.15 * len(text.encode("gbk", "replace"))
        if needed > width - 0.7:
            lines = max(lines, math.ceil(needed / (width - 1.2)))
    return min(6 + 15.5 * lines, 400)


def _header(made_by: str, made_at: datetime) -> str:
    who = clean(made_by)[:40].replace("&", "&&")
    return f"&L内部资料  注意保密&C&A&R{who}  {shown.at_minute(made_at)}"


class _Sheets:
    """The workbook being written: its formats, and one method per kind of sheet."""

    def __init__(
        self, book: xlsxwriter.Workbook, summary: Mapping[str, Any], header: str, masked: bool
    ) -> None:
        self.book, self.summary, self.header, self.masked = book, summary, header, masked
        cell = {
            "font_name": _FONT,
            "font_size": 12,
            "border": 1,
            "border_color": "#A6A6A6",
            "valign": "vcenter",
        }
        text = {**cell, "text_wrap": True, "num_format": "@"}
        self.text = book.add_format(text)
        self.centred = book.add_format({**text, "align": "center"})
        self.number = book.add_format({**cell, "align": "center"})
        self.day = book.add_format({**cell, "align": "center", "num_format": "yyyy-mm-dd"})
        head = {**text, "bold": True, "align": "center", "bg_color": "#DDE5EE"}
        self.head = book.add_format(head)
        self.head_to_fill = book.add_format({**head, "bg_color": "#FFF2CC"})
        self.bold_number = book.add_format({**cell, "align": "center", "bold": True})
        self.bold_text = book.add_format({**text, "align": "center", "bold": True})
        self.title = book.add_format({"font_name": "黑体", "font_size": 16, "valign": "vcenter"})
        self.plain = book.add_format({"font_name": _FONT, "font_size": 11, "valign": "vcenter"})
        self.section = book.add_format({"font_name": "黑体", "font_size": 12, "valign": "vcenter"})
        self.verdict = {
            verdict: book.add_format({"bg_color": colour})
            for verdict, colour in {
                "system_wrong": "#D6E4F2",
                "handbook_wrong": "#FBE5C4",
                "both_wrong": "#F4CFCB",
                "both_right": "#DDEBD3",
                "undecided": "#E7E6E6",
            }.items()
        }
        self.cleared = book.add_format({"bg_color": "#F2F2F2", "font_color": "#969696"})

    def write_all(self, rows: Sequence[Finding]) -> None:
        villages = shown.villages_in_register_order(rows, self.summary)
        by_village: dict[str, list[Finding]] = {village: [] for village in villages}
        for finding in rows:
            by_village[finding.village].append(finding)
        self._write_summary(by_village, rows)
        parts = {
            village if start == 0 else f"{village}（续{start // _ROWS_PER_SHEET}）": found[
                start : start + _ROWS_PER_SHEET
            ]
            for village, found in by_village.items()
            for start in range(0, max(len(found), 1), _ROWS_PER_SHEET)
        }
        names = sheet_names(list(parts))
        for part, found in parts.items():
            self._write_village(names[part], found)
        self._write_form()
        self._write_not_compared()

    def _sheet(self, name: str) -> Any:
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.3, right=0.3, top=0.65, bottom=0.6)
        sheet.set_header(self.header, {"margin": 0.3})
        sheet.set_footer("&L内部资料&C第 &P 页  共 &N 页", {"margin": 0.3})
        sheet.fit_to_pages(1, 0)
        return sheet

    def _write_summary(self, by_village: Mapping[str, Sequence[Finding]], rows: Sequence[Finding]) -> None:
        sheet = self._sheet(SUMMARY_SHEET)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 18, self.plain)
        sheet.set_column(1, 7, 9.5, self.plain)
        sheet.set_column(8, 14, 9, self.plain)
        month = str(self.summary.get("month", ""))
        sheet.set_row(0, 30)
        sheet.write_string(0, 0, f"核查台账 {month}", self.title)
        line = 1
        for side, word in shown.SIDES.items():
            given = self.summary.get("inputs", {}).get(side, {})
            size = f"{given.get('households', 0)}户、{given.get('persons', 0)}人"
            said = f"{word}文件：{given.get('file', '')}；{size}"
            sheet.write_string(line, 0, shown.hide_numbers(clean(said)), self.plain)
            line += 1
        sheet.write_string(line, 0, f"数据时点：{self.summary.get('as_of', '')}", self.plain)
        line += 2
        sheet.write_string(line, 0, "各村判定情况（条；按花名册顺序，不作排名）", self.section)
        first = line + 1
        words = ["村", *map(shown.short_word, VERDICTS), "合计", "另有已消除"]
        counted = [
            (village or "未写村名", _by_verdict(found), sum(each.cleared for each in found))
            for village, found in by_village.items()
        ]
        end = self._write_counts(sheet, first, words, counted)
        sheet.set_row(first, 48)
        if 0 < len(counted) <= _CHART_VILLAGES:
            self._chart(sheet, first + 1, first + len(counted))
        line = max(end + 1, first + 1) + 1
        sheet.write_string(line, 0, "各类问题判定情况（条）", self.section)
        kinds = list(KINDS) + [
            kind for kind in dict.fromkeys(each.kind for each in rows) if kind not in KINDS
        ]
        by_kind = [(kind, [each for each in rows if each.kind == kind]) for kind in kinds]
        sheet.set_row(line + 1, 48)
        line = self._write_counts(
            sheet,
            line + 1,
            ["类别", *words[1:]],
            [
                (KINDS.get(kind, kind), _by_verdict(found), sum(each.cleared for each in found))
                for kind, found in by_kind
                if found
            ],
        )
        line += 2
        sheet.write_string(line, 0, "填写办法", self.section)
        for sentence in (
            "1. 黄色表头的栏由核实人填写。判定有不同意见的，在“判定”栏的下拉表中改选。",
            "2. “核实值”填查看证明材料后确认的内容；“核实人”“核实日期”填本人姓名和核实当天（如2017-12-05）。",
            "3. 可以筛选、排序、调整列序；请不要删除表头和末尾隐藏的“编号”列，它们用来认出是哪一条。",
            "4. 填过的台账，再次核查写到同一文件夹时会另存保留，不会被覆盖。灰色行为上月有、本月已消除的问题。",
            "5. “判定”前的两个方框，左边是手册，右边是系统：☑ 对，☒ 错，？ 待核实。",
        ):
            line += 1
            sheet.write_string(line, 0, sentence, self.plain)

    def _write_counts(
        self, sheet: Any, line: int, words: Sequence[str], counted: Sequence[tuple[str, Counter[str], int]]
    ) -> int:
        """Write a table of counts by verdict with its sum, and return the line of the sum."""
        for column, word in enumerate(words):
            sheet.write_string(line, column, word, self.head)
        total, gone = Counter[str](), 0
        for name, counts, cleared in counted:
            line += 1
            sheet.write_string(line, 0, name, self.text)
            self._write_numbers(sheet, line, counts, cleared, self.number)
            total.update(counts)
            gone += cleared
        line += 1
        sheet.write_string(line, 0, "合计", self.bold_text)
        self._write_numbers(sheet, line, total, gone, self.bold_number)
        return line

    def _write_numbers(self, sheet: Any, line: int, counts: Counter[str], cleared: int, how: Any) -> None:
        for column, verdict in enumerate(VERDICTS, start=1):
            sheet.write_number(line, column, counts[verdict], how)
        sheet.write_number(line, len(VERDICTS) + 1, counts.total(), how)
        sheet.write_number(line, len(VERDICTS) + 2, cleared, how)

    def _chart(self, sheet: Any, first: int, last: int) -> None:
        chart = self.book.add_chart({"type": "bar", "subtype": "stacked"})
        for column, (verdict, word) in enumerate(VERDICTS.items(), start=1):
            chart.add_series(
                {
                    "name": word,
                    "categories": [SUMMARY_SHEET, first, 0, last, 0],
                    "values": [SUMMARY_SHEET, first, column, last, column],
                    "fill": {"color": VERDICT_COLOURS[verdict]},
                    "gap": 60,
                }
            )
        chart.set_title(
            {"name": "各村问题条数（按判定）", "name_font": {"size": 12, "bold": False}, "overlay": False}
        )
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"reverse": True, "crossing": "max", "num_font": {"size": 10}})
        chart.set_x_axis(
            {"num_format": "0", "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
        )
        chart.set_size({"width": 520, "height": min(1600, 170 + 26 * (last - first + 1))})
        sheet.insert_chart(first - 1, 8, chart, {"x_offset": 12, "description": "各村问题条数，按判定分色"})

    def _write_village(self, name: str, found: Sequence[Finding]) -> None:
        sheet = self._sheet(name)
        sheet.set_paper(8)  # A3: nineteen columns are not readable on less
        columns = [*COLUMNS, *(SHEET_COLUMNS if self._several_sheets() else ())]
        hidden_from = len(columns)
        verdict_at, state_at = 11, 18
        for at, (_, width) in enumerate(columns):
            sheet.set_column(at, at, width)
        sheet.set_column(hidden_from, hidden_from + 1, 12, None, {"hidden": True})
        sheet.set_row(0, 32)
        for at, word in enumerate([*(word for word, _ in columns), *HIDDEN_COLUMNS]):
            sheet.write_string(0, at, word, self.head_to_fill if word in TO_FILL_IN else self.head)
        string, number, blank = sheet.write_string, sheet.write_number, sheet.write_blank
        text, centred = self.text, self.centred
        for line, finding in enumerate(found, start=1):
            ours, theirs = shown.values(finding, masked=self.masked)
            head, member = finding.head_name, finding.member_name
            if self.masked:
                head, member = shown.mask_name(head), shown.mask_name(member)
            said = (
                "", finding.village, finding.villager_group, finding.household_code, head, member,
                shown.subject(finding), ours[:_LONGEST_CELL], theirs[:_LONGEST_CELL], "", "",
                shown.signed_word(finding.verdict),
                shown.reason(finding, masked=self.masked)[:_LONGEST_CELL],
                finding.document,
            )  # fmt: skip
            sheet.set_row(line, _height(said, columns))
            number(line, 0, line, self.number)
            for at in range(1, 9):
                string(line, at, said[at], text)
            for at, row in ((9, finding.handbook_row), (10, finding.system_row)):
                if row is None:
                    blank(line, at, None, self.number)
                else:
                    number(line, at, row, self.number)
            string(line, 11, said[11], centred)
            string(line, 12, said[12], text)
            string(line, 13, said[13], text)
            for at, how in ((14, text), (15, text), (16, text), (17, self.day)):
                blank(line, at, None, how)
            string(line, 18, STATES.get(finding.state, finding.state), centred)
            blank(line, 19, None, self.day)
            if hidden_from > 20:
                string(line, 20, finding.handbook_sheet, text)
                string(line, 21, finding.system_sheet, text)
            string(line, hidden_from, said[11], text)
            string(line, hidden_from + 1, finding.finding_id, text)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        last = len(found)
        sheet.print_area(0, 0, max(last, 1), hidden_from - 1)
        sheet.autofilter(0, 0, max(last, 1), hidden_from - 1)
        if not last:
            sheet.write_string(1, 0, "本村没有发现差异。", self.plain)
            return
        sheet.conditional_format(
            1, 0, last, hidden_from - 1,
            {
                "type": "formula",
                "criteria": f'=${xl_col_to_name(state_at)}2="{STATES["cleared"]}"',
                "format": self.cleared,
                "stop_if_true": True,
            },
        )  # fmt: skip
        for verdict in VERDICTS:
            sheet.conditional_format(
                1, verdict_at, last, verdict_at,
                {"type": "cell", "criteria": "==", "value": f'"{shown.signed_word(verdict)}"', "format": self.verdict[verdict]},
            )  # fmt: skip
        for at, choices, what in ((verdict_at, map(shown.signed_word, VERDICTS), "判定"), (state_at, STATE_CHOICES, "状态")):
            sheet.data_validation(
                1, at, last, at,
                {
                    "validate": "list",
                    "source": list(choices),
                    "error_title": what,
                    "error_message": f"请从下拉表中选择{what}。",
                },
            )  # fmt: skip

    def _several_sheets(self) -> bool:
        inputs = self.summary.get("inputs", {})
        return any(len(inputs.get(side, {}).get("sheets") or ()) > 1 for side in shown.SIDES)

    def _write_form(self) -> None:
        sheet = self._sheet(FORM_SHEET)
        line = self._write_list(
            sheet, 0, [("序号", 6), ("字段", 24), ("处数", 10), ("手册写法（例）", 40), ("系统写法（例）", 40)],
            [
                (
                    str(each.get("label") or shown.field_label(str(each.get("field", "")))),
                    int(each.get("count") or 0),
                    self._example(str(each.get("field", "")), each.get("handbook")),
                    self._example(str(each.get("field", "")), each.get("system")),
                )
                for each in self.summary.get("form", ())
            ],
            "没有写法不同的栏。",
        )  # fmt: skip
        learned = [(str(each["label"]), int(each["count"]), f"“{each['word']}”就是“{each['meaning']}”", f"{shown.SIDES[each['side']]}，{each['villages']}个村")
                   for each in self.summary.get("learned", ())]
        if learned:
            self._write_list(sheet, line + 2, [("序号", 6), ("代码表中没有的词", 24), ("处数", 10), ("按对面的写法认作", 40), ("哪一边", 40)], learned, "")
        else:
            sheet.repeat_rows(0)  # over the second list its heads would be wrong
        sheet.freeze_panes(1, 0)

    def _example(self, field: str, value: object) -> str:
        text = "" if value is None else clean(str(value))
        return shown.example_value(field, text) if self.masked else text

    def _write_not_compared(self) -> None:
        sheet = self._sheet(NOT_COMPARED_SHEET)
        line = self._write_list(
            sheet, 0, [("序号", 6), ("栏目", 32), ("所在文件", 12), ("原因", 70)],
            [
                (
                    str(each.get("header", "")),
                    shown.SIDES.get(str(each.get("side")), str(each.get("side") or "")),
                    str(each.get("why", "")),
                )
                for each in self.summary.get("not_compared", ())
            ],
            "两边的栏目都已比对。",
        )  # fmt: skip
        said: list[tuple[str | int, ...]] = []
        for side, word in shown.SIDES.items():
            given = self.summary.get("inputs", {}).get(side, {})
            said += [("读取时的说明", word, str(note)) for note in given.get("notes", ())]
            said += [
                (
                    f"未计入的行：{each.get('sheet') or ''}第{each.get('row')}行",
                    word,
                    shown.SKIPPED.get(str(each.get("why")), str(each.get("why") or "")),
                )
                for each in given.get("skipped", ())
            ]
        if said:
            self._write_list(sheet, line + 2, [("序号", 6), ("读取说明", 32), ("所在文件", 12), ("说明", 70)], said, "")
        else:
            sheet.repeat_rows(0)  # over the second list its heads would be wrong
        sheet.freeze_panes(1, 0)

    def _write_list(
        self,
        sheet: Any,
        line: int,
        columns: Sequence[tuple[str, float]],
        entries: Iterable[tuple[str | int, ...]],
        empty: str,
    ) -> int:
        for at, (word, width) in enumerate(columns):
            sheet.set_column(at, at, width)
            sheet.write_string(line, at, word, self.head)
        number = 0
        for number, entry in enumerate(entries, start=1):
            sheet.write_number(line + number, 0, number, self.number)
            for at, value in enumerate(entry, start=1):
                if isinstance(value, int):
                    sheet.write_number(line + number, at, value, self.number)
                else:
                    sheet.write_string(line + number, at, clean(value)[:_LONGEST_CELL], self.text)
            sheet.set_row(line + number, _height(("", *map(str, entry)), columns))
        if not number:
            number = 1
            sheet.write_string(line + 1, 0, empty, self.plain)
        return line + number


def _by_verdict(found: Iterable[Finding]) -> Counter[str]:
    return Counter(each.verdict for each in found if not each.cleared)


# --- reading it back
