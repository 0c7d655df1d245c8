"""cells: the cells of pairs and of linked households in which the two registers are written differently.

Promises: raw texts are compared first, by a hash of the row, and only rows that differ are taken apart; a household's values are
compared once, by the first row that carries them; rows of a household of which most stand elsewhere on the other side do not
speak for it. What differs only as `forms.py` can see is marked and needs no reader. A column of few texts is compared by
their numbers, and what differs in it is counted by village and pair of texts (`groups`) before any row is listed: every cell of a
village may be written its own way.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from .columns import Columns, Compared, Few, read_as
from .forms import form
from .sides import Side
from .steps import Desk, Rows, SetStep, name_in_sql, text_in_sql

BATCH = 250_000  # pairs taken apart at once: bounds what stands in memory
COUNTED_ROWS = 120_000  # of more booklet rows about as many are counted, whole households at a time, and the reason says so
SPOKEN = pa.schema([("k_household", pa.int64()), ("field", pa.string()), ("value", pa.string()), ("id", pa.int64())])


def one_in(rows: int) -> int:
    """Return that of so many booklet rows one household in so many is counted where usual values are."""
    return max(1, -(-rows // COUNTED_ROWS))


def mixed(one: str, other: str) -> str:
    """Return SQL for 32 bits that depend on two row numbers and on nothing else."""
    first = f"(({one})::UBIGINT * 2654435761 + ({other})::UBIGINT * 2246822519 + 374761393) % 4294967296"
    second = f"(xor({first}, ({first}) >> 15) * 2246822519) % 4294967296"
    return f"(xor({second}, ({second}) >> 13) * 3266489917) % 4294967296"


def find_cells(desk: Desk, sides: Mapping[str, Side], columns: Columns, as_of: date) -> Rows:
    """Find what is written differently; returns the household columns in which rows of one household disagree.

    leaves  groups: field, k_village, hv, sv, n, hid, sid (the first): in how many pairs of a village the two sides say so
            cells (field, hid, sid, hv, sv) and the numbers in apart_members and apart_homes: what is counted there; see cells_of
            formed (field, n, hid, hv, sv: the first): what differs in form only
    needs   numbers_SIDE, pairs, household_links, identical; aside: (side, id) of rows that do not speak for their household; skipped: (h, s, field) that only
            follow from something else
    """
    few, households = columns.numbered, columns.households
    desk.run(SetStep("cells", (), "SELECT NULL::VARCHAR AS field, NULL::BIGINT AS hid, NULL::BIGINT AS sid, NULL::VARCHAR AS hv, NULL::VARCHAR AS sv LIMIT 0"))
    desk.run(SetStep("formed", (), "SELECT NULL::VARCHAR AS field, NULL::BIGINT AS n, NULL::BIGINT AS hid, NULL::VARCHAR AS hv, NULL::VARCHAR AS sv LIMIT 0"))
    _put_apart(desk, "apart_members", "SELECT h AS hid, s AS sid FROM pairs", "m", few)
    _take_apart(desk, "apart_members", columns.free(columns.members), as_of)
    for name in sides:
        _voiced(desk, name)
    _put_apart(desk, "apart_homes", """SELECT a.id AS hid, b.id AS sid FROM household_links l JOIN voiced_handbook a ON a.k_household = l.h
        JOIN voiced_system b ON b.k_household = l.s WHERE l.main AND a.one AND b.one""", "g", few)
    desk.run(SetStep("follow", ("skipped", "voiced_handbook", "voiced_system"), """SELECT a.id AS hid, b.id AS sid, x.field FROM skipped x
        JOIN voiced_handbook a ON a.k_household = x.h JOIN voiced_system b ON b.k_household = x.s"""))
    _take_apart(desk, "apart_homes", columns.free(households), as_of)
    for (field,) in desk.con.execute("SELECT DISTINCT field FROM follow").fetchall():
        for one in few:
            if one.column.field == field:
                desk.con.execute(f"UPDATE apart_homes SET {one.ours} = {one.theirs} WHERE hid IN (SELECT hid FROM follow WHERE field = {text_in_sql(field)})")
    disagreements: Rows = []
    for side in sides.values():
        disagreements += _spoken(desk, side, households, columns.own(side))
    _several_voices(desk, households, as_of)
    desk.run(SetStep("groups", ("cells", "base_handbook", "apart_members", "apart_homes"), " UNION ALL ".join([
        "SELECT field, k_village, hv, sv, count(*) AS n, min(hid) AS hid, arg_min(sid, hid) AS sid FROM cells JOIN base_handbook k ON k.id = hid GROUP BY ALL",
        *(f"""SELECT {text_in_sql(one.column.field)}, k_village, {one.text('ours')}, {one.text('theirs')}, n, hid, sid FROM (
              SELECT k_village, {one.ours} AS ours, {one.theirs} AS theirs, count(*) AS n, min(hid) AS hid, arg_min(sid, hid) AS sid FROM {one.apart} WHERE ours <> theirs GROUP BY ALL)""" for one in few)])))
    desk.drop("voiced_handbook", "voiced_system", "spoken_handbook", "spoken_system", "follow")
    return disagreements


def cells_of(desk: Desk, few: Sequence[Few], groups: str) -> None:
    """Leave `differences` on the desk: field, hv, sv, hid, sid, kind of every cell counted in the relation `groups` (field, k_village, hv, sv, kind)."""
    same = "t.k_village IS NOT DISTINCT FROM c.k_village"
    there = {name for (name,) in desk.con.execute(f"SELECT DISTINCT field FROM {groups}").fetchall()}
    desk.run(SetStep("differences", (groups, "cells", "base_handbook", "apart_members", "apart_homes"), " UNION ALL ".join([
        f"""SELECT c.field, c.hv, c.sv, c.hid, c.sid, t.kind FROM (SELECT c.*, k.k_village FROM cells c JOIN base_handbook k ON k.id = c.hid) c
            JOIN {groups} t ON t.field = c.field AND t.hv IS NOT DISTINCT FROM c.hv AND t.sv IS NOT DISTINCT FROM c.sv AND {same}""",
        *(f"""SELECT t.field, t.hv, t.sv, c.hid, c.sid, t.kind FROM {one.apart} c
              JOIN (SELECT *, {one.number('hv')} AS ours, {one.number('sv')} AS theirs FROM {groups} WHERE field = {text_in_sql(one.column.field)}) t
              ON t.ours = c.{one.ours} AND t.theirs = c.{one.theirs} AND {same}""" for one in few if one.column.field in there)])))


def _put_apart(desk: Desk, name: str, pairs: str, key: str, few: Sequence[Few]) -> None:
    """apart_members, apart_homes: the pairs that say different things: hid, sid, k_village, whether in free texts (`free`), and the numbers of both sides."""
    few = [one for one in few if one.apart == name]
    numbers = "".join(f", h.{one.name} AS {one.ours}, s.{one.name} AS {one.theirs}" for one in few)
    desk.run(SetStep(name, ("numbers_handbook", "numbers_system", "base_handbook"), f"""
        SELECT p.hid, p.sid, k.k_village, h.{key} <> s.{key} AS free{numbers} FROM ({pairs}) p JOIN numbers_handbook h ON h.id = p.hid JOIN numbers_system s ON s.id = p.sid
        JOIN base_handbook k ON k.id = p.hid WHERE h.all_{key} <> s.all_{key} ORDER BY p.hid"""))


def _take_apart(desk: Desk, apart: str, columns: Sequence[Compared], as_of: date) -> None:
    """Add the cells of the rows in `apart` whose free texts differ, a batch of rows at a time."""
    if not columns:
        return
    cells = ", ".join(f"{{'field': {text_in_sql(one.field)}, 'hv': h.{name_in_sql(one.handbook)}, 'sv': s.{name_in_sql(one.system)}, 'mark': {_mark(one, f'h.{name_in_sql(one.handbook)}', f's.{name_in_sql(one.system)}', as_of)}}}" for one in columns)
    followed = "" if apart != "apart_homes" else "ANTI JOIN follow f ON f.hid = c.hid AND f.field = c.field"
    limits = desk.con.execute(f"SELECT min(hid), max(hid) FROM (SELECT hid, (row_number() OVER (ORDER BY hid) - 1) // {BATCH} AS batch FROM {apart} WHERE free) GROUP BY batch ORDER BY 1").fetchall()
    for first, last in limits:
        _sort(desk, SetStep("differ", (apart, "cells_handbook", "cells_system"), f"""
            SELECT c.* FROM (SELECT hid, sid, cell.field AS field, cell.hv AS hv, cell.sv AS sv, cell.mark AS mark FROM (
                SELECT d.hid, d.sid, unnest([{cells}]) AS cell FROM {apart} d JOIN cells_handbook h ON h.id = d.hid JOIN cells_system s ON s.id = d.sid
                WHERE d.free AND d.hid BETWEEN {first} AND {last} AND h.id BETWEEN {first} AND {last}) WHERE cell.mark > 0) c {followed}"""))


def _sort(desk: Desk, differ: SetStep) -> None:
    """Add what a step gives to `cells`, or to what is counted as form."""
    desk.run(differ)
    desk.add("cells", SetStep("cells", ("differ",), "SELECT field, hid, sid, hv, sv FROM differ WHERE mark = 2"))
    desk.add("formed", SetStep("formed", ("differ",), "SELECT field, count(*), min(hid), arg_min(hv, hid), arg_min(sv, hid) FROM differ WHERE mark = 1 GROUP BY field"))
    desk.drop("differ")


def _mark(one: Compared, ours: str, theirs: str, as_of: date) -> str:
    """Return the expression that is 0 where two texts are the same, 1 where they are one value as far as SQL can tell, else 2."""
    forms = form(one.field, ours, as_of), form(one.field, theirs, as_of)
    alike = f"WHEN {forms[0]} = {forms[1]} THEN 1 " if all(forms) and one.handbook == one.system else ""
    return f"(CASE WHEN {ours} IS NOT DISTINCT FROM {theirs} THEN 0 {alike}ELSE 2 END)::UTINYINT"


def _voiced(desk: Desk, side: str) -> None:
    """voiced_SIDE: a household's first row that speaks for it, and whether all its rows say the same (`one`)."""
    desk.run(SetStep(f"voiced_{side}", (f"base_{side}", f"numbers_{side}", "copies", "aside"), f"""
        SELECT k_household, min(k.id) AS id, min(x.one) = max(x.one) AS one FROM base_{side} k JOIN numbers_{side} x USING (id)
        ANTI JOIN (SELECT id FROM copies WHERE side = '{side}') c ON c.id = k.id ANTI JOIN (SELECT id FROM aside WHERE side = '{side}') a ON a.id = k.id
        GROUP BY k_household"""))


