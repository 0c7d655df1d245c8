"""Faults planted in a true town: on one side, on both, or none at all though the two differ.

Promises: a fault stays in fields that both files carry; nobody is hit twice unless asked for (`several`); what differs in
the end, and who is wrong, is worked out from the two registers by truth.py, not from what was meant here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from . import words
from .town import SIDES, Town

WHO = ("system", "handbook", "both", "neither")
WHO_SHARES = (0.45, 0.35, 0.10, 0.10)
HOUSEHOLD_STALE = ("poverty_cause", "poverty_kind", "lifted_year", "dangerous_house", "safe_water", "monitored_from", "household_phone",
                   "risk_1", "household_kind", "caseworker_name")
CHOICES = {
    "poverty_cause": ["因病", "因残", "因学", "缺技术", "缺劳动力", "缺资金", "因灾"], "poverty_kind": ["一般贫困户", "低保贫困户", "一般农户"],
    "lifted_year": ["2014", "2015", "2016"], "dangerous_house": ["是", "否"], "safe_water": ["是", "否"],
    "monitored_from": ["2015-03", "2015-09", "2016-02", "2016-11"], "household_kind": ["脱贫户", "一般农户"],
    "risk_1": ["因病", "因残", "因学", "缺劳动力", "因自然灾害"],
    "education_level": ["文盲或半文盲", "小学", "初中", "高中"], "health_status": ["健康", "长期慢性病", "患有大病"],
    "resident_medical": ["是", "否"], "resident_pension": ["是", "否"], "serious_illness_cover": ["是", "否"], "employee_medical": ["是", "否"],
    "subsistence_allowance": ["农村低保", "未享受"], "ethnicity": ["汉族", "壮族", "瑶族"], "work_months": [str(n) for n in range(13)],
}  # fmt: skip
STAGES = ["学前教育", "小学", "七年级", "八年级", "九年级", "普通高中一年级", "普通高中二年级", "普通高中三年级"]
PARTS = ("wage_income_fen", "business_income_fen", "property_income_fen", "transfer_income_fen")


@dataclass
class Planted:
    """What was done to the structure of a side; differences of values are found by comparing."""

    kind: str
    side: str
    persons: list[int]
    note: str = ""


@dataclass
class Planter:
    """Plants faults in one town; `log` names the kind of fault of each (person, field), `structure` the rest."""

    town: Town
    rng: np.random.Generator
    hard: bool = False
    log: dict[tuple[int, str], str] = field(default_factory=dict)
    structure: list[Planted] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)  # households

    def set(self, side: str, person: int, name: str, value: str | None, kind: str) -> bool:
        """Write a value on one side; False when it says so already."""
        column = self.town.said[side][name]
        if column[person] == value:
            return False
        if side == "handbook" and self.town.true["village"][person] in self.town.not_kept.get(name, ()):
            return False
        column[person] = value
        self.log[person, name] = kind
        return True

    def set_household(self, side: str, person: int, name: str, value: str | None, kind: str) -> bool:
        return all([self.set(side, one, name, value, kind) for one in self.town.members(person)])

    def other(self, name: str, value: str | None) -> str:
        return str(self.rng.choice([choice for choice in CHOICES[name] if choice != value]))

    def wrong_sides(self, who: str) -> tuple[str, ...]:
        return SIDES if who == "both" else (who,)


Fault = Callable[[Planter, int, str], bool]


def _digit(planter: Planter, text: str) -> str:
    at = int(planter.rng.integers(6, len(text[:18]) - 1))
    return text[:at] + str((int(text[at]) + int(planter.rng.integers(1, 10))) % 10) + text[at + 1:]


def id_digit(planter: Planter, person: int, who: str) -> bool:
    number = planter.town.true["certificate_no"][person]
    done = [planter.set(side, person, "certificate_no", _digit(planter, number), "id_digit") for side in planter.wrong_sides(who)]
    return all(done)


def id_swap(planter: Planter, person: int, who: str) -> bool:
    number = planter.town.true["certificate_no"][person]
    places = [at for at in range(6, 16) if number[at] != number[at + 1]]
    at = int(planter.rng.choice(places))
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2:]
    return who != "both" and planter.set(who, person, "certificate_no", swapped, "id_swap")


def id_missing(planter: Planter, person: int, who: str) -> bool:
    return who != "both" and planter.set(who, person, "certificate_no", None, "id_missing")


def suffix_missing(planter: Planter, person: int, who: str) -> bool:
    number = planter.town.true["certificate_no"][person]
    return who != "both" and len(number) > 18 and planter.set(who, person, "certificate_no", number[:18], "suffix_missing")


def _exchange(planter: Planter, person: int, who: str, name: str, kind: str) -> bool:
    others = [one for one in planter.town.members(person) if one != person]
    if who == "both" or not others:
        return False
    other = int(planter.rng.choice(others))
    column = planter.town.said[who][name]
    mine, theirs = column[person], column[other]
    return planter.set(who, person, name, theirs, kind) and planter.set(who, other, name, mine, kind)


def ids_exchanged(planter: Planter, person: int, who: str) -> bool:
    return _exchange(planter, person, who, "certificate_no", "ids_exchanged")


def codes_exchanged(planter: Planter, person: int, who: str) -> bool:
    return _exchange(planter, person, who, "person_code", "codes_exchanged")


def relation_swapped(planter: Planter, person: int, who: str) -> bool:
    members = list(planter.town.members(person))
    relations = planter.town.true["relation_to_head"]
    spouse = next((one for one in members if relations[one] == "配偶"), None)
    if who == "both" or spouse is None:
        return False
    return (planter.set(who, members[0], "relation_to_head", "配偶", "relation_swapped")
            and planter.set(who, spouse, "relation_to_head", "户主", "relation_swapped"))


def relation_against_sex(planter: Planter, person: int, who: str) -> bool:
    turned = {"之子": "之女", "之女": "之子", "之父": "之母", "之母": "之父", "之孙子": "之孙女", "之孙女": "之孙子"}
    wrong = turned.get(planter.town.true["relation_to_head"][person])
    return who != "both" and wrong is not None and planter.set(who, person, "relation_to_head", wrong, "relation_against_sex")


def _rename(planter: Planter, person: int, who: str, table: dict[str, str], kind: str) -> bool:
    name = planter.town.true["name"][person]
    places = [at for at in range(1, len(name)) if name[at] in table]
    if who == "both" or not places:
        return False
    at = int(planter.rng.choice(places))
    return planter.set(who, person, "name", name[:at] + table[name[at]] + name[at + 1:], kind)


def name_sound(planter: Planter, person: int, who: str) -> bool:
    return _rename(planter, person, who, words.SAME_SOUND, "name_sound")


def name_look(planter: Planter, person: int, who: str) -> bool:
    return _rename(planter, person, who, words.LOOK_ALIKE, "name_look")


def name_rare(planter: Planter, person: int, who: str) -> bool:
    name = planter.town.true["name"][person]
    if who == "both" or name[-1] not in words.RARE:
        return False
    return planter.set(who, person, "name", name[:-1] + str(planter.rng.choice(["?", "某", "口"])), "name_rare")


def sex_wrong(planter: Planter, person: int, who: str) -> bool:
    wrong = "女" if planter.town.true["sex"][person] == "男" else "男"
    return who != "both" and planter.set(who, person, "sex", wrong, "sex_wrong")


def birth_wrong(planter: Planter, person: int, who: str) -> bool:
    year, month, day = map(int, planter.town.true["birth_date"][person].split("-"))
    turn = int(planter.rng.integers(0, 3))
    year -= turn == 0
    month = month % 12 + 1 if turn == 1 else month
    day = (day % 28 + 1) if turn == 2 else min(day, 28)
    return who != "both" and planter.set(who, person, "birth_date", f"{year:04d}-{month:02d}-{day:02d}", "birth_wrong")


def code_missing(planter: Planter, person: int, who: str) -> bool:
    return who != "both" and planter.set(who, person, "person_code", None, "code_missing")


def code_typo(planter: Planter, person: int, who: str) -> bool:
    code = planter.town.true["person_code"][person]
    at = int(planter.rng.integers(2, len(code)))
    wrong = code[:at] + str((int(code[at]) + int(planter.rng.integers(1, 10))) % 10) + code[at + 1:]
    return who != "both" and planter.set(who, person, "person_code", wrong, "code_typo")


def household_code_typo(planter: Planter, person: int, who: str) -> bool:
    code = planter.town.true["household_code"][person]
    at = int(planter.rng.integers(4, len(code)))
    wrong = code[:at] + str((int(code[at]) + int(planter.rng.integers(1, 10))) % 10) + code[at + 1:]
    return who != "both" and planter.set_household(who, person, "household_code", wrong, "household_code_typo")


def _stale(name: str) -> Fault:
    def plant(planter: Planter, person: int, who: str) -> bool:
        value = planter.town.true[name][person]
        return who != "both" and value is not None and planter.set(who, person, name, planter.other(name, value), f"stale_{name}")

    plant.__name__ = f"stale_{name}"
    return plant


def stale_school(planter: Planter, person: int, who: str) -> bool:
    stage = planter.town.true["school_stage"][person]
    if who == "both" or stage not in STAGES[1:]:
        return False
    return planter.set(who, person, "school_stage", STAGES[STAGES.index(stage) - 1], "stale_school_stage")


def stale_capacity(planter: Planter, person: int, who: str) -> bool:
    value = planter.town.true["work_capacity"][person]
    wrong = "普通劳动力" if value in ("无劳动力", "丧失劳动力") else "无劳动力"
    return who != "both" and planter.set(who, person, "work_capacity", wrong, "stale_work_capacity")


def stale_household(planter: Planter, person: int, who: str) -> bool:
    names = [name for name in HOUSEHOLD_STALE if name in planter.town.compared() and planter.town.true[name][person] is not None]
    if who == "both" or not names:
        return False
    name = str(planter.rng.choice(names))
    if name == "household_phone":
        wrong = f"100{int(planter.rng.integers(1, 10**8)):08d}"
    elif name == "caseworker_name":
        wrong = str(planter.rng.choice(words.SURNAMES)) + str(planter.rng.choice(words.GIVEN))
    else:
        wrong = planter.other(name, planter.town.true[name][person])
    return planter.set_household(who, person, name, wrong, f"stale_{name}")


def money_digit(planter: Planter, person: int, who: str) -> bool:
    text = planter.town.true["net_income_per_head_fen"][person]
    at = int(planter.rng.integers(0, len(text.split(".")[0])))
    digits = [digit for digit in "123456789" if digit != text[at]]
    wrong = planter.rng.permutation(digits)  # two sides that are both wrong differ from each other too
    return all([planter.set_household(side, person, "net_income_per_head_fen", text[:at] + str(digit) + text[at + 1:], "money_digit")
                for side, digit in zip(planter.wrong_sides(who), wrong, strict=False)])


def money_unit(planter: Planter, person: int, who: str) -> bool:
    yuan = float(planter.town.true["net_income_per_head_fen"][person])
    wrong = f"{yuan / 10000:.2f}"
    return who != "both" and planter.set_household(who, person, "net_income_per_head_fen", wrong, "money_unit")


def part_missing(planter: Planter, person: int, who: str) -> bool:
    filled = [name for name in PARTS if name in planter.town.compared() and planter.town.true[name][person] != "0"]
    if who == "both" or not filled:
        return False
    return planter.set_household(who, person, str(planter.rng.choice(filled)), "0", "part_missing")


def other_period(planter: Planter, person: int, who: str) -> bool:
    """Both registers are right: the booklet accounts for the year before."""
    town, members = planter.town, planter.town.members(person)
    share = float(planter.rng.uniform(0.7, 0.92))
    parts = {name: round(float(town.true[name][person]) * 100 * share) for name in (*PARTS, "business_cost_fen")}
    gross = sum(parts[name] for name in PARTS)
    net = gross - parts["business_cost_fen"]
    amounts = parts | {"gross_income_fen": gross, "net_income_fen": net, "net_income_per_head_fen": round(net / len(members))}
    for name, fen in amounts.items():
        planter.set_household("handbook", person, name, f"{fen / 100:.2f}".rstrip("0").rstrip("."), "other_period")
    year = town.as_of.year - 2
    return planter.set_household("handbook", person, "income_period", f"{year}-10至{year + 1}-09", "other_period")


def second_phone(planter: Planter, person: int, who: str) -> bool:
    """Both registers are right: the booklet carries a second number beside the same one."""
    second = f"100{int(planter.rng.integers(1, 10**8)):08d}"
    return planter.set_household("handbook", person, "household_phone", f"{planter.town.true['household_phone'][person]}、{second}", "second_phone")


def person_missing(planter: Planter, person: int, who: str) -> bool:
    members = planter.town.members(person)
    if who == "both" or person == members[0] or len(members) < 2:
        return False
    gone = planter.rng.random() < 0.5  # died or left: the side that still lists the person is wrong
    side = ("handbook" if who == "system" else "system") if gone else who
    planter.town.dropped[side].add(person)
    if gone:
        for one in members:  # whoever left is counted no more; whoever was forgotten still is
            planter.town.said[side]["household_size"][one] = str(len(members) - 1)
    planter.structure.append(Planted("person_missing", side, [person], "已去世或迁出" if gone else "漏登"))
    return True


def doubled(planter: Planter, person: int, who: str) -> bool:
    if who == "both":
        return False
    changed: dict[str, str | None] = {}
    if planter.rng.random() < 0.5:
        changed["education_level"] = "初中" if planter.town.said[who]["education_level"][person] != "初中" else "小学"
    planter.town.extra[who].append((person, changed))
    planter.structure.append(Planted("doubled", who, [person], "重复一行，有一处不同" if changed else "完全重复"))
    return True


def household_disagrees(planter: Planter, person: int, who: str) -> bool:
    members = list(planter.town.members(person))
    kept = set(planter.town.fields[who if who in SIDES else "system"])
    names = [name for name in ("poverty_cause", "poverty_kind", "dangerous_house", "safe_water") if name in kept and
             planter.town.true[name][person] is not None] if who != "both" else []
    if len(members) < 3 or not names:
        return False
    name = str(planter.rng.choice(names))
    planter.town.said[who][name][members[-1]] = planter.other(name, planter.town.true[name][person])
    planter.structure.append(Planted("household_disagrees", who, members, name))
    return True


def household_moved(planter: Planter, person: int, who: str) -> bool:
    villages = sorted(set(planter.town.true["village"]) - {planter.town.true["village"][person]})
    if who == "both" or not villages:
        return False
    village = str(planter.rng.choice(villages))
    for one in planter.town.members(person):
        planter.town.said[who]["village"][one] = village
    planter.structure.append(Planted("household_moved", who, list(planter.town.members(person)), village))
    return True


def household_split(planter: Planter, person: int, who: str) -> bool:
    members = list(planter.town.members(person))
    if who == "both" or len(members) < 4:
        return False
    leaving = members[-2:]
    code = f"{int(planter.town.true['household_code'][person]) + 3 + 10**8}"
    for one in leaving:
        planter.town.said[who]["household_code"][one] = code
    planter.set(who, leaving[0], "relation_to_head", "户主", "household_split")
    planter.structure.append(Planted("household_split", who, members, code))
    return True


def household_merged(planter: Planter, person: int, who: str) -> bool:
    """The next household of the village is written under this one's code, its head as 其他."""
    town = planter.town
    members = list(town.members(person))
    guest = members[-1] + 1
    if who == "both" or guest >= town.persons or town.true["village"][guest] != town.true["village"][person]:
        return False
    guests = list(town.members(guest))
    if int(town.household[guest]) in planter.touched or any((one, "relation_to_head") in planter.log for one in guests):
        return False
    for one in guests:
        town.said[who]["household_code"][one] = town.said[who]["household_code"][person]
    planter.set(who, guest, "relation_to_head", "其他", "household_merged")
    planter.touched.add(int(town.household[guest]))
    planter.structure.append(Planted("household_merged", who, [*members, *guests]))
    return True


