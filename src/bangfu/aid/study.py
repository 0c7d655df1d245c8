"""Applications for study aid: made, looked into at home, judged clause by clause, accepted or refused, ended.

Promises: one live application per person and term; each clause answers yes, no or "to be asked" with a sentence why; nothing is accepted while
a clause is open, and a "no" only where the rulebook calls the clause soft and the clerk says why; an end takes the student off every list
that is not posted yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.codes import new_code
from bangfu.registry.models import Household, Member, Person

from . import batches, grants
from .errors import NotNow, Refused, StandsAlready
from .models import ApplicationState, BatchState, Candidate, DropoutAlert, HomeCheck, Line, Stage, Stop, StudyApplication
from .study_rules import Clause, is_term, rules

YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True)
class Answer:
    """What a clause says of an application, and why in a sentence."""

    clause: Clause
    says: str
    why: str

    @property
    def text(self) -> str:
        """The clause in the language of the page."""
        return _(self.clause.text)


@transaction.atomic
def apply(*, household: Household, person: Person, guardian: str, school: str, stage: str, term: str, cost_fen: int, reason: str, by: Officer) -> StudyApplication:
    """Enter an application for a present member of a household."""
    if not Member.objects.filter(household=household, person=person, ends_on=None).exists():
        raise Refused(_("这个人现在不在这一户。"))
    if not is_term(term):
        raise Refused(_("学期写成 2017秋 这样。"))
    if cost_fen <= 0:
        raise Refused(_("费用要大于 0。"))
    Person.objects.select_for_update().get(pk=person.pk)
    if StudyApplication.objects.live().filter(person__in=grants.alike([person.pk]), term=term).exists():
        raise StandsAlready(_("这个学生这个学期已经有一份申请。"))
    made = StudyApplication.objects.create(code=new_code(), household=household, person=person, guardian=guardian, school=school, stage=stage, term=term, cost_fen=cost_fen, reason=reason, by=by, at=clock.now())
    trail.write("study_applied", made.code, who=by.username, result=term)
    return made


def _live(application: StudyApplication) -> StudyApplication:
    """Return the application, nobody else's to change until this transaction ends. Raises NotNow when it was refused or ended."""
    found = StudyApplication.objects.select_for_update(of=("self",)).select_related("household__village", "person").get(pk=application.pk)
    if not found.is_live:
        raise NotNow(_("这份申请已经有结果了。"))
    return found


@transaction.atomic
def check_home(*, application: StudyApplication, on: date, finding: str, checkers: tuple[Officer, ...], cannot_afford: bool, by: Officer, at_school: bool | None = None) -> HomeCheck:
    """Add what two or three people found at home; the newest counts."""
    found = _live(application)
    if len(checkers) not in (2, 3) or len({one.pk for one in checkers}) != len(checkers):
        raise Refused(_("入户核实要两个或三个不同的人。"))
    if on > clock.today():
        raise Refused(_("这一天还没有到。"))
    made = HomeCheck.objects.create(application=found, on=on, finding=finding, checker_1=checkers[0], checker_2=checkers[1], checker_3=checkers[2] if len(checkers) > 2 else None, cannot_afford=cannot_afford,
                                    at_school=at_school, by=by, at=clock.now())  # fmt: skip
    StudyApplication.objects.filter(pk=found.pk, state=ApplicationState.APPLIED).update(state=ApplicationState.CHECKED)
    trail.write("study_home_checked", found.code, who=by.username)
    return made


def eligibility(application: StudyApplication) -> list[Answer]:
    """Return the answer to every clause of the rulebook, in its order."""
    check = application.checks.first()
    return [Answer(clause, *_ASKED[clause.kind](clause, application, check)) for clause in rules().clauses]


def _on_register(clause: Clause, application: StudyApplication, _check: HomeCheck | None) -> tuple[str, str]:
    there = [one for one in application.household.statuses.present() if one.kind in clause.statuses]
    if there:
        return YES, _("在册：{kinds}。").format(kinds=_("、").join(str(one.get_kind_display()) for one in there))
    return NO, _("这一户现在不在册。")