def _spoken(desk: Desk, side: Side, columns: Sequence[Compared], own: Sequence[str]) -> Rows:
    """spoken_SIDE: k_household, field, value, id - what a side says of households that need a closer look, and the first row that says it.

    These are households whose own rows are written differently, and those linked with one. Where the rows disagree after reading, that
    is a finding, and what most rows say is compared.
    """
    other = "system" if side.name == "handbook" else "handbook"
    by_field = {one.field: one for one in columns} | {name: Compared(name, name, name) for name in own}
    cells = ", ".join(f"{{'field': {text_in_sql(field)}, 'value': {name_in_sql(one.on(side.name))}}}" for field, one in by_field.items()) or "{'field': NULL, 'value': NULL}"
    desk.run(SetStep("voices", (f"cells_{side.name}", f"base_{side.name}", f"voiced_{side.name}", f"voiced_{other}", "household_links", "copies", "aside"), f"""
        WITH close AS (SELECT k_household FROM voiced_{side.name} WHERE NOT one UNION
                       SELECT l.{side.name[0]} FROM household_links l JOIN voiced_{other} v ON v.k_household = l.{other[0]} WHERE l.main AND NOT v.one),
        speakers AS (SELECT k.id, k.k_household FROM base_{side.name} k SEMI JOIN close USING (k_household)
                     ANTI JOIN (SELECT id FROM copies WHERE side = '{side.name}') c ON c.id = k.id ANTI JOIN (SELECT id FROM aside WHERE side = '{side.name}') a ON a.id = k.id)
        SELECT k_household, cell.field::VARCHAR AS field, cell.value::VARCHAR AS value, min(id) AS id, count(*) AS rows
        FROM (SELECT p.k_household, p.id, unnest([{cells}]) AS cell FROM speakers p JOIN cells_{side.name} x ON x.id = p.id)
        WHERE cell.value IS NOT NULL GROUP BY ALL"""))
    loud = desk.rows("""SELECT * FROM voices WHERE (k_household, field) IN
        (SELECT (k_household, field) FROM voices GROUP BY ALL HAVING count(*) > 1) ORDER BY k_household, field, id""")
    groups: dict[tuple[int, str], Rows] = defaultdict(list)
    for row in loud:
        groups[row["k_household"], row["field"]].append(row)
    chosen: Rows = []
    disagreements: Rows = []
    for (household, name), voices in groups.items():
        votes: Counter[str] = Counter()
        first: dict[str, dict[str, object]] = {}
        for voice in voices:
            normal = read_as(by_field[name], side, voice["value"]).normal
            if normal is not None:
                votes[normal] += voice["rows"]
                first.setdefault(normal, voice)
        if not votes:
            continue
        said = max(votes, key=lambda one: (votes[one], -int(str(first[one]["id"]))))
        chosen.append({"k_household": household, "field": name, "value": first[said]["value"], "id": first[said]["id"]})
        if len(votes) > 1:
            disagreements.append({"side": side.name, "household": household, "field": name, "said": said, "voices": [(one["id"], one["value"], one["rows"]) for one in voices]})
    desk.put("chosen", pa.Table.from_pylist(chosen, schema=SPOKEN))
    desk.run(SetStep(f"spoken_{side.name}", ("voices", "chosen"), """
        SELECT k_household, field, value, id FROM voices WHERE (k_household, field) NOT IN (SELECT (k_household, field) FROM chosen)
        UNION ALL SELECT * FROM chosen"""))
    desk.drop("voices", "chosen")
    return disagreements


