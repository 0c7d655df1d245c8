"""The kinds of fault, and the people, that only hard towns have: what linking and judging find hardest in real registers.

Promises: nothing here touches a town that is not hard. People first (dotted names, one name twice in a village), then faults:
several keys of one row, other names altogether, numbers with two slips or in the old form, persons who moved, a new 户主.
Neighbours: kinds.py has the usual kinds, faults.py says how often each is planted, truth.py what is expected of each.
"""

import numpy as np

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import check_character

from . import words
from .kinds import birth_wrong, code_missing, code_typo, id_digit, id_missing, id_swap, name_look, name_sound
from .planter import Fault, Planted, Planter
from .town import SIDES

DOTTED_SHARE, TWICE_SHARE, TWINS_SHARE = 0.004, 0.006, 0.4
TOTALS = ("gross_income_fen", "net_income_fen", "net_income_per_head_fen")
FOLLOWS = "only_follows"  # the log's word for a value that only follows from another: no difference of its own


def _call(planter: Planter, person: int, name: str) -> None:
    """Give a person a name in truth and on both sides; a head's stands in the 户主 column too."""
    town = planter.town
    columns = [(person, "name"), *((one, "head_name") for one in town.members(person) if town.members(person)[0] == person)]
    for one, column in columns:
        for says in (town.true, *town.said.values()):
            if column in says:
                says[column][one] = name


def name_twice(planter: Planter) -> None:
    """Some people bear the name of somebody of another household of their village."""
    town, rng = planter.town, planter.rng
    for person in rng.choice(town.persons, size=round(town.persons * TWICE_SHARE), replace=False).tolist():
        other = person + int(rng.integers(8, 60))
        if other < town.persons and town.true["village"][other] == town.true["village"][person] and town.true["sex"][other] == town.true["sex"][person]:
            _call(planter, person, town.true["name"][other])
    for person in rng.choice(town.persons, size=round(town.persons * DOTTED_SHARE), replace=False).tolist():
        _call(planter, person, "·".join(str(rng.choice(part)) for part in words.DOTTED))


def write_dots(planter: Planter) -> None:
    """One side writes another character for the dot, a space, or nothing: the same name written otherwise, no fault."""
    town, rng = planter.town, planter.rng
    for person in range(town.persons):
        name = town.true["name"][person]
        if "·" in name:
            side, dot = str(rng.choice(SIDES)), str(rng.choice(["•", "・", "‧", "．", ".", " ", ""]))
            if town.said[side]["name"][person] == name:
                town.said[side]["name"][person] = name.replace("·", dot)


def muddle_twins(planter: Planter) -> None:
    """Of two who share birthday and household, one has several keys wrong on one side."""
    town = planter.town
    for person in range(1, town.persons):
        household = int(town.household[person])
        if household != town.household[person - 1] or town.true["birth_date"][person] != town.true["birth_date"][person - 1] or household in planter.touched:
            continue
        if planter.rng.random() < TWINS_SHARE and _several(planter, person - int(planter.rng.integers(0, 2)), str(planter.rng.choice(SIDES)), "twin_muddled"):
            planter.touched.add(household)


def id_two_slips(planter: Planter, person: int, who: str) -> bool:
    number = planter.town.true["certificate_no"][person]
    at, other = sorted(planter.rng.choice(np.arange(6, 17), size=2, replace=False).tolist())
    digits = list(number)
    for place in (at, other if other - at > 1 else (at - 3 if at >= 9 else at + 4)):
        digits[place] = str((int(digits[place]) + int(planter.rng.integers(1, 10))) % 10)
    return who != "both" and planter.set(who, person, "certificate_no", "".join(digits), "id_two_slips")


def id_old_form(planter: Planter, person: int, who: str) -> bool:
    """The number of 15 digits that people born before 2000 once had: the same number, no difference."""
    number = planter.town.true["certificate_no"][person]
    if who == "both" or number[6:8] != "19" or len(number) != 18:
        return False
    return planter.set(who, person, "certificate_no", number[:6] + number[8:17], "id_old_form")


def disability_level(planter: Planter, person: int, who: str) -> bool:
    number = planter.town.true["certificate_no"][person]
    if who == "both" or len(number) < 20:
        return False
    level = int(number[19])
    return planter.set(who, person, "certificate_no", f"{number[:19]}{level - 1 if level > 1 else level + 1}{number[20:]}", "disability_level")


