"""以奖代补: a round with rates and caps, claims, what inspectors measured, and the batch that pays.

Promises: a household never has more in a year than its cap, whatever is posted, reversed or posted at once (within_cap, asked under the
ledger's lock before each issue); a claim is paid once and not above what was measured; the same plot counts once in a season.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, money, trail
from bangfu.base.codes import new_code
from bangfu.registry.models import Household
from bangfu.registry.queries import STANDINGS
from bangfu.registry.statuses import MONITORED, StatusKind

from . import batches, ledger
from .errors import NotEnough, NotNow, Refused, StandsAlready
from .ledger import Share
from .models import (
    Batch,
    BatchState,
    Candidate,
    Commodity,
    FarmingIntention,
    FundSource,
    Line,
    Programme,
    ProgrammeKind,
    RewardClaim,
    RewardInspection,
    RewardRound,
)
from .models.farming import SEASON, tenths
from .models.ledger import MONEY

REWARD, INTENTION = "reward ", "intention "
MOST_OF_ONE = ("monitored", "lifted", "registered", "cleared")  # a household that is several is capped as the first of these a round names


@transaction.atomic
def write_round(*, programme: Programme, year: int, label: str, document_no: str, rates: Sequence[dict[str, Any]], caps: dict[str, int], by: Officer, with_goods: bool = False) -> RewardRound:
    """Write down a round; a mistake in it is another round."""
    if programme.kind != ProgrammeKind.LIVELIHOOD_REWARD:
        raise Refused(_("请选一个以奖代补的项目。"))
    if not rates or not caps:
        raise Refused(_("请写奖补标准和每户一年的上限。"))
    for one in rates:
        _rate(one)
    if len({one["item"] for one in rates}) != len(rates):
        raise Refused(_("同一个品种写了两个标准。"))
    if wrong := [key for key, fen in caps.items() if key not in STANDINGS or not _whole(fen) or fen <= 0]:
        raise Refused(_("上限写得不对：{keys}").format(keys=_("、").join(str(STANDINGS.get(key, key)) for key in wrong)))
    if RewardRound.objects.filter(programme=programme, year=year, label=label.strip()).exists():
        raise StandsAlready(_("这一期已经写过了。"))
    made = RewardRound.objects.create(code=new_code(), programme=programme, year=year, label=label.strip(), document_no=document_no.strip(), rates=list(rates), caps=caps, with_goods=with_goods, by=by, at=clock.now())
    trail.write("reward_round_written", made.code, who=by.username, result=f"{year} {len(rates)}")
    return made


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _rate(one: dict[str, Any]) -> None:
    """Raise Refused where a rate is not whole and right."""
    words = one.get("item") or "?"
    if set(one) != {"item", "unit", "rate_fen", "minimum_tenths", "exceptions"} or not one["item"] or not one["unit"]:
        raise Refused(_("“{item}”的标准没有写全。").format(item=words))
    if not _whole(one["rate_fen"]) or one["rate_fen"] <= 0 or not _whole(one["minimum_tenths"]) or one["minimum_tenths"] < 0:
        raise Refused(_("“{item}”的标准要大于 0。").format(item=words))
    for held in one["exceptions"]:
        try:
            right = date.fromisoformat(held["from"]) <= date.fromisoformat(held["until"]) and _whole(held["minimum_tenths"]) and held["minimum_tenths"] >= 0
        except (KeyError, TypeError, ValueError):
            right = False
        if not right:
            raise Refused(_("“{item}”的例外要写最低规模、从哪天到哪天。").format(item=words))


def plain_place(text: str) -> str:
    """Return a plot or a shed as it is compared: no blanks, one width of letters."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


@transaction.atomic
def claim(*, round: RewardRound, household: Household, item: str, declared_tenths: int, place: str, season: str, on: date, by: Officer) -> RewardClaim:
    """Write down what a household claims. Raises StandsAlready where the plot, or the item of the season through goods, counts already."""
    ledger.locked()
    if round.rate(item) is None:
        raise Refused(_("“{item}”不在这一期的标准里。").format(item=item))
    if declared_tenths <= 0 or not plain_place(place):
        raise Refused(_("请写规模和地块。"))
    if not SEASON.fullmatch(season):
        raise Refused(_("季节写成 2017秋 这样。"))
    if on > clock.today():
        raise NotNow(_("日期 {day} 还没有到。").format(day=f"{on:%Y-%m-%d}"))
    place = plain_place(place)[:60]
    if (other := RewardClaim.objects.filter(village=household.village_id, place=place, item=item, season=season, withdrawn_at=None).select_related("household").first()) is not None:
        raise StandsAlready(_("{place} 这一季的{item}，{home} 户已经申报过了。").format(place=place, item=item, home=other.household.code))
    if not round.with_goods and _goods({household.pk}).get((household.pk, item, season)):
        raise StandsAlready(_("这一户这一季的{item}已经领过实物，这一期不能再奖补。").format(item=item))
    made = RewardClaim.objects.create(code=new_code(), round=round, household=household, village_id=household.village_id, item=item, declared_tenths=declared_tenths, place=place, season=season,
                                      on=on, by=by, at=clock.now())  # fmt: skip
    trail.write("reward_claimed", made.code, who=by.username)
    return made


