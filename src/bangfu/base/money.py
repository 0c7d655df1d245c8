"""Amounts: whole fen in, words out and back. Pure; no floating-point number touches money."""

import re
import unicodedata

FIGURES = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")
WAN = 10_000
LARGEST = 10**14 - 1  # fen; a 万亿 and more is nobody's help day
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?0*")
_VALUE = {figure: value for value, figure in enumerate(FIGURES)}


class NoAmount(ValueError):
    """What stands there is no amount of money."""


def yuan(fen: int) -> str:
    """Return 1,409.50 for 140950; full yuan without a fraction: 2,800."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    whole, rest = divmod(fen, 100)
    return f"{sign}{whole:,}" + (f".{rest:02}" if rest else "")


def said(fen: int) -> str:
    """Return an amount as a report says it: 万元 only where one digit behind the point says it exactly (3.5万元, else 34,950元)."""
    if fen < WAN * 100 or fen % (WAN * 10):
        return f"{yuan(fen)}元"
    whole, tenth = divmod(fen // (WAN * 10), 10)
    return f"{whole:,}" + (f".{tenth}" if tenth else "") + "万元"


def fen_of(text: str) -> int:
    """Return the fen of an amount in 元 as people type it: 1,000.00, full-width figures, a sign of the currency. Raises NoAmount."""
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removesuffix("元").strip()
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise NoAmount(text)
    fen = int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0") or 0)
    if fen > LARGEST:
        raise NoAmount(text)
    return fen


def in_words(fen: int) -> str:
    """Return 大写: 3500000 -> 叁万伍仟元整. Source: 票据法 and the usage of 支付结算办法, annex 1. Raises NoAmount for a negative one."""
    if fen < 0 or fen > LARGEST:
        raise NoAmount(f"{fen}")
    whole, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    text = f"{_whole(whole)}元" if whole or not rest else ""
    if not rest:
        return text + "整"
    if jiao:
        gap = "零" if whole and whole % 10 == 0 else ""
        return text + gap + FIGURES[jiao] + "角" + (FIGURES[cents] + "分" if cents else "")
    return text + ("零" if whole else "") + FIGURES[cents] + "分"


def _whole(number: int) -> str:
    if number == 0:
        return FIGURES[0]
    text, at, gap = "", 0, False
    while number:
        number, group = divmod(number, WAN)
        if group:
            text = _group(group) + GROUPS[at] + ("零" if gap and text else "") + text
            gap = group < 1000
        elif text:
            gap = True
        at += 1
    return text


def _group(group: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        figure = group // 10**place % 10
        if figure:
            text += ("零" if gap and text else "") + FIGURES[figure] + PLACES[place]
            gap = False
        else:
            gap = True
    return text


def fen_of_words(text: str) -> int:
    """Return the fen of an amount in 大写. Raises NoAmount for what is none; a missing 整 and 圆 for 元 are taken."""
    plain = text.strip().replace("圆", "元").removesuffix("整").removesuffix("正")
    whole, _yuan, rest = plain.partition("元") if "元" in plain else ("", "", plain)
    fen = _number(whole, text) * 100
    for figure, place in re.findall(f"([{FIGURES}])([角分])", rest):
        fen += _VALUE[figure] * (10 if place == "角" else 1)
    if not plain or re.sub(f"[{FIGURES}][角分]|零", "", rest):
        raise NoAmount(text)
    return fen


def _number(words: str, text: str) -> int:
    total = group = figure = 0
    for letter in words:
        if letter in _VALUE:
            figure = _VALUE[letter]
        elif letter in PLACES[1:]:
            group, figure = group + figure * 10 ** PLACES.index(letter), 0
        elif letter in ("万", "亿"):
            total = total + (group + figure) * WAN if letter == "万" else (total + group + figure) * WAN**2
            group = figure = 0
        else:
            raise NoAmount(text)
    return total + group + figure
