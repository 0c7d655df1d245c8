"""usual: how usual either value of a difference is among people of the same age, sex or other column, and how far that can be trusted.

Counted on this month's pairs whose two sides agree. A column's own condition (age, sex, a column of the register, age with one of
them; for a household its head's age, size and members) is the one that foretells its values best. How strong a reason must be is
measured: a quarter of the agreeing is held back, slips are planted into it, and the lowest threshold is taken at which at most
`WRONG` of those judged come out wrong. Slips are the pairs of values that really differ this month and neighbours in the list,
and either value of a pair is taken to be the true one equally often: a fact that changes often changes into what is rare, so what
is merely rare must accuse nobody. A column that never reaches the threshold never decides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import log2

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bangfu.engines.relations.dictionary import FIELDS

from .cells import mixed, one_in
from .columns import BESIDE, BESIDE_HOME, CAN_WORK, Compared, Few, read_as
from .compare import Comparison, label_of
from .sides import Side
from .steps import Desk, SetStep, name_in_sql

TYPES = frozenset({"code", "yn", "year", "int"})
OF_MEMBERS = ("health_status", "school_stage", "work_capacity", CAN_WORK, "subsistence_allowance")
FEWEST_PAIRS, FEWEST_SEEN, FEWEST_DECIDED, WRONG = 200, 10, 50, 0.02
HEAD = "户主"
STEP = 0.25  # thresholds are tried in quarters of a bit
LEAST = 4.0  # however well slips are told apart: sixteen times as usual
SAMPLE_ROWS = 20000  # enough to choose a condition; it is counted in full
NULL = -(2**40)
Numbers = npt.NDArray[np.int64]
Sample = dict[str, Numbers]
Key = tuple[int | None, ...]
Counts = dict[Key, dict[int, list[int]]]  # condition -> value -> [counted, held back]


@dataclass(frozen=True)
class Usual:
    """A reason by numbers. against: handbook or system; who: the people counted, of whom so many carry either value."""

    against: str
    who: str
    handbook: int
    system: int
    unit: str
    confidence: float


@dataclass(frozen=True)
class Code:
    """A column in small numbers: its values from the commonest on, "" where nothing is said, and what each side's texts mean."""

    few: Few
    values: Sequence[str]
    meaning: Mapping[str, Mapping[str, int]]  # side -> text -> place in values

    @property
    def column(self) -> Compared:
        return self.few.column


@dataclass(frozen=True)
class Measure:
    """What one column's counts can decide: under which condition, from which odds on (log2), with which error."""

    condition: tuple[str, ...]
    counts: Counts
    threshold: float
    error: float


