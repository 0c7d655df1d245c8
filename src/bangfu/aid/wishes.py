"""Micro-wishes from the door to the receipt.

Promises: one claim is live at most; a claim that ran out leaves the wish published again, and running that twice changes nothing the second
time; a wish is fulfilled when its line is signed for, never otherwise, so that 已实现 cannot exceed the receipts; nothing of whose wish it
is leaves with the public text or to the donor.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, money, sealing, trail
from bangfu.base.codes import new_code
from bangfu.base.jobs import Progress
from bangfu.base.models import Job
from bangfu.registry.models import Area, Household, Person

from . import batches, movements, publishing
from .errors import NotNow, Refused, StandsAlready
from .models import Batch, Claim, FundSource, Line, Lot, MicroWish, Receipt, SourceKind, WishEvent, WishState

CLAIM_DAYS = 14
SAME_WITHIN = timedelta(days=365)
FEWEST_OF_A_VILLAGE = 5
MAY = {
    WishState.PUBLISHED: (WishState.WAITING, WishState.CLAIMED), WishState.SENT_BACK: (WishState.WAITING,), WishState.CLAIMED: (WishState.PUBLISHED,), WishState.ARRIVED: (WishState.CLAIMED,),
    WishState.EXPIRED: (WishState.PUBLISHED,), WishState.CANCELLED: (WishState.WAITING, WishState.SENT_BACK, WishState.PUBLISHED, WishState.CLAIMED, WishState.EXPIRED),
    WishState.WAITING: (WishState.SENT_BACK, WishState.EXPIRED, WishState.CANCELLED),
}  # fmt: skip  # where a state may be entered from


def _move(wish: MicroWish, state: WishState, *, by: Officer | None, reason: str = "", **changed: object) -> MicroWish:
    """Change a wish's state and keep the row that says so. Raises NotNow from a state it cannot come from."""
    if not MicroWish.objects.filter(pk=wish.pk, state__in=MAY[state]).update(state=state, **changed):
        raise NotNow(_("这个心愿现在是“{now}”，不能这样做。").format(now=MicroWish.objects.get(pk=wish.pk).get_state_display()))
    WishEvent.objects.create(wish=wish, state=state, reason=reason, by=by, at=clock.now())
    trail.write("wish_moved", wish.code, who=by.username if by else "", result=state)
    wish.refresh_from_db()
    return wish


@transaction.atomic
def collect(*, household: Household, person: Person | None, goods: str, text: str, note: str, value_fen: int | None, by: Officer) -> MicroWish:
    """Write a wish down; it waits for the review."""
    town = Area.objects.select_for_update().get(pk=household.village_id[:9] + "000")
    last = MicroWish.objects.filter(town=town).aggregate(n=Max("number"))["n"] or 0
    wish = MicroWish.objects.create(code=new_code(), number=last + 1, town=town, household=household, person=person, goods=goods, text=text, note=note, value_fen=value_fen, by=by, at=clock.now())
    WishEvent.objects.create(wish=wish, state=WishState.WAITING, by=by, at=clock.now())
    trail.write("wish_collected", wish.code, who=by.username)
    return wish


def same_before(wish: MicroWish) -> MicroWish | None:
    """Return the same wish of the same person or household within a year, which is warned of."""
    rows = MicroWish.objects.filter(household=wish.household, person=wish.person, goods=wish.goods, at__gte=wish.at - SAME_WITHIN).exclude(pk=wish.pk).exclude(state=WishState.CANCELLED)
    return rows.filter(pk__lt=wish.pk).order_by("-pk").first()


@transaction.atomic
def publish(*, wish: MicroWish, until: date, together_with: str, by: Officer) -> MicroWish:
    """Pass the joint review (town with school or village): the text goes through the gate. Raises Refused with what stands in the way."""
    if not together_with.strip():
        raise Refused(_("请写和谁一起审的（学校或村）。"))
    if until <= clock.today():
        raise Refused(_("认领的期限要在今天以后。"))
    if found := publishing.look_at(wish.town, f"{wish.goods}\n{wish.text}"):
        raise Refused("\n".join(_("公开的话里不能有：{what}").format(what=one.words) for one in found))
    return _move(wish, WishState.PUBLISHED, by=by, reason=together_with.strip()[:100], until=until)


def send_back(*, wish: MicroWish, reason: str, by: Officer) -> MicroWish:
    """Send a wish back to who collected it."""
    if not reason.strip():
        raise Refused(_("请写为什么退回。"))
    with transaction.atomic():
        return _move(wish, WishState.SENT_BACK, by=by, reason=reason.strip())


@transaction.atomic
def rewrite(*, wish: MicroWish, goods: str, text: str, value_fen: int | None, by: Officer) -> MicroWish:
    """Put a wish that was sent back, ran out or was cancelled before the review again, in other words."""
    return _move(wish, WishState.WAITING, by=by, goods=goods, text=text, value_fen=value_fen, until=None)


def cancel(*, wish: MicroWish, reason: str, by: Officer) -> MicroWish:
    """Give a wish up before its gift has come."""
    if not reason.strip():
        raise Refused(_("请写为什么取消。"))
    with transaction.atomic():
        _end_claim(wish, "withdrawn")
        return _move(wish, WishState.CANCELLED, by=by, reason=reason.strip())


@transaction.atomic
def claim(*, wish: MicroWish, donor: str, contact: str, is_named: bool, way: str, by: Officer, days: int = CLAIM_DAYS) -> Claim:
    """Enter a claim. The first one confirmed wins; the second reads so and is offered what else is open."""
    try:
        with transaction.atomic():
            made = Claim.objects.create(wish=wish, donor=donor, contact=sealing.seal(contact).hex() if contact else "", is_named=is_named, way=way, on=clock.today(),
                                        expires_on=clock.today() + timedelta(days=days), by=by, at=clock.now())  # fmt: skip
            _move(wish, WishState.CLAIMED, by=by)
    except (IntegrityError, NotNow) as error:
        others = [f"{one.number} {one.text}" for one in similar(wish)]
        more = _("相近的还有：{others}").format(others=_("；").join(others)) if others else _("现在没有相近的。")
        raise StandsAlready(_("这个心愿已经有人认领，或不在认领期。") + more) from error
    return made


