"""columns: which columns of the two registers are compared, and what each row says in them, as hashes and small numbers.

A column of few texts is compared by their numbers: every cell of a village may be written its own way, and yet there are some
hundred pairs of texts. Everything else is compared by a hash of its texts first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.values import Value

from .forms import form
from .sides import WORKING, Side, mark
from .steps import Desk, SetStep, name_in_sql, text_in_sql

CAN_WORK = "can_work"
NEEDED = ("person_code", "household_code", "name", "village")  # that a household may be set aside as a whole (identical.py)
BESIDE = ("sex", "relation_to_head", "health_status", "work_capacity", CAN_WORK, "education_level", "school_stage", "resident_medical", "employee_medical",
          "subsistence_allowance", "household_kind")  # fmt: skip
BESIDE_HOME = ("household_kind", "poverty_kind", "monitored_kind")  # what foretells other columns (usual.py)
NEVER = frozenset({
    "row_number", "province", "city", "county", "town", "village_code", "age", "head_name", "head_citizen_id", "head_person_code",
    "members_listed", "sex_from_id", "birth_date_from_id", "citizen_id", "data_date", "certificate_kind", "can_work", "work_capacity",
})  # compared only through other columns
FEW = 250  # a column of more texts is taken apart row by row
WHY_NEVER = "由其他栏推出或只作参考"


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


@dataclass(frozen=True)
class Few:
    """A column of few texts.

    place  every text that stands on either side -> its number from 1; 0 is an empty cell
    often  by side, how often each text stands there
    """

    column: Compared
    place: Mapping[str, int]
    often: Mapping[str, Mapping[str, int]]

    @property
    def name(self) -> str:
        return name_in_sql(f"n_{self.column.field}")

    @property
    def ours(self) -> str:
        return name_in_sql(f"h_{self.column.field}")

    @property
    def theirs(self) -> str:
        return name_in_sql(f"s_{self.column.field}")

    @property
    def apart(self) -> str:
        """The relation in which its numbers stand: hid, sid, k_village, h_FIELD, s_FIELD."""
        return "apart_homes" if self.column.of_household else "apart_members"

    def number(self, text: str) -> str:
        """Return the expression for the number of a text. A list is searched once for each text that a block of the file holds, a CASE for every row."""
        return f"coalesce(list_position([{', '.join(map(text_in_sql, self.place))}], {text}), 0)::UTINYINT" if self.place else "0::UTINYINT"

    def text(self, number: str) -> str:
        """Return the expression for the text of a number."""
        return f"([{', '.join(['NULL::VARCHAR', *map(text_in_sql, self.place)])}])[{number} + 1]"


@dataclass(frozen=True)
class Columns:
    """compared: the columns that both files carry; left: header, side and reason of the others; few: the columns of few texts, of which some are not compared."""

    compared: list[Compared]
    left: list[dict[str, str]]
    few: list[Few]

    @property
    def members(self) -> list[Compared]:
        return [column for column in self.compared if not column.of_household]

    @property
    def households(self) -> list[Compared]:
        return [column for column in self.compared if column.of_household and column.field != "village"]  # a village of another name is a move

    @property
    def numbered(self) -> list[Few]:
        """Return the compared columns of few texts."""
        return [one for one in self.few if one.column in self.compared]

    def free(self, columns: Sequence[Compared]) -> list[Compared]:
        """Return those of the columns that are compared by their texts."""
        listed = {one.column.field for one in self.numbered}
        return [one for one in columns if one.field not in listed]

    def own(self, side: Side) -> list[str]:
        """Return the household columns that this side alone carries."""
        there = {column.on(side.name) for column in self.compared}
        return [field for field in side.labels if field in FIELDS and FIELDS[field].of_household and field not in NEVER and field not in there]


def number_columns(desk: Desk, sides: Mapping[str, Side], as_of: date) -> Columns:
    """Say which columns are compared, and leave numbers_SIDE on the desk: id, a hash of the free texts of the person (m) and of the household (g), the numbers
    of the others (n_FIELD), a hash of both (all_m, all_g), and of all that a household's rows should say alike (one).

    Where both sides carry NEEDED also whole: a hash of all that is compared, and hashes of code, household, number and village, and on the booklets' side of the name.
    """
    compared, left = columns_of(sides["handbook"], sides["system"])
    columns = Columns(compared, left, [])
    columns.few.extend(few_texts(desk, sides, [*columns.members, *columns.households, *_beside(sides, compared)], as_of))
    for side in sides.values():
        _number(desk, side, columns, keyed=all(set(NEEDED) <= one.labels.keys() for one in sides.values()))
    return columns


def _number(desk: Desk, side: Side, columns: Columns, *, keyed: bool) -> None:
    def hashed(names: Sequence[str]) -> str:
        return f"hash({', '.join(names)})" if names else "0::UBIGINT"

    texts = {key: hashed([name_in_sql(one.on(side.name)) for one in columns.free(asked)]) for key, asked in (("m", columns.members), ("g", columns.households))}
    texts["o"] = hashed([name_in_sql(name) for name in columns.own(side)])
    numbers = {one.name: one.number(name_in_sql(one.column.on(side.name))) for one in columns.few if one.column.on(side.name) in side.labels}
    home = [one.name for one in columns.numbered if one.column.of_household]
    person = [one.name for one in columns.numbered if not one.column.of_household]
    keys, more = {}, ""
    if keyed:
        keys = {"code": "hash(person_code)", "household": "hash(household_code)", "number": mark(side), "village": "hash(village)"}
        more = ", hash(code, all_m, all_g, village) AS whole"
        if side.name == "handbook":
            keys["name"] = "hash(name)"
    desk.run(SetStep(f"numbers_{side.name}", (f"cells_{side.name}",), f"""
        SELECT * EXCLUDE (o), {hashed(['m', *person])} AS all_m, {hashed(['g', *home])} AS all_g, hash(all_g, o) AS one{more} FROM (
            SELECT id, {', '.join(f'{expression} AS {name}' for name, expression in (texts | numbers | keys).items())} FROM cells_{side.name})"""))


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
        left += [{"header": column.header, "side": side.name, "why": "和另一列的列名只差大小写，只读了前一列"} for column in side.extract.columns if column.key not in side.labels]
    return found, left


def _beside(sides: Mapping[str, Side], columns: Sequence[Compared]) -> list[Compared]:
    """Return the columns that foretell others and are not compared: one side alone may carry them."""
    compared = {one.field for one in columns}
    return [Compared(name, name, name) for name in dict.fromkeys((*BESIDE, *BESIDE_HOME)) if name not in compared and name in FIELDS
            and not (name in (CAN_WORK, "work_capacity") and {CAN_WORK, "work_capacity"} & compared) and any(name in side.labels and name not in side.blank for side in sides.values())]


def few_texts(desk: Desk, sides: Mapping[str, Side], columns: Sequence[Compared], as_of: date) -> list[Few]:
    """Return the columns of few texts, with their texts; those that `forms.py` reads are none."""
    asked = {one.field: one for one in columns if form(one.field, "t", as_of) is None}
    often: dict[str, dict[str, Counter[str]]] = {name: {side: Counter() for side in sides} for name in asked}
    questions = [f"(SELECT {text_in_sql(name)}, '{side}', {name_in_sql(one.on(side))} AS said, count(*) AS n FROM cells_{side} WHERE said IS NOT NULL GROUP BY said LIMIT {FEW + 1})"
                 for name, one in asked.items() for side in sides if one.on(side) in sides[side].labels]
    for name, side, text, count in desk.con.execute(" UNION ALL ".join(questions)).fetchall() if questions else ():
        often[name][side][text] += count
    found: list[Few] = []
    for name, one in asked.items():
        both = sum(often[name].values(), Counter())
        if len(both) <= FEW:
            found.append(Few(one, {text: at for at, text in enumerate(sorted(both, key=lambda text, both=both: (-both[text], text)), 1)}, often[name]))  # type: ignore[misc]
    return found


def read_as(column: Compared, side: Side, text: str | None) -> Value:
    """Return what a cell says of the compared field; a capacity answers whether somebody can work."""
    name = column.on(side.name)
    value = side.read(name, text)
    if column.field == CAN_WORK and name == "work_capacity" and value.normal and not value.problem:
        return Value("是" if value.normal in WORKING else "否")
    return value
