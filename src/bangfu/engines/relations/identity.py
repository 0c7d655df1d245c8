"""Certificate numbers: what they say about themselves, and how they are put before people.

Promises: nothing is repaired by guessing; a number counts as a citizen's only if its check character holds (GB 11643);
a mask keeps enough to find the cell and no more. Linking and judging use the numbers, nobody else does.
"""

import re
from datetime import date
from operator import mul

from .dictionary import Field

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
LEGAL_LENGTHS = (18, 20, 22)
_ZEROS = sum(WEIGHTS) * ord("0")
_CITIZEN = re.compile(r"[1-9]\d{16}[\dX]")
_CERTIFICATE = re.compile(r"[1-9]\d{16}[\dX](?:[1-7][1-4](?:B\d)?)?")


def check_character(digits: str) -> str:
    """Return the eighteenth character that belongs to seventeen digits (called for every person: hence the plain sum)."""
    return CHECK_CHARACTERS[(sum(map(mul, WEIGHTS, digits.encode("ascii"))) - _ZEROS) % 11]


def is_placeholder(number: str) -> bool:
    """Whether a number only says that there is none yet (999999…) or is no number at all (all one digit)."""
    return number.startswith("999999") or len(set(number[:17])) <= 1


def citizen_id(certificate: str | None) -> str | None:
    """Return the first 18 characters if they are a citizen's number whose check character and day hold, else None."""
    if not certificate or len(certificate) < 18:
        return None
    number = certificate[:18]
    if not _CITIZEN.fullmatch(number) or is_placeholder(number):
        return None
    if check_character(number[:17]) != number[17] or birth_in_number(number) is None:
        return None
    return number


def certificate_fault(certificate: str) -> str | None:
    """Return what is wrong with a normalised certificate number by itself, as a clause a clerk can check, or None."""
    if is_placeholder(certificate):
        return None
    if re.fullmatch(r"\d{15}", certificate):  # the old form has no check character: only its day can be judged
        return None if birth_in_number(f"{certificate[:6]}19{certificate[6:]}") else f"第7–12位为“{certificate[6:12]}”，日历上没有这一天"
    if len(certificate) not in LEGAL_LENGTHS:
        return f"只有 {len(certificate)} 位，应为 18、20 或 22 位" if len(certificate) < 18 else (
            f"有 {len(certificate)} 位，应为 18、20 或 22 位")
    if not _CITIZEN.fullmatch(certificate[:18]):
        return "前 18 位里有不该有的字符"
    right = check_character(certificate[:17])
    if right != certificate[17]:
        return f"第18位为“{certificate[17]}”，按校验规则应为“{right}”"
    if birth_in_number(certificate) is None:
        return f"第7–14位为“{certificate[6:14]}”，日历上没有这一天"
    if not _CERTIFICATE.fullmatch(certificate):
        return f"第19位起为“{certificate[18:]}”，不是残疾类别（1–7）加等级（1–4）"
    return None


def birth_in_number(number: str) -> date | None:
    """Return the day in characters 7–14, or None if there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_in_number(number: str) -> str | None:
    """Return 男 or 女 by the seventeenth character."""
    if len(number) < 17 or not number[16].isdigit():
        return None
    return "男" if int(number[16]) % 2 else "女"


def one_slip(one: str, other: str) -> bool:
    """Whether two numbers differ by one character changed, left out or put in, or by two neighbours swapped."""
    if one == other:
        return False
    if len(one) == len(other):
        apart = [at for at in range(len(one)) if one[at] != other[at]]
        if len(apart) == 1:
            return True
        return len(apart) == 2 and apart[1] - apart[0] == 1 and one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]
    if abs(len(one) - len(other)) != 1:
        return False
    short, long = sorted((one, other), key=len)
    at = next((at for at in range(len(short)) if short[at] != long[at]), len(short))
    return short[at:] == long[at + 1:]


def old_form(number: str) -> str:
    """Return a number of 18 digits as it was written before 1999: 15 digits, without century and check character."""
    return number[:6] + number[8:17]


def same_number(one: str, other: str) -> bool:
    """Whether two certificate numbers name one person: the first 18 characters, or one is the other's old form of 15."""
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    if len(short) == 15 and len(long) >= 18:
        return long[6:8] == "19" and old_form(long) == short
    return long[:18] == short[:18]


def two_slips(one: str, other: str) -> bool:
    """Whether two numbers of one length differ in two places that are no single slip."""
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 2 and not one_slip(one, other)


def mask(text: str, field: Field) -> str:
    """Return the value as anybody in the office may see it: 4504…10, 138****0000, or its first character."""
    if field.sensitivity not in ("A", "B") or not text:
        return text
    if field.type == "certificate":
        return f"{text[:4]}…{text[-2:]}" if len(text) >= 8 else "*" * len(text)
    if field.type == "phone":
        return f"{text[:3]}****{text[-4:]}" if len(text) >= 9 else "*" * len(text)
    return text[0] + "*" * min(len(text) - 1, 6) if len(text) > 2 else "*" * len(text)


def show_difference(one: str, other: str) -> tuple[str, str]:
    """Mask two numbers so that the characters in which they differ are seen: 4504…1(0) and 4504…1(2)."""
    if len(one) != len(other):
        return tuple(f"{text[:4]}…{text[-2:]}（{len(text)}位）" for text in (one, other))  # type: ignore[return-value]
    apart = [at for at in range(len(one)) if one[at] != other[at]]
    if len(apart) > 3:
        return f"{one[:4]}…{one[-2:]}", f"{other[:4]}…{other[-2:]}"

    def shown(text: str) -> str:
        said, hidden = "", False
        for at, letter in enumerate(text):
            if at in apart:
                said, hidden = said + f"({letter})", False
            elif at < 4 or at == len(text) - 2:
                said, hidden = said + letter, False
            elif not hidden:
                said, hidden = said + "…", True
        return said

    return shown(one), shown(other)
