"""cells: the cells of pairs and of linked households in which the two registers are written differently.

Promises: raw texts are compared first, by a hash of the row, and only rows that differ are taken apart; a household's values are
compared once, by the first row that carries them; rows of a household of which most stand elsewhere on the other side do not
speak for it. What differs only as `forms.py` can see is marked (`form`) and needs no reader.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.values import Value

from .forms import form
from .sides import WORKING, Side
from .steps import Desk, Rows, SetStep, name_in_sql, text_in_sql

CAN_WORK = "can_work"
NEVER = frozenset({
    "row_number", "province", "city", "county", "town", "village_code", "age", "head_name", "head_citizen_id", "head_person_code",
    "members_listed", "sex_from_id", "birth_date_from_id", "citizen_id", "data_date", "certificate_kind", "can_work", "work_capacity",
})  # compared only through other columns
BATCH = 250_000  # pairs taken apart at once: bounds what stands in memory
SPOKEN = pa.schema([("k_household", pa.int64()), ("field", pa.string()), ("value", pa.string()), ("id", pa.int64())])


@dataclass(frozen=True)
class Compared:
    """A column that both files carry: the field compared, and the column it stands in on either side."""

    field: str
    handbook: str
    system: str

    @property
    def of_household(self) -> bool:
        return self.field in FIELDS and FIELDS[self.field].of_household

    def on(self, side: str) -> str:
        return self.handbook if side == "handbook" else self.system


def read_as(column: Compared, side: Side, text: str | None) -> Value:
    """Return what a cell says of the compared field; a capacity answers whether somebody can work."""
    name = column.on(side.name)
    value = side.read(name, text)
    if column.field == CAN_WORK and name == "work_capacity" and value.normal and not value.problem:
        return Value("是" if value.normal in WORKING else "否")
    return value


def find_cells(desk: Desk, sides: Mapping[str, Side], columns: Sequence[Compared], as_of: date) -> Rows:
    """Leave `cells` (field, hid, sid, hv, sv) on the desk, and `formed` (field, n, hid, hv, sv: the first): what differs in form only, counted; returns the household columns in which rows of one household disagree.

    needs  pairs, household_links; aside: (side, id) of rows that do not speak for their household; skipped: (h, s, field) that only follow from something else
    """
    members = [column for column in columns if not column.of_household]
    households = [column for column in columns if column.of_household and column.field != "village"]  # a village of another name is a move
    own = {name: [field for field in side.labels if field in FIELDS and FIELDS[field].of_household and field not in NEVER
                  and field not in {column.on(name) for column in columns}] for name, side in sides.items()}
    for name in sides:
        _hashes(desk, name, members, households, own[name])
    desk.run(SetStep("cells", (), "SELECT NULL::VARCHAR AS field, NULL::BIGINT AS hid, NULL::BIGINT AS sid, NULL::VARCHAR AS hv, NULL::VARCHAR AS sv LIMIT 0"))
    desk.run(SetStep("formed", (), "SELECT NULL::VARCHAR AS field, NULL::BIGINT AS n, NULL::BIGINT AS hid, NULL::VARCHAR AS hv, NULL::VARCHAR AS sv LIMIT 0"))
    desk.run(SetStep("differing", ("pairs", "hash_handbook", "hash_system"), """
        SELECT p.h AS hid, p.s AS sid FROM pairs p JOIN hash_handbook h ON h.id = p.h JOIN hash_system s ON s.id = p.s WHERE h.m <> s.m ORDER BY hid"""))
    _take_apart(desk, members, as_of)
    for name in sides:
        _voiced(desk, name)
    desk.run(SetStep("differing", ("household_links", "voiced_handbook", "voiced_system"), """
        SELECT a.id AS hid, b.id AS sid FROM household_links l JOIN voiced_handbook a ON a.k_household = l.h JOIN voiced_system b ON b.k_household = l.s
        WHERE l.main AND a.one AND b.one AND a.g <> b.g ORDER BY hid"""))
    _take_apart(desk, households, as_of, skipping=True)
    disagreements: Rows = []
    for side in sides.values():
        disagreements += _spoken(desk, side, households, own[side.name])
    _several_voices(desk, households, as_of)
    desk.drop("differing", "hash_handbook", "hash_system", "voiced_handbook", "voiced_system", "spoken_handbook", "spoken_system")
    return disagreements


def _hashes(desk: Desk, side: str, members: Sequence[Compared], households: Sequence[Compared], own: Sequence[str]) -> None:
    def hashed(names: Sequence[str]) -> str:
        return f"hash({', '.join(map(name_in_sql, names))})" if names else "0"

    desk.run(SetStep(f"hash_{side}", (f"cells_{side}",), f"""SELECT id, {hashed([column.on(side) for column in members])} AS m,
        {hashed([column.on(side) for column in households])} AS g, {hashed(own)} AS o FROM cells_{side}"""))


def _take_apart(desk: Desk, columns: Sequence[Compared], as_of: date, *, skipping: bool = False) -> None:
    """Add the cells of the rows in `differing` whose texts differ, a batch of rows at a time."""
    if not columns:
        return
    cells = ", ".join(f"{{'field': {text_in_sql(one.field)}, 'hv': h.{name_in_sql(one.handbook)}, 'sv': s.{name_in_sql(one.system)}}}" for one in columns)
    marked = _marked(columns, as_of)
    followed = "" if not skipping else """ANTI JOIN (SELECT a.id AS hid, x.field FROM skipped x JOIN voiced_handbook a ON a.k_household = x.h
        JOIN voiced_system b ON b.k_household = x.s) f ON f.hid = c.hid AND f.field = c.field"""
    limits = desk.con.execute(f"SELECT min(hid), max(hid) FROM (SELECT hid, (row_number() OVER (ORDER BY hid) - 1) // {BATCH} AS batch FROM differing) GROUP BY batch ORDER BY 1").fetchall()
    for first, last in limits:
        _sort(desk, SetStep("differ", ("differing", "cells_handbook", "cells_system"), f"""
            SELECT c.field, c.hid, c.sid, c.hv, c.sv, {marked} AS form FROM (
                SELECT hid, sid, cell.field AS field, cell.hv AS hv, cell.sv AS sv FROM (
                    SELECT d.hid, d.sid, unnest([{cells}]) AS cell FROM differing d
                    JOIN cells_handbook h ON h.id = d.hid JOIN cells_system s ON s.id = d.sid
                    WHERE d.hid BETWEEN {first} AND {last} AND h.id BETWEEN {first} AND {last})
                WHERE cell.hv IS DISTINCT FROM cell.sv) c {followed}"""))


def _sort(desk: Desk, differ: SetStep) -> None:
    """Add what a step gives to `cells`, or to what is counted as form."""
    desk.run(differ)
    desk.add("cells", SetStep("cells", ("differ",), "SELECT field, hid, sid, hv, sv FROM differ WHERE NOT form"))
    desk.add("formed", SetStep("formed", ("differ",), "SELECT field, count(*), min(hid), arg_min(hv, hid), arg_min(sv, hid) FROM differ WHERE form GROUP BY field"))
    desk.drop("differ")


def _marked(columns: Sequence[Compared], as_of: date) -> str:
    """Return the expression that is true where two texts are one value, as far as SQL can tell."""
    cases = ""
    for one in columns:
        if one.handbook == one.system and (ours := form(one.field, "c.hv", as_of)) and (theirs := form(one.field, "c.sv", as_of)):
            cases += f" WHEN {text_in_sql(one.field)} THEN coalesce({ours} = {theirs}, false)"
    return f"CASE c.field{cases} ELSE false END" if cases else "false"


def _voiced(desk: Desk, side: str) -> None:
    """voiced_SIDE: a household's first row that speaks for it, and whether all its rows say the same (`one`)."""
    desk.run(SetStep(f"voiced_{side}", (f"base_{side}", f"hash_{side}", "copies", "aside"), f"""
        SELECT k_household, min(k.id) AS id, min(x.g) AS g, min(x.g) = max(x.g) AND min(x.o) = max(x.o) AS one FROM base_{side} k JOIN hash_{side} x USING (id)
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
    desk.put("household_fields", pa.table({"field": pa.array([column.field for column in columns], pa.string())}))
    _sort(desk, SetStep("differ", ("spoken_handbook", "spoken_system", "household_links", "voiced_handbook", "voiced_system", "household_fields", "skipped"), f"""
        WITH linked AS (SELECT l.h, l.s, f.field, a.id AS h_first, b.id AS s_first FROM household_links l
                        JOIN voiced_handbook a ON a.k_household = l.h JOIN voiced_system b ON b.k_household = l.s
                        CROSS JOIN household_fields f WHERE l.main AND NOT (a.one AND b.one))
        SELECT c.*, {_marked(columns, as_of)} AS form FROM (
            SELECT k.field, coalesce(h.id, k.h_first) AS hid, coalesce(s.id, k.s_first) AS sid, h.value AS hv, s.value AS sv
            FROM linked k LEFT JOIN spoken_handbook h ON h.k_household = k.h AND h.field = k.field
            LEFT JOIN spoken_system s ON s.k_household = k.s AND s.field = k.field
            WHERE h.value IS DISTINCT FROM s.value
              AND NOT EXISTS (SELECT 1 FROM skipped x WHERE x.h = k.h AND x.s = k.s AND x.field = k.field)) c"""))