@transaction.atomic
def withdraw(*, claim: RewardClaim, reason: str, by: Officer) -> None:
    """Take a claim back that is on no list and was not paid; its plot may be claimed again."""
    ledger.locked()
    if not reason.strip():
        raise Refused(_("请写为什么撤回。"))
    _free(claim)
    if not RewardClaim.objects.filter(pk=claim.pk, withdrawn_at=None).update(withdrawn=reason.strip(), withdrawn_by=by, withdrawn_at=clock.now()):
        raise StandsAlready(_("这个申报已经撤回了。"))
    trail.write("reward_withdrawn", claim.code, who=by.username)


def _waiting(**of: object) -> QuerySet[Candidate]:
    """Rows on lists that may still be posted."""
    return Candidate.objects.filter(left_out="", posted=False, **of).exclude(batch__state__in=(BatchState.THROWN_AWAY, BatchState.CLOSED))


def _free(claim: RewardClaim) -> None:
    if _waiting(basis=claim.basis).exists():
        raise NotNow(_("这个申报在一批的名单上，先从名单上去掉。"))
    if Line.objects.standing().filter(basis=claim.basis).exists():
        raise NotNow(_("这个申报已经发了，先冲正。"))


def stood_as(household: Household, day: date) -> list[str]:
    """Return what a household was on the register on a day, as keys of STANDINGS."""
    there, over = set(), set()
    for one in household.statuses.all():
        if one.starts_on is None or one.starts_on <= day:
            ended = one.ended and (one.ends_on is None or one.ends_on <= day)
            (over if ended else there).add(one.kind)
    found = {"registered": StatusKind.REGISTERED in there, "lifted": StatusKind.LIFTED in there, "monitored": bool(there & set(MONITORED)),
             "cleared": bool(over & set(MONITORED)) and not there & set(MONITORED)}  # fmt: skip
    return [key for key in MOST_OF_ONE if found[key]]


def capped_as(round: RewardRound, household: Household, day: date) -> tuple[str, int]:
    """Return as what a household counts in a round on a day, and its yearly cap by that; ("", 0) when the round is not for it."""
    return next(((key, round.caps[key]) for key in stood_as(household, day) if key in round.caps), ("", 0))


@transaction.atomic
def inspect(*, claim: RewardClaim, inspectors: tuple[Officer, Officer], measured_tenths: int, on: date, by: Officer, others: str = "") -> RewardInspection:
    """Enter what two inspectors measured; the household's status on that day says its cap. A later one counts in its place until it is on a list."""
    ledger.locked()
    claim = RewardClaim.objects.select_related("round", "household").get(pk=claim.pk)
    if claim.withdrawn_at is not None:
        raise NotNow(_("这个申报已经撤回了。"))
    _free(claim)
    if inspectors[0].pk == inspectors[1].pk:
        raise Refused(_("验收要两个人。"))
    if on > clock.today():
        raise NotNow(_("日期 {day} 还没有到。").format(day=f"{on:%Y-%m-%d}"))
    if on < claim.on:
        raise Refused(_("验收的日子在申报以前。"))
    if measured_tenths < 0:
        raise Refused(_("数量不能小于 0。"))
    minimum, (as_, cap) = claim.round.minimum(claim.item, on), capped_as(claim.round, claim.household, on)
    earned = claim.round.rate(claim.item)["rate_fen"] * measured_tenths // 10 if cap and measured_tenths >= minimum else 0
    made = RewardInspection.objects.create(claim=claim, inspector_1=inspectors[0], inspector_2=inspectors[1], others=others, measured_tenths=measured_tenths, minimum_tenths=minimum, standing=as_, cap_fen=cap,
                                           earned_fen=earned, on=on, by=by, at=clock.now())  # fmt: skip
    trail.write("reward_inspected", claim.code, who=by.username, result=f"{made.pk}")
    return made


