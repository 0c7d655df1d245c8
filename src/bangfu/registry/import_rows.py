"""A file's rows as households in normal form, before anything is compared with the register (import_plan.py does that).

Promises: every row of the file belongs to exactly one Group; a cell that cannot be read is left out with a sentence and the row goes on;
only a row without household, name or village of the area is stopped, and it is said; rows are read some hundred at a time.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pyarrow as pa

from bangfu.engines.relations.dictionary import FIELDS, Field
from bangfu.engines.relations.headers import ACCOUNT_FIELDS
from bangfu.engines.relations.identity import birth_in_number, citizen_id, is_placeholder, mask
from bangfu.engines.relations.refusals import Problem, refuse
from bangfu.engines.relations.values import NOTHING, Reader, Value, asks_yes_no
from bangfu.engines.relations.workbook import Column, Extract

ROWS = 1000  # read at a time, more only for a larger household
CHILD = 14
MASKED = re.compile(r"已遮|\d{4}…[\dX]{2}|\d{3}\*{4}\d{4}|.\*+.?|\*+")  # what our own lists show instead of a value says nothing
REMEMBERED = 4000  # texts of one column whose meaning is kept in mind
PLACE = frozenset({"province", "city", "county", "town", "village", "household_code", "row_number"})
ALIKE_OF_A_CHILD = frozenset({"relation_to_head", "sex"})
TO_DO = {"malformed_certificate": "请对照户口本改正后重新导入", "damaged_by_excel": "请从系统重新导出，或将该列设为文本后重填", "malformed_number": "请改成数字",
         "malformed_date": "请改成年月日，如 1980-01-02", "unknown_value": "请改成代码表里的写法"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilePerson:
    """A person as one row tells of them. `values` are what could be read, by column; `stopped`: the row is not taken in.

    A row of one of our own lists that masks who it is of is stopped without a word: it may be anybody of the household.
    """

    row: int
    name: str
    values: Mapping[str, str]
    number: str = ""
    stopped: bool = False

    @property
    def code(self) -> str:
        return self.values.get("person_code", "")

    @property
    def birth_date(self) -> str:
        return birth_of(self.values.get("certificate_no", ""), self.values.get("birth_date", ""))

    @property
    def gone(self) -> bool:
        """Whether the file itself says that the person is no longer there."""
        return self.values.get("person_status") == "自然减少"


@dataclass(frozen=True, slots=True)
class Group:
    """A household of the file. `values`: column -> (value, row it stands in), only where the rows agree; `code` "" = the rows of a village
    that have none; `village_code` "" = the rows name none, or several.
    """

    code: str
    village_code: str
    rows: tuple[int, ...]
    persons: tuple[FilePerson, ...]
    values: Mapping[str, tuple[str, int]]
    problems: tuple[Problem, ...]


def number_key(certificate: str) -> str:
    """Return the part of a certificate number that is the person's own, "" when it is none, masked or a placeholder."""
    return "" if len(certificate) < 15 or "*" in certificate or is_placeholder(certificate) else certificate[:18]


def birth_of(certificate: str, said: str) -> str:
    """Return the day of birth: the number's if it is a sound citizen's number, else what is said."""
    number = citizen_id(certificate)
    return str(birth_in_number(number)) if number else said


def masked(text: str, of: Field, child: bool) -> str:
    """Return a value as a sentence may show it."""
    if child and not of.of_household and of.sensitivity != "A" and of.name not in ALIKE_OF_A_CHILD:
        of = replace(of, sensitivity="B")
    if of.type == "fen" and of.sensitivity not in ("A", "B") and text.lstrip("-").isdigit():
        return f"{int(text) / 100:,.2f} 元"
    return mask(text, of)


def _may_be_child(born: str, day: date) -> bool:
    try:
        on = date.fromisoformat(born)
    except ValueError:
        return True
    return day.year - on.year - ((day.month, day.day) < (on.month, on.day)) < CHILD


