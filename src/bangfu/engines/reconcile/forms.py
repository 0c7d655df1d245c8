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
            number = "[0-79][0-9]{4,}"
            parts = f"translate({_without(text, ' ', '-')}, '，,;；/', '、、、、、')"
            two = _once(parts, f"CASE WHEN regexp_full_match(x, '{number}、{number}') AND split_part(x, '、', 1) <> split_part(x, '、', 2) THEN x END")
            return (f"CASE WHEN regexp_full_match({text}, '{number}') THEN {text} WHEN regexp_matches({text}, '[、，,;；/]') THEN {two} "
                    f"ELSE {_once(_without(text, ' ', '-'), _where('x', number))} END")
        case "fen":
            plain = f"CASE WHEN regexp_full_match({text}, '[0-9]{{1,12}}(?:[.][0-9]{{1,2}})?') THEN {text} ELSE {_without(_where(text, '[¥￥]?[0-9][0-9,]{0,11}(?:[.][0-9]{1,2})?元?'), ',', '¥', '￥', '元')} END"
            return f"(TRY_CAST({plain} AS DECIMAL(18, 2)) * 100)::BIGINT::VARCHAR"
        case "date":
            return day(text, as_of)
    return None


def day(text: str, as_of: date) -> str:
    """Return the expression that gives a whole day in ISO form, if it is one of the calendar between 1900 and `as_of`."""
    within = f"BETWEEN '1900-01-01' AND '{as_of}'"  # ISO days are ordered as texts
    odd = (f"CASE WHEN regexp_full_match({text}, '[0-9]{{8}}') THEN substr({text}, 1, 4) || '-' || substr({text}, 5, 2) || '-' || substr({text}, 7, 2) "
           f"ELSE rtrim(regexp_replace({_where(text, '[0-9]{4}[-年./][0-9]{1,2}[-月./][0-9]{1,2}日?')}, '[年月./]', '-', 'g'), '日') END")
    return (f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN CASE WHEN {text} {within} AND TRY_CAST({text} AS DATE) IS NOT NULL THEN {text} END "
            f"ELSE {_once(f'TRY_CAST({odd} AS DATE)::VARCHAR', f'CASE WHEN x {within} THEN x END')} END")


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
    return f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN {text} ELSE {_once(cleaned, _where('x', pattern))} END"


def _where(text: str, pattern: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN {text} END"


def _once(value: str, then: str) -> str:
    """Return the expression `then` over x, which is worked out once."""
    return f"list_transform([{value}], lambda x: {then})[1]"
