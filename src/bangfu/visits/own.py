"""What one officer goes to: own households and what each waits for, own villages, and visits at households that are another's by now."""

from dataclasses import dataclass, field
from datetime import date, datetime

from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.chain.queries import span
from bangfu.registry.models import Area, Household
from bangfu.registry.queries import current_members

from . import queries, verification
from .models import Commitment, Issue, Slot, Visit, VisitDay
from .rules import WAITING, SlotState, Sums

PAST = 30


@dataclass
class Own:
    """A household of one's own: what is open and to be looked at there, the standing visits of before (the newest), its slot of the day and what is known of it."""

    household: Household
    promised: list[Commitment] = field(default_factory=list)
    asked: list[Issue] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    last: Visit | None = None
    slot: Slot | None = None
    state: SlotState | None = None

    @property
    def waits(self) -> bool:
        """Whether the household is to be seen still on the day."""
        return self.state is not None and self.state.state in WAITING

    @property
    def due_on(self) -> date:
        """The first day something open is due."""
        return min((one.due_on for one in (*self.promised, *self.asked) if one.due_on), default=date.max)


def day_at(officer: Officer, now: datetime) -> VisitDay | None:
    """Return the visit day that matters now: the first whose window is not over, else the last that was."""
    days = queries.visit_days(officer).filter(cancelled_at=None)
    return days.filter(closes__gt=now).order_by("date").first() or days.first()


def households(officer: Officer, day: VisitDay | None, now: datetime) -> list[Own]:
    """Return the households an officer is the caseworker of, or looks after, today: those still to be seen first, then what is due first."""
    _villages, keys = span(officer, clock.day_of(now))
    homes = Household.objects.filter(pk__in=keys).select_related("village", "source").prefetch_related(current_members()).order_by("village", "villager_group", "code")
    own = {one.pk: Own(one) for one in homes}
    for kind, name in ((Commitment, "promised"), (Issue, "asked")):
        for item in kind.objects.filter(household__in=own, ended_on=None).select_related("owner").order_by(*queries.FIRST_DUE):
            getattr(own[item.household_id], name).append(item)
    for pk, items in verification.open_by_household(list(own)).items():
        own[pk].checks = [verification.question(one) for one in items]
    for visit in queries.standing_visits().filter(household__in=own).prefetch_related("went__officer").order_by("visited_on", "pk"):
        own[visit.household_id].last = visit
    if day is not None:
        found = list(day.slots.filter(household__in=own).select_related("household"))
        said = queries.states(day, found, now)
        for slot in found:
            own[slot.household_id].slot, own[slot.household_id].state = slot, said[slot.pk]
    return sorted(own.values(), key=lambda one: (not one.waits, one.due_on, one.household.village_id, one.household.code))


def villages(officer: Officer, day: VisitDay | None, now: datetime) -> list[tuple[Area, Sums | None]]:
    """Return the villages an officer holds a post over today, each with the sums of the day."""
    codes, _keys = span(officer, clock.day_of(now))
    sums = {}
    if day is not None and codes:
        found = [slot for slot in queries.slots(day, officer) if slot.household.village_id in codes]
        sums = queries.sums_by_village(found, queries.states(day, found, now))
    return [(one, sums.get(one.code)) for one in Area.objects.filter(code__in=codes)]


def handed_over(officer: Officer) -> list[Visit]:
    """Return one's own standing visits at households that lie in one's scope no longer, the newest first (protection A7)."""
    rows = queries.standing_visits().filter(went__officer=officer).exclude(household__in=Household.objects.in_scope(officer))
    return list(rows.select_related("household__village")[:PAST])
