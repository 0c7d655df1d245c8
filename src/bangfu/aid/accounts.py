"""Places of the ledger: found by their key, made when they are first used."""

from collections.abc import Iterable

from django.db import connection

from bangfu.registry.models import Household

from .guards import LOCK
from .models import Account, AccountKind, Batch, FundSource, Lot


def locked() -> None:
    """Wait until nobody else writes the ledger, and keep others out until this transaction ends. On SQLite a writer is alone anyway.

    An act that writes the trail too does so after it posted, or calls this first: two locks are always taken in this order.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _place(key: str, kind: AccountKind, **what: object) -> Account:
    if (there := Account.objects.filter(key=key).first()) is not None:
        return there
    locked()  # or two that first use a place wait for each other's lock
    return Account.objects.get_or_create(key=key, defaults={"kind": kind, **what})[0]


def of_source(source: FundSource) -> Account:
    """Return where money of a source stands before it is allotted."""
    return _place(f"source {source.pk}", AccountKind.SOURCE, source=source)


def of_batch(batch: Batch) -> Account:
    """Return where money of a batch stands before it is issued."""
    return _place(f"batch {batch.source_id} {batch.programme_id} {batch.pk}", AccountKind.BATCH, source=batch.source, programme=batch.programme, batch=batch)


def of_lot(lot: Lot) -> Account:
    """Return where goods of a lot stand: the store."""
    return _place(f"store {lot.source_id} {lot.pk}", AccountKind.STORE, source=lot.source, lot=lot)


def outside(source: FundSource) -> Account:
    """Return whom money of a source came from, and whom it went to for goods."""
    return _place(f"outside {source.pk}", AccountKind.OUTSIDE, source=source)


def returned(source: FundSource) -> Account:
    """Return what went back to the funder of a source."""
    return _place(f"returned {source.pk}", AccountKind.RETURNED, source=source)


def lost(source: FundSource) -> Account:
    """Return what was lost of a source."""
    return _place(f"lost {source.pk}", AccountKind.LOST, source=source)


def of_households(homes: Iterable[Household]) -> dict[int, Account]:
    """Return the accounts of recipients by household."""
    keys = {home.pk: f"recipient {home.pk}" for home in homes}
    there = {one.household_id: one for one in Account.objects.filter(key__in=keys.values())}
    made = Account.objects.bulk_create(Account(key=key, kind=AccountKind.RECIPIENT, household_id=pk) for pk, key in keys.items() if pk not in there)
    return there | {one.household_id: one for one in made}
