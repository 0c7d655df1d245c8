"""Reads that span rows: lists, search, the card. They return what a page lays out and write nothing."""

import re
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.base import sealing
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import citizen_id
from bangfu.engines.relations.values import clean_certificate, clean_name

from .models import Area, Household, Member, Person
from .shown import age_on, is_masked, shown

PAGE = 50
FOUND = 50
OF_MEMBER = ("certificate_no", "education_level", "school_stage", "health_status", "work_capacity", "work_months", "resident_medical", "resident_pension")


@dataclass(frozen=True)
class Cell:
    """A value as shown, with its label."""

    label: str
    value: str
    column: str = ""
    masked: bool = False


@dataclass(frozen=True)
class Row:
    """One member on the card or one household in a list."""

    name: str
    relation: str
    sex: str
    age: str
    cells: list[Cell]


def villages(officer: Officer) -> QuerySet[Area]:
    """Return the villages in an officer's scope, in the order of their codes."""
    first, past = codes_below(officer.area)
    return Area.objects.filter(code__gte=first, code__lt=past).exclude(code__endswith="000")


def counts(officer: Officer) -> dict[str, tuple[int, int]]:
    """Return households and persons on the register by village code."""
    rows = Household.objects.in_scope(officer).values("village_id").annotate(
        households=Count("pk", distinct=True), persons=Count("members", filter=Q(members__ends_on=None)))
    return {row["village_id"]: (row["households"], row["persons"]) for row in rows}


def current_members() -> Prefetch:
    return Prefetch("members", Member.objects.filter(ends_on=None).select_related("person"), to_attr="present")


def households_of(officer: Officer, village: Area, *, group: str, after: str) -> tuple[list[Household], str, int]:
    """Return a page of households after a code, the code the next page begins after ("" = none), and how many there are."""
    rows = Household.objects.in_scope(officer).filter(village=village)
    if group:
        rows = rows.filter(villager_group=group)
    total = rows.count()
    page = list(rows.filter(code__gt=after).order_by("code").prefetch_related(current_members())[:PAGE + 1])
    following = page[PAGE - 1].code if len(page) > PAGE else ""
    return page[:PAGE], following, total


def groups_of(village: Area) -> list[str]:
    """Return the villager groups households of a village name."""
    return list(Household.objects.filter(village=village).exclude(villager_group="").order_by("villager_group")
                .values_list("villager_group", flat=True).distinct())


def is_number(asked: str) -> bool:
    """Whether what was asked for is a citizen's number."""
    return citizen_id(clean_certificate(asked)) is not None


def find(officer: Officer, asked: str) -> list[Member]:
    """Return present members by name, pinyin, initials, household code, person code or certificate number, at most FOUND."""
    text = clean_name(asked)
    first, past = codes_below(officer.area)
    rows = Member.objects.filter(ends_on=None, household__village_id__gte=first, household__village_id__lt=past)
    if not text or not officer.sees_households:
        return []
    number = citizen_id(clean_certificate(asked))
    if number:
        rows = rows.filter(person__number_index=sealing.index(number))
    elif re.fullmatch(r"[0-9]{4,20}", text):
        own = rows.filter(person__code=text)  # asked first and apart: an OR across two tables reads both whole
        rows = own if own.exists() else rows.filter(household__code__startswith=text)
    elif re.fullmatch(r"[A-Za-z ]{1,40}", text):
        spelled = text.lower().replace(" ", "")
        rows = rows.filter(Q(person__pinyin__startswith=spelled) | Q(person__initials=spelled))
    else:
        rows = rows.filter(person__name__startswith=text)
    found = rows.select_related("person", "household__village").order_by("pk")[:FOUND]
    return sorted(found, key=lambda one: (one.person.name, one.pk))


def head_of(household: Household) -> Member | None:
    """Return the head among prefetched present members, else the first of them."""
    present: list[Member] = household.present  # type: ignore[attr-defined]
    return next((one for one in present if one.relation_to_head == "户主"), present[0] if present else None)


def member_row(member: Member, day: date) -> Row:
    """Return a member as the card shows it. The age is counted on the day of the data."""
    person: Person = member.person
    years = age_on(person.birth_date, day)
    values = dict(person.facts) | {name: sealing.unseal(bytes.fromhex(text)) for name, text in person.sealed.items()}
    cells = [_cell(name, values.get(name), person, day) for name in OF_MEMBER]
    return Row(shown("name", person.name, person, day), member.relation_to_head, person.sex, "" if years is None else str(years), cells)


def household_cells(household: Household, day: date) -> list[Cell]:
    """Return what is known of a household, in the order of the dictionary."""
    values = dict(household.facts) | {name: sealing.unseal(bytes.fromhex(text)) for name, text in household.sealed.items()}
    return [_cell(name, values[name], None, day) for name in FIELDS if name in values]


def _cell(name: str, value: str | None, person: Person | None, day: date) -> Cell:
    return Cell(FIELDS[name].label, shown(name, value, person, day), name, bool(value) and is_masked(name, person, day))


def masked_value(household: Household, number: int, column: str, day: date) -> Person | None:
    """Return whose masked value is meant: member `number` of the card (from 1), or None for the household's own (0).

    Raises LookupError when there is no such value, or when it is not masked.
    """
    person = None
    if number:
        person = list(household.members.filter(ends_on=None).select_related("person"))[number - 1].person
    thing = person or household
    if column not in FIELDS or column not in {**thing.facts, **thing.sealed} or not is_masked(column, person, day):
        raise LookupError(column)
    return person
