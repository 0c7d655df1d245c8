"""Amounts, shares as bars, and what a row of the ledger says, for templates."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bangfu.aid.farming import tenths as tenths_
from bangfu.aid.ledger import amount as amount_
from bangfu.aid.ledger import place_words
from bangfu.aid.models import AccountKind, Commodity, Entry, EntryKind, ProgrammeKind, Receipt
from bangfu.base import clock, money
from bangfu.registry.shown import shown

register = template.Library()


@register.simple_tag
def amount(commodity: Commodity, quantity: int) -> str:
    """Return a quantity with its unit; a dash for nothing."""
    return amount_(commodity, quantity) if quantity else "—"


@register.simple_tag
def share(part: int, whole: int) -> SafeString | str:
    """Return a bar that shows a part of a whole, with the percentage for who cannot see it."""
    if not whole:
        return ""
    percent = max(0, min(100, 100 * part // whole))
    return format_html('<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}"><rect class="rest" width="100" height="10"/><rect class="part" width="{}" height="10"/></svg>', f"{percent}%", percent)


@register.simple_tag
def programme_kind(value: str) -> str:
    """Return a kind of programme in words."""
    return str(ProgrammeKind(value).label) if value in ProgrammeKind.values else ""


@register.simple_tag
def receipt_words(one: Receipt) -> str:
    """Return who collected it for the recipient, who stood by, and on which page of the archive it is, unless that was purged."""
    aside = getattr(one.entry, "aside", None)
    said = aside.said.get("receipts", {}).get(str(one.line_id), {}) if aside else {}
    page = aside.said.get("pages", {}).get(str(one.line_id), "") if aside else ""
    return " ".join([*(said.get(key, "") for key in ("relation", "collector", "stood_by")), _("第 {page} 页").format(page=page) if page else ""]).strip()


@register.simple_tag
def entry_words(entry: Entry) -> str:
    """Return what an entry says: how much of what from where to where, or how many lines."""
    if entry.kind == EntryKind.SIGNED:
        return ngettext("签收 {n} 行", "签收 {n} 行", entry.n_receipts).format(n=entry.n_receipts)
    if entry.kind == EntryKind.SIGNATURE_CANCELLED:
        return _("作废一次签收")
    if entry.reverses is not None:
        return _("“{batch}”第 {n} 行").format(batch=entry.reverses.batch.title, n=entry.reverses.number)
    if entry.undoes is not None:
        return _("第 {n} 条").format(n=entry.undoes_id)
    moved = [leg for leg in entry.legs.select_related("account__batch", "account__source", "account__lot__commodity", "commodity") if leg.account.kind != AccountKind.RECIPIENT]
    words = _("；").join(f"{place_words(leg.account)} {'+' if leg.quantity > 0 else '−'}{amount_(leg.commodity, abs(leg.quantity))}" for leg in moved if leg.account.kind != AccountKind.OUTSIDE)
    return (words + _("，{n} 行").format(n=entry.n_lines)) if entry.n_lines else words


@register.simple_tag
def person_name(line: Any) -> str:
    """Return the name of the person a line is for as a page may show it: a child's is masked."""
    return shown("name", line.person.name, line.person, clock.today()) if line.person else ""


@register.filter
def tenths(n: int | None) -> str:
    """Return a scale held in tenths as people write it: 3.5; a dash for nothing."""
    return tenths_(n) if n else "—"


@register.filter
def yuan(fen: int | None) -> str:
    """Return an amount in 元; a dash for nothing."""
    return money.yuan(fen) if fen else "—"
