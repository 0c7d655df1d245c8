"""Pages of study aid: applications with their checks, pledges and matches, what is asked before a term, grants from elsewhere."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.fields import typed
from bangfu.base.money import yuan
from bangfu.registry.access import household_to_write
from bangfu.registry.models import Area
from bangfu.registry.queries import head_name
from bangfu.registry.shown import shown

from . import grants, pledges, study
from .access import application_for, application_to_write, donor_for, office, pledge_for, study_handler, whole_town
from .errors import Refused
from .forms import ReasonForm
from .models import ApplicationState, DropoutAlert, Match, OtherGrant, Stage, StudyApplication
from .study_forms import ApplicationForm, DraftTermForm, EndForm, GrantForm, GrantListForm, HomeCheckForm, MatchForm, PledgeForm, yes_no
from .study_rules import first_day, is_term, order, rules, term_at, term_on

SHOWN = 200
COPIES = 10


def _name(one: object) -> str:
    return shown("name", one.person.name, one.person, clock.today())


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The desk: open alerts, pledges that lack money, doubles of this term, and the applications, the oldest first."""
    study_handler(request.user)
    if (code := request.GET.get("household", "").strip()) and request.user.keeps_register:
        try:
            return redirect("aid:new_application", household_to_write(request.user, code).code)
        except Http404:
            messages.warning(request, _("没有这个户编号。"))
    state = request.GET.get("state", "")
    rows = list(study.applications(request.user, state=state)[:SHOWN + 1])
    whole = request.user.runs_the_office or request.user.approves_aid
    town = Area.objects.filter(code=request.user.area).first() if whole else None
    here = term_on(clock.today())
    return render(request, "aid/study.html", {
        "rows": [(one, _name(one), yuan(one.cost_fen)) for one in rows[:SHOWN]], "more": len(rows) > SHOWN, "state": state, "states": ApplicationState.choices, "whole": town is not None, "term": here,
        "terms": [here, term_at(order(here) + 1)], "alerts": [(one, _name(one.application)) for one in study.alerts(request.user)], "may": request.user.keeps_register,
        "shortfalls": [(one, term, yuan(missing)) for one, term, missing in pledges.shortfalls(town, clock.today())] if town else [],
        "doubles": [(line, _name(line), more) for line, more in grants.doubles(request.user.area, here)]})  # fmt: skip


