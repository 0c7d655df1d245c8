"""What was handed over in a period, as the ledger stood at a position: the rows every figure is counted from.

Only receipts count (已领取), by the day of hand-over; a reversed line and a cancelled receipt are gone from the position of that entry on;
replacements of goods that died are in no figure. Made again for the same position the rows are the same.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from .models import Entry, Receipt


class Row(NamedTuple):
    """One receipt: of which line, whose, how much. kind: of the programme; goods: the commodity's name, "" for money."""

    receipt: int
    line: int
    kind: str
    programme: str
    batch: str
    commodity: str
    goods: str
    unit: str
    household: int
    person: int | None
    village: str
    quantity: int
    basis: str


def position() -> int:
    """Return where the ledger stands now: the number of its last entry."""
    return Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def handed_over(town: str, start: date, end: date, at: int) -> list[Row]:
    """Return what was handed over in the days [start, end], as the ledger stood at position `at`, in the order of the receipts."""
    gone = Entry.objects.filter(Q(reverses=OuterRef("line")), id__lte=at)
    cancelled = Entry.objects.filter(cancels=OuterRef("pk"), id__lte=at)
    rows = Receipt.objects.filter(~Exists(gone), ~Exists(cancelled), entry__id__lte=at, on__gte=start, on__lte=end, line__is_replacement=False, entry__town=town).order_by("pk")
    fields = ("pk", "line_id", "line__batch__programme__kind", "line__batch__programme__name", "line__batch__title", "line__commodity_id", "line__commodity__name", "line__commodity__unit",
              "line__household_id", "line__person_id", "line__household__village_id", "quantity", "line__basis")  # fmt: skip
    return [Row._make(said) for said in rows.values_list(*fields).iterator(5000)]


def lines_seen(officer: object, keys: Iterable[int]) -> dict[int, object]:
    """Return the lines among these that an officer may see, by key."""
    from .models import Line

    rows = Line.objects.in_scope(officer).filter(pk__in=list(keys)).select_related("household__village", "person", "commodity", "batch")
    return {line.pk: line for line in rows}
