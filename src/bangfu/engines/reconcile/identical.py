"""identical: the households that both registers carry word for word.

Nothing can be found of them, so they are set aside before anything is read; whatever is counted over whole registers counts them in.
Promise: what a run gives is the same with and without (tests/engines/spec/test_identical.py). So a household is only set aside if its
codes and names are plain, its rows agree with each other, nobody shares a code, a number or a name in it, and no row of the register
lacks its household's code or village, which may stand on the row above.
"""

from collections.abc import Mapping

import pyarrow as pa

from .cells import mixed, one_in
from .columns import NEEDED
from .forms import CHINESE
from .sides import Side, place, read_keys
from .steps import Desk, SetStep

PLAIN = {"name": f"{CHINESE}{{2,}}", **dict.fromkeys(("person_code", "household_code"), "[0-9A-Z]*[2-8A-Z][0-9A-Z]*")}  # is read as it stands; a code of 0, 1 and 9 alone may be none
WORTH_WHILE = 0.2  # share of the rows that must be the same
PAIRS = pa.schema([("h", pa.int64()), ("s", pa.int64()), ("home", pa.int64()), ("k_village", pa.string())])
VILLAGES = pa.schema([("k_village", pa.string()), ("people", pa.int64()), ("households", pa.int64()), ("first", pa.int64())])


def nothing_aside(desk: Desk) -> None:
    """Leave the relations of set_aside on the desk, empty."""
    desk.put("identical", pa.Table.from_pylist([], schema=PAIRS))
    desk.put("identical_villages", pa.Table.from_pylist([], schema=VILLAGES))
    desk.put("identical_counted", pa.Table.from_pylist([], schema=PAIRS))


def set_aside(desk: Desk, sides: Mapping[str, Side], sampled: str) -> None:
    """Leave on the desk: identical (h, s, home: the household's first booklet row, k_village), identical_villages (k_village, people,
    households, first: the first booklet row), identical_counted (those of the households in which usual values are counted), and the keys of all
    other rows (sides.read_keys). Needs numbers_SIDE.

    sampled  the condition on `home` for households that are looked at all the same
    """
    nothing_aside(desk)
    keyed = all(set(NEEDED) <= side.labels.keys() for side in sides.values())
    if keyed and _find(desk, sides, sampled):
        for side in sides.values():
            read_keys(desk, side, among=f"open_{side.name}")
        if _stands_apart(desk, sides):
            _forget_keys(desk)
            desk.drop("twins", "identical_homes", "open_handbook", "open_system")
            return
        nothing_aside(desk)  # rare: begin again with everything
        desk.drop("identical_homes", "open_handbook", "open_system")
    if keyed:
        desk.drop("twins")
        _forget_keys(desk)
    for side in sides.values():
        read_keys(desk, side)


def _find(desk: Desk, sides: Mapping[str, Side], sampled: str) -> bool:
    """Find the households to be set aside; False where too few rows are the same for it to be worth while."""
    desk.run(SetStep("twins", ("numbers_handbook", "numbers_system"), "SELECT h.id AS h, s.id AS s, h.household, h.village FROM numbers_handbook h JOIN numbers_system s USING (whole)"))
    if desk.counts[-1]["rows"] < WORTH_WHILE * sides["handbook"].extract.rows:
        return False
    plain = " AND ".join(f"regexp_full_match(c.{name}, '{pattern}')" for name, pattern in PLAIN.items())
    desk.run(SetStep("twins", ("twins", "cells_handbook"), f"SELECT t.* FROM twins t JOIN cells_handbook c ON c.id = t.h WHERE c.village IS NOT NULL AND {plain}"))
    twice = " UNION ".join(f"SELECT household FROM numbers_{name} SEMI JOIN (SELECT {key} FROM numbers_{name} WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1) USING ({key})"
                           for name in sides for key in ("code", "number"))
    desk.run(SetStep("identical_homes", ("numbers_handbook", "numbers_system", "twins"), f"""
        WITH ours AS (SELECT household, count(*) AS rows, min(id) AS home FROM numbers_handbook GROUP BY household HAVING min(one) = max(one) AND min(village) = max(village)),
        theirs AS (SELECT household, count(*) AS rows FROM numbers_system GROUP BY household HAVING min(one) = max(one) AND min(village) = max(village)),
        pairs AS (SELECT household, count(*) AS rows FROM twins GROUP BY household),
        twice AS ({twice} UNION SELECT household FROM numbers_handbook GROUP BY household, name HAVING count(*) > 1)
        SELECT household, home FROM ours JOIN theirs USING (household, rows) JOIN pairs USING (household, rows) ANTI JOIN twice USING (household) WHERE NOT ({sampled})"""))
    names = [text for (text,) in desk.con.execute("SELECT DISTINCT village FROM cells_handbook WHERE village IS NOT NULL").fetchall()]
    desk.put("villages", pa.table({"text": pa.array(names, pa.string()), "k_village": pa.array([place(text) for text in names], pa.string())}))
    desk.run(SetStep("identical", ("twins", "identical_homes", "villages"), """
        SELECT t.h, t.s, i.home, v.k_village FROM twins t JOIN identical_homes i USING (household) JOIN (SELECT hash(text) AS village, k_village FROM villages) v USING (village)"""))
    desk.run(SetStep("identical_villages", ("identical",), "SELECT k_village, count(*) AS people, count(DISTINCT home) AS households, min(h) AS first FROM identical GROUP BY k_village"))
    desk.run(SetStep("identical_counted", ("identical",), f"SELECT * FROM identical WHERE {mixed('home', '0')} % {one_in(sides['handbook'].extract.rows)} = 0"))
    for name in sides:
        desk.run(SetStep(f"open_{name}", (f"numbers_{name}", "identical_homes"), f"SELECT id FROM numbers_{name} ANTI JOIN identical_homes USING (household)"))
    return True


def _forget_keys(desk: Desk) -> None:
    """Take out of numbers_SIDE what was needed here only."""
    for name in ("handbook", "system"):
        for column in ("whole", "code", "household", "number", "village", *(["name"] if name == "handbook" else [])):
            desk.con.execute(f"ALTER TABLE numbers_{name} DROP COLUMN {column}")


def _stands_apart(desk: Desk, sides: Mapping[str, Side]) -> bool:
    """Whether what was set aside has nothing to do with the other rows: none goes on from the row above, none means one of its codes by another text."""
    for name in sides:
        if desk.first(f"SELECT count(*) - count(k_household_code) + count(*) - count(k_village) FROM base_{name}")[0] and desk.first("SELECT 1 FROM identical LIMIT 1"):
            return False
        if desk.first(f"""WITH other AS (SELECT hash(b.k_code) AS code, hash(b.k_household_code) AS household FROM base_{name} b JOIN numbers_{name} r USING (id)
                WHERE (b.k_code IS NOT NULL AND hash(b.k_code) <> r.code) OR hash(b.k_household_code) <> r.household)
                SELECT 1 FROM identical_homes i WHERE household IN (SELECT household FROM other)
                UNION ALL SELECT 1 FROM numbers_{name} r SEMI JOIN identical_homes USING (household) WHERE code IN (SELECT code FROM other) LIMIT 1"""):
            return False
    return True
