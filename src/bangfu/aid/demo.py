"""The demo town's ledger, all invented: what the help day of October gave, drawn so that it comes to the totals of demo/aid.toml.

Another seed has other recipients and the same totals.
"""

import random
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import bangfu.demo
from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.base.codes import new_code
from bangfu.registry.models import Area, Household, Member
from bangfu.registry.queries import standing

from . import batches, donors, grants, movements, payments, pledges, wishes
from .ledger import HandedOver
from .models import (
    ApplicationState,
    Batch,
    BatchState,
    Candidate,
    ClaimWay,
    Commodity,
    DonorKind,
    Entry,
    FundSource,
    GrantKind,
    HomeCheck,
    Line,
    Lot,
    Match,
    MicroWish,
    Programme,
    ProgrammeKind,
    ReceiptMode,
    Stage,
    StudyApplication,
    WishState,
)
from .models.ledger import MONEY
from .pledges import last_term
from .study_rules import basis

DATA = Path(bangfu.demo.__file__).with_name("aid.toml")


def fill(seed: int | None = None) -> None:
    """Fill an empty ledger of the demo town."""
    if Entry.objects.exists() or FundSource.objects.exists() or not Household.objects.exists():
        return
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    town = _Town(data, random.Random(seed if seed is not None else data["seed"]))
    town.sympathy()
    town.goods()
    town.study()
    town.wishes()


