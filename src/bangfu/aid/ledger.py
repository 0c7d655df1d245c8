"""The one place that adds to the ledger. Reads over many rows are in figures.py and queries.py, the check of the chain in verify.py.

Promises: one writer at a time; an entry is there whole or not at all, and what the caller saw posted stays; what was posted with a key is
not posted again; nothing leaves an account that is not there on every day from the entry's on. The database refuses what breaks the
invariants (guards.py); what a person can mend is said here before, in words.
"""

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, money, trail
from bangfu.registry.models import Area, Household, Person

from . import accounts
from .accounts import locked
from .errors import MonthClosed, NotEnough, StandsAlready
from .guards import NO_DIGEST
from .models import Account, Aside, Batch, ClosedMonth, Commodity, Entry, EntryKind, Leg, Line, Receipt
from .models.ledger import HOLDS


@dataclass(frozen=True)
class Move:
    """So much of a commodity into an account; minus: out of it."""

    account: Account
    commodity: str
    quantity: int


@dataclass(frozen=True)
class Share:
    """What one recipient is to get, and from where."""

    household: Household
    commodity: str
    quantity: int
    drawn_from: Account
    batch: Batch
    number: int
    person: Person | None = None
    standard: str = ""
    basis: str = ""
    is_replacement: bool = False


@dataclass(frozen=True)
class HandedOver:
    """A line, or a part of it, handed over. `collector`, `relation` and `stood_by` are words that may be purged."""

    line: Line
    quantity: int
    on: date
    mode: str
    distributor_1: Officer | None = None
    distributor_2: Officer | None = None
    witness: Officer | None = None
    collector: str = ""
    relation: str = ""
    stood_by: str = ""
    carries: Receipt | None = None


def amount(commodity: Commodity, quantity: int) -> str:
    """Return a quantity with its unit: 1,409.50 元, 1,200 株."""
    return f"{money.yuan(quantity)} 元" if commodity.is_money else f"{quantity:,} {commodity.unit}"


def there(account: Account, commodity: str, on: date | None = None) -> int:
    """Return how much stands in an account: on every day from `on` on (the least of them), else after all entries."""
    days = dict(Leg.objects.filter(account=account, commodity=commodity).values_list("on").order_by("on").annotate(moved=Sum("quantity")))
    if on is None:
        return sum(days.values())
    total = least = sum(moved for day, moved in days.items() if day <= on)
    for day in sorted(day for day in days if day > on):
        total += days[day]
        least = min(least, total)
    return least


def _require_there(moves: Iterable[Move], on: date) -> None:
    drawn: dict[tuple[int, str], int] = defaultdict(int)
    places = {move.account.pk: move.account for move in moves}
    for move in moves:
        drawn[move.account.pk, move.commodity] += move.quantity
    for (pk, commodity), moved in drawn.items():
        if moved < 0 and places[pk].kind in HOLDS and (left := there(places[pk], commodity, on)) + moved < 0:
            kind = Commodity.objects.get(pk=commodity)
            raise NotEnough(_("“{place}”还有 {left}，这一次要 {asked}，不够。没有记账。").format(place=place_words(places[pk]), left=amount(kind, left), asked=amount(kind, -moved)))


def place_words(account: Account) -> str:
    """Return an account in words."""
    if account.batch is not None:
        return account.batch.title
    if account.lot is not None:
        return _("仓库：{goods}（{source}）").format(goods=account.lot.commodity.name, source=account.source.name)
    return account.source.name if account.source is not None else account.get_kind_display()


def posted(key: str, kind: EntryKind) -> Entry | None:
    """Return what was posted with a key. Raises StandsAlready when it is of another kind."""
    found = Entry.objects.filter(key=key[:80]).first()
    if found is not None and found.kind != kind:
        raise StandsAlready(_("这个编号已经记过另一种账了。"))
    return found


