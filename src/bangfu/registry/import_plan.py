"""What an import would do, said household by household before anything is done: a file's rows against what the register holds.

Promises: nothing is asked of a clock, a file or a database (the register is a Register that is given); an empty cell and a missing
column change nothing; nobody recorded as dead or gone comes back silently; nobody is said to have left whose row was stopped.
Plans hold values in the open, level A too: whoever keeps `to_json` keeps it sealed.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from bangfu.engines.relations.identity import is_placeholder
from bangfu.engines.relations.refusals import Problem

from .import_rows import FilePerson, Group, Reading, birth_of

KINDS = ("wrong", "leaves", "enters", "changes", "same")
TAKEN_IN = frozenset({"enters", "changes", "leaves"})  # what a plan's `sound` must be for a tick
LEFT = {"death": "去世", "marriage": "嫁出", "move": "迁出"}
SOME = 300  # households of the register read at a time


@dataclass(frozen=True, slots=True)
class HeldMember:
    """A person of a household on the register. ended: "" = present, death, marriage, move, or left (no longer there, why is not known)."""

    person: int
    number: str
    code: str
    name: str
    birth_date: str
    relation: str
    values: Mapping[str, str]
    ended: str = ""

    def told(self, column: str) -> str:
        """Return what the register holds in a column."""
        known = {"name": self.name, "person_code": self.code, "birth_date": self.birth_date, "relation_to_head": self.relation}
        return known[column] if column in known else self.values.get(column, "")


@dataclass(frozen=True, slots=True)
class Held:
    """A household of the register: `values` by column, `members` present and former, each person once."""

    code: str
    village_code: str
    version: int
    values: Mapping[str, str]
    members: tuple[HeldMember, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the register has a person who is looked for by number or code: the present household, else the last one."""

    person: int
    number: str
    code: str
    name: str
    birth_date: str
    household: str
    village_code: str
    ended: str = ""


class Register(Protocol):
    """What a plan asks of the register; answers may come in any order."""

    def codes_of(self, village: str) -> Iterable[str]:
        """Return the codes of a village's households."""

    def households(self, codes: Sequence[str]) -> Iterable[Held]:
        """Return the households with these codes, wherever they are."""

    def persons(self, numbers: Sequence[str], codes: Sequence[str]) -> Iterable[Seen]:
        """Return the persons with one of these certificate numbers or person codes, wherever they are or were."""


