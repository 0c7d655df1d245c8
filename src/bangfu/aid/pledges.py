"""Pledges of study aid: what donors promise each term, to whom it goes, and what is paid before each term begins.

Promises: what is matched of a pledge in a term never exceeds it, nor what an application is given its cost; whoever goes past the oldest accepted
application says why; a term's list is drafted once per source, and a student already on one is not put on another for the same pledge.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.codes import new_code
from bangfu.registry.models import Area

from . import accounts, batches, ledger, queries, study
from .errors import NotNow, Refused, StandsAlready
from .ledger import amount
from .models import (
    ApplicationState,
    Batch,
    BatchState,
    Candidate,
    Commodity,
    Donor,
    FundSource,
    Line,
    Match,
    Pledge,
    Programme,
    ProgrammeKind,
    SourceKind,
    Stage,
    StudyApplication,
    TermAnswer,
)
from .models.ledger import MONEY
from .study_rules import basis, is_term, order, rules, term_at, term_on, terms_from, told


@transaction.atomic
def pledge(*, donor: Donor, source_name: str, per_term_fen: int, first_term: str, terms: int, in_by: date, by: Officer, stages: Sequence[str] = (), villages: Sequence[str] = (),
           source: FundSource | None = None) -> Pledge:
    """Write a pledge down with a source of its own, which is for study aid only (and for its villages, where it names some)."""
    if per_term_fen <= 0 or terms <= 0 or not is_term(first_term):
        raise Refused(_("请写每学期多少、从哪个学期起、几个学期。"))
    if source is None:
        if FundSource.objects.filter(town=donor.town, name=source_name).exists():
            raise StandsAlready(_("已经有叫这个名字的来源。"))
        limits = {"programmes": [ProgrammeKind.STUDY_AID.value]} | ({"villages": list(villages)} if villages else {})
        source = FundSource.objects.create(code=new_code(), town=donor.town, name=source_name, kind=SourceKind.DONATION, terms=limits)
        trail.write("source_written", source.code, who=by.username)
    made = Pledge.objects.create(code=new_code(), donor=donor, source=source, per_term_fen=per_term_fen, first_term=first_term, terms=terms, stages=list(stages), villages=list(villages), in_by=in_by, by=by,
                                 at=clock.now())  # fmt: skip
    trail.write("pledge_written", made.code, who=by.username, result=f"{terms}")
    return made


def of_town(town: Area) -> QuerySet[Pledge]:
    """Return a town's pledges."""
    return Pledge.objects.filter(donor__town=town).select_related("donor", "source")


def last_term(of: Pledge) -> str:
    """Return the last term a pledge is for."""
    return term_at(order(of.first_term) + of.terms - 1)


def in_force(one: Match, term: str) -> bool:
    """Whether a live match is for a term."""
    return one.ended_on is None and order(one.from_term) <= order(term) <= order(one.to_term)


def matched(rows: Iterable[Match], terms: Iterable[str]) -> Counter[str]:
    """Return what live matches come to in each of some terms."""
    rows = list(rows)
    return Counter({term: sum(one.fen for one in rows if in_force(one, term)) for term in terms})


def free(of: Pledge, terms: Sequence[str]) -> int:
    """Return what is left of a pledge in every one of some terms: the least of them."""
    taken = matched(of.matches.filter(ended_on=None), terms)
    return of.per_term_fen - max(taken.values(), default=0)


def need(application: StudyApplication, terms: Sequence[str]) -> int:
    """Return what an application still lacks in the term in which it has most."""
    taken = matched(application.matches.filter(ended_on=None), terms)
    return application.cost_fen - max(taken.values(), default=0)


def fits(of: Pledge, application: StudyApplication) -> bool:
    """Whether the pledge's restrictions let it go to this application."""
    return (not of.stages or application.stage in of.stages) and (not of.villages or application.household.village_id in of.villages)


def proposal(of: Pledge, term: str) -> list[tuple[StudyApplication, int]]:
    """Return who is next, the oldest accepted application first inside the restrictions, each with what it would get of what is left."""
    left, found = free(of, [term]), []
    waiting = StudyApplication.objects.filter(state=ApplicationState.ACCEPTED, household__village__code__startswith=of.donor.town_id[:9]).exclude(matches__in=of.matches.filter(ended_on=None))
    for one in waiting.select_related("household__village", "person").prefetch_related("matches").order_by("at", "pk"):
        if left <= 0:
            break
        if order(one.term) <= order(term) and fits(of, one) and (lacks := need(one, [term])) > 0:
            given = min(left, lacks)
            found.append((one, given))
            left -= given
    return found


