"""Whether a household was seen on a visit day (帮扶日): one pure judge, told the time. It lives on the server alone.

Promises:
- slot_state answers for any facts and any `now`; the first state that fits, in the order of State, is the answer;
- it knows at `now` only what was known at `now`: what was received, accepted, issued, settled or said later is not looked at,
  so that the state of any earlier moment can be asked for again; `stands`, `waiting`, `draft` and `lost` are taken as they are now;
- there is one deadline for every way in, phone, office and sheet: in time is what was received before slot.deadline;
- a visit that does not count never makes a household covered, and a household with one is never `missed`;
- nothing here counts anything per officer.

Every instant is aware and compared as an instant; every date is a day of Asia/Shanghai. Working days are counted elsewhere:
a Slot brings O, C and P ready made. Which visits, excuses and channels belong to a slot is the query's matter.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction


class State(StrEnum):
    """What is known of a slot. The order is the order in which slot_state asks."""

    VOID = "void"
    UPCOMING = "upcoming"
    DONE_ON_DAY = "done_on_day"
    MADE_UP = "made_up"
    LATE_EVIDENCE = "late_evidence"
    EXCUSED = "excused"
    DUE = "due"
    MISSED = "missed"
    SILENT = "silent"


COVERED = frozenset({State.DONE_ON_DAY, State.MADE_UP, State.LATE_EVIDENCE})
WAITING = frozenset({State.UPCOMING, State.DUE, State.SILENT, State.MISSED})  # somebody has to go still, or to say that nobody went


class Credit(StrEnum):
    """What a counting visit is credited as."""

    ON_DAY = "on_day"
    MADE_UP = "made_up"


class Mode(StrEnum):
    """How a family was met. Which of them count is the town's setting."""

    HOME = "home"  # 入户
    PHONE = "phone"  # 电话
    WECHAT = "wechat"  # 微信
    VILLAGE_POINT = "village_point"  # 进村办点


class Visitor(StrEnum):
    """What somebody who went was to the household on the day of the visit."""

    CASEWORKER = "caseworker"
    POST = "post"  # held a post that covers the household
    STAND_IN = "stand_in"  # 代访, named for this slot
    OTHER = "other"  # any other officer: recorded, not counted


class ChannelKind(StrEnum):
    """By what a word about a slot can come back."""

    SHEET = "sheet"
    DEVICE = "device"


class Silence(StrEnum):
    """Why nothing is known after the window. The order says which is named when several are true."""

    SEEN_OTHERWISE = "seen_otherwise"  # it would be missed, but a visit that does not count stands beside it; no sheet and no phone to ask for
    NO_CONTACT_SINCE = "no_contact_since"
    RECORDS_WAITING = "records_waiting"
    DRAFT_ON_PHONE = "draft_on_phone"
    SHEET_NOT_BACK = "sheet_not_back"
    NOTHING_ISSUED = "nothing_issued"


@dataclass(frozen=True, slots=True)
class Slot:
    """One household on one visit day (应访).

    opens          O, visit_day 00:00
    closes         C, the midnight that ends make_up_until
    deadline       P, the midnight that ends the 3rd working day after make_up_until
    skipped        the visit day was skipped when the calendar was published
    cancelled_at   when the day was called off; from O on that is no longer possible and says nothing here
    out_of_scope_at  when the register or the chain let the household go (the moment it was entered); from O on slots are fixed
    """

    visit_day: date
    make_up_until: date
    opens: datetime
    closes: datetime
    deadline: datetime
    skipped: bool = False
    cancelled_at: datetime | None = None
    out_of_scope_at: datetime | None = None
    counted_modes: frozenset[Mode] = frozenset({Mode.HOME})


@dataclass(frozen=True, slots=True)
class VisitFact:
    """One visit as it reads today, after all its amendments; `received_at` is when this server first had it, which no amendment changes.

    `photos` were taken, `photos_stored` have arrived. `after_handover`: made by somebody whose assignment had ended, and accepted.
    """

    visited_on: date
    received_at: datetime
    mode: Mode = Mode.HOME
    went: tuple[Visitor, ...] = (Visitor.CASEWORKER,)
    stands: bool = True
    clock_uncertain: bool = False
    after_handover: bool = False
    photos: int = 0
    photos_stored: int = 0

    @property
    def qualifies(self) -> bool:
        """Whether one of those who went is enough for the visit to count."""
        return any(visitor is not Visitor.OTHER for visitor in self.went)


