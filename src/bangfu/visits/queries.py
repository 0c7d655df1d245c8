"""Reads of visits. A slot's state is worked out here from rows and told to the one rule in rules.py; sums are derived from states."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.registry.models import Area, Household
from bangfu.registry.queries import current_members

from .models import (
    Commitment,
    Delivery,
    Excuse,
    FieldDay,
    Issue,
    Reminder,
    Sheet,
    Slot,
    StandIn,
    Statement,
    VerificationItem,
    Visit,
    VisitDay,
    Visitor,
)
from .rules import (
    WAITING,
    ChannelFact,
    ChannelKind,
    ExcuseFact,
    Mode,
    SlotState,
    StatementFact,
    Sums,
    VisitFact,
    coverage,
    slot_state,
)
from .rules import Slot as SlotFact
from .rules import Visitor as WentAs

FIRST_DUE = (F("due_on").asc(nulls_last=True), "pk")
SOME = 300  # keys in a question to the database
BEFORE = timedelta(days=10)  # visits so many days before a visit day are shown beside it, unless another visit day lies between


def standing_visits() -> QuerySet[Visit]:
    """Return the visits that stand: not amended by a later row, not withdrawn."""
    return Visit.objects.filter(amended_by=None, withdrawn=False)


def visit_days(officer: Officer) -> QuerySet[VisitDay]:
    """Return the published visit days of the towns in which an officer's area lies, the newest first."""
    town = officer.area[:9] + "000"
    first, past = codes_below(officer.area)
    return VisitDay.objects.filter(Q(town=town) | Q(town__code__gte=first, town__code__lt=past)).order_by("-date")


def slots(day: VisitDay, officer: Officer, village: str = "") -> list[Slot]:
    """Return the slots of a visit day that an officer may see, by village, group and code, without their members (with_members)."""
    rows = Slot.objects.filter(visit_day=day, household__in=Household.objects.in_scope(officer))
    if village:
        rows = rows.filter(household__village=village)
    rows = rows.select_related("household__village", "caseworker").defer("links_at_close", "household__facts", "household__sealed")
    return list(rows.order_by("household__village", "household__villager_group", "household__code"))


class BareSlot(NamedTuple):
    """A slot as far as it is counted: of a large town a page makes no model of each."""

    pk: int
    household_id: int
    village_id: str
    out_of_scope_at: datetime | None


def bare_slots(day: VisitDay, officer: Officer) -> list[BareSlot]:
    """Return the slots of a visit day that an officer may see, by village, group and code, to be counted."""
    rows = Slot.objects.filter(visit_day=day, household__in=Household.objects.in_scope(officer)).order_by("household__village", "household__villager_group", "household__code")
    return [BareSlot(*row) for row in rows.values_list("pk", "household", "household__village", "out_of_scope_at")]


def slots_of(keys: Sequence[int]) -> list[Slot]:
    """Return the slots with these keys, in their order, with their households and members."""
    rows = {one.pk: one for one in Slot.objects.filter(pk__in=keys).select_related("household__village", "caseworker").defer("links_at_close", "household__facts", "household__sealed")}
    return list(with_members([rows[key] for key in keys if key in rows]))


def with_members(found: Sequence[Slot]) -> Sequence[Slot]:
    """Let each slot's household know its present members, in two questions to the database."""
    homes = {one.pk: one for one in Household.objects.filter(pk__in=[slot.household_id for slot in found]).select_related("village", "source").prefetch_related(current_members())}
    for slot in found:
        slot.household = homes[slot.household_id]
    return found


def _window(day: VisitDay) -> date:
    """Return the first day whose visits are shown beside a visit day."""
    earlier = VisitDay.objects.filter(town=day.town_id, date__lt=day.date, cancelled_at=None).order_by("-date").first()
    return max(day.date - BEFORE, earlier.make_up_until + timedelta(days=1)) if earlier else day.date - BEFORE


