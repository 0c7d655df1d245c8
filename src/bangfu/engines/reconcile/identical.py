"""identical: the households that both registers carry word for word.

Nothing can be found of them, so they are set aside before anything is read; whatever is counted over whole registers counts them in.
Promise: what a run gives is the same with and without (tests/engines/spec/test_identical.py). So a household is only set aside if its
codes and names are plain, its rows agree with each other, nobody shares a code, a number or a name in it, and no row of the register
lacks its household's code or village, which may stand on the row above.
"""

from collections.abc import Mapping

import pyarrow as pa

from bangfu.engines.relations.dictionary import FIELDS

from .cells import NEVER
from .compare import columns_of
from .forms import form
from .sides import NO_CODE, Side, mark, place, read_keys
from .steps import Desk, SetStep, name_in_sql

WORTH_WHILE, LOOKED_AT = 0.2, 2_000  # share of the rows that must be the same, among so many at three places of the booklets' register
NEEDED = ("person_code", "household_code", "name", "village")
PAIRS = pa.schema([("h", pa.int64()), ("s", pa.int64()), ("home", pa.int64()), ("k_village", pa.string())])
VILLAGES = pa.schema([("k_village", pa.string()), ("people", pa.int64()), ("households", pa.int64()), ("first", pa.int64())])


def nothing_aside(desk: Desk) -> None:
    """Leave the relations of set_aside on the desk, empty."""
    desk.put("identical", pa.Table.from_pylist([], schema=PAIRS))
    desk.put("identical_villages", pa.Table.from_pylist([], schema=VILLAGES))


def set_aside(desk: Desk, sides: Mapping[str, Side], sampled: str) -> None:
    """Leave on the desk: identical (h, s, home: the household's first booklet row, k_village), identical_villages (k_village, people,
    households, first: the first booklet row), and the keys of all other rows (sides.read_keys).

    sampled  the condition on `home` for households that are looked at all the same
    """
    nothing_aside(desk)
    ours = sides["handbook"]
    shared = [name for name in ours.labels if name in sides["system"].labels]
    if set(NEEDED) <= set(shared) and all(one.handbook == one.system for one in columns_of(ours, sides["system"])[0]):
        if _find(desk, sides, shared, sampled):
            for side in sides.values():
                read_keys(desk, side, among=f"open_{side.name}")
            if _stands_apart(desk, sides):
                desk.drop("raw_handbook", "raw_system", "twins", "identical_homes", "open_handbook", "open_system")
                return
            nothing_aside(desk)  # rare: begin again with everything
            desk.drop("raw_handbook", "twins", "identical_homes", "open_handbook", "open_system")
        desk.drop("raw_system")
    for side in sides.values():
        read_keys(desk, side)


