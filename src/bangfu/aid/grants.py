"""What a student has for a term, over all sources: our own lines, and what lists and forms tell of elsewhere (雨露计划 …).

A list is taken in whole or not at all; a number in it finds a person and is kept nowhere.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.base import clock, trail
from bangfu.registry.models import Member, Person
from bangfu.registry.values import number_indexes

from .errors import Refused, StandsAlready
from .models import GrantKind, Line, OtherGrant, ProgrammeKind
from .study_rules import is_term, rules, term_on, told

LONGEST = 2000


def alike(people: Iterable[int]) -> dict[int, int]:
    """Return for every person of the register with the same certificate number as one of `people` that one; each of them is its own."""
    people = set(people)
    mine = {index: pk for pk, index in Person.objects.filter(pk__in=people).exclude(number_index="").values_list("pk", "number_index")}
    others = Person.objects.filter(number_index__in=mine).values_list("pk", "number_index")
    return {pk: mine[index] for pk, index in others} | {pk: pk for pk in people}


def term_of(line: Line) -> str:
    """Return the term a line of study aid is for: its basis says it, else the day of its batch."""
    return told(line.basis)[1] or term_on(line.batch.on)


@dataclass(frozen=True)
class Had:
    """Something a student has for a term: our own `line`, or a grant `other` from elsewhere."""

    term: str
    kind: str
    line: Line | None = None
    other: OtherGrant | None = None

    @property
    def words(self) -> str:
        """2017秋 助学金，雨露计划."""
        if self.line is not None:
            return _("{day}“{batch}”第 {n} 行，{source}").format(day=f"{self.line.entry.on:%Y-%m-%d}", batch=self.line.batch.title, n=self.line.number, source=self.line.batch.source.name)
        return _("{term} {kind}，{source}").format(term=self.term, kind=self.other.get_kind_display(), source=self.other.source)


def had(people: Iterable[int]) -> dict[int, list[Had]]:
    """Return everything each of some persons has for any term: standing lines of study aid first, then grants from elsewhere."""
    same, found = alike(people), defaultdict(list)
    lines = Line.objects.standing().filter(person__in=same, batch__programme__kind=ProgrammeKind.STUDY_AID, is_replacement=False)
    for line in lines.select_related("batch__source", "entry").order_by("pk"):
        found[same[line.person_id]].append(Had(term_of(line), rules().grant, line=line))
    for one in OtherGrant.objects.filter(person__in=same, withdrawn_at=None).order_by("pk"):
        found[same[one.person_id]].append(Had(one.term, one.kind, other=one))
    return found


def of_town(area: str) -> QuerySet[OtherGrant]:
    """Return the grants from elsewhere of the persons of an area, the newest first; withdrawn ones left out."""
    first, past = codes_below(area)
    people = Member.objects.filter(household__village_id__gte=first, household__village_id__lt=past, ends_on=None).values("person")
    return OtherGrant.objects.filter(withdrawn_at=None, person__in=people).select_related("person")


def doubles(area: str, term: str) -> list[tuple[Line, list[Had]]]:
    """Return the standing lines of an area's study aid for a term whose student has another grant of the same kind, each with those."""
    first, past = codes_below(area)
    lines = Line.objects.standing().filter(batch__programme__kind=ProgrammeKind.STUDY_AID, household__village_id__gte=first, household__village_id__lt=past, person__isnull=False)
    lines = [one for one in lines.select_related("batch__source", "household__village", "person", "entry").order_by("household__code", "pk") if term_of(one) == term]
    known, found, seen = had({one.person_id for one in lines}), [], set()
    for line in lines:
        more = [one for one in known[line.person_id] if one.term == term and one.kind == rules().grant and (one.line is None or (one.line.pk != line.pk and not _of_one_plan(one.line, line)))]
        if more and line.person_id not in seen:
            seen.add(line.person_id)
            found.append((line, more))
    return found


def _of_one_plan(one: Line, other: Line) -> bool:
    return is_one_plan(one.basis, one.batch.source_id, other.basis, other.batch.source_id)


def is_one_plan(basis: str, source: int, other_basis: str, other_source: int) -> bool:
    """Whether two rows are two donors' parts of the same application for the same term, which together do not exceed its cost: no double."""
    return bool(told(basis)[0]) and basis == other_basis and source != other_source


