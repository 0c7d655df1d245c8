"""link: which row of the booklet register and which of the export are one person.

Named steps, one to one, never a silent guess; a later step sees only what the earlier left:
  copies      rows of one side that are the same person; the one with most keys stands, the others are duplicates
  by_code     the same 人编号 that the rest does not contradict
  by_number   the same citizen's number that the rest does not contradict
  by_village  the rest, village by village and then over all: names, numbers, births and households weighed against
              each other; what is about equally good is listed as ambiguous and not chosen
Every pair carries a sentence that a clerk can check by hand. Weights are counted on this month's own pairs (docs/decisions/0003-link.md).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import log2
from typing import Any

import pyarrow as pa

from bangfu.engines.relations.identity import is_placeholder, one_slip, same_number, two_slips

from .identical import nothing_aside
from .likeness import OTHER, SAME, WORDS, names_alike, sound_keys
from .sides import Side, put_keys
from .steps import Desk, SetStep, VillageStep, text_in_sql

PAIR = pa.schema([("h", pa.int64()), ("s", pa.int64()), ("method", pa.string()), ("score", pa.float64()), ("evidence", pa.string())])
AMBIGUOUS = pa.schema([*PAIR, ("village", pa.string())])
COPY = pa.schema([("side", pa.string()), ("id", pa.int64()), ("stands", pa.int64()), ("why", pa.string())])
KEYS = "id, k_name, k_number, k_certificate, k_code, k_household_code, k_birth, k_sex, k_relation, k_phone, k_village, k_household"
KEYS_FILLED = " + ".join(f"({name} IS NOT NULL)::INT" for name in ("k_certificate", "k_code", "k_household_code", "k_birth", "k_relation"))
ENOUGH, AHEAD = 8.0, 3.0  # bits: a pair needs so many, and the next best on both sides must be so far behind
WEIGHTS: Mapping[str, float] = {
    "name_same": 7, "name_sound": 4.5, "name_one_character": 3, "name_other": -6,
    "number_same": 13, "number_one_slip": 9, "number_two_slips": 4, "number_different": -5,
    "birth_same": 6, "birth_one_part": 2, "birth_different": -3,
    "code_same": 9, "code_one_slip": 4, "code_different": -2,
    "name_stands_elsewhere": -8, "household": 5, "last_of_household": 10, "phone": 3, "relation_same": 1.5, "sex_different": -2,
}  # fmt: skip
SAMPLED, FEWEST, SELDOM = 3_000, 300, 10  # pairs looked at for the weights, how few are too few, and under how many an agreement may have been missed by chance
LEAST_BITS, MOST_BITS = -6.0, 13.0
Row = Mapping[str, Any]


def both_numbers(one: Row, other: Row) -> str | None:
    """Return how two rows' numbers stand to each other: same, one_slip, two_slips, different, or None where either lacks one."""
    first, second = one["k_certificate"], other["k_certificate"]
    if not first or not second or "*" in first + second or is_placeholder(first) or is_placeholder(second):
        return None
    if same_number(first, second):
        return "same"
    if one_slip(first[:18], second[:18]):
        return "one_slip"
    return "two_slips" if two_slips(first[:18], second[:18]) else "different"


def birth_of(row: Row) -> str | None:
    """Return the day of birth as its column or else its valid number says it."""
    if row["k_birth"]:
        return str(row["k_birth"])
    number = row["k_number"]
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if number else None


def agrees(one: Row, other: Row) -> bool:
    """Whether the rest does not contradict a shared code or number: two of name, number and birth, or the very name."""
    alike = names_alike(one["k_name"], other["k_name"])
    if alike == SAME:
        return True
    numbers = both_numbers(one, other)
    support = (numbers in ("same", "one_slip")) + (birth_of(one) is not None and birth_of(one) == birth_of(other))
    if alike != OTHER:
        return numbers is None or support > 0
    return numbers == "same" and support == 2 and one["k_birth"] is not None and other["k_birth"] is not None


