"""A list as an .xlsx sheet that clerks work with and print.

Promises: text stays the text it was (its columns are text as a whole, nothing becomes a formula, a link or a number); only
numbers are numbers. Rows are written as they come and not kept: memory does not grow with their number.
"""

import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils import timezone

TEXT, COUNT, NUMBER, AMOUNT = "@", "0", "General", "#,##0.00"  # number formats of whole columns
ON_ONE_PAGE = 190  # characters of width that can still be read when fitted to A4 across; a wider sheet runs over several pages
WIDEST, LONGEST = 40, 32_000
FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
Value = str | int | Decimal | None


@dataclass(frozen=True)
class Column:
    """A column's header and its number format; what is no number stands as text in a column of numbers, too."""

    header: str
    format: str = TEXT


@dataclass(frozen=True)
class About:
    """The sheet's name, what stands above the list and at the foot of each of its printed pages. `keep` columns stay in sight and come again on each page."""

    name: str
    title: str
    note: str
    foot: str
    by: str
    at: datetime
    keep: int


def write(file: IO[bytes], about: About, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> int:
    """Write a workbook of one sheet; returns how many rows the list has."""
    with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        book = xlsxwriter.Workbook(file, options)
        book.set_properties({"title": about.title, "author": about.by, "created": timezone.localtime(about.at).replace(tzinfo=None)})
        sheet = book.add_worksheet(about.name)
        count = _fill(book, sheet, about, columns, rows)
        book.close()
    return count


def _fill(book: Any, sheet: Any, about: About, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> int:
    formats = {name: book.add_format({**FONT, "border": 1, "num_format": name}) for name in (TEXT, COUNT, NUMBER, AMOUNT)}
    head = book.add_format({**FONT, "border": 1, "num_format": TEXT, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#DDE5EE"})
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, about.title, book.add_format({"font_name": "黑体", "font_size": 16, "valign": "vcenter", "num_format": TEXT}))
    sheet.write_string(1, 0, about.note, book.add_format({**FONT, "num_format": TEXT}))
    widths = []
    for at, column in enumerate(columns):
        sheet.write_string(2, at, column.header, head)
        widths.append(max(6, min(width(column.header), 12)) + 2)
    sheet.set_row(2, 15 * max((-(-width(column.header) // 12) for column in columns), default=1) + 4)
    count = 0
    for count, row in enumerate(rows, start=1):
        for at, (value, column) in enumerate(zip(row, columns, strict=True)):
            if value is None or value == "":
                sheet.write_blank(count + 2, at, None, formats[column.format])
            elif isinstance(value, str):
                sheet.write_string(count + 2, at, value[:LONGEST], formats[TEXT])
                widths[at] = max(widths[at], width(value) + 2)
            else:
                sheet.write_number(count + 2, at, value, formats[column.format])
                widths[at] = max(widths[at], len(f"{value:,}") + 4)
    whole: Mapping[str, Any] = {name: book.add_format({"num_format": name}) for name in formats}
    for at, column in enumerate(columns):
        widths[at] = min(widths[at], WIDEST)
        sheet.set_column(at, at, widths[at], whole[column.format])
    _for_paper(sheet, about, sum(widths))
    sheet.autofilter(2, 0, count + 2, len(columns) - 1)
    return count


def _for_paper(sheet: Any, about: About, wide: int) -> None:
    sheet.freeze_panes(3, about.keep)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheet.repeat_rows(2)
    if wide <= ON_ONE_PAGE:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.repeat_columns(0, about.keep - 1)
    sheet.set_footer(f"&L{about.foot.replace('&', '&&')[:180]}&R第 &P 页，共 &N 页", {"margin": 0.3})


def width(text: str) -> int:
    """Return how wide a text is: a Chinese character counts twice."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