def used(homes: Iterable[int], *, lists_too: bool = False, but: str = "") -> Counter[tuple[int, int]]:
    """Return what households have of rewards by (household, year of the round): lines that stand; `lists_too`: and rows on lists, but for one claim's."""
    homes = set(homes)
    years = {f"{REWARD}{code}": (home, year) for code, home, year in RewardClaim.objects.filter(household__in=homes).values_list("code", "household", "round__year")}
    found: Counter[tuple[int, int]] = Counter()
    for basis, quantity in Line.objects.standing().filter(household__in=homes, commodity=MONEY, basis__startswith=REWARD).values_list("basis", "quantity"):
        if basis in years:
            found[years[basis]] += quantity
    others = Line.objects.standing().filter(household__in=homes, commodity=MONEY, batch__programme__kind=ProgrammeKind.LIVELIHOOD_REWARD).exclude(basis__in=years)
    for home, on, quantity in others.values_list("household", "entry__on", "quantity"):  # imported, or given without a claim
        found[home, on.year] += quantity
    if lists_too:
        for basis, quantity in _waiting(household__in=homes, commodity=MONEY, basis__startswith=REWARD).exclude(basis=but).values_list("basis", "quantity"):
            if basis in years:
                found[years[basis]] += quantity
    return found


@dataclass(frozen=True)
class Worth:
    """What a claim would be paid now, why it is less than measured, and where it stands: "" while it is free, "listed", "paid", "withdrawn"."""

    claim: RewardClaim
    inspection: RewardInspection | None
    fen: int
    why: str
    state: str = ""

    @property
    def is_ready(self) -> bool:
        return self.fen > 0 and not self.state


def worth(claim: RewardClaim) -> Worth:
    """Return what a claim is worth: min(cap left in the year, rate × measured); of one on a list or paid, what stands there."""
    last = claim.inspections.select_related("inspector_1", "inspector_2").last()
    if claim.withdrawn_at is not None:
        return Worth(claim, last, 0, claim.withdrawn, "withdrawn")
    if paid := Line.objects.standing().filter(basis=claim.basis).aggregate(n=Sum("quantity"))["n"]:
        return Worth(claim, last, paid, "", "paid")
    if listed := _waiting(basis=claim.basis).aggregate(n=Sum("quantity"))["n"]:
        return Worth(claim, last, listed, "", "listed")
    if last is None:
        return Worth(claim, None, 0, _("还没有验收"))
    if not last.cap_fen:
        return Worth(claim, last, 0, _("验收那天不是这一期奖补的对象"))
    if not last.earned_fen:
        return Worth(claim, last, 0, _("验收 {measured}，不到最低规模 {minimum}").format(measured=tenths(last.measured_tenths), minimum=tenths(last.minimum_tenths)))
    left = max(0, last.cap_fen - used([claim.household_id], lists_too=True)[claim.household_id, claim.round.year])
    if left < last.earned_fen:
        return Worth(claim, last, left, _("应得 {earned} 元，一年上限 {cap} 元，还剩 {left} 元").format(earned=money.yuan(last.earned_fen), cap=money.yuan(last.cap_fen), left=money.yuan(left)))
    return Worth(claim, last, last.earned_fen, "")


@transaction.atomic
def draft(*, round: RewardRound, source: FundSource, title: str, on: date, by: Officer, by_bank: bool = False) -> Batch:
    """Draft a batch of the round's programme with every claim that is worth something, in the order they came."""
    ledger.locked()
    batch = None
    for one in round.claims.select_related("household", "round").filter(withdrawn_at=None):
        now = worth(one)
        if now.is_ready:
            batch = batch or batches.draft(programme=round.programme, source=source, title=title, on=on, by=by, by_bank=by_bank)
            batches.add(batch=batch, household=one.household, standard=one.item, commodity=Commodity.objects.get(pk=MONEY), quantity=now.fen, basis=one.basis)
    if batch is None:
        raise NotNow(_("没有可以发的申报：要验收过、够最低规模、上限还没有用完。"))
    return batch


def _goods(homes: set[int]) -> Counter[tuple[int, str, str]]:
    """Return the goods that stand by (household, item, season): those that were given for what the household means to grow."""
    bases = dict(Line.objects.standing().filter(household__in=homes, basis__startswith=INTENTION).values_list("basis", "household"))
    keys = [int(text) for basis in bases if (text := basis.removeprefix(INTENTION)).isdecimal()]
    return Counter((home, item, season) for home, item, season in FarmingIntention.objects.filter(pk__in=keys).values_list("household", "item", "season"))


