"""Looking at the whole ledger again: the chain of digests, what the triggers hold, and that they are there."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db import connections

from bangfu.base import trail

from . import guards
from .ledger import aside_digest, digest, told_of_line, told_of_receipt
from .models import Aside, Entry, Leg, Line, Receipt


class _By:
    """Rows in the order of their entries, handed out entry by entry."""

    def __init__(self, rows: Iterator[tuple[int, list[Any]]]) -> None:
        self.rows, self.next = rows, next(rows, None)

    def of(self, number: int) -> tuple[list[list[Any]], bool]:
        """Return the rows of an entry, and whether some of an entry before it were left, which is not there."""
        found, stray = [], False
        while self.next is not None and self.next[0] <= number:
            if self.next[0] == number:
                found.append(self.next[1])
            else:
                stray = True
            self.next = next(self.rows, None)
        return found, stray


def broken(using: str = "default") -> tuple[int, str | None]:
    """Return how many entries there are, and the first thing that is wrong with its place, in words; None: all is right."""
    count, wrong = _chain(using)
    if gone := guards.missing(connections[using]):
        wrong = "；".join([f"数据库里少了保护台账的触发器：{'、'.join(gone)}", *([wrong] if wrong else [])])
    return count, wrong


def _chain(using: str) -> tuple[int, str | None]:
    legs = _By((entry, [pk, key, commodity, quantity, f"{on}"]) for pk, entry, key, commodity, quantity, on in
               Leg.objects.using(using).order_by("entry_id", "pk").values_list("pk", "entry", "account__key", "commodity", "quantity", "on").iterator(2000))  # fmt: skip
    lines = _By((one.entry_id, told_of_line(one)) for one in Line.objects.using(using).order_by("entry_id", "pk").iterator(2000))
    receipts = _By((one.entry_id, told_of_receipt(one)) for one in Receipt.objects.using(using).order_by("entry_id", "pk").iterator(2000))
    asides = {pk: (salt, said) for pk, salt, said in Aside.objects.using(using).values_list("pk", "salt", "said")}
    before, count = guards.NO_DIGEST, 0
    for entry in Entry.objects.using(using).order_by("id").iterator(2000):
        count += 1
        said = [rows.of(entry.id) for rows in (legs, lines, receipts)]
        if entry.id != count:
            return count, f"台账第 {count} 条不在了，后面直接是第 {entry.id} 条"
        if any(stray for _rows, stray in said):
            return count, f"台账第 {entry.id} 条前面有不属于任何一条的分录"
        if entry.before != before or digest(entry, *(rows for rows, _stray in said)) != entry.digest:
            return count, f"台账第 {entry.id} 条（{entry.on} {entry.get_kind_display()}）被改过，或前面的接不上"
        if entry.id in asides and aside_digest(*asides[entry.id]) != entry.aside_digest:
            return count, f"台账第 {entry.id} 条旁边记的理由被改过"
        before = entry.digest
    if any(rows.next is not None for rows in (legs, lines, receipts)):
        return count, "台账最后一条后面有不属于任何一条的分录"
    told = trail.last("posted", using)
    if told is not None and (told.about, told.result[-16:]) != (f"{count}", before[:16]):
        return count, f"操作记录说台账有 {told.about} 条，台账里是 {count} 条，最后的不在了或接不上"
    return count, None


def recount(using: str = "default") -> list[str]:
    """Return what does not add up when every leg is counted again in plain Python; empty when all does. The triggers hold the same."""
    wrong, at = [], {}
    rows = Leg.objects.using(using).order_by("account", "commodity", "on").values_list("account", "account__kind", "commodity", "on", "quantity")
    totals: dict[str, int] = {}
    for account, kind, commodity, on, quantity in chain(rows.iterator(5000)):
        totals[commodity] = totals.get(commodity, 0) + quantity
        days = at.setdefault((account, kind, commodity), {})
        days[on] = days.get(on, 0) + quantity
    wrong += [f"{commodity}：全部分录合计不是零" for commodity, total in totals.items() if total]
    for (account, kind, commodity), days in at.items():
        total = 0
        for on in sorted(days):
            total += days[on]
            if total < 0 and kind in ("source", "programme", "batch", "store"):
                wrong.append(f"账户 {account}（{kind}）的 {commodity} 在 {on} 少于零")
                break
    signed: dict[int, int] = {}
    for line, quantity in Receipt.objects.using(using).filter(cancellation=None).values_list("line", "quantity").iterator(5000):
        signed[line] = signed.get(line, 0) + quantity
    for line, quantity in Line.objects.using(using).values_list("pk", "quantity").iterator(5000):
        if signed.get(line, 0) > quantity:
            wrong.append(f"发放行 {line} 签收的比发放的多")
    return wrong
