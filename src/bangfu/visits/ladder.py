"""The ladder by which a visit day is asked after, as pure rules: which step is due when, and of what it speaks. No clock, no Django, no file.

A step is told once per addressee and visit day. Steps of the day itself count working days from it; who has no word, or was missed, is asked
after from the first working day on or after the closing midnight; the round-up comes on the first working day after the deadline; what the partner units are told
comes with the last working day of the month, to the office, which passes it on.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bangfu.base.calendar_rules import SHANGHAI, Days, last_working_day

from .rules import SlotState, State

GRACE = timedelta(days=4)  # a step that could not be told in time is told so much later, and no later: nobody gets old reminders when a town begins


class Step(StrEnum):
    """Steps from the caseworker upward."""

    OWN = "own"
    VILLAGE = "village"
    NO_WORD = "no_word"
    MISSED = "missed"
    ROUND_UP = "round_up"
    MONTH = "month"


class Base(StrEnum):
    """From what a step's working days are counted."""

    DAY = "day"
    CLOSE = "close"
    DEADLINE = "deadline"
    MONTH_END = "month_end"


class To(StrEnum):
    """Who is told: holders of links and posts of the village (or of its cluster), the caseworker, the town office."""

    CASEWORKER = "caseworker"
    VILLAGE_TEAM_MEMBER = "village_team_member"
    VILLAGE_TEAM_LEADER = "village_team_leader"
    VILLAGE_SPONSOR = "village_sponsor"
    FIRST_SECRETARY = "first_secretary"
    VILLAGE_PARTY_SECRETARY = "village_party_secretary"
    CLUSTER_LEADER = "cluster_leader"
    TOWN_OFFICE = "town_office"


BASES = {Step.OWN: Base.DAY, Step.VILLAGE: Base.DAY, Step.NO_WORD: Base.CLOSE, Step.MISSED: Base.CLOSE, Step.ROUND_UP: Base.DEADLINE,
         Step.MONTH: Base.MONTH_END}
SPEAKS_OF = {Step.OWN: frozenset({State.DUE}), Step.VILLAGE: frozenset({State.DUE}), Step.NO_WORD: frozenset({State.SILENT}),
             Step.MISSED: frozenset({State.MISSED, State.SILENT}), Step.ROUND_UP: frozenset({State.MISSED, State.SILENT}), Step.MONTH: frozenset()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rung:
    """One step as a town has it: whether it is told, so many working days after its base, at what time of the day, to whom."""

    step: Step
    on: bool
    days: int
    at: time
    to: tuple[To, ...]


DEFAULT = (
    Rung(Step.OWN, False, 0, time(19), (To.CASEWORKER,)),
    Rung(Step.VILLAGE, False, 1, time(9), (To.VILLAGE_TEAM_LEADER, To.VILLAGE_TEAM_MEMBER)),
    Rung(Step.NO_WORD, True, 0, time(8, 30), (To.TOWN_OFFICE, To.VILLAGE_TEAM_MEMBER)),
    Rung(Step.MISSED, True, 0, time(9), (To.VILLAGE_SPONSOR, To.FIRST_SECRETARY, To.VILLAGE_PARTY_SECRETARY)),
    Rung(Step.ROUND_UP, True, 0, time(9), (To.CLUSTER_LEADER, To.TOWN_OFFICE, To.VILLAGE_TEAM_LEADER)),
    Rung(Step.MONTH, True, 0, time(9), (To.TOWN_OFFICE,)),
)


def moment(rung: Rung, *, day: date, closes: datetime, deadline: datetime, days: Days) -> datetime:
    """Return when a step of a visit day is told, in Shanghai. The first working day is the base's own if that is one.

    The month's step is told on the last working day of the visit day's month, or so many working days before it.
    """
    if rung.step is Step.MONTH:
        return datetime.combine(days.add_working_days(last_working_day(day.year, day.month, days), -rung.days), rung.at, SHANGHAI)
    base = {Base.DAY: day, Base.CLOSE: closes.astimezone(SHANGHAI).date(), Base.DEADLINE: deadline.astimezone(SHANGHAI).date()}[BASES[rung.step]]
    first = base if rung.step in (Step.OWN, Step.VILLAGE) or days.is_working(base) else days.next_working(base)
    return datetime.combine(days.add_working_days(first, rung.days) if rung.days else first, rung.at, SHANGHAI)


def is_due(told_at: datetime, now: datetime) -> bool:
    """Whether a step's moment has come, and is not too long ago."""
    return told_at <= now < told_at + GRACE


def speaks_of(step: Step, found: SlotState, *, sheet_out: bool) -> bool:
    """Whether a step speaks of a slot. While there is time still, one whose sheet is out is left out: paper comes back by itself."""
    return found.state in SPEAKS_OF[step] and not (sheet_out and step in (Step.OWN, Step.VILLAGE))


def to_correct(told: Iterable[int], corrected: Collection[int], late: Collection[int]) -> list[int]:
    """Return of which slots an earlier reminder is to be corrected: told as missed or silent, covered by late evidence since, not corrected yet."""
    return sorted(set(told) & set(late) - set(corrected))
