"""read: a file that was read becomes a side, three relations on the desk.

cells_SIDE  one row per row of the file: `id` (from 0, in the file's order), `sheet`, `row`, one text column per column of the file
            under its field's name; Parquet stays where it is and is read when asked
base_SIDE   id and keys in normal form that every row needs: k_name, k_code, k_household_code, k_relation, k_village, k_head, k_household
            (the id of its household's first row); put_keys makes the others for the rows that need them: k_certificate, k_number (a
            citizen's number that holds), k_birth, k_sex, k_phone
SIDE        both beside each other
shared_SIDE codes that stand on several rows
A key that is blank, zero-filled or a placeholder is no key and null. Texts of the usual kind are read as a set (forms.py), every
other distinct text once by the reader.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bangfu.engines.relations.codes import CodeList
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import check_character, citizen_id
from bangfu.engines.relations.refusals import refuse
from bangfu.engines.relations.values import NOTHING, Reader, Value, asks_yes_no, clean_name, clean_text
from bangfu.engines.relations.workbook import Extract

from .forms import digits, form, holds
from .steps import Desk, SetStep, name_in_sql, text_in_sql

WORDS = {"handbook": "手册", "system": "系统"}
WORKING = frozenset({"普通劳动力", "技能劳动力", "弱劳动力或半劳动力"})
VILLAGE_END = re.compile(r"(?<=.)(?:(?:村|社区)?(?:村民委员会|居民委员会|村委会|居委会)|社区|村)$")
NO_CODE = {"person_code": re.compile(r"0*|无|/|-|—|1+|9{6,}"), "household_code": re.compile(r"0*|无|/|-|—|1{6,}|9{6,}")}  # a village may count its households: 1, 11
MANY_NAMES = 10  # a code on more names than this is nobody's: 暂无, a village's code filled down


BASE = ("k_name", "k_code", "k_household_code", "k_relation", "k_village", "k_head")
MORE = ("k_certificate", "k_birth", "k_sex", "k_phone")
ALL_KEYS = ("id", *BASE, "k_household", "k_certificate", "k_number", "k_birth", "k_sex", "k_phone")


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
    known: dict[tuple[str, str | None], Value] = field(default_factory=dict, compare=False, repr=False)  # what was read before

    @property
    def word(self) -> str:
        return WORDS[self.name]

    @property
    def by_number(self) -> bool:
        """Whether a row is found by its number alone: id + 2, in the one sheet of a Parquet file."""
        return self.extract.table is None

    @property
    def several_sheets(self) -> bool:
        return len(self.extract.sheets) > 1

    def read(self, name: str, text: str | None) -> Value:
        """Return what a cell of this side says in the field `name`; can_work is also answered by work_capacity."""
        value = self.known.get((name, text))
        if value is None:
            value = self.reader.read(text, FIELDS.get(name), asks=name in self.asks)
            if name in NO_CODE and value.sound is not None and NO_CODE[name].fullmatch(value.sound):
                value = NOTHING
            self.known[name, text] = value
        return value


def make_side(desk: Desk, extract: Extract, codes: Mapping[str, CodeList], as_of: date, options: Mapping[str, object]) -> Side:
    """Lay an extract's relations on the desk and return it as a side, with the keys of all its rows."""
    side = lay_side(desk, extract, codes, as_of, options)
    read_keys(desk, side)
    return side


def lay_side(desk: Desk, extract: Extract, codes: Mapping[str, CodeList], as_of: date, options: Mapping[str, object]) -> Side:
    """Lay an extract's cells on the desk and return it as a side. `options` are the profile's (zero_one)."""
    labels: dict[str, str] = {}
    taken = {"id", "row", "sheet"}
    for column in extract.columns:  # two headers that differ in capitals only are one name to a database: the first stands
        if column.key.lower() not in taken:
            taken.add(column.key.lower())
            labels[column.key] = column.header
    blank = _put_cells(desk, extract, labels)
    asks = frozenset(column.field for column in extract.columns if column.field and asks_yes_no(column.header, extract.profile, column.field))
    return Side(extract.side, extract, labels, Reader(codes, as_of, zero_one=bool(options.get("zero_one"))), asks, blank)


