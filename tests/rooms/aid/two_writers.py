"""Run by test_two_writers.py, each time as a process of its own against one installation: `two_writers.py prepare|spend|write|check …`.

prepare             make the installation with the demo town and its ledger
spend               for each line "BATCH KEY MOMENT" on standard input: wait for the moment, issue 1,000 元 of the batch, print what became of it
write SEED SECONDS  random acts on the ledger (no seconds: until killed); each confirmed entry is printed before the next act begins
check               print what of I1-I12 does not hold, and every entry's digest, as JSON
"""

import json
import os
import random
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from bangfu.config import office

if sys.argv[1] == "prepare":
    office.prepare(Path(os.environ["BANGFU_DATA"]), demo=True)
else:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bangfu.config.settings"
    import django

    django.setup()

from django.db import connection, transaction
from django.db.models import F, Q, Sum

from bangfu.accounts.models import Officer
from bangfu.aid import accounts, movements, queries, verify
from bangfu.aid.errors import NotEnough, Refused
from bangfu.aid.ledger import HandedOver, Share
from bangfu.aid.models import Batch, Commodity, Entry, EntryKind, FundSource, Leg, Line, Lot, Programme, Receipt, ReceiptMode
from bangfu.base import clock, trail
from bangfu.base.codes import new_code
from bangfu.base.models import TrailEntry
from bangfu.registry.models import Area, Household

TOWN, TODAY, EARMARKED = "450481108000", date(2017, 10, 20), "定向"


def people():
    return [Officer.objects.get(username=name) for name in ("liang", "meng", "zu3", "bao3a", "gua3")]


def a_batch(name, fen, terms=None):
    """Return a batch with this money allotted to it, out of a source of its own."""
    town, (clerk, *_others) = Area.objects.get(code=TOWN), people()
    source = FundSource.objects.create(code=new_code(), town=town, name=f"{name}资金", kind="fiscal", terms=terms or {})
    programme = Programme.objects.create(code=new_code(), town=town, name=f"{name}项目", kind="sympathy_grant")
    batch = Batch.objects.create(code=new_code(), town=town, programme=programme, source=source, title=name, on=TODAY, drafted_by=clerk, drafted_at=clock.now())
    movements.receive(source=source, fen=fen, on=date(2017, 7, 3), by=clerk, key=f"in {name}")
    movements.allot(batch=batch, fen=fen, on=date(2017, 7, 4), by=clerk, key=f"allot {name}")
    return batch


def spend():
    """Issue the last 1,000 元 of each batch that is named, at the very moment that is named."""
    clerk, leader, *_others = people()
    home = Household.objects.order_by("code").first()
    print("ready", flush=True)
    for row in sys.stdin:
        code, key, moment = row.split()
        batch = Batch.objects.select_related("source", "programme", "town").get(code=code)
        share = Share(household=home, commodity="fen", quantity=100_000, drawn_from=accounts.of_batch(batch), batch=batch, number=1)
        while time.time() < float(moment):
            pass
        try:
            said = ["issued", movements.issue(batch=batch, shares=[share], on=TODAY, drafted_by=clerk, approved_by=leader, key=key).id]
        except NotEnough as refusal:
            said = ["not enough", str(refusal)]
        except Exception as error:  # a clerk would see an error page
            said = ["error", repr(error)]
        print(json.dumps(said), flush=True)


