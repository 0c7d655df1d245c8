"""Workbooks (.xlsx, .xls, .ods) as grids.

The cells come from calamine, which keeps to the cells that are there and not to the size a sheet says it has. What it
does not tell (hidden columns, error cells, formulas that were never worked out, a wrong size) is looked up in the
sheet's XML; in an .xls these stay unknown. Macros and links are never followed.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import python_calamine as calamine

from .firstlook import Limits
from .grid import TOP, Grid, cell_text, text_array
from .refusals import refuse

_NS = rb"(?:\w+:)?"
_SHEET = re.compile(rb"<" + _NS + rb"sheet\b[^>]*>")
_RELATION = re.compile(rb"<" + _NS + rb"Relationship\b[^>]*>")
_COLUMN = re.compile(rb"<" + _NS + rb"col\b[^>]*>")
_DIMENSION = re.compile(rb"<" + _NS + rb"dimension\b[^>]*\bref=[\"']([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?[\"']")
_ROW = re.compile(rb"<" + _NS + rb"row\b[^>]*?\br=[\"'](\d+)[\"']")
_FAR = re.compile(rb"\br=[\"'][A-Z]{3}\d")
_FILLED = re.compile(rb"<" + _NS + rb"c\b[^>]*?\br=[\"']([A-Z]+)(\d+)[\"'][^>]*?[^/]>\s*<" + _NS + rb"(?:v|is|f)\b")
_ERROR = re.compile(rb"<" + _NS + rb"c\b([^>]*\bt=[\"']e[\"'][^>]*)>(.*?)</" + _NS + rb"c>", re.DOTALL)
_VALUE = re.compile(rb"<" + _NS + rb"v\b[^>]*>([^<]*)<")
_REF = re.compile(rb"\br=[\"']([A-Z]+)(\d+)[\"']")
_UNWORKED = re.compile(
    rb"<" + _NS + rb"c\b([^>]*)>\s*<" + _NS + rb"f\b(?:[^>]*/>|[^>]*>[^<]*</" + _NS + rb"f>)\s*"
    rb"(?:<" + _NS + rb"v\s*/>|<" + _NS + rb"v></" + _NS + rb"v>)?\s*</" + _NS + rb"c>")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """What the XML of one sheet tells beside its cells."""

    hidden_columns: tuple[int, ...] = ()
    errors: tuple[tuple[int, int, str], ...] = ()
    no_value: tuple[tuple[int, int], ...] = ()
    says_rows: int | None = None
    says_columns: int | None = None


def grids(path: Path, kind: str, limits: Limits) -> Iterator[Grid]:
    """Yield the sheets of a workbook that passed the first look. Raises Refusal for a password or damage."""
    looks = _look_inside(path, limits) if kind == "xlsx" else {}
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            for about in book.sheets_metadata:
                if about.typ != calamine.SheetTypeEnum.WorkSheet:
                    continue
                hidden = about.visible != calamine.SheetVisibleEnum.Visible
                sheet = book.get_sheet_by_name(about.name)
                yield _grid(path.name, sheet, looks.get(about.name, _Look()), hidden, limits)
    except calamine.PasswordError as error:
        raise refuse("password", path.name, "文件有密码。请用表格软件打开，去掉密码另存一份后再核查。") from error
    except calamine.CalamineError as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> Exception:
    if "password" in str(error).lower():
        return refuse("password", path.name, "文件有密码。请用表格软件打开，去掉密码另存一份后再核查。")
    return refuse("truncated", path.name, "文件不完整或已损坏，打不开。请重新拷贝或重新导出；能用表格软件打开的，另存为 .xlsx 再试。")


def _grid(file: str, sheet: calamine.CalamineSheet, look: _Look, hidden: bool, limits: Limits) -> Grid:
    end = sheet.end
    rows, width = (end[0] + 1, end[1] + 1) if end is not None else (0, 0)
    if rows > limits.rows or width > limits.columns:
        raise too_big(file, sheet.name, rows, width, limits)
    cells: list[list[object]] = sheet.to_python(skip_empty_area=False) if rows else []  # type: ignore[assignment]
    for row, column, what in look.errors:
        if row <= len(cells) and column < len(cells[row - 1]):
            cells[row - 1][column] = what

    def body(above: int, wide: int) -> tuple[list[pa.Array], npt.NDArray[np.int64]]:
        below = cells[above:]
        columns = [text_array(column) for column in zip(*below, strict=True)][:wide] if below else []
        columns += [pa.nulls(len(below), pa.string())] * (wide - len(columns))
        return columns, np.arange(above + 1, above + 1 + len(below), dtype=np.int64)

    notes = []
    if look.says_rows is not None and (look.says_rows < rows or (look.says_columns or 0) < width):
        notes.append(f"“{sheet.name}”表自称只有 {look.says_rows} 行 {look.says_columns} 列，"
                     f"实际有 {rows} 行 {width} 列，已按实际读取。")
    merged = [(r1 + 1, c1, r2 + 1, c2) for (r1, c1), (r2, c2) in (sheet.merged_cell_ranges or [])]
    return Grid(
        name=sheet.name, rows=rows, width=width, hidden=hidden, merged=merged, body=body, notes=notes,
        cells=lambda: [[cell_text(value) or "" for value in row] for row in cells],
        top=[[cell_text(value) or "" for value in row] for row in cells[:TOP]],
        hidden_columns=look.hidden_columns, errors=look.errors, no_value=look.no_value,
    )  # fmt: skip


def too_big(file: str, sheet: str, rows: int, width: int, limits: Limits) -> Exception:
    """Return the refusal of a sheet that spans more than is bearable."""
    return refuse("too_many_rows", file, f"有 {rows} 行 {width} 列，超过上限（{limits.rows} 行、{limits.columns} 列）。"
                  "请按村拆分，或删去表格下方、右侧的多余内容后再核查。", sheet=sheet)


def _column(letters: bytes) -> int:
    number = 0
    for code in letters:
        number = number * 26 + code - 64
    return number - 1


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\b" + name + rb"=(?:\"([^\"]*)\"|'([^']*)')", tag)
    return unescape((found.group(1) or found.group(2) or b"").decode("utf-8", "replace")) if found else ""


def _look_inside(path: Path, limits: Limits) -> dict[str, _Look]:
    """Return what each sheet's XML tells; refuses a sheet that spans more cells than is bearable."""
    looks: dict[str, _Look] = {}
    with zipfile.ZipFile(path) as bundle:
        names = set(bundle.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return looks
        targets = {_attribute(tag, b"Id"): _attribute(tag, b"Target")
                   for tag in _RELATION.findall(bundle.read("xl/_rels/workbook.xml.rels"))}
        for tag in _SHEET.findall(bundle.read("xl/workbook.xml")):
            found = re.search(rb"\b\w+:id=[\"']([^\"']*)", tag)
            target = targets.get(found.group(1).decode() if found else "", "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in names:
                name = _attribute(tag, b"name")
                looks[name] = _look(bundle.read(part), path.name, name, limits)
    return looks


def _look(xml: bytes, file: str, name: str, limits: Limits) -> _Look:
    head = xml[:max(0, xml.find(b"sheetData"))]
    hidden: list[int] = []
    for tag in _COLUMN.findall(head):
        if _attribute(tag, b"hidden") in ("1", "true"):
            first, last = int(_attribute(tag, b"min") or 1), int(_attribute(tag, b"max") or 1)
            hidden.extend(range(first - 1, min(last, limits.columns)))
    far = _FAR.search(xml) is not None
    last_row = max(map(int, _ROW.findall(xml)), default=0)
    if far or last_row > min(limits.rows, 200_000):
        wide, deep = 0, 0
        for letters, row in _FILLED.findall(xml):
            wide, deep = max(wide, _column(letters) + 1), max(deep, int(row))
        if wide > limits.columns or deep > limits.rows or wide * deep > limits.cells:
            raise too_big(file, name, deep, wide, limits)
    errors: list[tuple[int, int, str]] = []
    if b't="e"' in xml or b"t='e'" in xml:
        for tag, inside in _ERROR.findall(xml):
            at, value = _REF.search(tag), _VALUE.search(inside)
            if at:
                errors.append((int(at[2]), _column(at[1]), unescape(value[1].decode()) if value else "#ERR"))
    no_value: list[tuple[int, int]] = []
    if re.search(rb"<" + _NS + rb"f[\s/>]", xml):
        for tag in _UNWORKED.findall(xml):
            at = _REF.search(tag)
            if at and _attribute(tag, b"t") != "str":
                no_value.append((int(at[2]), _column(at[1])))
    said = _DIMENSION.search(head)
    if said is None:
        return _Look(tuple(hidden), tuple(errors), tuple(no_value))
    return _Look(tuple(hidden), tuple(errors), tuple(no_value), int(said[4] or said[2]), _column(said[3] or said[1]) + 1)


