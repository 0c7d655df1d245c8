"""Every write of visits. What is recorded stays; a correction is a row that follows.

Promises: a visit day's window and deadline are fixed when it is published; slots follow the register and the chain until the day begins
and are fixed then; a form that is sent twice is one visit; an amendment keeps the moment of the first entry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.base import calendar, clock, trail
from bangfu.base.calendar_rules import SHANGHAI, closes, deadline
from bangfu.base.codes import new_code
from bangfu.chain.models import Assignment
from bangfu.chain.queries import caseworkers_on, covers
from bangfu.registry.models import Area, Household
from bangfu.registry.queries import standing

from . import verification
from .errors import NotNow, StandsAlready
from .models import (
    Commitment,
    Excuse,
    ExcuseReason,
    FieldDay,
    FieldDayKind,
    Issue,
    IssueKind,
    Slot,
    StandIn,
    Statement,
    Visit,
    VisitDay,
    VisitMode,
)
from .models import Visitor as Went
from .queries import states
from .rules import WAITING

DUE = ("registered", "lifted", "monitored")
FARTHEST = 183  # days an excuse may stand


@transaction.atomic
def publish(*, town: Area, on: date, by: Officer | None, due: Sequence[str] = DUE) -> VisitDay:
    """Publish a day of the calendar: its window is fixed and its slots are made. Raises NotNow for a day that is none of the calendar's,
    or that lies at or before a window already published; StandsAlready when it is published.
    """
    planned = next((one for one in calendar.visit_days(on.year) + calendar.visit_days(on.year - 1) if one.date == on), None)
    if planned is None or planned.make_up_until is None:
        raise NotNow(_("{day} 不是日历上的帮扶日。请先看日历。").format(day=f"{on:%Y-%m-%d}"))
    if by is not None and planned.make_up_until < clock.today():
        raise NotNow(_("{day} 的补访期已经过了，不能再发布。").format(day=f"{on:%Y-%m-%d}"))
    if VisitDay.objects.filter(town=town, date=on).exists():
        raise StandsAlready(_("{day} 已经发布过了。").format(day=f"{on:%Y-%m-%d}"))
    if VisitDay.objects.filter(town=town, date__lt=on, make_up_until__gte=on, cancelled_at=None).exists():
        raise NotNow(_("上一个帮扶日的补访还没有到期，这一天不能发布。"))
    _rule, _on_holiday, _window, grace = calendar.rule()
    until = planned.make_up_until
    day = VisitDay.objects.create(
        town=town, rule_date=planned.rule_date, date=on, make_up_until=until, opens=datetime(on.year, on.month, on.day, tzinfo=SHANGHAI), closes=closes(until),
        deadline=deadline(until, calendar.days(), grace), holiday=planned.holiday or "", due=list(due), published_at=clock.now(), by=by)  # fmt: skip
    follow(day)
    if by is not None:
        trail.write("visit_day_published", f"{on}", who=by.username, result=f"{day.slots.count()} 户")
    return day


@transaction.atomic
def follow(day: VisitDay) -> None:
    """Let a day's slots follow the register and the chain, until the day begins."""
    if clock.now() >= day.opens and day.slots.exists():
        return
    first, past = codes_below(day.town_id)
    homes: set[int] = set()
    for one in day.due:
        homes.update(standing(Household.objects.filter(village_id__gte=first, village_id__lt=past, members__ends_on=None), one).values_list("pk", flat=True))
    held = caseworkers_on(homes, day.date)
    homes -= {pk for pk, row in held.items() if row.kind == "closed"}
    there = {slot.household_id: slot for slot in day.slots.all()}
    Slot.objects.bulk_create(Slot(visit_day=day, household_id=pk, caseworker_id=held[pk].officer_id if pk in held else None) for pk in sorted(homes - there.keys()))
    changed = []
    for pk, slot in there.items():
        officer, gone = held[pk].officer_id if pk in held else None, None if pk in homes else slot.out_of_scope_at or clock.now()
        if (slot.caseworker_id, slot.out_of_scope_at) != (officer, gone):
            slot.caseworker_id, slot.out_of_scope_at = officer, gone
            changed.append(slot)
    Slot.objects.bulk_update(changed, ["caseworker", "out_of_scope_at"])


