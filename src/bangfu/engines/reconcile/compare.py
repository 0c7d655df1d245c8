"""compare: where the two registers say different things of one person or one household.

Promises: what differs only in form is counted, with an example, and never listed; a household's value is compared once per
household and cites each side's first row that carries it; a column that a village's booklets do not keep is said once; a
value outside its list is said once per column and value. Raw text is compared first, and only distinct texts that differ
are read, so the cost follows what differs and not the size of the registers.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import same_number
from bangfu.engines.relations.values import Value

from .likeness import SAME, names_alike
from .sides import WORKING, Side
from .steps import Desk, Rows, SetStep, name_in_sql, text_in_sql

NEVER = frozenset({
    "row_number", "province", "city", "county", "town", "village_code", "age", "head_name", "head_citizen_id", "head_person_code",
    "members_listed", "sex_from_id", "birth_date_from_id", "citizen_id", "data_date", "certificate_kind", "can_work", "work_capacity",
})  # fmt: skip
WHY_NEVER = "由其他栏推出或只作参考"
CAN_WORK = "can_work"
ENOUGH_TO_LEARN, SHARE_TO_LEARN = 5, 0.9
FLOOD = 5  # a value outside its list that stands in so many differing cells is said once and not row by row
NOT_KEPT_ROWS, NEARLY_NONE = 3, 0.05
TRIPLE = pa.schema([("field", pa.string()), ("hv", pa.string()), ("sv", pa.string()), ("kind", pa.string())])


@dataclass(frozen=True)
class Compared:
    """A column that both files carry: the field compared, and the column it stands in on either side."""

    field: str
    handbook: str
    system: str

    @property
    def of_household(self) -> bool:
        return self.field in FIELDS and FIELDS[self.field].of_household


@dataclass
class Comparison:
    """What comparing gave. cells: field, hv, sv, hid, sid, kind (field, malformed); unknown: one row per column and value."""

    cells: Rows = field(default_factory=list)
    form: list[dict[str, Any]] = field(default_factory=list)
    unknown: Rows = field(default_factory=list)
    not_kept: Rows = field(default_factory=list)
    disagreements: Rows = field(default_factory=list)
    structure: Rows = field(default_factory=list)
    not_compared: list[dict[str, str]] = field(default_factory=list)
    columns: list[Compared] = field(default_factory=list)


def columns_of(handbook: Side, system: Side) -> tuple[list[Compared], list[dict[str, str]]]:
    """Return the columns both files carry, in the order of the export, and the others with the reason why not."""
    ours, theirs = handbook.labels, system.labels
    found: list[Compared] = []
    for name in theirs:
        if name in ours and name not in NEVER and name not in handbook.blank | system.blank:
            found.append(Compared(name, name, name))
    capacity = [name for name in ("work_capacity", CAN_WORK) if name in ours and name in theirs]
    if capacity:
        found.append(Compared(capacity[0], capacity[0], capacity[0]))
    elif CAN_WORK in ours and "work_capacity" in theirs:
        found.append(Compared(CAN_WORK, CAN_WORK, "work_capacity"))
    elif CAN_WORK in theirs and "work_capacity" in ours:
        found.append(Compared(CAN_WORK, "work_capacity", CAN_WORK))
    left: list[dict[str, str]] = []
    for side, used in ((handbook, {one.handbook for one in found}), (system, {one.system for one in found})):
        other = system if side is handbook else handbook
        for name, header in side.labels.items():
            if name in used:
                continue
            if name in NEVER and name in other.labels:
                why = WHY_NEVER
            elif name in side.blank:
                why = "整列没有内容"
            elif name in other.labels:
                why = f"{other.word}这一列没有内容"
            else:
                why = f"{other.word}没有这一列" + ("，也没有认出它是什么" if name not in FIELDS else "")
            left.append({"header": header, "side": side.name, "why": why})
    return found, left


def read_as(column: Compared, side: Side, text: str | None) -> Value:
    """Return what a cell says of the compared field; a capacity answers whether somebody can work."""
    name = column.handbook if side.name == "handbook" else column.system
    value = side.read(name, text)
    if column.field == CAN_WORK and name == "work_capacity" and value.normal and not value.problem:
        return Value("是" if value.normal in WORKING else "否")
    return value


def same_value(column: Compared, one: str, other: str, side: Side) -> bool:
    """Whether two normal forms say the same: money to the yuan, lists of two generations, a month and a day in it, masks."""
    if one == other:
        return True
    fact = FIELDS.get(column.field)
    if fact is None:
        return False
    if fact.type == "fen":
        return abs(int(one) - int(other)) < 100
    if fact.type in ("date", "month"):
        return one[:7] == other[:7] and 7 in (len(one), len(other))
    if fact.type == "code":
        return side.reader.codes[fact.codes or ""].same(one, other)
    if fact.type == "name":
        return names_alike(one, other) == SAME
    if fact.type == "certificate" and 15 in (len(one), len(other)):
        return same_number(one, other) and max(len(one), len(other)) == 18
    if fact.type == "certificate" and "*" in one + other:
        return any(re.fullmatch(re.escape(a).replace(r"\*", "."), b) or (a.strip("*") and _ends_fit(a, b)) for a, b in ((one, other), (other, one)))
    return False


def _ends_fit(masked: str, number: str) -> bool:
    start, end = masked.split("*")[0], masked.split("*")[-1]
    return "*" in masked and len(start) + len(end) >= 4 and number.startswith(start) and number.endswith(end)


def compare(desk: Desk, handbook: Side, system: Side) -> Comparison:
    """Compare every pair and every household that is paired; needs pairs, copies and household_links on the desk."""
    result = Comparison()
    result.columns, result.not_compared = columns_of(handbook, system)
    members = [column for column in result.columns if not column.of_household]
    households = [column for column in result.columns if column.of_household]
    find_structure(desk, result)
    desk.run(_member_cells(members))
    for side in (handbook, system):
        _spoken(desk, side, households, result)
    desk.put("household_fields", pa.table({"field": pa.array([column.field for column in households], pa.string())}))
    desk.run(HOUSEHOLD_CELLS)
    desk.run(SetStep("cells", ("member_cells", "household_cells"), """
        SELECT * FROM member_cells WHERE field IS NOT NULL UNION ALL SELECT * FROM household_cells"""))
    desk.drop("member_cells", "household_cells", "spoken_handbook", "spoken_system")
    result.not_kept = _not_kept(desk, result.columns)
    _classify(desk, handbook, system, result)
    _unknown_values(desk, handbook, system, result)
    return result


def _member_cells(columns: list[Compared]) -> SetStep:
    """member_cells: field, hid, sid, hv, sv - one row per pair and field whose raw texts differ."""
    named = [(text_in_sql(one.field), f"h.{name_in_sql(one.handbook)}", f"s.{name_in_sql(one.system)}") for one in columns]
    cells = ", ".join(f"{{'field': {field}, 'hv': {ours}, 'sv': {theirs}}}" for field, ours, theirs in named)
    differ = " OR ".join(f"{ours} IS DISTINCT FROM {theirs}" for _, ours, theirs in named) or "false"
    unpivoted = f"unnest([{cells}])" if cells else "{'field': NULL, 'hv': NULL, 'sv': NULL}"
    return SetStep("member_cells", ("handbook", "system", "pairs"), f"""
        SELECT cell.field::VARCHAR AS field, hid, sid, cell.hv::VARCHAR AS hv, cell.sv::VARCHAR AS sv FROM (
            SELECT p.h AS hid, p.s AS sid, {unpivoted} AS cell
            FROM pairs p JOIN handbook h ON h.id = p.h JOIN system s ON s.id = p.s WHERE {differ})
        WHERE cell.hv IS DISTINCT FROM cell.sv""")


HOUSEHOLD_CELLS = SetStep("household_cells", ("spoken_handbook", "spoken_system", "household_links", "first_rows", "household_fields"), """
    WITH linked AS (SELECT l.h, l.s, f.field, a.id AS h_first, b.id AS s_first FROM household_links l
                    JOIN (SELECT k_household, id FROM first_rows WHERE side = 'handbook') a ON a.k_household = l.h
                    JOIN (SELECT k_household, id FROM first_rows WHERE side = 'system') b ON b.k_household = l.s
                    CROSS JOIN household_fields f
                    WHERE l.main)
    SELECT k.field, coalesce(h.id, k.h_first) AS hid, coalesce(s.id, k.s_first) AS sid, h.value AS hv, s.value AS sv
    FROM linked k LEFT JOIN spoken_handbook h ON h.k_household = k.h AND h.field = k.field
    LEFT JOIN spoken_system s ON s.k_household = k.s AND s.field = k.field
    WHERE h.value IS DISTINCT FROM s.value
      AND NOT EXISTS (SELECT 1 FROM skipped x WHERE x.h = k.h AND x.s = k.s AND x.field = k.field)""")


def _spoken(desk: Desk, side: Side, columns: list[Compared], result: Comparison) -> None:
    """spoken_SIDE: k_household, field, value, id - what a side says of a household, and the first row that says it.

    Where the rows of one household disagree after reading, that is a finding, and what most rows say is compared.
    """
    by_field = {one.field: one for one in columns}
    for name in side.labels:  # rows of a household must agree in columns that only this side carries, too
        if name not in NEVER and name in FIELDS and FIELDS[name].of_household:
            by_field.setdefault(name, Compared(name, name, name))
    own = {field: one.handbook if side.name == "handbook" else one.system for field, one in by_field.items()}
    name = f"voices_{side.name}"
    pairs = ", ".join(f"{{'field': {text_in_sql(one)}, 'value': {name_in_sql(column)}}}" for one, column in own.items()) or "{'field': NULL, 'value': NULL}"
    desk.run(SetStep(name, (side.name, "copies"), f"""
        SELECT k_household, cell.field::VARCHAR AS field, cell.value::VARCHAR AS value, min(id) AS id, count(*) AS rows
        FROM (SELECT k_household, id, unnest([{pairs}]) AS cell FROM {side.name}
              WHERE id NOT IN (SELECT id FROM copies WHERE side = '{side.name}'))
        WHERE cell.value IS NOT NULL GROUP BY ALL"""))
    loud = desk.rows(f"""SELECT * FROM {name} WHERE (k_household, field) IN
        (SELECT (k_household, field) FROM {name} GROUP BY ALL HAVING count(*) > 1) ORDER BY k_household, field, id""")
    groups: dict[tuple[int, str], Rows] = defaultdict(list)
    for row in loud:
        groups[row["k_household"], row["field"]].append(row)
    chosen: Rows = []
    for (household, field_name), voices in groups.items():
        votes: Counter[str] = Counter()
        first: dict[str, dict[str, Any]] = {}
        for voice in voices:
            normal = read_as(by_field[field_name], side, voice["value"]).normal
            if normal is not None:
                votes[normal] += voice["rows"]
                first.setdefault(normal, voice)
        if not votes:
            continue
        said = max(votes, key=lambda one: (votes[one], -first[one]["id"]))
        chosen.append({"k_household": household, "field": field_name, "value": first[said]["value"], "id": first[said]["id"]})
        if len(votes) > 1 and not _structural(result, side.name, household):
            result.disagreements.append({"side": side.name, "household": household, "field": field_name, "said": said,
                                         "voices": [(one["id"], one["value"], one["rows"]) for one in voices]})
    desk.put("chosen", pa.Table.from_pylist(chosen, schema=pa.schema([
        ("k_household", pa.int64()), ("field", pa.string()), ("value", pa.string()), ("id", pa.int64())])))
    desk.run(SetStep(f"spoken_{side.name}", (name, "chosen"), f"""
        SELECT k_household, field, value, id FROM {name}
        WHERE (k_household, field) NOT IN (SELECT (k_household, field) FROM chosen) UNION ALL SELECT * FROM chosen"""))
    desk.drop(name)


def _structural(result: Comparison, side: str, household: int) -> bool:
    return any(row["kind"] in ("household_split", "household_merged") and household in row[f"{side}_households"] for row in result.structure)


def find_structure(desk: Desk, result: Comparison) -> None:
    """Split, merged and moved households, and the household values that only follow from them (`skipped`).

    Leaves first_rows (side, k_household, id) and skipped (h, s, field) on the desk.
    """
    desk.run(SetStep("first_rows", ("handbook", "system", "copies"), " UNION ALL ".join(f"""
        SELECT '{side}' AS side, k_household, min(id) AS id, count(*) AS members,
               count(*) FILTER (k_relation = '户主') > 0 AS has_head, arg_min(k_village, id) AS k_village
        FROM {side} WHERE id NOT IN (SELECT id FROM copies WHERE side = '{side}') GROUP BY k_household""" for side in ("handbook", "system"))))
    side_links = desk.rows("SELECT * FROM household_links WHERE NOT main ORDER BY h, s")
    about = {(row["side"], row["k_household"]): row for row in desk.rows("SELECT * FROM first_rows")} if side_links else {}
    main = {"h": dict[int, int](), "s": dict[int, int]()}
    for row in desk.rows("SELECT h, s FROM household_links WHERE main"):
        main["h"][row["h"]], main["s"][row["s"]] = row["s"], row["h"]
    skipped: Rows = []
    follows = ("household_code", "household_size", "net_income_per_head_fen", "village", "villager_group")
    for row in side_links:
        h, s = row["h"], row["s"]
        if s not in main["s"] and h in main["h"] and about["system", s]["has_head"]:
            kind, others = "household_split", {"handbook_households": [h], "system_households": [main["h"][h], s]}
        elif h not in main["h"] and s in main["s"] and about["handbook", h]["has_head"]:
            kind, others = "household_merged", {"handbook_households": [main["s"][s], h], "system_households": [s]}
        else:
            continue
        result.structure.append({"kind": kind, **others})
        for one in others["handbook_households"]:
            skipped += [{"h": one, "s": other, "field": name} for other in others["system_households"] for name in follows]
    desk.run(SetStep("village_links", ("pairs", "handbook", "system"), """
        SELECT h, arg_max(s, n) AS s FROM (
            SELECT h.k_village AS h, s.k_village AS s, count(*) AS n
            FROM pairs p JOIN handbook h ON h.id = p.h JOIN system s ON s.id = p.s GROUP BY ALL) GROUP BY h"""))
    moved = desk.rows("""
        SELECT l.h, l.s, a.k_village AS h_village, b.k_village AS s_village FROM household_links l
        JOIN first_rows a ON a.side = 'handbook' AND a.k_household = l.h JOIN first_rows b ON b.side = 'system' AND b.k_household = l.s
        JOIN village_links v ON v.h = a.k_village WHERE l.main AND v.s <> b.k_village ORDER BY l.h""")
    for row in moved:
        result.structure.append({"kind": "moved", "handbook_households": [row["h"]], "system_households": [row["s"]]})
        skipped += [{"h": row["h"], "s": row["s"], "field": name} for name in ("village", "villager_group")]
    # a village that is only spelt otherwise, and the number of members after one is missing, follow too
    skipped += desk.rows("""
        SELECT l.h, l.s, 'village' AS field FROM household_links l
        JOIN first_rows a ON a.side = 'handbook' AND a.k_household = l.h JOIN first_rows b ON b.side = 'system' AND b.k_household = l.s
        JOIN village_links v ON v.h = a.k_village WHERE l.main AND v.s = b.k_village
        UNION ALL SELECT l.h, l.s, 'household_size' FROM household_links l
        JOIN first_rows a ON a.side = 'handbook' AND a.k_household = l.h JOIN first_rows b ON b.side = 'system' AND b.k_household = l.s
        WHERE l.main AND a.members <> b.members""")
    desk.put("skipped", pa.Table.from_pylist(skipped, schema=pa.schema([("h", pa.int64()), ("s", pa.int64()), ("field", pa.string())])))


def _not_kept(desk: Desk, columns: list[Compared]) -> Rows:
    """Columns blank (nearly) throughout a village's booklets though the export fills them for at least half of its people."""
    found: Rows = []
    if not columns:
        return found
    counts = ", ".join(f"count(h.{name_in_sql(one.handbook)}) AS h_{at}, count(s.{name_in_sql(one.system)}) AS s_{at}" for at, one in enumerate(columns))
    for row in desk.rows(f"""SELECT h.k_village AS k_village, count(*) AS people, min(p.h) AS first, {counts}
            FROM pairs p JOIN handbook h ON h.id = p.h JOIN system s ON s.id = p.s GROUP BY h.k_village ORDER BY min(p.h)"""):
        for at, one in enumerate(columns):
            few = row[f"h_{at}"] <= NEARLY_NONE * row["people"]
            if few and row[f"s_{at}"] >= max(NOT_KEPT_ROWS, row["people"] / 2):
                found.append({"field": one.field, "k_village": row["k_village"], "hid": row["first"], "people": row["people"],
                              "kept": row[f"h_{at}"], "filled": row[f"s_{at}"]})
    return found


