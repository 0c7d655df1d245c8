"""A ledger of past years as somebody kept it in a spreadsheet, read into cells, headers and values. It knows no household and writes nothing.

Promises: a row has its number as in the spreadsheet's margin; a value that is not simply what stands there is a Guess, never silent; a cell that
cannot be read is a Trouble, all of them at once; no floating-point number becomes money but by the fifteen digits a spreadsheet shows.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from .errors import Refused

LONGEST, WIDEST, SEARCHED = 20_000, 200, 12
MONEY_UNITS = {"元": 100, "万元": 1_000_000}  # in fen
WEIGHTS = {"斤": 500, "市斤": 500, "公斤": 1000, "千克": 1000, "kg": 1000, "克": 1, "吨": 1_000_000}  # in grams
PIECES = ("羽", "株", "棵", "头", "只", "尾", "匹", "床", "袋", "包", "箱", "桶", "瓶", "件", "个", "双", "台", "套", "张", "本", "份", "把", "盒", "条", "粒")
UNITS = (*MONEY_UNITS, *WEIGHTS, *PIECES)
GRAM = "克"
AS = {  # what a column may be; the first words are how the headers name it
    "household_code": ("户编号", "户编码", "家庭编号", "农户编号"),
    "village": ("村", "行政村", "村名", "村委", "所在村", "村(社区)", "村别"),
    "group": ("组", "村民小组", "组别", "屯", "小组", "自然屯"),
    "head": ("户主", "户主姓名", "姓名", "领取人", "户主名", "农户姓名", "受助户", "领款人"),
    "person": ("学生姓名", "学生", "受助学生"),
    "on": ("日期", "发放日期", "领取日期", "发放时间", "时间", "领取时间"),
    "words": ("大写", "金额大写", "大写金额"),
    "page": ("页", "页码", "档案页", "档案页码", "页号"),
}
_AMOUNT = ("金额", "慰问金", "资金", "补助", "补贴", "奖补", "助学金", "资助", "发放", "春节", "中秋", "端午", "数量")
_NO_AMOUNT = ("单价", "标准", "应发", "电话", "账号", "卡号", "人口", "人数", "备注", "序号")
_GENERAL = ("金额", "发放金额", "数量", "发放数量", "物资", "实物", "发放物资", "发放", "慰问品")
_UNIT = re.compile(r"[(（]([^()（）]*)[)）]|[/:：]\s*([^/:：()（）]+)$")
TITLE_UNIT = re.compile(r"单位[:：]\s*(\S{1,3}?)(?:[)）\s]|$)")
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_SUM = re.compile(r"\S{0,8}?(小计|总合计|合计|总计|共计|累计)")
_COUNT = re.compile(r"\d+[户人名]?")
WORDS = re.compile(r"[零壹贰叁肆伍陆柒捌玖][零壹贰叁肆伍陆柒捌玖拾佰仟万亿]*[元圆角分][零壹贰叁肆伍陆柒捌玖拾佰仟角分]*[整正]?")
_WORDS_LINE = re.compile(r"^(人民币|金额|合计|合计金额|总计|总金额|共计)*[(（]?大写[)）]?")
NOTHING = ("", "-", "—", "－", "/", "无", "——")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its cells from the first row and column on, and the ranges that are merged, ((row, column), (row, column)), from 0."""

    name: str
    rows: list[list[Any]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]


@dataclass(frozen=True)
class Meaning:
    """What a column is: a key of AS, "amount" with goods ("" for money) and unit, or "" (not read). `label`: the tier of an amount (春节)."""

    as_: str
    goods: str = ""
    unit: str = ""
    label: str = ""
    why: str = ""  # why it is not sure, in words; such a column waits for somebody to say

    @property
    def key(self) -> tuple[str, str]:
        """Return the commodity: ("", "元") for money, else the goods with the unit it is kept in."""
        return ("", "元") if not self.goods else (self.goods, GRAM if self.unit in WEIGHTS else self.unit)

    @property
    def factor(self) -> int:
        """Return how many of the ledger's smallest unit one of the column's is."""
        return MONEY_UNITS.get(self.unit, 0) if not self.goods else WEIGHTS.get(self.unit, 1)


@dataclass(frozen=True)
class Header:
    """Where a sheet's header is and what its columns are called; `title` is what stands above."""

    first: int
    last: int
    names: list[str]
    title: str


@dataclass(frozen=True)
class Cell:
    """A value with where it stands, for what is said of it."""

    sheet: str
    row: int
    column: str
    text: str

    @property
    def place(self) -> str:
        """Return “春节”表第 7 行“金额（元）”."""
        where = _("“{sheet}”表第 {row} 行").format(sheet=self.sheet, row=self.row) if self.sheet else _("第 {row} 行").format(row=self.row)
        return where + (f"“{self.column}”" if self.column else "")