def _at_school(_clause: Clause, application: StudyApplication, check: HomeCheck | None) -> tuple[str, str]:
    stage = Stage(application.stage).label
    if application.stage not in rules().stages:
        return NO, _("{stage}不在资助范围内。").format(stage=stage)
    if check is not None and check.at_school is not None:
        return (YES, _("{day} 核实：在读，{stage}。").format(day=f"{check.on:%Y-%m-%d}", stage=stage)) if check.at_school else (NO, _("{day} 核实：不在读。").format(day=f"{check.on:%Y-%m-%d}"))
    said = (application.person.facts or {}).get("school_stage") or ""
    if not said:
        return UNKNOWN, _("系统里没有写在校情况。请看学籍证明或问学校。")
    if (known := rules().register.get(said)) is None:
        return NO, _("系统里写的是“{said}”。").format(said=said)
    if known != application.stage:
        return UNKNOWN, _("系统里写的是“{said}”，申请写的是{stage}。请看学籍证明或问学校。").format(said=said, stage=stage)
    return YES, _("系统里写的是“{said}”。").format(said=said)


def same_kind(application: StudyApplication, term: str) -> list[grants.Had]:
    """Return what the student has for a term of the kind this programme gives, other than by this very application."""
    return [one for one in grants.had([application.person_id])[application.person_id]
            if one.term == term and one.kind == rules().grant and (one.line is None or f" {application.code} " not in one.line.basis)]


def _no_other_grant(_clause: Clause, application: StudyApplication, _check: HomeCheck | None) -> tuple[str, str]:
    if found := same_kind(application, application.term):
        return NO, _("已有：{what}。").format(what=_("；").join(one.words for one in found))
    return YES, _("各个来源里没有查到 {term} 的同类资助。").format(term=application.term)


def _cannot_afford(_clause: Clause, _application: StudyApplication, check: HomeCheck | None) -> tuple[str, str]:
    if check is None:
        return UNKNOWN, _("还没有入户核实。")
    day = f"{check.on:%Y-%m-%d}"
    return (YES, _("{day} 核实：无力承担。").format(day=day)) if check.cannot_afford else (NO, _("{day} 核实：承担得起。").format(day=day))


_ASKED = {"register": _on_register, "school": _at_school, "other_grant": _no_other_grant, "home_check": _cannot_afford}


@transaction.atomic
def accept(*, application: StudyApplication, by: Officer, reasons: Mapping[str, str] | None = None) -> None:
    """Accept an application: it waits for a donor. `reasons`: clause -> why a "no" of a soft clause is let pass."""
    found = _live(application)
    if found.state == ApplicationState.ACCEPTED:
        raise StandsAlready(_("这份申请已经同意了。"))
    reasons = {key: reason.strip() for key, reason in (reasons or {}).items()}
    problems, let_pass = [], {}
    for one in eligibility(found):
        if one.says == UNKNOWN:
            problems.append(_("“{clause}”还要问清楚：{why}").format(clause=one.text, why=one.why))
        elif one.says == NO and not one.clause.soft:
            problems.append(_("“{clause}”不符合：{why}").format(clause=one.text, why=one.why))
        elif one.says == NO and not reasons.get(one.clause.id):
            problems.append(_("“{clause}”不符合，要同意请写原因：{why}").format(clause=one.text, why=one.why))
        elif one.says == NO:
            let_pass[one.clause.id] = reasons[one.clause.id][:100]
    if problems:
        raise Refused("\n".join(problems))
    found.state, found.let_pass, found.decided_by, found.decided_at = ApplicationState.ACCEPTED, let_pass, by, clock.now()
    found.save(update_fields=["state", "let_pass", "decided_by", "decided_at"])
    trail.write("study_accepted", found.code, who=by.username, result=f"{len(let_pass)}")


