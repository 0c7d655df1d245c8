"""Which rows of a sheet are people, and which are titles, units, sums, signatures or blank.

Promises: a row that names a person by number or code is never left out; every row left out is listed with its
reason; a sum row is compared with the rows it sums. Called by workbook.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from .dictionary import FIELDS
from .refusals import place

_SUM = r"^.{0,10}?(合\s*计|小\s*计|总\s*计|共\s*计)\s*[:：]?$"
_SIGNATURE = (r"^(填表|制表|审核|复核|经办|负责|填报|登记|统计|分管|包村|村支书|单位(负责人|盖章)|签字|签名|盖章|公章|联系人)"
              r"(人|单位|日期|时间|员|领导|责任人|干部)?\s*(签字|签名|盖章)?\s*(（.*）|\(.*\))?\s*[:：]")
_NOTE = r"^(注|备注|说明|填表说明|填报说明)\s*[:：\d]"
_UNIT = r"^[（(]?\s*(金额)?单位\s*[:：]\s*(元|万元|亩|人|户)"
_CHECKED = 8  # columns from the left in which such words stand


class _Named(Protocol):
    @property
    def header(self) -> str: ...
    @property
    def field(self) -> str | None: ...
    @property
    def letter(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no person. why: title, unit, sum, signature, blank (nothing in it, or a bare serial number)."""

    sheet: str
    row: int
    why: str


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
    words = f"{_SUM}|{_SIGNATURE}|{_NOTE}|{_UNIT}"
    for key in dict.fromkeys([*(["name"] if "name" in keys else []), *keys[:_CHECKED]]):
        odd = pc.or_(odd, pc.fill_null(pc.match_substring_regex(table[key], words), False))
    if "name" in keys:
        odd = pc.or_(odd, pc.is_null(table["name"]))
        header = next((text for key, text in zip(keys, own_headers, strict=False) if key == "name"), "")
        odd = pc.or_(odd, pc.fill_null(pc.equal(table["name"], header), False))
    odd = pc.and_(odd, pc.invert(named))
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


def above_header(sheet: str, rows: Sequence[Sequence[str]]) -> list[Skipped]:
    """Return the filled rows above the header: titles, or the unit figures are in."""
    filled = [(number, [cell.strip() for cell in row if cell.strip()]) for number, row in enumerate(rows, start=1)]
    return [Skipped(sheet, number, "unit" if re.match(_UNIT, cells[0]) else "title") for number, cells in filled if cells]


def _kind(filled: Mapping[str, str], headers: set[str], titles: set[str]) -> str | None:
    """Return why a row that names nobody by number is left out, or None when it may be a person after all."""
    if not filled or set(filled) <= {"row_number"}:
        return "blank"
    texts = list(filled.values())
    if any(re.match(_SUM, text) for text in texts):
        return "sum"
    if any(re.match(_SIGNATURE, text) for text in texts):
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
    """Compare each sum row with its rows: all of them, or those since the sum row before (小计).

    A column may be summed by person or by household (household values repeat), or count rows; a figure that fits one
    of these agrees. Only amounts, areas and numbers of people are compared.
    """
    said: list[str] = []
    if not sums:
        return said
    rows = people["row"].to_pylist()
    households = people["household_code"].to_pylist() if "household_code" in people.column_names else None
    before = 0
    for number, index in sorted(sums.items()):
        for key, column in columns.items():
            fact = FIELDS.get(column.field or "")
            if fact is None or not (fact.type == "dec" or key == "household_size"
                                    or (fact.type == "fen" and "per_head" not in key)):
                continue
            written = _number(table[key][index].as_py())
            if written is None:
                continue
            cells = people[key].to_pylist()
            found: list[Decimal] = []
            for start in dict.fromkeys((0, before)):
                span = [at for at, row in enumerate(rows) if start < row < number]
                found.append(sum((_number(cells[at]) or Decimal(0) for at in span), Decimal(0)))
                if households is not None:
                    heads = {households[at]: at for at in reversed(span)}
                    found.append(sum((_number(cells[at]) or Decimal(0) for at in heads.values()), Decimal(0)))
                    if key == "household_size":
                        found += [Decimal(len(span)), Decimal(len(heads))]
                elif key == "household_size":
                    found.append(Decimal(len(span)))
            if all(abs(written - one) >= Decimal("0.01") for one in found):
                said.append(f"{place(file, sheet, number, column.letter, column.header)}：合计行为 {written}，"
                            f"各行相加为 {found[0]}。合计行不参加比对，请核对。")
        before = number
    return said


def _number(text: str | None) -> Decimal | None:
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
