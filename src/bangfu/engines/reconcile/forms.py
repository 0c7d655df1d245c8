"""forms: the normal form of a cell in SQL, for the texts that nearly every row holds.

Promise: where an expression is not NULL it gives exactly what `Reader.read(text, field).normal` gives; every other text is left
to the reader, once per distinct text. So what a value means is written once, in relations/values.py, and a million rows
are still read as a set (tests/engines/spec/test_forms.py holds the two against each other).
"""

from datetime import date

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import CHECK_CHARACTERS, WEIGHTS

CHINESE = "[\\x{4e00}-\\x{9fff}]"
CERTIFICATE = "[1-9][0-9]{16}[0-9X](?:[1-7][1-4](?:B[0-9])?)?"


def form(name: str, text: str, as_of: date) -> str | None:
    """Return the expression for the column `text` (an SQL expression) read as the field `name`; None where there is none."""
    fact = FIELDS.get(name)
    if fact is None:
        return None
    if name in ("person_code", "household_code"):
        return _plain_first(text, "[0-9A-Z]+", f"upper({_without(text, ' ', '-')})")
    match fact.type:
        case "name":
            return _plain_first(text, f"{CHINESE}{{2,}}", _without(text, " ", "　"))
        case "certificate":
            return _plain_first(text, CERTIFICATE, f"upper({_without(text, ' ', '-', chr(9))})")
        case "phone":
            parts = f"translate({_without(text, ' ', '-')}, '，,;；/', '、、、、、')"
            two = _where(parts, "[0-79][0-9]{4,}、[0-79][0-9]{4,}")
            return (f"coalesce({_where(_without(text, ' ', '-'), '[0-79][0-9]{4,}')}, "
                    f"CASE WHEN split_part({two}, '、', 1) <> split_part({two}, '、', 2) THEN {two} END)")
        case "fen":
            plain = _where(text, "[¥￥]?[0-9][0-9,]{0,11}(?:[.][0-9]{1,2})?元?")
            return f"(TRY_CAST({_without(plain, ',', '¥', '￥', '元')} AS DECIMAL(18, 2)) * 100)::BIGINT::VARCHAR"
        case "date":
            return day(text, as_of)
    return None


def day(text: str, as_of: date) -> str:
    """Return the expression that gives a whole day in ISO form, if it is one of the calendar between 1900 and `as_of`."""
    packed = f"CASE WHEN length({text}) = 8 AND regexp_full_match({text}, '[0-9]+') THEN substr({text}, 1, 4) || '-' || substr({text}, 5, 2) || '-' || substr({text}, 7, 2) END"
    spelt = f"rtrim(translate({_where(text, '[0-9]{4}[-年./][0-9]{1,2}[-月./][0-9]{1,2}日?')}, '年月./', '----'), '日')"
    whole = f"TRY_CAST(coalesce({packed}, {spelt}) AS DATE)"
    usual = f"TRY_CAST({text} AS DATE)"
    within = f"BETWEEN DATE '1900-01-01' AND DATE '{as_of}'"
    return f"CASE WHEN {usual} {within} AND {usual}::VARCHAR = {text} THEN {text} WHEN {whole} {within} THEN {whole}::VARCHAR END"


def digits(number: str) -> str:
    """Return the expression for the first 17 characters of a number as an integer, NULL where they are none; `holds` takes it as a column."""
    return f"TRY_CAST(substr({number}, 1, 17) AS BIGINT)"


def holds(number: str, first: str) -> str:
    """Return the expression that is true where the first 18 characters of a normal certificate number are a citizen's number (GB 11643).

    number, first: columns, the second one what `digits` gives
    """
    total = " + ".join(f"({first} // {10 ** (16 - at)}) % 10 * {weight}" for at, weight in enumerate(WEIGHTS))
    day_said = f"substr({number}, 7, 4) || '-' || substr({number}, 11, 2) || '-' || substr({number}, 13, 2)"
    return (f"substr('{CHECK_CHARACTERS}', (({total}) % 11 + 1)::INT, 1) = substr({number}, 18, 1) AND regexp_full_match({number}, '[1-9][0-9]{{16}}[0-9X].*') "
            f"AND {number} NOT LIKE '999999%' AND {first} % 11111111111111111 <> 0 AND substr({number}, 7, 4) >= '0001' AND TRY_CAST({day_said} AS DATE) IS NOT NULL")


def _without(text: str, *gone: str) -> str:
    for one in gone:
        text = f"replace({text}, '{one}', '')"
    return text


def _plain_first(text: str, pattern: str, cleaned: str) -> str:
    """Return the text where it is plain as it stands, which nearly all are, else what is left when it is cleaned."""
    return f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN {text} WHEN regexp_full_match({cleaned}, '{pattern}') THEN {cleaned} END"


def _where(text: str, pattern: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN {text} END"
