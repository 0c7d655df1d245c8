"""book: the rows a judgement may look at.

These are all rows of every household that something was found of, and of those paired with them. What most judgements ask of
anybody (LEAN) is fetched for all of them, what they ask of the rows cited (ASKED) for these, anything else when it is asked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from .judge import MEDICAL, PARTS, Row
from .sides import Side, put_keys
from .steps import Desk, SetStep, name_in_sql

LEAN = ("name", "head_name", "household_size")  # beside the keys of base_SIDE, and where the row stands
ASKED = ("village", "villager_group", "household_code", "person_code", "sex", "birth_date", "age", "health_status", *MEDICAL, "income_period", *PARTS, "business_cost_fen",
         "net_income_fen", "net_income_per_head_fen")  # what judgements ask of the rows they cite, beside the cell itself
SHARED = {"k_number": "keys", "k_code": "kin"}
_ABSENT: Any = object()


class Sheet(Mapping[int, "SheetRow"]):
    """The rows of one side by their ids. A column is fetched when it is first asked for, each distinct text once."""

    def __init__(self, desk: Desk, side: Side) -> None:
        self.desk, self.side = desk, side
        kin = desk.table(f"SELECT * FROM kin_{side.name}")
        self.columns: dict[str, list[Any]] = {name: _values(kin[name]) for name in kin.column_names}
        self.places: dict[int, int] = {at: place for place, at in enumerate(self.columns["id"])}
        self.cited = [self.places[at] for (at,) in desk.con.execute(f"SELECT id FROM keys_{side.name}").fetchall()]
        self.fetched = frozenset(row[0] for row in desk.con.execute(f"DESCRIBE book_{side.name}").fetchall())
        self.names = frozenset((*self.columns, *self.fetched, *side.labels))

    def __getitem__(self, at: int) -> "SheetRow":
        return SheetRow(self, self.places[at])

    def __iter__(self) -> Iterator[int]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def column(self, name: str) -> list[Any]:
        """Fetch a column for the rows cited, or for all where nobody was expected to ask it."""
        if name not in self.fetched:
            return self.whole(name)
        values = [_ABSENT] * len(self.places)
        found = self.desk.table(f"SELECT {name_in_sql(name)} FROM book_{self.side.name}")
        for place, value in zip(self.cited, _values(found.column(0)), strict=True):
            values[place] = value
        self.columns[name] = values
        return values

    def whole(self, name: str) -> list[Any]:
        """Fetch a column for every row."""
        source = f"cells_{self.side.name}"
        if name not in self.side.labels:  # a key that is read for the rows cited only
            self.desk.view("asked", f"SELECT id FROM kin_{self.side.name}")
            put_keys(self.desk, self.side, source := "keys_of_all", "asked", self.side.reader.as_of)
        found = dict(self.desk.con.execute(f"SELECT x.id, x.{name_in_sql(name)} FROM {source} x SEMI JOIN kin_{self.side.name} USING (id)").fetchall())
        self.columns[name] = [found[at] for at in self.places]
        return self.columns[name]


class SheetRow(Mapping[str, Any]):
    """One row of a sheet, read like a dictionary."""

    __slots__ = ("place", "sheet")

    def __init__(self, sheet: Sheet, place: int) -> None:
        self.sheet, self.place = sheet, place

    def __getitem__(self, name: str) -> Any:
        if name not in self.sheet.names:
            raise KeyError(name)
        return self.get(name)

    def get(self, name: str, default: Any = None) -> Any:
        values = self.sheet.columns.get(name)
        if values is None:
            if name not in self.sheet.names:
                return default
            values = self.sheet.column(name)
        value = values[self.place]
        return self.sheet.whole(name)[self.place] if value is _ABSENT else value

    def __iter__(self) -> Iterator[str]:
        return iter(self.sheet.names)

    def __len__(self) -> int:
        return len(self.sheet.names)


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column's values, each distinct text once."""
    if not pa.types.is_string(column.type):
        return list(column.to_pylist())
    encoded = column.combine_chunks().dictionary_encode()
    texts = [*encoded.dictionary.to_pylist(), None]
    return [texts[at] for at in encoded.indices.fill_null(len(texts) - 1).to_pylist()]