@dataclass
class Found:
    """What reading came upon, in the order of the rows: `troubles` stop the import, `guesses` are shown, `left_out` are rows that are no household's."""

    troubles: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def trouble(self, at: Cell, words: str) -> None:
        self.troubles.append(f"{at.place}：{words}")

    def guess(self, at: Cell, words: str) -> None:
        self.guesses.append(f"{at.place}：{words}")


@dataclass(frozen=True)
class Record:
    """One row of the file that is somebody's: what identifies it, when, and the amount of each column (by the column's number, in the smallest unit)."""

    sheet: str
    row: int
    said: Mapping[str, str]
    on: date | None
    amounts: Mapping[int, int]

    @property
    def at(self) -> Cell:
        return Cell(self.sheet, self.row, "", "")


@dataclass(frozen=True)
class Sum:
    """A sum of the file's own: over the lines since the sum before, or over all above. `words` is its 大写."""

    sheet: str
    row: int
    name: str
    amounts: Mapping[int, int]
    words: str


def read(data: bytes, name: str) -> list[Sheet]:
    """Read a file's sheets. Raises Refused when it cannot be read."""
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        try:
            with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
                found = [book.get_sheet_by_name(one) for one in book.sheet_names]
                for one in found:
                    _bearable(one.name, one.total_height, one.total_width)
                sheets = [Sheet(one.name, one.to_python(skip_empty_area=False), list(one.merged_cell_ranges or [])) for one in found]
        except PasswordError as error:
            raise Refused(_("文件有密码。请去掉密码另存一份。")) from error
        except (CalamineError, OSError, ValueError) as error:
            raise Refused(_("这份文件读不了，请用 Excel 打开，另存为 .xlsx 再交。")) from error
    else:
        sheets = [Sheet("", _text_rows(data), [])]
    if not any(cell not in ("", None) for sheet in sheets for row in sheet.rows for cell in row):
        raise Refused(_("这份文件是空的。"))
    return sheets


def _bearable(name: str, rows: int, columns: int) -> None:
    if rows > LONGEST or columns > WIDEST:
        raise Refused(_("“{sheet}”表有 {rows} 行 {columns} 列，太大了。请删掉表外多余的行和列，或分成几份。").format(sheet=name, rows=rows, columns=columns))


