"""What study aid asks of a student, as data: clauses, stages, terms and their first days. Pure: it knows no database."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import bangfu.rulebooks

FILE = Path(bangfu.rulebooks.__file__).parent / "sample" / "study_aid.toml"
TERM = re.compile(r"(20\d\d)(春|秋)")
BASIS = "study"


@dataclass(frozen=True)
class Clause:
    """One thing asked. `kind` says how it is answered; a soft one may be let pass with a reason."""

    id: str
    text: str
    kind: str
    soft: bool = False
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """The rulebook of study aid."""

    grant: str
    stages: tuple[str, ...]
    ahead_days: int
    clauses: tuple[Clause, ...]
    first_days: Mapping[str, str]
    exactly: Mapping[str, date]
    register: Mapping[str, str]


@lru_cache(maxsize=2)
def rules(path: Path = FILE) -> Rules:
    """Read the rulebook. Raises KeyError or TypeError when it lacks something or says something nobody asks."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    clauses = tuple(Clause(**(one | {"statuses": tuple(one.get("statuses", ()))})) for one in said.pop("clauses"))
    return Rules(clauses=clauses, stages=tuple(said.pop("stages")), **said)


def is_term(text: str) -> bool:
    """Whether this is a term: 2017秋."""
    return TERM.fullmatch(text) is not None


def order(term: str) -> int:
    """Return a number that grows with time, one a term: 2017秋 comes right after 2017春."""
    found = TERM.fullmatch(term)
    if found is None:
        raise ValueError(term)
    return int(found[1]) * 2 + (found[2] == "秋")


def term_at(number: int) -> str:
    """Return the term of such a number."""
    return f"{number // 2}{'秋' if number % 2 else '春'}"


def first_day(term: str) -> date:
    """Return the first day of a term."""
    said = rules()
    month, day = map(int, said.first_days[term[4:]].split("-"))
    return said.exactly.get(term) or date(int(term[:4]), month, day)


def term_on(day: date) -> str:
    """Return the term that has begun last."""
    number = day.year * 2 + 1
    while first_day(term_at(number)) > day:
        number -= 1
    return term_at(number)


def terms_from(first: str, count: int) -> list[str]:
    """Return so many terms one after the other."""
    return [term_at(order(first) + at) for at in range(count)]


def basis(code: str, term: str) -> str:
    """Return what the row of a batch says it is for."""
    return f"{BASIS} {code} {term}"


def told(text: str) -> tuple[str, str]:
    """Return the application's code and the term out of a basis; twice nothing where it is none of study aid."""
    part = text.split(" ")
    return (part[1], part[2]) if len(part) == 3 and part[0] == BASIS and is_term(part[2]) else ("", "")
