"""From a list to what is issued: a batch is drafted, checked, disclosed if its programme says so, approved by another, closed.

Promises: until it is checked its list may be edited freely; from then on leaving somebody out is a recorded act and the list stays as it
was seen; approving looks at life and status again and posts every line nobody objects to; nothing here changes what was posted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.codes import new_code
from bangfu.registry.models import Area, Household, Person
from bangfu.registry.queries import STANDINGS, standing

from . import accounts, ledger, looking, movements, objections
from .errors import NotEnough, NotNow, Refused, StandsAlready
from .ledger import Share, amount
from .models import Batch, BatchState, Candidate, Commodity, Cover, FundSource, Line, Lot, NoticeState, Programme, Standard
from .models.ledger import MONEY


@transaction.atomic
def draft(*, programme: Programme, source: FundSource, title: str, on: date, by: Officer, planned: int | None = None, by_bank: bool = False) -> Batch:
    """Begin a batch."""
    batch = Batch.objects.create(code=new_code(), town=programme.town, programme=programme, source=source, title=title, on=on, planned=planned, by_bank=by_bank, drafted_by=by, drafted_at=clock.now())
    trail.write("batch_drafted", batch.code, who=by.username)
    return batch


def _open(batch: Batch) -> Batch:
    """Return the batch, nobody else's to change until this transaction ends. Raises NotNow when its list is fixed."""
    found = Batch.objects.select_for_update().get(pk=batch.pk)
    if not found.is_open:
        raise NotNow(_("名单已经审核，不能再改。要改请先退回起草。"))
    return found


@transaction.atomic
def set_standard(*, batch: Batch, name: str, commodity: Commodity, quantity: int, lot: Lot | None = None) -> Standard:
    """Say what a household of a tier gets of one commodity."""
    _open(batch)
    if quantity <= 0:
        raise Refused(_("标准要大于 0。"))
    if not commodity.is_money and (lot is None or lot.commodity_id != commodity.code):
        raise Refused(_("发实物要选从哪一批货里发。"))
    return Standard.objects.update_or_create(batch=batch, name=name, commodity=commodity, defaults={"quantity": quantity, "lot": lot})[0]


@transaction.atomic
def drop_standard(*, batch: Batch, standard: Standard) -> None:
    """Take a tier's commodity away; refused while somebody on the list has the tier and nothing else of it is left."""
    _open(batch)
    if batch.candidates.filter(standard=standard.name).exists() and not batch.standards.filter(name=standard.name).exclude(pk=standard.pk).exists():
        raise NotNow(_("名单上还有“{name}”的户，先改他们的档。").format(name=standard.name))
    standard.delete()


@transaction.atomic
def add_all(*, batch: Batch, villages: Sequence[str], as_: str, standard: str, by: Officer) -> int:
    """Put the households that stand on the register as `as_` on the list, those that are there left alone; the query is kept as the basis."""
    batch = _open(batch)
    if as_ not in STANDINGS:
        raise Refused(_("请选一类户。"))
    there = set(batch.candidates.values_list("household_id", flat=True))
    homes = standing(Household.objects.in_scope(by).filter(village__in=villages), as_).exclude(pk__in=there).order_by("village", "villager_group", "code")
    made = _put(batch, [Candidate(batch=batch, household=home, standard=standard, place=0) for home in homes])
    batch.basis = {"as": as_, "villages": list(villages), "on": f"{clock.today():%Y-%m-%d}"}
    batch.save(update_fields=["basis"])
    return made


@transaction.atomic
def add(*, batch: Batch, household: Household, standard: str = "", person: Person | None = None, commodity: Commodity | None = None, quantity: int | None = None, lot: Lot | None = None,
        basis: str = "") -> Candidate:
    """Put one household, or one person of it, on the list: by a standard, or with a quantity of its own."""
    batch = _open(batch)
    if quantity is not None and quantity <= 0:
        raise Refused(_("数量要大于 0。"))
    if quantity is None and not batch.standards.filter(name=standard).exists():
        raise Refused(_("请选一个档。"))
    if commodity is not None and not commodity.is_money and (lot is None or lot.commodity_id != commodity.code):
        raise Refused(_("发实物要选从哪一批货里发。"))
    candidate = Candidate(batch=batch, household=household, person=person, standard=standard, commodity=commodity, quantity=quantity, lot=lot, basis=basis, place=0)
    _put(batch, [candidate])
    return candidate


def _put(batch: Batch, rows: Sequence[Candidate]) -> int:
    last = batch.candidates.aggregate(n=Max("place"))["n"] or 0
    for at, row in enumerate(rows, start=last + 1):
        row.place = at
    return len(Candidate.objects.bulk_create(rows))


@transaction.atomic
def take_off(*, batch: Batch, keys: Iterable[int], by: Officer) -> int:
    """Take rows off the list while it is a draft; one somebody objected to stays on it, left out."""
    rows = _open(batch).candidates.filter(pk__in=list(keys))
    kept = rows.filter(objections__isnull=False, left_out="").distinct().values_list("pk", flat=True)
    n = Candidate.objects.filter(pk__in=list(kept)).update(left_out=_("有异议，去掉了"), left_out_by=by, left_out_at=clock.now())
    return n + rows.filter(objections=None).delete()[0]


