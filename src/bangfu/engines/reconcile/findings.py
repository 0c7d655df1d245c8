"""findings: everything the comparison and the pairing gave, judged, as one relation in the register's order.

A finding's id is made of what it is about (kind, person or household, field), never of the run's month, so that it keeps its answers from one month to the next. Values are the originals.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from bangfu.engines.relations.values import Value

from .compare import Comparison, label_of, read_as
from .judge import Case, Seen, judge
from .sides import WORDS, Side
from .steps import Desk
from .usual import usual

SCHEMA = pa.schema([
    ("finding_id", pa.string()), ("kind", pa.string()), ("village", pa.string()), ("villager_group", pa.string()),
    ("household_code", pa.string()), ("person_code", pa.string()), ("head_name", pa.string()), ("member_name", pa.string()),
    ("field", pa.string()), ("handbook_value", pa.string()), ("system_value", pa.string()), ("handbook_sheet", pa.string()),
    ("handbook_row", pa.int64()), ("system_sheet", pa.string()), ("system_row", pa.int64()), ("verdict", pa.string()),
    ("confidence", pa.float64()), ("reason", pa.string()), ("rule", pa.string()), ("document", pa.string()), ("first_seen", pa.string()),
    ("state", pa.string()),
])  # fmt: skip
ORDER = ("field", "malformed", "only_in_handbook", "only_in_system", "duplicate", "pair_ambiguous", "household_split", "household_merged",
         "moved", "household_columns_disagree", "not_kept", "unknown_value")
Row = Mapping[str, Any]


@dataclass
class Book:
    """The rows a judgement may look at: every household that something was found of, on both sides."""

    sides: Mapping[str, Side]
    rows: dict[str, dict[int, Row]]
    households: dict[str, dict[int, list[Row]]]
    shared: dict[str, dict[str, list[Row]]]
    partner: dict[str, dict[int, int]]

    def row(self, side: str, at: int | None) -> Row | None:
        return None if at is None else self.rows[side].get(at)

    def other(self, side: str, household: int) -> list[Row]:
        """Return the rows of the household that is paired with this one."""
        mate = self.partner[side].get(household)
        return [] if mate is None else self.households["system" if side == "handbook" else "handbook"].get(mate, [])


def open_book(desk: Desk, sides: Mapping[str, Side], wanted: Mapping[str, set[int]]) -> Book:
    """Fetch the households in which the wanted rows (ids by side) stand, and those paired with them."""
    partner: dict[str, dict[int, int]] = {"handbook": {}, "system": {}}
    for row in desk.rows("SELECT h, s FROM household_links WHERE main"):
        partner["handbook"][row["h"]], partner["system"][row["s"]] = row["s"], row["h"]
    homes: dict[str, set[int]] = {}
    for side, ids in wanted.items():
        desk.put("wanted", pa.table({"id": pa.array(sorted(ids), pa.int64())}))
        homes[side] = {row["k_household"] for row in desk.rows(f"SELECT DISTINCT k_household FROM {side} JOIN wanted USING (id)")}
    for side, other in (("handbook", "system"), ("system", "handbook")):
        homes[other] |= {partner[side][home] for home in homes[side] if home in partner[side]}
    book = Book(sides, {}, {}, {}, partner)
    for side in sides:
        desk.put("wanted", pa.table({"k_household": pa.array(sorted(homes[side]), pa.int64())}))
        rows = desk.rows(f"""SELECT x.*, c.id IS NOT NULL AS is_copy FROM {side} x JOIN wanted USING (k_household)
            LEFT JOIN copies c ON c.side = '{side}' AND c.id = x.id ORDER BY x.id""")
        book.rows[side] = {row["id"]: row for row in rows}
        grouped: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            if not row["is_copy"]:
                grouped[row["k_household"]].append(row)
        book.households[side] = grouped
        shared: dict[str, list[Row]] = defaultdict(list)
        for row in desk.rows(f"""SELECT * FROM {side} WHERE k_number IN (SELECT k_number FROM {side} WHERE k_number IS NOT NULL
                AND id NOT IN (SELECT id FROM copies WHERE side = '{side}') GROUP BY ALL HAVING count(*) > 1)
                AND id NOT IN (SELECT id FROM copies WHERE side = '{side}') ORDER BY id"""):
            shared[row["k_number"]].append(row)
        book.shared[side] = shared
    return book


class Writer:
    """Collects findings; `documents` says what settles a question (rulebook: documents.toml)."""

    def __init__(self, book: Book, documents: Mapping[str, Mapping[str, str]], month: str) -> None:
        self.book, self.documents, self.month = book, documents, month
        self.found: list[dict[str, Any]] = []

    def add(self, kind: str, ours: Row | None, theirs: Row | None, *, verdict: str, reason: str, rule: str = "", field: str = "",
            values: tuple[str | None, str | None] = (None, None), of_household: bool = False, confidence: float | None = None) -> None:
        """Add one finding about these two rows; the export's words for place and household stand, else the booklet's."""
        main = theirs or ours or {}
        one_of = [row for row in (theirs, ours) if row is not None]

        def first(name: str) -> str | None:
            return next((row[name] for row in one_of if row.get(name)), None)

        document = self.documents["fields"].get(field) or self.documents["kinds"].get(kind) or self.documents["otherwise"]["document"]
        person = None if of_household else first("name")
        self.found.append({
            "kind": kind, "village": first("village") or "", "villager_group": first("villager_group"), "household_code": first("household_code"),
            "person_code": None if of_household else first("person_code"), "head_name": self._head(ours, theirs), "member_name": person,
            "field": field, "handbook_value": values[0], "system_value": values[1],
            "handbook_sheet": ours and ours["sheet"], "handbook_row": ours and ours["row"],
            "system_sheet": theirs and theirs["sheet"], "system_row": theirs and theirs["row"],
            "verdict": verdict, "confidence": confidence, "reason": reason, "rule": rule, "document": document if verdict == "undecided" else None,
            "first_seen": self.month, "state": "new",
            "about": self.about(ours, theirs, of_household), "order": (main.get("k_village") or "", main.get("id", 0)),
        })  # fmt: skip

    def about(self, ours: Row | None, theirs: Row | None, of_household: bool) -> str:
        """Return what names the object from month to month: its code, else its number, else household and name."""
        main = theirs or ours or {}

        def first(name: str) -> str | None:
            return next((row[name] for row in (theirs, ours) if row is not None and row.get(name)), None)

        if of_household:
            return first("household_code") or f"{main.get('k_village')}/{main.get('k_head') or main.get('k_name')}"
        return first("person_code") or main.get("k_number") or f"{first('household_code') or main.get('k_village')}/{main.get('k_name')}"

    def _head(self, ours: Row | None, theirs: Row | None) -> str | None:
        for side, row in (("system", theirs), ("handbook", ours)):
            if row is not None:
                heads = [one["name"] for one in self.book.households[side].get(row["k_household"], ()) if one["k_relation"] == "户主"]
                if heads:
                    return str(heads[0])
                if row.get("head_name"):
                    return str(row["head_name"])
        return None

    def table(self, villages: Sequence[str]) -> pa.Table:
        """Return the findings in the order of villages, then of the register, with their ids."""
        place = {village: at for at, village in enumerate(villages)}
        rank = {kind: at for at, kind in enumerate(ORDER)}
        self.found.sort(key=lambda one: (place.get(one["village"], len(place)), one["order"][1], rank[one["kind"]], one["field"],
                                         one["handbook_row"] or 0, one["system_row"] or 0))
        seen: dict[str, int] = {}
        for one in self.found:
            about = "\0".join((one["kind"], one["about"], one["field"]))
            if one["kind"] in ("unknown_value", "household_columns_disagree", "duplicate"):
                about += f"\0{one['handbook_value'] or one['system_value']}\0{one['system_row'] is None}"
            key = hashlib.sha256(about.encode()).hexdigest()[:16]
            seen[key] = seen.get(key, 0) + 1
            one["finding_id"] = key if seen[key] == 1 else f"{key}-{seen[key]}"
        return pa.Table.from_pylist([{name: one.get(name) for name in SCHEMA.names} for one in self.found], schema=SCHEMA)


def find(desk: Desk, sides: Mapping[str, Side], result: Comparison, documents: Mapping[str, Mapping[str, str]], as_of: date, month: str,
         villages: Sequence[str], past: Mapping[tuple[str, str], tuple[str | None, str | None]] | None = None) -> pa.Table:
    """Judge every difference and list what the pairing left; returns the findings (SCHEMA).

    past: what both sides said last month in normal form, by what the finding is about (Writer.about) and its field.
    """
    alone = {side: desk.rows(f"""SELECT id FROM {side} WHERE id NOT IN (SELECT {side[0]} FROM pairs)
        AND id NOT IN (SELECT id FROM copies WHERE side = '{side}') ORDER BY id""") for side in sides}
    unclear = desk.rows("SELECT * FROM ambiguous ORDER BY h, s")
    copies = desk.rows("SELECT * FROM copies ORDER BY side, id")
    book = open_book(desk, sides, _wanted(desk, result, alone, unclear, copies))
    out = Writer(book, documents, month)
    restructured = {(side, home) for one in result.structure for side in ("handbook", "system") for home in one[f"{side}_households"]}
    columns = {one.field: one for one in result.columns}
    told = usual(desk, sides, result, as_of)
    for at, cell in enumerate(result.cells):
        column = columns[cell["field"]]
        ours, theirs = book.rows["handbook"][cell["hid"]], book.rows["system"][cell["sid"]]

        def seen(name: str, row: Row, text: str | None, own: str, column: Any = column) -> Seen:
            value: Value = read_as(column, sides[name], text)
            return Seen(sides[name], row, book.households[name][row["k_household"]], own, text, value, book.shared[name])

        moved = any((side, row["k_household"]) in restructured for side, row in (("handbook", ours), ("system", theirs)))
        case = Case(column.field, seen("handbook", ours, cell["hv"], column.handbook), seen("system", theirs, cell["sv"], column.system), as_of, moved,
                    told.get(at), past.get((out.about(ours, theirs, column.of_household), column.field)) if past else None)
        said = judge(case)
        out.add(cell["kind"], ours, theirs, verdict=said.verdict, reason=said.reason, rule=said.rule, field=column.field,
                values=(cell["hv"], cell["sv"]), of_household=column.of_household, confidence=said.confidence)
    _unpaired(out, alone, unclear)
    _copies(out, copies)
    _structure(out, result)
    _columns(out, result)
    return out.table(villages)


def _wanted(desk: Desk, result: Comparison, alone: Mapping[str, list[dict[str, Any]]], unclear: Iterable[Row], copies: Iterable[Row]) -> dict[str, set[int]]:
    wanted = {"handbook": {cell["hid"] for cell in result.cells}, "system": {cell["sid"] for cell in result.cells}}
    for side, rows in alone.items():
        wanted[side] |= {row["id"] for row in rows}
    for row in unclear:
        wanted["handbook"].add(row["h"])
        wanted["system"].add(row["s"])
    for row in copies:
        wanted[row["side"]] |= {row["id"], row["stands"]}
    for row in (*result.disagreements, *result.unknown):
        wanted[row["side"]] |= {row["id"]} if "id" in row else {voice[0] for voice in row["voices"]}
    wanted["handbook"] |= {row["hid"] for row in result.not_kept}
    firsts = {(row["side"], row["k_household"]): row["id"] for row in desk.rows("SELECT side, k_household, id FROM first_rows")} if result.structure else {}
    for row in result.structure:
        for side in ("handbook", "system"):
            wanted[side] |= {firsts[side, home] for home in row[f"{side}_households"]}
    return wanted


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
            kin, across = book.households[side][row["k_household"]], book.other(side, row["k_household"])
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
        rows = {side: [out.book.households[side][home][0] for home in one[f"{side}_households"]] for side in ("handbook", "system")}
        said = []
        for side, found in rows.items():
            code = "village" if one["kind"] == "moved" else "household_code"
            said += [f"{_at(out.book.sides[side], row)}“{label_of(code)}”为“{row.get(code) or ''}”" for row in found]
        last = "system" if one["kind"] == "household_split" else "handbook"
        ours, theirs = rows["handbook"][-1 if last == "handbook" else 0], rows["system"][-1 if last == "system" else 0]
        values = (ours.get("village"), theirs.get("village")) if one["kind"] == "moved" else (ours.get("household_code"), theirs.get("household_code"))
        out.add(one["kind"], ours, theirs, verdict="undecided", rule=one["kind"], values=values, of_household=True,
                reason=f"{words[one['kind']]}：{'，'.join(said)}")


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
                reason=f"从{_at(sides['handbook'], row)}起，{row.get('village') or '本村'}对应上的{one['people']}人中，手册有{one['kept']}人登记了"
                       f"“{label_of(one['field'])}”，系统有{one['filled']}人登记了，手册空着的不逐条列出")
    for one in result.unknown:
        side = one["side"]
        row = out.book.rows[side][one["id"]]
        pair = (row, None) if side == "handbook" else (None, row)
        out.add("unknown_value", *pair, verdict="undecided", rule="unknown_value", field=one["field"], of_household=True,
                values=(one["value"], None) if side == "handbook" else (None, one["value"]),
                reason=f"{_at(sides[side], row)}“{label_of(one['field'])}”为“{one['value']}”，{one['why']}，共{one['rows']}行")
