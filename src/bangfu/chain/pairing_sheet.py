"""结对帮扶一览表 as a workbook: every household of an area with its seven links on a day; taken in again it changes nothing."""

import hashlib
import io
from collections.abc import Iterator
from datetime import date
from typing import IO

from django.conf import settings
from django.utils import timezone, translation

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.templatetags import days
from bangfu.registry.models import Area
from bangfu.registry.queries import head_name, villages
from bangfu.registry.sheet import COUNT, About, Column, Value, write

from . import queries

TITLE = "结对帮扶一览表"
LINKS = ("市挂村单位", "镇直挂村单位", "包片领导", "挂村领导", "包村组长", "包村成员")
COLUMNS = [Column("序号", COUNT), *(Column(name) for name in ("行政村", "组", "户编号", "户主姓名")), Column("家庭人口数", COUNT),
           *(Column(name) for name in ("帮扶责任人", "帮扶责任人单位名称", "帮扶责任人联系电话", "帮扶开始时间", "文号", *LINKS))]


def export(*, area: Area, on: date, by: Officer) -> tuple[IO[bytes], str]:
    """Return the workbook of an area as it stands on a day and its name; the trail keeps its rows and digest."""
    with translation.override("zh-hans"):
        inside = "内部资料，用后交回" + ("，演示数据" if settings.DEMO else "")
        who = f"{by.name} {days.said(clock.now(), 'moment')}，用途：结对帮扶"
        about = About(name=TITLE, title=f"{area.name} {days.said(on, 'day')} {TITLE}", note=f"{who}。{inside}。", foot=f"{inside}。{who}", by=by.name,
                      at=timezone.localtime(clock.now()), keep=5)
        file = io.BytesIO()
        count = write(file, about, COLUMNS, _rows(area, on, by))
    trail.write("exported", area.code, who=by.username, result=f"{TITLE}，{count} 户 {hashlib.sha256(file.getvalue()).hexdigest()[:16]}")
    file.seek(0)
    return file, f"{area.name}{TITLE}_{on:%Y%m%d}.xlsx"


def _rows(area: Area, on: date, by: Officer) -> Iterator[list[Value]]:
    number = 0
    for village in villages(by):
        if area.is_village and village.code != area.code:
            continue
        held = queries.households_with_caseworkers(by, village, on)
        links = queries.chains_of([home for home, _row in held], on)
        for home, row in held:
            number += 1
            officer = row.officer if row is not None and row.kind == row.HOLDER else None
            cadre = getattr(officer, "cadre", None)
            names = ["、".join(holder.name for holder in one.holders) for one in links[home.pk] if one.number < 7]
            yield [number, village.name, home.villager_group, home.code, head_name(home, on), len(home.present), officer.name if officer else "",
                   str(cadre.unit or "") if cadre else "", cadre.phone if cadre else "", str(row.starts_on) if officer and row else "", row.document_no if row else "", *names]  # fmt: skip
