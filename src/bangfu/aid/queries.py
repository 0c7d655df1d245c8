"""Reads over the ledger's rows for pages: what stands where, what a batch has come to. They write nothing."""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet, Sum

from bangfu.accounts.models import Officer
from bangfu.base import calendar
from bangfu.registry.models import Area
from bangfu.visits.models import VisitDay

from .models import AccountKind, Batch, BatchState, ClosedMonth, Commodity, Entry, EntryKind, FundSource, Leg, Line, Lot, Programme, Receipt
from .models.ledger import MONEY


def programmes(town: Area) -> QuerySet[Programme]:
    """Return a town's programmes."""
    return Programme.objects.filter(town=town)


def batches(officer: Officer) -> QuerySet[Batch]:
    """Return the batches an officer may see: all of the town, or those with a line of a household in scope."""
    rows = Batch.objects.select_related("programme", "source")
    if officer.runs_the_office or officer.approves_aid:
        return rows.filter(town=officer.area)
    return rows.filter(pk__in=Line.objects.in_scope(officer).values("batch"))


@dataclass(frozen=True)
class Progress:
    """How far the lines of a batch an officer sees are: rows, signed for, open; each a count of households or persons, and amounts by commodity."""

    recipients: int
    signed: int
    given: list[tuple[Commodity, int]]
    handed: list[tuple[Commodity, int]]

    @property
    def waiting(self) -> int:
        return self.recipients - self.signed


def progress(batch: Batch, officer: Officer) -> Progress:
    """Return how far a batch is, of the lines in scope."""
    lines = list(batch.lines.in_scope(officer).standing().with_signed().select_related("commodity"))
    given, handed, open_ = Counter(), Counter(), set()
    kinds = {line.commodity_id: line.commodity for line in lines}
    for line in lines:
        given[line.commodity_id] += line.quantity
        handed[line.commodity_id] += line.signed
        if line.signed < line.quantity:
            open_.add((line.household_id, line.person_id))
    everybody = {(line.household_id, line.person_id) for line in lines}
    return Progress(len(everybody), len(everybody - open_), [(kinds[key], n) for key, n in given.items()], [(kinds[key], handed[key]) for key in given])


@dataclass(frozen=True)
class Fund:
    """One commodity of one source: came in, out (standing issues), returned to the funder, lost, still there, of which issued and unsigned."""

    source: FundSource
    commodity: Commodity
    came: int
    spent: int
    issued: int
    refunded: int
    returned: int
    lost: int
    left: int
    unsigned: int


def funds(sources: Iterable[FundSource], until: date | None = None) -> list[Fund]:
    """Return the fund report of sources (I3): came + refunded = issued + spent on purchases + returned + lost + left, per commodity."""
    sources = list(sources)
    sums: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    own = Leg.objects.filter(account__source__in=sources, **({"on__lte": until} if until else {}))
    for source, commodity, kind, entry, undone, quantity in own.values_list("account__source", "commodity", "account__kind", "entry__kind", "entry__undoes__kind").annotate(n=Sum("quantity")).order_by():
        at = sums[source, commodity]
        kind_of = undone if entry == EntryKind.REVERSED and undone else entry
        if kind in (AccountKind.SOURCE, AccountKind.BATCH, AccountKind.PROGRAMME, AccountKind.STORE):
            at["left"] += quantity
            if entry in (EntryKind.ISSUED, EntryKind.HISTORY) or (entry == EntryKind.REVERSED and not undone):
                at["issued"] -= quantity
            elif kind_of == EntryKind.REFUNDED:
                at["refunded"] += quantity
        elif kind == AccountKind.OUTSIDE:
            at["spent" if kind_of == EntryKind.PURCHASED and commodity == MONEY else "came"] += quantity if kind_of == EntryKind.PURCHASED and commodity == MONEY else -quantity
        else:
            at[kind] += quantity
    unsigned = Counter()
    for source, commodity, quantity, signed in Line.objects.open().filter(drawn_from__source__in=sources).values_list("drawn_from__source", "commodity", "quantity", "signed"):
        unsigned[source, commodity] += quantity - signed
    kinds, by_pk = Commodity.objects.in_bulk(), {one.pk: one for one in sources}
    return [Fund(by_pk[source], kinds[commodity], at["came"], at["spent"], at["issued"], at["refunded"], at["returned"], at["lost"], at["left"], unsigned[source, commodity])
            for (source, commodity), at in sorted(sums.items(), key=lambda row: (row[0][0], row[0][1] != MONEY, row[0][1]))]


def lots(source: FundSource) -> list[tuple[Lot, int]]:
    """Return a source's lots with what stands in the store of each."""
    there = dict(Leg.objects.filter(account__kind=AccountKind.STORE, account__source=source).values_list("account__lot").annotate(n=Sum("quantity")).order_by())
    return [(lot, there.get(lot.pk, 0)) for lot in source.lots.select_related("commodity")]


def entries(town: Area) -> QuerySet[Entry]:
    """Return a town's ledger, the newest first."""
    return Entry.objects.filter(town=town).select_related("by", "approved_by", "aside", "reverses__batch", "undoes").annotate(n_lines=Count("lines", distinct=True), n_receipts=Count("receipts", distinct=True)).order_by("-id")


OFFERED_AFTER = 5  # working days after its end a month is offered for closing


def open_months(town: Area, today: date) -> list[date]:
    """Return the months with entries that have ended and are not closed, from the fifth working day after on, the oldest first."""
    closed, known = set(ClosedMonth.objects.filter(town=town).values_list("month", flat=True)), calendar.days()
    months = {day.replace(day=1) for day in Entry.objects.filter(town=town, on__lt=today.replace(day=1)).dates("on", "month")}
    return sorted(month for month in months - closed if known.add_working_days(date(month.year, month.month, monthrange(month.year, month.month)[1]), OFFERED_AFTER) <= today)


def receipts_of(line: Line) -> QuerySet[Receipt]:
    """Return everything that was ever said of a line being handed over."""
    return line.receipts.select_related("entry__aside", "entry__by", "distributor_1", "distributor_2", "witness", "cancellation__aside", "cancellation__by")


def waiting_for(officer: Officer) -> QuerySet[Batch]:
    """Return the batches that wait for who approves."""
    return batches(officer).filter(state__in=(BatchState.CHECKED, BatchState.DISCLOSED)).select_related("drafted_by")


def overdue(town: str, today: date) -> list[tuple[Batch, int]]:
    """Return the batches with lines nobody signed for although two visit days have passed since they were issued: they go back."""
    rows = Line.objects.open().filter(entry__town=town, batch__state=BatchState.APPROVED, batch__by_bank=False)
    past = list(VisitDay.objects.filter(town=town, date__lt=today, cancelled_at=None).order_by("-date").values_list("date", flat=True)[:2])
    if len(past) < 2:
        return []
    late = Counter(rows.filter(entry__on__lte=past[1]).values_list("batch", flat=True))
    found = Batch.objects.in_bulk(late)
    return [(found[key], n) for key, n in late.items()]


def to_hand_over(officer: Officer) -> list[Line]:
    """Return what is still to be handed over to the households an officer sees, at most fifty lines."""
    rows = Line.objects.open().in_scope(officer).filter(batch__state=BatchState.APPROVED, batch__by_bank=False)
    return list(rows.select_related("household__village", "commodity", "batch").order_by("household__code", "pk")[:50])