@dataclass(frozen=True, slots=True)
class Line:
    """One value that would change. `who`: the person, None = the household itself; `row`: the margin's number, 0 = none."""

    row: int
    who: int | None
    name: str
    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Join:
    """A person who would become a member. `who`: known to the register already; `came_from`: the household they would leave for it."""

    row: int
    name: str
    birth_date: str
    values: Mapping[str, str]
    who: int | None = None
    came_from: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """A present member who is not in the file. `goes_to`: the household of the file they stand in instead."""

    who: int
    name: str
    birth_date: str
    relation: str
    goes_to: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What the file says of a person and nobody may decide but an officer; until then nothing is done about this person's place."""

    row: int
    who: int | None
    name: str
    birth_date: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class HouseholdPlan:
    """What would happen to one household. kind: see KINDS; `sound`: what its readable part would do, "" = nothing can be taken in.

    `version` is the register's when it was compared, 0 for a household that enters. `head`, `group`, `size` are for people.
    """

    code: str
    village_code: str
    kind: str
    sound: str
    version: int = 0
    head: str = ""
    group: str = ""
    size: int = 0
    rows: tuple[int, ...] = ()
    lines: tuple[Line, ...] = ()
    joins: tuple[Join, ...] = ()
    leaves: tuple[Leave, ...] = ()
    questions: tuple[Question, ...] = ()
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> str:
        """Return the whole plan as text that from_json reads."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "HouseholdPlan":
        """Return the plan that to_json wrote."""
        said = json.loads(text)
        parts = {"lines": Line, "joins": Join, "leaves": Leave, "questions": Question, "problems": Problem}
        for name, made in parts.items():
            said[name] = tuple(made(**one) for one in said[name])
        return cls(**{**said, "rows": tuple(said["rows"])})


def place(one: HouseholdPlan) -> tuple[int, str, str]:
    """Return the key by which plans stand on the page: wrong first, then leaves, enters, changes; by village and household."""
    return KINDS.index(one.kind), one.village_code, one.code


def counts(plans: Iterable[HouseholdPlan]) -> dict[str, int]:
    """Return how many households there are of each kind."""
    found = Counter(one.kind for one in plans)
    return {kind: found[kind] for kind in KINDS}


@dataclass
class _Draft:
    """A household while it is compared."""

    group: Group
    held: Held | None
    village: str
    lines: list[Line] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    new: list[FilePerson] = field(default_factory=list)
    taken: bool = True

    def ask(self, code: str, person: FilePerson, who: int | None, words: str) -> None:
        self.questions.append(Question(person.row, who, person.name, person.birth_date, code, words))


def plan(reading: Reading, register: Register, *, villages: Iterable[str] | None = None) -> Iterator[HouseholdPlan]:
    """Compare a file with the register; plans come as they are found, sort them by `place`.

    `villages`: those of which the file is the whole register, so that a household it lacks leaves; by default all that occur in it.
    """
    whole = tuple(reading.villages if villages is None else villages)
    for groups in reading:
        held = {one.code: one for one in register.households([group.code for group in groups if group.code])}
        drafts = [_compare(group, held.get(group.code), reading) for group in groups]
        _place_the_new(drafts, reading, register, frozenset(whole))
        yield from map(_said, drafts)
    for village in whole:
        lacking = [code for code in register.codes_of(village) if code not in reading.codes]
        for at in range(0, len(lacking), SOME):
            for one in register.households(lacking[at:at + SOME]):
                if gone := _leaving(one, reading):
                    yield gone


def _compare(group: Group, held: Held | None, reading: Reading) -> _Draft:
    area = {code: name for name, code in reading.area.items()}
    draft = _Draft(group, held, group.village_code or (held.village_code if held else ""), problems=list(group.problems))
    if all(person.stopped for person in group.persons):
        draft.taken = False
    elif held and held.village_code not in area:
        draft.taken = False
        draft.problems.append(reading.problem("outside_area", "这个户编号在册上属于别的地方，不在您的管理范围，这一户不导入。请核对户编号。", group.rows[0], name="household_code"))
    elif not draft.village:
        draft.taken = False
        if all(problem.code != "household_columns_disagree" for problem in group.problems):
            draft.problems.append(reading.problem("required_empty", "没有填写，册上也没有这一户，这一户不导入。请补填后重新导入。", group.rows[0], name="village"))
    if not draft.taken:
        return draft
    if held and held.village_code != draft.village:
        draft.lines.append(Line(group.rows[0], None, "", "village", area[held.village_code], area[draft.village]))
    known = held.values if held else {}
    draft.lines += [Line(row, None, "", column, known.get(column, ""), new) for column, (new, row) in group.values.items() if known.get(column, "") != new]
    matched = _matched(group.persons, held.members if held else ())
    for at, person in enumerate(group.persons):
        member = matched.get(at)
        if person.stopped:
            continue
        if member is None and not person.name:
            draft.problems.append(reading.problem("required_empty", "没有填写，这个人编号册上也没有，这一行不导入。请补填后重新导入。", person.row, name="name"))
        elif member is None:
            if not person.gone:
                draft.new.append(person)
        elif member.ended == "left" and not person.gone:
            draft.joins.append(Join(person.row, person.name, person.birth_date, person.values, member.person))
        elif member.ended:
            if not person.gone:
                draft.ask("ended", person, member.person, f"册上记着已{LEFT[member.ended]}，文件里还在这一户。先不改；人还在的，请到这一户更正人口变动。")
        else:
            draft.lines += _lines(member, person)
            if person.gone:
                draft.ask("gone", person, member.person, "文件里记为自然减少，册上还在这一户。请核实后登记人口变动。")
    unknown = any(person.stopped and at not in matched for at, person in enumerate(group.persons))
    if held and not unknown:  # a stopped row may be anybody's
        present = {member.person for member in matched.values()}
        draft.leaves += _not_in_file((one for one in held.members if one.person not in present), group.code, reading)
    return draft


def _matched(persons: Sequence[FilePerson], members: Sequence[HeldMember]) -> dict[int, HeldMember]:
    """Return who of the register each person of the file is: by number, else code, else name and birth, else name and relation if unique.

    Whoever is left may still be somebody who died, married out or moved out and whom the file tells of by a faulty number or by none: by name.
    """
    free = {member.person: member for member in sorted(members, key=lambda one: bool(one.ended))}
    open_ = dict(enumerate(persons))
    found: dict[int, HeldMember] = {}
    steps = (
        (lambda one: (one.number,), lambda one: (one.number,)),
        (lambda one: (one.code,), lambda one: (one.code,)),
        (lambda one: (one.name, one.birth_date), lambda one: (one.name, one.birth_date)),
        (lambda one: (one.name, one.values.get("relation_to_head", "")), lambda one: ("" if one.ended else one.name, one.relation)),
        (lambda one: (one.name,), lambda one: (one.name if one.ended in LEFT else "",)),
    )
    for of_person, of_member in steps:
        if not open_ or not free:
            break
        there: dict[tuple[str, ...], list[HeldMember]] = {}
        here: dict[tuple[str, ...], list[int]] = {}
        for member in free.values():
            there.setdefault(of_member(member), []).append(member)
        for at, person in open_.items():
            here.setdefault(of_person(person), []).append(at)
        for key, places in here.items():
            fitting = there.get(key, [])
            fitting = [one for one in fitting if not one.ended] or fitting
            if all(key) and len(places) == 1 and len(fitting) == 1:
                found[places[0]] = free.pop(fitting[0].person)
                del open_[places[0]]
    return found


def _lines(member: HeldMember, person: FilePerson) -> list[Line]:
    lines = []
    for column, new in person.values.items():
        old = member.told(column)
        if column == "certificate_no" and old and is_placeholder(new) and not is_placeholder(old):
            continue  # "no number yet" is no number
        if column != "birth_date" and new != old:
            lines.append(Line(person.row, member.person, member.name, column, old, new))
    renumbered = any(line.column == "certificate_no" for line in lines)
    said = person.values.get("birth_date", "")
    born = birth_of(person.values.get("certificate_no", "") if renumbered else member.told("certificate_no"), said)
    if born and born != member.birth_date and (said or renumbered):
        lines.append(Line(person.row, member.person, member.name, "birth_date", member.birth_date, born))
    return lines


def _not_in_file(members: Iterable[HeldMember], code: str, reading: Reading) -> Iterator[Leave]:
    for one in members:
        if one.ended:
            continue
        others = [other for other in reading.where(one.number, one.code) if other != code]
        if "" not in others:  # their row was stopped, they have not left
            yield Leave(one.person, one.name, one.birth_date, one.relation, others[0] if others else "")


def _place_the_new(drafts: Sequence[_Draft], reading: Reading, register: Register, whole: frozenset[str]) -> None:
    """Say of everybody who is not in the household on the register whether they are new, come from elsewhere, or must be asked about."""
    new = [person for draft in drafts for person in draft.new]
    recoded = {line.new for draft in drafts for line in draft.lines if line.column == "person_code"}
    numbers, codes = [one.number for one in new if one.number], [*(one.code for one in new if one.code), *recoded]
    seen = list(register.persons(numbers, codes)) if numbers or codes else []
    by_number = {one.number: one for one in seen if one.number}
    by_code = {one.code: one for one in seen if one.code}
    area = frozenset(reading.area.values())
    for draft in drafts:
        for line in [line for line in draft.lines if line.column == "person_code" and line.new in by_code and by_code[line.new].person != line.who]:
            draft.lines.remove(line)
            draft.questions.append(Question(line.row, line.who, line.name, "", "code_taken", "文件里的人编号在册上是另一个人的，先不改。请核对人编号。"))
        for person in draft.new:
            _settle(draft, person, by_number.get(person.number) if person.number else None, by_code.get(person.code) if person.code else None, reading, area, whole)


def _settle(draft: _Draft, person: FilePerson, own: Seen | None, coded: Seen | None, reading: Reading, area: frozenset[str], whole: frozenset[str]) -> None:
    others = [code for code in reading.where(person.number, person.code) if code and code != draft.group.code]
    if coded and own is None and (coded.name == person.name or not person.number or not coded.number):
        own = coded
    if coded and (own is None or own.person != coded.person):
        draft.ask("code_taken", person, coded.person, "文件里的人编号在册上是另一个人的，这个人先不登记。请核对人编号和证件号码。")
        return
    join = Join(person.row, person.name, person.birth_date, person.values, own.person if own else None)
    if own and own.ended == "death":
        draft.ask("ended", person, own.person, "册上记着已去世，文件里又在这一户。先不登记，请核实。")
        return
    if own and not own.ended and own.household != draft.group.code:
        if own.household in others:
            draft.ask("twice", person, own.person, f"文件里在户 {own.household} 也有，册上在那一户。先不改，请核实在哪一户。")
            return
        if own.village_code not in whole and own.household not in reading.codes:
            where = f"户 {own.household}" if own.village_code in area else "别的地方"
            draft.ask("elsewhere", person, own.person, f"册上现在在{where}，这份文件没有那一户。先不改；确实搬来的，请先在那边登记迁出。")
            return
        join = replace(join, came_from=own.household)
    elif others:
        draft.ask("twice", person, None, f"文件里在户 {others[0]} 也有同一个人，请核实在哪一户。")
    draft.joins.append(join)


def _said(draft: _Draft) -> HouseholdPlan:
    group, held = draft.group, draft.held
    differs = draft.lines or draft.joins or draft.leaves or draft.questions
    sound = "" if not draft.taken or (held is None and not draft.joins) else "enters" if held is None else "changes" if differs else "same"
    kind = "wrong" if draft.problems or (not sound and draft.questions) else sound or "same"  # a household of which all have died already does not enter
    here = [one for one in group.persons if not one.gone]
    head = next((one for one in here if one.values.get("relation_to_head") == "户主"), here[0] if here else None)
    villager_group = group.values["villager_group"][0] if "villager_group" in group.values else held.values.get("villager_group", "") if held else ""
    return HouseholdPlan(
        group.code, draft.village, kind, sound, held.version if held else 0, head.name if head else "", villager_group,
        len(here), group.rows, tuple(draft.lines), tuple(draft.joins), tuple(draft.leaves), tuple(draft.questions), tuple(draft.problems))  # fmt: skip


def _leaving(held: Held, reading: Reading) -> HouseholdPlan | None:
    """Return the plan of a household the file lacks, None when nobody is in it, or somebody's row was stopped."""
    present = [one for one in held.members if not one.ended]
    leaves = tuple(_not_in_file(present, held.code, reading))
    if not present or len(leaves) < len(present):
        return None
    head = next((one for one in present if one.relation == "户主"), present[0])
    return HouseholdPlan(held.code, held.village_code, "leaves", "leaves", held.version, head.name, held.values.get("villager_group", ""), len(present), leaves=leaves)