@require_http_methods(["GET", "POST"])
def new_application(request: HttpRequest, code: str) -> HttpResponse:
    """An application for one of a household."""
    found = household_to_write(request.user, code)
    form = ApplicationForm(request.POST if request.method == "POST" else None, household=found)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = study.apply(household=found, person=form.people[said["member"]], guardian=said["guardian"], school=said["school"], stage=said["stage"], term=said["term"], cost_fen=said["cost"],
                               reason=said["reason"], by=request.user)  # fmt: skip
            return redirect("aid:application", made.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "aid/form.html", {"form": form, "heading": _("{head}户申请助学").format(head=head_name(found, clock.today())), "act": _("保存")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def application(request: HttpRequest, code: str) -> HttpResponse:
    """One application with what was found of it, clause by clause; it is checked, decided and ended here."""
    found = application_to_write(request.user, code) if request.method == "POST" else application_for(request.user, code)
    act, data = request.POST.get("act", ""), request.POST
    town = f"{found.household.village_id[:9]}000"
    forms = {"check": HomeCheckForm(data if act == "check" else None, town=town, prefix="check", initial={"on": clock.today()}), "refuse": ReasonForm(data if act == "refuse" else None, prefix="refuse"),
             "end": EndForm(data if act == "end" else None, prefix="end", initial={"on": clock.today()}), "grant": GrantForm(data if act == "grant" else None, prefix="grant", initial={"term": found.term})}  # fmt: skip
    problems: list[str] = []
    if request.method == "POST":
        if act in ("accept", "refuse"):
            office(request.user)
        form = forms.get(act)
        try:
            if (form is None or form.is_valid()) and _done(request, found, act, form.cleaned_data if form else {}):
                return redirect("aid:application", found.code)
        except Refused as refusal:
            problems = str(refusal).splitlines()
            if form is not None:
                form.add_error(None, str(refusal))
                problems = []
        found.refresh_from_db()
    answers = study.eligibility(found)
    return render(request, "aid/study_application.html", {
        "application": found, "name": _name(found), "head": head_name(found.household, clock.today()), "cost": yuan(found.cost_fen), "answers": answers, "problems": problems,
        "may_accept": found.is_live and found.state != ApplicationState.ACCEPTED and request.user.runs_the_office, "checks": found.checks.select_related("checker_1", "checker_2", "checker_3"),
        "may": request.user.keeps_register, "office": request.user.runs_the_office, "let_pass": [(one.text, found.let_pass[one.clause.id]) for one in answers if one.clause.id in found.let_pass],
        "matches": [(one, yuan(one.fen)) for one in found.matches.select_related("pledge__donor", "pledge__source")], "had": grants.had([found.person_id])[found.person_id], "kind": rules().grant,
        "alert": DropoutAlert.objects.filter(application=found).first(), "copies": COPIES, **{f"{key}_form": form for key, form in forms.items()}}, status=422 if request.method == "POST" else 200)  # fmt: skip


def _done(request: HttpRequest, found: StudyApplication, act: str, said: dict) -> bool:
    by, post = request.user, request.POST
    if act == "check":
        people = Officer.objects.in_bulk([int(said[key]) for key in ("checker_1", "checker_2", "checker_3") if said[key]])
        study.check_home(application=found, on=said["on"], finding=said["finding"], checkers=tuple(people.values()), cannot_afford=said["cannot_afford"] == "yes", at_school=yes_no(said["at_school"]), by=by)
    elif act == "accept":
        study.accept(application=found, by=by, reasons={one.id: typed(post, f"reason-{one.id}", 100) for one in rules().clauses})
    elif act == "refuse":
        study.refuse(application=found, reason=said["reason"], by=by)
    elif act == "end":
        n = study.end(application=found, stop=said["stop"], on=said["on"], reason=said["reason"], by=by)
        if n:
            messages.warning(request, ngettext("还有 {n} 行发了没有到账，办结那一批时退回来源。", "还有 {n} 行发了没有到账，办结那一批时退回来源。", n).format(n=n))
    elif act == "grant":
        grants.write(person=found.person, term=said["term"], kind=said["kind"], source=said["source"], by=by)
    elif act == "alert":
        alert = DropoutAlert.objects.filter(application=found).first()
        if alert is None:
            raise Http404
        study.close_alert(alert=alert, outcome=typed(post, "outcome", 200), by=by)
    else:
        return False
    return True


@require_POST
def registration_form(request: HttpRequest, code: str) -> HttpResponse:
    """资助登记表 as a page to print, in Chinese whoever asks, as often as it is asked for."""
    found = application_to_write(request.user, code)
    asked = request.POST.get("copies", "1")
    copies = max(1, min(COPIES, int(asked))) if asked.isdecimal() and len(asked) < 4 else 1
    trail.write("study_form_printed", found.code, who=request.user.username, result=f"{copies}")
    with translation.override("zh-hans"):
        return render(request, "aid/study_form.html", {
            "application": found, "name": _name(found), "head": head_name(found.household, clock.today()), "cost": yuan(found.cost_fen), "check": found.checks.select_related("checker_1", "checker_2", "checker_3").first(),
            "answers": study.eligibility(found), "matches": [(one, yuan(one.fen)) for one in found.matches.filter(ended_on=None).select_related("pledge__source")], "copies": range(1, copies + 1), "count": copies})  # fmt: skip


@require_http_methods(["GET", "POST"])
def new_pledge(request: HttpRequest, code: str) -> HttpResponse:
    """What a donor promises is written down."""
    office(request.user)
    found = donor_for(request.user, code)
    form = PledgeForm(request.POST if request.method == "POST" else None, officer=request.user)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = pledges.pledge(donor=found, per_term_fen=said.pop("fen"), by=request.user, **said)
            return redirect("aid:pledge", made.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "aid/form.html", {"form": form, "heading": _("{donor}认捐助学").format(donor=found.name), "act": _("保存")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def pledge(request: HttpRequest, code: str) -> HttpResponse:
    """A pledge with its matches and who is next; students are matched here."""
    found = pledge_for(request.user, code)
    act = request.POST.get("act", "")
    form = MatchForm(request.POST if act == "match" else None, pledge=found)
    if request.method == "POST":
        office(request.user)
        try:
            if act == "match" and form.is_valid():
                said = form.cleaned_data
                student = application_for(request.user, said["application"])
                pledges.match(pledge=found, application=student, fen=said["fen"], from_term=said["from_term"], to_term=said["to_term"], departed=said["departed"], by=request.user)
                return redirect("aid:pledge", found.code)
            if act == "end":
                pledges.end_match(match=_match(found.matches, request.POST.get("key", "")), reason=typed(request.POST, "reason", 100), by=request.user)
                return redirect("aid:pledge", found.code)
        except Refused as refusal:
            form.add_error(None, str(refusal)) if act == "match" else messages.warning(request, str(refusal))
    term = max(term_on(clock.today()), found.first_term, key=order)
    return render(request, "aid/study_pledge.html", {
        "pledge": found, "per_term": yuan(found.per_term_fen), "last": pledges.last_term(found), "term": term, "free": yuan(pledges.free(found, [term])), "form": form, "may": request.user.runs_the_office,
        "stages": [Stage(one).label for one in found.stages], "villages": Area.objects.filter(code__in=found.villages), "next": [(one, _name(one), yuan(fen)) for one, fen in pledges.proposal(found, term)],
        "matches": [(one, _name(one.application), yuan(one.fen)) for one in found.matches.select_related("application__person", "application__household__village", "ended_by")]},
        status=422 if request.method == "POST" else 200)  # fmt: skip


def _match(rows: object, key: str) -> Match:
    found = rows.filter(pk=int(key)).select_related("pledge", "application").first() if key.isdecimal() and len(key) < 18 else None
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
def term(request: HttpRequest, name: str) -> HttpResponse:
    """Before a term: is each student still at school, a grade on, and is there money; who has all yes goes on a list per source."""
    town = whole_town(request.user)
    if not is_term(name):
        raise Http404
    act = request.POST.get("act", "")
    form = DraftTermForm(request.POST if act == "draft" else None, town=town, initial={"on": clock.today()})
    rows = pledges.before(town, name)
    if request.method == "POST":
        office(request.user)
        if act == "answer":
            _answer(request, rows, name)
            return redirect("aid:study_term", name)
        try:
            if act == "draft" and form.is_valid():
                made = pledges.draft_term(town=town, term=name, by=request.user, **form.cleaned_data)
                messages.success(request, ngettext("起草了 {n} 批，每个来源一批。", "起草了 {n} 批，每个来源一批。", len(made)).format(n=len(made)))
                return redirect("aid:study_term", name)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    starts = first_day(name)
    return render(request, "aid/study_term.html", {
        "term": name, "starts": starts, "form": form, "may": request.user.runs_the_office, "rows": [(one, _name(one.match.application), yuan(one.match.fen)) for one in rows],
        "ready": sum(one.ready for one in rows), "before": term_at(order(name) - 1), "after": term_at(order(name) + 1), "asked_from": starts - timedelta(days=rules().ahead_days),
        "shortfalls": [(one, yuan(missing)) for one, of, missing in pledges.shortfalls(town, max(clock.today(), starts)) if of == name]}, status=422 if request.method == "POST" else 200)  # fmt: skip


def _answer(request: HttpRequest, rows: list[pledges.Asked], name: str) -> None:
    for student, asks in {one.match.application: one.asks_advance for one in rows}.items():
        at_school, advanced = (yes_no(request.POST.get(f"{what}-{student.code}", "")) for what in ("at_school", "advanced"))
        if at_school is not None:
            pledges.answer(application=student, term=name, at_school=at_school, advanced=advanced if asks else None, by=request.user)


@require_http_methods(["GET", "POST"])
def other_grants(request: HttpRequest) -> HttpResponse:
    """Grants from elsewhere: a list is pasted, a wrong one withdrawn."""
    whole_town(request.user)
    act = request.POST.get("act", "")
    form = GrantListForm(request.POST if act == "list" else None)
    if request.method == "POST":
        office(request.user)
        try:
            if act == "list" and form.is_valid():
                new, known = grants.take_in(text=form.cleaned_data["text"], by=request.user)
                messages.success(request, _("记了 {new} 条，{known} 条本来就有。").format(new=new, known=known))
                return redirect("aid:other_grants")
            if act == "withdraw":
                grants.withdraw(grant=_grant(request.user, request.POST.get("key", "")), reason=typed(request.POST, "reason", 100), by=request.user)
                return redirect("aid:other_grants")
        except Refused as refusal:
            for problem in str(refusal).splitlines():
                form.add_error("text", problem) if act == "list" else messages.warning(request, problem)
    rows = grants.of_town(request.user.area)[:SHOWN]
    return render(request, "aid/study_grants.html", {"rows": [(one, _name(one)) for one in rows], "form": form, "may": request.user.runs_the_office}, status=422 if request.method == "POST" else 200)


def _grant(officer: Officer, key: str) -> OtherGrant:
    found = grants.of_town(officer.area).filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None
    if found is None:
        raise Http404
    return found