def _several_voices(desk: Desk, columns: Sequence[Compared], as_of: date) -> None:
    """Add the cells of linked households of which one side's rows are written differently."""
    if not columns:
        return
    marks = " ".join(f"WHEN {text_in_sql(one.field)} THEN {_mark(one, 'c.hv', 'c.sv', as_of)}" for one in columns)
    desk.put("household_fields", pa.table({"field": pa.array([column.field for column in columns], pa.string())}))
    _sort(desk, SetStep("differ", ("spoken_handbook", "spoken_system", "household_links", "voiced_handbook", "voiced_system", "household_fields", "skipped"), f"""
        WITH linked AS (SELECT l.h, l.s, f.field, a.id AS h_first, b.id AS s_first FROM household_links l
                        JOIN voiced_handbook a ON a.k_household = l.h JOIN voiced_system b ON b.k_household = l.s
                        CROSS JOIN household_fields f WHERE l.main AND NOT (a.one AND b.one))
        SELECT c.*, CASE c.field {marks} END AS mark FROM (
            SELECT k.field, coalesce(h.id, k.h_first) AS hid, coalesce(s.id, k.s_first) AS sid, h.value AS hv, s.value AS sv
            FROM linked k LEFT JOIN spoken_handbook h ON h.k_household = k.h AND h.field = k.field
            LEFT JOIN spoken_system s ON s.k_household = k.s AND s.field = k.field
            WHERE h.value IS DISTINCT FROM s.value
              AND NOT EXISTS (SELECT 1 FROM skipped x WHERE x.h = k.h AND x.s = k.s AND x.field = k.field)) c"""))
