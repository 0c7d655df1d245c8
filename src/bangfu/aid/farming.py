"""产业: what households mean to grow, what a village goes for, a batch drafted from it, what became of the goods, what that means for income.

Promises: an answer is never edited, a later one counts; a direction is decided by people and leaves nobody out of the list; a plan gives a
household an item of a season once; a follow-up adds up or is refused; the register is never written from here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.db import transaction
from django.db.models import Max, Min, Sum
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, money, trail
from bangfu.registry.models import Area, Household
from bangfu.registry.queries import current_members, head_name

from . import batches, ledger
from .errors import NotNow, Refused, StandsAlready
from .models import (
    Asked,
    Batch,
    BatchState,
    Candidate,
    EntryKind,
    FarmingIntention,
    FollowUp,
    Leg,
    Line,
    Lot,
    Programme,
    ProgrammeKind,
    Receipt,
    RewardClaim,
    VillageDirection,
)
from .models.farming import SEASON, tenths

SEASONS = "春夏秋冬"
BASIS = "intention {}"
PER_HOUSEHOLD, PER_MU, AS_ASKED = "household", "mu", "asked"
MINE = re.compile(r"intention (\d{1,18})")


def season_on(day: date) -> str:
    """Return the season of a day: 2017秋. December is the winter of its own year, January and February of the one before."""
    year = day.year - (day.month < 3)
    return f"{year}{SEASONS[(day.month // 3 - 1) % 4]}"


def _season(text: str) -> str:
    if not SEASON.fullmatch(text):
        raise Refused(_("季节写成 2017秋 这样。"))
    return text


def _past(on: date) -> date:
    if on > clock.today():
        raise NotNow(_("日期 {day} 还没有到。").format(day=f"{on:%Y-%m-%d}"))
    return on


@transaction.atomic
def answer(*, household: Household, season: str, asked: Asked, on: date, by: Officer, none: bool = False, item: str = "", unit: str = "", quantity: int | None = None, area_tenths: int | None = None,
           labour: int | None = None, land_tenths: int | None = None, technical_need: str = "", money_need_fen: int | None = None, opinion: str = "") -> FarmingIntention:
    """Write down what a household said it means to grow: one item, or nothing at all."""
    item, unit, quantity, area_tenths = item.strip(), unit.strip(), quantity or None, area_tenths or None
    if none and (item or quantity or area_tenths):
        raise Refused(_("没有种养意愿的，不写品种和数量。"))
    if not none and not item:
        raise Refused(_("请写品种；没有种养意愿的，请勾上。"))
    if not none and quantity is None and area_tenths is None:
        raise Refused(_("请写数量或面积。"))
    if quantity is not None and not unit:
        raise Refused(_("请写数量的单位。"))
    row = FarmingIntention.objects.create(household=household, season=_season(season), none=none, item=item, unit=unit if quantity else "", quantity=quantity, area_tenths=area_tenths, labour=labour,
                                          land_tenths=land_tenths, technical_need=technical_need, money_need_fen=money_need_fen, opinion=opinion, asked=asked, on=_past(on), by=by, at=clock.now())  # fmt: skip
    trail.write("intention_recorded", household.code, who=by.username, result="none" if none else f"{row.pk}")
    return row


def latest(rows: Iterable[FarmingIntention]) -> dict[int, list[FarmingIntention]]:
    """Return by household what counts of a season's answers: the latest of each item, or the one "none" that took them back."""
    found: dict[int, dict[str, FarmingIntention]] = defaultdict(dict)
    for row in sorted(rows, key=lambda one: (one.on, one.pk)):
        here = found[row.household_id]
        if row.none:
            here.clear()
        else:
            here.pop("", None)
        here[row.item] = row
    return {home: list(rows.values()) for home, rows in found.items()}


def intentions(homes: Sequence[Household] | object, season: str) -> dict[int, list[FarmingIntention]]:
    """Return by household what counts of what these said for a season; who was not asked is left out."""
    return latest(FarmingIntention.objects.filter(household__in=homes, season=season))


def seasons(homes: object) -> list[str]:
    """Return the seasons anybody of these was asked for, with the present one, the newest first."""
    asked = set(FarmingIntention.objects.filter(household__in=homes).order_by().values_list("season", flat=True).distinct())
    return sorted(asked | {season_on(clock.today())}, key=lambda text: (text[:4], SEASONS.index(text[4])), reverse=True)


