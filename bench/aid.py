"""The ledger of aid at the size of years: posting a batch, a bulletin's figures, looking at all of it again, and the sheets of a large batch.

    ./bangfu bench aid [--households 3000] [--lines 100000] [--sheets 1400] [--rounds 5]        BANGFU_DATABASE=postgres://… for PostgreSQL (an empty database)

A made-up town of so many households is taken in, then the ledger is filled through movements in batches of 1,000 lines, each line with its receipt,
all of one visit day, so that the bulletin counts every one of them. Measured, each with the goal it has:

    post      batches.approve of 1,000 lines in an empty and in the full ledger (goal: 1 s); the floor is bulk_create of as many plain rows as it wrote
    bulletin  the 30 figures of a bulletin, counted live with their lists (goal: 2 s), issued, and its page; the floor is one SQL SUM over the receipts
    verify    every digest and every sum again, as `bangfu verify` does it
    sheets    发放表 of 1,400 lines, one for each village, as one PDF by the worker (goal: 60 s)

The best of the rounds is printed, with its ratio to the floor, which is measured in the same run.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ISSUED, HANDED = date(2017, 10, 12), date(2017, 10, 19)
DESKS = (("慰问", "sympathy_grant"), ("微心愿", "micro_wish"), ("助学", "study_aid"), ("产业", "livelihood_support"), ("奖补", "livelihood_reward"))
GOODS = (("百香果苗", "株"), ("三黄鸡苗", "羽"), ("棉被", "床"))


def main() -> int:
    """Measure and print one table."""
    ask = argparse.ArgumentParser(prog="bangfu bench aid")
    ask.add_argument("--households", type=int, default=3000)
    ask.add_argument("--lines", type=int, default=100_000)
    ask.add_argument("--sheets", type=int, default=1400)
    ask.add_argument("--rounds", type=int, default=5)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        from bangfu.config import office

        office.prepare(Path(folder) / "data", demo=True)
        from django.conf import settings
        from django.db import connection, connections

        settings.PERIODIC = {}
        town = Town(Path(folder), asked.households)
        print(f"{connection.vendor}: {len(town.homes)} households in {len({home.village_id for home in town.homes})} villages")
        told("post 1,000 lines, empty ledger", *town.posting(asked.rounds), 1)
        town.fill(asked.lines)
        told("post 1,000 lines, full ledger", *town.posting(asked.rounds), 1)
        live, floor, issuing, page = town.bulletin(asked.rounds)
        told("bulletin of 30 figures", live, floor, 2)
        told("the same issued with its lists", issuing, floor, None)
        told("page of the issued bulletin", page, floor, None)
        told("verify", town.verified(), None, None)
        told(f"sheets of {asked.sheets:,} lines", town.sheets(asked.sheets), None, 60)
        connections.close_all()
    return 0


def told(what: str, seconds: float, floor: float | None, goal: float | None) -> None:
    """Print one row: what, how long, how many times the floor, the goal and whether it is kept."""
    ratio = f"{seconds / floor:7.1f} x floor {floor:7.3f} s" if floor else ""
    print(f"{what:32} {seconds:8.3f} s {ratio:28} {f'goal {goal} s: ' + ('kept' if seconds <= goal else 'MISSED') if goal else ''}", flush=True)


def timed(act: Callable[[], Any]) -> float:
    """Return the seconds an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


