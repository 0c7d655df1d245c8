"""All sheets of a visit day as one PDF: made by the worker, a page a household, kept sealed for a day for who asked.

Promises: the same sheets as on the page to print, with the same codes; begun again it makes no second ones; nothing of it is left in the open on disk.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail, typesetting
from bangfu.base.jobs import CannotBeDone, Progress
from bangfu.base.models import Job
from bangfu.base.templatetags import days
from bangfu.registry import uploads

from . import queries, sheets
from .models import VisitDay
from .rules import WAITING
from .sheets import Printed

TEMPLATE = Path(__file__).with_name("templates") / "visits" / "sheets.typ"
AT_A_TIME, KEPT = 100, timedelta(days=1)


def make(job: Job) -> Iterator[Progress]:
    """Make the sheets that are still missing, draw them all, put them into one file. `about` of the job is the visit day's date."""
    fonts = typesetting.fonts()
    by = Officer.objects.get(username=job.by)
    day = queries.visit_days(by).get(date=job.about)
    found = queries.slots(day, by)
    said = queries.states(day, found, clock.now())
    found = [slot for slot in found if said[slot.pk].state in WAITING]
    drawn = []
    for at in range(0, len(found), AT_A_TIME):
        some = found[at:at + AT_A_TIME]
        sheets.make(slots=some, by=by)
        drawn += [_drawn(one, day) for one in sheets.printed(day, some)]
        yield _("画走访表"), at + len(some), len(found)
    if not drawn:
        raise CannotBeDone(_("没有还要去的户，不用印表。"))
    yield _("排成一份 PDF"), len(found), len(found)
    pdf = typesetting.pdf(TEMPLATE, _said(day, by, drawn, fonts))
    uploads.keep(job.code, [pdf])
    trail.write("exported", f"{day}", who=by.username, result=f"走访表，{len(drawn)} 户 {hashlib.sha256(pdf).hexdigest()[:16]}")
    job.said = _("{n} 张，一份 PDF，留一天").format(n=len(drawn))


def _said(day: VisitDay, by: Officer, drawn: list[dict[str, object]], fonts: list[str]) -> dict[str, object]:
    with translation.override("zh-hans"):
        inside = "内部资料，用后交回" + ("，演示数据" if settings.DEMO else "")
        window = f"帮扶日 {days.said(day.date, 'day')}，补访到 {days.said(day.make_up_until, 'day')}"
        return {"title": f"走访表 {day}", "by": by.name, "fonts": fonts, "window": window, "sheets": drawn, "foot": f"{by.name} {days.said(clock.now(), 'moment')} 打印，用途：入户走访。{inside}。",
                "words": {"sheet": "走访表", "caseworker": "帮扶责任人", "before": "前几次：", "open": "还开着的承诺和诉求", "done": "办好了：", "check": "请核对", "same": "一样", "other": "不一样："}, "lines": sheets.LINES}  # fmt: skip


def _drawn(one: Printed, day: VisitDay) -> dict[str, object]:
    with translation.override("zh-hans"):
        home = one.slot.household
        members = "、".join(f"{name}（{' '.join(word for word in (relation, age) if word)}）" for name, relation, age in one.members)
        last = "；".join(f"{days.said(visit.visited_on, 'short_day')} {'、'.join(who.officer.name for who in visit.went.all())} {visit.found[:40]}" for visit in one.last)
        items = [f"承诺：{item.text}" + (f"（{days.said(item.due_on, 'short_day')}以前）" if item.due_on else "") for item in one.promised]
        items += [f"{item.get_kind_display()}：{item.text}" for item in one.asked]
    return {"head": f"{one.head} 户", "place": f"{home.village.name}{home.villager_group}", "caseworker": one.slot.caseworker.name if one.slot.caseworker else "—", "members": members,
            "qr": one.qr, "code": one.code, "last": last, "open": items, "checks": list(one.checks)}  # fmt: skip


def forget_old() -> None:
    """Delete the files that were kept for their day."""
    now = timezone.now()
    for code in Job.objects.filter(kind__in=[kind for kind, one in settings.JOBS.items() if len(one) > 2], ended_at__lt=now - KEPT, ended_at__gt=now - 8 * KEPT).values_list("code", flat=True):
        uploads.delete(code)