def read_keys(desk: Desk, side: Side, among: str = "") -> None:
    """Leave base_SIDE and SIDE on the desk, of all rows or of those whose ids stand in the relation `among`."""
    _put_base(desk, side, among)
    _put_households(desk, side)
    desk.view(side.name, f"SELECT k.*, c.* EXCLUDE (id) FROM base_{side.name} k JOIN cells_{side.name} c USING (id)")


def mark(side: Side) -> str:
    """Return the expression for a hash that rows with one certificate number share, however its last character and spaces are written; NULL without a number."""
    if "certificate_no" not in side.labels:
        return "NULL::UBIGINT"
    return """CASE WHEN certificate_no IS NOT NULL
        THEN hash(substr(CASE WHEN contains(certificate_no, ' ') THEN replace(certificate_no, ' ', '') ELSE certificate_no END, 1, 17)) END"""


def _put_cells(desk: Desk, extract: Extract, labels: Mapping[str, str]) -> frozenset[str]:
    """Leave cells_SIDE on the desk; returns the columns that hold nothing at all."""
    name = f"cells_{extract.side}"
    if extract.table is None and (parts := _text_parts(extract)) is not None:
        begins, selects = 0, []
        for part in parts:
            inside = {extract.parquet_names[key]: key for key in labels}
            texts = ", ".join(f"{name_in_sql(column) if column in part.schema.names else 'NULL::VARCHAR'} AS {name_in_sql(key)}" for column, key in inside.items())
            selects.append(f"SELECT file_row_number + {begins} AS id, {texts}, file_row_number + {begins + 2} AS row, '' AS sheet "
                           f"FROM read_parquet({text_in_sql(str(part.path))}, file_row_number = true)")
            begins += part.rows
        desk.view(name, " UNION ALL ".join(selects))
        empty = [key for key in labels if all(part.nulls.get(extract.parquet_names[key], part.rows) == part.rows for part in parts)]
        return frozenset(empty)
    table = _loaded(extract).select(["id", *labels, "row", "sheet"])
    desk.put(name, table)
    return frozenset(key for key in labels if table[key].null_count == table.num_rows)


@dataclass(frozen=True)
class _Part:
    path: Path
    rows: int
    schema: pa.Schema
    nulls: Mapping[str, int]


def _text_parts(extract: Extract) -> list[_Part] | None:
    """Return a Parquet register's parts if every column wanted is text and its empty cells are counted in the file, else None."""
    found: list[_Part] = []
    for path in extract.parquet:
        with pq.ParquetFile(path) as file:
            schema, about = file.schema_arrow, file.metadata
            nulls: dict[str, int] = {}
            for at in range(about.num_columns):
                column = about.schema.column(at).path
                counted = [about.row_group(group).column(at).statistics for group in range(about.num_row_groups)]
                if column not in extract.parquet_names.values():
                    continue
                if schema.field(column).type not in (pa.string(), pa.large_string()) or not all(one is not None and one.has_null_count for one in counted):
                    return None
                nulls[column] = sum(one.null_count for one in counted)
            found.append(_Part(path, about.num_rows, schema, nulls))
    return found


def _loaded(extract: Extract) -> pa.Table:
    if extract.table is not None:
        table = extract.table
    else:
        table = pa.concat_tables([_as_text(extract, part) for part in extract.parquet])
        table = table.append_column("row", pa.array(range(2, table.num_rows + 2), pa.int64()))
        table = table.append_column("sheet", pa.array([""] * table.num_rows, pa.string()))
    return table.add_column(0, "id", pa.array(range(table.num_rows), pa.int64()))


def readable(part: Path) -> bool:
    """Whether the whole of a Parquet file can be read and its texts are texts."""
    try:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches():
                batch.validate(full=True)
    except (pa.ArrowException, OSError):
        return False
    return True


def _as_text(extract: Extract, part: Path) -> pa.Table:
    """Read one part with every column as text, whatever it is in this part; refuses what no text can be made of."""
    table = pq.read_table(part, columns=list(extract.parquet_names.values()))
    texts: dict[str, pa.ChunkedArray] = {}
    for key, name in extract.parquet_names.items():
        try:
            texts[key] = table[name].cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise refuse("not_text", part.name, f"“{name}”列存的不是文字，读不出来。请把这一列转成文字，或去掉它，再核查。") from error
    return pa.table(texts)


