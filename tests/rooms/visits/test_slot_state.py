"""What is known of a slot: the cases worked out by hand in tests/vectors, and what must hold whatever the facts are."""

import json
import random
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest

from bangfu.visits.rules import (
    COVERED,
    ChannelFact,
    ChannelKind,
    Credit,
    ExcuseFact,
    Mode,
    Reason,
    Silence,
    Slot,
    SlotState,
    State,
    StatementFact,
    Sums,
    VisitFact,
    Visitor,
    coverage,
    credit_for,
    slot_state,
)

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "slot_state.json").read_text(encoding="utf-8"))
SHANGHAI = timezone(timedelta(hours=8))
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def instant(text):
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


READ = {
    **dict.fromkeys(("visit_day", "make_up_until", "visited_on", "until"), date.fromisoformat),
    **dict.fromkeys(("opens", "closes", "deadline", "cancelled_at", "out_of_scope_at", "received_at", "accepted_at", "issued_at", "settled_at", "contact_at", "said_at"), instant),
    "mode": Mode, "kind": ChannelKind, "went": lambda names: tuple(map(Visitor, names)), "counted_modes": lambda names: frozenset(map(Mode, names)),
}  # fmt: skip


def fact(kind, told):
    return kind(**{name: READ.get(name, lambda same: same)(value) if value is not None else None for name, value in told.items()})


def asked(case):
    """Return the arguments of slot_state that a case tells of."""
    statement = case.get("statement")
    return (
        fact(Slot, VECTORS["slots"][case["slot"]] | case.get("slot_with", {})),
        [fact(VisitFact, one) for one in case.get("visits", [])],
        [fact(ExcuseFact, one) for one in case.get("excuses", [])],
        [fact(ChannelFact, one) for one in case.get("channels", [])],
        fact(StatementFact, statement) if statement else None,
        instant(case["now"]),
    )


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_slot_is_what_the_table_says(case):
    since = case.get("since")
    reason = Reason(Silence(case["reason"]), case.get("count", 0), instant(since) if since else None) if "reason" in case else None
    credit = Credit(case["credit"]) if "credit" in case else None
    expected = SlotState(State(case["state"]), credit, tuple(case.get("flags", [])), reason, tuple(map(date.fromisoformat, case.get("others", []))))
    assert slot_state(*asked(case)) == expected


def test_the_table_is_long_each_case_has_its_name_and_every_state_and_reason_occurs():
    cases = VECTORS["cases"]
    assert len({case["name"] for case in cases}) == len(cases) >= 150
    assert {case["state"] for case in cases} == set(State)
    assert {case.get("reason") for case in cases} - {None} == set(Silence)
    known = {"name", "slot", "slot_with", "now", "visits", "excuses", "channels", "statement", "state", "credit", "reason", "count", "since", "flags", "others"}
    assert all(set(case) <= known for case in cases)


# What must hold whatever the facts are: a few thousand slots drawn from a fixed seed, most instants at a boundary or a second beside it.

THURSDAY = fact(Slot, VECTORS["slots"]["thursday"])
EDGES = [THURSDAY.opens, THURSDAY.closes, THURSDAY.deadline, THURSDAY.opens + DAY, THURSDAY.opens + 2 * DAY, THURSDAY.closes + 5 * DAY]