def split(total: int, tiers: Sequence[int], people: int) -> list[int]:
    """Return how many of `people` get each amount so that all of it is `total`: the first amounts as often as it goes.

    Raises ValueError where no such counts are.
    """
    if len(tiers) == 1:
        if tiers[0] * people != total:
            raise ValueError("the amounts do not come to the total")
        return [people]
    for count in range(people // len(tiers) + 1, people + 1):
        for first in {count, people - count, people // len(tiers)}:
            try:
                if 0 <= first <= people:
                    return [first, *split(total - first * tiers[0], tiers[1:], people - first)]
            except ValueError:
                continue
    raise ValueError("the amounts do not come to the total")


class _Town:
    """The town while it is filled: who acts, and what is drawn."""

    def __init__(self, data: dict[str, Any], rng: random.Random) -> None:
        self.data, self.rng = data, rng
        self.town = Area.objects.get(code="450481108000")
        self.clerk, self.leader = (Officer.objects.get(username=name) for name in ("liang", "meng"))
        self.handers = [Officer.objects.get(username=name) for name in ("zu3", "bao3a", "gua3")]
        self.on, self.handed = data["on"], data["handed"]

    def source(self, said: dict[str, Any]) -> FundSource:
        source = FundSource.objects.create(code=new_code(), town=self.town, name=said["name"], kind=said["kind"])
        movements.receive(source=source, fen=said["yuan"] * 100, on=date(self.on.year, 9, 1), by=self.clerk, key=f"demo {source.name}")
        return source

    def programme(self, name: str, kind: ProgrammeKind) -> Programme:
        return Programme.objects.get_or_create(town=self.town, name=name, defaults={"code": new_code(), "kind": kind})[0]

    def batch(self, programme: Programme, source: FundSource, title: str) -> Batch:
        batch = batches.draft(programme=programme, source=source, title=title, on=self.handed, by=self.clerk)
        Batch.objects.filter(pk=batch.pk).update(drafted_at=clock.now().replace(day=self.on.day - 2))
        return batch

    def approve(self, batch: Batch) -> list[Line]:
        """Let the batch pass as its list stands; the demo's warnings are seen to on the page."""
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.CHECKED, checked_by=self.clerk, checked_at=clock.now())
        return batches.approve(batch=batch, by=self.leader, on=self.on)

    def sign(self, lines: Sequence[Line], key: str, by_another: int = 0) -> None:
        if not lines:
            return
        handed = [HandedOver(line=line, quantity=line.quantity, on=self.handed, mode=ReceiptMode.BY_ANOTHER if at < by_another else ReceiptMode.SIGNED, distributor_1=self.handers[0],
                             distributor_2=self.handers[1], witness=self.handers[2], relation="配偶" if at < by_another else "") for at, line in enumerate(lines)]  # fmt: skip
        movements.sign(town=self.town, handed=handed, by=self.clerk, key=f"demo {key}")

    def sympathy(self) -> None:
        """Households of the register by two tiers, all signed for but who was absent and one put right."""
        said = self.data["sympathy"]
        fen = Commodity.objects.get(pk=MONEY)
        batch = self.batch(self.programme(said["programme"], ProgrammeKind.SYMPATHY_GRANT), self.source(said["source"]), said["title"])
        for name, yuan in said["tiers"]:
            batches.set_standard(batch=batch, name=name, commodity=fen, quantity=yuan * 100)
        counts = split(said["yuan"], [yuan for _name, yuan in said["tiers"]], said["households"])
        homes = list(standing(Household.objects.all(), said["as"]).order_by("code"))
        chosen = sorted(self.rng.sample(homes, said["households"] + said["absent"] + said["reversed"]), key=lambda home: (home.village_id, home.villager_group, home.code))
        drawn = [name for (name, _yuan), n in zip(said["tiers"], counts, strict=True) for _each in range(n)]
        self.rng.shuffle(drawn)
        drawn += [said["tiers"][0][0]] * (len(chosen) - len(drawn))
        Candidate.objects.bulk_create(Candidate(batch=batch, household=home, standard=tier, place=at) for at, (home, tier) in enumerate(zip(chosen, drawn, strict=True), start=1))
        Batch.objects.filter(pk=batch.pk).update(basis={"as": said["as"], "villages": [], "on": f"{self.on}"}, planned=len(chosen))
        lines = self.approve(batch)
        given, wrong = lines[:said["households"]], lines[len(lines) - said["reversed"]:]
        self.sign(given, "sympathy", said["by_another"])
        for line in wrong:
            movements.reverse(line=line, reason="名单重复，应发另一户", by=self.clerk, key=f"demo wrong {line.number}")

    def shares(self, total: int, people: int, least: int, most: int) -> list[int]:
        """Return so many shares between the two, in tens but for the last, that come to the total."""
        drawn = [self.rng.randrange(least, most + 1, 10) for _each in range(people)]
        at = 0
        while (rest := total - sum(drawn)) <= -10 or rest >= 10:
            step = 10 if rest > 0 else -10
            if least <= drawn[at] + step <= most:
                drawn[at] += step
            at = (at + 1) % people
        drawn[-1] += rest
        return drawn

    def goods(self) -> None:
        """Seedlings and chicks out of lots that were bought, so many a household that all of it is the total."""
        source = self.source(self.data["goods_source"])
        for said in self.data["goods"]:
            item = batches.known(self.town, said["item"], said["unit"])
            batch = self.batch(self.programme(said["programme"], ProgrammeKind.LIVELIHOOD_SUPPORT), source, said["title"])
            lot = Lot.objects.create(code=new_code(), source=source, commodity=item, supplier=said["supplier"], unit_price_fen=said["price_fen"], delivered=said["quantity"], on=self.on)
            movements.take_into_store(lot=lot, quantity=said["quantity"], price_fen=said["quantity"] * said["price_fen"], on=self.on, by=self.clerk, key=f"demo {item.name}")
            homes = list(Household.objects.filter(village__in=said["villages"]).order_by("village", "villager_group", "code"))
            rows = zip(homes, self.shares(said["quantity"], len(homes), *said["each"]), strict=True)
            Candidate.objects.bulk_create(Candidate(batch=batch, household=home, commodity=item, quantity=n, lot=lot, place=at) for at, (home, n) in enumerate(rows, start=1))
            self.sign(self.approve(batch), f"{item.name} signed")

    def study(self) -> None:
        """Pupils of the register by stage, paid by transfer: one came back and waits to be paid again."""
        said = self.data["study"]
        fen = Commodity.objects.get(pk=MONEY)
        batch = self.batch(self.programme(said["programme"], ProgrammeKind.STUDY_AID), self.source(said["source"]), said["title"])
        Batch.objects.filter(pk=batch.pk).update(by_bank=True)
        for name, yuan in said["tiers"]:
            batches.set_standard(batch=batch, name=name, commodity=fen, quantity=yuan * 100)
        counts = split(said["yuan"], [yuan for _name, yuan in said["tiers"]], said["students"])
        registered = standing(Household.objects.all(), "registered")
        pupils = list(Member.objects.filter(ends_on=None, household__in=registered).select_related("person", "household").order_by("household__code", "pk"))
        chosen: list[tuple[Member, str]] = []
        again: list[tuple[Member, str]] = []
        for (name, _yuan), stages, n in zip(said["tiers"], said["stages"], counts, strict=True):
            failed = said["failed"] if not again else 0
            some = self.rng.sample([one for one in pupils if (one.person.facts or {}).get("school_stage") in stages], n + failed)
            chosen += [(one, name) for one in some[:n]]
            again += [(one, name) for one in some[n:]]
        rows = [*sorted(chosen, key=lambda row: (row[0].household.village_id, row[0].household.code)), *again]
        codes = self.applications(said, batch.source, rows)
        Candidate.objects.bulk_create(Candidate(batch=batch, household=one.household, person=one.person, standard=tier, basis=basis(code, said["term"]), place=at)
                                      for at, ((one, tier), code) in enumerate(zip(rows, codes, strict=True), start=1))  # fmt: skip
        batch.refresh_from_db()
        lines = self.approve(batch)
        bank = [payments.Reply(at, payments.number(line), at <= said["students"], "账号不符" if at > said["students"] else "", None) for at, line in enumerate(lines, start=1)]
        payments.enter(batch=batch, replies=bank, on=self.handed, by=self.clerk)
        grants.write(person=chosen[0][0].person, term=said["term"], kind=GrantKind.BURSARY, source="雨露计划", by=self.clerk)  # a list that came after the money had gone

    def applications(self, said: dict[str, Any], source: FundSource, rows: Sequence[tuple[Member, str]]) -> list[str]:
        """Write the students' accepted applications, and the donor's pledge they are matched with; return the applications' codes."""
        at, cost = clock.now().replace(month=9, day=1), {name: yuan * 100 for name, yuan in said["tiers"]}
        stages = {str(label): value for value, label in Stage.choices}
        made = StudyApplication.objects.bulk_create(StudyApplication(
            code=new_code(), household=one.household, person=one.person, guardian="监护人", school=said["school"], stage=stages[tier], term=said["term"], cost_fen=cost[tier], reason="学费和住宿费",
            state=ApplicationState.ACCEPTED, by=self.clerk, at=at, decided_by=self.clerk, decided_at=at) for one, tier in rows)  # fmt: skip
        HomeCheck.objects.bulk_create(HomeCheck(application=one, on=date(self.on.year, 9, 5), finding="家里收入少，负担重。", checker_1=self.handers[0], checker_2=self.handers[1], cannot_afford=True, at_school=True,
                                                by=self.clerk, at=at) for one in made)  # fmt: skip
        donor = donors.write(town=self.town, name=said["donor"], kind=DonorKind.ORGANISATION, contact="", to_be_named=True, by=self.clerk)
        pledge = pledges.pledge(donor=donor, source_name="", source=source, per_term_fen=said["source"]["yuan"] * 100, first_term=said["term"], terms=2, in_by=date(self.on.year, 9, 1), by=self.clerk)
        Match.objects.bulk_create(Match(pledge=pledge, application=one, fen=one.cost_fen, from_term=said["term"], to_term=last_term(pledge), by=self.clerk, at=at) for one in made)
        return [one.code for one in made]

    def wishes(self) -> None:
        """A micro-wish in every state; the fulfilled one is signed for on the help day."""
        said = self.data["wishes"]
        homes = list(standing(Household.objects.filter(village="450481108202"), "registered").order_by("code"))
        batch = self.batch(self.programme(said["programme"], ProgrammeKind.MICRO_WISH), FundSource.objects.create(code=new_code(), town=self.town, name=said["donor"], kind="donation"), said["title"])
        for (state, goods, unit, text, yuan), home in zip(said["of"], homes, strict=False):
            wish = wishes.collect(household=home, person=None, goods=goods, text=text, note="", value_fen=yuan * 100, by=self.clerk)
            if state == WishState.SENT_BACK:
                wishes.send_back(wish=wish, reason="请写大小", by=self.clerk)
            if state in (WishState.WAITING, WishState.SENT_BACK):
                continue
            if state == WishState.CANCELLED:
                wishes.cancel(wish=wish, reason="家里买好了", by=self.clerk)
                continue
            wishes.publish(wish=wish, until=said["until"], together_with="思回村委", by=self.clerk)
            if state == WishState.EXPIRED:
                MicroWish.objects.filter(pk=wish.pk).update(until=self.handed)
            elif state != WishState.PUBLISHED:
                wishes.claim(wish=wish, donor=said["donor"], contact="", is_named=True, way=ClaimWay.PHONE, by=self.clerk)
            if state in (WishState.ARRIVED, "fulfilled"):
                wishes.arrive(wish=wish, goods=goods, unit=unit, quantity=1, on=self.on, by=self.clerk)
            if state == "fulfilled":
                wishes.to_batch(batch=batch, by=self.clerk)
                batch.candidates.exclude(basis=wishes.basis_of(wish)).delete()  # the other gift waits for the next round
                self.sign(self.approve(batch), "wish signed", by_another=1)
        list(wishes.expire(None))