PERSON: list[tuple[Fault, float]] = [
    (id_digit, 10), (id_swap, 5), (id_missing, 3), (suffix_missing, 2), (ids_exchanged, 2), (codes_exchanged, 1), (name_sound, 5), (name_look, 3),
    (name_rare, 1), (sex_wrong, 5), (birth_wrong, 5), (code_missing, 2), (code_typo, 2), (relation_swapped, 2), (relation_against_sex, 3),
    (stale_school, 4), (_stale("education_level"), 4), (_stale("health_status"), 4), (stale_capacity, 4), (_stale("resident_medical"), 4),
    (_stale("resident_pension"), 3), (_stale("subsistence_allowance"), 2), (_stale("serious_illness_cover"), 1), (_stale("employee_medical"), 1),
    (_stale("ethnicity"), 1), (_stale("work_months"), 2), (person_missing, 5), (doubled, 3),
]  # fmt: skip
HOUSEHOLD: list[tuple[Fault, float]] = [
    (stale_household, 10), (money_digit, 5), (money_unit, 2), (part_missing, 2), (household_code_typo, 1), (household_disagrees, 2),
    (household_moved, 1), (household_split, 1), (household_merged, 1),
]  # fmt: skip
BOTH: list[tuple[Fault, float]] = [(id_digit, 2), (money_digit, 1)]
NEITHER: list[tuple[Fault, float]] = [(other_period, 3), (second_phone, 1)]
NEEDS: dict[Fault, str] = {  # the field a fault stands in, where its name does not say so
    id_digit: "certificate_no", id_swap: "certificate_no", id_missing: "certificate_no", suffix_missing: "certificate_no",
    ids_exchanged: "certificate_no", codes_exchanged: "person_code", name_sound: "name", name_look: "name", name_rare: "name", sex_wrong: "sex",
    birth_wrong: "birth_date", code_missing: "person_code", code_typo: "person_code", relation_swapped: "relation_to_head",
    relation_against_sex: "relation_to_head", stale_school: "school_stage", household_code_typo: "household_code",
    money_digit: "net_income_per_head_fen", money_unit: "net_income_per_head_fen", other_period: "net_income_per_head_fen",
    second_phone: "household_phone", household_split: "household_code", household_merged: "household_code",
    household_moved: "village",
}  # fmt: skip


