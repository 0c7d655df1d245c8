"""Workbooks (.xlsx, .xls, .ods) as grids.

The cells come from calamine, which keeps to the cells that are there and not to the size a sheet says it has. What it
does not tell (hidden rows and columns, error cells, formulas that were never worked out, a wrong size) is looked up in the
sheet's XML, for an .xls in xlsfile.py, for an .ods in odsfile.py. Macros and links are never followed.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import python_calamine as calamine

from . import odsfile, xlsfile
from .firstlook import Limits, too_big, zip_bomb
from .grid import NO_LOOK, TOP, UNWORKED, Grid, Look, cell_text, text_array
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
    rb"(?:<" + _NS + rb"v\s*/>|<" + _NS + rb"v>(0?)</" + _NS + rb"v>)?\s*</" + _NS + rb"c>")  # fmt: skip
_TO_WORK_OUT = re.compile(rb"<" + _NS + rb"calcPr\b[^>]*\bfullCalcOnLoad=[\"'](?:1|true)")  # of a program that does not work out itself
_ROW_TAG = re.compile(rb"<" + _NS + rb"row\b[^>]*>")
_STRING = re.compile(rb"<" + _NS + rb"si\b.*?</" + _NS + rb"si>", re.DOTALL)
_STRING_OF = re.compile(rb"<" + _NS + rb"c\b[^>]*\bt=[\"']s[\"'][^>]*>\s*<" + _NS + rb"v>(\d+)<")


def grids(path: Path, kind: str, limits: Limits) -> Iterator[Grid]:
    """Yield the sheets of a workbook that passed the first look. Raises Refusal for a password or damage."""
    looks = {"xlsx": _look_inside, "ods": odsfile.look_inside, "xls": xlsfile.look_inside}[kind](path, limits)
    try:
        with _opened(path, kind) as book:
            for about in book.sheets_metadata:
                if about.typ != calamine.SheetTypeEnum.WorkSheet:
                    continue
                hidden = about.visible != calamine.SheetVisibleEnum.Visible
                sheet = book.get_sheet_by_name(about.name)
                yield _grid(path.name, sheet, looks.get(about.name, NO_LOOK), hidden, limits)
    except calamine.PasswordError as error:
        raise refuse("password", path.name, "文件有密码。请用表格软件打开，去掉密码另存一份后再核查。") from error
    except calamine.CalamineError as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise _damaged(path, error) from error
    except BaseException as error:  # a Rust library that gives up is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path, error) from None


def _opened(path: Path, kind: str) -> calamine.CalamineWorkbook:
    """Return the workbook; where the name says another kind than the bytes, calamine has to look at the bytes."""
    if path.suffix.lower() == f".{kind}":
        return calamine.CalamineWorkbook.from_path(str(path))
    return calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))


def sheet_names(path: Path, kind: str, limits: Limits) -> list[str]:
    """Return the names of a workbook's sheets in their order; none if it cannot be opened, or a Refusal."""
    if kind == "xls":
        xlsfile.look_inside(path, limits)
    try:
        with _opened(path, kind) as book:
            return [about.name for about in book.sheets_metadata if about.typ == calamine.SheetTypeEnum.WorkSheet]
    except BaseException as error:
        if not isinstance(error, calamine.CalamineError | OSError) and type(error).__name__ != "PanicException":
            raise
        return []


def _damaged(path: Path, error: BaseException) -> Exception:
    if "password" in str(error).lower():
        return refuse("password", path.name, "文件有密码。请用表格软件打开，去掉密码另存一份后再核查。")
    return refuse("truncated", path.name, "文件不完整或已损坏，打不开。请重新拷贝或重新导出；能用表格软件打开的，另存为 .xlsx 再试。")