ALIKE = """
    SELECT id FROM base_{side} SEMI JOIN shared_{side} USING (k_code)
    UNION SELECT id FROM (SELECT id, hash(k_household, k_name) AS x FROM base_{side} WHERE k_name IS NOT NULL)
        SEMI JOIN (SELECT hash(k_household, k_name) AS x FROM base_{side} WHERE k_name IS NOT NULL GROUP BY ALL HAVING count(*) > 1) USING (x)
    UNION SELECT id FROM base_{side} SEMI JOIN (SELECT k_mark FROM base_{side} WHERE k_mark IS NOT NULL GROUP BY ALL HAVING count(*) > 1) USING (k_mark)"""
SETTLED = SetStep("settled", ("base_handbook", "base_system", "alike_handbook", "alike_system"), """
    SELECT h.id AS h, s.id AS s FROM base_handbook h JOIN base_system s USING (k_code, k_name)
    ANTI JOIN alike_handbook a ON a.id = h.id ANTI JOIN alike_system b ON b.id = s.id""")


def settle(desk: Desk, sides: Mapping[str, Side], as_of: date) -> None:
    """Leave on the desk what nearly everybody is, and the rest.

    alike_SIDE    ids of rows that share a code, the first characters of a number, or household and name with another row
    settled       h, s: the same code and name, and alike to nobody else
    keys_SIDE     every key of the other rows (unsettled_SIDE), and of some settled ones for the weights
    """
    for side in sides:
        desk.run(SetStep(f"alike_{side}", (f"base_{side}", f"shared_{side}"), ALIKE.format(side=side)))
    desk.run(SETTLED)
    desk.view("sampled", f"SELECT h, s FROM settled JOIN base_handbook b ON b.id = h WHERE {sampled('k_household', sides['handbook'].extract.rows)}")
    for side in sides:
        desk.run(SetStep(f"others_{side}", (f"base_{side}", "settled"), f"SELECT id FROM base_{side} ANTI JOIN (SELECT {side[0]} AS id FROM settled) USING (id)"))
        desk.view("asked", f"SELECT id FROM others_{side} UNION ALL SELECT {side[0]} FROM sampled")
        put_keys(desk, sides[side], f"keys_{side}", "asked", as_of)
        desk.view(f"unsettled_{side}", f"SELECT * FROM keys_{side} SEMI JOIN others_{side} USING (id)")


def sampled(home: str, rows: int) -> str:
    """Return the condition that takes whole households with about SAMPLED of so many booklet rows, spread evenly, whatever they are."""
    return f"{home} * 16 % {max(16, rows * 16 // SAMPLED)} < 16"


def find_copies(desk: Desk, sides: Mapping[str, Side]) -> None:
    """copies: rows of one side with the same code or number, or in one household the same name, and nothing that contradicts."""
    found: list[dict[str, Any]] = []
    for side in sides:
        for key, word in (("k_code", "人编号"), ("k_number", "证件号码"), ("k_household, k_name", "户和姓名")):
            rows = desk.rows(f"""
                SELECT {KEYS}, {KEYS_FILLED} AS keys_filled, dense_rank() OVER (ORDER BY {key}) AS bunch FROM keys_{side} SEMI JOIN alike_{side} USING (id)
                WHERE k_name IS NOT NULL AND {key.split(", ")[0]} IS NOT NULL QUALIFY count(*) OVER (PARTITION BY {key}) > 1 ORDER BY bunch, id""")
            bunches: dict[int, list[dict[str, Any]]] = {}
            for row in rows:
                bunches.setdefault(row["bunch"], []).append(row)
            gone = {(one["side"], one["id"]) for one in found}
            for bunch in bunches.values():
                found += _copies(side, word, [row for row in bunch if (side, row["id"]) not in gone])
    desk.put("copies", pa.Table.from_pylist(found, schema=COPY))


