"""Gated static pages and text to paste: notices that are up, open wishes, what became of gifts. Everything goes through the gate as a finished file.

Claims come by phone or paper; a page never says whether somebody is on the register. A notice whose days are over is not among them any more.
"""

import html
from collections.abc import Iterable

from django.utils import translation

from bangfu.base import clock
from bangfu.base.templatetags import days
from bangfu.documents.text import text_of
from bangfu.registry.models import Area

from . import notice_files, publishing, queries, wishes
from .ledger import amount
from .models import Claim, FundSource, Line, NoticeState, PublicNotice, SourceKind


def pages(town: Area) -> tuple[dict[str, bytes], list[str]]:
    """Return the pages and texts by file name, and what stands in the way of each (then it is not among them)."""
    with translation.override("zh-hans"):
        made = dict([*_wishes(town), *_gifts(town)])
    found, problems = {}, []
    for notice in _up(town):  # as they were published, looked at once more with what was cleared
        files = {f"notice_{notice.code}.{kind}": content for kind in ("html", "txt") if (content := publishing.file_of(notice, f"notice.{kind}")) is not None}
        wrong = publishing.look_at_files(notice, files)
        problems += [f"{name}：{one.words}" for name, one in wrong]
        found |= {} if wrong else files
    named = list(Claim.objects.filter(wish__town=town, is_named=True, ended_by="gift_came").values_list("donor", flat=True))
    for name, content in made.items():
        wrong = publishing.look_at(town, text_of(name, content), allowed=named)
        problems += [f"{name}：{one.words}" for one in wrong]
        if not wrong:
            found[name] = content
    return found, problems


def _up(town: Area) -> list[PublicNotice]:
    return [one for one in PublicNotice.objects.filter(town=town, state=NoticeState.UP) if one.last_day is not None and clock.today() <= one.last_day]


def _wishes(town: Area) -> Iterable[tuple[str, bytes]]:
    rows = wishes.public_list(town)
    title = f"{town.name}微心愿"
    head = "".join(f"<th>{name}</th>" for name in ("编号", "村", "心愿", "大约价值", "认领到"))
    cells = [(f"{one.number}", one.place, one.text, one.value, days.said(one.until, "day")) for one in rows]
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
    how = "认领请打电话或到镇扶贫办登记，说编号就行。东西由帮扶责任人或学校转交。"
    yield "wishes.html", notice_files.page(title, f"<p>{how}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    yield "wishes.txt", "\n".join([title, how, *("　".join(cell for cell in row if cell) for row in cells)]).encode()


def _gifts(town: Area) -> Iterable[tuple[str, bytes]]:
    """What became of gifts: per donation how much came, was handed over, is left, and for how many households; a donor by name only if wished."""
    named = dict(Claim.objects.filter(wish__town=town, is_named=True, wish__lot__isnull=False, ended_by="gift_came").values_list("wish__lot__source", "donor"))
    gifts = list(FundSource.objects.filter(town=town, kind=SourceKind.DONATION).order_by("pk"))
    reached: dict[int, set[int]] = {}
    for source, household in Line.objects.standing().with_signed().filter(drawn_from__source__in=gifts, signed__gt=0).values_list("drawn_from__source", "household"):
        reached.setdefault(source, set()).add(household)
    rows = [(named.get(one.source.pk, "爱心人士或单位"), one.commodity.name if not one.commodity.is_money else "捐款", amount(one.commodity, one.came), amount(one.commodity, one.issued - one.unsigned - one.refunded),
             amount(one.commodity, one.left), f"{len(reached.get(one.source.pk, ()))} 户") for one in queries.funds(gifts)]  # fmt: skip
    title = f"{town.name}捐赠去向"
    head = "".join(f"<th>{name}</th>" for name in ("捐赠", "什么", "收到", "已经领到", "还有", "受益"))
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    yield "gifts.html", notice_files.page(title, f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    yield "gifts.txt", "\n".join([title, *("　".join(row) for row in rows)]).encode()
