"""The annotated copy (标注好的原表): the clerk's own workbook with what is wrong said on the cells it is wrong in.

Promises:
- the file handed in is not changed; in the copy of an .xlsx every sheet, row, value, formula and format is as it was,
  but for the fill and the comment of the cells that problems name;
- .xls, .ods and text files, which cannot carry the marks, become a new .xlsx of the same cells as text;
- a first sheet 导入问题清单 lists the problems with links; nothing in it is ever a formula; read_extract leaves it out;
- of a copy that was corrected and comes again, the marks and the list of that time are taken away before the new ones are made;
- the copy is written beside its place and then renamed.
"""

import math
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from . import csvfile, xlsxfile
from .firstlook import Limits, kind_of, too_big
from .grid import letter
from .refusals import LIST_SHEET, Problem, refuse
from .xlsxparts import Mark, Package, cell_of, column_of

__all__ = ["WARNINGS", "annotate"]

WARNINGS = frozenset({"household_columns_disagree", "unknown_value", "header_unknown"})
ERROR_FILL, WARNING_FILL, HEAD_FILL = "FBE7E5", "FCEAD0", "DDE5EE"
SHOWN = 200  # problems of one kind (code and header) that are listed one by one
TEXT_SHEET = "原表"  # the sheet a text file becomes
_COMMENTS = 20_000  # a sheet with more is not usable; the cells beyond get their fill only
_LINKS = 60_000  # a sheet holds no more than 65,530
_ROWS, _COLUMNS = 1_048_576, 16_384
_OURS = re.compile(r"(《[^》]*》)?(“[^”]*”表)?第 \d+ 行( [A-Z]{1,3} 列)?(“[^”]*”)?：")  # how a problem's sentence begins; programs drop the author of a comment
_LIST = (("行", 7.0), ("列", 6.0), ("栏目", 24.0), ("问题", 86.0), ("位置", 20.0))


def annotate(path: Path, problems: Sequence[Problem], out: Path) -> Path:
    """Write the annotated copy of `path` to `out` (an .xlsx) and return `out`.

    A problem's column marks that cell; a row without a column marks the row's first cell; without a row it is only in
    the list, as is one whose sheet the workbook does not have. A problem that names no sheet is on the first one.
    Raises Refusal for a file that cannot be opened, or that is more than an .xlsx can hold.
    """
    if out.resolve() == path.resolve():
        raise ValueError("the copy would replace the file it is made of")
    kind = kind_of(path, Limits())
    if kind == "parquet":
        raise refuse("not_a_table", path.name, "是 Parquet 数据文件，不能标注。请用表格文件（.xlsx、.xls、.csv）。")
    if kind == "xlsx":
        package = Package(path)
        _mark(package, problems, out, *_old_list(path, package))
        return out
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".annotate-") as folder:
        beside = Path(folder) / "text.xlsx"
        _as_text(path, kind, beside)
        _mark(Package(beside), problems, out)
    return out


# --- marks ---


def _mark(package: Package, problems: Sequence[Problem], out: Path, old: str = "", said: frozenset[str] = frozenset()) -> None:
    """Mark and save. `old`: the list of an earlier copy, `said`: what it says."""
    if old:
        for sheet in package.sheets:
            package.unmark(sheet, frozenset({ERROR_FILL, WARNING_FILL}), lambda line: line in said or bool(_OURS.match(line)))
    placed = [_place(problem, package) for problem in problems]
    by_sheet: dict[str, dict[tuple[int, int], list[Problem]]] = {}
    for problem, at in zip(problems, placed, strict=True):
        if at is not None:
            by_sheet.setdefault(at[0], {}).setdefault(at[1:], []).append(problem)
    for sheet, cells in by_sheet.items():
        package.mark(sheet, {
            at: Mark(WARNING_FILL if all(one.code in WARNINGS for one in found) else ERROR_FILL,
                     "\n".join(dict.fromkeys(one.message for one in found)) if count < _COMMENTS else "")
            for count, (at, found) in enumerate(sorted(cells.items(), key=_errors_first))})
    _list(package, problems, placed, old)
    package.save(out)


def _old_list(path: Path, package: Package) -> tuple[str, frozenset[str]]:
    """Return the name of the list that a copy of ours begins with, and what it says; a sheet of the clerk's that is called so is none."""
    if LIST_SHEET in package.sheets:
        for grid in xlsxfile.grids(path, "xlsx", Limits()):
            head, *lines = grid.cells() or [[]]
            if grid.name == LIST_SHEET and tuple(head[:len(_LIST)]) == tuple(word for word, _ in _LIST):
                return LIST_SHEET, frozenset(line for row in lines for line in row[3].split("\n") if line)
    return "", frozenset()


def _errors_first(cell: tuple[tuple[int, int], list[Problem]]) -> tuple[bool, tuple[int, int]]:
    """Errors come before warnings: where two marks meet in a merged range, the first one's colour stays."""
    return all(one.code in WARNINGS for one in cell[1]), cell[0]


def _place(problem: Problem, package: Package) -> tuple[str, int, int] | None:
    """Return sheet, row and column of the cell that a problem marks; None when it is only listed."""
    sheet = problem.sheet or next(iter(package.sheets), "")
    if sheet not in package.sheets or problem.row is None or not 1 <= problem.row <= _ROWS:
        return None
    return sheet, problem.row, column_of(problem.column) or 0


