"""What may happen in the ledger, each act by its name: money and goods come in, are allotted, issued, signed for, put right, given back.

All of it goes through ledger.post; the desks call these. A reversal negates one line whole; what came back of something handed over is a refund.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.registry.models import Area

from . import accounts, ledger
from .errors import MonthClosed, NotEnough, NotNow, Refused, StandsAlready
from .ledger import HandedOver, Move, Share, amount
from .models import Batch, BatchState, ClosedMonth, Commodity, Entry, EntryKind, FundSource, Line, Lot, Receipt, ReceiptMode
from .models.ledger import MONEY


def receive(*, source: FundSource, fen: int, on: date, by: Officer, key: str, document_no: str = "", opening: bool = False, belongs_to: str = "") -> Entry:
    """Enter money that came in from a source; `belongs_to`: the closed month ("2017-09") of one that is entered late, today."""
    _positive(fen)
    kind = EntryKind.OPENING if opening else EntryKind.RECEIVED
    moves = [Move(accounts.outside(source), MONEY, -fen), Move(accounts.of_source(source), MONEY, fen)]
    return ledger.post(town=source.town, kind=kind, on=_known(on), by=by, key=key, moves=moves, document_no=document_no, belongs_to=belongs_to)


def take_into_store(*, lot: Lot, quantity: int, on: date, by: Officer, key: str, price_fen: int = 0, batch: Batch | None = None, opening: bool = False) -> Entry:
    """Enter goods: given (no price), or bought for `price_fen` out of a batch's money or the source's own; `opening`: they were there before the ledger began."""
    _positive(quantity)
    moves = [Move(accounts.outside(lot.source), lot.commodity_id, -quantity), Move(accounts.of_lot(lot), lot.commodity_id, quantity)]
    if price_fen:
        payer = accounts.of_batch(batch) if batch is not None else accounts.of_source(lot.source)
        moves += [Move(payer, MONEY, -price_fen), Move(accounts.outside(lot.source), MONEY, price_fen)]
    kind = EntryKind.PURCHASED if price_fen else EntryKind.OPENING if opening else EntryKind.RECEIVED
    return ledger.post(town=lot.source.town, kind=kind, on=_known(on), by=by, key=key, moves=moves, document_no=lot.document_no)


def allot(*, batch: Batch, fen: int, on: date, by: Officer, key: str) -> Entry:
    """Set money of the batch's source aside for the batch; minus: what is left goes back to the source, which it never left for good."""
    if fen == 0:
        _positive(fen)
    moves = [Move(accounts.of_source(batch.source), MONEY, -fen), Move(accounts.of_batch(batch), MONEY, fen)]
    return ledger.post(town=batch.town, kind=EntryKind.ALLOTTED, on=_known(on), by=by, key=key, moves=moves)


BEFORE_ISSUE: list[Callable[[Batch, Sequence[Share], date], None]] = []  # what a desk has to say of shares before they are posted, asked under the ledger's lock; it raises Refused


@transaction.atomic
def issue(*, batch: Batch, shares: Sequence[Share], on: date, drafted_by: Officer, approved_by: Officer, key: str, reasons: Mapping[str, Any] | None = None) -> Entry:
    """Issue to the recipients of a batch. Raises NotNow when the source's terms do not allow it (I6) or one person drafted and approved (I10)."""
    if drafted_by.pk == approved_by.pk:
        raise NotNow(_("起草的人不能自己批准。"))
    for share in shares:
        _positive(share.quantity)
    ledger.locked()
    if (before := ledger.posted(key, EntryKind.ISSUED)) is not None:
        return before
    _allowed(batch, shares, on)
    for ask in BEFORE_ISSUE:
        ask(batch, shares, on)
    return ledger.post(town=batch.town, kind=EntryKind.ISSUED, on=_known(on), by=approved_by, key=key, shares=shares, drafted_by=drafted_by, approved_by=approved_by, said=reasons)