def within_cap(batch: Batch, shares: Sequence[Share], on: date) -> None:
    """Raise Refused unless every reward of an issue is of an inspected claim, not above it, and within the household's cap of the year, all lines that stand counted.

    Asked by movements.issue under the ledger's lock, so that of two batches approved at once the second sees the first. Goods for an item and season
    a reward stands for are refused, and the other way round, unless the round says otherwise.
    """
    if any(not share.basis.startswith(REWARD) for share in shares) and RewardRound.objects.filter(programme=batch.programme_id).exists():
        raise Refused(_("以奖代补的一批只发给验收过的申报。"))
    paying = [share for share in shares if share.basis.startswith(REWARD)]
    problems = [*_beside_rewards([share for share in shares if share.basis.startswith(INTENTION)])]
    if paying:
        problems += _beyond(batch, paying)
    if problems:
        raise NotEnough(_("；").join(problems))


def _beyond(batch: Batch, shares: Sequence[Share]) -> list[str]:
    homes = {share.household.pk for share in shares}
    claims = {one.basis: one for one in RewardClaim.objects.filter(code__in=[share.basis.removeprefix(REWARD) for share in shares]).select_related("round")}
    last = {one.claim_id: one for one in RewardInspection.objects.filter(claim__in=claims.values()).order_by("pk")}
    paid: Counter[str] = Counter()
    for basis, quantity in Line.objects.standing().filter(basis__in=claims).values_list("basis", "quantity"):
        paid[basis] += quantity
    had, goods, problems = used(homes), _goods(homes), []

    def cap(share: Share) -> int:
        one = claims.get(share.basis)
        return last[one.pk].cap_fen if one is not None and one.pk in last else 0

    for share in sorted(shares, key=cap):  # the smaller cap first: what it leaves is also within the larger
        one, home = claims.get(share.basis), share.household
        if one is None or one.household_id != home.pk or one.round.programme_id != batch.programme_id or share.commodity != MONEY or one.withdrawn_at is not None or one.pk not in last:
            problems.append(_("{home} 户没有验收过的申报").format(home=home.code))
            continue
        earned, year = last[one.pk].earned_fen, (home.pk, one.round.year)
        if paid[share.basis] + share.quantity > earned:
            problems.append(_("{home} 户的{item}验收应得 {earned} 元，已经发了 {paid} 元").format(home=home.code, item=one.item, earned=money.yuan(earned), paid=money.yuan(paid[share.basis])))
        elif had[year] + share.quantity > cap(share):
            problems.append(_("{home} 户一年的上限是 {cap} 元，还剩 {left} 元，这一次要 {asked} 元").format(
                home=home.code, cap=money.yuan(cap(share)), left=money.yuan(max(0, cap(share) - had[year])), asked=money.yuan(share.quantity)))  # fmt: skip
        elif not one.round.with_goods and goods[home.pk, one.item, one.season]:
            problems.append(_("{home} 户这一季的{item}已经领过实物").format(home=home.code, item=one.item))
        paid[share.basis] += share.quantity
        had[year] += share.quantity
    return problems


def _beside_rewards(shares: Sequence[Share]) -> list[str]:
    """Tell of goods for an item and season the household has a reward for."""
    keys = {int(text): share for share in shares if (text := share.basis.removeprefix(INTENTION)).isdecimal()}
    wished = {(one.household_id, one.item, one.season): keys[one.pk].household for one in FarmingIntention.objects.filter(pk__in=keys)}
    if not wished:
        return []
    claims = RewardClaim.objects.filter(household__in=[home.pk for home in wished.values()], withdrawn_at=None, round__with_goods=False)
    hit: dict[str, RewardClaim] = {one.basis: one for one in claims if (one.household_id, one.item, one.season) in wished}
    paid = Line.objects.standing().filter(basis__in=hit).values_list("basis", flat=True)
    return [_("{home} 户这一季的{item}已经奖补").format(home=wished[hit[basis].household_id, hit[basis].item, hit[basis].season].code, item=hit[basis].item) for basis in paid]


@dataclass(frozen=True)
class CapUse:
    """How much of its cap of a year a household has used; `most`: the cap by its latest inspection."""

    household: Household
    used: int
    most: int


def cap_use(round: RewardRound) -> list[CapUse]:
    """Return how much of their cap the households of a round have used in its year, all rounds counted."""
    caps: dict[int, tuple[Household, int]] = {}
    for one in RewardInspection.objects.filter(Q(claim__round=round), claim__withdrawn_at=None).select_related("claim__household__village").order_by("pk"):
        caps[one.claim.household_id] = (one.claim.household, one.cap_fen)
    had = used(caps)
    return [CapUse(home, had[pk, round.year], cap) for pk, (home, cap) in caps.items() if cap]