@transaction.atomic
def hand_over_slots(day: VisitDay, now: datetime) -> int:
    """Let the slots of a running window that wait for a visit go to who answers for the household by now; returns how many did."""
    rows = list(day.slots.filter(out_of_scope_at=None).select_related("household"))
    held, said, changed = caseworkers_on([slot.household_id for slot in rows], clock.day_of(now)), states(day, rows, now), []
    for slot in rows:
        row = held.get(slot.household_id)
        if row is not None and row.officer_id != slot.caseworker_id and row.starts_on > day.date and said[slot.pk].state in WAITING:
            slot.caseworker_id = row.officer_id
            changed.append(slot)
    Slot.objects.bulk_update(changed, ["caseworker"])
    return len(changed)


@transaction.atomic
def hand_over_items(on: date) -> int:
    """Let open commitments and requests of a household's former caseworker go to the present one; who promised them stays. Returns how many did."""
    changed = 0
    for kind in (Commitment, Issue):
        rows = list(kind.objects.filter(ended_on=None, owner__isnull=False))
        held = caseworkers_on({one.household_id for one in rows}, on)
        former = set(Assignment.objects.filter(household__in={one.household_id for one in rows}, starts_on__lte=on).values_list("household", "officer"))
        moved = [one for one in rows if (row := held.get(one.household_id)) and row.kind == Assignment.HOLDER and row.officer_id != one.owner_id
                 and (one.household_id, one.owner_id) in former]  # fmt: skip
        for one in moved:
            one.owner_id = held[one.household_id].officer_id
        kind.objects.bulk_update(moved, ["owner"])
        changed += len(moved)
    if changed:
        trail.write("items_handed_over", f"{on}", who="", result=f"{changed} 项")
    return changed


@dataclass(frozen=True)
class Said:
    """What a form or a sheet says of a visit. requests, promises: (text, due or None); ended: (code of an open item, outcome);
    checked: (code of a verification item, answer, value seen)."""

    visited_on: date
    went: tuple[int, ...]
    mode: str = VisitMode.HOME
    found: str = ""
    told: str = ""
    follow_up: str = ""
    requests: tuple[tuple[str, date | None], ...] = ()
    promises: tuple[tuple[str, date | None], ...] = ()
    ended: tuple[tuple[str, str], ...] = field(default=())
    checked: tuple[tuple[str, str, str], ...] = field(default=())


@transaction.atomic
def record_visit(*, household: Household, said: Said, by: Officer, once: str | None = None, sheet: str = "") -> Visit:
    """Record a visit with what it raised, promised and ended. With `once` the same form sent again is the same visit.

    Raises NotNow for a day that has not come yet, StandsAlready when the form was sent before and said something else.
    """
    if once and (there := Visit.objects.filter(once=once).first()):
        return _the_same(there, household, said)
    if said.visited_on > clock.today():
        raise NotNow(_("日期在今天以后，请看清楚再写。"))
    try:
        with transaction.atomic():
            visit = Visit.objects.create(code=new_code(), household=household, visited_on=said.visited_on, mode=said.mode, found=said.found, told=said.told,
                                         follow_up=said.follow_up, received_at=clock.now(), recorded_at=clock.now(), by=by, sheet=sheet, once=once or None)  # fmt: skip
    except IntegrityError:  # the other click of a double click was first
        return _the_same(Visit.objects.get(once=once), household, said)
    _went(visit, household, said)
    owner_of = caseworkers_on([household.pk], said.visited_on).get(household.pk)
    owner = owner_of.officer if owner_of else None
    for text, due in said.requests:
        Issue.objects.create(code=new_code(), household=household, kind=IssueKind.REQUEST, visit=visit, text=text, owner=owner, due_on=due, by=by, at=clock.now())
    for text, due in said.promises:
        Commitment.objects.create(code=new_code(), household=household, visit=visit, text=text, owner=owner, due_on=due, by=by, at=clock.now())
    for code, outcome in said.ended:
        end(household=household, code=code, outcome=outcome, on=said.visited_on, by=by)
    for code, seen, value in said.checked:
        verification.answer(household=household, code=code, said=seen, value=value, visit=visit, by=by)
    trail.write("visit_recorded", household.code, who=by.username, result=str(said.visited_on))
    return visit


