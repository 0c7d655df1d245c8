"""走访情况表: a village's slots of one day as a workbook that is sent upward and printed; masked like the pages, in Chinese whoever asks."""

import hashlib
import io
from collections.abc import Iterator
from typing import IO

from django.conf import settings
from django.utils import timezone, translation

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.templatetags import days
from bangfu.registry.models import Area
from bangfu.registry.queries import head_name
from bangfu.registry.sheet import COUNT, About, Column, Value, write

from . import queries
from .models import VisitDay
from .shown import label

COLUMNS = [Column("序号", COUNT), *(Column(name) for name in ("户主", "组", "户编号", "帮扶责任人", "情况", "走访日期", "方式", "谁去的", "看到的", "还开着的承诺和诉求"))]


def export(*, day: VisitDay, village: Area, by: Officer) -> tuple[IO[bytes], str]:
    """Return the workbook of a village's slots and its name; the trail keeps its rows and digest."""
    with translation.override("zh-hans"):
        inside = "内部资料，用后交回" + ("，演示数据" if settings.DEMO else "")
        who = f"{by.name} {days.said(clock.now(), 'moment')}，用途：上报走访情况"
        about = About(name="走访情况表", title=f"{village.name} {days.said(day.date, 'day')} 走访情况表", note=f"补访到 {days.said(day.make_up_until, 'day')}。{who}。{inside}。",
                      foot=f"{inside}。{who}", by=by.name, at=timezone.localtime(clock.now()), keep=2)  # fmt: skip
        file = io.BytesIO()
        count = write(file, about, COLUMNS, _rows(day, village, by))
    trail.write("exported", f"{day} {village.code}", who=by.username, result=f"走访情况表，{count} 户 {hashlib.sha256(file.getvalue()).hexdigest()[:16]}")
    file.seek(0)
    return file, f"{village.name}走访情况表_{day.date:%Y%m%d}.xlsx"


def _rows(day: VisitDay, village: Area, by: Officer) -> Iterator[list[Value]]:
    found = queries.with_members(queries.slots(day, by, village.code))
    said = queries.states(day, found, clock.now())
    seen = {visit.household_id: visit for visit in queries.standing_visits().filter(
        household__in=[slot.household_id for slot in found], visited_on__gte=day.date, visited_on__lte=day.make_up_until).prefetch_related("went__officer").order_by("-visited_on")}  # fmt: skip
    for number, slot in enumerate(found, start=1):
        home, visit = slot.household, seen.get(slot.household_id)
        still_open = "；".join(one.text for rows in queries.open_of(home) for one in rows)
        yield [number, head_name(home, day.date), home.villager_group, home.code, slot.caseworker.name if slot.caseworker else "",
               label(said[slot.pk]), str(visit.visited_on) if visit else "", visit.get_mode_display() if visit else "",
               "、".join(one.officer.name for one in visit.went.all()) if visit else "", visit.found if visit else "", still_open]  # fmt: skip