def _copies(side: str, word: str, bunch: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    bunch = sorted(bunch, key=lambda row: (-row["keys_filled"], row["id"]))
    while len(bunch) > 1:
        stands, rest = bunch[0], []
        for row in bunch[1:]:
            alike = names_alike(stands["k_name"], row["k_name"]) != OTHER
            different = stands["k_number"] and row["k_number"] and stands["k_number"] != row["k_number"]
            other_code = word != "人编号" and stands["k_code"] and row["k_code"] and stands["k_code"] != row["k_code"] and word != "证件号码"
            if other_code and word == "户和姓名" and stands["k_birth"] and stands["k_birth"] == row["k_birth"] and stands["k_relation"] == row["k_relation"]:
                other_code = False  # one name, birth and place in the household: the row was written again under another code
            if alike and not different and not other_code:
                yield {"side": side, "id": row["id"], "stands": stands["id"], "why": f"{word}相同"}
            else:
                rest.append(row)
        bunch = rest


def left(side: str, of: str) -> SetStep:
    """left_SIDE: the rows of `of` that are not paired yet."""
    return SetStep(f"left_{side}", ("pairs",), f"SELECT * FROM ({of}) x ANTI JOIN pairs p ON p.{side[0]} = x.id ORDER BY id")


def by_key(desk: Desk, key: str, method: str, word: str) -> None:
    """Turn what shares a key among the rows left into pairs: one to one, and only what the rest does not contradict."""
    desk.run(SetStep("candidates", ("left_handbook", "left_system"), f"SELECT h.id AS h, s.id AS s, h.k_name = s.k_name AS sure FROM left_handbook h JOIN left_system s USING ({key})"))
    rows = desk.rows(f"""SELECT c.h, c.s, {", ".join(f"h.{name} AS h_{name}, s.{name} AS s_{name}" for name in KEYS.split(", "))}
        FROM candidates c JOIN keys_handbook h ON h.id = c.h JOIN keys_system s ON s.id = c.s WHERE NOT coalesce(c.sure, false)
          AND NOT EXISTS (SELECT 1 FROM base_system x WHERE x.k_household = s.k_household AND x.k_name = h.k_name)
          AND NOT EXISTS (SELECT 1 FROM base_handbook x WHERE x.k_household = h.k_household AND x.k_name = s.k_name) ORDER BY c.h, c.s""")  # a name that is only alike is none where the very name stands beside it
    kept = []
    for row in rows:
        ours, theirs = _part(row, "h_"), _part(row, "s_")
        if agrees(ours, theirs):
            kept.append({"h": row["h"], "s": row["s"], "words": f"{word}相同，{WORDS[names_alike(ours['k_name'], theirs['k_name'])]}（手册“{ours['k_name']}”，系统“{theirs['k_name']}”）"})
    desk.put("kept", pa.Table.from_pylist(kept, schema=pa.schema([("h", pa.int64()), ("s", pa.int64()), ("words", pa.string())])))
    # a key that would pair one row with several is left to by_village
    desk.add("pairs", SetStep(f"by_{method}", ("candidates", "kept", "left_handbook"), f"""
        SELECT h, s, '{method}', NULL, coalesce(words, {_same_name(word)}) FROM (
            SELECT h, s, max(words) AS words, count(*) OVER (PARTITION BY h) AS of_h, count(*) OVER (PARTITION BY s) AS of_s FROM (
                SELECT h, s, NULL AS words FROM candidates WHERE sure UNION ALL SELECT h, s, words FROM kept) GROUP BY h, s)
        JOIN left_handbook x ON x.id = h WHERE of_h = 1 AND of_s = 1 ORDER BY h"""))
    desk.drop("candidates", "kept")
    for side in ("handbook", "system"):
        desk.run(left(side, f"SELECT * FROM left_{side}"))


def _same_name(word: str) -> str:
    """Return the expression for the sentence on two rows with one key and one name, k_name."""
    return f"'{word}相同，姓名都是“' || k_name || '”'"


def _part(row: Row, prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}


def _agreements(one: Row, other: Row, linked: bool) -> Iterator[tuple[str, str]]:
    """Say how two rows agree and differ, as names of WEIGHTS with a clause each. `linked`: their households are known to be one."""
    alike = names_alike(one["k_name"], other["k_name"])
    yield f"name_{alike}", WORDS[alike] + (f"（“{one['k_name']}”）" if alike == SAME else f"（手册“{one['k_name']}”，系统“{other['k_name']}”）")
    numbers = both_numbers(one, other)
    if numbers:
        yield f"number_{numbers}", {"same": "证件号码前18位相同", "one_slip": "证件号码只差一处", "two_slips": "证件号码差两处", "different": "证件号码不同"}[numbers]
    births = (birth_of(one), birth_of(other)) if numbers is None else (one["k_birth"], other["k_birth"])
    if births[0] and births[1] and numbers not in ("same", "one_slip"):
        apart = sum(a != b for a, b in zip(births[0].split("-"), births[1].split("-"), strict=False))
        yield ("birth_same", "出生日期相同") if not apart else ("birth_one_part", "出生日期差一处") if apart == 1 else ("birth_different", "出生日期不同")
    if one["k_code"] and other["k_code"]:
        if one["k_code"] == other["k_code"]:
            yield "code_same", "人编号相同"
        else:
            yield ("code_one_slip", "人编号只差一处") if one_slip(one["k_code"], other["k_code"]) else ("code_different", "人编号不同")
    if linked or (one["k_household_code"] and one["k_household_code"] == other["k_household_code"]):
        yield "household", "同一户"
    elif one["k_phone"] and one["k_phone"] == other["k_phone"]:
        yield "phone", "户联系电话相同"
    if one["k_relation"] and one["k_relation"] == other["k_relation"]:
        yield "relation_same", f"与户主关系都是“{one['k_relation']}”"
    if one["k_sex"] and other["k_sex"] and one["k_sex"] != other["k_sex"]:
        yield "sex_different", "性别不同"


def weigh(one: Row, other: Row, linked: bool, last: bool = False, weights: Mapping[str, float] = WEIGHTS) -> tuple[float, str]:
    """Return the bits that speak for one person, and the sentence.

    linked  their households are known to be one; last: everybody else of it is paired, the sex is the same and the relation does not speak against
    """
    bits, said = 0.0, []
    for name, words in _agreements(one, other, linked):
        bits += weights[name]
        said.append(words)
        if name == "household" and last:
            bits += weights["last_of_household"]
            said.append("同户其余的人都已对上，两边各剩这一人")
    return bits, "，".join(said)


def measure_weights(desk: Desk, rows: int) -> dict[str, float]:
    """Return the weights as this month's own pairs show them: log2 of how often pairs agree so, over how often two people of a village do.

    Counted on pairs sealed by code or number (each side of a key is judged by those that the other key sealed), and on people of a village that
    stand beside each other in them; WEIGHTS stand where there are too few; an agreement hardly ever seen in pairs is taken for as likely as it may be, up to the table. Bounded on either side, so that no single agreement decides alone.
    """
    desk.run(SetStep("sealed", ("pairs", "base_handbook", "base_system", "household_links"), f"""
        SELECT p.h, p.s, p.method, k.k_village, l.h IS NOT NULL AS linked, lead(p.s, 3) OVER w AS stranger, lead(k.k_village, 3) OVER w AS there,
               lead(k.k_household, 3) OVER w <> k.k_household AS apart
        FROM pairs p JOIN base_handbook k ON k.id = p.h AND {sampled('k.k_household', rows)} JOIN base_system x ON x.id = p.s
        LEFT JOIN household_links l ON l.main AND l.h = k.k_household AND l.s = x.k_household WINDOW w AS (ORDER BY k.k_village, p.h)"""))
    ours, theirs = ({row["id"]: row for row in desk.rows(f"SELECT * FROM keys_{side} WHERE id IN (SELECT {side[0]} FROM sealed)")} for side in ("handbook", "system"))
    true, chance = Counter[str](), Counter[str]()
    bases: dict[str, list[int]] = {}
    for row in desk.rows("SELECT * FROM sealed ORDER BY h"):
        for found, other, linked in ((true, row["s"], row["linked"]), (chance, row["stranger"] if row["there"] == row["k_village"] and row["apart"] else None, False)):
            if other is None or other not in theirs:
                continue
            for name, _ in _agreements(ours[row["h"]], theirs[other], linked):
                if found is chance or not name.startswith({"person_code": "code", "citizen_id": "number"}[row["method"]]):
                    found[name] += 1
    for found, at in ((true, 0), (chance, 1)):
        for group in ("name", "number", "birth", "code"):
            bases.setdefault(group, [0, 0])[at] = sum(n for name, n in found.items() if name.startswith(f"{group}_"))
    desk.drop("sealed")
    weights = dict(WEIGHTS)
    for name in WEIGHTS:
        group = name.split("_")[0]
        pairs, strangers = bases.get(group, [0, 0])
        if name.startswith(("name_", "number_", "birth_", "code_")) and name != "name_stands_elsewhere" and min(pairs, strangers) >= FEWEST:
            weights[name] = counted_bits(true[name], pairs, chance[name], strangers, WEIGHTS[name])
    return weights


def counted_bits(true: int, pairs: int, chance: int, strangers: int, table: float) -> float:
    """Return the bits of an agreement seen `true` times in so many pairs and `chance` times among so many strangers; `table`: what it weighs where it was not counted."""
    by_chance = log2((chance + 0.5) / (strangers + 1))
    bits = log2((true + 0.5) / (pairs + 1)) - by_chance
    if true < SELDOM:  # it may only have been missed: up to three times more (the rule of three), where the table says so
        bits = min(max(bits, table), log2((true + 3) / (pairs + 3)) - by_chance)
    if not chance:  # strangers never agree so: what was counted is only the least it can be
        bits = max(bits, table)
    return round(min(max(bits, LEAST_BITS), MOST_BITS), 1)


def pair_up(ours: list[Row], theirs: list[Row], *, links: Mapping[int, int], known: frozenset[int],
            weights: Mapping[str, float] = WEIGHTS) -> Iterable[Mapping[str, Any]]:
    """by_village: pair the rows left of one village; ambiguous ones come out with method `ambiguous`.

    links  household of the booklet -> household of the export, as the pairs so far show; known: those of which somebody is paired
    """
    scored = sorted(_scored(ours, theirs, links, known, weights), key=lambda one: (-one[0], one[1], one[2]))
    free_h, free_s = {row["id"] for row in ours}, {row["id"] for row in theirs}
    village = next((row["k_village"] for row in (*ours, *theirs)), None)
    unclear: dict[tuple[int, int], tuple[float, str]] = {}
    again = True
    while again:
        again = False
        best_h: dict[int, list[float]] = {}
        best_s: dict[int, list[float]] = {}
        left = [one for one in scored if one[1] in free_h and one[2] in free_s]
        for bits, h, s, _ in left:
            best_h.setdefault(h, []).append(bits)
            best_s.setdefault(s, []).append(bits)
        unclear.clear()
        for bits, h, s, words in left:
            if bits < ENOUGH:
                break
            if h not in free_h or s not in free_s:
                continue
            rivals = [others[1] for others in (best_h[h], best_s[s]) if len(others) > 1]
            if bits == best_h[h][0] == best_s[s][0] and all(bits - rival >= AHEAD for rival in rivals):
                free_h.discard(h)
                free_s.discard(s)
                again = True
                yield {"h": h, "s": s, "method": "household_name" if "同一户" in words else "weighted", "score": bits, "evidence": words,
                       "village": village}
            elif bits >= max(best_h[h][0], best_s[s][0]) - AHEAD:
                unclear[h, s] = (bits, words)
    for (h, s), (bits, words) in unclear.items():
        if h in free_h and s in free_s:
            yield {"h": h, "s": s, "method": "ambiguous", "score": bits, "evidence": words, "village": village}


def _scored(ours: list[Row], theirs: list[Row], links: Mapping[int, int], known: frozenset[int], weights: Mapping[str, float]) -> Iterator[tuple[float, int, int, str]]:
    """Weigh only rows that share a block: household, sound of the name, birth, or the head or tail of the number."""
    blocks: dict[tuple[str, Any], list[Row]] = {}
    for row in theirs:
        for block in _blocks(row, row["k_household"]):
            blocks.setdefault(block, []).append(row)
    names_h, names_s = _names(ours), _names(theirs)
    left_h, left_s = (Counter(row["k_household"] for row in rows) for rows in (ours, theirs))
    for one in ours:
        seen: set[int] = set()
        household = links.get(one["k_household"])
        for block in _blocks(one, household):
            for other in blocks.get(block, ()):
                if other["id"] not in seen:
                    seen.add(other["id"])
                    last = (one["k_household"] in known and left_h[one["k_household"]] == 1 == left_s[other["k_household"]]
                            and one["k_sex"] is not None and one["k_sex"] == other["k_sex"] and (None in (one["k_relation"], other["k_relation"]) or one["k_relation"] == other["k_relation"]))
                    bits, words = weigh(one, other, household is not None and household == other["k_household"], last, weights)
                    if one["k_name"] != other["k_name"] and (
                            one["k_name"] in names_s[other["k_household"]] or other["k_name"] in names_h[one["k_household"]]):
                        bits += weights["name_stands_elsewhere"]
                    if bits >= ENOUGH - AHEAD:
                        yield bits, one["id"], other["id"], words


def _names(rows: list[Row]) -> dict[int, set[str]]:
    """Return the names of each household."""
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row["k_household"], set()).add(row["k_name"])
    return found


