"""What an .ods tells beside its cells: hidden rows and columns, merged ranges, error cells, formulas never worked out.

Promises: a sheet that unfolds to more than is bearable is refused before anybody unfolds it (one line may say that it
stands a million times). Rows are counted from 1, columns from 0. xlsxfile.py reads the cells.
"""

import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

from .firstlook import Limits, too_big, zip_bomb
from .grid import Look
from .refusals import refuse

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_HIDDEN = ("collapse", "filter")
_WORK_OUT = (b"LibreOffice", b"OpenOffice", b"MicrosoftOffice", b"Microsoft Excel", b"WPS", b"Collabora", b"Gnumeric")  # a formula without result is an empty text


def look_inside(path: Path, limits: Limits) -> dict[str, Look]:
    """Return what each sheet tells; raises Refusal for one that is unbearable or no XML."""
    looks: dict[str, Look] = {}
    with zipfile.ZipFile(path) as bundle, bundle.open("content.xml") as stream:
        works_out = "meta.xml" in bundle.namelist() and any(name in bundle.read("meta.xml") for name in _WORK_OUT)
        sheet: _Sheet | None = None
        depth = 0  # a cell may hold a table of its own
        try:
            for event, node in etree.iterparse(stream, events=("start", "end"), resolve_entities=False, no_network=True,
                                               tag=[f"{_TABLE}table", f"{_TABLE}table-column", f"{_TABLE}table-row"]):
                if node.tag == f"{_TABLE}table":
                    depth += 1 if event == "start" else -1
                    if event == "start" and depth == 1:
                        sheet = _Sheet(path.name, node.get(f"{_TABLE}name", ""), limits, works_out)
                    elif depth == 0 and sheet is not None:
                        looks[sheet.name], sheet = sheet.look(), None
                elif event == "end" and depth == 1 and sheet is not None:
                    (sheet.row if node.tag == f"{_TABLE}table-row" else sheet.column)(node)
                    node.clear()
        except etree.XMLSyntaxError as error:
            raise refuse("truncated", path.name, "文件不完整或已损坏，打不开。请重新拷贝或重新导出。") from error
    return looks


def _times(node: Any, what: str) -> int:
    said = str(node.get(f"{_TABLE}{what}", "1"))
    return max(1, int(said)) if said.isdecimal() and len(said) < 10 else 1


class _Sheet:
    """One sheet while it is gone through."""

    def __init__(self, file: str, name: str, limits: Limits, works_out: bool) -> None:
        self.works_out = works_out
        self.file, self.name, self.limits = file, name, limits
        self.rows = self.columns = self.deep = self.wide = self.together = 0
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[int] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self.errors: list[tuple[int, int, str]] = []
        self.no_value: list[tuple[int, int]] = []

    def column(self, node: Any) -> None:
        times = _times(node, "number-columns-repeated")
        if node.get(f"{_TABLE}visibility") in _HIDDEN:
            self.hidden_columns += range(self.columns, min(self.columns + times, self.limits.columns))
        self.columns += times

    def row(self, node: Any) -> None:
        times, number, column, filled = _times(node, "number-rows-repeated"), self.rows + 1, 0, False
        for cell in node:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            wide = _times(cell, "number-columns-repeated")
            text = "\n".join("".join(one.itertext()) for one in cell.findall(f"{_TEXT}p"))
            formula, kind = cell.get(f"{_TABLE}formula"), cell.get(f"{_OFFICE}value-type")
            if text or kind or formula:
                filled = True
                self.wide = max(self.wide, column + wide)
                self.together += len(text) * wide * times
                self._limited(number + times - 1)
                if cell.get(f"{_CALC}value-type") == "error":
                    self.errors += [(number + down, column + right, text if text.startswith("#") else "#VALUE!")
                                    for down in range(times) for right in range(wide)]
                elif formula and not kind and not text and not self.works_out:
                    self.no_value += [(number + down, column + right) for down in range(times) for right in range(wide)]
            down, right = _times(cell, "number-rows-spanned"), _times(cell, "number-columns-spanned")
            if down > 1 or right > 1:
                self.merged.append((number, column, number + down - 1, column + right - 1))
            column += wide
        self.rows += times
        if filled:
            self.deep = self.rows
        if node.get(f"{_TABLE}visibility") in _HIDDEN:
            self.hidden_rows += range(number, min(self.rows, self.limits.rows) + 1)

    def _limited(self, deep: int) -> None:
        limits = self.limits
        if self.wide > limits.columns or deep > limits.rows or self.wide * deep > limits.cells:
            raise too_big(self.file, self.name, deep, self.wide, limits)
        if self.together > limits.unpacked_bytes:
            raise zip_bomb(self.file, self.together)

    def look(self) -> Look:
        return Look(tuple(row for row in self.hidden_rows if row <= self.deep), tuple(one for one in self.hidden_columns if one < self.wide),
                    tuple((top, left, min(bottom, self.deep), min(right, self.wide - 1)) for top, left, bottom, right in self.merged if top <= self.deep and left < self.wide),
                    tuple(self.errors), tuple(self.no_value))