@transaction.atomic
def match(*, pledge: Pledge, application: StudyApplication, fen: int, from_term: str, to_term: str, by: Officer, departed: str = "") -> Match:
    """Match an accepted application with a pledge for some terms. Whoever is not next in the proposal wants a reason."""
    found = Pledge.objects.select_for_update(of=("self",)).select_related("donor", "source").get(pk=pledge.pk)
    student = StudyApplication.objects.select_for_update(of=("self",)).select_related("household").get(pk=application.pk)
    if student.state != ApplicationState.ACCEPTED:
        raise NotNow(_("这份申请还没有同意，或已经结束。"))
    if fen <= 0:
        raise Refused(_("金额要大于 0。"))
    if not is_term(from_term) or not is_term(to_term) or order(to_term) < order(from_term):
        raise Refused(_("学期写成 2017秋 这样，后面的学期不能在前。"))
    if order(from_term) < order(found.first_term) or order(to_term) > order(last_term(found)):
        raise Refused(_("这笔认捐是从 {first} 到 {last} 的。").format(first=found.first_term, last=last_term(found)))
    if not fits(found, student):
        raise NotNow(_("这笔认捐限定了学段或村，这个学生不在里面。"))
    if found.matches.filter(application=student, ended_on=None).exists():
        raise StandsAlready(_("这个学生已经和这笔认捐结对了。"))
    terms, yuan = terms_from(from_term, order(to_term) - order(from_term) + 1), Commodity.objects.get(pk=MONEY)
    if (left := free(found, terms)) < fen:
        raise Refused(_("这笔认捐这几个学期每学期还有 {left}，不够 {asked}。").format(left=amount(yuan, left), asked=amount(yuan, fen)))
    if (lacks := need(student, terms)) < fen:
        raise Refused(_("这个学生每学期还差 {lacks}，不用给 {asked}。").format(lacks=amount(yuan, lacks), asked=amount(yuan, fen)))
    following = proposal(found, from_term)
    departs = not following or following[0][0].pk != student.pk
    if departs and not departed.strip():
        raise Refused(_("前面还有更早的申请，不按顺序请写原因。"))
    made = Match.objects.create(pledge=found, application=student, fen=fen, from_term=from_term, to_term=to_term, departed=departed.strip() if departs else "", by=by, at=clock.now())
    trail.write("study_matched", f"{found.code} {student.code}", who=by.username, result="departed" if departs else "")
    return made


@transaction.atomic
def end_match(*, match: Match, reason: str, by: Officer) -> None:
    """End a match; the application waits again. The student leaves the lists of this source that are not posted."""
    if not reason.strip():
        raise Refused(_("请写原因。"))
    if not Match.objects.filter(pk=match.pk, ended_on=None).update(ended_on=clock.today(), end_reason=reason.strip(), ended_by=by):
        raise StandsAlready(_("这个结对已经结束了。"))
    study.take_off(application=match.application, reason=reason.strip()[:100], by=by, source=match.pledge.source_id)
    trail.write("study_match_ended", f"{match.pledge.code} {match.application.code}", who=by.username)


@dataclass(frozen=True)
class Report:
    """What a donor may know: money of each pledge, and how many were reached, by stage and in how many villages. Nobody is in it."""

    received: int
    spent: int
    unspent: int
    by_stage: list[tuple[str, int]]
    students: int
    villages: int


def report(donor: Donor) -> Report:
    """Return a donor's report over all pledges: spent is what was issued and stands; reached is who really received."""
    sources = list(FundSource.objects.filter(pledge__donor=donor))
    sums = [one for one in queries.funds(sources) if one.commodity.is_money]
    lines = [line for line in Line.objects.standing().with_signed().filter(drawn_from__source__in=sources, person__isnull=False).select_related("household") if line.signed >= line.quantity]
    stages = dict(StudyApplication.objects.filter(code__in={told(line.basis)[0] for line in lines}).values_list("code", "stage"))
    counted = Counter(stage for stage, _person in {(stages.get(told(line.basis)[0], ""), line.person_id) for line in lines})
    labels = [(str(label), counted[value]) for value, label in Stage.choices if counted[value]] + ([(_("没有写学段"), counted[""])] if counted[""] else [])
    return Report(sum(one.came for one in sums), sum(one.issued + one.spent - one.refunded for one in sums), sum(one.left for one in sums), labels, len({line.person_id for line in lines}),
                  len({line.household.village_id for line in lines}))  # fmt: skip


def shortfalls(town: Area, today: date) -> list[tuple[Pledge, str, int]]:
    """Return the pledges that lack money for the term that begins within the rulebook's days, or has begun: pledge, term, how much is missing."""
    found = []
    for term in dict.fromkeys((term_on(today), term_on(today + timedelta(days=rules().ahead_days)))):
        for one in of_town(town):
            if order(one.first_term) <= order(term) <= order(last_term(one)):
                missing = _to_be_paid(one, term) - _there(one.source)
                if missing > 0:
                    found.append((one, term, missing))
    return found


def _to_be_paid(of: Pledge, term: str) -> int:
    """Return what a pledge is still to pay in a term: its live matches without what is issued already."""
    paid = _issued(of.source_id, term)
    return sum(one.fen for one in of.matches.filter(ended_on=None).select_related("application") if in_force(one, term) and one.application.code not in paid)


def _issued(source: int, term: str) -> set[str]:
    return {told(text)[0] for text in Line.objects.standing().filter(batch__source=source, basis__endswith=f" {term}").values_list("basis", flat=True)}