@dataclass(frozen=True)
class Wish:
    """How many households mean to grow an item, and how much of it."""

    item: str
    unit: str
    households: int
    quantity: int
    area_tenths: int


@dataclass(frozen=True)
class Picture:
    """What the households of a village in an officer's scope said for a season. Land and labour are those of who means to grow something."""

    village: Area
    households: int
    answered: int
    none: int
    wishes: list[Wish]
    area_tenths: int
    land_tenths: int
    labour: int
    technical: int
    money_need_fen: int

    @property
    def asked(self) -> int:
        return self.answered + self.none

    @property
    def not_asked(self) -> int:
        return self.households - self.asked

    @property
    def short(self) -> int:
        """How much more land was asked for than there is, in tenths of a mu."""
        return max(0, self.area_tenths - self.land_tenths)


def picture(village: Area, homes: Sequence[Household], said: dict[int, list[FarmingIntention]]) -> Picture:
    """Return the picture of a village's households; `said`: what they answered."""
    rows = [said[home.pk] for home in homes if home.pk in said]
    growing = [some for some in rows if not some[0].none]
    sums: dict[tuple[str, str], list[FarmingIntention]] = defaultdict(list)
    for one in (one for some in growing for one in some):
        sums[one.item, one.unit].append(one)
    wishes = [Wish(item, unit, len(some), sum(one.quantity or 0 for one in some), sum(one.area_tenths or 0 for one in some)) for (item, unit), some in sums.items()]
    return Picture(
        village=village, households=len(homes), answered=len(growing), none=len(rows) - len(growing), wishes=sorted(wishes, key=lambda one: (-one.households, one.item, one.unit)),
        area_tenths=sum(one.area_tenths or 0 for some in growing for one in some), land_tenths=sum(_said_last(some, "land_tenths") for some in growing),
        labour=sum(_said_last(some, "labour") for some in growing), technical=sum(any(one.technical_need for one in some) for some in growing),
        money_need_fen=sum(one.money_need_fen or 0 for some in growing for one in some))  # fmt: skip


def _said_last(rows: Sequence[FarmingIntention], what: str) -> int:
    """Return a household's own figure, asked with each item and counted once: the one said last."""
    return next((found for one in sorted(rows, key=lambda one: (one.on, one.pk), reverse=True) if (found := getattr(one, what)) is not None), 0)


def pictures(officer: Officer, villages: Iterable[Area], season: str) -> list[Picture]:
    """Return the picture of a season for each village, of the households in scope."""
    homes = list(Household.objects.in_scope(officer).filter(village__in=(villages := list(villages))).only("pk", "village_id"))
    said, by_village = intentions(homes, season), defaultdict(list)
    for home in homes:
        by_village[home.village_id].append(home)
    return [picture(village, by_village[village.code], said) for village in villages]


@dataclass(frozen=True)
class Told:
    """A household of a village with what it said: nothing of it where it was not asked. `outside`: it grows something else than was decided."""

    household: Household
    head: str
    rows: list[FarmingIntention]
    outside: bool

    @property
    def none(self) -> bool:
        return bool(self.rows) and self.rows[0].none


def told(officer: Officer, village: Area, season: str) -> tuple[Picture, list[Told], VillageDirection | None]:
    """Return a village's picture, every household in scope with what it said, and what was decided."""
    homes = list(Household.objects.in_scope(officer).filter(village=village).order_by("villager_group", "code").prefetch_related(current_members()))
    said, decided = intentions(homes, season), direction_of(village, season)
    rows = []
    for home in homes:
        mine = said.get(home.pk, [])
        outside = decided is not None and bool(mine) and not mine[0].none and not any(one.item in decided.items for one in mine)
        rows.append(Told(home, head_name(home, clock.today()), mine, outside))
    return picture(village, homes, said), rows, decided


def direction_of(village: Area, season: str) -> VillageDirection | None:
    """Return what a village decided last for a season."""
    return VillageDirection.objects.filter(village=village, season=season).select_related("by").last()