def states(day: VisitDay, found: Iterable[Slot | BareSlot], now: datetime) -> dict[int, SlotState]:
    """Return what is known of each slot of one visit day, by the slot's key."""
    rows = list(found)
    homes = {slot.household_id for slot in rows}
    visits, excuses, sheets, statements, stand_ins = _facts(day, homes)
    said = {}
    for slot in rows:
        fact = SlotFact(day.date, day.make_up_until, day.opens, day.closes, day.deadline, cancelled_at=day.cancelled_at, out_of_scope_at=slot.out_of_scope_at)
        seen = [_as_fact(one, stand_ins.get(slot.pk, frozenset())) for one in visits.get(slot.household_id, ())]
        said[slot.pk] = slot_state(fact, seen, excuses.get(slot.household_id, ()), sheets.get(slot.pk, ()), statements.get(slot.pk), now)
    return said


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the rule asks of a visit; went: (officer, as what)."""

    visited_on: date
    received_at: datetime
    mode: str
    went: list[tuple[int, str]]


def _facts(day: VisitDay, homes: set[int]) -> tuple[Mapping[int, list[_Seen]], Mapping[int, list[ExcuseFact]], Mapping[int, list[ChannelFact]],
                                                    Mapping[int, StatementFact], Mapping[int, frozenset[int]]]:  # fmt: skip
    visits: dict[int, list[_Seen]] = defaultdict(list)
    of_the_day = list(homes) if len(homes) < SOME else Slot.objects.filter(visit_day=day).values("household")
    rows = standing_visits().filter(household__in=of_the_day, visited_on__gte=_window(day), visited_on__lte=day.make_up_until)
    went: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for visit, officer, as_ in Visitor.objects.filter(visit__in=rows.order_by()).order_by("pk").values_list("visit", "officer", "went_as"):
        went[visit].append((officer, as_))
    for pk, home, visited_on, received_at, mode in rows.values_list("pk", "household", "visited_on", "received_at", "mode"):
        if home in homes:
            visits[home].append(_Seen(visited_on, received_at, mode, went[pk]))
    excuses: dict[int, list[ExcuseFact]] = defaultdict(list)
    reaches = Q(until=None, since=day.date) | Q(since__lte=day.make_up_until, until__gte=day.date)
    for one in Excuse.objects.filter(reaches, household__in=of_the_day):
        excuses[one.household_id].append(ExcuseFact(one.accepted_at, one.until, stands=one.ended_at is None))
    sheets: dict[int, list[ChannelFact]] = defaultdict(list)
    for sheet in Sheet.objects.filter(slot__visit_day=day):
        sheets[sheet.slot_id].append(ChannelFact(ChannelKind.SHEET, sheet.printed_at, settled_at=sheet.settled_at))
    statements = {one.slot_id: StatementFact(one.at) for one in Statement.objects.filter(slot__visit_day=day, withdrawn_at=None).order_by("at")}
    stand_ins: dict[int, set[int]] = defaultdict(set)
    for slot, officer in StandIn.objects.filter(slot__visit_day=day).values_list("slot_id", "officer_id"):
        stand_ins[slot].add(officer)
    return visits, excuses, sheets, statements, {slot: frozenset(who) for slot, who in stand_ins.items()}


def _as_fact(seen: _Seen, stand_ins: frozenset[int]) -> VisitFact:
    went = tuple(WentAs.STAND_IN if officer in stand_ins else WentAs(as_) for officer, as_ in seen.went)
    return VisitFact(seen.visited_on, seen.received_at, Mode(seen.mode), went)


def sums_by_village(found: Iterable[Slot | BareSlot], said: Mapping[int, SlotState]) -> dict[str, Sums]:
    """Return the sums of each village's slots; the town's are their sum."""
    by_village: dict[str, list[SlotState]] = defaultdict(list)
    for slot in found:
        by_village[slot.village_id].append(said[slot.pk])
    return {village: coverage(each) for village, each in by_village.items()}


def sums_of_days(officer: Officer, days: Iterable[VisitDay], now: datetime) -> list[tuple[VisitDay, Sums, bool]]:
    """Return each day's sums in an officer's scope: as frozen at the deadline (True) where it is over, else as they are now."""
    found = []
    for day in days:
        counts: dict[str, int] = {}
        if day.deadline <= now:
            rows = Slot.objects.filter(visit_day=day, household__in=Household.objects.in_scope(officer)).order_by()
            counts = dict(rows.values_list("state_at_close").annotate(Count("pk")))
        if counts and "" not in counts:
            found.append((day, Sums(**counts), True))
        else:
            said = states(day, some := bare_slots(day, officer), now)
            found.append((day, coverage(said[slot.pk] for slot in some), False))
    return found


def reminders_of(officer: Officer) -> list[Reminder]:
    """Return what an officer was told, the newest first."""
    return list(officer.reminders.select_related("visit_day")[:100])


def told_in(town: Area) -> list[tuple[VisitDay, str, int]]:
    """Return how many people of a town were told of each visit day at each step, the newest day first."""
    rows = Reminder.objects.filter(visit_day__town=town).order_by("-visit_day__date", "step").values_list("visit_day", "step").annotate(Count("pk"))
    days = {day.pk: day for day in VisitDay.objects.filter(town=town)}
    return [(days[pk], step, n) for pk, step, n in rows[:60]]


def deliveries_in(town: Area) -> list[Delivery]:
    """Return on which ways what was told in a town left the pages, the newest first."""
    rows = Delivery.objects.filter(reminder__visit_day__town=town).select_related("reminder__addressee__cadre", "reminder__visit_day").order_by("-pk")
    return list(rows[:300])


def excuses_of(slot: Slot) -> list[Excuse]:
    """Return the excuses of a slot's household that reach its day, whatever became of them."""
    day = slot.visit_day
    reaches = Q(until=None, since=day.date) | Q(since__lte=day.make_up_until, until__gte=day.date)
    return list(Excuse.objects.filter(reaches, household=slot.household_id).select_related("proposed_by", "accepted_by").order_by("pk"))