@dataclass
class Reading:
    """A file that is read household by household: iterate over it for lists of Groups, village by village.

    villages  the area's codes that occur in it; codes: its households (of rows that are not stopped, and of those that are)
    places    certificate number or "#" + person code -> the households it stands in, "" for a row that is stopped
    columns   dictionary names of the columns that count
    """

    extract: Extract
    reader: Reader
    area: Mapping[str, str]
    towns: frozenset[str] | None
    villages: tuple[str, ...] = ()
    codes: dict[str, int] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.extract.table is not None
        told = {column.field: column for column in self.extract.columns if column.field}
        self._column: dict[str, Column] = {name: column for name, column in told.items() if _counts(FIELDS[name])}
        self.columns = frozenset(self._column) - PLACE
        self._of_household = [name for name in self._column if FIELDS[name].of_household and name not in PLACE]
        self._of_person = [name for name in self._column if not FIELDS[name].of_household and name not in PLACE]
        self._read = {name: _remembering(self.reader, FIELDS[name], column, self.extract.profile) for name, column in self._column.items()}
        self._unread = {(one.sheet, one.row): one for one in self.extract.malformed if one.code == "formula_without_value"}
        names = [column.key for column in self._column.values()]
        self._table = self.extract.table.select([*names, "row", "sheet"]).combine_chunks()
        self._survey()

    def _normals(self, name: str) -> list[str]:
        if name not in self._column:
            return [""] * self._table.num_rows
        read = self._read[name]
        return [read(text).sound or "" for text in self._table[self._column[name].key].to_pylist()]

    def _survey(self) -> None:
        """Look once over who is where, so that households can be read whole and in the order of their villages."""
        codes, written, towns = self._normals("household_code"), self._normals("village"), self._normals("town")
        home: dict[str, str] = {}
        self._homes: list[str | None] = []  # of each row: its village's code, "" when it says none, None when it is not of the area
        for code, village, town in zip(codes, written, towns, strict=True):
            outside = bool(self.towns is not None and town and town not in self.towns)
            here = None if outside else self.area.get(village) if village else ""
            self._homes.append(here)
            self.codes.setdefault(code, len(self.codes))
            if here and code:
                home.setdefault(code, here)
        self.codes.pop("", None)
        self._home = home
        self.villages = tuple(sorted({*home.values()}))
        ranks = [(home.get(code) or self._homes[at] or "", self.codes.get(code, len(codes) + at), at) for at, code in enumerate(codes)]
        ranks.sort()
        self._order = [at for _village, _code, at in ranks]
        self._codes = codes
        for at, (name, number, person) in enumerate(zip(self._normals("name"), self._normals_of_number(), self._normals("person_code"), strict=True)):
            stands = ("" if not name or self._homes[at] is None else codes[at],)
            for key in (number, f"#{person}" if person else ""):
                before = self.places.setdefault(key, stands) if key else stands
                if stands[0] not in before:
                    self.places[key] = before + stands

    def _normals_of_number(self) -> list[str]:
        if "certificate_no" not in self._column:
            return [""] * self._table.num_rows
        read = self._read["certificate_no"]
        return [number_key(read(text).normal or "") for text in self._table["certificate_no"].to_pylist()]

    def where(self, number: str, code: str) -> tuple[str, ...]:
        """Return the households of the file in which a person stands."""
        return self.places.get(number) or self.places.get(f"#{code}", ()) if number or code else ()

    def __iter__(self) -> Iterator[list[Group]]:
        start = 0
        while start < len(self._order):
            end = min(start + ROWS, len(self._order))
            while end < len(self._order) and self._codes[self._order[end]] and self._codes[self._order[end]] == self._codes[self._order[end - 1]]:
                end += 1
            yield list(self._groups(self._order[start:end]))
            start = end

    def _groups(self, rows: list[int]) -> Iterator[Group]:
        cells = self._table.take(pa.array(rows)).to_pydict()
        first = 0
        for at in range(1, len(rows) + 1):
            code = self._codes[rows[first]]
            if at == len(rows) or self._codes[rows[at]] != code or (not code and self._homes[rows[at]] != self._homes[rows[first]]):
                yield self._group(code, cells, range(first, at), [self._homes[row] for row in rows[first:at]])
                first = at

    def _at(self, row: int, sheet: str, name: str = "") -> tuple[str, Column | None]:
        """Return where something stands, in words, and its column."""
        column = self._column.get(name)
        said = (f"“{sheet}”表" if len(self.extract.sheets) > 1 else "") + f"第 {row} 行"
        if column is None:
            return said + (f"“{FIELDS[name].label}”" if name else ""), None
        return said + (f" {column.letter} 列" if column.letter else "") + f"“{column.header}”", column

    def problem(self, code: str, words: str, row: int, sheet: str = "", name: str = "") -> Problem:
        """Return one thing that is wrong, with its place in front."""
        where, column = self._at(row, sheet, name)
        return Problem(code, f"{where}：{words}", self.extract.path.name, sheet, row, column.letter if column else "", column.header if column else "")

    def _group(self, code: str, cells: Mapping[str, list[str | None]], span: range, homes: list[str | None]) -> Group:
        problems: list[Problem] = []
        persons: list[FilePerson] = []
        told: dict[str, dict[str, list[int]]] = {}
        for at, home in zip(span, homes, strict=True):
            row, sheet = int(cells["row"][at] or 0), cells["sheet"][at] or ""
            values, bad = self._values(cells, at, self._of_person)
            own, bad_own = self._values(cells, at, self._of_household)
            name = values.get("name", "")
            child = _may_be_child(birth_of(values.get("certificate_no", ""), values.get("birth_date", "")), self.reader.as_of)
            problems += [self._cell(column, value, row, sheet, child) for column, value in (*bad, *bad_own)]
            if (sheet, row) in self._unread:
                one = self._unread[sheet, row]
                problems.append(self.problem(one.code, f"{one.column} 列“{one.header}”是没有算出结果的公式，这一格不导入。请用表格软件打开并保存一次，再重新导入。", row, sheet))
            nameless = not name and not values.get("person_code")
            masked_name = nameless and bool(MASKED.fullmatch((cells["name"][at] or "").strip())) if "name" in self._column else False
            stops = [self.problem("required_empty", "没有填写，这一行不导入。请补填后重新导入。", row, sheet, column)
                     for column, value in (("household_code", code), ("name", not nameless or masked_name)) if not value]
            if home is None:
                stops.append(self._outside(cells, at, row, sheet))
            problems += stops
            number = values.get("certificate_no") or next((value.normal for column, value in bad if column == "certificate_no"), None)
            persons.append(FilePerson(row, name, values, number_key(number or ""), bool(stops) or masked_name))  # a number with a fault still finds its person
            if not stops:
                for column, text in own.items():
                    told.setdefault(column, {}).setdefault(text, []).append(row)
        agreed = {column: (text, rows[0]) for column, said in told.items() if len(said) == 1 for text, rows in said.items()}
        problems += [self._disagree(column, said) for column, said in told.items() if len(said) > 1]
        once, twice = _once(persons, self.problem)
        village = self._home.get(code, "") if code else homes[0] or ""
        in_villages: dict[str, list[int]] = {}
        for at, home in zip(span, homes, strict=True):
            if home:
                in_villages.setdefault(str(cells["village"][at]), []).append(int(cells["row"][at] or 0))
        if len({home for home in homes if home}) > 1:
            village, twice = "", [*twice, self._disagree("village", in_villages)]
        rows = tuple(person.row for person in persons)
        return Group(code, village, rows, tuple(once), agreed, (*problems, *twice))

    def _values(self, cells: Mapping[str, list[str | None]], at: int, names: list[str]) -> tuple[dict[str, str], list[tuple[str, Value]]]:
        good, bad = {}, []
        for name in names:
            value = self._read[name](cells[name][at])
            if value.problem:
                bad.append((name, value))
            elif value.normal and not (FIELDS[name].sensitivity == "A" and "*" in value.normal):  # a masked number says nothing
                good[name] = value.normal
        return good, bad

    def _cell(self, name: str, value: Value, row: int, sheet: str, child: bool) -> Problem:
        shown = masked(value.normal or "", FIELDS[name], child)
        words = f"“{shown}”{value.why}，这一格不导入。{TO_DO.get(value.problem or '', '请改正后重新导入')}。"
        return self.problem(value.problem or "", words, row, sheet, name)

    def _outside(self, cells: Mapping[str, list[str | None]], at: int, row: int, sheet: str) -> Problem:
        said = "".join(value for name in ("town", "village") if name in self._column and (value := self._read[name](cells[name][at]).normal))
        return self.problem("outside_area", f"该行属于{said}，不在您的管理范围，这一行不导入。请核对行政村，或交给那边的经办人。", row, sheet)

    def _disagree(self, name: str, said: Mapping[str, list[int]]) -> Problem:
        rows = sorted(rows[0] for rows in said.values())
        words = "、".join(f"“{masked(text, FIELDS[name], False)}”" for text in said)
        column = self._column[name]
        return Problem("household_columns_disagree", f"同一户第 {'、'.join(map(str, rows))} 行的“{column.header}”不一致：{words}。册上原来的值不变，请核对后重新导入。",
                       self.extract.path.name, "", rows[0], column.letter, column.header)