class Town:
    """A town with nothing in its ledger, and what is done with it."""

    def __init__(self, folder: Path, households: int) -> None:
        from django.apps import apps
        from django.db import connection, transaction

        from bangfu.accounts.models import Officer
        from bangfu.aid import guards
        from bangfu.aid.models import Commodity
        from bangfu.demo.files import write_town
        from bangfu.engines.relations.headers import load_headers
        from bangfu.engines.relations.workbook import read_extract
        from bangfu.registry import actions
        from bangfu.registry.models import Area, Change, ClusterVillage, Household, Member, Person, Status
        from bangfu.registry.values import RULEBOOK, reader

        with transaction.atomic():
            guards.remove(connection)
            for model in [*(one for room in ("aid", "visits", "chain") for one in apps.get_app_config(room).get_models()), Change, Status, Member, Household, Person, ClusterVillage]:
                model._base_manager.all()._raw_delete("default")
            Commodity.objects.create(code="fen", name="元", unit="分")
            if connection.vendor == "postgresql":
                connection.check_constraints()
            guards.install(connection)
        path = write_town(folder, size=None, persons=round(households * 3.62), seed=5, errors=0.0, kind="csv")["system"]
        extract = read_extract(path, side="system", headers=load_headers(RULEBOOK))
        names = dict.fromkeys(extract.table["village"].to_pylist())
        actions.know_areas((f"450481108{at + 300}", name) for at, name in enumerate(names) if not Area.objects.filter(name=name).exists())
        actions.take_in(extract, reader=reader(date(2017, 9, 20)), villages={one.name: one for one in Area.objects.all() if one.is_village}, label="bench", data_date=date(2017, 9, 20), by=None)
        self.town, self.rng, self.made = Area.objects.get(code="450481108000"), random.Random(1), 0
        self.homes = list(Household.objects.order_by("village", "code"))
        members = Member.objects.filter(ends_on=None).select_related("person").order_by("pk")
        self.persons = {one.household_id: one.person for one in members}
        self.clerk, self.leader, *self.handers = (Officer.objects.get(username=name) for name in ("liang", "meng", "zu3", "bao3a"))
        self.goods = [Commodity.objects.create(code=f"goods{at}", name=name, unit=unit) for at, (name, unit) in enumerate(GOODS)]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")

    def batch(self, desk: str, kind: str) -> Any:
        """Return a new batch with a source of its own that has money enough."""
        from bangfu.aid import movements
        from bangfu.aid.models import Batch, FundSource, Programme
        from bangfu.base import clock
        from bangfu.base.codes import new_code

        self.made += 1
        source = FundSource.objects.create(code=new_code(), town=self.town, name=f"{desk}资金{self.made}", kind="fiscal")
        programme = Programme.objects.get_or_create(town=self.town, name=f"{desk}项目", defaults={"code": new_code(), "kind": kind})[0]
        movements.receive(source=source, fen=10_000_000_00, on=date(2017, 9, 1), by=self.clerk, key=f"in {self.made}")
        return Batch.objects.create(code=new_code(), town=self.town, programme=programme, source=source, title=f"{desk}{self.made}", on=HANDED, drafted_by=self.clerk, drafted_at=clock.now())

    def listed(self, batch: Any, homes: list[Any]) -> None:
        """Put households on a batch's list and let it pass as checked."""
        from bangfu.aid import batches
        from bangfu.aid.models import Batch, BatchState, Candidate, Commodity
        from bangfu.base import clock

        batches.set_standard(batch=batch, name="一般户", commodity=Commodity.objects.get(pk="fen"), quantity=50_000)
        Candidate.objects.bulk_create(Candidate(batch=batch, household=home, standard="一般户", place=at) for at, home in enumerate(homes, start=1))
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.CHECKED, checked_by=self.clerk, checked_at=clock.now())

    def posting(self, rounds: int) -> tuple[float, float]:
        """Return the seconds of approving 1,000 lines, and of writing as many plain rows."""
        from bangfu.aid import batches
        from bangfu.aid.models import Account, Aside, Candidate, Entry, Leg, Line

        taken, floors = [], []
        for _round in range(rounds):
            batch = self.batch("奖补", "livelihood_reward")
            self.listed(batch, self.rng.sample(self.homes, 1000))
            before = sum(model.objects.count() for model in (Account, Aside, Entry, Leg, Line))
            taken.append(timed(lambda batch=batch: batches.approve(batch=batch, by=self.leader, on=ISSUED)))
            rows = sum(model.objects.count() for model in (Account, Aside, Entry, Leg, Line)) - before
            plain = self.batch("奖补", "livelihood_reward")
            floors.append(timed(lambda plain=plain, rows=rows: Candidate.objects.bulk_create(
                Candidate(batch=plain, household=self.homes[at % len(self.homes)], standard="一般户", place=at) for at in range(rows))))
            plain.candidates.all().delete()
        return min(taken), min(floors)

    def fill(self, lines: int) -> None:
        """Issue so many lines in batches of 1,000 over all desks, and sign for each."""
        from bangfu.aid import accounts, movements
        from bangfu.aid.ledger import HandedOver, Share
        from bangfu.aid.models import Lot, ReceiptMode
        from bangfu.base.codes import new_code

        began = time.perf_counter()
        for at in range(-(-lines // 1000)):
            desk, kind = DESKS[at % len(DESKS)]
            batch = self.batch(desk, kind)
            homes = self.rng.sample(self.homes, min(1000, lines - at * 1000))
            item = self.goods[at // len(DESKS) % len(self.goods)] if desk == "产业" else None
            if item is not None:
                lot = Lot.objects.create(code=new_code(), source=batch.source, commodity=item, delivered=1_000_000, on=ISSUED)
                movements.take_into_store(lot=lot, quantity=1_000_000, on=ISSUED, by=self.clerk, key=f"store {at}")
                place = accounts.of_lot(lot)
            else:
                movements.allot(batch=batch, fen=1_000_000_00, on=ISSUED, by=self.clerk, key=f"allot {at}")
                place = accounts.of_batch(batch)
            shares = [Share(household=home, person=self.persons.get(home.pk) if desk == "助学" else None, commodity=item.code if item else "fen", quantity=self.rng.randrange(10, 300) * (1 if item else 100),
                            drawn_from=place, batch=batch, number=number) for number, home in enumerate(homes, start=1)]  # fmt: skip
            issued = movements.issue(batch=batch, shares=shares, on=ISSUED, drafted_by=self.clerk, approved_by=self.leader, key=f"bench {at}")
            movements.sign(town=self.town, by=self.clerk, key=f"signed {at}", handed=[HandedOver(
                line=line, quantity=line.quantity, on=HANDED, mode=ReceiptMode.SIGNED, distributor_1=self.handers[0], distributor_2=self.handers[1]) for line in issued.lines.all()])  # fmt: skip
        print(f"{lines:,} lines with receipts posted in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

    def bulletin(self, rounds: int) -> tuple[float, float, float, float]:
        """Return the seconds of a bulletin's 30 figures, of one plain sum over the receipts, of issuing it, and of its page then."""
        from django.db import connection
        from django.test import Client

        from bangfu.reports import actions, recount

        villages = list(dict.fromkeys(home.village.name for home in self.homes))
        fields = [f"{desk}.{what}" for desk, _kind in DESKS for what in ("户数", "件数")] + [f"{desk}.金额" for desk, _kind in DESKS if desk != "产业"] + ["助学.人数"] + [f"产业.{name}" for name, _unit in GOODS]
        fields += [f"{desk}.{what}@{village}" for village in villages for desk in ("慰问", "奖补") for what in ("户数", "金额")][:30 - len(fields)]
        bulletin = actions.write(bulletin=None, town=self.town, title="简报", starts_on=date(2017, 10, 1), ends_on=HANDED, text="".join(f"{{{one}}}" for one in fields), by=self.clerk)

        def total() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT SUM(quantity) FROM aid_receipt")
                cursor.fetchone()

        found = actions.live(bulletin)
        assert len(found) == 30 and sum(bool(one.value) for one in found) > 25, [one.of.text for one in found if not one.value]
        for one in found:
            with connection.cursor() as cursor:
                cursor.execute(recount.sql(one.of, town=self.town.code, start=bulletin.starts_on, end=bulletin.ends_on, at=10**9))
                assert cursor.fetchone()[0] == one.value, one.of.text
        live, floor = min(timed(lambda: actions.live(bulletin)) for _round in range(rounds)), min(timed(total) for _round in range(rounds))
        issuing = timed(lambda: actions.issue(bulletin=bulletin, by=self.clerk))
        client = Client(SERVER_NAME="localhost")
        client.force_login(self.clerk, backend="django.contrib.auth.backends.ModelBackend")
        return live, floor, issuing, timed(lambda: client.get(f"/bulletins/{bulletin.code}/").content)

    def verified(self) -> float:
        """Return the seconds of looking at the whole ledger again."""
        from bangfu.aid import verify

        began = time.perf_counter()
        count, wrong = verify.broken()
        assert count and wrong is None and not verify.recount()
        return time.perf_counter() - began

    def sheets(self, lines: int) -> float:
        """Return the seconds from asking for the sheets of a batch of so many lines to the PDF."""
        from bangfu.aid import batches
        from bangfu.base import jobs
        from bangfu.base.models import Job, JobState

        batch = self.batch("奖补", "livelihood_reward")
        self.listed(batch, self.rng.sample(self.homes, lines))
        batches.approve(batch=batch, by=self.leader, on=ISSUED)
        job = jobs.ask("distribution_pdf", about=f"batch {batch.code}", by=self.clerk.username, once="bench")
        taken = timed(lambda: jobs.worker(threading.Event(), once=True))
        job = Job.objects.get(pk=job.pk)
        assert job.state == JobState.DONE, job.said
        print(job.said, file=sys.stderr)
        return taken


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    raise SystemExit(main())
