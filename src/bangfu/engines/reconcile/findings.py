"""findings: everything the comparison and the pairing gave, judged, as one relation in the register's order.

A finding's id is made of what it is about (kind, person or household, field), never of the run's month or of rows, so that it keeps its answers from one month to the next.
by_code, by_number, by_name are digests of all that names it, by which memory.py finds it again. Values are the originals.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa

from .book import Book, open_book
from .columns import read_as
from .compare import Comparison, label_of
from .judge import Case, Row, Seen, judge
from .past import Past
from .sides import WORDS, Side
from .steps import Desk
from .usual import usual

SCHEMA = pa.schema([
    ("finding_id", pa.string()), ("kind", pa.string()), ("village", pa.string()), ("villager_group", pa.string()),
    ("household_code", pa.string()), ("person_code", pa.string()), ("head_name", pa.string()), ("member_name", pa.string()),
    ("field", pa.string()), ("handbook_value", pa.string()), ("system_value", pa.string()), ("handbook_sheet", pa.string()),
    ("handbook_row", pa.int64()), ("system_sheet", pa.string()), ("system_row", pa.int64()), ("verdict", pa.string()),
    ("confidence", pa.float64()), ("reason", pa.string()), ("rule", pa.string()), ("document", pa.string()), ("first_seen", pa.string()),
    ("state", pa.string()), ("times_seen", pa.int64()), ("by_code", pa.string()), ("by_number", pa.string()), ("by_name", pa.string()),
])  # fmt: skip
ORDER = ("field", "malformed", "only_in_handbook", "only_in_system", "duplicate", "pair_ambiguous", "household_split", "household_merged",
         "moved", "household_columns_disagree", "not_kept", "unknown_value")


class Writer:
    """Collects findings; `documents` says what settles a question (rulebook: documents.toml), `villages` a village's one name by its key."""

    def __init__(self, book: Book, documents: Mapping[str, Mapping[str, str]], month: str, villages: Mapping[str, str]) -> None:
        self.book, self.documents, self.month, self.villages = book, documents, month, villages
        self.found: list[dict[str, Any]] = []
        self.heads: dict[tuple[str, int], str | None] = {}

    def add(self, kind: str, ours: Row | None, theirs: Row | None, *, verdict: str, reason: str, rule: str = "", field: str = "",
            values: tuple[str | None, str | None] = (None, None), of_household: bool = False, confidence: float | None = None) -> None:
        """Add one finding about these two rows; the export's words for place and household stand, else the booklet's."""
        rows = [row for row in (theirs, ours) if row is not None]

        def first(name: str) -> str | None:
            return _first(name, rows)

        document = self.documents["fields"].get(field) or self.documents["kinds"].get(kind) or self.documents["otherwise"]["document"]
        person = None if of_household else first("name")
        self.found.append({
            "kind": kind, "village": self.villages.get(first("k_village") or "", first("village") or ""), "villager_group": first("villager_group"), "household_code": first("household_code"),
            "person_code": None if of_household else first("person_code"), "head_name": self._head(ours, theirs), "member_name": person,
            "field": field, "handbook_value": values[0], "system_value": values[1],
            "handbook_sheet": None if ours is None else ours["sheet"], "handbook_row": None if ours is None else ours["row"],
            "system_sheet": None if theirs is None else theirs["sheet"], "system_row": None if theirs is None else theirs["row"],
            "verdict": verdict, "confidence": confidence, "reason": reason, "rule": rule, "document": document if verdict == "undecided" else None,
            "first_seen": self.month, "state": "new", "times_seen": 1,
            **self._about(kind, field, values, ours, theirs, of_household), "order": rows[0]["id"] if rows else 0,
        })  # fmt: skip

    def _about(self, kind: str, field: str, values: tuple[str | None, str | None], ours: Row | None, theirs: Row | None, of_household: bool) -> dict[str, str | None]:
        """Return what names the finding from month to month: by its object's code, its valid number, its place and name; about: the first of these.

        A household's number and name are its head's. Of a split the booklet's household is the object, of anything else the export's, else the booklet's.
        """
        pair = {"handbook": ours, "system": theirs} if kind == "household_split" else {"system": theirs, "handbook": ours}
        rows = {side: row for side, row in pair.items() if row is not None}
        what = [kind, field]
        if kind in ("unknown_value", "household_columns_disagree", "duplicate"):
            what += [*rows, (values[0] or values[1] or "") if kind != "household_columns_disagree" else ""]

        def digest(*of: str) -> str:
            return hashlib.sha256("\0".join((*what, *of)).encode()).hexdigest()[:16]

        def first(name: str, among: Iterable[Row] = rows.values()) -> str:
            return _first(name, among) or ""

        place = first("k_village")
        if kind in ("unknown_value", "not_kept"):  # of a column, in the file or in a village: no row names it
            whole = digest("" if kind == "unknown_value" else place)
            return dict.fromkeys(("about", "by_code", "by_number", "by_name"), whole)
        home, code, among = first("k_household_code"), first("k_code"), list(rows.values())
        if of_household:
            heads = [next((one for one in self.book.household(side, row["k_household"]) if one["k_relation"] == "户主"), None) for side, row in rows.items()]
            code, among = home, [one for one in heads if one is not None]
        number = first("k_number", among)
        name = first("k_name", among) or first("k_head") or first("k_name")
        return {"about": digest(code or number or f"{home or place}/{name}"), "by_code": digest("code", code) if code else None,
                "by_number": digest("number", number) if number else None, "by_name": digest("name", name) if name else None}

    def _head(self, ours: Row | None, theirs: Row | None) -> str | None:
        for side, row in (("system", theirs), ("handbook", ours)):
            if row is not None:
                home = side, row["k_household"]
                if home not in self.heads:
                    self.heads[home] = next((str(one["name"]) for one in self.book.household(*home) if one["k_relation"] == "户主"), None)
                if head := self.heads[home] or row.get("head_name"):
                    return str(head)
        return None

    def table(self) -> pa.Table:
        """Return the findings in the order of villages, then of the register, with their ids."""
        place = {village: at for at, village in enumerate(self.villages.values())}
        rank = {kind: at for at, kind in enumerate(ORDER)}
        self.found.sort(key=lambda one: (place.get(one["village"], len(place)), one["order"], rank[one["kind"]], one["field"],
                                         one["handbook_row"] or 0, one["system_row"] or 0))
        seen: dict[str, int] = {}
        for one in self.found:
            key = one["about"]
            seen[key] = seen.get(key, 0) + 1
            one["finding_id"] = key if seen[key] == 1 else f"{key}-{seen[key]}"
        return pa.table([pa.array([one[name] for one in self.found], kind.type) for name, kind in zip(SCHEMA.names, SCHEMA, strict=True)], schema=SCHEMA)


