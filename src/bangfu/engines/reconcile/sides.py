"""read: a file that was read becomes a side, a relation with keys to link by.

A side has one row per row of the file: `id` (from 0, in the file's order), `sheet`, `row`, one text column per column of the
file under its field's name, and keys in normal form: k_name, k_number (a citizen's number that holds), k_certificate,
k_code, k_birth, k_sex, k_village, k_household (rows of one household share it). A key that is blank, zero-filled or a
placeholder is no key and null.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from bangfu.engines.relations.codes import CodeList
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import citizen_id, is_placeholder
from bangfu.engines.relations.values import Reader, Value, asks_yes_no, clean_name, clean_text
from bangfu.engines.relations.workbook import Extract

WORDS = {"handbook": "手册", "system": "系统"}
WORKING = frozenset({"普通劳动力", "技能劳动力", "弱劳动力或半劳动力"})
_VILLAGE_END = re.compile(r"(?<=.)(村民委员会|居民委员会|村委会|居委会|社区|村)$")
_NO_CODE = re.compile(r"0*|无|/|-|—|1+|9{6,}")


@dataclass(frozen=True)
class Side:
    """One file as the engine sees it; its rows lie on the desk.

    labels  field -> the header it stands under in this file
    blank   columns without any content; asks: coded columns whose header asks a yes/no question
    """

    name: str
    extract: Extract
    labels: Mapping[str, str]
    reader: Reader
    asks: frozenset[str]
    blank: frozenset[str]

    @property
    def word(self) -> str:
        return WORDS[self.name]

    @property
    def several_sheets(self) -> bool:
        return len(self.extract.sheets) > 1

    def read(self, name: str, text: str | None) -> Value:
        """Return what a cell of this side says in the field `name`; can_work is also answered by work_capacity."""
        return self.reader.read(text, FIELDS.get(name), asks=name in self.asks)


def mapped(column: pa.Array | pa.ChunkedArray, function: Callable[[str], str | None]) -> pa.Array:
    """Return the column with `function` applied to each distinct text; null stays null."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    encoded = column.dictionary_encode()
    values = [None if text is None else function(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(encoded.indices)


def make_side(extract: Extract, codes: Mapping[str, CodeList], as_of: date, options: Mapping[str, object]) -> tuple[Side, pa.Table]:
    """Return an extract as a side, and its rows with keys. `options` are the profile's (zero_one)."""
    table = _loaded(extract)
    labels: dict[str, str] = {}
    taken = {"id", "row", "sheet"}
    for column in extract.columns:  # two headers that differ in capitals only are one name to a database: the first stands
        if column.key.lower() not in taken:
            taken.add(column.key.lower())
            labels[column.key] = column.header
    table = table.select(["id", *labels, "row", "sheet"])
    asks = frozenset(column.field for column in extract.columns if column.field and asks_yes_no(column.header, extract.profile, column.field))
    blank = frozenset(name for name in labels if table[name].null_count == table.num_rows)
    side = Side(extract.side, extract, labels, Reader(codes, as_of, zero_one=bool(options.get("zero_one"))), asks, blank)
    return side, _with_keys(side, table)


def _loaded(extract: Extract) -> pa.Table:
    if extract.table is not None:
        table = extract.table
    else:
        names = list(extract.parquet_names.values())
        table = pa.concat_tables([pq.read_table(part, columns=names) for part in extract.parquet], promote_options="default")
        table = table.select(names).rename_columns(list(extract.parquet_names))
        table = table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
        table = table.append_column("row", pa.array(range(2, table.num_rows + 2), pa.int64()))
        table = table.append_column("sheet", pa.array([""] * table.num_rows, pa.string()))
    return table.add_column(0, "id", pa.array(range(table.num_rows), pa.int64()))


def _with_keys(side: Side, table: pa.Table) -> pa.Table:
    empty = pa.nulls(table.num_rows, pa.string())

    def key(name: str, function: Callable[[str], str | None]) -> pa.Array:
        return mapped(table[name], function) if name in table.column_names else empty

    def normal(name: str) -> Callable[[str], str | None]:
        return lambda text: side.read(name, text).sound

    def code(text: str) -> str | None:
        cleaned = clean_text(text)
        return None if _NO_CODE.fullmatch(cleaned) else cleaned

    holds: dict[str, str] = {}  # certificate -> the citizen's number in it, if that holds

    def certified(text: str) -> str | None:
        value = side.read("certificate_no", text)
        if value.normal is None:
            return None
        sound = value.problem is None and len(value.normal) >= 18 and "*" not in value.normal and not is_placeholder(value.normal)
        number = value.normal[:18] if sound else citizen_id(value.normal)
        if number is not None:
            holds[value.normal] = number
        return value.normal

    certificate = key("certificate_no", certified)
    number = mapped(certificate, holds.get)
    if "citizen_id" in table.column_names:
        own = mapped(key("citizen_id", lambda text: side.read("citizen_id", text).normal), citizen_id)
        number = pa.array([one or other for one, other in zip(number.to_pylist(), own.to_pylist(), strict=True)], pa.string())
    keys = {
        "k_name": key("name", lambda text: clean_name(text) or None),
        "k_certificate": certificate,
        "k_number": number,
        "k_code": key("person_code", code),
        "k_household_code": key("household_code", code),
        "k_birth": key("birth_date", normal("birth_date")),
        "k_sex": key("sex", normal("sex")),
        "k_relation": key("relation_to_head", normal("relation_to_head")),
        "k_phone": key("household_phone", normal("household_phone")),
        "k_village": key("village", lambda text: _VILLAGE_END.sub("", clean_text(text)) or None),
        "k_head": key("head_name", lambda text: clean_name(text) or None),
    }
    for name, column in keys.items():
        table = table.append_column(name, column)
    households = _households(table)
    table = table.append_column("k_household", households)
    return _village_of_household(table) if table["k_village"].null_count else table


def _village_of_household(table: pa.Table) -> pa.Table:
    """A village written on the first row of a household only is the village of its other rows, too."""
    villages: dict[int, str] = {}
    pairs = list(zip(table["k_household"].to_pylist(), table["k_village"].to_pylist(), strict=True))
    for household, village in pairs:
        if village is not None:
            villages.setdefault(household, village)
    filled = pa.array([village or villages.get(household) for household, village in pairs], pa.string())
    return table.set_column(table.column_names.index("k_village"), "k_village", filled)


def _households(table: pa.Table) -> pa.Array:
    """Return a number per household: by its code, else by village and head, else it goes on until the next 户主.

    Registers often fill a household's columns on its first row only: a row without code and head belongs to the row above.
    """
    numbers: dict[tuple[str | None, ...], int] = {}
    found: list[int] = []
    run = 0
    before: tuple[str | None, ...] = ()
    above: str | None = None
    columns = [table[name].to_pylist() for name in ("k_household_code", "k_village", "k_head", "k_relation")]
    for code, village, head, relation in zip(*columns, strict=True):
        if code is not None:
            key: tuple[str | None, ...] = ("code", code)
        elif head is not None:
            key = ("head", village or above, head)
        elif not before or relation == "户主" or (village is not None and above is not None and village != above):
            run += 1
            key = ("run", village, str(run))
        else:
            key = before
        before, above = key, village or above
        found.append(numbers.setdefault(key, len(numbers)))
    return pa.array(found, pa.int64())