@dataclass(frozen=True, slots=True)
class ExcuseFact:
    """A reason not to go, given for this slot or standing over it. `accepted_at` None: proposed only; `until` None: for the whole slot."""

    accepted_at: datetime | None
    until: date | None = None
    stands: bool = True


@dataclass(frozen=True, slots=True)
class ChannelFact:
    """A sheet printed for the slot, or a device that was given it.

    settled_at  sheet: when it was typed, or came back blank and was marked so. Device: when it settled, kept after contact times are erased
    contact_at  of a device, the last contact
    waiting     numbers the device has made for this caseworker and the server has not stored
    draft       the device holds a draft for this slot
    lost        the device was reported lost: no contact settles it any more
    """

    kind: ChannelKind
    issued_at: datetime
    settled_at: datetime | None = None
    contact_at: datetime | None = None
    waiting: int = 0
    draft: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class StatementFact:
    """Somebody says “not visited”. `entitled`: the caseworker, or a post above."""

    said_at: datetime
    entitled: bool = True
    stands: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a slot is silent. `count` belongs to records_waiting, `since` to no_contact_since (None: no contact is known)."""

    code: Silence
    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlotState:
    """The answer. `credit` is there for covered states alone, `reason` for silent alone; `flags` never change the state.

    flags   of the counting visits: two_visits, after_handover, “evidence 1/3” while photos are missing; of the others: other_visit,
            phone_contact; of all that stand: clock_uncertain
    others  the days of visits that do not count, for the words 另有走访
    """

    state: State
    credit: Credit | None = None
    flags: tuple[str, ...] = ()
    reason: Reason | None = None
    others: tuple[date, ...] = ()


def credit_for(slot: Slot, visit: VisitFact) -> Credit | None:
    """Say what a visit is credited as; None when it does not count. Whether it came in time is another question."""
    if not (visit.stands and visit.qualifies and visit.mode in slot.counted_modes and slot.visit_day <= visit.visited_on <= slot.make_up_until):
        return None
    return Credit.ON_DAY if visit.visited_on == slot.visit_day else Credit.MADE_UP


def slot_state(slot: Slot, visits: Iterable[VisitFact], excuses: Iterable[ExcuseFact], channels: Iterable[ChannelFact],
               statement: StatementFact | None, now: datetime) -> SlotState:  # fmt: skip
    """Say what is known of a slot at `now`."""
    known = [visit for visit in visits if visit.received_at <= now]
    counting = [visit for visit in known if credit_for(slot, visit)]
    rest = [visit for visit in known if visit.stands and not credit_for(slot, visit)]  # what was withdrawn was no visit here
    flags, others = _flags(counting, rest), tuple(sorted({visit.visited_on for visit in rest}))

    def answer(state: State, credit: Credit | None = None, reason: Reason | None = None) -> SlotState:
        return SlotState(state, credit, flags, reason, others)

    if _is_void(slot, now):
        return answer(State.VOID)
    if now < slot.opens:
        return answer(State.UPCOMING)
    if counting:
        best = Credit.ON_DAY if any(credit_for(slot, visit) is Credit.ON_DAY for visit in counting) else Credit.MADE_UP
        if all(visit.received_at >= slot.deadline for visit in counting):
            return answer(State.LATE_EVIDENCE, best)
        return answer(State.DONE_ON_DAY if best is Credit.ON_DAY else State.MADE_UP, best)
    if any(_excuses(slot, excuse, now) for excuse in excuses):
        return answer(State.EXCUSED)
    if now < slot.closes:
        return answer(State.DUE)
    issued = [channel for channel in channels if channel.issued_at <= now]
    is_open = [channel for channel in issued if not _is_settled(slot, channel, now)]
    stated = statement is not None and statement.stands and statement.entitled and statement.said_at <= now
    if stated or (issued and not is_open):
        return answer(State.SILENT, reason=Reason(Silence.SEEN_OTHERWISE)) if rest else answer(State.MISSED)
    return answer(State.SILENT, reason=_silence(slot, is_open, now))


def _is_void(slot: Slot, now: datetime) -> bool:
    """Whether nobody was to go: the day was skipped or called off, or the household left, before the day began."""
    left = [moment for moment in (slot.cancelled_at, slot.out_of_scope_at) if moment is not None]
    return slot.skipped or any(moment <= now and moment < slot.opens for moment in left)


def _excuses(slot: Slot, excuse: ExcuseFact, now: datetime) -> bool:
    """Whether an excuse holds at `now`.

    One that reaches the last make-up date holds for good. One that ends sooner holds to the end of its last day; then the household is due again
    for what is left of the window.
    """
    if not excuse.stands or excuse.accepted_at is None or excuse.accepted_at > now:
        return False
    if excuse.until is None or excuse.until >= slot.make_up_until:
        return True
    return excuse.until >= slot.visit_day and now - slot.opens < excuse.until - slot.visit_day + timedelta(days=1)


def _is_heard(slot: Slot, device: ChannelFact, now: datetime) -> bool:
    return not device.lost and device.contact_at is not None and slot.closes <= device.contact_at <= now


def _is_settled(slot: Slot, channel: ChannelFact, now: datetime) -> bool:
    """Whether nothing more about the slot can come by this channel. What a device says before the window closes settles nothing."""
    if channel.settled_at is not None and channel.settled_at <= now and (channel.kind is ChannelKind.SHEET or channel.settled_at >= slot.closes):
        return True
    return channel.kind is ChannelKind.DEVICE and _is_heard(slot, channel, now) and channel.waiting <= 0 and not channel.draft


def _silence(slot: Slot, is_open: Sequence[ChannelFact], now: datetime) -> Reason:
    """Name the first reason, in the order of Silence, why a slot that is neither covered nor confirmed is silent."""
    devices = [channel for channel in is_open if channel.kind is ChannelKind.DEVICE]
    unheard = [device for device in devices if not _is_heard(slot, device, now)]
    if unheard:
        contacts = [device.contact_at for device in unheard if device.contact_at is not None and device.contact_at <= now]
        return Reason(Silence.NO_CONTACT_SINCE, since=min(contacts, default=None))
    if waiting := sum(device.waiting for device in devices if device.waiting > 0):
        return Reason(Silence.RECORDS_WAITING, count=waiting)
    if devices:
        return Reason(Silence.DRAFT_ON_PHONE)
    return Reason(Silence.SHEET_NOT_BACK if is_open else Silence.NOTHING_ISSUED)


def _flags(counting: Sequence[VisitFact], rest: Sequence[VisitFact]) -> tuple[str, ...]:
    photos, stored = sum(visit.photos for visit in counting), sum(min(visit.photos, visit.photos_stored) for visit in counting)
    said = {
        f"evidence {stored}/{photos}": stored < photos,
        "clock_uncertain": any(visit.clock_uncertain and visit.stands for visit in (*counting, *rest)),
        "two_visits": len(counting) > 1,
        "after_handover": any(visit.after_handover for visit in counting),
        "other_visit": bool(rest),
        "phone_contact": any(visit.mode in (Mode.PHONE, Mode.WECHAT) and visit.stands for visit in rest),
    }
    return tuple(flag for flag, is_so in said.items() if is_so)


@dataclass(frozen=True, slots=True)
class Sums:
    """How many slots are in each state, of a village, a cluster or the town: a parent is the sum of its children. `void` is outside `slots`."""

    void: int = 0
    upcoming: int = 0
    done_on_day: int = 0
    made_up: int = 0
    late_evidence: int = 0
    excused: int = 0
    due: int = 0
    missed: int = 0
    silent: int = 0
    evidence_pending: int = 0

    @property
    def slots(self) -> int:
        """All that are not void; the excused stay in it."""
        return self.upcoming + self.covered + self.excused + self.due + self.missed + self.silent

    @property
    def covered(self) -> int:
        return self.done_on_day + self.made_up + self.late_evidence

    @property
    def open(self) -> int:
        """To be seen still, or asked after."""
        return self.due + self.silent

    @property
    def rate(self) -> Fraction | None:
        """Covered ÷ slots not void (走访率); None when there is no such slot."""
        return Fraction(self.covered, self.slots) if self.slots else None

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def coverage(states: Iterable[SlotState]) -> Sums:
    """Count slots by state."""
    held = list(states)
    counts = Counter(found.state for found in held)
    pending = sum(any(flag.startswith("evidence ") for flag in found.flags) for found in held)
    return Sums(**{state.value: counts[state] for state in State} | {"evidence_pending": pending})