def _text_rows(data: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused(_("这份文件的文字编码认不出来，请用 Excel 打开，另存为 .xlsx 再交。"))
    if "\0" in text:
        raise Refused(_("这份文件不是表格。请交 .xlsx、.xls 或 .csv 文件。"))
    delimiter = max(",\t;", key=text[:4000].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Refused(_("这份文件里有引号不成对的行，读不了。")) from error
    _bearable("csv", len(rows), max((len(row) for row in rows), default=0))
    return rows


def plain(cell: Any) -> str:
    """Return a cell as text: half width, without blanks within or around; a whole number without .0."""
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.15g}'):f}"
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", "" if cell is None else f"{cell}"))


def head_of(sheet: Sheet) -> Header | None:
    """Find a sheet's header among its first rows: one line, or two where the upper one spans columns. None: there is none."""
    best, hits = None, 1
    for at, row in enumerate(sheet.rows[:SEARCHED]):
        names = [plain(cell) for cell in row]
        found = [as_ for as_ in map(_identity, names) if as_]
        if len(set(found)) + sum(_is_amount(name) for name in names) > hits and {"head", "household_code", "person"} & set(found) and not any(isinstance(cell, int | float) for cell in row):
            best, hits = at, len(set(found)) + sum(_is_amount(name) for name in names)
    if best is None:
        return None
    upper = [plain(cell) for cell in sheet.rows[best]]
    lower = [plain(cell) for cell in sheet.rows[best + 1]] if best + 1 < len(sheet.rows) else []
    stand = [at for at, name in enumerate(upper) if _identity(name) in ("head", "household_code", "person")]
    two = any(lower) and not any(at < len(lower) and lower[at] for at in stand) and not any(isinstance(cell, int | float) or _NUMBER.fullmatch(plain(cell)) for cell in sheet.rows[best + 1]) and not _is_sum(lower)
    title = " ".join(plain(cell) for row in sheet.rows[:best] for cell in row if plain(cell))
    if not two:
        return Header(best, best, upper, title)
    width = max(len(upper), len(lower))
    upper, lower = upper + [""] * (width - len(upper)), lower + [""] * (width - len(lower))
    spread = list(upper)
    for (top, left), (bottom, right) in sheet.merged:
        if top <= best <= bottom:
            spread[left:right + 1] = [upper[left]] * (min(right, width - 1) + 1 - left)
    for at in range(1, width):
        if not spread[at] and lower[at] and lower[at - 1] and not sheet.merged:  # a text file, and programs that do not say what is merged
            spread[at] = spread[at - 1]
    return Header(best, best + 1, [over if not under or over == under else f"{over}/{under}" if over else under for over, under in zip(spread, lower, strict=True)], title)


def _identity(name: str) -> str:
    bare = re.sub(r"[*＊:：]", "", name)
    return next((as_ for as_, names in AS.items() if bare in names), "")


def _is_amount(name: str) -> bool:
    return bool(_units(name)) or (any(word in name for word in _AMOUNT) and not any(word in name for word in _NO_AMOUNT) and not _identity(name))


def _units(name: str) -> list[str]:
    """Return the units a header names: several where it names several."""
    found = []
    for inside, after in _UNIT.findall(name):
        found += [unit for unit in re.split(r"[、,，/或和]", inside or after) if unit in UNITS]
    return list(dict.fromkeys(found))


def meaning_of(name: str, title: str) -> tuple[Meaning, str]:
    """Return what a header means by itself, and the guess that was made ("" for none). A unit that is not written is taken from the title or asked for."""
    last = name.split("/")[-1] if not _units(name) or "(" in name or "（" in name else name
    if identity := _identity(name) or _identity(last):
        return Meaning(identity), ""
    if any(word in name for word in ("单价", "标准", "应发")):
        return Meaning(""), _("是单价或标准，不是发的数，没有读")
    units = _units(name)
    if len(units) > 1:
        return Meaning("amount", why=_("写了几个单位（{units}），一列只能有一个。请在表里分成几列。").format(units=_("、").join(units))), ""
    if not units and not _is_amount(name):
        return Meaning(""), ""
    parts = [part for part in (_UNIT.sub("", part).strip() for part in re.sub(r"[(（]([^()（）]*)[)）]", "", name).split("/")) if part and part not in UNITS]
    own = [part for part in parts if part not in _GENERAL]
    guess, unit = "", units[0] if units else ""
    if not unit and (above := TITLE_UNIT.search(title)) and above[1] in UNITS:
        unit, guess = above[1], _("没有写单位，按表上面写的“{unit}”读").format(unit=above[1])
    if not unit:
        return Meaning("amount", label=own[-1] if own else "", why=_("没有写单位。请说明是元、万元，还是什么东西、用什么单位。")), ""
    if unit in MONEY_UNITS:
        return Meaning("amount", "", unit, own[-1] if own else ""), guess
    if not own:
        return Meaning("amount", "", unit, why=_("没有写是什么东西。")), guess
    return Meaning("amount", own[-1], unit), guess


def number_of(cell: Any, unit: str) -> tuple[Decimal | None, str]:
    """Return the number of a cell (None: nothing stands there) and the guess that was made. Raises ValueError, in words, when it is none."""
    if isinstance(cell, bool | date | datetime | timedelta):
        raise ValueError(_("“{text}”不是数").format(text=cell))
    if isinstance(cell, int | float):
        if cell < 0:
            raise ValueError(_("“{text}”是负数").format(text=cell))
        return Decimal(f"{cell:.15g}"), ""
    text, written = plain(cell), f"{'' if cell is None else cell}".strip()
    if text in NOTHING:
        return None, ""
    bare = text.removeprefix("¥").removeprefix("￥")
    if unit and bare.endswith(unit) and not (unit == "元" and bare.endswith("万元")):
        bare = bare.removesuffix(unit)
    elif other := re.fullmatch(r"[\d.,]+(\D{1,2})", bare):
        raise ValueError(_("“{text}”的单位是{other}，这一列是{unit}。一列里不能混着两种单位").format(text=written, other=other[1], unit=unit))
    if _NUMBER.fullmatch(bare) is None:
        raise ValueError(_("“{text}”不是数").format(text=written))
    found = Decimal(bare.replace(",", ""))
    return found, _("文字“{text}”当作 {number}").format(text=written, number=f"{found:f}")


def quantity_of(number: Decimal, meaning: Meaning) -> int:
    """Return a number of a column in the ledger's smallest unit. Raises ValueError, in words, when it does not come out whole."""
    found = number * meaning.factor
    if found != found.to_integral_value():
        raise ValueError(_("{number} {unit} 除不尽到分").format(number=f"{number:f}", unit=meaning.unit) if not meaning.goods else
                         _("{number} {unit} 不是整数").format(number=f"{number:f}", unit=meaning.unit))
    if found > 10**15:
        raise ValueError(_("{number} 太大了").format(number=f"{number:f}"))
    return int(found)


def day_of(cell: Any) -> tuple[date | None, str]:
    """Return the day of a cell (None: nothing stands there) and the guess that was made. Raises ValueError, in words, when it is none."""
    if isinstance(cell, datetime):
        return cell.date(), ""
    if isinstance(cell, date):
        return cell, ""
    text, written = plain(cell), f"{'' if cell is None else cell}".strip()
    if text in NOTHING:
        return None, ""
    if re.fullmatch(r"[2-6]\d{4}", text):
        day = date(1899, 12, 30) + timedelta(days=int(text))
        return day, _("日期的序号 {text} 当作 {day}").format(text=text, day=f"{day}")
    if isinstance(cell, float) and re.fullmatch(r"(19|20)\d\d\.1", text):
        raise ValueError(_("“{text}”分不出是 1 月还是 10 月，请写成 2017年10月 这样").format(text=text))
    found = re.fullmatch(r"((?:19|20)\d\d)[.年/\-](\d{1,2})(?:[.月/\-](?:(\d{1,2})日?)?)?", text) or re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", text)
    try:
        day = date(int(found[1]), int(found[2]), int(found[3] or 1)) if found else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(_("日期“{text}”看不懂，请写成 2017-05-03 这样").format(text=written))
    return day, _("“{text}”没有写哪一天，当作 {day}").format(text=written, day=f"{day}") if not found[3] else _("文字“{text}”当作 {day}").format(text=written, day=f"{day}")


def _is_sum(texts: Iterable[str]) -> str:
    """Return the name of a row's sum (小计, 合计…), "" for a row that is none."""
    for text in texts:
        if found := _SUM.match(text):
            rest = re.sub(r"[(（]?大写[)）]?|人民币|金额|[:：()（）\d元户人.,]", "", text[found.end():])
            if not WORDS.sub("", rest):
                return found[1]
        if _WORDS_LINE.match(text) and len(text) > 2:
            return "大写"
    return ""


def records_of(sheet: Sheet, header: Header, meanings: Sequence[Meaning], found: Found) -> list[Record | Sum]:
    """Return a sheet's rows below its header: households' rows and sums, in order. What cannot be read, was guessed or is neither goes to `found`."""
    filled = _filled(sheet, header, meanings)
    amounts = [at for at, one in enumerate(meanings) if one.as_ == "amount" and not one.why]
    rows: list[Record | Sum] = []
    for number, cells in enumerate(filled[header.last + 1:], start=header.last + 2):
        texts = [plain(cell) for cell in cells]
        if not any(texts):
            continue
        here = Cell(sheet.name, number, "", "")
        name = _is_sum([text for at, text in enumerate(texts) if at not in amounts])
        own = {one.as_: texts[at] for at, one in enumerate(meanings) if at < len(texts) and one.as_ not in ("", "amount", "on") and texts[at]}
        if name and any(not _is_sum([text]) and not _COUNT.fullmatch(text) for as_, text in own.items() if as_ in ("head", "household_code")):
            name = ""  # a remark of a household's row may speak of a sum
        values, failed = {}, False
        for at in amounts:
            column = Cell(sheet.name, number, header.names[at], "")
            if at >= len(cells) or (name and WORDS.search(texts[at])):
                continue
            try:
                value, guess = number_of(cells[at], meanings[at].unit)
                if value is not None and guess:
                    found.guess(column, guess)
                if value:
                    values[at] = quantity_of(value, meanings[at])
            except ValueError as error:
                failed = True
                if name or {"head", "household_code", "person"} & own.keys():
                    found.trouble(column, f"{error}。")
                else:
                    found.trouble(column, _("{why}，这一行也没有户主。").format(why=error))
        if name:
            words = next((said[0] for text in texts if (said := WORDS.search(text))), "")
            if not words and any("大写" in text for text in texts) and any("大写:" in text or "大写：" in text for text in texts):
                words = "?"
            rows.append(Sum(sheet.name, number, name, values, words))
        elif not failed and not values:
            found.left_out.append(f"{here.place}：" + (_("没有数量，不导入") if {"head", "household_code", "person"} & own.keys() else _("不是哪一户的，不导入")))
        elif not failed:
            on = None
            for at in [at for at, one in enumerate(meanings) if one.as_ == "on" and at < len(cells)]:
                column = Cell(sheet.name, number, header.names[at], "")
                try:
                    on, guess = day_of(cells[at])
                    if guess:
                        found.guess(column, guess)
                except ValueError as error:
                    found.trouble(column, f"{error}。")
            rows.append(Record(sheet.name, number, own, on, values))
    return rows


def _filled(sheet: Sheet, header: Header, meanings: Sequence[Meaning]) -> list[list[Any]]:
    """Return the rows with what is merged downwards written in each of its rows, but for amounts: those are given once."""
    rows = [list(row) for row in sheet.rows]
    for (top, left), (bottom, right) in sheet.merged:
        if top > header.last and bottom > top and left == right and left < len(meanings) and meanings[left].as_ not in ("", "amount", "words"):
            for at in range(top + 1, bottom + 1):
                rows[at][left] = rows[top][left]
    return rows