def _find(desk: Desk, sides: Mapping[str, Side], shared: list[str], sampled: str) -> bool:
    """Find the households to be set aside; False where too few rows are the same for it to be worth while."""
    def hashed(names: list[str]) -> str:
        return f"hash({', '.join(map(name_in_sql, names))})"

    plain = " AND ".join(f"coalesce({form(name, name, sides['handbook'].reader.as_of)} = {name}, false)" for name in NEEDED[:3])
    coded = " AND ".join(f"NOT regexp_full_match({name}, '{pattern.pattern}')" for name, pattern in NO_CODE.items())
    for name in ("system", "handbook"):
        side = sides[name]
        home = ["village", *(one for one in side.labels if one in FIELDS and FIELDS[one].of_household and one not in NEVER and one != "village")]
        desk.run(SetStep(f"raw_{name}", (f"cells_{name}",), f"""SELECT id, {hashed(shared)} AS text, hash(person_code) AS code, hash(household_code) AS household,
            {mark(side)} AS number, {hashed(home)} AS home, {f'hash(name) AS name, hash(village) AS village, village IS NOT NULL AND {plain} AND {coded}' if name == 'handbook' else 'true'} AS plain
            FROM cells_{name}"""))
        if name == "system" and not _worth_while(desk, sides["handbook"].extract.rows, hashed(shared)):
            return False
    desk.run(SetStep("twins", ("raw_handbook", "raw_system"), "SELECT h.id AS h, s.id AS s, h.household, h.village FROM raw_handbook h JOIN raw_system s USING (text) WHERE h.plain"))
    twice = " UNION ".join(f"SELECT household FROM raw_{name} SEMI JOIN (SELECT {key} FROM raw_{name} WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1) USING ({key})"
                           for name in sides for key in ("code", "number"))
    desk.run(SetStep("identical_homes", ("raw_handbook", "raw_system", "twins"), f"""
        WITH ours AS (SELECT household, count(*) AS rows, min(id) AS home FROM raw_handbook GROUP BY household HAVING bool_and(plain) AND min(home) = max(home)),
        theirs AS (SELECT household, count(*) AS rows FROM raw_system GROUP BY household HAVING min(home) = max(home)),
        pairs AS (SELECT household, count(*) AS rows FROM twins GROUP BY household),
        twice AS ({twice} UNION SELECT household FROM raw_handbook GROUP BY household, name HAVING count(*) > 1)
        SELECT household, home FROM ours JOIN theirs USING (household, rows) JOIN pairs USING (household, rows) ANTI JOIN twice USING (household) WHERE NOT ({sampled})"""))
    names = [text for (text,) in desk.con.execute("SELECT DISTINCT village FROM cells_handbook WHERE village IS NOT NULL").fetchall()]
    desk.put("villages", pa.table({"text": pa.array(names, pa.string()), "k_village": pa.array([place(text) for text in names], pa.string())}))
    desk.run(SetStep("identical", ("twins", "identical_homes", "villages"), """
        SELECT t.h, t.s, i.home, v.k_village FROM twins t JOIN identical_homes i USING (household) JOIN (SELECT hash(text) AS village, k_village FROM villages) v USING (village)"""))
    desk.run(SetStep("identical_villages", ("identical",), "SELECT k_village, count(*) AS people, count(DISTINCT home) AS households, min(h) AS first FROM identical GROUP BY k_village"))
    for name in sides:
        desk.run(SetStep(f"open_{name}", (f"raw_{name}", "identical_homes"), f"SELECT id FROM raw_{name} ANTI JOIN identical_homes USING (household)"))
    return True


def _worth_while(desk: Desk, rows: int, text: str) -> bool:
    """Whether enough rows of the booklets' register stand word for word in the export, as far as a few places tell."""
    begins = sorted({max(0, (rows - LOOKED_AT) * at // 2) for at in range(3)})
    looked = " UNION ALL ".join(f"SELECT {text} AS text FROM cells_handbook WHERE id BETWEEN {begin} AND {begin + LOOKED_AT - 1}" for begin in begins)
    of_all, same = desk.con.execute(f"WITH looked AS MATERIALIZED ({looked}) SELECT (SELECT count(*) FROM looked), (SELECT count(*) FROM looked SEMI JOIN raw_system USING (text))").fetchone() or (0, 0)
    return bool(same >= WORTH_WHILE * of_all)


def _stands_apart(desk: Desk, sides: Mapping[str, Side]) -> bool:
    """Whether what was set aside has nothing to do with the other rows: none goes on from the row above, none means one of its codes by another text."""
    for name in sides:
        row = desk.con.execute(f"SELECT count(*) - count(k_household_code) + count(*) - count(k_village) FROM base_{name}").fetchone()
        if row and row[0] and desk.con.execute("SELECT 1 FROM identical LIMIT 1").fetchone():
            return False
        if desk.con.execute(f"""WITH other AS (SELECT hash(b.k_code) AS code, hash(b.k_household_code) AS household FROM base_{name} b JOIN raw_{name} r USING (id)
                WHERE (b.k_code IS NOT NULL AND hash(b.k_code) <> r.code) OR hash(b.k_household_code) <> r.household)
                SELECT 1 FROM identical_homes i WHERE household IN (SELECT household FROM other)
                UNION ALL SELECT 1 FROM raw_{name} r SEMI JOIN identical_homes USING (household) WHERE code IN (SELECT code FROM other) LIMIT 1""").fetchone():
            return False
    return True
