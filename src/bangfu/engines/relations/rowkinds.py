"""Which rows of a sheet are people, and which are titles, units, sums, signatures or blank.

Promises: a row that names a person by number or code is never left out; every row left out is listed with its
reason; a sum row is compared with the rows it sums. Called by workbook.py.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Literal, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from .dictionary import FIELDS
from .grid import UNWORKED
from .refusals import place

_COUNT = r"[（(]?\s*[\d,，.]+\s*(户|人|元|万元|亩|个|名|口)?\s*[)）]?"
_SUM = (r"^(.{0,10}?(合\s*计|小\s*计|总\s*计|共\s*计|累\s*计)\s*(数|[（(].{1,4}[)）])?\s*[:：]?(\s*(共|总)?\s*(户|人|人口|户数|人数)?\s*[:：]?\s*" + _COUNT + r"[，,、；;\s]*)*"
        r"|.{0,10}?[共计]\s*\d+\s*(户|人)[，,、；;\s]*(\d+\s*(户|人))?[。.]?)$")
_COUNTED = re.compile(r"(\d+)\s*(户|人)")
_SIGNATURE = (r"^(填表|制表|审核|复核|经办|负责|填报|登记|统计|分管|包村|村支书|单位(负责人|盖章)|签字|签名|盖章|公章|联系人)"
              r"(人|单位|日期|时间|员|领导|责任人|干部)?\s*(签字|签名|盖章)?\s*(（.*）|\(.*\))?\s*[:：]")
_NOTE = r"^((注|备注|说明|填表说明|填报说明)\s*[:：\d]|第\s*\d+\s*页)"
_DAY = r"^((填表|制表|填报|上报|统计|打印|导出)?\s*(日期|时间)?\s*[:：]?\s*\d{4}\s*(年|-|/|\.)\s*\d{1,2}\s*(月|-|/|\.)\s*(\d{1,2}\s*日?)?|_*\s*年\s*月\s*日)$"
_UNIT = r"^[（(]?\s*(金额)?单位\s*[:：]\s*(元|万元|亩|人|户)"
_CHECKED = 8  # columns from the left in which such words stand


class _Named(Protocol):
    @property
    def header(self) -> str: ...
    @property
    def field(self) -> str | None: ...
    @property
    def letter(self) -> str: ...


Why = Literal["title", "unit", "sum", "signature", "blank"]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no person. why: title, unit, sum, signature, blank (nothing in it, or a bare serial number)."""

    sheet: str
    row: int
    why: Why


def skip_rows(table: pa.Table, sheet: str, *, own_headers: Sequence[str],
              titles: Iterable[str]) -> tuple[pa.Table, list[Skipped], dict[int, int]]:
    """Return the people, what was left out, and {margin number: index in `table`} of the sum rows.

    Blank rows after the last filled one are not listed. `titles` are texts that stood above the header: a page break
    may repeat them, and the header (`own_headers`) too.
    """
    keys = [name for name in table.column_names if name not in ("row", "sheet")]
    if not keys or table.num_rows == 0:
        return table, [], {}
    named = pa.nulls(table.num_rows, pa.bool_()).fill_null(False)
    for key in ("certificate_no", "person_code", "disability_certificate_no", "household_code"):
        if key in keys:
            named = pc.or_(named, pc.fill_null(pc.match_substring_regex(table[key], r"[0-9A-Za-z*]{4}"), False))
    odd = pa.nulls(table.num_rows, pa.bool_()).fill_null(False)
    words = f"{_SUM}|{_SIGNATURE}|{_NOTE}|{_UNIT}|{_DAY}"
    for key in dict.fromkeys([*(["name"] if "name" in keys else []), *keys[:_CHECKED]]):
        odd = pc.or_(odd, pc.fill_null(pc.match_substring_regex(table[key], words), False))
    if "name" in keys:
        odd = pc.or_(odd, pc.is_null(table["name"]))
        header = next((text for key, text in zip(keys, own_headers, strict=False) if key == "name"), "")
        odd = pc.or_(odd, pc.fill_null(pc.equal(table["name"], header), False))
    odd = pc.and_(odd, pc.or_(pc.invert(named), _sums(table, keys)))
    indices = pc.indices_nonzero(odd).to_pylist()
    rows = table["row"].to_pylist() if indices else []
    suspects = table.select(keys).take(indices).to_pylist() if indices else []
    title_words = set(titles)
    drop: list[int] = []
    skipped: list[Skipped] = []
    sums: dict[int, int] = {}
    for index, cells in zip(indices, suspects, strict=True):
        filled = {key: text for key, text in cells.items() if text}
        why = _kind(filled, set(own_headers), title_words)
        if why is None:
            continue
        drop.append(index)
        skipped.append(Skipped(sheet, rows[index], why))
        if why == "sum":
            sums[rows[index]] = index
    if not drop:
        return table, [], {}
    gone = set(drop)
    last = table.num_rows - 1
    while last in gone and skipped and skipped[-1].why == "blank":
        skipped.pop()
        last -= 1
    mask = pa.array([index not in gone for index in range(table.num_rows)])
    return table.filter(mask), skipped, sums