def place(text: str) -> str | None:
    """Return a village's key (k_village): its name without what such names end in."""
    return VILLAGE_END.sub("", clean_text(text)) or None


def _number(side: Side, text: str) -> str | None:
    """Return the citizen's number in a certificate number that is not of the usual kind; an old one of 15 digits is made new."""
    said = side.read("certificate_no", text).normal
    if said is not None and re.fullmatch(r"[1-9]\d{14}", said):
        digits = f"{said[:6]}19{said[6:]}"
        return citizen_id(digits + check_character(digits))
    return citizen_id(said)


def _put_base(desk: Desk, side: Side, among: str) -> None:
    """Leave base_SIDE on the desk, with k_household yet to be found, and shared_SIDE: the codes that stand on several rows."""
    keys = f"base_{side.name}"
    _put_forms(desk, side, keys, BASE, side.reader.as_of, among=among, beside={"k_mark": mark(side), "k_household": "NULL::BIGINT"})
    desk.run(SetStep(f"shared_{side.name}", (keys,), f"SELECT k_code, count(*) AS rows FROM {keys} WHERE k_code IS NOT NULL GROUP BY k_code HAVING count(*) > 1"))
    desk.con.execute(f"""UPDATE {keys} SET k_code = NULL WHERE k_code IN (SELECT k_code FROM {keys} WHERE k_code IN (SELECT k_code FROM shared_{side.name} WHERE rows > {MANY_NAMES})
        GROUP BY k_code HAVING count(DISTINCT k_name) > {MANY_NAMES})""")


def put_keys(desk: Desk, side: Side, name: str, chosen: str, as_of: date) -> None:
    """Leave the relation `name` on the desk: every key (ALL_KEYS) of the rows whose ids stand in the relation `chosen`."""
    _put_forms(desk, side, "more", MORE, as_of, among=chosen)
    if "citizen_id" in side.labels:
        def number(text: str) -> str | None:
            return citizen_id(side.read("citizen_id", text).normal)

        if _read_texts(desk, "own", {"own": (f"SELECT DISTINCT citizen_id AS text FROM cells_{side.name} SEMI JOIN {chosen} USING (id)", number)}):
            desk.con.execute(f"UPDATE more k SET k_number = own.value FROM cells_{side.name} c JOIN own ON own.text = c.citizen_id WHERE c.id = k.id AND k.k_number IS NULL")
    desk.run(SetStep(name, (f"base_{side.name}", "more"), f"SELECT {', '.join(ALL_KEYS)} FROM base_{side.name} JOIN more USING (id) ORDER BY id"))
    desk.drop("more")


