"""What a check of two invented registers should find: worked out from the registers themselves, not from the plan.

Promises: one row per difference a careful clerk would list, with who is wrong and whether the two files alone can show
it. This is the generator's own reckoning; the engine's rules are written elsewhere and know nothing of it.
"""

import re
from dataclasses import dataclass, replace

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import citizen_id, sex_in_number

from .faults import masked
from .hard import FOLLOWS
from .planter import PARTS, Planted, Planter
from .town import SIDES, WORKING, Town

MALE = frozenset({"之子", "之父", "之女婿", "之孙子", "之外孙子", "之岳父", "之公公", "之祖父", "之外祖父"})
FEMALE = frozenset({"之女", "之母", "之儿媳", "之孙女", "之外孙女", "之岳母", "之婆婆", "之祖母", "之外祖母"})
STRUCTURE = {"doubled": "duplicate", "household_disagrees": "household_columns_disagree", "household_moved": "moved"}
_DOTS = re.compile(r"[·•・‧．. ]")


@dataclass(frozen=True, slots=True)
class Expected:
    """One row of truth.csv. wrong: system, handbook, both or neither; decidable: by the two files alone."""

    kind: str
    fault: str
    field: str
    village: str
    household: str
    person: str
    true_value: str
    booklet_value: str
    export_value: str
    wrong: str
    decidable: bool
    verdict: str
    note: str = ""


def verdict_of(wrong: str) -> str:
    return {"system": "system_wrong", "handbook": "handbook_wrong", "both": "both_wrong", "neither": "both_right"}[wrong]


def expected(planter: Planter) -> list[Expected]:
    """Return every difference between the two sides, household values once, and every fault of structure."""
    town = planter.town
    found: list[Expected] = []
    restructured = {int(town.household[one]) for fault in planter.structure if fault.kind in ("household_split", "household_merged")
                    for one in fault.persons}
    moved = {int(town.household[one]) for fault in planter.structure if fault.kind == "household_moved" for one in fault.persons}
    names = [name for name in town.compared() if name in FIELDS]
    unlike_their_village = {one for fault in planter.structure if fault.kind == "household_moved" for one in fault.persons}  # a column that village keeps
    for person in sorted({person for person, _ in planter.log} | unlike_their_village):
        if any(person in town.dropped[side] for side in SIDES):
            continue
        for name in names:
            fact = FIELDS[name]
            of_household = fact.of_household
            kind = planter.log.get((person, name))
            if kind == FOLLOWS or (of_household and person != _speaker(town, person) and not (name == "household_code" and kind == "married_away")):
                continue
            household = int(town.household[person])
            if (name == "household_size" and kind != "size_wrong") or (name == "household_code" and household in restructured) or (name == "village" and household in moved):
                continue
            ours, theirs = (_whole(town, person, name, town.value(side, person, name)) for side in SIDES)
            village = town.said["handbook"]["village"][person]
            hidden = name == "certificate_no" and (village in town.masked and masked(theirs or "") == ours)
            if hidden or (village in town.not_kept.get(name, ()) and ours is None):
                if name == "certificate_no" and theirs and not citizen_id(theirs):  # wrong by itself, whatever the booklet does not show
                    found.append(replace(_difference(planter, person, name, ours, theirs), kind="malformed", wrong="system", decidable=True, verdict="system_wrong"))
                continue
            if not _written_otherwise(name, ours, theirs):
                one = _difference(planter, person, name, ours, theirs)
                found.append(replace(one, kind="moved", field="", decidable=False) if (name, kind) == ("household_code", "married_away") else one)
    blank = [Expected("not_kept", "not_kept", name, village, "", "", "", "", "", "handbook", False, "undecided") for name, villages in
             [*town.not_kept.items(), ("certificate_no", town.masked)] if name in names for village in sorted(villages)]
    return found + blank + [row for fault in planter.structure for row in _structural(town, fault)]


def _whole(town: Town, person: int, name: str, said: str | None) -> str | None:
    """Return a number of 15 digits as the one of 18 it is an older form of."""
    true = town.true["certificate_no"][person]
    return true[:18] if name == "certificate_no" and said is not None and said == true[:6] + true[8:17] else said


def _written_otherwise(name: str, ours: str | None, theirs: str | None) -> bool:
    """Whether the two are one value, or one name with other dots."""
    return ours == theirs or (name == "name" and ours is not None and theirs is not None and _DOTS.sub("", ours) == _DOTS.sub("", theirs))


def _speaker(town: Town, person: int) -> int:
    """Return the household's first member that both registers list."""
    listed = [one for one in town.members(person) if not any(one in town.dropped[side] for side in SIDES)]
    return listed[0]


def _difference(planter: Planter, person: int, name: str, ours: str | None, theirs: str | None) -> Expected:
    town = planter.town
    fault = planter.log.get((person, "work_capacity" if name == "can_work" else name), "follows")
    right = town.true["work_capacity"][person] if name == "can_work" else town.true[name][person]
    if name == "can_work":
        right = "有" if right in WORKING else "无"
    if fault in ("other_period", "second_phone"):
        wrong = "neither"
    else:
        shown = {right, masked(right)} if name == "certificate_no" and "*" in (ours or "") else {right}
        wrong = "both" if right != theirs and ours not in shown else "system" if right != theirs else "handbook"
    of_household = FIELDS[name].of_household
    return Expected(
        "field", fault, name, town.true["village"][person], town.true["household_code"][person],
        "" if of_household and fault != "married_away" else town.true["person_code"][person], right or "", ours or "", theirs or "", wrong,
        decidable(town, person, name, wrong, fault), verdict_of(wrong))  # fmt: skip


