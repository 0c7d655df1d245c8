"""Writes what plans say into the register, as part of somebody's transaction; every value that changes and every event leaves its Change.

Promises: a value is put by the same functions as one that is put right by hand; a household that enters is written whole, without Changes
(its source is the import's); a person who comes from another household leaves it on the same day, and nobody leaves for a household that
is not taken in.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from .errors import StandsAlready
from .import_plan import HouseholdPlan, Join, Leave, Line
from .models import Change, Household, Leaving, Member, Person, Source, Status
from .status_history import follow, new_status
from .statuses import told_by
from .values import put, told, value_of

PLACES = frozenset({"village"})


@dataclass(frozen=True)
class Entering:
    """A household that enters, built and not written yet; newcomers are persons the register does not know."""

    plan: HouseholdPlan
    household: Household
    newcomers: Sequence[tuple[Person, Member]]


def built(plans: Sequence[HouseholdPlan], source: Source) -> dict[str, Entering]:
    """Return what is to be written for the plans of households that enter, by code. It asks no database: sealing takes time, and no lock is held."""
    found = {}
    for one in plans:
        if one.sound != "enters":
            continue
        household = Household(code=one.code, village_id=one.village_code, source=source)
        for line in one.lines:
            if line.who is None and line.column not in PLACES:
                put(household, line.column, line.new)
        persons = [(_person(join, source), join) for join in one.joins if join.who is None]
        found[one.code] = Entering(one, household, [
            (person, Member(household=household, person=person, relation_to_head=join.values.get("relation_to_head", ""), source=source)) for person, join in persons])
    return found


def apply(plans: Sequence[HouseholdPlan], entering: Mapping[str, Entering], source: Source) -> None:
    """Take plans in: households that enter together, the others one by one. `entering`: as built() made them."""
    _enter([entering[one.code] for one in plans if one.sound == "enters"], source)
    held = {one.code: one for one in Household.objects.filter(code__in=[one.code for one in plans if one.sound != "enters"])}
    for one in plans:
        if one.sound in ("changes", "leaves"):
            _change(held[one.code], one, source)


def _enter(entering: Sequence[Entering], source: Source) -> None:
    Household.objects.bulk_create(one.household for one in entering)
    Person.objects.bulk_create(person for one in entering for person, _member in one.newcomers)
    Member.objects.bulk_create(member for one in entering for _person, member in one.newcomers)
    Status.objects.bulk_create(new_status(one.household, said, source) for one in entering for said in told_by(one.household.facts))
    for one in entering:
        for join in one.plan.joins:
            if join.who is not None:
                _join(one.household, join, source)


def _person(join: Join, source: Source) -> Person:
    person = Person(code=join.values.get("person_code") or None, source=source, facts={}, sealed={})
    put(person, "name", join.name)
    for column, value in join.values.items():
        if column not in ("name", "person_code", "relation_to_head", "birth_date"):
            put(person, column, value)
    if join.birth_date:
        put(person, "birth_date", join.birth_date)
        said = join.values.get("birth_date", "")
        if said and said != join.birth_date:
            person.facts["birth_date"] = said  # what the column says is kept beside what the number says
    return person


def _change(household: Household, one: HouseholdPlan, source: Source) -> None:
    of_household = [line for line in one.lines if line.who is None]
    for line in of_household:
        if line.column in PLACES:
            household.village_id = one.village_code
        else:
            put(household, line.column, line.new)
        _told(household, None, line, source)
    if of_household:
        with suppress(StandsAlready), transaction.atomic():  # an end before its start: the columns stay as the file has them, the history waits
            follow(household, source)
        household.save()
    persons = {person.pk: person for person in Person.objects.filter(pk__in={line.who for line in one.lines if line.who})}
    for line in one.lines:
        if line.who is not None:
            _put_person(household, persons[line.who], line, source)
    for person in persons.values():
        person.save()
    for join in one.joins:
        _join(household, join, source)
    for leave in one.leaves:
        _leave(household, leave, source)
    Household.objects.filter(pk=household.pk).update(version=household.version + bool(one.joins or one.leaves))


def _put_person(household: Household, person: Person, line: Line, source: Source) -> None:
    if line.column == "relation_to_head":
        row = household.members.filter(person=person, ends_on=None).first()
        if row is None:
            return
        if row.source_id == source.pk:
            row.relation_to_head = line.new
            row.save(update_fields=["relation_to_head"])
        else:
            row.ends_on, row.end_source = max(source.data_date, row.starts_on or source.data_date), source
            row.save(update_fields=["ends_on", "end_source"])
            Member.objects.create(household=household, person=person, relation_to_head=line.new, starts_on=row.ends_on, source=source)
    elif line.column == "person_code":
        person.code = line.new or None
    else:
        put(person, line.column, line.new)
    _told(household, person, line, source)


def _told(household: Household, person: Person | None, line: Line, source: Source) -> None:
    told(household, person, line.column, line.old, line.new, source)


def _join(household: Household, join: Join, source: Source) -> None:
    relation = join.values.get("relation_to_head", "")
    if join.who is None:
        person = _person(join, source)
        person.save()
    else:
        person = Person.objects.get(pk=join.who)
        for row in Member.objects.filter(person=person, ends_on=None).exclude(household=household).select_related("household"):
            _end(row, Leaving.MOVE, source)
        for column, new in join.values.items():
            if column not in ("relation_to_head", "person_code", "birth_date") and (old := value_of(person, column)) != new:
                put(person, column, new)
                _told(household, person, Line(join.row, person.pk, join.name, column, old, new), source)
        person.save()
    if not household.members.filter(person=person, ends_on=None).exists():
        Member.objects.create(household=household, person=person, relation_to_head=relation, starts_on=source.data_date, source=source)
        Change.objects.create(household=household, person=person, what=f"文件里有，记为在册：{relation}", source=source)


def _leave(household: Household, leave: Leave, source: Source) -> None:
    if leave.goes_to:
        return  # joining the other household ends this membership; if that one is not taken in, the person stays
    for row in household.members.filter(person_id=leave.who, ends_on=None):
        _end(row, Leaving.OFF_REGISTER, source)


def _end(row: Member, kind: Leaving, source: Source) -> None:
    row.ends_on, row.ended_by, row.end_source = max(source.data_date, row.starts_on or source.data_date), kind, source
    row.save(update_fields=["ends_on", "ended_by", "end_source"])
    words = "文件里在另一户，记为迁出" if kind == Leaving.MOVE else "文件里没有，记为不再在册"
    Change.objects.create(household_id=row.household_id, person_id=row.person_id, what=f"{words}：{row.relation_to_head}", source=source)