def _blocks(row: Row, household: int | None) -> Iterator[tuple[str, Any]]:
    if household is not None:
        yield "household", household
    for name in ("k_household_code", "k_code"):
        if row[name]:
            yield name, row[name]
    if row["k_name"]:
        for key in sound_keys(row["k_name"]):
            yield "sound", key
    birth = birth_of(row)
    if birth:
        yield "birth", birth
    if row["k_certificate"] and len(row["k_certificate"]) >= 15:
        yield "head", row["k_certificate"][:14]
        yield "tail", row["k_certificate"][10:18]


HOUSEHOLD_LINKS = SetStep("household_links", ("base_handbook", "base_system", "pairs"), """
    WITH counted AS (SELECT h.k_household AS h, s.k_household AS s, count(*) AS members, min(p.h) AS first
                     FROM pairs p JOIN base_handbook h ON h.id = p.h JOIN base_system s ON s.id = p.s GROUP BY ALL)
    SELECT h, s, members,
           row_number() OVER (PARTITION BY h ORDER BY members DESC, first) = 1 AND
           row_number() OVER (PARTITION BY s ORDER BY members DESC, first) = 1 AS main
    FROM counted ORDER BY h, s""")
LONE_HEADS = """
    WITH wanted AS (SELECT k_village, k_name FROM left_handbook UNION SELECT k_village, k_name FROM left_system),
    aside AS (SELECT i.k_village, c.name AS k_name, i.home FROM identical i JOIN cells_handbook c ON c.id = i.h
              WHERE (i.k_village, c.name) IN (SELECT (k_village, k_name) FROM wanted) AND {head}),
    heads AS (SELECT side, k_village, k_name, any_value(k_household) AS k_household, count(*) AS many FROM (
        SELECT 'h' AS side, k_village, k_name, k_household FROM base_handbook WHERE k_relation = '户主' UNION
        SELECT 's' AS side, k_village, k_name, k_household FROM base_system WHERE k_relation = '户主' UNION
        SELECT 'h' AS side, k_village, k_head, k_household FROM base_handbook WHERE k_head IS NOT NULL UNION
        SELECT 's' AS side, k_village, k_head, k_household FROM base_system WHERE k_head IS NOT NULL UNION
        SELECT unnest(['h', 's']), k_village, k_name, -1 - home FROM aside)
        WHERE (k_village, k_name) IN (SELECT (k_village, k_name) FROM wanted) GROUP BY ALL)
    SELECT a.k_household AS h, b.k_household AS s FROM heads a JOIN heads b USING (k_village, k_name)
    WHERE a.side = 'h' AND b.side = 's' AND a.many = 1 AND b.many = 1 AND k_name IS NOT NULL ORDER BY 1, 2"""


