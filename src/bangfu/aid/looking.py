"""What a list is looked through for before money or goods leave: doubles, exclusions, and whether each is still there and still of the kind asked for.

Warned of, never blocked: each warning wants the list mended or a reason, which is printed in the batch's file. Nothing is written here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from bangfu.registry.models import Household, Leaving, Member
from bangfu.registry.queries import standing

from . import grants
from .grants import is_one_plan
from .models import Batch, Candidate, Cover, Line, Programme, ProgrammeKind, Rule
from .study_rules import rules, term_on, told

PERIOD = {ProgrammeKind.SYMPATHY_GRANT: 60, ProgrammeKind.MICRO_WISH: 365, ProgrammeKind.STUDY_AID: 120, ProgrammeKind.LIVELIHOOD_SUPPORT: 150, ProgrammeKind.LIVELIHOOD_REWARD: 0}  # days


@dataclass(frozen=True)
class Warning:
    """One thing found of a household on a list. `fact` says it in words; with the same fact it is the same warning."""

    household: Household
    rule: Rule
    fact: str
    cover: Cover | None = None

    @property
    def words(self) -> str:
        """规则：事实."""
        return f"{self.rule.label}：{self.fact}"


def warnings(batch: Batch, on: date) -> list[Warning]:
    """Return what is found of a batch's list on a day, in the order of the list; what was let pass carries its reason."""
    rows = list(batch.candidates.filter(left_out="", posted=False).select_related("household__village", "person", "commodity"))
    covers = {(one.household_id, one.rule, one.fact): one for one in batch.covers.select_related("by")}
    found = [*_twice(rows), *_through_two(rows), *_had(batch, rows, on), *_excluded(batch, rows, on), *_gone(batch, rows, on)]
    order = {row.household_id: at for at, row in enumerate(rows)}
    return sorted((Warning(home, rule, fact[:200], covers.get((home.pk, rule.value, fact[:200]))) for home, rule, fact in found), key=lambda one: (order[one.household.pk], one.rule))


Found = Iterator[tuple[Household, Rule, str]]


def _twice(rows: Sequence[Candidate]) -> Found:
    count = Counter((row.household_id, row.person_id, row.standard, row.commodity_id) for row in rows)
    seen = set()
    for row in rows:
        key = (row.household_id, row.person_id, row.standard, row.commodity_id)
        if count[key] > 1 and key not in seen:
            seen.add(key)
            yield row.household, Rule.TWICE_HERE, _("{n} 次").format(n=count[key])


def _through_two(rows: Sequence[Candidate]) -> Found:
    homes = {row.household_id: row.household for row in rows}
    places: dict[str, set[int]] = defaultdict(set)
    for household, person, number in Member.objects.filter(household__in=homes, ends_on=None).values_list("household_id", "person_id", "person__number_index"):
        places[number or f"person {person}"].add(household)
    for where in places.values():
        if len(where) > 1:
            for pk in where:
                others = _("、").join(homes[other].code for other in sorted(where - {pk}))
                yield homes[pk], Rule.TWO_HOUSEHOLDS, _("也在 {others} 户").format(others=others)


def _had(batch: Batch, rows: Sequence[Candidate], on: date) -> Found:
    """Tell of lines of the same purpose from other batches within the purpose's period, over all sources; of study aid: see _aided."""
    days = PERIOD[ProgrammeKind(batch.programme.kind)]
    if not days:
        return
    homes = {row.household_id: row for row in rows}
    other = Line.objects.standing().filter(household__in=homes, batch__programme__kind=batch.programme.kind, is_replacement=False, entry__on__gt=on - timedelta(days=days)).exclude(batch=batch)
    wanted = {row.commodity_id for row in rows if row.commodity_id} | {one.commodity_id for one in batch.standards.all()}
    if batch.programme.kind == ProgrammeKind.STUDY_AID:
        yield from _aided(batch, rows, on)
        return
    for line in other.select_related("batch__source", "household", "commodity", "entry").order_by("pk"):
        if batch.programme.kind == ProgrammeKind.LIVELIHOOD_SUPPORT and line.commodity_id not in wanted:
            continue
        yield homes[line.household_id].household, Rule.SAME_PURPOSE, _("{day}“{batch}”第 {n} 行，{source}").format(
            day=f"{line.entry.on:%Y-%m-%d}", batch=line.batch.title, n=line.number, source=line.batch.source.name)