def _first(name: str, rows: Iterable[Row]) -> str | None:
    """Return what the first row that says anything says."""
    for row in rows:
        if value := row.get(name):
            return str(value)
    return None


def find(desk: Desk, sides: Mapping[str, Side], result: Comparison, documents: Mapping[str, Mapping[str, str]], as_of: date, month: str,
         villages: Mapping[str, str], past: Callable[[Mapping[str, Mapping[int, Row]]], Past] = lambda rows: {}) -> pa.Table:
    """Judge every difference and list what the pairing left; returns the findings (SCHEMA).

    villages: each village's name by its key, in the order in which they are listed; past: given the rows that differ (by side and id), says what both sides said of them last month (past.py)
    """
    alone = {side: desk.rows(f"SELECT id FROM left_{side} ORDER BY id") for side in sides}
    unclear = desk.rows("SELECT * FROM ambiguous ORDER BY h, s")
    copies = desk.rows("SELECT * FROM copies ORDER BY side, id")
    book = open_book(desk, sides, _cited(result, alone, unclear, copies), as_of)
    out = Writer(book, documents, month, villages)
    restructured = {(side, home) for one in result.structure for side in ("handbook", "system") for home in one[f"{side}_households"]}
    columns = {one.field: one for one in result.columns}
    then = past(book.rows)
    told = usual(desk, sides, result, as_of)
    for at, cell in enumerate(result.cells):
        column = columns[cell["field"]]
        ours, theirs = book.rows["handbook"][cell["hid"]], book.rows["system"][cell["sid"]]

        def seen(name: str, row: Row, text: str | None, own: str, column: Any = column) -> Seen:
            value = result.meant(name, column.field, row["k_village"], read_as(column, sides[name], text))
            return Seen(sides[name], row, partial(book.household, name, row["k_household"]), own, text, value, book.shared[name, "k_number"], book.shared[name, "k_code"])

        moved = any((side, row["k_household"]) in restructured for side, row in (("handbook", ours), ("system", theirs)))
        case = Case(column.field, seen("handbook", ours, cell["hv"], column.handbook), seen("system", theirs, cell["sv"], column.system), as_of, moved,
                    told.get(at), then.get((cell["hid"], column.field)))
        said = judge(case)
        follow = "".join(f"“{label_of(name)}”" for name in cell.get("sums", ()))
        out.add(cell["kind"], ours, theirs, verdict=said.verdict, reason=said.reason + (f"；{follow}跟着不同，不另列" if follow else ""), rule=said.rule, field=column.field,
                values=(cell["hv"], cell["sv"]), of_household=column.of_household, confidence=said.confidence)
    _unpaired(out, alone, unclear)
    _copies(out, copies)
    _structure(out, result)
    _columns(out, result)
    return out.table()


