"""The 明白卡: what a household received in a year, and aid's part of the household card that leads to it.

Only what was handed over counts, on the day of the receipt; a reversed line is gone, what came back is taken off.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import money
from bangfu.registry.models import Household

from .models import Commodity, Leg, Line, Receipt
from .models.ledger import MONEY

FIRST = 1949


@dataclass(frozen=True)
class Row:
    """One receipt of a household, less what came back of it: for which line, when, how much, what is known of it."""

    receipt: Receipt
    line: Line
    quantity: int
    back: int

    @property
    def item(self) -> str:
        """Return what it is: the programme for money, else the goods."""
        return _("钱") if self.line.commodity.is_money else self.line.commodity.name


@dataclass(frozen=True)
class Card:
    """What a household received in a year: its rows by day, and the sum of each commodity."""

    rows: list[Row]
    sums: list[tuple[Commodity, int]]

    @property
    def fen(self) -> int:
        return next((total for kind, total in self.sums if kind.is_money), 0)

    @property
    def totals(self) -> list[tuple[str, Commodity, int]]:
        """Return the sum of each commodity: what, how much."""
        return [(_("钱") if kind.is_money else kind.name, kind, total) for kind, total in self.sums]

    @property
    def in_words(self) -> str:
        """Return the money in 大写."""
        return money.in_words(self.fen)


def received(household: Household, year: int) -> Card:
    """Return what a household received in a year, net of reversals and of what came back; a refund is taken off the newest receipts of its line."""
    standing = Receipt.objects.standing().filter(line__household=household)
    lines = set(standing.filter(on__year=year).values_list("line", flat=True))
    back = Counter()
    gone = Leg.objects.filter(entry__refunds__in=lines, entry__undone_by=None, account__household=household).values_list("entry__refunds").annotate(n=Sum("quantity")).order_by()
    back.update({line: -n for line, n in gone})
    rows, sums, kinds = [], Counter(), {}
    found = standing.filter(line__in=lines).select_related("line__batch__source", "line__batch__programme", "line__commodity", "line__person", "entry").order_by("-on", "-pk")
    for one in found:
        off = min(back[one.line_id], one.quantity)
        back[one.line_id] -= off
        if one.on.year == year:
            rows.append(Row(one, one.line, one.quantity - off, off))
            sums[one.line.commodity_id] += one.quantity - off
            kinds[one.line.commodity_id] = one.line.commodity
    rows.reverse()
    return Card(rows, [(kinds[key], sums[key]) for key in sorted(kinds, key=lambda key: (key != MONEY, key))])


def years(household: Household) -> list[int]:
    """Return the years a household received something in, the newest first."""
    return [day.year for day in Receipt.objects.standing().filter(line__household=household).dates("on", "year", order="DESC")]


def part(household: Household, reader: Officer, day: date) -> dict[str, Any]:
    """Return what the card shows: this year's receipts, and where the 明白卡 is."""
    return {"key": "aid", "title": _("今年领到的"), "template": "aid/part.html", "card": received(household, day.year), "year": day.year}