def _the_same(there: Visit, household: Household, said: Said) -> Visit:
    """Return the visit a form made before if it said the same then."""
    told = (there.household_id, there.visited_on, there.mode, there.found, there.told, there.follow_up, set(there.went.values_list("officer_id", flat=True)),
            *(set(kind.objects.filter(visit=there).values_list("text", "due_on")) for kind in (Issue, Commitment)))  # fmt: skip
    if told != (household.pk, said.visited_on, said.mode, said.found, said.told, said.follow_up, set(said.went), set(said.requests), set(said.promises)):
        raise StandsAlready(_("这一页已经保存过一次，后来改的没有保存。要改，请到户卡上点那次走访；要再记一次，请重新打开这一页。"))
    return there


def _went(visit: Visit, household: Household, said: Said) -> None:
    as_ = covers(said.went, household, said.visited_on)
    Went.objects.bulk_create(Went(visit=visit, officer_id=pk, went_as=as_.get(pk, "other")) for pk in dict.fromkeys(said.went))


@transaction.atomic
def amend_visit(*, visit: Visit, said: Said | None, by: Officer) -> Visit:
    """Put another row in a visit's place; without `said` the visit is withdrawn. Raises StandsAlready when somebody did so before."""
    if Visit.objects.filter(amends=visit).exists():
        raise StandsAlready(_("这次走访已经有人改过或撤回了，请看最新的一条再改。"))
    kept = {"visited_on": visit.visited_on, "mode": visit.mode, "found": visit.found, "told": visit.told, "follow_up": visit.follow_up}
    if said is not None:
        kept = {"visited_on": said.visited_on, "mode": said.mode, "found": said.found, "told": said.told, "follow_up": said.follow_up}
    row = Visit.objects.create(code=new_code(), household=visit.household, received_at=visit.received_at, recorded_at=clock.now(), by=by, sheet=visit.sheet, amends=visit,
                               withdrawn=said is None, **kept)  # fmt: skip
    if said is not None:
        _went(row, visit.household, said)
    trail.write("visit_amended" if said else "visit_withdrawn", visit.household.code, who=by.username, result=str(visit.visited_on))
    return row


@transaction.atomic
def end(*, household: Household, code: str, outcome: str, on: date, by: Officer) -> None:
    """Close a commitment or a request of a household with what was done; what is closed already stays as it was closed."""
    for kind in (Commitment, Issue):
        if kind.objects.filter(code=code, household=household, ended_on=None).update(ended_on=on, outcome=outcome[:200], ended_by=by):
            trail.write("item_closed", household.code, who=by.username, result=code)


@transaction.atomic
def excuse(*, household: Household, since: date, until: date | None, reason: ExcuseReason, words: str, by: Officer, accept: bool) -> Excuse:
    """Propose that a household need not be seen; with `accept` it holds at once.

    Raises NotNow for more than six months, and for one day that is no published visit day.
    """
    if until is None and not VisitDay.objects.filter(town=household.village_id[:9] + "000", date=since).exists():
        raise NotNow(_("{day} 不是发布了的帮扶日。只免一次，请写那个帮扶日的日期；要免一段时间，请写到哪天为止。").format(day=f"{since:%Y-%m-%d}"))
    if until is not None and not 0 <= (until - since).days <= FARTHEST:
        raise NotNow(_("免访最多写六个月，截止日期要在开始日期以后。"))
    now = clock.now()
    row = Excuse.objects.create(household=household, since=since, until=until, reason=reason, words=words, proposed_by=by, proposed_at=now,
                                accepted_by=by if accept else None, accepted_at=now if accept else None)  # fmt: skip
    trail.write("excused", household.code, who=by.username, result=f"{reason} {since} {until or ''}")
    return row


@transaction.atomic
def decide_excuse(*, excuse: Excuse, accept: bool, by: Officer) -> None:
    """Accept what somebody proposed, or end it. Raises StandsAlready when somebody decided on it before."""
    now = clock.now()
    said = {"accepted_by": by, "accepted_at": now} if accept else {"ended_at": now}
    if Excuse.objects.filter(pk=excuse.pk, accepted_at=None, ended_at=None).update(**said) == 0:
        raise StandsAlready(_("这一条已经有人定过了。"))
    trail.write("excused", excuse.household.code, who=by.username, result=f"{'同意' if accept else '不同意'} {excuse.since}")