@transaction.atomic
def decide(*, village: Area, season: str, items: Sequence[str], decided_on: date, present: str, minutes: str, by: Officer) -> VillageDirection:
    """Write down what a village decided to go for; an earlier decision stays."""
    items = list(dict.fromkeys(item for one in items if (item := one.strip())))
    if not items:
        raise Refused(_("请写定了哪些品种。"))
    if not minutes.strip() or not present.strip():
        raise Refused(_("请写会议记录和参加的人：方向是人定的。"))
    row = VillageDirection.objects.create(village=village, season=_season(season), items=items, decided_on=_past(decided_on), present=present.strip(), minutes=minutes.strip(), by=by, at=clock.now())
    trail.write("direction_decided", village.code, who=by.username, result=f"{len(items)}")
    return row


def given(season: str, item: str, village: Area | None = None) -> set[int]:
    """Return the households that have an item of a season already, or are on a list for it: out of plans, not out of what else was given."""
    rows = FarmingIntention.objects.filter(season=season, item=item, **({"household__village": village} if village else {}))
    bases = [BASIS.format(pk) for pk in rows.values_list("pk", flat=True)]
    waiting = Candidate.objects.filter(basis__in=bases, left_out="", posted=False).exclude(batch__state__in=(BatchState.THROWN_AWAY, BatchState.CLOSED))
    return {*waiting.values_list("household_id", flat=True), *Line.objects.standing().filter(basis__in=bases).values_list("household_id", flat=True)}


@dataclass(frozen=True)
class Plan:
    """A batch that was drafted, how many are on its list, and who is not, each with the reason."""

    batch: Batch
    rows: int
    total: int
    skipped: list[tuple[Household, str]]


@transaction.atomic
def plan(*, village: Area, season: str, item: str, programme: Programme, lot: Lot, title: str, on: date, per: str, standard: int | None, by: Officer) -> Plan:
    """Draft a batch for who means to grow an item: so many each, so many a mu asked for, or as many as each asked for; all out of one lot."""
    if programme.kind != ProgrammeKind.LIVELIHOOD_SUPPORT:
        raise Refused(_("请选一个产业扶持的项目。"))
    if lot.source.town_id != programme.town_id:
        raise Refused(_("请选本镇的货。"))
    if per not in (PER_HOUSEHOLD, PER_MU, AS_ASKED) or (per != AS_ASKED and (standard or 0) <= 0):
        raise Refused(_("标准要大于 0。"))
    homes = list(Household.objects.in_scope(by).filter(village=village).order_by("villager_group", "code"))
    had, rewarded = given(season, item, village), set(RewardClaim.objects.filter(season=season, item=item, withdrawn_at=None, round__with_goods=False).values_list("household_id", flat=True))
    said, rows, skipped = intentions(homes, season), [], []
    for home in homes:
        one = next((one for one in said.get(home.pk, []) if one.item == item), None)
        if one is None:
            continue
        quantity = standard if per == PER_HOUSEHOLD else standard * (one.area_tenths or 0) // 10 if per == PER_MU else one.quantity or 0
        if home.pk in had:
            skipped.append((home, _("这一季已经有这个品种")))
        elif home.pk in rewarded:
            skipped.append((home, _("这一季这个品种申报了奖补")))
        elif not quantity:
            skipped.append((home, _("没有写面积") if per == PER_MU else _("没有写数量")))
        elif per == AS_ASKED and one.unit != lot.commodity.unit:
            skipped.append((home, _("写的单位是“{unit}”").format(unit=one.unit)))
        else:
            rows.append((home, one, quantity))
    if not rows:
        raise NotNow(_("没有可以列进名单的户。") + _("；").join(f"{home.code} {why}" for home, why in skipped[:20]))
    batch = batches.draft(programme=programme, source=lot.source, title=title, on=on, by=by, planned=len(rows))
    for home, one, quantity in rows:
        batches.add(batch=batch, household=home, commodity=lot.commodity, quantity=quantity, lot=lot, basis=BASIS.format(one.pk))
    return Plan(batch, len(rows), sum(quantity for _home, _one, quantity in rows), skipped)


# What became of it