@transaction.atomic
def post(*, town: Area, kind: EntryKind, on: date, by: Officer, key: str, moves: Sequence[Move] = (), shares: Sequence[Share] = (), handed: Sequence[HandedOver] = (),
         said: Mapping[str, Any] | None = None, **more: Any) -> Entry:
    """Add an entry; with a key that was posted before return that one. `more`: other fields of Entry. `said`: reasons, kept aside.

    The recipients' and the drawn-from legs of `shares` are made here. Raises NotEnough, MonthClosed, and StandsAlready when the key is another kind's.
    """
    locked()
    if (before := posted(key, kind)) is not None:
        return before
    if ClosedMonth.objects.filter(town=town, month=on.replace(day=1)).exists():
        raise MonthClosed(_("{month} 已经关账，不能再记。请记在今天，写上它属于哪个月。").format(month=f"{on:%Y-%m}"))
    last = Entry.objects.order_by("-id").values_list("id", "digest").first() or (0, NO_DIGEST)
    moves = [*moves, *_drawn(shares)]
    _require_there(moves, on)
    entry = Entry(id=last[0] + 1, before=last[1], town=town, kind=kind, on=on, at=clock.now().replace(microsecond=0), by=by, key=key[:80], **more)
    legs = Leg.objects.bulk_create(Leg(entry_id=entry.id, account=move.account, commodity_id=move.commodity, quantity=move.quantity, on=on) for move in moves)
    lines = _lines(entry, shares, on)
    receipts = Receipt.objects.bulk_create(Receipt(entry_id=entry.id, line=one.line, quantity=one.quantity, on=one.on, mode=one.mode, distributor_1=one.distributor_1,
                                                   distributor_2=one.distributor_2, witness=one.witness, carries=one.carries) for one in handed)
    aside = _aside(entry, said or {}, handed)
    told = [[leg.id, leg.account.key, leg.commodity_id, leg.quantity, f"{leg.on}"] for leg in (*legs, *(line.leg for line in lines))]
    entry.digest = digest(entry, told, [told_of_line(line) for line in lines], [told_of_receipt(one) for one in receipts])
    entry.save(force_insert=True)
    if aside is not None:
        aside.save(force_insert=True)
    trail.write("posted", f"{entry.id}", who=by.username, result=f"{kind} {entry.digest[:16]}")
    return entry


def _drawn(shares: Iterable[Share]) -> list[Move]:
    drawn: dict[tuple[int, str], int] = defaultdict(int)
    places = {}
    for share in shares:
        drawn[share.drawn_from.pk, share.commodity] -= share.quantity
        places[share.drawn_from.pk] = share.drawn_from
    return [Move(places[pk], commodity, quantity) for (pk, commodity), quantity in drawn.items()]


def _lines(entry: Entry, shares: Sequence[Share], on: date) -> list[Line]:
    if not shares:
        return []
    recipients = accounts.of_households({share.household.pk: share.household for share in shares}.values())
    legs = Leg.objects.bulk_create(Leg(entry_id=entry.id, account=recipients[share.household.pk], commodity_id=share.commodity, quantity=share.quantity, on=on) for share in shares)
    return Line.objects.bulk_create(
        Line(entry_id=entry.id, leg=leg, drawn_from=share.drawn_from, batch=share.batch, household=share.household, person=share.person, commodity_id=share.commodity, quantity=share.quantity,
             number=share.number, standard=share.standard, basis=share.basis, is_replacement=share.is_replacement) for share, leg in zip(shares, legs, strict=True))  # fmt: skip


def _aside(entry: Entry, said: Mapping[str, Any], handed: Sequence[HandedOver]) -> Aside | None:
    words = dict(said)
    by_line = {str(one.line.pk): {key: value for key, value in (("collector", one.collector), ("relation", one.relation), ("stood_by", one.stood_by)) if value} for one in handed}
    if by_line := {key: value for key, value in by_line.items() if value}:
        words["receipts"] = by_line
    if not words:
        return None
    aside = Aside(entry_id=entry.id, salt=secrets.token_hex(16), said=words)
    entry.aside_digest = aside_digest(aside.salt, words)
    return aside


def aside_digest(salt: str, said: Mapping[str, Any]) -> str:
    """Return what the chain holds of words that may be purged."""
    return hashlib.sha256((salt + json.dumps(said, ensure_ascii=False, sort_keys=True)).encode()).hexdigest()


def told_of_line(line: Line) -> list[Any]:
    """Return what the digest covers of a line: ids, never names."""
    return [line.id, line.leg_id, line.drawn_from_id, line.batch_id, line.household_id, line.person_id, line.commodity_id, line.quantity, line.number, line.standard, line.basis, line.is_replacement]


def told_of_receipt(one: Receipt) -> list[Any]:
    """Return what the digest covers of a receipt."""
    return [one.id, one.line_id, one.quantity, f"{one.on}", one.mode, one.distributor_1_id, one.distributor_2_id, one.witness_id, one.carries_id]


def digest(entry: Entry, legs: Sequence[Sequence[Any]], lines: Sequence[Sequence[Any]], receipts: Sequence[Sequence[Any]]) -> str:
    """Return SHA-256 over an entry with all that belongs to it and the digest of the one before."""
    told = [entry.before, entry.id, entry.town_id, entry.kind, f"{entry.on}", entry.at.astimezone(UTC).isoformat(), entry.document_no, entry.by_id, entry.drafted_by_id, entry.approved_by_id,
            entry.key, entry.belongs_to, entry.reverses_id, entry.undoes_id, entry.cancels_id, entry.refunds_id, entry.aside_digest, sorted(legs), sorted(lines), sorted(receipts)]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