OF_HOUSEHOLD = {fault for fault, _ in (*HOUSEHOLD, *NEITHER)}
STALE_NAMES = {fault.__name__ for fault, _ in PERSON if fault.__name__.startswith("stale_")}


def _possible(faults: list[tuple[Fault, float]], compared: set[str]) -> tuple[list[Fault], list[float]]:
    def carried(fault: Fault) -> bool:
        if fault is stale_capacity:
            return bool({"can_work", "work_capacity"} & compared)
        need = NEEDS.get(fault) or (fault.__name__.removeprefix("stale_") if fault.__name__ in STALE_NAMES else "")
        return not need or need in compared

    kept = [(fault, weight) for fault, weight in faults if carried(fault)]
    total = sum(weight for _, weight in kept)
    return [fault for fault, _ in kept], [weight / total for _, weight in kept]


HARD_LEFT_OUT = {"person_code": 0.07, "household_code": 0.07, "certificate_no": 0.07}
MASKED = "masked certificate_no"  # the booklet keeps the number with its middle starred


def plant(town: Town, *, share: float, seed: int, hard: bool = False, left_out: Mapping[str, float] | None = None) -> Planter:
    """Plant faults until `share` of the persons have at least one. `hard`: several in one household, keys left out by village.

    left_out: what share of the villages keeps no person_code, household_code or certificate_no in its booklets, or the last one MASKED;
    with `hard` HARD_LEFT_OUT unless said.
    """
    rng = np.random.default_rng([seed, 7])
    planter = Planter(town, rng, hard)
    shares = dict(left_out) if left_out is not None else HARD_LEFT_OUT if hard else {}
    if shares:
        _leave_keys_out(planter, shares)
    compared = set(town.compared())
    pools = {"person": _possible(PERSON, compared), "household": _possible(HOUSEHOLD, compared), "both": _possible(BOTH, compared),
             "neither": _possible(NEITHER, compared)}
    hit: set[int] = set()
    wanted, tries = round(share * town.persons), 0
    while len(hit) < wanted and tries < 40 * wanted + 100:
        tries += 1
        person = int(rng.integers(0, town.persons))
        household = int(town.household[person])
        if household in planter.touched and not (hard and person in hit and rng.random() < 0.2):
            continue
        who = str(rng.choice(WHO, p=WHO_SHARES))
        pool = who if who in ("both", "neither") else "household" if rng.random() < 0.2 else "person"
        kinds, weights = pools[pool]
        fault = kinds[int(rng.choice(len(kinds), p=weights))]
        again = household in planter.touched
        if again and (fault in OF_HOUSEHOLD or fault in (doubled, person_missing, ids_exchanged, codes_exchanged, relation_swapped)):
            continue
        if any((person, name) in planter.log for name in (NEEDS.get(fault, ""), fault.__name__.removeprefix("stale_"))):
            continue
        if fault(planter, person, who):
            planter.touched.add(household)
            hit.update(town.members(person) if fault in OF_HOUSEHOLD else [person])
            if hard and not again and rng.random() < 0.15:
                tries -= 1  # another one may fall on the same row
    _mask(planter)
    return planter