def _cited(result: Comparison, alone: Mapping[str, list[dict[str, Any]]], unclear: Iterable[Row], copies: Iterable[Row]) -> dict[str, dict[int, bool]]:
    """Return the ids of the rows that findings are about, by side, and whether they speak for their household."""
    cited: dict[str, dict[int, bool]] = {"handbook": {}, "system": {}}

    def cite(side: str, at: int, whole: bool = False) -> None:
        cited[side][at] = whole or cited[side].get(at, False)

    whole = {one.field for one in result.columns if one.of_household}
    for cell in result.cells:
        cite("handbook", cell["hid"], cell["field"] in whole)
        cite("system", cell["sid"], cell["field"] in whole)
    for side, rows in alone.items():
        for lone in rows:
            cite(side, lone["id"])
    for pair in unclear:
        cite("handbook", pair["h"])
        cite("system", pair["s"])
    for copy in copies:
        cite(copy["side"], copy["id"])
        cite(copy["side"], copy["stands"])
    for row in result.strays:
        cite("handbook", row["hid"])
        cite("system", row["sid"])
    for row in result.unknown:
        cite(row["side"], row["id"], True)
    for row in result.disagreements:
        for voice in row["voices"]:
            cite(row["side"], voice[0], True)
    for row in result.not_kept:
        cite("handbook", row["hid"], True)
    for row in result.structure:
        for side in cited:
            for home in row[f"{side}_households"]:  # a household goes by the id of its first row
                cite(side, home, True)
    return cited


def _at(side: Side, row: Row) -> str:
    sheet = f"“{row['sheet']}”表" if side.several_sheets else ""
    return f"{side.word}{sheet}第{row['row']}行"


def _unpaired(out: Writer, alone: Mapping[str, list[dict[str, Any]]], unclear: Sequence[Row]) -> None:
    book = out.book
    doubtful = {("handbook", row["h"]) for row in unclear} | {("system", row["s"]) for row in unclear}
    for side, rows in alone.items():
        other = "system" if side == "handbook" else "handbook"
        for one in rows:
            if (side, one["id"]) in doubtful:
                continue
            row = book.rows[side][one["id"]]
            kin, across = book.household(side, row["k_household"]), book.other(side, row["k_household"])
            reason = f"{_at(book.sides[side], row)}的“{row['name']}”在{WORDS[other]}里没有对应的人"
            verdict, rule = "undecided", ""
            sizes = {book.sides[other].read("household_size", mate.get("household_size")).sound for mate in across} - {None}
            if len(sizes) == 1 and across:
                size, said = int(sizes.pop() or 0), across[0]
                reason += f"；{_at(book.sides[other], said)}“人数”为“{said['household_size']}”，{WORDS[other]}同户列{len(across)}人，{WORDS[side]}同户列{len(kin)}人"
                if size > len(across) and size == len(kin):
                    verdict, rule = f"{other}_wrong", "fewer_rows_than_members"
            pair = (row, None) if side == "handbook" else (None, row)
            out.add(f"only_in_{side}", *pair, verdict=verdict, rule=rule, reason=reason)
    for guess in unclear:
        ours, theirs = book.rows["handbook"][guess["h"]], book.rows["system"][guess["s"]]
        out.add("pair_ambiguous", ours, theirs, verdict="undecided", rule="pair_ambiguous", values=(ours["name"], theirs["name"]),
                reason=f"{_at(book.sides['handbook'], ours)}与{_at(book.sides['system'], theirs)}可能是同一人（{guess['evidence']}），"
                       "但还有差不多同样相近的，没有替您选定")