@transaction.atomic
def refuse(*, application: StudyApplication, reason: str, by: Officer) -> None:
    """Refuse an application with a reason."""
    found = _live(application)
    if found.state == ApplicationState.ACCEPTED:
        raise NotNow(_("已经同意的申请不能再写不同意，请写为什么结束。"))
    if not reason.strip():
        raise Refused(_("请写为什么不同意。"))
    found.state, found.refused_because, found.decided_by, found.decided_at = ApplicationState.REFUSED, reason.strip(), by, clock.now()
    found.save(update_fields=["state", "refused_because", "decided_by", "decided_at"])
    trail.write("study_refused", found.code, who=by.username)


@transaction.atomic
def end(*, application: StudyApplication, stop: str, on: date, reason: str, by: Officer) -> int:
    """End an application and its matches; the student leaves every list that is not posted. Returns how many lines are issued and not paid yet:
    their money goes back when the batch is closed. Leaving school opens an alert."""
    found = _live(application)
    if stop not in Stop.values:
        raise Refused(_("请选为什么结束。"))
    if not reason.strip():
        raise Refused(_("请写原因。"))
    if on > clock.today():
        raise Refused(_("这一天还没有到。"))
    found.state, found.stop, found.stop_reason, found.ended_on, found.ended_by = ApplicationState.ENDED, stop, reason.strip(), on, by
    found.save(update_fields=["state", "stop", "stop_reason", "ended_on", "ended_by"])
    found.matches.filter(ended_on=None).update(ended_on=on, ended_by=by, end_reason=f"{Stop(stop).label}：{reason.strip()}"[:200])
    take_off(application=found, reason=f"{Stop(stop).label}：{reason.strip()}"[:100], by=by)
    if stop == Stop.LEFT_SCHOOL:
        DropoutAlert.objects.create(application=found, on=on, by=by, at=clock.now())
    trail.write("study_ended", found.code, who=by.username, result=stop)
    return _unpaid(found)


def take_off(*, application: StudyApplication, reason: str, by: Officer, source: int | None = None) -> None:
    """Take a student off the lists that are not posted: drafts lose the row, of fixed lists it is left out with the reason."""
    rows = Candidate.objects.filter(basis__startswith=f"study {application.code} ", posted=False, left_out="").select_related("batch")
    for row in rows.filter(batch__source=source) if source else rows:
        if row.batch.state == BatchState.DRAFT:
            batches.take_off(batch=row.batch, keys=[row.pk], by=by)
        elif row.batch.state in (BatchState.CHECKED, BatchState.DISCLOSED, BatchState.APPROVED):
            batches.leave_out(candidate=row, reason=reason, by=by)


def _unpaid(application: StudyApplication) -> int:
    return Line.objects.open().filter(basis__startswith=f"study {application.code} ").count()


@transaction.atomic
def close_alert(*, alert: DropoutAlert, outcome: str, by: Officer) -> None:
    """Write what became of a student who left school."""
    if not outcome.strip():
        raise Refused(_("请写结果。"))
    if not DropoutAlert.objects.filter(pk=alert.pk, closed_at=None).update(outcome=outcome.strip(), closed_by=by, closed_at=clock.now()):
        raise StandsAlready(_("这一条已经有结果了。"))
    trail.write("dropout_closed", alert.application.code, who=by.username)


def alerts(officer: Officer) -> QuerySet[DropoutAlert]:
    """Return the open alerts of the students an officer handles, the newest first."""
    mine = StudyApplication.objects.in_scope(officer)
    return DropoutAlert.objects.filter(closed_at=None, application__in=mine).select_related("application__household__village", "application__person")


def applications(officer: Officer, state: str = "", term: str = "") -> QuerySet[StudyApplication]:
    """Return the applications an officer handles, the oldest first."""
    rows = StudyApplication.objects.in_scope(officer).select_related("household__village", "person")
    if state in ApplicationState.values:
        rows = rows.filter(state=state)
    return rows.filter(term=term) if term else rows