def _classify(desk: Desk, handbook: Side, system: Side, result: Comparison) -> None:
    """Read each distinct pair of texts once; leave what really differs in `result.cells`, count the rest as form."""
    by_field = {one.field: one for one in result.columns}
    dropped = {(row["k_village"], row["field"]) for row in result.not_kept}
    desk.put("dropped", pa.Table.from_pylist([{"k_village": village, "field": name} for village, name in dropped],
                                             schema=pa.schema([("k_village", pa.string()), ("field", pa.string())])))
    triples = desk.con.execute("""
        SELECT c.field, hv, sv, count(*) AS n FROM cells c JOIN handbook h ON h.id = c.hid
        WHERE NOT (c.hv IS NULL AND EXISTS (SELECT 1 FROM dropped d WHERE d.field = c.field AND d.k_village IS NOT DISTINCT FROM h.k_village))
        GROUP BY ALL ORDER BY c.field, n DESC, hv, sv""").fetchall()  # (field, hv, sv, n): there may be many, so no dictionaries
    read: dict[tuple[str, str, str | None], Value] = {}

    def said(side: Side, name: str, text: str | None) -> Value:
        key = (side.name, name, text)
        if key not in read:
            read[key] = read_as(by_field[name], side, text)
        return read[key]

    strange: dict[tuple[str, str, str], Counter[str | None]] = defaultdict(Counter)
    form: dict[str, dict[str, Any]] = {}
    differing: list[tuple[tuple[str, str | None, str | None, int], str]] = []

    def count_as_form(name: str, hv: str | None, sv: str | None, n: int) -> None:
        if by_field[name].handbook == by_field[name].system:
            example = form.setdefault(name, {"field": name, "label": label_of(name), "count": 0, "handbook": hv or "", "system": sv or ""})
            example["count"] += n

    for triple in triples:
        name, hv, sv, n = triple
        ours, theirs = said(handbook, name, hv), said(system, name, sv)
        if _equal(by_field[name], ours, theirs, handbook):
            count_as_form(*triple)
        elif _malformed(ours) or _malformed(theirs):
            differing.append((triple, "malformed"))
        else:
            for side, value, other in (("handbook", ours, theirs), ("system", theirs, ours)):
                if value.problem == "unknown_value":
                    strange[side, name, value.normal or ""][other.normal] += n
            differing.append((triple, "field"))
    learned = {key: max(opposite, key=lambda one: (opposite[one], one or "")) for key, opposite in strange.items()
               if opposite.total() >= ENOUGH_TO_LEARN and max(opposite.values()) >= SHARE_TO_LEARN * opposite.total()
               and max(opposite, key=lambda one: (opposite[one], one or "")) is not None}
    kept: Rows = []
    for (name, hv, sv, n), kind in differing:
        ours, theirs = said(handbook, name, hv), said(system, name, sv)
        keys = {("handbook", name, ours.normal or ""): theirs.normal, ("system", name, theirs.normal or ""): ours.normal}
        if kind == "field" and any(key in learned and learned[key] == opposite for key, opposite in keys.items()):
            count_as_form(name, hv, sv, n)
        elif kind == "malformed" or not any(key in strange and strange[key].total() >= FLOOD for key in keys):
            kept.append({"field": name, "hv": hv, "sv": sv, "kind": kind})  # the rest is said once per value, not row by row
    result.form = sorted(form.values(), key=lambda one: one["field"])
    desk.put("triples", pa.Table.from_pylist(kept, schema=TRIPLE))
    desk.run(SetStep("differences", ("cells", "triples", "dropped", "handbook"), """
        SELECT c.field, c.hv, c.sv, c.hid, c.sid, t.kind FROM cells c
        JOIN triples t ON t.field = c.field AND t.hv IS NOT DISTINCT FROM c.hv AND t.sv IS NOT DISTINCT FROM c.sv
        JOIN handbook h ON h.id = c.hid
        WHERE NOT (c.hv IS NULL AND EXISTS (SELECT 1 FROM dropped d WHERE d.field = c.field AND d.k_village IS NOT DISTINCT FROM h.k_village))
        ORDER BY c.hid, c.field"""))
    result.cells = desk.rows("SELECT * FROM differences")