def usual(desk: Desk, sides: Mapping[str, Side], result: Comparison, as_of: date) -> dict[int, Usual]:
    """Return the reasons that reach their column's threshold, by the place of the difference in result.cells."""
    asked: dict[str, list[int]] = defaultdict(list)
    for at, cell in enumerate(result.cells):
        if cell["kind"] == "field" and cell["field"] in FIELDS and FIELDS[cell["field"]].type in TYPES:
            asked[cell["field"]].append(at)
    pairs, every = sum(n for (n,) in desk.con.execute("SELECT count(*) FROM pairs UNION ALL SELECT count(*) FROM identical").fetchall()), one_in(sides["handbook"].extract.rows)
    if not asked or pairs < FEWEST_PAIRS:
        return {}
    codes = {name: _code(sides, one) for one in sorted(result.few, key=lambda one: one.column.field) if (name := one.column.field) in {*asked, *BESIDE, *BESIDE_HOME}}
    if not set(asked) & set(codes):
        return {}
    rows = [result.cells[at]["hid"] for places in asked.values() for at in places]
    desk.put("usual_asked", pa.table({"h": pa.array(sorted(set(rows)), pa.int64())}))
    _pairs(desk, sides, codes, as_of, every)
    _homes(desk, codes, every)
    beside = {base: _asked(desk, base) for base in ("usual_pairs", "usual_homes")}
    samples = {base: _sample(desk, base, pairs // every) for base in ("usual_pairs", "usual_homes")}
    found: dict[int, Usual] = {}
    for name, places in asked.items():
        code = codes.get(name)
        if code is None:
            continue
        texts = [(result.cells[at]["hv"], result.cells[at]["sv"]) for at in places]
        said = [tuple(code.meaning[side].get(text or "") for side, text in zip(("handbook", "system"), both, strict=True)) for both in texts]
        slips = Counter((min(a, b), max(a, b)) for a, b in said if a is not None and b is not None and a != b)
        base = "usual_homes" if code.column.of_household else "usual_pairs"
        measure = _measure(desk, base, name, _conditions(base, name, codes), slips, code, sides["system"], samples[base]) if slips else None
        if measure is None:
            continue
        for at, (ours, theirs) in zip(places, said, strict=True):
            row = beside[base].get((result.cells[at]["hid"], result.cells[at]["sid"] if base == "usual_pairs" else 0))
            key = () if row is None else tuple(row[part] for part in measure.condition)
            if ours is None or theirs is None or key not in measure.counts:
                continue
            seen = measure.counts[key]
            odds = _odds(seen, ours, theirs)
            first, second = (sum(seen.get(value, (0, 0))) for value in (ours, theirs))
            if abs(odds) >= measure.threshold and (first > second) == (odds > 0) and all(_seen(measure.counts, value) for value in (ours, theirs)):
                unit = "户" if code.column.of_household else "人"
                total = sum(sum(two) for two in seen.values())
                who = f"本月两边一致{'' if every == 1 else f'（每{every}户取1户）'}、{'、'.join(_said(one, part, codes) for one, part in zip(measure.condition, key, strict=True))}的{total}{unit}里"
                found[at] = Usual("system" if odds > 0 else "handbook", who, first, second, unit, round(1 - measure.error, 4))
    desk.drop("usual_rows", "usual_pairs", "usual_homes", "usual_asked", "numbers_handbook", "numbers_system")
    return found


def _code(sides: Mapping[str, Side], few: Few) -> Code:
    """Read each text of a column once on either side; what one side tells apart and the other does not is one value."""
    column, read = few.column, dict[str, dict[str, str]]()
    often: Counter[str] = Counter()
    for name, side in sides.items():
        read[name] = {}
        if column.on(name) not in side.labels:
            continue
        said = few.often[name]
        for text, count in ((None, side.extract.rows - sum(said.values())), *said.items()):
            value = read_as(column, side, text)
            if value.problem is None and count:
                read[name][text or ""] = value.normal or ""
                often[value.normal or ""] += count
    fact = FIELDS[column.field]
    coarse = sides["system"].reader.codes[fact.codes or ""].coarse if fact.type == "code" and column.field != CAN_WORK else {}
    there = {name: set(texts.values()) for name, texts in read.items()}
    wide = {value: coarse[value] for value in often if value in coarse and any(coarse[value] in values for values in there.values())}
    if wide:
        read = {name: {text: wide.get(value, value) for text, value in texts.items()} for name, texts in read.items()}
        folded: Counter[str] = Counter()
        for one, count in often.items():
            folded[wide.get(one, one)] += count
        often = folded
    values = sorted(often, key=lambda value: (-often[value], value))
    place = {value: at for at, value in enumerate(values)}
    return Code(few, values, {name: {text: place[value] for text, value in texts.items()} for name, texts in read.items()})


def _pairs(desk: Desk, sides: Mapping[str, Side], codes: Mapping[str, Code], as_of: date, every: int) -> None:
    """usual_pairs: h, s, home, counted (whether its household, one of `every`, is counted), held, age (a year below 25, then fives), gap (to the head's age, in fives), and each column's value where both sides agree."""
    born = {name: ", ".join(f"{_digits(column, first) if column in side.labels else 'NULL::INTEGER'} AS {called}" for column, first, called in
                            (("certificate_no", 7, "in_number"), ("birth_date", 1, "born"))) for name, side in sides.items()}
    picked = []
    for name, code in codes.items():
        there = [_coded(code, side, of) for side, of in (("handbook", "x"), ("system", "y")) if code.meaning[side]]
        picked.append(f"{there[0] if len(there) == 1 else f'CASE WHEN {there[0]} = {there[1]} THEN {there[0]} END' if there else 'NULL::INTEGER'} AS {name_in_sql(name)}")
    head = codes["relation_to_head"].values.index(HEAD) if "relation_to_head" in codes and HEAD in codes["relation_to_head"].values else -1
    relation = "relation_to_head" if "relation_to_head" in codes else "NULL::INTEGER"
    desk.run(SetStep("usual_rows", ("pairs", "base_handbook", "base_system", "identical_counted", "usual_asked"), f"""
        WITH placed AS (SELECT p.h, p.s, a.k_household AS home, b.k_household AS other_home, {mixed('a.k_household', '0')} % {every} = 0 AS counted
                        FROM pairs p JOIN base_handbook a ON a.id = p.h JOIN base_system b ON b.id = p.s)
        SELECT * FROM placed WHERE counted OR home IN (SELECT k_household FROM base_handbook a JOIN usual_asked q ON q.h = a.id)
        UNION ALL SELECT h, s, home, -1 - home, true FROM identical_counted"""))
    desk.run(SetStep("usual_pairs", ("usual_rows", "cells_handbook", "cells_system", "numbers_handbook", "numbers_system"), f"""
        WITH joined AS MATERIALIZED (SELECT p.h, p.s, {mixed('p.h', 'p.s')} AS mixed, p.home, p.counted, p.other_home,
                CASE WHEN h.in_number <> s.in_number THEN NULL WHEN coalesce(h.in_number, s.in_number) IS NOT NULL THEN coalesce(h.in_number, s.in_number)
                     WHEN h.born = s.born OR s.born IS NULL THEN h.born WHEN h.born IS NULL THEN s.born END AS born,
                {', '.join(picked)}
            FROM usual_rows p JOIN (SELECT id, {born['handbook']} FROM cells_handbook WHERE id IN (SELECT h FROM usual_rows)) h ON h.id = p.h
            JOIN (SELECT id, {born['system']} FROM cells_system WHERE id IN (SELECT s FROM usual_rows)) s ON s.id = p.s
            JOIN numbers_handbook x ON x.id = p.h JOIN numbers_system y ON y.id = p.s),
        aged AS MATERIALIZED (SELECT *, CASE WHEN born // 10000 BETWEEN 1900 AND {as_of.year} THEN
                {as_of.year} - born // 10000 - (born % 10000 > {as_of.month * 100 + as_of.day})::INTEGER END AS years FROM joined),
        heads AS (SELECT home, other_home, min(years) AS years FROM aged WHERE {relation} = {head} GROUP BY home, other_home HAVING count(*) = 1)
        SELECT a.* EXCLUDE (born, other_home), mixed // 1073741824 = 0 AS held,
            CASE WHEN a.years < 25 THEN a.years ELSE a.years // 5 * 5 END AS age,
            CASE WHEN {relation} IS DISTINCT FROM {head} THEN floor((a.years - heads.years) / 5)::INTEGER END AS gap
        FROM aged a LEFT JOIN heads USING (home, other_home)"""))


def _digits(column: str, first: int) -> str:
    """Return SQL for the eight digits of a day in a column's usual ways of writing it, NULL where there are none."""
    return f"try_cast(substr(replace(replace(replace({name_in_sql(column)}, ' ', ''), '-', ''), '.', ''), {first}, 8) AS INTEGER)"


def _coded(code: Code, side: str, of: str) -> str:
    """Return SQL that takes a column's number in the relation `of` for the place of its value, NULL where it has none."""
    places = ["NULL::SMALLINT" if at is None else str(at) for at in (code.meaning[side].get(text) for text in ("", *code.few.place))]
    return f"([{', '.join(places)}])[{of}.{code.few.name} + 1]"


def _homes(desk: Desk, codes: Mapping[str, Code], every: int) -> None:
    """usual_homes: one row per household of the booklet: its own columns, head_age (in tens), members, and the least common value among its members."""
    own = [name for name, code in codes.items() if code.column.of_household]
    members = [name for name in OF_MEMBERS if name in codes and name not in own]
    empty = {name: code.values.index("") if "" in code.values else -1 for name, code in codes.items()}
    said = [f"coalesce(arg_min({name_in_sql(name)}, h) FILTER ({name_in_sql(name)} <> {empty[name]}), min({name_in_sql(name)})) AS {name_in_sql(name)}" for name in own]
    least = [f"CASE WHEN count({name_in_sql(name)}) = count(*) THEN max({name_in_sql(name)}) END AS {name_in_sql('any ' + name)}" for name in members]
    relation = codes.get("relation_to_head")
    head = f"min(years) FILTER (relation_to_head = {relation.values.index(HEAD)})" if relation and HEAD in relation.values else "NULL::INTEGER"
    desk.run(SetStep("usual_homes", ("usual_pairs",), f"""
        SELECT *, {mixed('h', 's')} AS mixed, mixed // 1073741824 = 0 AS held FROM (
            SELECT home, any_value(counted) AS counted, min(h) AS h, min(s) AS s, count(*)::INTEGER AS members, {head} // 10 * 10 AS head_age
                {''.join(', ' + one for one in (*said, *least))}
            FROM usual_pairs GROUP BY home)"""))


def _conditions(base: str, name: str, codes: Mapping[str, Code]) -> list[tuple[str, ...]]:
    """Return the conditions that a column is tried under, the plainest first."""
    capacity = {CAN_WORK, "work_capacity"}
    if base == "usual_homes":
        beside = [*(one for one in BESIDE_HOME if one in codes and one != name), *(f"any {one}" for one in OF_MEMBERS if one in codes)]
        return [("head_age",), ("members",), *((one,) for one in beside), *(("members", one) for one in beside), *(("head_age", one) for one in beside)]
    beside = [one for one in BESIDE if one in codes and one != name and not {one, name} <= capacity]
    gaps: list[tuple[str, ...]] = [("gap",), ("gap", "sex")] if name == "relation_to_head" and "sex" in codes else []
    return [("age",), *gaps, *((one,) for one in beside), *(("age", one) for one in beside)]


def _sample(desk: Desk, base: str, rows: int) -> Sample:
    """Fetch about SAMPLE_ROWS of a base's rows that are not held back, chosen by their numbers; null is -1, values count from 0."""
    every = max(1, rows // SAMPLE_ROWS)
    taken: Sample = {}
    for name, column in desk.con.execute(f"SELECT * EXCLUDE (counted, held, mixed) FROM {base} WHERE counted AND NOT held AND mixed % {every} = 0 ORDER BY ALL").fetchnumpy().items():
        values = np.ma.filled(column.astype(np.int64), NULL)
        there = values != NULL
        taken[name] = np.where(there, values - (values[there].min() if there.any() else 0), -1)
    return taken


def _measure(desk: Desk, base: str, name: str, conditions: Sequence[tuple[str, ...]], slips: Mapping[tuple[int, int], int], code: Code, side: Side,
             sample: Sample) -> Measure | None:
    """Take the condition that foretells the column best, count the column under it, and find the threshold; None if none holds."""
    fits = [_fit(sample[name], [sample[part] for part in condition]) for condition in conditions]
    condition = conditions[max(range(len(fits)), key=lambda at: (round(fits[at], 3), -at))]
    counts: Counts = {}
    for value, held, n, *key in desk.con.execute(f"""SELECT {name_in_sql(name)}, held, count(*), {', '.join(name_in_sql(part) for part in condition)}
            FROM {base} WHERE counted AND {' AND '.join(f'{name_in_sql(part)} IS NOT NULL' for part in (name, *condition))} GROUP BY ALL ORDER BY ALL""").fetchall():
        counts.setdefault(tuple(key), {}).setdefault(value, [0, 0])[held] += n
    planted = Counter(dict(slips)) + Counter(_neighbours(code, side))
    found = _threshold(counts, {pair: weight for pair, weight in planted.items() if all(_seen(counts, value) for value in pair)})
    return None if found is None else Measure(condition, counts, *found)


def _fit(values: Numbers, beside: Sequence[Numbers]) -> float:
    """Return how well columns foretell each value from the other rows (log likelihood, each row left out in turn)."""
    there = values >= 0
    values, beside = values[there], [one[there] for one in beside]
    if not len(values):
        return 0.0
    share = np.bincount(values) / len(values)
    known = np.all([one >= 0 for one in beside], axis=0)
    fit = float(np.log(share[values[~known]]).sum())
    place = np.zeros(int(known.sum()), np.int64)
    for one in beside:
        place = place * (int(one.max()) + 1) + one[known]
    table = np.bincount(place * len(share) + values[known], minlength=(int(place.max()) + 1) * len(share) if len(place) else 0).reshape(-1, len(share))
    here = np.broadcast_to(table.sum(axis=1, keepdims=True), table.shape)
    full = table > 0
    return fit + float((table[full] * np.log((table[full] - 1 + 2 * np.broadcast_to(share, table.shape)[full]) / (here[full] + 1))).sum())


def _neighbours(code: Code, side: Side) -> Iterable[tuple[int, int]]:
    """Values that stand beside each other in the column's list, or are one apart."""
    fact = FIELDS[code.column.field]
    place = {value: at for at, value in enumerate(code.values)}
    if fact.type == "code" and code.column.field != CAN_WORK:
        order = [value for value in side.reader.codes[fact.codes or ""].values if value in place]
    else:
        order = sorted((value for value in code.values if value), key=lambda value: (not value.isdigit(), int(value) if value.isdigit() else 0, value))
    for one, other in pairwise(order):
        if not one.isdigit() or int(other) - int(one) == 1:
            yield min(place[one], place[other]), max(place[one], place[other])


def _odds(seen: Mapping[int, Sequence[int]], one: int, other: int) -> float:
    """Return log2 of how much oftener the first value was counted than the second."""
    return log2((seen.get(one, (0, 0))[0] + 0.5) / (seen.get(other, (0, 0))[0] + 0.5))


def _seen(counts: Counts, value: int) -> bool:
    """Whether a value stands often enough among the agreeing for its absence to mean something, and among those held back."""
    counted, held = (sum(seen.get(value, (0, 0))[part] for seen in counts.values()) for part in (0, 1))
    return counted + held >= FEWEST_SEEN and held > 0


def _threshold(counts: Counts, slips: Mapping[tuple[int, int], int]) -> tuple[float, float] | None:
    """Return the lowest threshold whose error on the planted slips is small enough, and that error.

    The error is that of the rule of succession, (wrong + 1) / (decided + 2), over as many as the weights are worth.
    """
    held: Counter[int] = Counter()
    for seen in counts.values():
        for value, (_, n) in seen.items():
            held[value] += n
    levels: dict[int, list[tuple[bool, float, int, tuple[Key, int]]]] = defaultdict(list)
    for pair, weight in sorted(slips.items()):
        for true, slip in (pair, pair[::-1]):
            for key, seen in counts.items():
                n = seen.get(true, (0, 0))[1]
                if n:
                    odds = _odds(seen, true, slip)
                    levels[int(abs(odds) / STEP)].append((odds > 0, weight / held[true], n, (key, true)))
    lowest: tuple[float, float] | None = None
    weighed, squared, wrong = 0.0, 0.0, 0.0
    people: dict[tuple[Key, int], int] = {}
    for level in sorted(levels, reverse=True):
        for right, each, n, who in sorted(levels[level], key=str):
            weighed, squared, wrong = weighed + each * n, squared + each * each * n, wrong + (0.0 if right else each * n)
            people[who] = n
        worth = min(weighed * weighed / squared, sum(people.values()))
        error = (wrong / weighed * worth + 1) / (worth + 2)
        if level * STEP >= LEAST and worth >= FEWEST_DECIDED and error <= WRONG:
            lowest = (level * STEP, error)
    return lowest


def _asked(desk: Desk, base: str) -> dict[tuple[int, int], dict[str, int | None]]:
    """Return the rows of a base in which the differences' persons (h, s) or households (h, 0) stand."""
    through = "SELECT u.* FROM usual_pairs u SEMI JOIN usual_asked USING (h)" if base == "usual_pairs" else (
        "SELECT u.* REPLACE (q.h AS h, 0 AS s) FROM usual_asked q JOIN base_handbook x ON x.id = q.h JOIN usual_homes u ON u.home = x.k_household")
    return {(row["h"], row["s"]): row for row in desk.rows(through)}


def _said(condition: str, at: int | None, codes: Mapping[str, Code]) -> str:
    """Say a condition so that it can be filtered by in a table."""
    assert at is not None  # such a person was left out
    match condition:
        case "age":
            return f"年龄{at}岁" if at < 25 else f"年龄{at}–{at + 4}岁"
        case "head_age":
            return f"户主年龄{at}–{at + 9}岁"
        case "members":
            return f"对应上{at}人"
        case "gap":
            return f"比户主大{5 * at}–{5 * at + 4}岁" if at >= 0 else f"比户主小{-5 * at - 4}–{-5 * at}岁"
    name = condition.removeprefix("any ")
    value = codes[name].values[at]
    return ("同户有人" if name != condition else "") + f"“{label_of(name)}”" + (f"为“{value}”" if value else "为空")
