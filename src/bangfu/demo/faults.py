"""Faults planted in a true town: on one side, on both, or none at all though the two differ.

Promises: a fault stays in fields that both files carry; nobody is hit twice unless asked for (`several`); what differs in
the end, and who is wrong, is worked out from the two registers by truth.py, not from what was meant here.
"""

from collections.abc import Mapping

import numpy as np

from .hard import ALONE, HARD_HOUSEHOLD, HARD_NEEDS, HARD_PERSON, muddle_twins, name_twice, write_dots
from .kinds import (
    birth_wrong,
    code_missing,
    code_typo,
    codes_exchanged,
    doubled,
    household_code_typo,
    household_disagrees,
    household_merged,
    household_moved,
    household_split,
    id_digit,
    id_missing,
    id_swap,
    ids_exchanged,
    money_digit,
    money_unit,
    name_look,
    name_rare,
    name_sound,
    other_period,
    part_missing,
    person_missing,
    relation_against_sex,
    relation_swapped,
    second_phone,
    sex_wrong,
    stale,
    stale_capacity,
    stale_household,
    stale_school,
    suffix_missing,
)
from .planter import Fault, Planter
from .town import Town

WHO = ("system", "handbook", "both", "neither")
WHO_SHARES = (0.45, 0.35, 0.10, 0.10)

PERSON: list[tuple[Fault, float]] = [
    (id_digit, 10), (id_swap, 5), (id_missing, 3), (suffix_missing, 2), (ids_exchanged, 2), (codes_exchanged, 1), (name_sound, 5), (name_look, 3),
    (name_rare, 1), (sex_wrong, 5), (birth_wrong, 5), (code_missing, 2), (code_typo, 2), (relation_swapped, 2), (relation_against_sex, 3),
    (stale_school, 4), (stale("education_level"), 4), (stale("health_status"), 4), (stale_capacity, 4), (stale("resident_medical"), 4),
    (stale("resident_pension"), 3), (stale("subsistence_allowance"), 2), (stale("serious_illness_cover"), 1), (stale("employee_medical"), 1),
    (stale("ethnicity"), 1), (stale("work_months"), 2), (person_missing, 5), (doubled, 3),
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
    household_moved: "village", **HARD_NEEDS,
}  # fmt: skip
OF_HOUSEHOLD = {fault for fault, _ in (*HOUSEHOLD, *NEITHER, *HARD_HOUSEHOLD)}
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
    if hard:
        name_twice(planter)
        muddle_twins(planter)
    pools = {"person": _possible(PERSON + HARD_PERSON * hard, compared), "household": _possible(HOUSEHOLD + HARD_HOUSEHOLD * hard, compared), "both": _possible(BOTH, compared),
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
        if again and (fault in OF_HOUSEHOLD or fault in ALONE or fault in (doubled, person_missing, ids_exchanged, codes_exchanged, relation_swapped)):
            continue
        if any((person, name) in planter.log for name in (NEEDS.get(fault, ""), fault.__name__.removeprefix("stale_"))):
            continue
        if fault(planter, person, who):
            planter.touched.add(household)
            hit.update(town.members(person) if fault in OF_HOUSEHOLD else [person])
            if hard and not again and rng.random() < 0.15:
                tries -= 1  # another one may fall on the same row
    if hard:
        write_dots(planter)
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