def _sums(table: pa.Table, keys: Sequence[str]) -> pa.Array:
    """Whether a row with a sum's words has no more than counts where numbers and codes of people stand (合计, 1024 户)."""
    said = pa.nulls(table.num_rows, pa.bool_()).fill_null(False)
    for key in dict.fromkeys([*(["name"] if "name" in keys else []), *keys[:_CHECKED]]):
        said = pc.or_(said, pc.fill_null(pc.match_substring_regex(table[key], _SUM), False))
    for key in ("name", "certificate_no", "person_code", "disability_certificate_no", "household_code"):
        if key in keys:
            count = pc.match_substring_regex(table[key], f"^{_COUNT}$") if key != "certificate_no" else pc.match_substring_regex(table[key], r"^[\d,，]{1,9}\s*人?$")
            said = pc.and_(said, pc.fill_null(pc.or_(count, pc.match_substring_regex(table[key], _SUM)), True))
    return said


def above_header(sheet: str, rows: Sequence[Sequence[str]]) -> list[Skipped]:
    """Return the filled rows above the header: titles, or the unit figures are in."""
    filled = [(number, [cell.strip() for cell in row if cell.strip()]) for number, row in enumerate(rows, start=1)]
    return [Skipped(sheet, number, "unit" if re.match(_UNIT, cells[0]) else "title") for number, cells in filled if cells]