def masked(number: str) -> str:
    """Return 450499********002X: what a booklet shows of a number it does not keep whole."""
    return f"{number[:6]}********{number[14:]}" if len(number) >= 18 else number


def _mask(planter: Planter) -> None:
    """Star the numbers of the villages that keep them so, whatever is wrong with them by now."""
    town = planter.town
    for person in np.flatnonzero(np.isin(town.true["village"], list(town.masked))):
        number = town.said["handbook"]["certificate_no"][person]
        if number:
            town.said["handbook"]["certificate_no"][person] = masked(number)


def _leave_keys_out(planter: Planter, shares: Mapping[str, float]) -> None:
    """Some villages' booklets carry no 人编号, others no 户编号, others no 证件号码 or only the ends of it: never two of these in one village."""
    town = planter.town
    villages = list(dict.fromkeys(town.true["village"]))
    order = [villages[n] for n in planter.rng.permutation(len(villages))]
    for name, share in shares.items():
        each = max(1, round(len(villages) * share)) if len(villages) >= 3 and share else 0
        chosen, order = set(order[:each]), order[each:]
        if name == MASKED:
            town.masked = chosen
            continue
        town.not_kept[name] = chosen
        for person in np.flatnonzero(np.isin(town.true["village"], list(chosen))):
            town.said["handbook"][name][person] = None