def _lone_heads(desk: Desk, ours: Side) -> dict[int, int]:
    """Return the households (booklet's -> export's) whose heads' name stands on no other head of the village; those set aside are counted in."""
    if not desk.first("SELECT 1 FROM identical LIMIT 1"):
        head = "false"
    else:
        texts = [text for (text,) in desk.con.execute("SELECT DISTINCT relation_to_head FROM cells_handbook").fetchall()] if "relation_to_head" in ours.labels else []
        heads = ", ".join(text_in_sql(text) for text in texts if text and ours.read("relation_to_head", text).normal == "户主")
        head = f"c.relation_to_head IN ({heads})" if heads else "false"
        head += " OR c.name = replace(c.head_name, ' ', '')" if "head_name" in ours.labels else ""
    return {row["h"]: row["s"] for row in desk.rows(LONE_HEADS.format(head=f"({head})"))}


def _stand_alike(desk: Desk, sides: Mapping[str, Side]) -> int:
    """Where one person stands several times on both sides, let those rows stand for him that are written most alike; returns how many changed."""
    several = desk.rows("""SELECT p.h, p.s FROM pairs p WHERE p.h IN (SELECT stands FROM copies WHERE side = 'handbook')
        AND p.s IN (SELECT stands FROM copies WHERE side = 'system') ORDER BY p.h""")
    both = [name for name in sides["handbook"].labels if name in sides["system"].labels]
    changed = 0
    for pair in several:
        rows = {side: desk.rows(f"""SELECT c.* FROM cells_{side} c WHERE c.id = $stands OR c.id IN (SELECT id FROM copies WHERE side = '{side}' AND stands = $stands)
            ORDER BY c.id <> $stands, c.id""", stands=pair[side[0]]) for side in sides}
        best = max(((one, other) for one in rows["handbook"] for other in rows["system"]), key=lambda two: sum(two[0][name] == two[1][name] for name in both))
        for side, row in zip(sides, best, strict=True):
            before = pair[side[0]]
            if row["id"] != before:
                changed += 1
                desk.con.execute(f"UPDATE copies SET id = CASE WHEN id = {row['id']} THEN {before} ELSE id END, stands = {row['id']} WHERE side = '{side}' AND stands = {before}")
                desk.con.execute(f"UPDATE pairs SET {side[0]} = {row['id']} WHERE {side[0]} = {before}")
    return changed