@transaction.atomic
def write(*, person: Person, term: str, kind: str, source: str, by: Officer) -> OtherGrant:
    """Write down that a student has a grant from elsewhere."""
    if OtherGrant.objects.filter(person=person, term=term, kind=kind, source=source, withdrawn_at=None).exists():
        raise StandsAlready(_("这一条已经记过了。"))
    made = OtherGrant.objects.create(person=person, term=term, kind=kind, source=source, by=by, at=clock.now())
    trail.write("other_grants_written", source_code(made), who=by.username, result="1")
    return made


def source_code(one: OtherGrant) -> str:
    """Return what the trail says a grant is: its number and term, no name."""
    return f"{one.pk} {one.term}"


@transaction.atomic
def withdraw(*, grant: OtherGrant, reason: str, by: Officer) -> None:
    """Take back what was written wrongly; the row stays with the reason."""
    if not reason.strip():
        raise Refused(_("请写原因。"))
    if not OtherGrant.objects.filter(pk=grant.pk, withdrawn_at=None).update(withdrawn_because=reason.strip(), withdrawn_by=by, withdrawn_at=clock.now()):
        raise StandsAlready(_("这一条已经撤回了。"))
    trail.write("other_grant_withdrawn", source_code(grant), who=by.username)


@dataclass(frozen=True)
class Told:
    """One line of a pasted list that was understood."""

    person: int
    term: str
    kind: str
    source: str


def read(text: str, by: Officer) -> tuple[list[Told], list[str]]:
    """Read a list, one grant a line: number or person's code, term, kind, source. Returns what was understood and what is wrong, by line.

    A problem names the line and never the number that stands in it.
    """
    rows = [(at, line.strip()) for at, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(rows) > LONGEST:
        return [], [_("一次最多 {n} 行，请分几次贴。").format(n=LONGEST)]
    kinds = {str(label): value for value, label in GrantKind.choices} | {value: value for value in GrantKind.values}
    kinds |= {"助学金": "bursary", "生活补助": "living", "学费减免": "tuition", "奖学金": "scholarship"}
    first, past = codes_below(by.area)
    found, problems, seen = [], [], {}
    for at, line in rows:
        parts = [part.strip(" \u3000") for part in re.split(r"[,，\t]", line)]
        wrong = []
        if len(parts) != 4 or not all(parts):
            problems.append(_("第 {n} 行：要写四项——证件号码或人编号、学期、类别、来源，用逗号隔开。").format(n=at))
            continue
        who, term, kind, source = parts
        there = Member.objects.filter(ends_on=None, household__village_id__gte=first, household__village_id__lt=past)
        indexes = number_indexes(who)
        people = set(there.filter(person__number_index__in=indexes).values_list("person", flat=True)) if indexes else set()
        people = people or set(there.filter(person__code=who).values_list("person", flat=True))
        if not people:
            wrong.append(_("没有这个人"))
        if len(people) > 1:
            wrong.append(_("这个号码有两个人，请写人编号"))
        if not is_term(term):
            wrong.append(_("学期写成 2017秋 这样"))
        if kind not in kinds:
            wrong.append(_("类别要写：{kinds}").format(kinds=_("、").join(str(label) for label in GrantKind.labels)))
        if len(source) > 40:
            wrong.append(_("来源太长"))
        key = (*people, term, kind, source)
        if not wrong and key in seen:
            wrong.append(_("和第 {n} 行一样").format(n=seen[key]))
        if wrong:
            problems.append(_("第 {n} 行：{what}。").format(n=at, what=_("；").join(wrong)))
        else:
            seen[key] = at
            found.append(Told(*people, term, kinds[kind], source))
    return found, problems


@transaction.atomic
def take_in(*, text: str, by: Officer) -> tuple[int, int]:
    """Take a pasted list in; returns how many are new and how many were known. Raises Refused with all that is wrong, and nothing is entered."""
    rows, problems = read(text, by)
    if problems or not rows:
        raise Refused("\n".join(problems) or _("请贴上名单。"))
    known = set(OtherGrant.objects.filter(withdrawn_at=None, person__in=[one.person for one in rows]).values_list("person", "term", "kind", "source"))
    new = [one for one in rows if (one.person, one.term, one.kind, one.source) not in known]
    OtherGrant.objects.bulk_create(OtherGrant(person_id=one.person, term=one.term, kind=one.kind, source=one.source, by=by, at=clock.now()) for one in new)
    trail.write("other_grants_written", "", who=by.username, result=f"{len(new)}")
    return len(new), len(rows) - len(new)