def _put_forms(desk: Desk, side: Side, relation: str, keys: Sequence[str], as_of: date, *, among: str = "", beside: Mapping[str, str] | None = None) -> None:
    """Leave a relation of ids and keys on the desk: forms in SQL, every other distinct text by the reader. `beside`: further columns by their expressions."""
    def normal(name: str) -> Callable[[str], str | None]:
        return lambda text: side.read(name, text).sound

    readers: Mapping[str, tuple[str, Callable[[str], str | None]]] = {
        "k_name": ("name", lambda text: clean_name(text) or None), "k_certificate": ("certificate_no", lambda text: side.read("certificate_no", text).normal),
        "k_code": ("person_code", normal("person_code")), "k_household_code": ("household_code", normal("household_code")),
        "k_birth": ("birth_date", normal("birth_date")), "k_sex": ("sex", normal("sex")), "k_relation": ("relation_to_head", normal("relation_to_head")),
        "k_phone": ("household_phone", normal("household_phone")), "k_village": ("village", place), "k_head": ("head_name", lambda text: clean_name(text) or None)}
    cells = f"(SELECT * FROM cells_{side.name} SEMI JOIN {among} USING (id))" if among else f"cells_{side.name}"
    column = {key: name_in_sql(readers[key][0]) for key in keys if readers[key][0] in side.labels}
    forms = {key: known for key in column if (known := form("name" if key == "k_head" else readers[key][0], column[key], as_of))}
    for key in forms.keys() & {"k_code", "k_household_code"}:
        forms[key] = f"CASE WHEN NOT regexp_full_match({forms[key]}, '{NO_CODE[readers[key][0]].pattern}') THEN {forms[key]} END"
    listed = [key for key in column if key not in forms]  # a column with few texts: each is read before
    _read_texts(desk, "listed", {key: (f"SELECT DISTINCT {column[key]} AS text FROM {cells}", readers[key][1]) for key in listed})
    inner = ["id", *(f"{expression} AS {name}" for name, expression in (beside or {}).items())]
    inner += [f"{forms[key]} AS {key}, {column[key]} AS o{key}" if key in forms else f"l{key}.value AS {key}" if key in column else f"NULL::VARCHAR AS {key}" for key in keys]
    joins = "".join(f" LEFT JOIN listed l{key} ON l{key}.key = '{key}' AND l{key}.text = c.{column[key]}" for key in listed)
    source = f"(SELECT {', '.join(inner)} FROM {cells} c{joins})"
    outer = ["id", *keys, *(beside or ())]
    if "k_certificate" in keys:
        source = f"(SELECT *, {digits('k_certificate')} AS first FROM {source})"
        outer.append(f"CASE WHEN {holds('k_certificate', 'first')} THEN substr(k_certificate, 1, 18) END AS k_number")
    odd = " OR ".join(f"(o{key} IS NOT NULL AND {key} IS NULL)" for key in forms) or "false"
    desk.run(SetStep(relation, (f"cells_{side.name}",), f"SELECT {', '.join(outer)}, {odd} AS odd FROM {source}"))
    _read_the_odd(desk, side, relation, {key: (column[key], readers[key][1]) for key in forms})


def _read_the_odd(desk: Desk, side: Side, relation: str, columns: Mapping[str, tuple[str, Callable[[str], str | None]]]) -> None:
    """Fill in the keys of the rows marked as odd: their texts are of no usual form, and the reader says what they are."""
    if desk.first(f"SELECT 1 FROM {relation} WHERE odd LIMIT 1"):
        desk.run(SetStep("texts", (f"cells_{side.name}",), f"SELECT id, {', '.join(f'{text} AS {key}' for key, (text, _) in columns.items())} FROM cells_{side.name} WHERE id IN (SELECT id FROM {relation} WHERE odd)"))
        _read_texts(desk, "read", {key: (f"SELECT DISTINCT {key} AS text FROM texts", function) for key, (_, function) in columns.items()}, number=partial(_number, side))
        filled = [f"{key} = coalesce(k.{key}, u.{key})" for key in columns] + (["k_number = coalesce(k.k_number, u.number)"] if "k_certificate" in columns else [])
        joins = "".join(f" LEFT JOIN read r{key} ON r{key}.key = '{key}' AND r{key}.text = t.{key}" for key in columns)
        desk.con.execute(f"""UPDATE {relation} k SET {', '.join(filled)} FROM (
            SELECT t.id, {', '.join(f'r{key}.value AS {key}' for key in columns)}{', rk_certificate.number' if 'k_certificate' in columns else ''} FROM texts t{joins}) u WHERE u.id = k.id""")
        desk.drop("texts", "read")
    desk.con.execute(f"ALTER TABLE {relation} DROP COLUMN odd")


def _read_texts(desk: Desk, name: str, questions: Mapping[str, tuple[str, Callable[[str], str | None]]], number: Callable[[str], str | None] = lambda text: None) -> bool:
    """Read each text the questions give; leave their values on the desk as `name` (key, text, value, number: of a certificate). False where there was none."""
    if not questions:
        return False
    found = desk.con.execute(" UNION ALL ".join(f"SELECT '{key}' AS key, text FROM ({question}) WHERE text IS NOT NULL" for key, (question, _) in questions.items()) + " ORDER BY key, text").fetchall()
    numbers = [number(text) if key == "k_certificate" else None for key, text in found]
    desk.put(name, pa.table({"key": pa.array([key for key, _ in found], pa.string()), "text": pa.array([text for _, text in found], pa.string()),
                             "value": pa.array([questions[key][1](text) for key, text in found], pa.string()), "number": pa.array(numbers, pa.string())}))
    return bool(found)


