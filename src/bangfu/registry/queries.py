"""Reads that span rows: lists, search, the card. They return what a page lays out and write nothing."""

import re
from collections.abc import Iterator
from datetime import date

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.values import clean_name

from .models import Area, Change, Cluster, Household, HouseholdQuerySet, Member, Person, Status, Upload
from .scope import span
from .shown import is_child, is_masked, label, shown
from .values import columns_of, number_indexes

PAGE = 50
FOUND = 50
AT_A_TIME = 300
STANDINGS = {"registered": _("建档立卡户"), "lifted": _("脱贫户"), "monitored": _("监测对象，风险未消除"), "cleared": _("监测对象，风险已消除")}


def villages(officer: Officer) -> QuerySet[Area]:
    """Return the villages in an officer's scope, in the order of their codes: for whom the chain names, those with a household, too."""
    if not officer.sees_households:
        return Area.objects.none()
    if not officer.keeps_register:
        whole, households = span(officer)
        return Area.objects.filter(Q(code__in=whole) | Q(code__in=Household.objects.filter(pk__in=households).values("village")))
    first, past = codes_below(officer.area)
    return Area.objects.filter(code__gte=first, code__lt=past).exclude(code__endswith="000")


def areas() -> QuerySet[Area]:
    """Return every area this installation knows, in the order of their codes."""
    return Area.objects.all()


def clusters(officer: Officer) -> list[tuple[Cluster, list[str]]]:
    """Return the clusters of an officer's town with the codes of the villages that belong to each now."""
    first, past = codes_below(officer.area)
    rows = Cluster.objects.filter(town__gte=first, town__lt=past).order_by("pk").prefetch_related("villages")
    return [(one, sorted(row.village_id for row in one.villages.all() if row.ends_on is None)) for one in rows]


def uploads(officer: Officer) -> QuerySet[Upload]:
    """Return the files that came in for an officer's area, the newest first."""
    first, past = codes_below(officer.area)
    return Upload.objects.select_related("by").filter(area__gte=first, area__lt=past)


def counts(officer: Officer, village: Area | None = None) -> dict[str, tuple[int, int]]:
    """Return households and persons on the register by village code, of one village or of all in scope."""
    scope = Household.objects.in_scope(officer)
    if village:
        scope = scope.filter(village=village)
    households = dict(scope.values_list("village_id").annotate(Count("pk")))
    persons = dict(scope.filter(members__ends_on=None).values_list("village_id").annotate(Count("members")))
    return {code: (count, persons.get(code, 0)) for code, count in households.items()}


def current_members() -> Prefetch:
    return Prefetch("members", Member.objects.filter(ends_on=None).select_related("person"), to_attr="present")


def standing(rows: HouseholdQuerySet, asked: str) -> HouseholdQuerySet:
    """Keep the households that stand on the register as one of STANDINGS says."""
    of = Status.objects.filter(household=OuterRef("pk"))
    if asked in ("registered", "lifted"):
        return rows.filter(Exists(of.present().filter(kind=asked)))
    if asked == "monitored":
        return rows.filter(Exists(of.present().monitored()))
    if asked == "cleared":
        return rows.filter(Exists(of.monitored().filter(ended=True)), ~Exists(of.present().monitored()))
    return rows


def selected(officer: Officer, village: Area, *, group: str, as_: str) -> HouseholdQuerySet:
    """Return the households of a village that a list's filter keeps, by code."""
    rows = Household.objects.in_scope(officer).filter(village=village)
    if group:
        rows = rows.filter(villager_group=group)
    return standing(rows, as_).order_by("code")


def households_of(officer: Officer, village: Area, *, group: str, as_: str = "", after: str) -> tuple[list[Household], str, int]:
    """Return a page of households after a code, the code the next page begins after ("" = none), and how many there are."""
    rows = selected(officer, village, group=group, as_=as_)
    total = rows.count()
    page = list(rows.filter(code__gt=after).select_related("source").prefetch_related(current_members(), "statuses")[:PAGE + 1])
    following = page[PAGE - 1].code if len(page) > PAGE else ""
    return page[:PAGE], following, total


def households_in_turn(officer: Officer, village: Area, *, group: str, as_: str) -> Iterator[list[Household]]:
    """Yield what a filter keeps, some hundred households at a time, each with its village's members as a page of the list has them."""
    rows, after = selected(officer, village, group=group, as_=as_).select_related("source"), ""
    while some := list(rows.filter(code__gt=after).prefetch_related(current_members(), "present__source", "statuses")[:AT_A_TIME]):
        yield some
        after = some[-1].code