def recall(*, batch: Batch, shares: Sequence[Share], on: date, drafted_by: Officer, approved_by: Officer, key: str) -> Entry:
    """Enter what was given before the ledger began (历史导入), with the same conditions as an issue."""
    if drafted_by.pk == approved_by.pk:
        raise NotNow(_("起草的人不能自己批准。"))
    for share in shares:
        _positive(share.quantity)
    _allowed(batch, shares, on)
    return ledger.post(town=batch.town, kind=EntryKind.HISTORY, on=_known(on), by=approved_by, key=key, shares=shares, drafted_by=drafted_by, approved_by=approved_by)


def _allowed(batch: Batch, shares: Sequence[Share], on: date) -> None:
    for source in {share.drawn_from.source_id: share.drawn_from.source for share in shares}.values():
        terms = source.terms
        if source.expires_on is not None and on > source.expires_on:
            raise NotNow(_("“{source}”只能用到 {day}。").format(source=source.name, day=f"{source.expires_on:%Y-%m-%d}"))
        if terms.get("programmes") and batch.programme.kind not in terms["programmes"]:
            raise NotNow(_("“{source}”是定向的，不能用于“{programme}”。").format(source=source.name, programme=batch.programme.name))
        mine = [share for share in shares if share.drawn_from.source_id == source.pk]
        outside = {share.household.village_id for share in mine} - set(terms.get("villages") or [share.household.village_id for share in mine])
        if outside:
            raise NotNow(_("“{source}”是定向的，只能用在：{villages}。").format(
                source=source.name, villages=_("、").join(Area.objects.filter(code__in=terms["villages"]).values_list("name", flat=True))))  # fmt: skip
        if terms.get("students") and any(share.person is None or share.person.pk not in terms["students"] for share in mine):
            raise NotNow(_("“{source}”是定向的，只能给约定的学生。").format(source=source.name))


@transaction.atomic
def sign(*, town: Area, handed: Sequence[HandedOver], by: Officer, key: str, document_no: str = "", kind: EntryKind = EntryKind.SIGNED, said: Mapping[str, Any] | None = None) -> Entry:
    """Enter signed lines: only what was handed over counts as received. All of them are one entry, dated the day they are entered; `said` is kept aside."""
    ledger.locked()
    if (before := ledger.posted(key, kind)) is not None:
        return before
    keys = [one.line.pk for one in handed]
    signed = dict(Receipt.objects.filter(line__in=keys, cancellation=None).values_list("line").annotate(n=Sum("quantity")))
    reversed_ = set(Entry.objects.filter(reverses__in=keys).values_list("reverses", flat=True))
    for one in handed:
        if one.on > clock.today():
            raise NotNow(_("第 {n} 行：领取的日子还没有到。").format(n=one.line.number))
        if one.line.pk in reversed_:
            raise StandsAlready(_("第 {n} 行已经冲正，不能再签收。").format(n=one.line.number))
        if signed.get(one.line.pk, 0) + one.quantity > one.line.quantity:
            raise StandsAlready(_("第 {n} 行已经签收过了。").format(n=one.line.number))
        if one.mode not in (ReceiptMode.BANK, ReceiptMode.ARCHIVE):
            if one.distributor_1 is None or one.distributor_2 is None or one.distributor_1.pk == one.distributor_2.pk:
                raise NotNow(_("发放人要两个人。"))
            if one.witness is not None and one.witness.pk in (one.distributor_1.pk, one.distributor_2.pk):
                raise NotNow(_("监督人不能是发放人。"))
    return ledger.post(town=town, kind=kind, on=clock.today(), by=by, key=key, handed=handed, document_no=document_no, said=said)


@transaction.atomic
def reverse(*, line: Line, reason: str, by: Officer, key: str, came_back: bool = False) -> Entry:
    """Negate a line whole, once. Of a line that was signed for, somebody says that it came back (`came_back`), or its receipt is cancelled first."""
    ledger.locked()
    if (before := ledger.posted(key, EntryKind.REVERSED)) is not None:
        return before
    if not reason.strip():
        raise Refused(_("冲正要写原因。"))
    if Entry.objects.filter(reverses=line).exists():
        raise StandsAlready(_("这一行已经冲正过了。"))
    if Entry.objects.filter(refunds=line, undone_by=None).exists():
        raise NotNow(_("这一行已经收回过一部分，不能再冲正。"))
    if not came_back and Receipt.objects.filter(line=line, cancellation=None).exists():
        raise NotNow(_("这一行已经签收。钱物收回来了的请说明；签收记错了的，先作废签收。"))
    moves = [Move(line.leg.account, line.commodity_id, -line.quantity), Move(line.drawn_from, line.commodity_id, line.quantity)]
    entry = ledger.post(town=line.batch.town, kind=EntryKind.REVERSED, on=clock.today(), by=by, key=key, moves=moves, reverses=line, said={"reason": reason})
    _home_from_closed(line, line.quantity, by, key)
    return entry


