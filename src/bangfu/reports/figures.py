"""What a field counts: distinct households or persons, sums of money or goods, from the ledger's rows at a position."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bangfu.aid.figures import Row, handed_over
from bangfu.base import money
from bangfu.registry.models import Area

from .fields import Field
from .models import Bulletin, Figure


@dataclass(frozen=True)
class Counted:
    """A figure with its rows. value: whole households, persons, fen, pieces; None for one typed by hand."""

    of: Field
    value: int | None
    rows: list[Row] = field(default_factory=list)
    village: Area | None = None

    @property
    def shown(self) -> str:
        """54, 3.5万元, 1,200; what was typed as it was typed."""
        return said(self.of.measure, self.value, self.of.typed)


def said(measure: str, value: int | None, typed: str = "") -> str:
    """Return a figure's value as it stands in a text."""
    if value is None:
        return typed
    return money.said(value) if measure == "money" else f"{value:,}"


def counted(fields: Sequence[Field], town: str, start: date, end: date, at: int, kept: Mapping[str, Area] | None = None) -> list[Counted]:
    """Return the figures of fields: the ledger is read once for all of them. kept: villages by the names they had, of an issued bulletin.

    A village that is not known by its name any more is said in the figure's place.
    """
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in handed_over(town, start, end, at):
        by_kind[row.kind].append(row)
    villages = {area.name: area for area in Area.objects.filter(code__startswith=town[:9]).exclude(code=town)} | dict(kept or {})
    found = []
    for one in fields:
        if one.measure == "by_hand":
            found.append(Counted(one, None))
            continue
        if one.village and one.village not in villages:
            found.append(Counted(replace(one, typed=f"（没有“{one.village}”）"), None))
            continue
        village = villages.get(one.village)
        mine = [row for row in by_kind[one.kind] if _is_of(row, one) and (village is None or row.village == village.code)]
        found.append(Counted(one, _value(one.measure, mine), mine, village))
    return found


def _is_of(row: Row, one: Field) -> bool:
    if one.measure == "goods":
        return row.goods == one.of and row.commodity != "fen"
    return one.measure != "money" or row.commodity == "fen"


def _value(measure: str, rows: Sequence[Row]) -> int:
    if measure == "households":
        return len({row.household for row in rows})
    if measure == "persons":
        return len({row.person for row in rows if row.person is not None})
    if measure == "receipts":
        return len({row.line for row in rows})
    return sum(row.quantity for row in rows)


def frozen(rows: Sequence[Row]) -> list[list[int | None]]:
    """Return rows as an issued bulletin keeps them."""
    return [[row.receipt, row.line, row.household, row.person, row.quantity] for row in rows]


def digest(bulletin: Bulletin, figure: Figure) -> str:
    """Return SHA-256 over what a figure is: what is counted, of which days, at which position, from which rows."""
    told = [figure.field, figure.measure, figure.kind, figure.of, figure.village_id, f"{bulletin.starts_on}", f"{bulletin.ends_on}", bulletin.position, figure.value, figure.typed, figure.rows]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def changed_by_hand(using: str = "default") -> list[str]:
    """Return the figures of issued bulletins that are not what was issued: what `bangfu verify` says of them."""
    rows = Figure.objects.using(using).select_related("bulletin").order_by("pk").iterator(200)
    return [f"简报“{one.bulletin.title}”的 {one.field} 印发以后被改过" for one in rows if digest(one.bulletin, one) != one.digest]