def _equal(column: Compared, ours: Value, theirs: Value, side: Side) -> bool:
    if ours.normal is None or theirs.normal is None:
        return ours.normal is theirs.normal
    if _malformed(ours) or _malformed(theirs):
        return ours.normal == theirs.normal  # what both sides say alike is no difference between them
    return same_value(column, ours.normal, theirs.normal, side)


def _malformed(value: Value) -> bool:
    return value.problem is not None and value.problem != "unknown_value"


def label_of(name: str) -> str:
    """Return the Chinese label of a field; a column nobody knows is named by its header."""
    return FIELDS[name].label if name in FIELDS else name.removeprefix("x_")


def _unknown_values(desk: Desk, handbook: Side, system: Side, result: Comparison) -> None:
    """One row per side, coded column and value outside its list, with count and first row."""
    for side in (handbook, system):
        for name in side.labels:
            if name not in FIELDS or FIELDS[name].type not in ("code", "codes", "yn"):
                continue
            found: dict[str, dict[str, Any]] = {}
            for row in desk.rows(f'SELECT "{name}" AS value, count(*) AS rows, min(id) AS id FROM {side.name} WHERE "{name}" IS NOT NULL GROUP BY ALL ORDER BY id'):
                value = side.read(name, row["value"])
                if value.problem == "unknown_value":
                    one = found.setdefault(value.normal or "", {"side": side.name, "field": name, "value": row["value"], "rows": 0, "id": row["id"], "why": value.why})
                    one["rows"] += row["rows"]
            result.unknown += found.values()
