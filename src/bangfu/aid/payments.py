"""Money by transfer: the payment list goes to the bank, its reply comes back, and each row of the reply is the receipt (到账).

No bank number is kept here: the list names number of the row, head, person, household's code and amount; the office or the bank adds the rest. A failed
row is reversed with the bank's reason and waits to be issued again (待重发).
"""

import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from bangfu.accounts.models import Officer
from bangfu.base import clock, money, trail
from bangfu.base.templatetags import days
from bangfu.registry import sheet
from bangfu.registry.queries import head_name
from bangfu.registry.shown import shown

from . import ledger, movements
from .errors import Refused, StandsAlready
from .ledger import HandedOver
from .models import Batch, BatchState, Candidate, Line, ReceiptMode

COLUMNS = ("编号", "户主", "领款人", "户编号", "金额（元）")
DONE, FAILED = ("成功", "已到账", "到账", "是"), ("失败", "退回", "未到账", "否")
LONGEST = 5000


def waiting(batch: Batch) -> list[Line]:
    """Return the lines of a batch the bank is still to pay."""
    return list(batch.lines.open().select_related("household", "person", "commodity", "drawn_from", "batch").order_by("number", "pk"))


def number(line: Line) -> str:
    """Return the number of a line that goes to the bank and comes back: B-12-345 (row of the list, line of the ledger)."""
    return f"{line.batch.code}-{line.number}-{line.pk}"


def rows(batch: Batch) -> list[tuple[str, str, str, str, float]]:
    """Return the payment list, a row a line: the account is the head's, a child's name is masked."""
    found = []
    for line in waiting(batch):
        if line.commodity.is_money:
            head = head_name(line.household, clock.today())
            who = shown("name", line.person.name, line.person, clock.today()) if line.person else head
            found.append((number(line), head, who, line.household.code, line.quantity / 100))
    return found


def workbook(batch: Batch, *, by: Officer) -> bytes:
    """Return the payment list as a workbook, in Chinese whoever asks; that it left is in the trail."""
    with translation.override("zh-hans"):
        found = rows(batch)
        about = sheet.About(name="付款清单", title=f"{batch.title} 付款清单", note=f"{by.name} {days.said(clock.now(), 'moment')}，用途：转账发放。内部资料。", foot="内部资料", by=by.name,
                            at=timezone.localtime(clock.now()), keep=2)  # fmt: skip
        columns = [sheet.Column(name, sheet.AMOUNT if name.startswith("金额") else sheet.TEXT) for name in COLUMNS]
        file = io.BytesIO()
        sheet.write(file, about, columns, iter(found))
    trail.write("exported", batch.code, who=by.username, result=f"{len(found)}")
    return file.getvalue()


@dataclass(frozen=True)
class Reply:
    """What the bank says of one row: row in the file as in Excel's margin, our number, whether it was paid, the reason if not, the amount."""

    row: int
    number: str
    paid: bool
    reason: str
    fen: int | None


def read(path: Path) -> list[Reply]:
    """Read the bank's reply: a sheet with 编号 and 结果, and 原因 and 金额 if it has them. Raises Refused with every row that cannot be read."""
    try:
        read = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise Refused(_("这份文件读不了，请用银行给的 Excel 文件。")) from error
    head = next((at for at, cells in enumerate(read[:20]) if "编号" in (names := [f"{cell}".strip() for cell in cells]) and "结果" in names), None)
    if head is None:
        raise Refused(_("没有找到表头：要有“编号”和“结果”两列。"))
    names = [re.sub(r"[（(].*", "", f"{cell}").strip() for cell in read[head]]
    found, problems = [], []
    for row, cells in enumerate(read[head + 1:LONGEST], start=head + 2):
        said = {name: f"{cell}".strip() for name, cell in zip(names, cells, strict=False)}
        if not any(said.values()):
            continue
        try:
            fen = money.fen_of(said["金额"].removesuffix(".0")) if said.get("金额") else None
        except money.NoAmount:
            problems.append(_("第 {row} 行：金额“{text}”看不懂。").format(row=row, text=said["金额"]))
            continue
        if said["结果"] not in DONE + FAILED:
            problems.append(_("第 {row} 行：结果“{text}”看不懂，请写“成功”或“失败”。").format(row=row, text=said["结果"]))
        else:
            found.append(Reply(row, said["编号"], said["结果"] in DONE, said.get("原因", ""), fen))
    if problems:
        raise Refused("\n".join(problems))
    return found


@transaction.atomic
def enter(*, batch: Batch, replies: Sequence[Reply], on: date, by: Officer) -> tuple[int, int]:
    """Enter the bank's reply; returns how many were paid and failed. Nothing is entered when a row is unknown, doubled or of another amount."""
    ledger.locked()
    lines = {number(line): line for line in waiting(batch)}
    known = {number(line): line for line in batch.lines.select_related("batch")}
    problems, seen = [], set()
    for one in replies:
        if one.number not in known:
            problems.append(_("第 {row} 行：编号 {number} 不是这一批的。").format(row=one.row, number=one.number))
        elif one.number in seen:
            problems.append(_("第 {row} 行：编号 {number} 出现了两次。").format(row=one.row, number=one.number))
        elif one.fen is not None and one.fen != known[one.number].quantity:
            problems.append(_("第 {row} 行：金额和发放的不同，发放的是 {amount} 元。").format(row=one.row, amount=money.yuan(known[one.number].quantity)))
        seen.add(one.number)
    if problems:
        raise Refused("\n".join(problems))
    new = [one for one in replies if one.number in lines]
    if not new:
        raise StandsAlready(_("这份回盘里的行都录过了。"))
    paid, failed = [one for one in new if one.paid], [one for one in new if not one.paid]
    if paid:
        keys = hashlib.sha256(" ".join(sorted(f"{one.number}:{lines[one.number].receipts.count()}" for one in paid)).encode()).hexdigest()[:16]
        handed = [HandedOver(line=lines[one.number], quantity=lines[one.number].quantity, on=on, mode=ReceiptMode.BANK) for one in paid]
        movements.sign(town=batch.town, handed=handed, by=by, key=f"bank {batch.code} {keys}")
    for one in failed:
        line = lines[one.number]
        movements.reverse(line=line, reason=_("银行退回：{reason}").format(reason=one.reason or _("没有写原因")), by=by, key=f"bank failed {batch.code} {line.pk}")
        wait_again(line)
    trail.write("bank_replied", batch.code, who=by.username, result=f"{len(paid)} {len(failed)}")
    return len(paid), len(failed)


def wait_again(line: Line) -> None:
    """Let the row of the list a failed line came from wait to be approved again (待重发)."""
    Candidate.objects.filter(batch=line.batch, household=line.household, person=line.person, place=line.number).update(posted=False)


def to_pay_again(batches: Iterable[Batch]) -> list[Candidate]:
    """Return the rows that wait to be issued again after the bank sent them back."""
    return list(Candidate.objects.filter(batch__in=list(batches), batch__state=BatchState.APPROVED, posted=False, left_out="").select_related("household", "person", "batch"))