def field_days_of(village: Area) -> list[FieldDay]:
    """Return the field days of a village that stand, the newest first."""
    return list(FieldDay.objects.filter(village=village, withdrawn_at=None).prefetch_related("officers").select_related("by")[:100])


def verifications(officer: Officer) -> list[VerificationItem]:
    """Return what was asked to be looked at in an officer's scope and is not put away, the oldest answer first."""
    rows = VerificationItem.objects.filter(settled_at=None, household__in=Household.objects.in_scope(officer))
    return list(rows.select_related("person", "household__source", "household__village", "asked_by", "answered_by").order_by("answered_at", "pk")[:300])


def recorded_as(once: Iterable[str]) -> set[str]:
    """Return which of these marks of a form stand on a visit already."""
    return set(Visit.objects.filter(once__in=list(once)).values_list("once", flat=True))


def proposed(officer: Officer) -> list[Excuse]:
    """Return the excuses in an officer's scope that nobody has decided on, the oldest first."""
    rows = Excuse.objects.filter(accepted_at=None, ended_at=None, household__in=Household.objects.in_scope(officer))
    return list(rows.select_related("household__village", "proposed_by").order_by("pk"))


def open_of(household: Household) -> tuple[list[Commitment], list[Issue]]:
    """Return what was promised to a household and what it asked for, as far as it is open, the first due first."""
    return (list(household.commitments.filter(ended_on=None).select_related("owner").order_by(*FIRST_DUE)),
            list(household.issues.filter(ended_on=None).select_related("owner").order_by(*FIRST_DUE)))  # fmt: skip


def open_items(officer: Officer, village: str = "") -> list[Commitment | Issue]:
    """Return what was promised and asked for and is open in an officer's scope, or in one village of it: the first due first, what has no day last."""
    homes = Household.objects.in_scope(officer)
    if village:
        homes = homes.filter(village=village)
    found: list[Commitment | Issue] = []
    for kind in (Commitment, Issue):
        found += kind.objects.filter(ended_on=None, household__in=homes).select_related("owner", "household__village").defer("household__facts", "household__sealed")
    return sorted(found, key=lambda one: (one.due_on or date.max, one.household.village_id, one.household.code, one.pk))


def waiting_at(households: Sequence[int], now: datetime) -> list[tuple[str, int]]:
    """Return what waits at households: open slots of running windows, commitments, requests. It goes with them to who answers for them next."""
    asked = frozenset(households)
    open_slots = 0
    for day in VisitDay.objects.filter(opens__lte=now, closes__gt=now, cancelled_at=None):
        found = [slot for slot in day.slots.all() if slot.household_id in asked]
        open_slots += sum(one.state in WAITING for one in states(day, found, now).values())
    counted = [sum(pk in asked for pk in kind.objects.filter(ended_on=None).values_list("household", flat=True)) for kind in (Commitment, Issue)]
    return [(_("还没有访到的应访"), open_slots), (_("没有办完的承诺"), counted[0]), (_("没有办完的诉求和问题"), counted[1])]


def visits_of(household: Household, most: int = 12) -> list[Visit]:
    """Return the standing visits at a household, the newest first."""
    return list(standing_visits().filter(household=household).prefetch_related("went__officer").select_related("by")[:most])


def not_seen_since(officer: Officer, day: date) -> list[tuple[Household, date | None]]:
    """Return the households in scope that nobody of the chain saw at home on or after a day, with when they were seen last."""
    homes = Household.objects.in_scope(officer).filter(members__ends_on=None).distinct()
    named = StandIn.objects.filter(officer=OuterRef("went__officer"), slot__household=OuterRef("household"), slot__visit_day__date__lte=OuterRef("visited_on"),
                                   slot__visit_day__make_up_until__gte=OuterRef("visited_on"))  # fmt: skip
    counting = standing_visits().filter(Q(went__went_as__in=("caseworker", "post")) | Exists(named), mode="home", household__in=homes.values("pk"))
    seen = dict(counting.values_list("household").annotate(Max("visited_on")))
    rows = [(one, seen.get(one.pk)) for one in homes.select_related("village")]
    return sorted((row for row in rows if row[1] is None or row[1] < day), key=lambda row: (row[1] or date.min, row[0].village_id, row[0].code))
