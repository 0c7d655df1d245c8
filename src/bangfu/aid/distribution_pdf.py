"""All 发放表 of a batch, or of a visit day, as one PDF: made by the worker, kept sealed for a day for who asked.

Each page has its code (sheet, page, version), the page's total and the running total in figures and in words; nothing personal is in a code.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, money, trail, typesetting
from bangfu.base.codes import with_check
from bangfu.base.jobs import CannotBeDone, Progress
from bangfu.base.models import Job
from bangfu.base.templatetags import days
from bangfu.registry import uploads
from bangfu.registry.models import Area
from bangfu.registry.shown import shown

from . import distribution
from .distribution import Row
from .ledger import amount
from .models import Batch, Commodity, DistributionSheet

TEMPLATE = Path(__file__).with_name("templates") / "aid" / "distribution.typ"
A_PAGE = 16


def make(job: Job) -> Iterator[Progress]:
    """Make the sheets and draw them. `about` of the job: "batch CODE", or "day 2017-10-19" for a sheet per caseworker."""
    fonts = typesetting.fonts()
    by = Officer.objects.get(username=job.by)
    kind, what = job.about.split(" ", 1)
    if kind == "batch":
        batch = Batch.objects.get(code=what, town=by.area)
        sheets, title = distribution.sheets_by_village(batch=batch, by=by), batch.title
    else:
        sheets, title = distribution.sheets_by_caseworker(town=Area.objects.get(code=by.area), on=date.fromisoformat(what), by=by), what
    drawn, rows = [], 0
    for at, sheet in enumerate(sheets, start=1):
        of = [row for row in distribution.rows_of(sheet) if not row.settled]
        rows += len(of)
        drawn.append(_drawn(sheet, of))
        yield _("画发放表"), at, len(sheets)
    if not drawn:
        raise CannotBeDone(_("没有还要发的行，不用印发放表。"))
    yield _("排成一份 PDF"), len(sheets), len(sheets)
    pdf = typesetting.pdf(TEMPLATE, _said(title, by, drawn, fonts))
    uploads.keep(job.code, [pdf])
    trail.write("exported", job.about, who=by.username, result=f"发放表，{rows} 行 {hashlib.sha256(pdf).hexdigest()[:16]}")
    job.said = _("{n} 张表，{rows} 行，一份 PDF，留一天").format(n=len(sheets), rows=rows)


def _said(title: str, by: Officer, drawn: list[dict[str, object]], fonts: list[str]) -> dict[str, object]:
    with translation.override("zh-hans"):
        inside = "内部资料，用后交回" + ("，演示数据" if settings.DEMO else "")
        return {"title": f"发放表 {title}", "by": by.name, "fonts": fonts, "sheets": drawn, "foot": f"{by.name} {days.said(clock.now(), 'moment')} 打印，用途：发放签收。{inside}。",
                "columns": ["序号", "村", "组", "户主", "户编号", "类别", "标准（金额、实物）", "领取人", "与户主关系", "签字或按手印", "备注"],
                "words": {"page": "本页合计", "so_far": "累计", "distributor": "发放人", "witness": "监督人", "date": "日期"}}  # fmt: skip


def _drawn(sheet: DistributionSheet, rows: Sequence[Row]) -> dict[str, object]:
    with translation.override("zh-hans"):
        so_far: Counter[Commodity] = Counter()
        pages = []
        for at in range(0, len(rows), A_PAGE):
            some = rows[at:at + A_PAGE]
            here = Counter[Commodity]()
            for row in some:
                for line in row.lines:
                    here[line.commodity] += distribution.left(line)
            so_far.update(here)
            code = f"{with_check(sheet.code)}/{at // A_PAGE + 1}-{sheet.version}"
            pages.append({"rows": [_cells(row) for row in some], "total": _sums(here), "so_far": _sums(so_far), "code": code, "qr": _qr(code),
                          "place": f"第 {at // A_PAGE + 1} 页，共 {-(-len(rows) // A_PAGE)} 页"})  # fmt: skip
        if sheet.officer is not None:
            title, about = f"发放表　{sheet.officer.name}", f"走访日 {days.said(sheet.on, 'day')}，帮扶责任人带去发的"
        else:
            title, about = f"{sheet.batch.title}发放表　{sheet.village.name}", f"{sheet.batch.programme.name}，资金来源：{sheet.batch.source.name}"
    return {"title": title, "about": about, "pages": pages}


def _cells(row: Row) -> list[str]:
    home, line = row.lines[0].household, row.lines[0]
    name = row.head if line.person is None else f"{row.head}（{shown('name', line.person.name, line.person, clock.today())}）"
    return [f"{row.number}", home.village.name, home.villager_group, name, home.code, line.standard, row.what]


def _sums(sums: Counter[Commodity]) -> str:
    """35,000 元（叁万伍仟元整）；棉被 54 床."""
    return "；".join(f"{amount(kind, n)}（{money.in_words(n)}）" if kind.is_money else f"{kind.name} {amount(kind, n)}" for kind, n in sums.items())


def _qr(code: str) -> str:
    return qrcode.make(code, image_factory=qrcode.image.svg.SvgPathImage, box_size=10, border=1).to_string(encoding="unicode")