def birth_and_number(planter: Planter, person: int, who: str) -> bool:
    """A day of birth misread from the start: column and number both say it, the number's check character made anew half the time."""
    number = planter.town.true["certificate_no"][person]
    if not birth_wrong(planter, person, who):
        return False
    said = planter.town.said[who]
    born = said["birth_date"][person].replace("-", "")
    wrong = number[:6] + born + number[14:]
    if planter.rng.random() < 0.5:
        wrong = wrong[:17] + check_character(wrong[:17]) + wrong[18:]
    planter.log[person, "birth_date"] = "birth_and_number"
    planter.set(who, person, "certificate_no", wrong, "birth_and_number")
    return True


def name_other(planter: Planter, person: int, who: str) -> bool:
    """A nickname, or the name somebody bore before: nothing of it need be alike."""
    name, rng = planter.town.true["name"][person], planter.rng
    wrong = str(rng.choice([f"阿{name[-1]}", f"{name[-1]}仔", f"老{rng.choice(list('二三四五六'))}", name[0] + "".join(rng.choice(words.GIVEN, size=2)),
                            str(rng.choice(words.SURNAMES)) + "".join(rng.choice(words.GIVEN, size=2))]))
    return who != "both" and wrong != name and planter.set(who, person, "name", wrong, "name_other")


def surname_sound(planter: Planter, person: int, who: str) -> bool:
    name = planter.town.true["name"][person]
    wrong = words.SURNAME_SOUND.get(name[0])
    return who != "both" and wrong is not None and planter.set(who, person, "name", wrong + name[1:], "surname_sound")


def surname_slip(planter: Planter, person: int, who: str) -> bool:
    name = planter.town.true["name"][person]
    wrong = str(planter.rng.choice([one for one in words.SURNAMES if one != name[0]]))
    return who != "both" and planter.set(who, person, "name", wrong + name[1:], "surname_slip")


SLIPS: dict[str, tuple[Fault, ...]] = {
    "name": (name_sound, name_look, surname_sound, surname_slip, name_other), "certificate_no": (id_digit, id_swap, id_two_slips, id_missing),
    "person_code": (code_typo, code_typo, code_missing), "birth_date": (birth_wrong,),
}  # fmt: skip


def _several(planter: Planter, person: int, who: str, kind: str) -> bool:
    if who == "both":
        return False
    names = planter.rng.permutation(list(SLIPS))[: int(planter.rng.integers(2, 5))].tolist()
    done = 0
    for name in names:
        slips = SLIPS[name]
        if name in planter.town.compared() and slips[int(planter.rng.integers(0, len(slips)))](planter, person, who):
            planter.log[person, name] = kind
            done += 1
    return done > 0


def several_keys(planter: Planter, person: int, who: str) -> bool:
    """Two to four of name, number, code and birth are wrong in one row."""
    return _several(planter, person, who, "several_keys")


def code_reused(planter: Planter, person: int, who: str) -> bool:
    """Somebody else's code was given to this person, and that person still has it."""
    town = planter.town
    other = int(planter.rng.integers(0, town.persons))
    code = town.true["person_code"][other]
    if who == "both" or town.household[other] == town.household[person] or int(town.household[other]) in planter.touched:
        return False
    if town.true["village"][other] in town.not_kept.get("person_code", ()) or not planter.set(who, person, "person_code", code, "code_reused"):
        return False
    planter.touched.add(int(town.household[other]))
    return True


def double_with_other_code(planter: Planter, person: int, who: str) -> bool:
    """Entered twice: the second row was given a code and lost the number's suffix or the day."""
    if who == "both":
        return False
    code = str(int(planter.town.true["person_code"][person]) + 5_000_000_000)
    planter.town.extra[who].append((person, {"person_code": code}))
    planter.structure.append(Planted("doubled", who, [person], "重复一行，人编号不同"))
    return True


def phone_digit(planter: Planter, person: int, who: str) -> bool:
    wrong = planter.digit_off(planter.town.true["household_phone"][person], 3)
    return who != "both" and planter.set_household(who, person, "household_phone", wrong, "phone_digit")


def size_wrong(planter: Planter, person: int, who: str) -> bool:
    size = len(planter.town.members(person))
    wrong = size + (1 if size == 1 or planter.rng.random() < 0.5 else -1)
    return who != "both" and planter.set_household(who, person, "household_size", str(wrong), "size_wrong")


def part_digit(planter: Planter, person: int, who: str) -> bool:
    """One digit of the transfers is wrong; the sums are those of the right figure."""
    text = planter.town.true["transfer_income_fen"][person]
    at = int(planter.rng.integers(0, len(text.split(".")[0])))
    digit = str(planter.rng.choice([one for one in "123456789" if one != text[at]]))
    return who != "both" and planter.set_household(who, person, "transfer_income_fen", text[:at] + digit + text[at + 1:], "part_digit")


