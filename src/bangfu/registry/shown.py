"""Who sees what of a value: one function, driven by the dictionary's sensitivity, used by every page.

Level A is masked for everybody; level B is said to be there and not what it is; of a child under 14 only relation, sex and
age in years are shown, and the name with its middle hidden (protection A2, A3).
"""

from datetime import date

from django.utils.translation import gettext, gettext_noop

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import mask

from .models import Person

HIDDEN = gettext_noop("已遮")
OF_A_CHILD = frozenset({"relation_to_head", "sex", "age"})
CHILD = 14


def label(column: str) -> str:
    """Return a column's name in the language of the page."""
    return gettext(FIELDS[column].label)


def age_on(born: date | None, day: date) -> int | None:
    """Return completed years on a day."""
    return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_child(person: Person | None, day: date) -> bool:
    """Whether every value of this person is at least level B. Somebody whose birth is not known may be one: a newborn has no number."""
    if person is None:
        return False
    years = age_on(person.birth_date, day)
    return years is None or years < CHILD


def shown(column: str, value: str | None, person: Person | None, day: date) -> str:
    """Return a value as a page may show it; empty text stays empty."""
    if not value:
        return ""
    field = FIELDS.get(column)
    if column == "name":
        return mask_child(value) if is_child(person, day) else value
    if is_masked(column, person, day):
        of_a_grown_up = field is not None and field.sensitivity == "A" and not is_child(person, day)
        return mask(value, field) if of_a_grown_up and field is not None else gettext(HIDDEN)
    assert field is not None  # what the dictionary does not know is masked
    if field.type == "fen" and value.lstrip("-").isdigit():
        return gettext("{amount} 元").format(amount=f"{int(value) / 100:,.2f}")
    return f"{value} {field.unit}" if field.unit and field.type in ("dec", "int") else value


def is_masked(column: str, person: Person | None, day: date) -> bool:
    """Whether a value is not shown in the open: level A and B, what the dictionary does not know, and nearly all of a child."""
    field = FIELDS.get(column)
    return field is None or field.sensitivity in ("A", "B") or (is_child(person, day) and column not in OF_A_CHILD)


def mask_child(name: str) -> str:
    """Return 莫*静, or 莫* for two characters."""
    return name[0] + "*" + (name[-1] if len(name) > 2 else "")