@transaction.atomic
def replace(*, line: Line, quantity: int, reason: str, by: Officer, approved_by: Officer, key: str, drafted_by: Officer | None = None) -> Line:
    """Put another quantity in a line's place: it is reversed and issued anew, the same paper receipt carried over. `by` enters it;
    who drafted the new line (`by` unless said) and who approves it are two.
    """
    _positive(quantity)
    drafted_by = drafted_by or by
    if drafted_by.pk == approved_by.pk:
        raise NotNow(_("起草的人不能自己批准。"))
    if (before := ledger.posted(f"{key} anew", EntryKind.ISSUED)) is not None:
        return before.lines.get()
    receipt = Receipt.objects.filter(line=line, cancellation=None).order_by("pk").last()
    reverse(line=line, reason=reason, by=by, key=f"{key} off", came_back=True)
    share = Share(household=line.household, person=line.person, commodity=line.commodity_id, quantity=quantity, drawn_from=line.drawn_from, batch=line.batch, number=line.number,
                  standard=line.standard, basis=line.basis, is_replacement=line.is_replacement)  # fmt: skip
    new = issue(batch=line.batch, shares=[share], on=clock.today(), drafted_by=drafted_by, approved_by=approved_by, key=f"{key} anew", reasons={"reason": reason, "instead_of": line.pk}).lines.get()
    if receipt is not None:
        told = getattr(receipt.entry, "aside", None)
        words = told.said.get("receipts", {}).get(str(line.pk), {}) if told else {}
        sign(town=line.batch.town, by=by, key=f"{key} signed", handed=[HandedOver(
            line=new, quantity=quantity, on=receipt.on, mode=receipt.mode, distributor_1=receipt.distributor_1, distributor_2=receipt.distributor_2, witness=receipt.witness, carries=receipt, **words)])
    return new


@transaction.atomic
def cancel_signature(*, receipt: Receipt, reason: str, by: Officer, key: str) -> Entry:
    """Make a wrong receipt void, once; the line is open again. Refused while more came back of the line than its other receipts say."""
    ledger.locked()
    if (before := ledger.posted(key, EntryKind.SIGNATURE_CANCELLED)) is not None:
        return before
    if not reason.strip():
        raise Refused(_("作废签收要写原因。"))
    if Entry.objects.filter(cancels=receipt).exists():
        raise StandsAlready(_("这个签收已经作废了。"))
    if _had(receipt.line) - receipt.quantity < _back(receipt.line):
        raise NotNow(_("这一行已经收回过一部分，不能作废签收。收回记错了的，先冲正收回。"))
    return ledger.post(town=receipt.line.batch.town, kind=EntryKind.SIGNATURE_CANCELLED, on=clock.today(), by=by, key=key, cancels=receipt, said={"reason": reason})


@transaction.atomic
def refund(*, line: Line, quantity: int, reason: str, by: Officer, key: str) -> Entry:
    """Enter what really came back of something handed over; the receipt stays."""
    _positive(quantity)
    ledger.locked()
    if (before := ledger.posted(key, EntryKind.REFUNDED)) is not None:
        return before
    if Entry.objects.filter(reverses=line).exists():
        raise StandsAlready(_("这一行已经冲正过了。"))
    if (left := _had(line) - _back(line)) < quantity:
        raise NotEnough(_("领到的还有 {left}，收回不了 {asked}。").format(left=amount(line.commodity, left), asked=amount(line.commodity, quantity)))
    moves = [Move(line.leg.account, line.commodity_id, -quantity), Move(line.drawn_from, line.commodity_id, quantity)]
    entry = ledger.post(town=line.batch.town, kind=EntryKind.REFUNDED, on=clock.today(), by=by, key=key, moves=moves, refunds=line, said={"reason": reason})
    _home_from_closed(line, quantity, by, key)
    return entry