def handed_over(lines: Iterable[Line]) -> dict[int, tuple[int, date]]:
    """Return by line how much the household has of it (signed for, less what it gave back) and the first day of it; what nobody signed for is left out."""
    keys = {line.pk: line.leg.account_id for line in lines}
    signed = Receipt.objects.standing().filter(line__in=keys).order_by().values_list("line").annotate(n=Sum("quantity"), first=Min("on"))
    back: dict[int, int] = defaultdict(int)
    for line, account, quantity in Leg.objects.filter(entry__kind=EntryKind.REFUNDED, entry__refunds__in=keys, entry__undone_by=None).values_list("entry__refunds", "account", "quantity"):
        if account == keys[line]:
            back[line] -= quantity
    return {line: (n - back[line], first) for line, n, first in signed if n > back[line]}


@transaction.atomic
def follow_up(*, line: Line, age: int, alive: int, died: int, sold: int, own_use: int, on: date, by: Officer, replaced: int = 0, cause: str = "", proceeds_fen: int = 0, cost_fen: int = 0) -> FollowUp:
    """Enter what became of a line, all counted from the day it was handed over. Raises Refused where it does not add up."""
    ledger.locked()
    if age not in FollowUp.AGES or line.commodity.is_money:
        raise NotNow(_("只回访发下去的实物，在 30 天和 90 天。"))
    received, first = handed_over([line]).get(line.pk, (0, None))
    if first is None:
        raise NotNow(_("这一行还没有签收，不能回访。"))
    if not first < _past(on):
        raise NotNow(_("{day} 才领到，回访的日子要在这以后。").format(day=f"{first:%Y-%m-%d}"))
    if min(alive, died, sold, own_use, replaced, proceeds_fen, cost_fen) < 0:
        raise Refused(_("数量不能小于 0。"))
    there, told_ = received + replaced, alive + died + sold + own_use
    if there != told_:
        raise Refused(_("领到 {received} 加补的 {replaced} 是 {there}，活的、死的、卖的、自用的加起来是 {told}，差 {off}。请再问一问。").format(
            received=received, replaced=replaced, there=there, told=told_, off=abs(there - told_)))  # fmt: skip
    if died and not cause:
        raise Refused(_("有死了的，请选原因。"))
    if proceeds_fen and not sold:
        raise Refused(_("没有卖的，就没有卖得的钱。"))
    row = FollowUp.objects.create(line=line, age=age, received=received, replaced=replaced, alive=alive, died=died, sold=sold, own_use=own_use, cause=cause if died else "", proceeds_fen=proceeds_fen,
                                  cost_fen=cost_fen, on=on, by=by, at=clock.now())  # fmt: skip
    trail.write("followed_up", f"{line.batch.code} {line.number}", who=by.username, result=f"{age} {row.pk}")
    return row


def newest(lines: object) -> dict[int, dict[int, FollowUp]]:
    """Return the follow-up that counts of each line and age, of lines that stand."""
    found: dict[int, dict[int, FollowUp]] = defaultdict(dict)
    for one in FollowUp.objects.filter(line__in=lines, line__reversal=None).select_related("line__household__village", "line__commodity", "line__batch", "line__leg", "by").order_by("pk"):
        found[one.line_id][one.age] = one
    return found


def percent(part: Fraction) -> str:
    """Return an exact part in percent: 77.8%; all only where it is all, nothing only where it is nothing."""
    tenths = (2000 * part.numerator + part.denominator) // (2 * part.denominator)
    if 0 < part < 1:
        tenths = min(999, max(1, tenths))
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


@dataclass(frozen=True)
class Due:
    """A follow-up of a line at an age: made, due since a day, or to come."""

    age: int
    day: date
    made: FollowUp | None

    @property
    def is_due(self) -> bool:
        return self.made is None and self.day <= clock.today()

    @property
    def survival(self) -> str:
        return percent(self.made.survival) if self.made else ""


@dataclass(frozen=True)
class Raised:
    """A line of goods with what was asked for, approved and received, and its follow-ups."""

    line: Line
    head: str
    requested: str
    received: int
    first: date
    dues: list[Due]


