"""One invented town month after month: the same people and villages; of its faults some are corrected, some come, some come back, the rest stays.

Promises: the same seed gives the same files; what is wrong in one household comes and goes as one; what will be out of date on one side was said by both
before; truth_months.csv says of every difference in every month
whether it is new, still_there, cleared or back_again, worked out from the months' own truths. Faults come from faults.py, files from files.py.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from .faults import plant
from .files import write_planted
from .planter import Planter
from .town import AS_OF, SIDES, make_town
from .truth import expected

# How a household's faults run through the months, with the share of households of which that is so.
COURSES = (("stays", 0.5), ("cleared", 0.18), ("comes", 0.18), ("back", 0.14))
EXTRA = 1.5  # so many more are planned than stand in one month
TRUTH = "truth_months.csv"
Key = tuple[str, str, str, str, str]  # finding, field, village, household, person


def write_months(out: Path, *, months: int, size: str | None = "demo", persons: int | None = None, seed: int = 1, profile: str = "G1", errors: float = 0.03,
                 kind: str = "xlsx", hard: bool = False, left_out: Mapping[str, float] | None = None, dialects: bool = False) -> dict[str, Path]:
    """Write a folder per month (2017-08, 2017-09, …, the last one the profile's own) and truth_months.csv; returns their paths. Options as in write_town."""
    days = [_months_before(AS_OF[profile], months - 1 - at) for at in range(months)]

    def planted(share: float) -> Planter:
        town = make_town(size=size, persons=persons, seed=seed, profile=profile, whole=kind == "parquet", as_of=days[0])
        return plant(town, share=share, seed=seed, hard=hard, left_out=left_out)

    clean, whole = planted(0), planted(min(1.0, errors * EXTRA))
    there = _courses(whole, months, np.random.default_rng([seed, 11]))
    paths: dict[str, Path] = {}
    truths: list[list[Key]] = []
    for at, day in enumerate(days):
        month = _of_month(clean, whole, {case for case, course in there.items() if course[at]})
        _as_it_was(month, whole, {case for case, course in there.items() if not any(course[:at + 1]) and any(course[at:])})
        month.town.as_of = day
        name = f"{day:%Y-%m}"
        write_planted(out / name, month, seed=seed, kind=kind, dialects=dialects)
        paths[name] = out / name
        truths.append(list(dict.fromkeys((row.kind, row.field, row.village, row.household, row.person) for row in expected(month))))
    paths[TRUTH] = out / TRUTH
    _write_truth(paths[TRUTH], [f"{day:%Y-%m}" for day in days], truths)
    return paths


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28) if months else day.day)


def _cases(planter: Planter) -> dict[int, int]:
    """Return the case of each household with a fault, named by its first household: what one fault touches comes and goes as one."""
    case: dict[int, int] = {}

    def join(households: set[int]) -> None:
        known = {case[one] for one in households if one in case}
        first = min({*households, *known})
        for one in [*households, *(other for other, of in case.items() if of in known)]:
            case[one] = first

    town = planter.town
    for person, _name in planter.log:
        join({int(town.household[person])})
    for fault in planter.structure:
        join({int(town.household[person]) for person in fault.persons})
    return case


def _courses(planter: Planter, months: int, rng: np.random.Generator) -> dict[int, list[bool]]:
    """Return for each case in which months it stands. Each course is dealt in turn over a shuffled order, so that all occur even in a small town."""
    cases = sorted(set(_cases(planter).values()))
    names, shares = [name for name, _ in COURSES], np.cumsum([share for _, share in COURSES])
    found: dict[int, list[bool]] = {}
    for place, at in enumerate(rng.permutation(len(cases))):
        course = names[int(np.searchsorted(shares, ((place + 0.5) * 0.61803399) % 1))]
        turn = int(rng.integers(1, months)) if months > 1 else 1
        if course == "back" and months > 2:
            gone = int(rng.integers(1, months - 1))
            again = int(rng.integers(gone + 1, months))
            stands = [month < gone or month >= again for month in range(months)]
        else:
            stands = [course == "stays" or (month < turn) == (course == "cleared") for month in range(months)]
        found[cases[int(at)]] = stands
    return found


def _of_month(clean: Planter, whole: Planter, cases: set[int]) -> Planter:
    """Return the town with the faults of these cases only."""
    town = replace(clean.town, dropped={}, extra={}, said={side: {name: column.copy() for name, column in clean.town.said[side].items()} for side in SIDES})
    month = Planter(town, whole.rng, whole.hard)
    households = {household for household, case in _cases(whole).items() if case in cases}
    chosen = np.flatnonzero(np.isin(whole.town.household, list(households)))
    persons = {int(one) for one in chosen}
    for side in SIDES:
        for name, column in town.said[side].items():
            column[chosen] = whole.town.said[side][name][chosen]
        town.dropped[side] = whole.town.dropped[side] & persons
        town.extra[side] = [(person, dict(changed)) for person, changed in whole.town.extra[side] if person in persons]
    month.log = {key: kind for key, kind in whole.log.items() if key[0] in persons}
    month.structure = [fault for fault in whole.structure if fault.persons[0] in persons]
    month.touched = households
    return month


def _as_it_was(month: Planter, whole: Planter, cases: set[int]) -> None:
    """Let both registers still say the old value of what will change and be brought up to date on one side only."""
    of_case = _cases(whole)
    for (person, name), kind in whole.log.items():
        if kind.startswith("stale_") and of_case[int(whole.town.household[person])] in cases:
            true = whole.town.true[name][person]
            old = next((whole.town.said[side][name][person] for side in SIDES if whole.town.said[side][name][person] != true), true)
            for side in SIDES:
                month.town.said[side][name][person] = old


def _write_truth(path: Path, months: list[str], truths: list[list[Key]]) -> None:
    seen: set[Key] = set()
    before: list[Key] = []
    first: dict[Key, str] = {}
    times: defaultdict[Key, int] = defaultdict(int)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["month", "finding", "field", "village", "household", "person", "state", "first_seen", "times_seen"])
        for month, found in zip(months, truths, strict=True):
            was, now = set(before), set(found)
            for key in found:
                times[key] += 1
                state = "still_there" if key in was else "back_again" if key in seen else "new"
                table.writerow([month, *key, state, first.setdefault(key, month), times[key]])
            for key in before:
                if key not in now:
                    table.writerow([month, *key, "cleared", first[key], times[key]])
            seen |= now
            before = found