def _there(source: FundSource) -> int:
    """Return what stands at a source and in its batches that go on, and is not on anybody's line."""
    going = source.batches.filter(state=BatchState.APPROVED)
    return sum(ledger.there(place, MONEY, clock.today()) for place in (accounts.of_source(source), *(accounts.of_batch(one) for one in going)))


def _bespoken(source: FundSource) -> int:
    """Return what the lists of a source ask for that are not posted yet."""
    rows = Candidate.objects.filter(batch__source=source, posted=False, left_out="", commodity=MONEY).exclude(batch__state__in=(BatchState.THROWN_AWAY, BatchState.CLOSED))
    return rows.aggregate(n=Sum("quantity"))["n"] or 0


@dataclass(frozen=True)
class Asked:
    """One live match before a term: what was answered, and whether there is money for it. `listed`: the batch it is on already."""

    match: Match
    at_school: bool | None
    advanced: bool | None
    asks_advance: bool
    funded: bool
    listed: Batch | None

    @property
    def answered(self) -> bool:
        return self.at_school is not None and (self.advanced is not None or not self.asks_advance)

    @property
    def ready(self) -> bool:
        """Whether all is yes and the student is on no list yet."""
        return self.at_school is True and (self.advanced is True or not self.asks_advance) and self.funded and self.listed is None


def before(town: Area, term: str) -> list[Asked]:
    """Return the live matches of a term, the oldest first: money goes round in this order."""
    rows = [one for one in Match.objects.filter(ended_on=None, pledge__donor__town=town, application__state=ApplicationState.ACCEPTED).select_related(
        "pledge__source", "pledge__donor", "application__household__village", "application__person").order_by("pk") if in_force(one, term)]
    answers = {}
    for one in TermAnswer.objects.filter(term=term, application__in=[row.application_id for row in rows]).order_by("-pk"):
        answers.setdefault(one.application_id, one)
    left = {source.pk: _there(source) - _bespoken(source) for source in {row.pledge.source_id: row.pledge.source for row in rows}.values()}
    on_lists, found = _on_lists(term), []
    for row in rows:
        said, source = answers.get(row.application_id), row.pledge.source_id
        listed = on_lists.get((source, row.application.code))
        asks = term.endswith("秋") and order(term) > order(row.from_term)
        funded = listed is not None or left[source] >= row.fen
        if listed is None and funded:
            left[source] -= row.fen
        found.append(Asked(row, said.at_school if said else None, said.advanced if said else None, asks, funded, listed))
    return found


def _on_lists(term: str) -> dict[tuple[int, str], Batch]:
    """Return the batches students are on for a term, by source and application: on a list that goes on, or issued and standing."""
    going = Candidate.objects.filter(basis__endswith=f" {term}", basis__startswith="study ").exclude(batch__state__in=(BatchState.THROWN_AWAY, BatchState.CLOSED))
    found = {(one.batch.source_id, told(one.basis)[0]): one.batch for one in going.select_related("batch")}
    for line in Line.objects.standing().filter(basis__endswith=f" {term}", basis__startswith="study ").select_related("batch"):
        found[line.batch.source_id, told(line.basis)[0]] = line.batch
    return found


@transaction.atomic
def answer(*, application: StudyApplication, term: str, at_school: bool, by: Officer, advanced: bool | None = None) -> TermAnswer | None:
    """Add what was asked of a student before a term; nothing where it is what stands there."""
    last = application.answers.filter(term=term).first()
    if last is not None and (last.at_school, last.advanced) == (at_school, advanced):
        return None
    made = TermAnswer.objects.create(application=application, term=term, at_school=at_school, advanced=advanced, by=by, at=clock.now())
    trail.write("study_term_answered", f"{application.code} {term}", who=by.username)
    return made


@transaction.atomic
def draft_term(*, town: Area, term: str, programme: Programme, on: date, by: Officer) -> list[Batch]:
    """Draft a batch per source for a term, of those with all yes; whoever is on one already stays there."""
    if programme.kind != ProgrammeKind.STUDY_AID:
        raise Refused(_("请选一个助学的项目。"))
    ledger.locked()
    list(Pledge.objects.select_for_update().filter(donor__town=town).order_by("pk"))
    rows = [one.match for one in before(town, term) if one.ready]
    if not rows:
        raise NotNow(_("没有可以发的学生：还没有答完，钱没有到，或已经在名单上。"))
    money, made = Commodity.objects.get(pk=MONEY), {}
    for row in rows:
        source = row.pledge.source
        if source.pk not in made:
            made[source.pk] = batches.draft(programme=programme, source=source, title=_("{term}助学（{source}）").format(term=term, source=source.name)[:60], on=on, by=by, by_bank=True)
        batches.add(batch=made[source.pk], household=row.application.household, person=row.application.person, standard=Stage(row.application.stage).label, commodity=money, quantity=row.fen,
                    basis=basis(row.application.code, term))  # fmt: skip
    return list(made.values())