def _copies(out: Writer, copies: Sequence[Row]) -> None:
    for one in copies:
        side = one["side"]
        row, stands = out.book.rows[side][one["id"]], out.book.rows[side][one["stands"]]
        names = "" if row["name"] == stands["name"] else f"，姓名为“{row['name']}”和“{stands['name']}”"
        pair = (row, None) if side == "handbook" else (None, row)
        out.add("duplicate", *pair, verdict=f"{side}_wrong", rule="written_twice", values=(row["name"] if side == "handbook" else None, row["name"] if side == "system" else None),
                reason=f"{_at(out.book.sides[side], row)}与{_at(out.book.sides[side], stands)}是同一人（{one['why']}{names}），重复登记")


def _structure(out: Writer, result: Comparison) -> None:
    words = {"household_split": "手册的一户在系统里是两户", "household_merged": "手册的两户在系统里是一户", "moved": "同一户登记在不同的村"}
    for one in result.structure:
        rows = {side: [out.book.household(side, home)[0] for home in one[f"{side}_households"]] for side in ("handbook", "system")}
        said = []
        for side, found in rows.items():
            code = "village" if one["kind"] == "moved" else "household_code"
            said += [f"{_at(out.book.sides[side], row)}“{label_of(code)}”为“{row.get(code) or ''}”" for row in found]
        last = "system" if one["kind"] == "household_split" else "handbook"
        ours, theirs = rows["handbook"][-1 if last == "handbook" else 0], rows["system"][-1 if last == "system" else 0]
        values = (ours.get("village"), theirs.get("village")) if one["kind"] == "moved" else (ours.get("household_code"), theirs.get("household_code"))
        out.add(one["kind"], ours, theirs, verdict="undecided", rule=one["kind"], values=values, of_household=True,
                reason=f"{words[one['kind']]}：{'，'.join(said)}")


    for one in result.strays:
        ours, theirs = out.book.rows["handbook"][one["hid"]], out.book.rows["system"][one["sid"]]
        homes = "，".join(f"{_at(out.book.sides[side], row)}在“{_home(out.book, side, row)}”户" for side, row in (("handbook", ours), ("system", theirs)))
        out.add("moved", ours, theirs, verdict="undecided", rule="moved", values=(ours.get("household_code"), theirs.get("household_code")),
                reason=f"同一人登记在不同的户：{homes}")


def _home(book: Book, side: str, row: Row) -> str:
    """Return what a clerk calls a row's household: its head's name, else its code."""
    kin = book.household(side, row["k_household"])
    return str(next((one["name"] for one in kin if one["k_relation"] == "户主"), None) or row.get("head_name") or row.get("household_code") or row["name"])


def _columns(out: Writer, result: Comparison) -> None:
    sides = out.book.sides
    for one in result.disagreements:
        side = one["side"]
        voices = sorted(one["voices"])
        row = out.book.rows[side][voices[0][0]]
        said = "，".join(f"{_at(sides[side], out.book.rows[side][at])}“{label_of(one['field'])}”为“{text}”（同样的{count}行）" for at, text, count in voices)
        texts = "、".join(dict.fromkeys(text for _, text, _ in voices))
        pair = (row, None) if side == "handbook" else (None, row)
        out.add("household_columns_disagree", *pair, verdict=f"{side}_wrong", rule="other_rows_of_the_household", field=one["field"], of_household=True,
                values=(texts, None) if side == "handbook" else (None, texts), reason=f"{WORDS[side]}同一户各行不一致：{said}")
    for one in result.not_kept:
        row = out.book.rows["handbook"][one["hid"]]
        out.add("not_kept", row, None, verdict="undecided", rule="not_kept", field=one["field"], of_household=True,
                reason=f"从{_at(sides['handbook'], row)}起，{row.get('village') or '本村'}对应上的{one['people']}{one['unit']}中，手册有{one['kept']}{one['unit']}登记了"
                       f"“{label_of(one['field'])}”" + (f"，都遮去了中间的字，系统有{one['filled']}{one['unit']}登记了，露出的字相符的不逐条列出" if one["masked"] else
                                                       f"，系统有{one['filled']}{one['unit']}登记了，手册空着的不逐条列出"))
    for one in result.unknown:
        side = one["side"]
        row = out.book.rows[side][one["id"]]
        pair = (row, None) if side == "handbook" else (None, row)
        out.add("unknown_value", *pair, verdict="undecided", rule="unknown_value", field=one["field"], of_household=True,
                values=(one["value"], None) if side == "handbook" else (None, one["value"]),
                reason=f"{_at(sides[side], row)}“{label_of(one['field'])}”为“{one['value']}”，{one['why']}，与另一边不同的共{one['rows']}处")