class Drawn:
    """A slot with facts, drawn by a number."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        chance = self.dice.random
        self.slot = replace(
            THURSDAY, skipped=chance() < 0.03, cancelled_at=self.moment() if chance() < 0.1 else None, out_of_scope_at=self.moment() if chance() < 0.1 else None,
            counted_modes=frozenset(self.dice.sample(list(Mode), self.dice.randint(1, 2))) if chance() < 0.2 else THURSDAY.counted_modes)  # fmt: skip
        self.visits = [self.visit() for _ in range(self.dice.choice((0, 0, 1, 1, 2, 4)))]
        self.excuses = [ExcuseFact(self.moment() if chance() < 0.8 else None, self.day() if chance() < 0.7 else None, chance() < 0.8)
                        for _ in range(self.dice.choice((0, 0, 0, 1, 2)))]  # fmt: skip
        self.channels = [self.channel() for _ in range(self.dice.choice((0, 1, 1, 2, 3)))]
        self.statement = StatementFact(self.moment(), chance() < 0.8, chance() < 0.8) if chance() < 0.3 else None
        self.now = self.moment()

    def moment(self):
        return self.dice.choice(EDGES) + self.dice.choice((-1, 0, 1)) * self.dice.choice((SECOND, SECOND, timedelta(hours=7)))

    def day(self):
        return THURSDAY.visit_day + self.dice.randint(-2, 7) * DAY

    def visit(self):
        chance = self.dice.random
        return VisitFact(self.day(), self.moment(), self.dice.choice([Mode.HOME, Mode.HOME, *Mode]), tuple(self.dice.choices(list(Visitor), k=self.dice.randint(0, 3))),
                         chance() < 0.85, chance() < 0.2, chance() < 0.2, self.dice.randint(0, 3), self.dice.randint(0, 3))  # fmt: skip

    def channel(self):
        chance = self.dice.random
        return ChannelFact(self.dice.choice(list(ChannelKind)), THURSDAY.opens - DAY if chance() < 0.8 else self.moment(), self.moment() if chance() < 0.4 else None,
                           self.moment() if chance() < 0.7 else None, self.dice.choice((0, 0, 1, 3)), chance() < 0.2, chance() < 0.1)  # fmt: skip

    def found(self, **instead):
        facts = {"visits": self.visits, "now": self.now} | instead
        return slot_state(self.slot, facts["visits"], self.excuses, self.channels, self.statement, facts["now"])


@pytest.fixture(scope="module")
def drawn():
    return [Drawn(seed) for seed in range(6000)]


def test_any_facts_have_an_answer_with_a_credit_only_where_covered_and_a_reason_only_where_silent(drawn):
    answers = [one.found() for one in drawn]
    assert {found.state for found in answers} == set(State)
    for found in answers:
        assert (found.credit is not None) == (found.state in COVERED)
        assert (found.reason is not None) == (found.state is State.SILENT)


def test_times_that_make_no_sense_have_an_answer_too():
    first, last = datetime.min.replace(tzinfo=SHANGHAI), datetime.max.replace(tzinfo=UTC)
    for now in (first, last):
        for slot in (THURSDAY, replace(THURSDAY, closes=THURSDAY.opens - DAY, deadline=first), replace(THURSDAY, make_up_until=date.min), replace(THURSDAY, make_up_until=date.max)):
            for excuse in (ExcuseFact(first, date.min), ExcuseFact(first, date.max), ExcuseFact(last, None)):
                device = ChannelFact(ChannelKind.DEVICE, first, contact_at=first, waiting=-1)
                assert slot_state(slot, [VisitFact(date.max, first)], [excuse], [device], None, now).state in State


def test_the_order_in_which_facts_are_told_does_not_matter(drawn):
    for one in drawn:
        before = one.found()
        for facts in (one.visits, one.excuses, one.channels):
            one.dice.shuffle(facts)
        assert one.found() == before


def test_a_visit_that_does_not_count_changes_nothing_but_missed_to_silent(drawn):
    turned = 0
    for one in drawn:
        more = one.visit()
        more = replace(more, stands=True)
        if credit_for(one.slot, more):
            more = replace(more, went=(Visitor.OTHER,))
        before, after = one.found(), one.found(visits=[*one.visits, more])
        if before.state is State.MISSED and more.received_at <= one.now:
            assert (after.state, after.reason) == (State.SILENT, Reason(Silence.SEEN_OTHERWISE))
            turned += 1
        else:
            assert (after.state, after.credit, after.reason) == (before.state, before.credit, before.reason)
        assert more.received_at > one.now or (more.visited_on in after.others and "other_visit" in after.flags)
        assert after.state is not State.MISSED or not after.others
    assert turned > 20


def test_a_visit_that_counts_and_has_arrived_always_covers(drawn):
    for one in drawn:
        more = replace(one.visit(), visited_on=THURSDAY.visit_day, mode=next(iter(one.slot.counted_modes)), went=(Visitor.OTHER, Visitor.STAND_IN), stands=True)
        after = one.found(visits=[*one.visits, more])
        if more.received_at <= one.now and after.state not in (State.VOID, State.UPCOMING):
            assert after.state in COVERED and after.credit is Credit.ON_DAY


def test_once_covered_always_covered_and_never_less_than_it_was(drawn):
    best = [State.DONE_ON_DAY, State.MADE_UP, State.LATE_EVIDENCE]
    for one in drawn:
        before = None
        for now in sorted({edge + step for edge in [*EDGES, one.now] for step in (-SECOND, timedelta(0), SECOND)}):
            found = one.found(now=now)
            if before is not None:
                assert found.state in COVERED
                assert found.credit is before.credit or before.credit is Credit.MADE_UP
                assert best.index(found.state) <= best.index(before.state)
            before = found if found.state in COVERED else None


def test_what_is_not_yet_known_is_not_looked_at(drawn):
    for one in drawn:
        known = [visit for visit in one.visits if visit.received_at <= one.now]
        assert one.found() == one.found(visits=known)


def test_every_slot_is_in_exactly_one_column_and_a_parent_is_the_sum_of_its_children(drawn):
    answers = [one.found() for one in drawn]
    whole = coverage(answers)
    assert whole.slots + whole.void == len(answers)
    assert whole.covered == sum(found.state in COVERED for found in answers) == whole.done_on_day + whole.made_up + whole.late_evidence
    assert {state.value: getattr(whole, state) for state in State} == {state.value: sum(found.state is state for found in answers) for state in State}
    assert whole.evidence_pending == sum(found.flags[:1] != () and found.flags[0].startswith("evidence ") for found in answers) > 0
    villages = [coverage(answers[start:start + 700]) for start in range(0, len(answers), 700)]
    assert sum(villages, Sums()) == whole
    assert sum(reversed(villages), Sums()) == whole and whole + Sums() == whole


def test_the_rate_is_covered_by_slots_not_void_and_nothing_where_there_is_none():
    told = [State.DONE_ON_DAY, State.MADE_UP, State.LATE_EVIDENCE, State.EXCUSED, State.SILENT, State.VOID]
    sums = coverage(map(SlotState, told))
    assert (sums.slots, sums.covered, sums.rate) == (5, 3, Fraction(3, 5))
    assert coverage([]).rate is None and coverage([SlotState(State.VOID)]).rate is None
    assert {one.name for one in fields(Sums)} == {*State, "evidence_pending"}