# --- the list ---


def _list(package: Package, problems: Sequence[Problem], placed: Sequence[tuple[str, int, int] | None], old: str) -> None:
    middle, wrapped = 'vertical="center"', 'vertical="center" wrapText="1"'
    head = package.style(colour=HEAD_FILL, font='<b/><sz val="11"/>', inside='horizontal="center" vertical="center"')
    text = package.style(font='<sz val="11"/>', inside=wrapped)
    link = package.style(font='<u/><sz val="11"/><color rgb="FF0B57A4"/>', inside=middle)
    tint = {colour: package.style(colour=colour, font='<sz val="11"/>', inside='horizontal="center" vertical="center"')
            for colour in (ERROR_FILL, WARNING_FILL)}
    total = Counter(map(_kind, problems))
    lines = [[(word, head) for word, _ in _LIST]]
    links: dict[tuple[int, int], str] = {}
    seen: Counter[tuple[str, str]] = Counter()
    rest: dict[tuple[str, str], tuple[Problem, tuple[str, int, int] | None]] = {}

    def add(row: str, column: str, header: str, message: str, problem: Problem, at: tuple[str, int, int] | None) -> None:
        colour = tint[WARNING_FILL if problem.code in WARNINGS else ERROR_FILL]
        where = ""
        if at is not None:
            cell = cell_of(*at[1:])
            where = f"{at[0]} {cell}" if len(package.sheets) > 1 else cell
            absolute = f"${letter(at[2])}${at[1]}"  # C4 alone could be a column in the other way of writing places
            if len(links) < _LINKS:
                links[len(lines) + 1, len(_LIST) - 1] = f"'{at[0].replace(chr(39), chr(39) * 2)}'!{absolute}"
        lines.append([(row, colour), (column, colour), (header, text), (message, text), (where, link)])

    for problem, at in zip(problems, placed, strict=True):
        kind = _kind(problem)
        seen[kind] += 1
        if seen[kind] > SHOWN:
            rest.setdefault(kind, (problem, at))
            continue
        add(str(problem.row or ""), problem.column, problem.header, problem.message, problem, at)
    for kind, (problem, at) in rest.items():
        said = f"同类问题 {total[kind]} 处：以上列出前 {SHOWN} 处，其余 {total[kind] - SHOWN} 处已在原表中标出，第一处见右。例：{problem.message}"
        add("", problem.column, problem.header, said, problem, at)
    if not problems:
        lines.append([("", text), ("", text), ("", text), ("没有发现问题。", text), ("", text)])
    widths = [width for _, width in _LIST]
    xml = package.sheet(widths, lines, [24.0, *(_height(line) for line in lines[1:])], links)
    if old:
        package.replace_first(old, xml)
        return
    name, number = LIST_SHEET, 1
    while name in package.names:
        number += 1
        name = f"{LIST_SHEET}{number}"
    package.put_first(name, xml)


def _kind(problem: Problem) -> tuple[str, str]:
    return problem.code, problem.header


def _height(cells: Sequence[tuple[str, int]]) -> float:
    """Return the row height in points that shows every wrapped cell whole: not every program works it out."""
    deep = 1
    for (text, _), (_, width) in zip(cells, _LIST, strict=True):
        deep = max(deep, sum(max(1, math.ceil(1.1 * len(line.encode("gbk", "replace")) / (width - 1)))
                             for line in text.split("\n")))
    return min(6 + 15.0 * deep, 400.0)


# --- files that cannot carry marks ---


def _as_text(path: Path, kind: str, out: Path) -> None:
    """Write the cells of a file as text into a plain workbook; merged ranges and hidden sheets stay what they are."""
    limits = Limits()
    grids = [csvfile.grid(path, limits)] if kind == "csv" else list(xlsxfile.grids(path, kind, limits))
    for grid in grids:
        if grid.rows > _ROWS or grid.width > _COLUMNS:
            raise too_big(path.name, grid.name, grid.rows, grid.width, Limits(rows=_ROWS, columns=_COLUMNS))
    whole = {"constant_memory": not any(grid.merged for grid in grids), "strings_to_formulas": False,
             "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(out), whole) as book:
        text = book.add_format({"num_format": "@", "font_name": "宋体", "font_size": 11})
        for grid in grids:
            sheet = book.add_worksheet(grid.name or TEXT_SHEET)
            if grid.hidden:
                sheet.hide()
            cells = grid.cells()
            for column, width in enumerate(_widths(cells)):
                sheet.set_column(column, column, width, text)
            for top, left, bottom, right in grid.merged:
                sheet.merge_range(top - 1, left, bottom - 1, right, "", text)
            for row, values in enumerate(cells):
                for column, value in enumerate(values):
                    if value:
                        sheet.write_string(row, column, value[:32_767], text)


def _widths(cells: Sequence[Sequence[str]]) -> list[float]:
    """Return widths that show most of the columns' first rows; a lone title over many columns does not count."""
    widths: list[float] = []
    for row in cells[:60]:
        widths += [8.0] * (len(row) - len(widths))
        if sum(map(bool, row)) > 2:
            widths = [max(width, min(32.0, 1.1 * len(value.encode("gbk", "replace")) + 2))
                      for width, value in zip(widths, [*row, *[""] * (len(widths) - len(row))], strict=True)]
    return widths