def _grid(file: str, sheet: calamine.CalamineSheet, look: Look, hidden: bool, limits: Limits) -> Grid:
    end = sheet.end
    rows, width = (end[0] + 1, end[1] + 1) if end is not None else (0, 0)
    if rows > limits.rows or width > limits.columns:
        raise too_big(file, sheet.name, rows, width, limits)
    cells: list[list[object]] = sheet.to_python(skip_empty_area=False) if rows else []  # type: ignore[assignment]
    for row, column, what in (*look.errors, *((row, column, UNWORKED) for row, column in look.no_value)):
        if row <= len(cells) and column < len(cells[row - 1]):
            cells[row - 1][column] = what

    cleaned: list[int] = []

    def body(above: int, wide: int) -> tuple[list[pa.Array], npt.NDArray[np.int64]]:
        below = cells[above:]
        columns = [text_array(column, cleaned) for column in zip(*below, strict=True)][:wide] if below else []
        columns += [pa.nulls(len(below), pa.string())] * (wide - len(columns))
        return columns, np.arange(above + 1, above + 1 + len(below), dtype=np.int64)

    notes = []
    if look.says_rows is not None and (look.says_rows < rows or (look.says_columns or 0) < width):
        notes.append(f"“{sheet.name}”表自称只有 {look.says_rows} 行 {look.says_columns} 列，"
                     f"实际有 {rows} 行 {width} 列，已按实际读取。")
    merged = [(r1 + 1, c1, r2 + 1, c2) for (r1, c1), (r2, c2) in (sheet.merged_cell_ranges or [])] or list(look.merged)
    return Grid(
        name=sheet.name, rows=rows, width=width, hidden=hidden, merged=merged, body=body, notes=notes,
        cells=lambda: [[cell_text(value) or "" for value in row] for row in cells],
        top=[[cell_text(value) or "" for value in row] for row in cells[:TOP]],
        hidden_columns=look.hidden_columns, errors=look.errors, no_value=look.no_value, hidden_rows=look.hidden_rows, cleaned=cleaned,
    )  # fmt: skip


def _column(letters: bytes) -> int:
    number = 0
    for code in letters:
        number = number * 26 + code - 64
    return number - 1


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\b" + name + rb"=(?:\"([^\"]*)\"|'([^']*)')", tag)
    return unescape((found.group(1) or found.group(2) or b"").decode("utf-8", "replace")) if found else ""


def _look_inside(path: Path, limits: Limits) -> dict[str, Look]:
    """Return what each sheet's XML tells; refuses a sheet that spans more cells than is bearable."""
    looks: dict[str, Look] = {}
    with zipfile.ZipFile(path) as bundle:
        names = set(bundle.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return looks
        targets = {_attribute(tag, b"Id"): _attribute(tag, b"Target")
                   for tag in _RELATION.findall(bundle.read("xl/_rels/workbook.xml.rels"))}
        book = bundle.read("xl/workbook.xml")
        lengths = _lengths(bundle.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else np.zeros(0, np.int64)
        for tag in _SHEET.findall(book):
            found = re.search(rb"\b\w+:id=[\"']([^\"']*)", tag)
            target = targets.get(found.group(1).decode() if found else "", "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in names:
                name = _attribute(tag, b"name")
                xml = bundle.read(part)
                _check_length(xml, lengths, path.name, limits)
                looks[name] = _look(xml, path.name, name, limits, to_work_out=_TO_WORK_OUT.search(book) is not None)
    return looks


def _lengths(strings: bytes) -> npt.NDArray[np.int64]:
    return np.array([len(one) for one in _STRING.findall(strings)], np.int64)


def _check_length(xml: bytes, lengths: npt.NDArray[np.int64], file: str, limits: Limits) -> None:
    """Refuse a sheet whose cells point so often to long texts that they are unbearable together."""
    if len(lengths) and int(lengths.max()) * xml.count(b"<v>") > limits.unpacked_bytes:
        found = np.array([int(number) for number in _STRING_OF.findall(xml)], np.int64)
        together = int(lengths[found[found < len(lengths)]].sum())
        if together > limits.unpacked_bytes:
            raise zip_bomb(file, together)


def _look(xml: bytes, file: str, name: str, limits: Limits, *, to_work_out: bool) -> Look:
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
    hidden_rows: list[int] = []
    if re.search(rb"\shidden=[\"'](?:1|true)", xml[len(head):]):
        number = 0
        for tag in _ROW_TAG.findall(xml):
            number = int(_attribute(tag, b"r") or number + 1)
            if _attribute(tag, b"hidden") in ("1", "true"):
                hidden_rows.append(number)
    no_value: list[tuple[int, int]] = []
    if re.search(rb"<" + _NS + rb"f[\s/>]", xml):
        for tag, nought in _UNWORKED.findall(xml):
            at = _REF.search(tag)
            if at and (to_work_out or not nought) and _attribute(tag, b"t") != "str":
                no_value.append((int(at[2]), _column(at[1])))
    said = _DIMENSION.search(head)
    size = (int(said[4] or said[2]), _column(said[3] or said[1]) + 1) if said else (None, None)
    return Look(tuple(hidden_rows), tuple(hidden), (), tuple(errors), tuple(no_value), *size)