def _put_households(desk: Desk, side: Side) -> None:
    """Number the households: by code, else by village and head, else one goes on until another phone or a second 户主; and say each row's village.

    Registers often fill a household's columns on its first row only: a row without code and head belongs to the row above, and a village
    written on the first row of a household only is the village of its other rows, too.
    """
    keys = f"base_{side.name}"
    lacking = desk.first(f"SELECT count(*) - count(k_household_code), count(*) - count(k_village) FROM {keys}")
    if not lacking[0]:
        desk.run(SetStep("homes", (keys,), f"SELECT k_household_code, min(id) AS k_household FROM {keys} GROUP BY ALL"))
        desk.con.execute(f"UPDATE {keys} k SET k_household = h.k_household FROM homes h WHERE h.k_household_code = k.k_household_code")
    else:
        phone = "c.household_phone" if "household_phone" in side.labels else "NULL::VARCHAR"
        desk.run(SetStep("homes", (keys, f"cells_{side.name}"), f"""
            WITH placed AS (SELECT id, k_household_code, k_head, k_relation, k_village, {phone} AS phone, last_value(k_village IGNORE NULLS) OVER so_far AS here,
                                   last_value(k_village IGNORE NULLS) OVER above AS village_above, last_value(phone IGNORE NULLS) OVER above AS phone_above
                            FROM {keys} k JOIN cells_{side.name} c USING (id)
                            WINDOW so_far AS (ORDER BY id ROWS UNBOUNDED PRECEDING), above AS (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
            runs AS (SELECT *, sum((phone_above IS NULL OR phone <> phone_above OR (k_village IS NOT NULL AND k_village <> village_above))::INT) OVER (ORDER BY id) AS run FROM placed),
            begun AS (SELECT id, CASE WHEN k_household_code IS NOT NULL THEN 'code ' || k_household_code
                                      WHEN k_head IS NOT NULL THEN 'head ' || coalesce(here, '') || ' ' || k_head
                                      WHEN id = 0 OR (k_village IS NOT NULL AND village_above IS NOT NULL AND k_village <> village_above) THEN 'from ' || id
                                      WHEN phone IS NOT NULL AND phone_above IS NOT NULL THEN CASE WHEN phone <> phone_above OR (k_relation = '户主'
                                           AND count(*) FILTER (k_relation = '户主') OVER (PARTITION BY run ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 0) THEN 'from ' || id END
                                      WHEN k_relation = '户主' THEN 'from ' || id END AS said FROM runs),
            spread AS (SELECT id, last_value(said IGNORE NULLS) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS said FROM begun)
            SELECT id, min(id) OVER (PARTITION BY said) AS k_household FROM spread"""))
        desk.con.execute(f"UPDATE {keys} k SET k_household = h.k_household FROM homes h WHERE h.id = k.id")
    # one code in two villages with a 户主 in each: somebody mistyped it, and these are two households
    desk.run(SetStep("twice", (keys,), f"""SELECT k_household_code FROM {keys} WHERE k_household_code IS NOT NULL GROUP BY ALL
        HAVING min(k_village) <> max(k_village) AND count(*) FILTER (k_relation = '户主') > 1"""))
    if desk.counts[-1]["rows"]:
        desk.con.execute(f"""UPDATE {keys} k SET k_household = first FROM (SELECT k_household_code, k_village, min(id) AS first FROM {keys} SEMI JOIN twice USING (k_household_code)
            GROUP BY ALL HAVING count(*) FILTER (k_relation = '户主') > 0) t WHERE t.k_household_code = k.k_household_code AND t.k_village = k.k_village""")
    if lacking[1]:
        desk.run(SetStep("homes", (keys,), f"SELECT k_household, arg_min(k_village, id) AS k_village FROM {keys} WHERE k_village IS NOT NULL GROUP BY ALL"))
        desk.con.execute(f"UPDATE {keys} k SET k_village = h.k_village FROM homes h WHERE k.k_village IS NULL AND h.k_household = k.k_household")
    desk.drop("homes", "twice")
