"""A household's or a person's value by its name in the dictionary, wherever it lies: a typed column, a fact, sealed."""

import re
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext_noop

from bangfu.base import sealing
from bangfu.engines.relations.codes import CodeList, load_codes
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import is_placeholder
from bangfu.engines.relations.values import Reader, clean_certificate

from .models import Change, Household, Person, Source
from .shown import is_child
from .spelling import spelled

RULEBOOK = Path(__file__).resolve().parents[1] / "rulebooks" / "sample"
BASES = {"document": gettext_noop("户口本或证件"), "booklet": gettext_noop("帮扶手册"), "system": gettext_noop("全国系统"), "visit": gettext_noop("入户了解"),
         "department": gettext_noop("部门证明")}  # what a value that was put right rests on; kept in Chinese whoever writes
ASIDE = frozenset({"data_date", "row_number", "province", "city", "county", "town", "village", "village_code", "household_code", "person_code",
                   "relation_to_head"})  # identity and place, and what changes as an event


@lru_cache(maxsize=1)
def code_lists() -> dict[str, CodeList]:
    """Return the code lists of the rulebook in use."""
    return load_codes(RULEBOOK)


def reader(as_of: date) -> Reader:
    """Return what reads a typed or imported text, as the two-file check does."""
    return Reader(code_lists(), as_of)


def may_be_recorded(column: str, *, of_household: bool) -> bool:
    """Whether the column is one that the office keeps and an officer may put right."""
    field = FIELDS.get(column)
    return field is not None and field.kept and column not in ASIDE and field.grain not in "CV" and field.of_household == of_household


def number_in(text: str) -> str:
    """Return the number by which a person is found, "" for none: the citizen's 18 characters though their check may fail, or all of 15 or more."""
    number = clean_certificate(text)
    if not re.fullmatch(r"(?=(?:\D*\d){14})[\dA-Z]{15,22}", number) or is_placeholder(number):
        return ""
    return number[:18] if re.fullmatch(r"\d{17}[\dX].*", number) else number


def number_index(certificate: str) -> str:
    """Return the keyed index of a certificate's number, "" for none."""
    number = number_in(certificate)
    return sealing.index(number) if number else ""


def number_indexes(certificate: str) -> list[str]:
    """Return every index a certificate's number may be kept under, none for no number."""
    number = number_in(certificate)
    return sealing.indexes(number) if number else []


def value_of(thing: Household | Person, column: str) -> str:
    """Return a value in the open, in its normal form; "" when nothing is known. Raises KeyMissing for a value sealed otherwise."""
    if column in thing.sealed:
        return sealing.unseal(bytes.fromhex(thing.sealed[column]))
    if isinstance(thing, Household):
        return thing.villager_group if column == "villager_group" else str(thing.facts.get(column, ""))
    if column == "birth_date":
        return thing.birth_date.isoformat() if thing.birth_date else str(thing.facts.get(column, ""))
    if column in ("name", "sex"):
        return str(getattr(thing, column))
    return str(thing.facts.get(column, ""))


def put(thing: Household | Person, column: str, value: str) -> None:
    """Set a value in its normal form where it belongs ("" takes it away); nothing is saved."""
    if isinstance(thing, Household) and column == "villager_group":
        thing.villager_group = value
    elif isinstance(thing, Person) and column == "name":
        thing.name, (thing.pinyin, thing.initials) = value, spelled(value)
    elif isinstance(thing, Person) and column == "sex":
        thing.sex = value
    elif isinstance(thing, Person) and column == "birth_date":
        thing.facts.pop(column, None)
        thing.birth_date = date.fromisoformat(value) if len(value) == 10 else None
        if value and not thing.birth_date:
            thing.facts[column] = value  # a month or a year alone is no day
    elif FIELDS[column].sensitivity == "A":
        thing.sealed.pop(column, None)
        if value:
            thing.sealed[column] = sealing.seal(value).hex()
        if isinstance(thing, Person) and column == "certificate_no":
            thing.number_index = number_index(value)
    else:
        thing.facts.pop(column, None)
        if value:
            thing.facts[column] = value


def columns_of(thing: Household | Person) -> set[str]:
    """Return the columns something is known of."""
    typed = ("villager_group",) if isinstance(thing, Household) else ("name", "sex", "birth_date")
    return {*thing.facts, *thing.sealed, *(column for column in typed if value_of(thing, column))}


def told(household: Household, person: Person | None, column: str, old: str, new: str, source: Source) -> Change:
    """Write down that a value changed: level A and B and a child's are sealed."""
    sealed = FIELDS[column].sensitivity in ("A", "B") or is_child(person, source.data_date)
    was, now = ((sealing.seal(text).hex() if text else "") if sealed else text for text in (old, new))
    return Change.objects.create(household=household, person=person, column=column, old=was, new=now, is_sealed=sealed, source=source)
