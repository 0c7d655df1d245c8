"""What a cell's text means: one normal form for everything that says the same (register.md § 5).

Promises: what differs only in form comes out equal; nothing is repaired by guessing; a text that cannot be read keeps
its text and gets a `problem` with the reason, and stops nothing. Normal forms: money whole fen, dates ISO, months
YYYY-MM, yes/no 是 and 否, coded values their label, several values sorted and joined by 、.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .codes import NO, NOT_APPLICABLE, YES, CodeList
from .dictionary import FIELDS, Field
from .grid import UNWORKED, is_scientific
from .identity import certificate_fault

_HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_QUOTED = re.compile(r"['‘’`](?=\d)")  # what makes a spreadsheet keep digits as text
_BETWEEN = re.compile(r"(?<=[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])\s+(?=[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_DOT = re.compile(r"[·•．‧∙⋅・･●.]")
_EMPTY = frozenset({"", "/", "-", "—", "--", "——", "无", "空"})
_EMPTY_IN = frozenset({"text", "codes", "phone"})
_OPEN_END = frozenset({"长期", "至今"})
_DATE = re.compile(r"(\d{4})[年./-](\d{1,2})(?:[月./-](\d{1,2}))?日?月?(?:\s+00:00(?::00)?)?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_UNITS = re.compile(r"(万元|元|亩|平方米|㎡|m2|公里|千米|km|个月|月|人|年|岁)$")
_SPLIT = re.compile(r"[,，、;；/\s]+")
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
_NOT_KNOWN = frozenset({"不详", "未知", "不清楚", "不知道"})
MOST_DIGITS = 20  # of a number with its point and sign: a spreadsheet keeps 15 of them, and Decimal holds 28
_EXCEL_DAY_0 = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Value:
    """A read cell. normal: the normal form, None = nothing said; problem: a code of register.md § 8; why: its clause."""

    normal: str | None
    problem: str | None = None
    why: str = ""

    @property
    def sound(self) -> str | None:
        """The normal form if the cell could be read, else None."""
        return self.normal if self.problem is None else None


NOTHING = Value(None)


def clean_text(text: str | None) -> str:
    """Return text in NFKC without hidden characters, outer space, spaces between Chinese characters, and a quote before digits."""
    if not text:
        return ""
    if text.isascii() and text.isprintable():
        text = text.strip()
        return text[1:] if _QUOTED.match(text) else text
    text = _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).strip()
    text = text[1:] if _QUOTED.match(text) else text
    return _BETWEEN.sub("", text)


def clean_name(text: str | None) -> str:
    """Return a name for comparison: one middle dot, compatibility ideographs folded."""
    return _DOT.sub("·", clean_text(text)).replace(" ", "")


def clean_certificate(text: str | None) -> str:
    """Return a number in half width and capitals without spaces, hyphens, or one trailing .0 on a legal length."""
    number = re.sub(r"[\s\-‐–—]", "", clean_text(text)).upper()
    if number.endswith(".0") and len(number) - 2 in (15, 18, 20, 22):
        number = number[:-2]
    return number


class Reader:
    """Reads cells of one file. `as_of` bounds dates; `zero_one` says that 1 and 0 mean yes and no in this file."""

    def __init__(self, codes: Mapping[str, CodeList], as_of: date, *, zero_one: bool = False) -> None:
        self.codes, self.as_of, self.zero_one = codes, as_of, zero_one

    def read(self, text: str | None, field: Field | None, *, asks: bool = False) -> Value:
        """Return what a cell says. `asks`: the header asks a yes/no question (是否…, or a booklet's 低保)."""
        cleaned = clean_text(text)
        if not cleaned:
            return NOTHING
        if _ERRORS.fullmatch(cleaned):
            return Value(cleaned, "malformed_cell", "是错误值，没有内容")
        if cleaned == UNWORKED:
            return Value(cleaned, "malformed_cell", "是没有算出结果的公式")
        if field is None:
            return Value(cleaned)
        if cleaned in _EMPTY and (cleaned != "无" or field.type in _EMPTY_IN):
            return NOTHING
        match field.type:
            case "name":
                return Value(clean_name(cleaned))
            case "certificate":
                return self._certificate(cleaned)
            case "phone":
                return self._phone(cleaned)
            case "code":
                return self._code(cleaned, self.codes[field.codes or ""], asks)
            case "codes":
                return self._codes(cleaned, self.codes[field.codes or ""])
            case "yn":
                return self._yes_no(cleaned)
            case "fen" | "dec" | "int":
                return self._number(cleaned, field)
            case "date" | "month" | "year":
                return self._date(cleaned, field.type)
        return Value(clean_certificate(cleaned) if field.name in ("household_code", "person_code") else cleaned)

    def _certificate(self, text: str) -> Value:
        number = clean_certificate(text)
        if is_scientific(number):
            return Value(number, "damaged_by_excel", "号码已被表格软件改坏，末几位丢失")
        if not number or number in _EMPTY or set(number) == {"0"} or "无" in number:
            return NOTHING
        if "*" in number:
            return Value(number)
        fault = certificate_fault(number)
        return Value(number, "malformed_certificate", fault) if fault else Value(number)

    def _phone(self, text: str) -> Value:
        numbers = []
        for part in re.split(r"[,、;/]+", text):
            digits = re.sub(r"\.0$", "", part)
            if is_scientific(digits):
                return Value(text, "damaged_by_excel", "号码已被表格软件改坏，末几位丢失")
            digits = re.sub(r"^\+?86(?=\d{11}$)", "", re.sub(r"[\s\-()]", "", digits))
            if digits:
                numbers.append(digits)
        return Value("、".join(dict.fromkeys(numbers)) or None)

    def _code(self, text: str, codes: CodeList, asks: bool) -> Value:
        if text in NOT_APPLICABLE:
            return NOTHING
        if text in codes.meaning:
            meant = codes.meaning[text]
            return NOTHING if meant == "非在校" else Value(meant)
        if asks and codes.yes and (text in YES or text in NO):
            return Value(codes.yes if text in YES else codes.no)
        if text in _EMPTY:
            return NOTHING
        return Value(text) if codes.open else Value(text, "unknown_value", "不在代码表中")

    def _codes(self, text: str, codes: CodeList) -> Value:
        parts = [part for part in _SPLIT.split(text) if part and part not in NOT_APPLICABLE and part not in _EMPTY]
        meant = sorted({codes.meaning.get(part, part) for part in parts})
        strange = [part for part in parts if part not in codes.meaning]
        said = "、".join(meant) or None
        return Value(said, "unknown_value", "不在代码表中") if strange and not codes.open else Value(said)

    def _yes_no(self, text: str) -> Value:
        if text in YES or (self.zero_one and text == "1"):
            return Value("是")
        if text in NO or (self.zero_one and text == "0"):
            return Value("否")
        if text in NOT_APPLICABLE:
            return Value("不适用")
        return Value(text, "unknown_value", "不是“是”或“否”")

    def _number(self, text: str, field: Field) -> Value:
        body = text.replace(",", "").replace("¥", "").replace("￥", "").replace(" ", "")
        if body.startswith("(") and body.endswith(")"):
            body = "-" + body[1:-1]
        unit = _UNITS.search(body)
        if unit:
            body = body[:unit.start()]
        if not _NUMBER.fullmatch(body):
            return Value(text, "malformed_number", "不是一个数")
        if len(body) > MOST_DIGITS:
            return Value(text, "malformed_number", "位数太多，不会是这一栏的数")
        number = Decimal(body)
        if unit and unit[1] == "万元":
            number *= 10_000
        if field.type == "fen":
            fen = (number * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
            if fen < 0 and not field.name.startswith("net_income"):
                return Value(text, "malformed_number", "金额不应是负数")
            return Value(str(int(fen)))
        if field.type == "int":
            if number != number.to_integral_value() or number < 0:
                return Value(text, "malformed_number", "不是整数")
            if field.name.endswith("months") and number > 12:
                return Value(text, "malformed_number", "一年最多 12 个月")
            return Value(str(int(number)))
        return Value(f"{number.normalize():f}")

    def _date(self, text: str, kind: str) -> Value:
        if text in _OPEN_END or text in _NOT_KNOWN:
            return NOTHING
        if kind == "year":
            found = re.fullmatch(r"(\d{4})年?(?:\.0)?", text) or _DATE.fullmatch(text)
            return self._bounded(text, kind, int(found[1]), 1, 1) if found else Value(text, "malformed_date", "不是年份")
        found = _DATE.fullmatch(text) or _PACKED.fullmatch(text.removesuffix(".0"))
        if found:
            if kind == "month" and re.fullmatch(r"20\d\d\.1", text):
                return Value(text, "malformed_date", "可能是 1 月也可能是 10 月")
            return self._bounded(text, kind, int(found[1]), int(found[2]), int(found[3] or 1), whole=found[3] is not None)
        if re.fullmatch(r"\d{5}(?:\.0)?", text):
            day = _EXCEL_DAY_0 + timedelta(days=int(text[:5]))
            return self._bounded(text, kind, day.year, day.month, day.day)
        return Value(text, "malformed_date", "不是日期")

    def _bounded(self, text: str, kind: str, year: int, month: int, day: int, whole: bool = True) -> Value:
        try:
            said = date(year, month, day)
        except ValueError:
            return Value(text, "malformed_date", "日历上没有这一天")
        if year < 1900 or said > self.as_of:
            return Value(text, "malformed_date", f"不在 1900 年至 {self.as_of} 之间")
        if kind == "year":
            return Value(f"{year}")
        if kind == "month" or not whole:
            return Value(f"{year:04d}-{month:02d}")
        return Value(said.isoformat())


def asks_yes_no(header: str, profile: str | None, field: str | None) -> bool:
    """Whether a header of a coded column asks a yes/no question: 是否享受低保, or a booklet's 低保."""
    known = FIELDS.get(field or "")
    if known is None or known.type != "code":
        return False
    return header.startswith("是否") or (profile == "booklet" and "情况" not in header)