def _counts(one: Field) -> bool:
    """Whether an import looks at a column: entered ones of households and persons, no accounts."""
    return one.kept and one.grain in "HCM" and one.name not in ACCOUNT_FIELDS


def _remembering(reader: Reader, of: Field, column: Column, profile: str | None) -> Callable[[str | None], Value]:
    """Return what reads the cells of one column; a text that came before is not read again."""
    asks = asks_yes_no(column.header, profile, of.name)
    known: dict[str, Value] = {}

    def read(text: str | None) -> Value:
        if not text or MASKED.fullmatch(text.strip()):
            return NOTHING
        value = known.get(text)
        if value is None:
            value = reader.read(text, of, asks=asks)
            if len(known) < REMEMBERED:
                known[text] = value
        return value

    return read


def _once(persons: list[FilePerson], problem: Callable[..., Problem]) -> tuple[list[FilePerson], list[Problem]]:
    """Return each person of a household once, with what is said of those who stand there twice: where the rows differ no value is chosen."""
    found: dict[tuple[str, ...], FilePerson] = {}
    problems = []
    for at, person in enumerate(persons):
        key: tuple[str, ...] = (str(at),)
        if not person.stopped:
            key = (person.number,) if person.number else ("#", person.code) if person.code else (
                person.name, person.birth_date or person.values.get("relation_to_head", ""))  # fmt: skip
        first = found.setdefault(key, person)
        if first is not person:
            differing = [name for name, value in person.values.items() if first.values.get(name, value) != value]
            found[key] = replace(first, values={name: value for name, value in {**person.values, **first.values}.items() if name not in differing})
            labels = "".join(f"“{FIELDS[name].label}”" for name in differing)
            words = f"两行的{labels}不一样，这几项不导入" if labels else "两行一样，按一行导入"
            problems.append(problem("duplicate_key", f"与第 {first.row} 行是同一户的同一个人，{words}。请只保留一行。", person.row))
    return list(found.values()), problems


def read_rows(extract: Extract, reader: Reader, *, villages: Mapping[str, str], towns: frozenset[str] | None = None) -> Reading:
    """Return a file's households. `villages`: names of the area's villages and their codes; `towns`: names of its towns, if a row may say one.

    Raises Refusal when no column says which household a row is of.
    """
    if all(column.field != "household_code" for column in extract.columns):
        raise refuse("header_missing", extract.path.name, "缺少“户编号”列，看不出每一行是哪一户。请指定哪一列是户编号，或补上这一列。")
    return Reading(extract, reader, villages, towns)