def link(desk: Desk, sides: Mapping[str, Side], as_of: date) -> Mapping[str, float]:
    """Run every step and return the weights used; leaves pairs, pairs_said (with those set aside, and the sentence of those settled), ambiguous, copies, household_links and left_SIDE (the rows without a partner) on the desk."""
    if "identical" not in desk.names:
        nothing_aside(desk)
    settle(desk, sides, as_of)
    find_copies(desk, sides)
    desk.put("pairs", pa.Table.from_pylist([], schema=PAIR))
    desk.view("pairs_said", f"""SELECT p.* REPLACE (coalesce(evidence, {_same_name('人编号')}) AS evidence) FROM pairs p JOIN base_handbook b ON b.id = p.h
        UNION ALL SELECT h, s, 'person_code', NULL, {_same_name('人编号')} FROM (SELECT i.h, i.s, c.name AS k_name FROM identical i JOIN cells_handbook c ON c.id = i.h)""")
    desk.add("pairs", SetStep("by_settled", ("settled",), "SELECT h, s, 'person_code', NULL, NULL FROM settled"))
    for side in sides:
        desk.run(SetStep(f"left_{side}", ("copies",), f"SELECT * FROM unsettled_{side} x ANTI JOIN (SELECT id FROM copies WHERE side = '{side}') c ON c.id = x.id ORDER BY id"))
    by_key(desk, "k_code", "person_code", "人编号")
    by_key(desk, "k_number", "citizen_id", "证件号码")
    desk.run(HOUSEHOLD_LINKS)
    weights = measure_weights(desk, sides["handbook"].extract.rows)
    heads = _lone_heads(desk, sides["handbook"])
    for place in ("k_village", "everywhere", "k_village"):  # moved persons are found by the second pass; the third has more households linked
        paired = {row["h"]: row["s"] for row in desk.rows("SELECT h, s FROM household_links WHERE main AND h IN (SELECT k_household FROM left_handbook) ORDER BY h")}
        links = heads | paired
        for side in sides:
            desk.view(f"rest_{side}", f"SELECT *, 0 AS everywhere FROM left_{side} ORDER BY id")
        desk.run(VillageStep("by_village", {"rest_handbook": place, "rest_system": place}, AMBIGUOUS, pair_up), links=links, known=frozenset(paired), weights=weights)
        if desk.first("INSERT INTO pairs SELECT h, s, method, score, evidence FROM by_village WHERE method <> 'ambiguous'")[0]:
            desk.run(HOUSEHOLD_LINKS)
            for side in sides:
                desk.run(left(side, f"SELECT * FROM left_{side}"))
    desk.drop("settled", "others_handbook", "others_system", "keys_handbook", "keys_system")
    if _stand_alike(desk, sides):
        desk.run(HOUSEHOLD_LINKS)
    desk.run(SetStep("ambiguous", ("by_village",), "SELECT * FROM by_village WHERE method = 'ambiguous' ORDER BY h, s"))
    return weights