def size_of(officer: Officer, village: Area, *, group: str, as_: str) -> tuple[int, int]:
    """Return how many households a filter keeps, and how many present members they have."""
    rows = selected(officer, village, group=group, as_=as_)
    return rows.count(), Member.objects.filter(ends_on=None, household__in=rows.order_by()).count()


def columns_in_use(officer: Officer, village: Area, *, group: str, as_: str) -> set[str]:
    """Return the columns of the dictionary something is known of, of any household that a filter keeps or of a present member."""
    rows = selected(officer, village, group=group, as_=as_).order_by()
    persons = Person.objects.filter(memberships__ends_on=None, memberships__household__in=rows)
    found: set[str] = set()
    for asked in (rows, persons):
        for facts, sealed in asked.values_list("facts", "sealed").iterator(chunk_size=AT_A_TIME):
            found.update(facts, sealed)
    return found & set(FIELDS)


def standings_of(officer: Officer, village: Area) -> dict[str, int]:
    """Return how many households of a village stand on the register as each of STANDINGS."""
    rows = Household.objects.in_scope(officer).filter(village=village)
    return {key: standing(rows, key).count() for key in STANDINGS}


def latest_changes(page: list[Household]) -> dict[int, tuple[date, str]]:
    """Return the day of each household's newest changes and what they are: a column, or how many. No column of level B is named."""
    found: dict[int, tuple[date, list[str]]] = {}
    rows = Change.objects.filter(household__in=page).order_by("-pk").values_list("household_id", "source__data_date", "column", "what", "is_sealed")
    for pk, day, column, what, sealed in rows:
        here = found.setdefault(pk, (day, []))
        if here[0] == day:
            here[1].append("" if sealed else label(column) if column else what.split("：")[0])
    return {pk: (day, labels[0] if len(labels) == 1 and labels[0] else gettext("{n} 处").format(n=len(labels))) for pk, (day, labels) in found.items()}


def groups_of(officer: Officer, village: Area) -> list[str]:
    """Return the villager groups that an officer's households of a village name."""
    return list(Household.objects.in_scope(officer).filter(village=village).exclude(villager_group="").order_by("villager_group")
                .values_list("villager_group", flat=True).distinct())


def find(officer: Officer, asked: str) -> list[Member]:
    """Return present members by name, pinyin, initials, household code, person code or certificate number, at most FOUND."""
    text = clean_name(asked)
    rows = Member.objects.filter(ends_on=None)
    if officer.keeps_register:
        first, past = codes_below(officer.area)
        rows = rows.filter(household__village_id__gte=first, household__village_id__lt=past)
    else:
        rows = rows.filter(household__in=Household.objects.in_scope(officer))
    if not text or not officer.sees_households:
        return []
    indexes = number_indexes(asked)
    if indexes:
        rows = rows.filter(person__number_index__in=indexes)
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


def head_name(household: Household, day: date) -> str:
    """Return the name of a household's head as a page of a day may show it, the household's code when nobody is in it."""
    if not hasattr(household, "present"):
        household.present = present_members(household)  # type: ignore[attr-defined]
    head = head_of(household)
    return shown("name", head.person.name, head.person, day) if head else household.code


def present_members(household: Household) -> list[Member]:
    """Return the present members in the order of the card. `number` is a member's place among all there ever were: it never shifts."""
    rows = list(household.members.select_related("person", "source"))
    for number, one in enumerate(rows, start=1):
        one.number = number
    return [one for one in rows if one.ends_on is None]


def member_of(household: Household, number: int) -> Member:
    """Return the present member with this number. Raises LookupError when there is none."""
    found = next((one for one in present_members(household) if one.number == number), None)
    if found is None:
        raise LookupError(number)
    return found


def thing_of(household: Household, number: int) -> Household | Person:
    """Return the person of the present member with this number, or the household itself (0). Raises LookupError when there is none."""
    return member_of(household, number).person if number else household


def masked_value(household: Household, number: int, column: str, day: date) -> Person | None:
    """Return whose masked value is meant: the member with this number, or None for the household's own (0).

    Raises LookupError when there is no such value, or when it is not masked.
    """
    thing = thing_of(household, number)
    person = thing if isinstance(thing, Person) else None
    if column not in FIELDS or column not in columns_of(thing) or not (is_masked(column, person, day) or (column == "name" and is_child(person, day))):
        raise LookupError(column)
    return person


def masked_columns(person: Person, day: date) -> list[str]:
    """Return the columns of a person that are known and masked, in the order of the dictionary."""
    known = columns_of(person)
    return [name for name in FIELDS if name in known and name != "sex" and is_masked(name, person, day)]