def _kind(filled: Mapping[str, str], headers: set[str], titles: set[str]) -> Why | None:
    """Return why a row that names nobody by number is left out, or None when it may be a person after all."""
    filled = {key: text for key, text in filled.items() if text != UNWORKED and not text.startswith("#N/A")}
    if not filled or set(filled) <= {"row_number"}:
        return "blank"
    texts = list(filled.values())
    if any(re.match(_SUM, text) for text in texts):
        return "sum"
    if any(re.match(_SIGNATURE, text) for text in texts) or (len(texts) == 1 and re.match(_DAY, texts[0])):
        return "signature"
    if re.match(_UNIT, texts[0]):
        return "unit"
    squeezed = ["".join(text.split()) for text in texts]
    if sum(text in headers for text in squeezed) >= max(2, len(texts) // 2):
        return "title"
    if "".join(squeezed) in titles or (len(texts) <= 2 and re.match(_NOTE, texts[0])):
        return "title"
    if len(texts) == 1 and "name" not in filled and (len(texts[0]) > 6 or not next(iter(filled)).startswith("x_")):
        return "title"
    return None


def sums_that_disagree(table: pa.Table, people: pa.Table, sums: Mapping[int, int], file: str, sheet: str,
                       columns: Mapping[str, _Named]) -> list[str]:
    """Compare each sum row with its rows: all above it, those since the sum row before or since the last of its words (小计),
    or, where a table has its sums on top, those below it.

    A column may be summed by person or by household (household values repeat), or count rows; a figure that fits one
    of these agrees. Only amounts, areas and numbers of people and households are compared, in words (共 2 户 5 人), too.
    """
    said: list[str] = []
    if not sums:
        return said
    rows = people["row"].to_pylist()
    households = _households(people)
    last: dict[str, int] = {}
    places = sorted(sums)
    figures = {key: [_number(text) or Decimal(0) for text in people[key].to_pylist()] for key, column in columns.items() if _is_summed(key, column)}
    running = {key: list(accumulate(values, initial=Decimal(0))) for key, values in figures.items()}
    for order, number in enumerate(places):
        cells = {key: table[key][sums[number]].as_py() for key in columns}
        words = next((text for text in cells.values() if text and re.match(_SUM, text)), "")
        label = re.sub(r"[\d\s]", "", words)
        at = bisect_left(rows, number)
        starts = [0, *(bisect_left(rows, start) for start in (places[order - 1] if order else 0, last.get(label, 0)))]
        spans = list(dict.fromkeys((start, at) for start in starts))
        following = bisect_left(rows, places[order + 1]) if order + 1 < len(places) else len(rows)
        below = [(at, following), (at, len(rows))] if following > at else []
        if at == 0 or (order and bisect_left(rows, places[order - 1]) == at):
            spans = [*below, *spans]  # nobody stands between: the sum is of what follows
        elif bisect_left(rows, places[0]) == 0:
            spans += below
        last[label] = number

        def differs(written: Decimal, found: Sequence[Decimal | int], column: _Named, number: int = number) -> None:
            if all(abs(written - one) >= Decimal("0.01") for one in found):
                said.append(f"{place(file, sheet, number, column.letter, column.header)}：合计行为 {written}，"
                            f"各行相加为 {found[0]}。合计行不参加比对，请核对。")

        for key, column in columns.items():
            written = _number(cells[key])
            if key in figures and written is not None:
                found: list[Decimal | int] = [running[key][end] - running[key][start] for start, end in spans]
                if written not in found and households is not None:
                    found += [sum((figures[key][each] for each in {households[each]: each for each in range(end - 1, start - 1, -1)}.values()), Decimal(0))
                              for start, end in spans]
                if key == "household_size":
                    found += [end - start for start, end in spans]
                    found += [len(set(households[start:end])) for start, end in spans] if households is not None else []
                differs(written, found, column)
            elif written is not None and key in _NAMING and written == int(written):
                found = [end - start for start, end in spans]
                found += [len(set(households[start:end]) - {None}) for start, end in spans] if households is not None else []
                differs(written, found, column)
            elif cells[key] and re.match(_SUM, cells[key] or ""):
                for count, what in _COUNTED.findall(cells[key] or ""):
                    if what == "人":
                        differs(Decimal(count), [end - start for start, end in spans], column)
                    elif households is not None:
                        differs(Decimal(count), [len(set(households[start:end]) - {None}) for start, end in spans], column)
    return said


_NAMING = ("name", "certificate_no", "person_code", "household_code", "head_name")


def _is_summed(key: str, column: _Named) -> bool:
    fact = FIELDS.get(column.field or "")
    return fact is not None and (fact.type == "dec" or key == "household_size" or (fact.type == "fen" and "per_head" not in key))


def _households(people: pa.Table) -> list[str | None] | None:
    """Return each row's household by its code; a row without one belongs to the row above. None: the table has no codes."""
    if "household_code" not in people.column_names:
        return None
    found: list[str | None] = []
    for code in people["household_code"].to_pylist():
        found.append(code or (found[-1] if found else None))
    return found


def _number(text: str | None) -> Decimal | None:
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