@transaction.atomic
def say_not_visited(*, slots: Iterable[Slot], by: Officer) -> None:
    """Say of slots that nobody went; who has said so already says it once."""
    for slot in slots:
        if not slot.statements.filter(withdrawn_at=None).exists():
            Statement.objects.create(slot=slot, by=by, at=clock.now())
            trail.write("not_visited_said", slot.household.code, who=by.username, result=str(slot.visit_day))


@transaction.atomic
def take_statement_back(*, slot: Slot, by: Officer) -> None:
    """Take back what was said of a slot; it stays on record as taken back."""
    if slot.statements.filter(withdrawn_at=None).update(withdrawn_at=clock.now()):
        trail.write("not_visited_said", slot.household.code, who=by.username, result=f"撤回 {slot.visit_day}")


@transaction.atomic
def name_stand_in(*, slot: Slot, officer: Officer, by: Officer) -> StandIn:
    """Let an officer's visit count for one slot (代访); who is named already is named once. Raises NotNow once the window is over."""
    if clock.now() >= slot.visit_day.closes:
        raise NotNow(_("补访期已经过了，不能再定代访的人。"))
    there = StandIn.objects.filter(slot=slot, officer=officer).first()
    if there is not None:
        return there
    trail.write("stand_in_named", slot.household.code, who=by.username, result=f"{officer.username} {slot.visit_day}")
    return StandIn.objects.create(slot=slot, officer=officer, by=by, at=clock.now())


@transaction.atomic
def cancel(*, day: VisitDay, reason: str, by: Officer) -> None:
    """Call a visit day off; its slots are void. Raises NotNow once it has begun: then households are excused."""
    if clock.now() >= day.opens:
        raise NotNow(_("这一天已经开始了，不能取消。请用“几个村一起免访”。"))
    if VisitDay.objects.filter(pk=day.pk, cancelled_at=None).update(cancelled_at=clock.now(), cancel_reason=reason):
        trail.write("visit_day_cancelled", f"{day}", who=by.username, result=reason)


@transaction.atomic
def excuse_many(*, day: VisitDay, villages: Iterable[str], reason: ExcuseReason, words: str, by: Officer) -> int:
    """Excuse the slots of some villages that wait for a visit; returns how many."""
    now = clock.now()
    slots = list(day.slots.filter(household__village__in=list(villages)).select_related("household"))
    said = states(day, slots, now)
    waiting = [slot for slot in slots if said[slot.pk].state in WAITING]
    Excuse.objects.bulk_create(Excuse(household=slot.household, since=day.date, reason=reason, words=words, proposed_by=by, proposed_at=now, accepted_by=by, accepted_at=now) for slot in waiting)
    if waiting:
        trail.write("excused", f"{day}", who=by.username, result=f"{reason} {len(waiting)} 户")
    return len(waiting)


@transaction.atomic
def record_field_day(*, village: Area, kind: FieldDayKind, on: date, officers: Iterable[int], done: str, by: Officer, villager_group: str = "", once: str | None = None) -> FieldDay:
    """Record who was in a village and what for; the same form sent twice is one. Raises NotNow for a day that has not come yet."""
    if once and (there := FieldDay.objects.filter(once=once).first()):
        return there
    if on > clock.today():
        raise NotNow(_("日期在今天以后，请看清楚再写。"))
    try:
        with transaction.atomic():
            row = FieldDay.objects.create(code=new_code(), village=village, villager_group=villager_group, kind=kind, date=on, done=done, by=by, at=clock.now(), once=once or None)
    except IntegrityError:  # the other click of a double click was first
        return FieldDay.objects.get(once=once)
    row.officers.set(officers)
    trail.write("field_day_recorded", village.code, who=by.username, result=f"{kind} {on}")
    return row


@transaction.atomic
def withdraw_field_day(*, row: FieldDay, by: Officer) -> None:
    """Take a field day back; it stays on record as taken back."""
    if FieldDay.objects.filter(pk=row.pk, withdrawn_at=None).update(withdrawn_at=clock.now(), withdrawn_by=by):
        trail.write("field_day_recorded", row.village_id, who=by.username, result=f"撤回 {row.kind} {row.date}")