@transaction.atomic
def cover(*, batch: Batch, household: Household, rule: str, fact: str, reason: str, by: Officer) -> Cover:
    """Let a warning pass with a reason (确认无误)."""
    if not reason.strip():
        raise Refused(_("请写为什么没有问题。"))
    return Cover.objects.get_or_create(batch=batch, household=household, rule=rule, fact=fact, defaults={"reason": reason.strip(), "by": by, "at": clock.now()})[0]


def shares_of(rows: Iterable[Candidate], batch: Batch) -> list[Share]:
    """Return what each row of a list gets, a share for each commodity of its tier."""
    tiers: dict[str, list[Standard]] = defaultdict(list)
    for one in batch.standards.select_related("commodity", "lot__source"):
        tiers[one.name].append(one)
    places: dict[int | None, object] = {}

    def place(lot: Lot | None) -> object:
        key = lot.pk if lot else None
        if key not in places:
            places[key] = accounts.of_lot(lot) if lot else accounts.of_batch(batch)
        return places[key]

    shares = []
    for row in rows:
        given = [(row.commodity_id, row.quantity, row.lot)] if row.quantity is not None else [(one.commodity_id, one.quantity, one.lot) for one in tiers[row.standard]]
        shares += [Share(household=row.household, person=row.person, commodity=commodity, quantity=quantity, drawn_from=place(lot), batch=batch, number=row.place, standard=row.standard,
                         basis=row.basis) for commodity, quantity, lot in given]  # fmt: skip
    return shares


def totals(batch: Batch) -> list[tuple[str, Commodity, int, int]]:
    """Return what the list comes to: (tier, commodity, rows, quantity) for each tier and commodity, in the order of the standards."""
    count, sums = Counter(), Counter()
    for share in shares_of(batch.candidates.filter(left_out="").select_related("household", "person", "lot__source"), batch):
        count[share.standard, share.commodity] += 1
        sums[share.standard, share.commodity] += share.quantity
    known = Commodity.objects.in_bulk({commodity for _tier, commodity in sums})
    return [(tier, known[commodity], count[tier, commodity], total) for (tier, commodity), total in sums.items()]


@transaction.atomic
def check(*, batch: Batch, by: Officer) -> Batch:
    """Fix the list (审核): it has rows, every warning is seen to, what it takes is there. Places follow village, group and household."""
    batch = _open(batch)
    rows = list(batch.candidates.select_related("household").order_by("household__village", "household__villager_group", "household__code", "place"))
    if all(row.left_out for row in rows):
        raise NotNow(_("名单还是空的。"))
    if open_ := [one for one in looking.warnings(batch, clock.today()) if one.cover is None]:
        raise NotNow(_("还有 {n} 处疑点没有处理：改名单，或写明为什么没有问题。").format(n=len(open_)))
    for at, row in enumerate(rows, start=1):
        row.place = at
    Candidate.objects.bulk_update(rows, ["place"])
    _require_funds(batch)
    batch.state, batch.checked_by, batch.checked_at = BatchState.CHECKED, by, clock.now()
    batch.save(update_fields=["state", "checked_by", "checked_at"])
    trail.write("batch_checked", batch.code, who=by.username, result=f"{len(rows)}")
    return batch


def _require_funds(batch: Batch) -> None:
    money = sum(total for _tier, commodity, _rows, total in totals(batch) if commodity.is_money)
    left = ledger.there(accounts.of_source(batch.source), MONEY, clock.today()) + ledger.there(accounts.of_batch(batch), MONEY, clock.today())
    if money > left:
        kind = Commodity.objects.get(pk=MONEY)
        raise NotEnough(_("“{place}”还有 {left}，名单合计 {asked}，不够。").format(place=batch.source.name, left=amount(kind, left), asked=amount(kind, money)))


@transaction.atomic
def back_to_draft(*, batch: Batch, by: Officer) -> None:
    """Open a checked list again; what was disclosed of it comes down and starts again, too."""
    if not Batch.objects.filter(pk=batch.pk, state__in=(BatchState.CHECKED, BatchState.DISCLOSED)).update(state=BatchState.DRAFT, checked_by=None, checked_at=None):
        raise NotNow(_("这一批现在不能退回起草。"))
    _bring_down(batch)
    trail.write("batch_reopened", batch.code, who=by.username)


def _bring_down(batch: Batch) -> None:
    batch.notices.filter(state__in=(NoticeState.UP, NoticeState.ENDED)).update(state=NoticeState.TAKEN_DOWN, down_on=clock.today())


@transaction.atomic
def throw_away(*, batch: Batch, by: Officer) -> None:
    """Give a batch up before anything was posted."""
    if not Batch.objects.filter(pk=batch.pk, state__in=(BatchState.DRAFT, BatchState.CHECKED, BatchState.DISCLOSED)).update(state=BatchState.THROWN_AWAY):
        raise NotNow(_("这一批已经批准，不能作废。"))
    _bring_down(batch)
    trail.write("batch_thrown_away", batch.code, who=by.username)