def part_and_totals(planter: Planter, person: int, who: str) -> bool:
    """One digit of the transfers is wrong and every sum of the household follows: one difference, not four."""
    town = planter.town
    if not part_digit(planter, person, who):
        return False
    says = town.said[who]
    more = round((float(says["transfer_income_fen"][person]) - float(town.true["transfer_income_fen"][person])) * 100)
    for one in town.members(person):
        planter.log[one, "transfer_income_fen"] = "part_and_totals"
    size = len(town.members(person))
    for name in TOTALS:
        fen = round(float(town.true[name][person]) * 100)
        net = round(float(town.true["net_income_fen"][person]) * 100) + more
        fen = (2 * net + size) // (2 * size) if name == "net_income_per_head_fen" else fen + more
        planter.set_household(who, person, name, f"{fen / 100:.2f}".rstrip("0").rstrip("."), FOLLOWS)
    return True


def married_away(planter: Planter, person: int, who: str) -> bool:
    """A grown child moved to another household of the town; `who` still lists the person in the old one."""
    town, rng = planter.town, planter.rng
    members = town.members(person)
    here = town.true["village"][person]
    other = int(rng.integers(0, town.persons)) if who == "system" and rng.random() < 0.5 else person + int(rng.integers(-80, 80))
    if who == "both" or len(members) < 3 or town.true["relation_to_head"][person] not in ("之女", "之子") or int(town.true["age"][person]) < 20:
        return False
    if not 0 <= other < town.persons or town.household[other] == town.household[person] or int(town.household[other]) in planter.touched:
        return False
    there = town.true["village"][other]
    if (who == "handbook" and here != there) or {here, there} & set().union(town.masked, *town.not_kept.values()):
        return False
    fresh = "handbook" if who == "system" else "system"
    host = town.members(other)[0]
    relation = "之儿媳" if town.true["sex"][person] == "女" else "之女婿"
    for says in (town.true, town.said[fresh]):
        for name in says:
            if name in FIELDS and FIELDS[name].of_household:
                says[name][person] = says[name][host]
        says["relation_to_head"][person] = relation
        for one, change in [(one, -1) for one in members if one != person] + [(one, 1) for one in (*town.members(other), person)]:
            says["household_size"][one] = str(int(says["household_size"][one]) + change)
    for name in ("household_code", "relation_to_head"):
        planter.log[person, name] = "married_away"
    planter.touched.add(int(town.household[other]))
    return True


def head_died(planter: Planter, person: int, who: str) -> bool:
    """The 户主 died and the spouse is 户主 now; `who` has neither noted."""
    town = planter.town
    members = list(town.members(person))
    relations = [town.true["relation_to_head"][one] for one in members]
    if who == "both" or "配偶" not in relations or {"之父", "之母"} & set(relations):
        return False
    head, heir = members[0], members[relations.index("配偶")]
    fresh = "handbook" if who == "system" else "system"
    if town.true["village"][head] in town.not_kept.get("household_code", ()):
        return False
    town.dropped[fresh].add(head)
    for says in (town.true, town.said[fresh]):
        says["relation_to_head"][heir] = "户主"
        for one in members:
            says["household_size"][one] = str(len(members) - 1)
            if "head_name" in says:
                says["head_name"][one] = says["name"][heir]
    planter.log[heir, "relation_to_head"] = "head_died"
    planter.structure.append(Planted("head_died", fresh, [head], "户主已去世"))
    return True


HARD_PERSON: list[tuple[Fault, float]] = [
    (id_two_slips, 3), (id_old_form, 3), (disability_level, 12), (birth_and_number, 3), (name_other, 3), (surname_sound, 3), (surname_slip, 3),
    (several_keys, 10), (code_reused, 2), (double_with_other_code, 2), (married_away, 14), (head_died, 3),
]  # fmt: skip
HARD_HOUSEHOLD: list[tuple[Fault, float]] = [(phone_digit, 3), (size_wrong, 3), (part_digit, 3), (part_and_totals, 3)]
HARD_NEEDS: dict[Fault, str] = {
    id_two_slips: "certificate_no", id_old_form: "certificate_no", disability_level: "certificate_no", birth_and_number: "birth_date", name_other: "name",
    surname_sound: "name", surname_slip: "name", several_keys: "name", code_reused: "person_code", double_with_other_code: "person_code",
    married_away: "household_code", head_died: "relation_to_head", phone_digit: "household_phone", size_wrong: "household_size",
    part_digit: "transfer_income_fen", part_and_totals: "transfer_income_fen",
}  # fmt: skip
ALONE = frozenset({id_old_form, several_keys, birth_and_number, code_reused, double_with_other_code, married_away, head_died})  # never on a row that has a fault