def _aided(batch: Batch, rows: Sequence[Candidate], on: date) -> Found:
    """Tell of every grant of study aid's kind a student has for the term of the row, whoever gave it and in whichever household; a row that names no term: of the period."""
    since = on - timedelta(days=PERIOD[ProgrammeKind.STUDY_AID])
    known = grants.had({row.person_id for row in rows if row.person_id})
    for row in rows:
        said = told(row.basis)[1]
        term = said or term_on(batch.on)
        for one in known.get(row.person_id, []) if row.person_id else []:
            mine = one.line is not None and (one.line.batch_id == batch.pk or is_one_plan(one.line.basis, one.line.batch.source_id, row.basis, batch.source_id))
            near = one.line is not None and not (said and told(one.line.basis)[1]) and one.line.entry.on > since
            if one.kind == rules().grant and not mine and (one.term == term or near):
                yield row.household, Rule.SAME_PURPOSE, one.words


def _excluded(batch: Batch, rows: Sequence[Candidate], on: date) -> Found:
    """Tell of lines of this year in programmes that exclude this one, whichever of the two says so, whoever of the household has them."""
    homes = {row.household_id: row.household for row in rows}
    theirs = [one.code for one in Programme.objects.filter(town=batch.town) if batch.programme.code in one.excludes]
    codes = {*batch.programme.excludes, *theirs}
    for line in Line.objects.standing().filter(household__in=homes, batch__programme__code__in=codes, entry__on__year=on.year).select_related("batch__programme", "entry").order_by("pk"):
        yield homes[line.household_id], Rule.EXCLUDED, _("{day}“{batch}”第 {n} 行；“{one}”和“{other}”同年只能有一个").format(
            day=f"{line.entry.on:%Y-%m-%d}", batch=line.batch.title, n=line.number, one=batch.programme.name, other=line.batch.programme.name)


def _gone(batch: Batch, rows: Sequence[Candidate], on: date) -> Found:
    """Tell of who died or moved out since the list was begun, of households nobody is left in, and of those that are no longer of the kind asked for."""
    homes = {row.household_id: row.household for row in rows}
    people = {(row.household_id, row.person_id) for row in rows if row.person_id}
    began = batch.began_on
    left = Member.objects.filter(household__in=homes, ends_on__lte=on).exclude(ended_by="").select_related("person").order_by("ends_on")
    there = set(Member.objects.filter(household__in=homes, ends_on=None).values_list("household_id", flat=True))
    for one in left:
        is_recipient = (one.household_id, one.person_id) in people or (one.relation_to_head == "户主" and one.ends_on >= began)
        if is_recipient or (one.household_id not in there and one.ends_on >= began):
            rule = Rule.DIED if one.ended_by == Leaving.DEATH else Rule.MOVED_OUT
            yield homes[one.household_id], rule, _("{name} {day} {how}").format(name=one.person.name, day=f"{one.ends_on:%Y-%m-%d}", how=one.get_ended_by_display())
    for pk in homes.keys() - there:
        yield homes[pk], Rule.MOVED_OUT, _("户里没有人了")
    if asked := batch.basis.get("as"):
        still = set(standing(Household.objects.filter(pk__in=homes), asked).values_list("pk", flat=True))
        for pk in homes.keys() - still:
            yield homes[pk], Rule.NO_LONGER, _("{day} 起草时是").format(day=batch.basis.get("on", ""))