def _home_from_closed(line: Line, quantity: int, by: Officer, key: str) -> None:
    """Let money that comes back to a batch that has ended go on to its source: nobody closes it again."""
    if line.commodity_id == MONEY and Batch.objects.filter(pk=line.batch_id, state=BatchState.CLOSED).exists():
        allot(batch=line.batch, fen=-quantity, on=clock.today(), by=by, key=f"{key} home")


def _had(line: Line) -> int:
    """Return how much of a line was signed for."""
    return Receipt.objects.filter(line=line, cancellation=None).aggregate(n=Sum("quantity"))["n"] or 0


def _back(line: Line) -> int:
    """Return how much of a line came back."""
    return -sum(leg.quantity for entry in Entry.objects.filter(refunds=line, undone_by=None) for leg in entry.legs.all() if leg.account_id == line.leg.account_id)


def lose(*, lot: Lot, quantity: int, reason: str, by: Officer, key: str) -> Entry:
    """Enter goods that were lost in the store; what was on a list already is reversed first."""
    _positive(quantity)
    moves = [Move(accounts.of_lot(lot), lot.commodity_id, -quantity), Move(accounts.lost(lot.source), lot.commodity_id, quantity)]
    return ledger.post(town=lot.source.town, kind=EntryKind.LOST, on=clock.today(), by=by, key=key, moves=moves, said={"reason": reason})


def give_back(*, source: FundSource, commodity: Commodity, quantity: int, reason: str, by: Officer, key: str, lot: Lot | None = None) -> Entry:
    """Enter what went back to the funder: money of the source, or goods of a lot."""
    _positive(quantity)
    place = accounts.of_lot(lot) if lot is not None else accounts.of_source(source)
    moves = [Move(place, commodity.code, -quantity), Move(accounts.returned(source), commodity.code, quantity)]
    return ledger.post(town=source.town, kind=EntryKind.RETURNED, on=clock.today(), by=by, key=key, moves=moves, said={"reason": reason})


@transaction.atomic
def undo(*, entry: Entry, reason: str, by: Officer, key: str) -> Entry:
    """Negate an entry without lines (money or goods that did not come in after all); refused where it was spent, naming what is left."""
    ledger.locked()
    if (before := ledger.posted(key, EntryKind.REVERSED)) is not None:
        return before
    if entry.kind in (EntryKind.REVERSED, EntryKind.SIGNED, EntryKind.SIGNATURE_CANCELLED) or entry.lines.exists():
        raise NotNow(_("这一条不能整条冲正。"))
    if Entry.objects.filter(undoes=entry).exists():
        raise StandsAlready(_("这一条已经冲正过了。"))
    moves = [Move(leg.account, leg.commodity_id, -leg.quantity) for leg in entry.legs.select_related("account")]
    return ledger.post(town=entry.town, kind=EntryKind.REVERSED, on=clock.today(), by=by, key=key, moves=moves, undoes=entry, said={"reason": reason})


@transaction.atomic
def close_month(*, town: Area, month: date, by: Officer) -> ClosedMonth:
    """Close a month that has ended; it is never opened again."""
    ledger.locked()
    month = month.replace(day=1)
    if month >= clock.today().replace(day=1):
        raise NotNow(_("这个月还没有过完。"))
    closed, made = ClosedMonth.objects.get_or_create(town=town, month=month, defaults={"by": by, "at": clock.now()})
    if made:
        trail.write("month_closed", f"{month:%Y-%m}", who=by.username)
    return closed


def _positive(quantity: int) -> None:
    if quantity <= 0:
        raise Refused(_("数量要大于 0。"))


def _known(on: date) -> date:
    if on > clock.today():
        raise NotNow(_("日期 {day} 还没有到。").format(day=f"{on:%Y-%m-%d}"))
    return on


__all__ = ["MonthClosed", "allot", "cancel_signature", "close_month", "give_back", "issue", "lose", "recall", "receive", "refund", "replace", "reverse", "sign", "take_into_store", "undo"]