class Writer:
    """Somebody who does whatever may be done in a ledger, at random; what is refused in words is no fault."""

    def __init__(self, seed):
        self.rng, self.seed, self.at = random.Random(seed), seed, 0
        self.clerk, self.leader, *self.handers = people()
        self.batches = list(Batch.objects.filter(title__startswith="两人").select_related("source", "programme", "town"))
        self.lots = list(Lot.objects.filter(source__in=[one.source_id for one in self.batches]).select_related("source__town", "commodity"))
        self.homes = list(Household.objects.order_by("code")[:40])

    def key(self):
        """Return a key that is new, or now and then one that the other writer uses in the same moment."""
        self.at += 1
        return f"both {int(time.time() * 5)}" if self.rng.random() < 0.3 else f"{self.seed} {os.getpid()} {self.at}"

    def day(self):
        return TODAY - timedelta(days=self.rng.choice((0, 0, 0, 3, 20, 45, 75)))

    def line(self):
        keys = list(Line.objects.filter(batch__in=self.batches).order_by("-pk").values_list("pk", flat=True)[:60])
        return Line.objects.select_related("batch__town", "batch__programme", "batch__source", "household", "commodity", "leg__account", "drawn_from__source").get(pk=self.rng.choice(keys))

    def act(self):
        """Do one act; returns what it is called and the entries it confirmed."""
        name = self.rng.choices(("receive", "store", "allot", "issue", "sign", "cancel", "reverse", "replace", "refund", "undo", "lose", "give_back", "close"), (4, 2, 4, 10, 10, 2, 3, 2, 4, 2, 1, 2, 0.3))[0]
        done = getattr(self, name)()
        return name, [done.entry if isinstance(done, Line) else done] if done is not None else []

    def receive(self):
        return movements.receive(source=self.rng.choice(self.batches).source, fen=self.rng.randrange(1, 200_000), on=self.day(), by=self.clerk, key=self.key())

    def store(self):
        price = self.rng.choice((0, 5_000))
        lot = self.rng.choice(self.lots)
        return movements.take_into_store(lot=lot, quantity=self.rng.randrange(1, 30), price_fen=price, batch=next(one for one in self.batches if one.source_id == lot.source_id), on=self.day(), by=self.clerk, key=self.key())

    def allot(self):
        return movements.allot(batch=self.rng.choice(self.batches), fen=self.rng.choice((-1, 1, 1)) * self.rng.randrange(1, 150_000), on=self.day(), by=self.clerk, key=self.key())

    def issue(self):
        batch, shares = self.rng.choice(self.batches), []
        lots = [lot for lot in self.lots if lot.source_id == batch.source_id]
        for number, home in enumerate(self.rng.sample(self.homes, self.rng.randrange(1, 5)), start=1):
            if lots and self.rng.random() < 0.4:
                shares.append(Share(household=home, commodity=lots[0].commodity_id, quantity=self.rng.randrange(1, 6), drawn_from=accounts.of_lot(lots[0]), batch=batch, number=number))
            else:
                shares.append(Share(household=home, commodity="fen", quantity=self.rng.randrange(100, 60_000), drawn_from=accounts.of_batch(batch), batch=batch, number=number))
        return movements.issue(batch=batch, shares=shares, on=self.day(), drafted_by=self.clerk, approved_by=self.rng.choice((self.leader, self.leader, self.leader, self.clerk)), key=self.key(), reasons={"reason": "试"})

    def sign(self):
        line = self.line()
        part = self.rng.choice((line.quantity, line.quantity, max(1, line.quantity // 2)))
        one, other, witness = self.rng.sample(self.handers, 3)
        return movements.sign(town=line.batch.town, by=self.clerk, key=self.key(), handed=[HandedOver(line=line, quantity=part, on=TODAY, mode=ReceiptMode.SIGNED, distributor_1=one, distributor_2=other,
                                                                                                        witness=witness, collector="某人")])  # fmt: skip

    def cancel(self):
        receipt = Receipt.objects.filter(line=self.line()).select_related("line__batch__town").first()
        return receipt and movements.cancel_signature(receipt=receipt, reason="记错了", by=self.clerk, key=self.key())

    def reverse(self):
        return movements.reverse(line=self.line(), reason="发错了", by=self.clerk, key=self.key(), came_back=self.rng.random() < 0.5)

    def replace(self):
        return movements.replace(line=self.line(), quantity=self.rng.randrange(1, 50_000), reason="数量不对", by=self.clerk, approved_by=self.leader, key=self.key())

    def refund(self):
        line = self.line()
        return movements.refund(line=line, quantity=self.rng.randrange(1, line.quantity + 1), reason="收回", by=self.clerk, key=self.key())

    def undo(self):
        mine = list(Entry.objects.filter(legs__account__source__in=[one.source_id for one in self.batches], lines=None).exclude(Q(key__startswith="in ") | Q(key__startswith="allot ")).order_by("-id").values_list("id", flat=True)[:30])
        return movements.undo(entry=Entry.objects.get(pk=self.rng.choice(mine)), reason="没有收到", by=self.clerk, key=self.key()) if mine else None

    def lose(self):
        return movements.lose(lot=self.rng.choice(self.lots), quantity=self.rng.randrange(1, 4), reason="坏了", by=self.clerk, key=self.key())

    def give_back(self):
        return movements.give_back(source=self.rng.choice(self.batches).source, commodity=Commodity.objects.get(pk="fen"), quantity=self.rng.randrange(1, 20_000), reason="退回", by=self.clerk, key=self.key())

    def close(self):
        movements.close_month(town=self.batches[0].town, month=self.rng.choice((date(2017, 8, 1), date(2017, 9, 1), date(2017, 10, 1))), by=self.clerk)


def write(seed, seconds):
    """Do random acts; the last line printed counts what was done and what was refused."""
    writer, counts, end = Writer(seed), Counter(), time.monotonic() + seconds if seconds else float("inf")
    print("ready", flush=True)
    while time.monotonic() < end:
        try:
            with transaction.atomic() if writer.rng.random() < 0.5 else _alone():  # acts stand alone, and in a desk's own transaction
                name, confirmed = writer.act()
            for entry in confirmed:
                print(json.dumps([entry.id, entry.digest]), flush=True)
            counts[name] += len(confirmed) or name == "close"
        except Refused as refusal:
            counts[f"refused {refusal.code}"] += 1
        except Exception as error:  # a clerk would see an error page
            counts[f"error {error!r}"[:300]] += 1
    print(json.dumps(counts, ensure_ascii=False), flush=True)


class _alone:
    """No transaction around an act."""

    def __enter__(self):
        return self

    def __exit__(self, *_of_it):
        return False


def wrong():
    """Yield what of the invariants does not hold, looked at anew from the rows."""
    count, said = verify.broken()
    if said:
        yield f"I4 I11: {said}"
    yield from (f"I1 I2: {said}" for said in verify.recount())
    for entry, commodity, total in Leg.objects.values_list("entry", "commodity").annotate(n=Sum("quantity")).order_by():
        if total:
            yield f"I1: entry {entry} {commodity} {total}"
    for fund in queries.funds(FundSource.objects.all()):
        if fund.came + fund.refunded != fund.issued + fund.spent + fund.returned + fund.lost + fund.left:
            yield f"I3: {fund}"
    for key, n in Counter(Entry.objects.exclude(reverses=None).values_list("reverses", flat=True)).items():
        if n > 1:
            yield f"I5: line {key} reversed {n} times"
    if Line.objects.filter(batch__title__contains=EARMARKED).exclude(household__village="450481108202").exists():
        yield "I6: earmarked money went elsewhere"
    signed = dict(Receipt.objects.filter(cancellation=None).values_list("line").annotate(n=Sum("quantity")).order_by())
    quantity = dict(Line.objects.values_list("pk", "quantity"))
    yield from (f"I7: line {line} signed {n} of {quantity[line]}" for line, n in signed.items() if n > quantity[line])
    back = Counter()
    for line, n in Leg.objects.filter(entry__refunds__isnull=False, entry__undone_by=None, quantity__lt=0, account=F("entry__refunds__leg__account")).values_list("entry__refunds", "quantity"):
        back[line] -= n
    yield from (f"I7: line {line} refunded {n} of {signed.get(line, 0)}" for line, n in back.items() if n > signed.get(line, 0))
    keys = list(Entry.objects.values_list("key", flat=True))
    if len(set(keys)) != len(keys) or len(keys) != count:
        yield "I8: keys are not unique"
    closed = {}
    for one in TrailEntry.objects.filter(act__in=("month_closed", "posted")).order_by("pk"):
        if one.act == "month_closed":
            closed[one.about] = one.pk
        elif (entry := Entry.objects.get(pk=int(one.about))) and f"{entry.on:%Y-%m}" in closed:
            yield f"I9: entry {entry.pk} in {entry.on:%Y-%m}"
    if Entry.objects.filter(kind=EntryKind.ISSUED, drafted_by=F("approved_by")).exists() or Receipt.objects.filter(distributor_1=F("distributor_2")).exists():
        yield "I10: one person did both"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in ("leg", "line", "receipt"):
                cursor.execute(f"SELECT COUNT(*) FROM aid_{table} WHERE typeof(quantity) <> 'integer'")
                if cursor.fetchone()[0]:
                    yield f"I12: {table} holds what is no integer"
    if (broken := trail.verify()[1]) is not None:
        yield f"trail broken at {broken}"


def main():
    act, *more = sys.argv[1:]
    if act == "prepare":
        for name, terms in (("两人甲", None), ("两人乙", None), (f"两人{EARMARKED}", {"villages": ["450481108202"]})):
            batch = a_batch(name, 500_000, terms)
            Lot.objects.create(code=new_code(), source=batch.source, commodity=Commodity.objects.get_or_create(name="棉被", unit="床", defaults={"code": "quilt"})[0], delivered=9, on=TODAY)
        writer = Writer(0)
        for lot in writer.lots:
            movements.take_into_store(lot=lot, quantity=40, on=date(2017, 7, 5), by=writer.clerk, key=f"in {lot.code}")
        while not Line.objects.filter(batch__in=writer.batches).exists():  # the first line, so that every act has one
            try:
                writer.issue()
            except Refused:
                continue
    elif act == "batches":
        print(json.dumps([a_batch(f"最后的一千元{number}", 100_000).code for number in range(int(more[0]))]))
    elif act == "spend":
        spend()
    elif act == "write":
        write(int(more[0]), float(more[1]))
    elif act == "check":
        print(json.dumps({"wrong": list(wrong()), "entries": dict(Entry.objects.values_list("id", "digest")), "kinds": Counter(Entry.objects.values_list("kind", flat=True)),
                          "lines": dict(Counter(Line.objects.filter(batch__title__startswith="最后的").values_list("batch__code", flat=True)))}, ensure_ascii=False))  # fmt: skip


if __name__ == "__main__":
    main()
