"""The usual kinds of fault: each changes one person or household of a town on one side, or says that it cannot.

Neighbours: hard.py has the kinds that only hard towns have, faults.py says how often each is planted.
"""

from . import words
from .planter import PARTS, Fault, Planted, Planter
from .town import SIDES

HOUSEHOLD_STALE = ("poverty_cause", "poverty_kind", "lifted_year", "dangerous_house", "safe_water", "monitored_from", "household_phone",
                   "risk_1", "household_kind", "caseworker_name")
STAGES = ["学前教育", "小学", "七年级", "八年级", "九年级", "普通高中一年级", "普通高中二年级", "普通高中三年级"]


def _digit(planter: Planter, text: str) -> str:
    return planter.digit_off(text, 6, len(text[:18]) - 1)


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
    wrong = planter.digit_off(planter.town.true["person_code"][person], 2)
    return who != "both" and planter.set(who, person, "person_code", wrong, "code_typo")


def household_code_typo(planter: Planter, person: int, who: str) -> bool:
    wrong = planter.digit_off(planter.town.true["household_code"][person], 4)
    return who != "both" and planter.set_household(who, person, "household_code", wrong, "household_code_typo")


def stale(name: str) -> Fault:
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