def similar(wish: MicroWish, most: int = 3) -> list[MicroWish]:
    """Return open wishes for the same thing, else of about the same value."""
    rows = MicroWish.objects.filter(town=wish.town, state=WishState.PUBLISHED).exclude(pk=wish.pk)
    same = list(rows.filter(goods=wish.goods).order_by("number")[:most])
    return same or sorted(rows, key=lambda one: abs((one.value_fen or 0) - (wish.value_fen or 0)))[:most]


def _end_claim(wish: MicroWish, how: str) -> None:
    Claim.objects.filter(wish=wish, ended_on=None).update(ended_on=clock.today(), ended_by=how)


@transaction.atomic
def withdraw(*, wish: MicroWish, reason: str, by: Officer) -> MicroWish:
    """The donor steps back: the wish is published again."""
    _end_claim(wish, "withdrawn")
    return _move(wish, WishState.PUBLISHED, by=by, reason=reason.strip()[:100])


def expire(job: Job) -> Iterable[Progress]:
    """Every day: claims that ran out end, and their wishes are published again; wishes nobody claimed in time run out."""
    for n, claimed in enumerate(Claim.objects.filter(ended_on=None, expires_on__lt=clock.today()).select_related("wish"), start=1):
        with transaction.atomic():
            if Claim.objects.filter(pk=claimed.pk, ended_on=None).update(ended_on=clock.today(), ended_by="claim_expired"):
                _move(claimed.wish, WishState.PUBLISHED, by=None, reason="")
        yield _("认领过期的"), n, 0
    for n, wish in enumerate(MicroWish.objects.filter(state=WishState.PUBLISHED, until__lt=clock.today()), start=1):
        with transaction.atomic():
            _move(wish, WishState.EXPIRED, by=None)
        yield _("心愿过期的"), n, 0


@transaction.atomic
def arrive(*, wish: MicroWish, goods: str, unit: str, quantity: int, on: date, by: Officer) -> MicroWish:
    """The gift is in the office, at school or with the caseworker: it stands in the store as a source of its own."""
    claimed = Claim.objects.filter(wish=wish, ended_on=None).first()
    if claimed is None:
        raise NotNow(_("还没有人认领，不能记送达。"))
    source = FundSource.objects.create(code=new_code(), town=wish.town, name=_("微心愿 {n} 号：{donor}").format(n=wish.number, donor=claimed.donor)[:60], kind=SourceKind.DONATION, terms={"programmes": ["micro_wish"]})
    lot = Lot.objects.create(code=new_code(), source=source, commodity=batches.known(wish.town, goods, unit), supplier=claimed.donor[:60], delivered=quantity, on=on)
    movements.take_into_store(lot=lot, quantity=quantity, on=on, by=by, key=f"wish {wish.code} {claimed.pk}")
    _end_claim(wish, "gift_came")
    return _move(wish, WishState.ARRIVED, by=by, lot=lot)


def basis_of(wish: MicroWish) -> str:
    """Return what a line says it fulfils."""
    return f"wish {wish.code}"


@transaction.atomic
def to_batch(*, batch: Batch, by: Officer) -> int:
    """Put every arrived wish that is on no list yet on the list of a batch; returns how many."""
    taken = set(Line.objects.standing().filter(basis__startswith="wish ").values_list("basis", flat=True)) | set(batch.candidates.values_list("basis", flat=True))
    found = [wish for wish in MicroWish.objects.filter(town=batch.town, state=WishState.ARRIVED).select_related("lot__commodity", "household", "person").order_by("number") if basis_of(wish) not in taken]
    for wish in found:
        batches.add(batch=batch, household=wish.household, person=wish.person, standard="", commodity=wish.lot.commodity, quantity=wish.lot.delivered, lot=wish.lot, basis=basis_of(wish))
    return len(found)


def fulfilled(wishes: Collection[MicroWish]) -> dict[int, date]:
    """Return the day each fulfilled wish among these was signed for, by key."""
    keys = {basis_of(wish): wish.pk for wish in wishes}
    rows = Receipt.objects.standing().filter(line__basis__in=keys).values_list("line__basis", "on", "line__quantity").annotate(n=Sum("quantity"))
    return {keys[basis]: on for basis, on, quantity, n in rows if n >= quantity}


@dataclass(frozen=True)
class Public:
    """A wish as the public reads it: nothing of whose it is."""

    number: int
    place: str
    text: str
    value: str
    until: date


def public_list(town: Area) -> list[Public]:
    """Return the open wishes as they may be published; of a village with few of them only the town is said."""
    rows: Sequence[MicroWish] = list(MicroWish.objects.filter(town=town, state=WishState.PUBLISHED).select_related("household__village").order_by("number"))
    count: dict[str, int] = {}
    for one in rows:
        count[one.household.village_id] = count.get(one.household.village_id, 0) + 1
    return [Public(one.number, one.household.village.name if count[one.household.village_id] >= FEWEST_OF_A_VILLAGE else town.name, one.text, f"{money.yuan(one.value_fen)} 元" if one.value_fen else "", one.until)
            for one in rows]


def reseal_all() -> None:
    """Seal every contact under the newest key."""
    for one in Claim.objects.exclude(contact=""):
        one.contact = sealing.reseal(one.contact)
        one.save(update_fields=["contact"])
