"""compare: where the two registers say different things of one person or one household.

Promises: what differs only in form is counted, with an example, and never listed; words outside a list are learned from what
stands opposite them, in the village or else in the file; a column that a village's booklets do not keep, or keep masked, is said
once; a value outside its list is said once per column and value; what only follows from something else is not listed again.
Only distinct texts that differ are read, so the cost follows what differs and not the size of the registers.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import same_number
from bangfu.engines.relations.values import Value

from .cells import cells_of, find_cells
from .columns import Columns, Compared, Few, number_columns, read_as
from .likeness import SAME, names_alike
from .sides import Side
from .steps import Desk, Rows, SetStep, name_in_sql

ENOUGH_TO_LEARN, SHARE_TO_LEARN = 5, 0.9
FLOOD = 5  # a value outside its list that stands in so many differing cells is said once and not row by row
NOT_KEPT_ROWS, NEARLY_NONE = 3, 0.05
PER_HEAD = "net_income_per_head_fen"
SUMS: Mapping[str, Mapping[str, int]] = {  # register.md § 2.7: a sum and its parts, the lower ones first
    "transfer_income_fen": dict.fromkeys(("family_planning_fen", "allowance_fen", "five_guarantee_fen", "pension_fen", "ecology_fen", "other_transfer_fen"), 1),
    "gross_income_fen": dict.fromkeys(("wage_income_fen", "business_income_fen", "property_income_fen", "transfer_income_fen"), 1),
    "net_income_fen": {"gross_income_fen": 1, "business_cost_fen": -1}, PER_HEAD: {"net_income_fen": 1},
}  # fmt: skip
PARTS_OF_SUMS = frozenset(part for parts in SUMS.values() for part in parts)
FOLLOWS = ("household_code", "household_size", "net_income_per_head_fen", "village", "villager_group")
KEPT = pa.schema([("field", pa.string()), ("hv", pa.string()), ("sv", pa.string()), ("kind", pa.string()), ("k_village", pa.string())])
Word = tuple[str, str, str, str]  # side, field, village's key or "" for the whole file, a value in no list
Said = tuple[str, str | None, str | None]  # field, the booklet's text, the export's text


@dataclass
class Comparison:
    """What comparing gave.

    cells     field, hv, sv, hid, sid, kind (field, malformed); unknown: one row per column and value
    meanings  (side, field, village's key or "" for the whole file, value in no list) -> what it means there
    """

    cells: Rows = field(default_factory=list)
    form: list[dict[str, Any]] = field(default_factory=list)
    unknown: Rows = field(default_factory=list)
    not_kept: Rows = field(default_factory=list)
    disagreements: Rows = field(default_factory=list)
    structure: Rows = field(default_factory=list)
    strays: Rows = field(default_factory=list)  # hid, sid: persons who stand in another household on the other side
    not_compared: list[dict[str, str]] = field(default_factory=list)
    columns: list[Compared] = field(default_factory=list)
    meanings: dict[Word, str] = field(default_factory=dict)
    few: list[Few] = field(default_factory=list)  # columns of few texts, of which some are not compared
    learned: list[dict[str, Any]] = field(default_factory=list)  # side, field, label, word, meaning, count, villages

    def meant(self, side: str, name: str, village: str | None, value: Value) -> Value:
        """Return what a value in no list was found to mean, else the value."""
        for place in (village or "", ""):
            meaning = self.meanings.get((side, name, place, value.normal or ""))
            if meaning is not None:
                return Value(meaning)
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


def compare(desk: Desk, handbook: Side, system: Side, as_of: date, columns: Columns | None = None) -> Comparison:
    """Compare every pair and every household that is paired; needs pairs, copies and household_links on the desk, and numbers_SIDE where `columns` (number_columns) are given."""
    result = Comparison()
    sides = {"handbook": handbook, "system": system}
    columns = columns or number_columns(desk, sides, as_of)
    result.columns, result.not_compared, result.few = columns.compared, columns.left, columns.few
    find_structure(desk, result)
    result.disagreements = find_cells(desk, sides, columns, as_of)
    result.not_kept = _not_kept(desk, result.columns)
    _Reading(desk, sides, result).settle()
    _join_sums(desk, sides, result)
    return result


def find_structure(desk: Desk, result: Comparison) -> None:
    """Split and merged households, moved households and persons, and what only follows from them.

    Leaves on the desk first_rows (side, k_household, id, members, has_head, k_village), aside (side, id): rows that stand in another
    household on the other side and do not speak for this one, and skipped (h, s, field): household values that follow.
    """
    desk.run(SetStep("first_rows", ("base_handbook", "base_system", "copies"), " UNION ALL ".join(f"""
        SELECT '{side}' AS side, k_household, min(id) AS id, count(*) AS members,
               count(*) FILTER (k_relation = '户主') > 0 AS has_head, arg_min(k_village, id) AS k_village
        FROM base_{side} k ANTI JOIN (SELECT id FROM copies WHERE side = '{side}') c USING (id) GROUP BY k_household""" for side in ("handbook", "system"))))
    side_links = desk.rows("""
        SELECT l.h, l.s, a.has_head AS h_head, b.has_head AS s_head, mh.s AS h_main, ms.h AS s_main FROM household_links l
        JOIN first_rows a ON a.side = 'handbook' AND a.k_household = l.h JOIN first_rows b ON b.side = 'system' AND b.k_household = l.s
        LEFT JOIN household_links mh ON mh.main AND mh.h = l.h LEFT JOIN household_links ms ON ms.main AND ms.s = l.s
        WHERE NOT l.main ORDER BY l.h, l.s""")
    skipped: Rows = []
    strays: list[tuple[int, int]] = []
    for row in side_links:
        h, s = row["h"], row["s"]
        if row["s_main"] is None and row["h_main"] is not None and row["s_head"]:
            kind, ours, theirs = "household_split", [h], [row["h_main"], s]
        elif row["h_main"] is None and row["s_main"] is not None and row["h_head"]:
            kind, ours, theirs = "household_merged", [row["s_main"], h], [s]
        else:
            strays.append((h, s))
            continue
        result.structure.append({"kind": kind, "handbook_households": ours, "system_households": theirs})
        skipped += [{"h": one, "s": other, "field": name} for one in ours for other in theirs for name in FOLLOWS]
    desk.put("strays", pa.table({"h": pa.array([h for h, _ in strays], pa.int64()), "s": pa.array([s for _, s in strays], pa.int64())}))
    desk.run(SetStep("aside", ("pairs", "base_handbook", "base_system", "household_links"), """
        WITH apart AS (SELECT p.h, p.s FROM (SELECT h, s FROM household_links WHERE NOT main) l JOIN base_handbook a ON a.k_household = l.h
                       JOIN pairs p ON p.h = a.id JOIN base_system b ON b.id = p.s AND b.k_household = l.s)
        SELECT 'handbook' AS side, h AS id FROM apart UNION ALL SELECT 'system', s FROM apart"""))
    result.strays = desk.rows("""SELECT p.h AS hid, p.s AS sid FROM strays l JOIN base_handbook a ON a.k_household = l.h
        JOIN pairs p ON p.h = a.id JOIN base_system b ON b.id = p.s AND b.k_household = l.s
        WHERE NOT coalesce(a.k_household_code = b.k_household_code AND a.k_village = b.k_village, false) ORDER BY hid""") if strays else []
    desk.run(SetStep("village_links", ("pairs", "base_handbook", "base_system"), """
        SELECT h, arg_max(s, (n, -first)) AS s FROM (
            SELECT h.k_village AS h, s.k_village AS s, count(*) AS n, min(p.h) AS first
            FROM pairs p JOIN base_handbook h ON h.id = p.h JOIN base_system s ON s.id = p.s GROUP BY ALL
            UNION ALL SELECT k_village, k_village, people, first FROM identical_villages) GROUP BY h"""))
    moved = desk.rows("""
        SELECT l.h, l.s FROM household_links l
        JOIN first_rows a ON a.side = 'handbook' AND a.k_household = l.h JOIN first_rows b ON b.side = 'system' AND b.k_household = l.s
        JOIN village_links v ON v.h = a.k_village WHERE l.main AND v.s <> b.k_village ORDER BY l.h""")
    for row in moved:
        result.structure.append({"kind": "moved", "handbook_households": [row["h"]], "system_households": [row["s"]]})
        skipped.append({"h": row["h"], "s": row["s"], "field": "villager_group"})
    desk.put("follows", pa.Table.from_pylist(skipped, schema=pa.schema([("h", pa.int64()), ("s", pa.int64()), ("field", pa.string())])))
    desk.run(SetStep("skipped", ("follows", "household_links", "first_rows"), """
        SELECT * FROM follows UNION ALL SELECT l.h, l.s, 'household_size' FROM household_links l
        JOIN first_rows a ON a.side = 'handbook' AND a.k_household = l.h JOIN first_rows b ON b.side = 'system' AND b.k_household = l.s
        WHERE l.main AND a.members <> b.members"""))


def _not_kept(desk: Desk, columns: list[Compared]) -> Rows:
    """Columns (nearly) blank or masked throughout a village's booklets though the export fills them for at least half of its people.

    Counted among what differs: a column the booklets lack and the export has differs in every pair. People are pairs, or linked households.
    """
    by_field = {one.field: one for one in columns}
    found: Rows = []
    for row in desk.rows(f"""
            WITH lacking AS (SELECT field, k_village, coalesce(sum(n) FILTER (hv IS NULL), 0)::BIGINT AS blank, coalesce(sum(n) FILTER (contains(hv, '*')), 0)::BIGINT AS masked, min(hid) AS hid
                             FROM groups WHERE sv IS NOT NULL AND (hv IS NULL OR contains(hv, '*')) GROUP BY ALL),
            people AS (SELECT k_village, sum(n)::BIGINT AS people FROM (SELECT k_village, count(*) AS n FROM pairs p JOIN base_handbook k ON k.id = p.h GROUP BY ALL
                       UNION ALL SELECT k_village, people FROM identical_villages) GROUP BY ALL),
            homes AS (SELECT k_village, sum(n)::BIGINT AS people FROM (SELECT k.k_village, count(*) AS n FROM household_links l JOIN base_handbook k ON k.id = l.h WHERE l.main GROUP BY ALL
                      UNION ALL SELECT k_village, households FROM identical_villages) GROUP BY ALL)
            SELECT l.*, p.people, h.people AS households FROM lacking l JOIN people p ON p.k_village IS NOT DISTINCT FROM l.k_village
            LEFT JOIN homes h ON h.k_village IS NOT DISTINCT FROM l.k_village
            WHERE greatest(blank, masked) >= least({NOT_KEPT_ROWS}, h.people) ORDER BY hid, field"""):
        column = by_field[row["field"]]
        people = (row["households"] or 0) if column.of_household else row["people"]
        if max(row["blank"], row["masked"]) < people / 2 or row["people"] < NOT_KEPT_ROWS:
            continue
        ours, theirs = f"h.{name_in_sql(column.handbook)}", f"s.{name_in_sql(column.system)}"
        counted = desk.rows(f"""SELECT count(kept) AS kept, count(filled) AS filled, count(*) FILTER (masked) AS masked, min(first) AS first FROM (
            SELECT min({ours}) AS kept, min({theirs}) AS filled, bool_or(contains({ours}, '*')) AS masked, min(p.h) AS first
            FROM pairs p JOIN handbook h ON h.id = p.h JOIN system s ON s.id = p.s WHERE h.k_village IS NOT DISTINCT FROM $village
            GROUP BY {'h.k_household' if column.of_household else 'p.h'}
            UNION ALL SELECT min({ours}), min({ours}), bool_or(contains({ours}, '*')), min(i.h) FROM identical i JOIN cells_handbook h ON h.id = i.h
            WHERE i.k_village IS NOT DISTINCT FROM $village GROUP BY {'i.home' if column.of_household else 'i.h'})""", village=row["k_village"])[0]
        masked = counted["masked"] >= people / 2
        if counted["kept"] - counted["masked"] <= NEARLY_NONE * people and counted["filled"] >= max(min(NOT_KEPT_ROWS, people), people / 2):
            found.append({"field": row["field"], "k_village": row["k_village"], "hid": counted["first"], "people": people, "unit": "户" if column.of_household else "人",
                          "kept": counted["kept"], "filled": counted["filled"], "masked": masked})
    return found


def _join_sums(desk: Desk, sides: Mapping[str, Side], result: Comparison) -> None:
    """Take out sums that differ by just what their parts differ by; the parts' cells say which (`sums`). Another accounting period is its own matter."""
    columns = {one.field: one for one in result.columns}
    homes: dict[tuple[int, int], dict[str, dict[str, Any]]] = defaultdict(dict)
    for cell in result.cells:
        if cell["kind"] == "field" and (cell["field"].endswith("_fen") or cell["field"] == "income_period"):
            homes[cell["hid"], cell["sid"]][cell["field"]] = cell
    several = {at: cells for at, cells in homes.items() if len(cells) > 1 and "income_period" not in cells and cells.keys() & set(PARTS_OF_SUMS)}
    if not several:
        return
    desk.put("summed", pa.table({"id": pa.array(sorted(hid for hid, _ in several), pa.int64())}))
    members = dict(desk.con.execute("""SELECT a.id, f.members FROM summed a JOIN base_handbook b USING (id)
        JOIN first_rows f ON f.side = 'handbook' AND f.k_household = b.k_household""").fetchall())
    gone: set[tuple[int, str]] = set()
    for (hid, _), cells in several.items():
        apart: dict[str, int | None] = {}
        for name, cell in cells.items():
            ours, theirs = (read_as(columns[name], side, cell[text]).sound for side, text in zip(sides.values(), ("hv", "sv"), strict=True))
            apart[name] = int(theirs) - int(ours) if ours is not None and theirs is not None else None
        caused: dict[str, float] = {}  # what a sum must differ by, as far as its parts do
        for total, parts in SUMS.items():
            causes = [(0 if part in columns and part not in apart else caused.get(part, apart.get(part, 0)), sign) for part, sign in parts.items()]  # what both files carry alike causes nothing
            if not any(by for by, _ in causes) or any(by is None for by, _ in causes):
                continue
            caused[total] = sum((by or 0) * sign for by, sign in causes) / (members.get(hid, 1) if total == PER_HEAD else 1)
            by = apart.get(total)
            if by is not None and abs(by - caused[total]) < 100:
                gone.add((hid, total))
        first = next((name for name in cells if name in PARTS_OF_SUMS and (hid, name) not in gone), None)
        follow = [name for name in cells if (hid, name) in gone]
        if first is None or not follow:
            gone -= {(hid, name) for name in cells}
        else:
            cells[first]["sums"] = follow
    result.cells = [cell for cell in result.cells if (cell["hid"], cell["field"]) not in gone]


class _Reading:
    """Reads each distinct pair of texts once; leaves what really differs in `result.cells`, counts the rest as form."""

    def __init__(self, desk: Desk, sides: Mapping[str, Side], result: Comparison) -> None:
        self.desk, self.sides, self.result = desk, sides, result
        self.columns = {one.field: one for one in result.columns}
        self.values: dict[tuple[str, str, str | None], Value] = {}
        self.form: dict[str, dict[str, Any]] = {}

    def settle(self) -> None:
        dropped = [{"k_village": one["k_village"], "field": one["field"]} for one in self.result.not_kept if not one["masked"]]
        self.desk.put("dropped", pa.Table.from_pylist(dropped, schema=pa.schema([("k_village", pa.string()), ("field", pa.string())])))
        self.desk.run(SetStep("groups", ("groups", "dropped"), """
            SELECT g.*, g.hv IS NULL AND d.field IS NOT NULL AS gone FROM groups g LEFT JOIN dropped d ON d.field = g.field AND d.k_village IS NOT DISTINCT FROM g.k_village
            WHERE g.field = 'certificate_no' OR NOT (g.hv IS NULL AND d.field IS NOT NULL)"""))
        for name, n, hv, sv in self.desk.con.execute("SELECT field, sum(n)::BIGINT, arg_min(hv, hid), arg_min(sv, hid) FROM formed GROUP BY field ORDER BY field").fetchall():
            self.count_as_form(name, hv, sv, n)
        kept: Rows = []
        strange: list[Said] = []
        for name, hv, sv, gone, n in self.desk.con.execute("""SELECT field, hv, sv, gone, sum(n)::BIGINT AS n FROM groups GROUP BY ALL
                ORDER BY field, n DESC, hv, sv, gone""").fetchall():  # there may be many, so no dictionaries
            ours, theirs = self.said("handbook", name, hv), self.said("system", name, sv)
            if _malformed(theirs) or (_malformed(ours) and not gone):
                if ours.normal == theirs.normal:
                    self.count_as_form(name, hv, sv, n)
                else:
                    kept.append({"field": name, "hv": hv, "sv": sv, "kind": "malformed", "k_village": None})
            elif gone:
                continue
            elif self.equal(name, ours, theirs):
                self.count_as_form(name, hv, sv, n)
            elif self.is_strange(name, ours) or self.is_strange(name, theirs):
                strange.append((name, hv, sv))
            else:
                kept.append({"field": name, "hv": hv, "sv": sv, "kind": "field", "k_village": None})
        kept += self.learn(strange)
        self.result.form = sorted(self.form.values(), key=lambda one: one["field"])
        self.desk.put("kept", pa.Table.from_pylist(kept, schema=KEPT))  # one text may stand in a village that keeps the column and in one that does not
        self.desk.run(SetStep("kept_groups", ("groups", "kept"), """
            SELECT DISTINCT c.field, c.k_village, c.hv, c.sv, t.kind FROM groups c
            JOIN kept t ON t.field = c.field AND t.hv IS NOT DISTINCT FROM c.hv AND t.sv IS NOT DISTINCT FROM c.sv AND (t.k_village IS NULL OR t.k_village = coalesce(c.k_village, ''))
            WHERE NOT c.gone OR t.kind = 'malformed'"""))
        cells_of(self.desk, [one for one in self.result.few if one.column in self.result.columns], "kept_groups")
        self.result.cells = self.desk.rows("SELECT * FROM differences ORDER BY hid, field")
        self.desk.drop("cells", "apart_members", "apart_homes", "groups", "formed", "kept", "kept_groups", "dropped", "differences")

    def said(self, side: str, name: str, text: str | None) -> Value:
        key = (side, name, text)
        if key not in self.values:
            self.values[key] = read_as(self.columns[name], self.sides[side], text)
        return self.values[key]

    def equal(self, name: str, ours: Value, theirs: Value) -> bool:
        if ours.normal is None or theirs.normal is None:
            return ours.normal is theirs.normal
        return same_value(self.columns[name], ours.normal, theirs.normal, self.sides["handbook"])

    def is_strange(self, name: str, value: Value) -> bool:
        """Whether a value stands in no list, though its column has one."""
        if value.problem == "unknown_value":
            return True
        fact = FIELDS.get(name)
        return value.normal is not None and fact is not None and fact.type == "code" and value.normal not in self.sides["handbook"].reader.codes[fact.codes or ""].meaning

    def count_as_form(self, name: str, hv: str | None, sv: str | None, n: int) -> None:
        if self.columns[name].handbook == self.columns[name].system:
            example = self.form.setdefault(name, {"field": name, "label": label_of(name), "count": 0, "handbook": hv or "", "system": sv or ""})
            example["count"] += n

    def learn(self, strange: Iterable[Said]) -> Rows:
        """Find what words in no list mean, by what stands opposite them; returns what still differs. Leaves meanings and unknown values."""
        self.desk.put("strange", pa.Table.from_pylist([{"field": name, "hv": hv, "sv": sv} for name, hv, sv in strange], schema=KEPT.remove(4).remove(3)))
        cells = self.desk.con.execute("""SELECT coalesce(k_village, ''), field, hv, sv, sum(n)::BIGINT, min(hid), arg_min(sid, hid) FROM groups c SEMI JOIN strange t
            ON t.field = c.field AND t.hv IS NOT DISTINCT FROM c.hv AND t.sv IS NOT DISTINCT FROM c.sv WHERE NOT gone GROUP BY ALL ORDER BY 1, 2, 3, 4""").fetchall()
        opposite: dict[Word, Counter[str | None]] = defaultdict(Counter)
        for village, name, hv, sv, n, _, _ in cells:
            ours, theirs = self.said("handbook", name, hv), self.said("system", name, sv)
            for side, value, other in (("handbook", ours, theirs), ("system", theirs, ours)):
                if self.is_strange(name, value):
                    for place in {village, ""}:
                        opposite[side, name, place, value.normal or ""][None if self.is_strange(name, other) else other.normal] += n
        alike = self._said_alike(strange)
        for key, counts in opposite.items():
            meaning, n = max(counts.items(), key=lambda one: (one[1], one[0] or ""))
            if counts.total() >= ENOUGH_TO_LEARN and meaning is not None and n >= SHARE_TO_LEARN * (counts.total() + alike[key]):
                self.result.meanings[key] = meaning
        kept: Rows = []
        unknown: dict[tuple[str, str, str], dict[str, Any]] = {}
        words: dict[tuple[str, str, str, str], dict[str, Any]] = {}
        for village, name, hv, sv, n, hid, sid in cells:
            ours, theirs = self.said("handbook", name, hv), self.said("system", name, sv)
            mine, other = self.result.meant("handbook", name, village, ours), self.result.meant("system", name, village, theirs)
            for side, said, meant in (("handbook", ours, mine), ("system", theirs, other)):
                if meant is not said and said.normal:
                    word = words.setdefault((side, name, said.normal, meant.normal or ""), {"count": 0, "villages": set()})
                    word["count"] += n
                    word["villages"].add(village)
            if self.equal(name, mine, other):
                self.count_as_form(name, hv, sv, n)
                continue
            flood = False
            for side, text, value, at in (("handbook", hv, mine, hid), ("system", sv, other, sid)):
                if value.problem == "unknown_value":
                    one = unknown.setdefault((side, name, value.normal or ""), {"side": side, "field": name, "value": text, "rows": 0, "id": at, "why": value.why})
                    one["rows"] += n
                    one["id"] = min(one["id"], at)
                    flood |= opposite[side, name, "", value.normal or ""].total() >= FLOOD
            if not flood:  # the rest is said once per value, not row by row
                kept.append({"field": name, "hv": hv, "sv": sv, "kind": "field", "k_village": village})
        self.result.learned = [{"side": side, "field": name, "label": label_of(name), "word": spelt, "meaning": stands_for, "count": seen["count"],
                                "villages": len(seen["villages"])} for (side, name, spelt, stands_for), seen in sorted(words.items())]
        self.result.unknown = [unknown[key] for key in sorted(unknown, key=lambda key: (key[0], unknown[key]["id"], key))]
        return kept

    def _said_alike(self, strange: Iterable[Said]) -> Counter[Word]:
        """Count the pairs whose two sides both carry such a word: where they do, it stands opposite itself and is no other word for something."""
        words: dict[str, set[str]] = defaultdict(set)
        for name, *texts in strange:
            words[name] |= {text for side, text in zip(self.sides, texts, strict=True) if text is not None and self.is_strange(name, self.said(side, name, text))}
        alike: Counter[Word] = Counter()
        for name, spelt in sorted(words.items()):
            one = self.columns[name]
            ours, theirs = name_in_sql(one.handbook), name_in_sql(one.system)
            self.desk.put("words", pa.table({"text": pa.array(sorted(spelt), pa.string())}))
            self.desk.run(SetStep("words", ("words",), f"SELECT text FROM words WHERE text IN (SELECT {ours} FROM cells_handbook) AND text IN (SELECT {theirs} FROM cells_system)"))
            if not self.desk.rows("SELECT 1 FROM words LIMIT 1"):  # most stand on one side only
                continue
            for village, text, n in self.desk.con.execute(f"""SELECT coalesce(k.k_village, ''), h.{ours}, count(*) FROM pairs p JOIN cells_handbook h ON h.id = p.h
                    JOIN cells_system s ON s.id = p.s JOIN base_handbook k ON k.id = p.h WHERE h.{ours} = s.{theirs} AND h.{ours} IN (SELECT text FROM words) GROUP BY ALL
                    UNION ALL SELECT coalesce(i.k_village, ''), h.{ours}, count(*) FROM identical i JOIN cells_handbook h ON h.id = i.h WHERE h.{ours} IN (SELECT text FROM words) GROUP BY ALL""").fetchall():
                for side, place in ((side, place) for side in self.sides for place in {village, ""}):
                    alike[side, name, place, self.said(side, name, text).normal or ""] += n
        return alike


def _malformed(value: Value) -> bool:
    return value.problem is not None and value.problem != "unknown_value"


def label_of(name: str) -> str:
    """Return the Chinese label of a field; a column nobody knows is named by its header."""
    return FIELDS[name].label if name in FIELDS else name.removeprefix("x_")
