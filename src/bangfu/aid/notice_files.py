"""A notice as finished files: a page for a board or a site, Excel, Word, PDF. Only the allowed columns; the same rows in each."""

import contextlib
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from django.utils import translation

from bangfu.base import clock, typesetting
from bangfu.base.jobs import CannotBeDone
from bangfu.base.templatetags import days
from bangfu.documents.letter import Letter
from bangfu.registry.models import Household
from bangfu.registry.queries import current_members, head_of
from bangfu.registry.shown import age_on, mask_child

from . import batches
from .ledger import amount
from .models import Commodity, NameStyle, PublicNotice

COLUMNS = ("村", "组", "户主姓名", "人数", "类别", "金额、物品")
TEMPLATE = Path(__file__).with_name("templates") / "aid" / "notice.typ"
GROWN_UP = 18
STYLE = "body{font:16px/1.6 sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{border:1px solid #555;padding:.3rem .5rem;text-align:left}"


@dataclass(frozen=True)
class Row:
    """One row of a public list; `head` is as it may be published, `named` the full name where it is."""

    village: str
    group: str
    head: str
    named: str
    people: int
    category: str
    what: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.village, self.group, self.head, f"{self.people}", self.category, self.what)


def rows_of(notice: PublicNotice) -> list[Row]:
    """Return the rows of a notice's batch: who is left out is not on it. A minor head is masked whatever was chosen."""
    found = list(notice.batch.candidates.filter(left_out="").select_related("household__village", "person", "lot__source"))
    homes = {home.pk: home for home in Household.objects.filter(pk__in={one.household_id for one in found}).select_related("village").prefetch_related(current_members())}
    kinds = Commodity.objects.in_bulk()
    rows = []
    for one in found:
        home = homes[one.household_id]
        head = head_of(home)
        name = head.person.name if head else home.code
        years = age_on(head.person.birth_date, clock.today()) if head else GROWN_UP
        open_ = notice.names == NameStyle.FULL and years is not None and years >= GROWN_UP
        what = "、".join(f"{'' if kinds[share.commodity].is_money else kinds[share.commodity].name + ' '}{amount(kinds[share.commodity], share.quantity)}" for share in batches.shares_of([one], notice.batch))
        rows.append(Row(home.village.name, home.villager_group, name if open_ else mask_child(name), name if open_ else "", len(home.present), one.standard, what))
    return rows


def names_on_purpose(notice: PublicNotice) -> list[str]:
    """Return the names a notice publishes because they are on the list."""
    return [row.named for row in rows_of(notice) if row.named]


def _lines(notice: PublicNotice) -> list[str]:
    period = f"公示期：{days.said(notice.up_on, 'day')}至{days.said(notice.last_day, 'day')}（{notice.days} 个{'工作日' if notice.working_days else '日历日'}，张贴当天不算）"
    return [line for line in (notice.words, period, f"对名单有意见，请在公示期内向{notice.office}反映，监督电话：{notice.phone}。", f"{notice.office}　{days.said(notice.up_on, 'day')}") if line]


def make(notice: PublicNotice) -> dict[str, bytes]:
    """Return a notice's files by name. Where this computer has no Chinese font there is no PDF."""
    with translation.override("zh-hans"):
        rows, lines = rows_of(notice), _lines(notice)
        files = {"notice.html": _page(notice, rows, lines), "notice.xlsx": _workbook(notice, rows, lines), "notice.docx": _word(notice, rows, lines), "notice.txt": text_to_paste(notice, rows).encode()}
        with contextlib.suppress(CannotBeDone):
            files["notice.pdf"] = typesetting.pdf(TEMPLATE, {"title": notice.title, "words": notice.words, "lines": lines[1 if notice.words else 0:], "columns": COLUMNS, "rows": [row.cells for row in rows], "fonts": typesetting.fonts()})
    return files


def _page(notice: PublicNotice, rows: list[Row], lines: list[str]) -> bytes:
    said = html.escape
    body = "".join(f"<tr>{''.join(f'<td>{said(cell)}</td>' for cell in row.cells)}</tr>" for row in rows)
    head = "".join(f"<th>{said(name)}</th>" for name in COLUMNS)
    return page(notice.title, f"{f'<p>{said(lines[0])}</p>' if notice.words else ''}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
                + "".join(f"<p>{said(line)}</p>" for line in lines[1 if notice.words else 0:]))


def page(title: str, body: str) -> bytes:
    """Return a static page that asks nothing of another host."""
    return (f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
            f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body><h1>{html.escape(title)}</h1>{body}</body></html>").encode()


def _workbook(notice: PublicNotice, rows: list[Row], lines: list[str]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"title": notice.title, "created": clock.now().replace(tzinfo=None)})
    sheet = book.add_worksheet("公示")
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.write_string(0, 0, notice.title, bold)
    for at, name in enumerate(COLUMNS):
        sheet.write_string(1, at, name, bold)
    for at, row in enumerate(rows, start=2):
        for column, cell in enumerate(row.cells):
            sheet.write_string(at, column, cell)
    for at, line in enumerate(lines, start=len(rows) + 2):
        sheet.merge_range(at, 0, at, len(COLUMNS) - 1, line, wrap)
        sheet.set_row(at, 15 * (1 + len(line) // 45))
    sheet.set_column(0, len(COLUMNS) - 1, 14)
    book.close()
    return file.getvalue()


def _word(notice: PublicNotice, rows: list[Row], lines: list[str]) -> bytes:
    letter = Letter(clock.now().replace(tzinfo=None), notice.title)
    letter.title(notice.title)
    if notice.words:
        letter.body(notice.words)
    letter.table(COLUMNS, [row.cells for row in rows], (1700, 1000, 1400, 844, 1700, 2200))
    for line in lines[1 if notice.words else 0:-1]:
        letter.body(line)
    letter.signature(notice.office, days.said(notice.up_on, "day"))
    file = io.BytesIO()
    letter.document.save(file)
    return file.getvalue()


def text_to_paste(notice: PublicNotice, rows: list[Row]) -> str:
    """Return the notice as plain text, for a group or a site that takes no file."""
    return "\n".join([notice.title, *("　".join(cell for cell in row.cells if cell) for row in rows), *_lines(notice)])


FILES: Mapping[str, str] = {"notice.html": "text/html; charset=utf-8", "notice.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                            "notice.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "notice.pdf": "application/pdf", "notice.txt": "text/plain; charset=utf-8"}  # fmt: skip