def raised(batch: Batch, officer: Officer) -> list[Raised]:
    """Return what was handed over of a batch's goods, of the lines in scope. Replacement lines are the supplier's, no row of their own."""
    lines = list(batch.lines.in_scope(officer).standing().filter(is_replacement=False).exclude(commodity="fen").select_related("household__village", "commodity", "leg").order_by("number", "pk"))
    had, made = handed_over(lines), newest(lines)
    homes = {home.pk: home for home in Household.objects.filter(pk__in={line.household_id for line in lines}).prefetch_related(current_members())}
    asked = FarmingIntention.objects.in_bulk([int(found[1]) for line in lines if (found := MINE.fullmatch(line.basis))])
    rows = []
    for line in lines:
        if line.pk not in had:
            continue
        received, first = had[line.pk]
        wish = asked.get(int(found[1])) if (found := MINE.fullmatch(line.basis)) else None
        dues = [Due(age, first + timedelta(days=age), made.get(line.pk, {}).get(age)) for age in FollowUp.AGES]
        rows.append(Raised(line, head_name(homes[line.household_id], clock.today()), _asked_for(wish), received, first, dues))
    return rows


def _asked_for(wish: FarmingIntention | None) -> str:
    if wish is None:
        return ""
    return f"{wish.quantity:,} {wish.unit}" if wish.quantity else _("{n} 亩").format(n=tenths(wish.area_tenths))


@dataclass(frozen=True)
class Total:
    """What all follow-ups of an age come to, of one commodity."""

    age: int
    name: str
    lines: int
    made: int
    there: int
    left: int
    died: int
    proceeds: str

    @property
    def survival(self) -> str:
        return percent(Fraction(self.left, self.there)) if self.there else ""


def sums(rows: Sequence[Raised]) -> list[Total]:
    """Return the sum row of each commodity and age."""
    kinds = {row.line.commodity_id: row.line.commodity for row in rows}
    found = []
    for key, kind in kinds.items():
        mine = [row for row in rows if row.line.commodity_id == key]
        for age in FollowUp.AGES:
            made = [due.made for row in mine for due in row.dues if due.age == age and due.made]
            found.append(Total(age, kind.name, len(mine), len(made), sum(one.received + one.replaced for one in made), sum(one.alive + one.sold + one.own_use for one in made),
                              sum(one.died for one in made), money.yuan(sum(one.proceeds_fen for one in made))))  # fmt: skip
    return found


def tasks(officer: Officer) -> list[FollowUp]:
    """Return the open tasks in scope: of the newest follow-up of a line, where too much died and nobody has seen to it, or more died since."""
    lines = Line.objects.in_scope(officer).filter(pk__in=FollowUp.objects.filter(died__gt=0, settled_at=None).values("line"))
    seen_to = dict(FollowUp.objects.filter(line__in=lines).exclude(settled_at=None).order_by().values_list("line").annotate(n=Max("died")))
    last = (max(ages.values(), key=lambda one: one.pk) for ages in newest(lines).values())
    return [one for one in last if one.is_lost and one.settled_at is None and one.died > seen_to.get(one.line_id, 0)]


@transaction.atomic
def settle(*, follow_up: FollowUp, how: str, by: Officer) -> None:
    """Close a task with what was done."""
    if not how.strip():
        raise Refused(_("请写技术员或供应商怎样处理的。"))
    if not follow_up.is_lost or not FollowUp.objects.filter(pk=follow_up.pk, settled_at=None).update(settled=how.strip(), settled_by=by, settled_at=clock.now()):
        raise StandsAlready(_("这一件已经有人处理了。"))
    trail.write("loss_settled", f"{follow_up.line.batch.code} {follow_up.line.number}", who=by.username, result=f"{follow_up.pk}")


@dataclass(frozen=True)
class Proposal:
    """给数据核查的建议: how a household's 生产经营性收入 would change by what it sold. Nothing is written to the register."""

    household: Household
    head: str
    item: str
    fen: int
    follow_up: FollowUp


def proposals(officer: Officer) -> list[Proposal]:
    """Return what the newest follow-up of each line proposes; each is counted from the day of hand-over, so two of a line are never added."""
    homes = Household.objects.in_scope(officer)
    sold = FollowUp.objects.filter(line__household__in=homes, sold__gt=0).values("line").annotate(last=Max("pk")).values("line")
    found = []
    for ages in newest(Line.objects.filter(pk__in=sold)).values():
        one = max(ages.values(), key=lambda made: (made.age, made.pk))
        if one.sold and one.proceeds_fen != one.cost_fen:
            found.append(Proposal(one.line.household, head_name(one.line.household, clock.today()), one.line.commodity.name, one.proceeds_fen - one.cost_fen, one))
    return sorted(found, key=lambda one: (one.household.village_id, one.household.code, one.follow_up.pk))