@transaction.atomic
def leave_out(*, candidate: Candidate, reason: str, by: Officer) -> None:
    """Do not give to somebody on a fixed list: a recorded act, the list stays."""
    ledger.locked()
    if not reason.strip():
        raise Refused(_("请写为什么不发。"))
    if not Candidate.objects.filter(pk=candidate.pk, posted=False, left_out="").update(left_out=reason.strip(), left_out_by=by, left_out_at=clock.now()):
        raise StandsAlready(_("这一行已经发了，或已经写明不发。"))
    trail.write("candidate_left_out", f"{candidate.batch.code} {candidate.place}", who=by.username)


@transaction.atomic
def approve(*, batch: Batch, by: Officer, on: date | None = None) -> list[Line]:
    """Approve (批准) and post every row that is not left out and not held by an objection; held rows follow when this is called again.

    `on`: the business day, today unless said. Raises NotNow when one person drafted and approves, when the list is not checked, or where something changed since: each with fact and date.
    """
    ledger.locked()
    on = on or clock.today()
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if not by.approves_aid or by.pk == batch.drafted_by_id:
        raise NotNow(_("批准要由分管领导，起草的人不能自己批准。"))
    waiting = {BatchState.DISCLOSED} if batch.programme.needs_notice else {BatchState.CHECKED, BatchState.DISCLOSED}
    if batch.state not in waiting | {BatchState.APPROVED}:
        raise NotNow(_("这一批还没有公示。") if batch.state == BatchState.CHECKED else _("这一批现在不能批准。"))
    if batch.programme.needs_notice and not any(notice.is_over for notice in batch.notices.all()):
        raise NotNow(_("公示还没有满期，不能批准。"))
    if open_ := [one for one in looking.warnings(batch, on) if one.cover is None]:
        raise NotNow(_("审核以后有变化，请经办人处理：") + _("；").join(f"{one.household.code} {one.words}" for one in open_))
    rows = list(batch.candidates.filter(left_out="", posted=False).exclude(pk__in=objections.held_rows(batch)).select_related("household", "person", "lot__source"))
    if not rows:
        raise NotNow(_("没有可以发的行：都发了、不发，或有异议还没有答复。"))
    stand = set(batch.lines.standing().values_list("household", "person", "number", "commodity"))  # of a row whose transfer came back the goods may
    shares = [one for one in shares_of(rows, batch) if (one.household.pk, one.person.pk if one.person else None, one.number, one.commodity) not in stand]
    if not shares:
        raise NotNow(_("这些行已经发了。"))
    key = f"batch {batch.code} {batch.lines.count()}"
    if money := sum(share.quantity for share in shares if share.commodity == MONEY):
        short = money - ledger.there(accounts.of_batch(batch), MONEY, on)
        if short > 0:
            movements.allot(batch=batch, fen=short, on=on, by=by, key=f"{key} allotted")
    entry = movements.issue(batch=batch, shares=shares, on=on, drafted_by=batch.drafted_by, approved_by=by, key=key)
    Candidate.objects.filter(pk__in=[row.pk for row in rows]).update(posted=True)
    batch.state, batch.approved_by, batch.approved_at = BatchState.APPROVED, by, clock.now()
    batch.save(update_fields=["state", "approved_by", "approved_at"])
    trail.write("batch_approved", batch.code, who=by.username, result=f"{len(rows)}")
    return list(entry.lines.select_related("household"))


@transaction.atomic
def close(*, batch: Batch, by: Officer, reason: str) -> int:
    """End a batch: lines nobody signed for are reversed, what is left of its money goes back to its source. Returns how many lines."""
    ledger.locked()
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != BatchState.APPROVED:
        raise NotNow(_("这一批现在不能办结。"))
    left = list(batch.lines.open())
    if left and not reason.strip():
        raise Refused(_("还有 {n} 行没有签收，办结要写原因。").format(n=len(left)))
    for line in (line for line in left if line.signed):  # partly received: the line comes down to what was signed for
        movements.replace(line=line, quantity=line.signed, reason=reason, by=by, approved_by=batch.approved_by, key=f"closed {batch.code} {line.pk}")
    for line in (line for line in left if not line.signed):
        movements.reverse(line=line, reason=reason, by=by, key=f"closed {batch.code} {line.pk}")
    if rest := ledger.there(accounts.of_batch(batch), MONEY):
        movements.allot(batch=batch, fen=-rest, on=clock.today(), by=by, key=f"closed {batch.code}")
    batch.state, batch.closed_at = BatchState.CLOSED, clock.now()
    batch.save(update_fields=["state", "closed_at"])
    trail.write("batch_closed", batch.code, who=by.username, result=f"{len(left)}")
    return len(left)


def known(town: Area, name: str, unit: str) -> Commodity:
    """Return goods of this name and unit, made known when they are new. Money is known under its own."""
    found = Commodity.objects.filter(name=name.strip(), unit=unit.strip()).first()
    return found or Commodity.objects.create(code=new_code().lower(), name=name.strip(), unit=unit.strip())