def _structural(town: Town, fault: Planted) -> list[Expected]:
    person = fault.persons[0]
    about = (town.true["village"][person], town.true["household_code"][person])
    if fault.kind in ("person_missing", "head_died"):
        kind = "only_in_system" if fault.side == "handbook" else "only_in_handbook"
        left = fault.note in ("已去世或迁出", "户主已去世")
        counted = not left and "household_size" in town.fields[fault.side]
        wrong = ({"handbook": "system", "system": "handbook"} if left else {"handbook": "handbook", "system": "system"})[fault.side]
        return [Expected(kind, fault.kind, "", *about, town.true["person_code"][person], "", "", "", wrong, counted, verdict_of(wrong), fault.note)]
    if fault.kind in ("household_split", "household_merged"):
        # seen from the booklet: one household there is several in the export, or several are one
        several = "system" if fault.kind == "household_split" else "handbook"
        kind = "household_split" if fault.side == several else "household_merged"
        return [Expected(kind, fault.kind, "", *about, "", "", "", "", fault.side, False, verdict_of(fault.side), fault.note)]
    per_person = fault.kind == "doubled"
    name = fault.note if fault.kind == "household_disagrees" else ""
    decided = fault.kind in ("doubled", "household_disagrees")
    return [Expected(STRUCTURE[fault.kind], fault.kind, name, *about, town.true["person_code"][person] if per_person else "", "", "", "",
                     fault.side, decided, verdict_of(fault.side), fault.note)]


def decidable(town: Town, person: int, name: str, wrong: str, fault: str = "") -> bool:
    """Whether the two files alone show who is wrong: validity, arithmetic, or an empty cell that must not be empty."""
    ours, theirs = (town.value(side, person, name) for side in SIDES)
    numbers = {side: town.said[side]["certificate_no"][person] for side in SIDES}
    valid = {side: citizen_id(numbers[side]) for side in SIDES}
    if name == "certificate_no":
        if wrong == "both":  # a starred number cannot be checked by itself
            return not any(valid.values()) and not any("*" in (number or "") for number in numbers.values())
        return wrong in SIDES and _number_shows(town, person, wrong, numbers, valid)
    if wrong in ("both", "neither"):
        return wrong == "neither" and name.endswith("_fen") and all("income_period" in town.fields[side] for side in SIDES)
    if name in ("person_code", "household_code", "sex", "name") and (ours is None or theirs is None):
        return True
    proof = next((number for number in valid.values() if number), None)
    agreed = len({number for number in valid.values() if number}) == 1
    if fault == "code_reused":  # the code stands on another person of the same register, and the other side says so, too
        return True
    if name == "household_size":  # both registers list as many people as the other side says
        return True
    if name in ("sex", "birth_date"):
        return proof is not None and agreed and proof == town.true["certificate_no"][person][:18]
    if name == "relation_to_head":
        sexes = (sex_in_number(proof) if proof and agreed else None, town.value(wrong, person, name), town.true["relation_to_head"][person])
        return sexes[0] is not None and ((sexes[1] in MALE and sexes[0] == "女") or (sexes[1] in FEMALE and sexes[0] == "男"))
    if name in ("work_capacity", "can_work"):
        works = town.value(wrong, person, name) in (*WORKING, "有")
        return bool(works and proof and agreed and int(town.true["age"][person]) < 15)
    if name in ("resident_medical", "employee_medical"):
        both = {"resident_medical", "employee_medical"}
        if not both <= set(town.fields[wrong]):
            return False
        return bool(town.said[wrong]["resident_medical"][person] == town.said[wrong]["employee_medical"][person])
    if name == "name":
        return wrong == "handbook" and "head_name" in town.fields["handbook"] and bool(town.true["relation_to_head"][person] == "户主")
    if name.endswith("_fen"):
        return _adds_up(town, wrong, person) is False
    return False


def _number_shows(town: Town, person: int, wrong: str, numbers: dict[str, str | None], valid: dict[str, str | None]) -> bool:
    right = "system" if wrong == "handbook" else "handbook"
    if "*" in (numbers[right] or ""):
        return not valid[wrong]
    if not valid[right]:
        return False
    if not valid[wrong]:
        return True
    if valid[wrong] == valid[right]:  # a suffix is missing
        return len(numbers[wrong] or "") == 18 and any(town.said[side]["health_status"][person] == "残疾" for side in SIDES)
    if "sex" not in town.fields[wrong]:
        return False
    said = town.said[wrong]["sex"][person]
    return bool(sex_in_number(valid[wrong] or "") != said and sex_in_number(valid[right] or "") == said)


def _adds_up(town: Town, side: str, person: int) -> bool | None:
    """Whether a side's amounts agree with each other; None where it does not carry them."""
    need = {*PARTS, "business_cost_fen", "net_income_per_head_fen"}
    if not need <= set(town.fields[side]):
        return None
    amounts = {name: round(float(town.said[side][name][person]) * 100) for name in need}
    net = sum(amounts[name] for name in PARTS) - amounts["business_cost_fen"]
    return abs(amounts["net_income_per_head_fen"] - net / len(town.members(person))) <= 1