@dataclass
class Book:
    """Both sides' sheets.

    homes   by side and household (the id of its first row) the places of its rows that are no copies
    shared  by side numbers and codes (SHARED) that stand on more than one person of it, with the rows
    partner household by household of the other side it is paired with
    """

    sides: Mapping[str, Side]
    rows: dict[str, Sheet] = field(default_factory=dict)
    homes: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    shared: dict[tuple[str, str], Mapping[str, Sequence[Row]]] = field(default_factory=dict)
    partner: dict[str, dict[int, int]] = field(default_factory=lambda: {"handbook": {}, "system": {}})

    def household(self, side: str, home: int) -> list[Row]:
        """Return the rows of a household."""
        sheet = self.rows[side]
        return [SheetRow(sheet, place) for place in self.homes[side].get(home, ())]

    def other(self, side: str, home: int) -> list[Row]:
        """Return the rows of the household that is paired with this one."""
        mate = self.partner[side].get(home)
        return [] if mate is None else self.household("system" if side == "handbook" else "handbook", mate)


def open_book(desk: Desk, sides: Mapping[str, Side], cited: Mapping[str, Mapping[int, bool]], as_of: date) -> Book:
    """Fetch the households in which the cited rows (ids by side) stand, and those paired with them.

    cited  id -> whether what is said is of its household, which goes by its head
    """
    for name, ids in cited.items():
        desk.put(f"cited_{name}", pa.table({"id": pa.array(list(ids), pa.int64()), "whole": pa.array(list(ids.values()), pa.bool_())}))
        desk.con.execute(f"INSERT INTO cited_{name} SELECT id, false FROM alike_{name} ANTI JOIN cited_{name} USING (id)")  # who shares a code or number with somebody
    desk.run(SetStep("homes", ("cited_handbook", "cited_system", "base_handbook", "base_system", "household_links"), """
        WITH asked AS (SELECT 'handbook' AS side, k_household, bool_or(whole) AS whole FROM base_handbook JOIN cited_handbook USING (id) GROUP BY ALL
                       UNION ALL SELECT 'system', k_household, bool_or(whole) FROM base_system JOIN cited_system USING (id) GROUP BY ALL)
        SELECT side, k_household, bool_or(whole) AS whole FROM (
            SELECT * FROM asked UNION ALL SELECT 'system', l.s, false FROM household_links l JOIN asked a ON a.side = 'handbook' AND a.k_household = l.h WHERE l.main
            UNION ALL SELECT 'handbook', l.h, false FROM household_links l JOIN asked a ON a.side = 'system' AND a.k_household = l.s WHERE l.main) GROUP BY ALL"""))
    book = Book(sides)
    for h, s in desk.con.execute("SELECT h, s FROM household_links SEMI JOIN homes ON side = 'handbook' AND k_household = h WHERE main ORDER BY h").fetchall():
        book.partner["handbook"][h], book.partner["system"][s] = s, h
    for name in sides:
        side = sides[name]
        lean = [f"x.{one}" for one in LEAN if one in side.labels]
        desk.run(SetStep(f"kin_{name}", (f"base_{name}", "homes", "copies"), f"""
            SELECT k.* EXCLUDE (k_mark), {', '.join([*lean, 'x.sheet', 'x.row'])}, h.whole AND k_relation = '户主' AS speaks, c.id IS NOT NULL AS is_copy
            FROM base_{name} k JOIN homes h ON h.side = '{name}' AND h.k_household = k.k_household JOIN cells_{name} x ON x.id = k.id
            LEFT JOIN (SELECT id FROM copies WHERE side = '{name}') c ON c.id = k.id ORDER BY k.id"""))
        desk.view("asked", f"SELECT id FROM cited_{name} UNION SELECT id FROM kin_{name} WHERE speaks")
        put_keys(desk, side, f"keys_{name}", "asked", as_of)
        asked = "".join(f", x.{name_in_sql(one)}" for one in ASKED if one in side.labels)
        desk.run(SetStep(f"book_{name}", (f"keys_{name}", f"cells_{name}"), f"SELECT k.* EXCLUDE (id){asked} FROM keys_{name} k JOIN cells_{name} x USING (id) ORDER BY k.id"))
        sheet = book.rows[name] = Sheet(desk, side)
        homes: dict[int, list[int]] = defaultdict(list)
        for place, (home, is_copy) in enumerate(zip(sheet.columns["k_household"], sheet.columns["is_copy"], strict=True)):
            if not is_copy:
                homes[home].append(place)
        book.homes[name] = homes
        for key, among in SHARED.items():
            found = desk.con.execute(f"""SELECT {key}, list(id ORDER BY id) FROM {among}_{name} ANTI JOIN (SELECT id FROM copies WHERE side = '{name}') USING (id)
                WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1""").fetchall()
            book.shared[name, key] = {said: [sheet[at] for at in ids] for said, ids in found}
    return book
