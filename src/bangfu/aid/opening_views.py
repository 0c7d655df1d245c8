"""Pages of 历史导入: files that came in, one of them with everything that was read and guessed, what its columns mean."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bangfu.base import clock
from bangfu.registry.models import Household
from bangfu.registry.queries import current_members, head_name

from . import opening
from .access import approver, office, opening_for, whole_town
from .errors import Refused
from .models import OpeningImport, OpeningState
from .opening_forms import ExplainForm, LedgerColumnsForm, NewOpeningForm
from .received import received

SHOWN = 300


@require_GET
def openings(request: HttpRequest) -> HttpResponse:
    """The ledgers of past years that came in, and how far each is."""
    town = whole_town(request.user)
    rows = OpeningImport.objects.filter(town=town).exclude(state=OpeningState.THROWN_AWAY).select_related("source", "programme", "by", "batch")
    return render(request, "aid/openings.html", {"rows": rows, "may": request.user.runs_the_office, "starts": opening.ledger_starts(town)})


@require_http_methods(["GET", "POST"])
def new_opening(request: HttpRequest) -> HttpResponse:
    """A ledger of past years comes in."""
    town = office(request.user)
    form = NewOpeningForm(*((request.POST, request.FILES) if request.method == "POST" else ()), town=town)
    if form.is_valid():
        said = dict(form.cleaned_data)
        try:
            with received(said.pop("file")) as path:
                made = opening.take_in(path=path, town=town, by=request.user, **said)
            return redirect("aid:opening", made.code)
        except Refused as refusal:
            for problem in str(refusal).splitlines():
                form.add_error("file", problem)
    return render(request, "aid/new_opening.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def opening_page(request: HttpRequest, code: str) -> HttpResponse:
    """What was read of a file, what stands against it, what was guessed; every step is taken here."""
    found = opening_for(request.user, code)
    act, form, refused = request.POST.get("act", ""), None, ""
    if request.method == "POST":
        approver(request.user) if act == "approve" else office(request.user)
        form = ExplainForm(request.POST) if act == "explain" else None
        try:
            if (form is None or form.is_valid()) and _done(request, found, act, form.cleaned_data if form else {}):
                return redirect("aid:opening", found.code)
        except Refused as refusal:
            form.add_error(None, str(refusal)) if form else None
            refused = "" if form else str(refusal)
        found = opening_for(request.user, code)
    plan = None
    if found.state in (OpeningState.DRAFT, OpeningState.SUBMITTED):
        try:
            plan = opening.plan(found)
        except Refused as refusal:
            refused = str(refusal)
        except FileNotFoundError:
            refused = _("文件已经不在了，请重新交。")
    return render(request, "aid/opening.html", {
        "opening": found, "plan": plan, "lines": _lines(plan), "against": opening.against(found, plan) if plan else [], "stale": bool(plan and found.explanation and not opening.is_explained(found, plan)), "guesses": plan.guesses if plan else found.said.get("guesses", []),
        "left_out": plan.left_out if plan else found.said.get("left_out", []), "may": request.user.runs_the_office, "may_approve": request.user.approves_aid,
        "form": form or ExplainForm(), "refused": refused.splitlines()}, status=422 if request.method == "POST" else 200)  # fmt: skip


def _lines(plan: opening.Plan | None) -> list[tuple[opening.Given, str, Household, str]]:
    rows = plan.lines[:SHOWN] if plan else []
    homes = {home.pk: home for home in Household.objects.filter(pk__in=[one.household for one in rows]).select_related("village").prefetch_related(current_members())}
    return [(one, head_name(homes[one.household], clock.today()), homes[one.household], opening.words(one)) for one in rows]


def _done(request: HttpRequest, found: OpeningImport, act: str, said: dict) -> bool:
    by = request.user
    if act == "answer":
        left = opening.answer(opening=found, answers={key.removeprefix("row "): value for key, value in request.POST.items() if key.startswith("row ")}, by=by)
        messages.success(request, _("选好了，还有 {n} 行要选。").format(n=left) if left else _("都选好了。"))
    elif act == "explain":
        opening.explain(opening=found, explanation=said["explanation"], by=by)
    elif act == "submit":
        opening.submit(opening=found, by=by)
    elif act == "back":
        opening.send_back(opening=found, by=by)
    elif act == "throw_away":
        opening.throw_away(opening=found, by=by)
    elif act == "approve":
        batch = opening.approve(opening=found, by=by)
        messages.success(request, _("导入了，{n} 行记进台账。").format(n=batch.lines.count()))
    else:
        return False
    return True


@require_http_methods(["GET", "POST"])
def opening_columns(request: HttpRequest, code: str) -> HttpResponse:
    """What each column of a file means; said once, it holds for every file with these headers."""
    found = opening_for(request.user, code)
    office(request.user)
    if found.state != OpeningState.DRAFT:
        raise Http404
    try:
        columns = opening.plan(found).columns
    except (Refused, FileNotFoundError):
        return redirect("aid:opening", found.code)
    form = LedgerColumnsForm(request.POST if request.method == "POST" else None, columns=columns)
    if form.is_valid():
        try:
            opening.say_columns(opening=found, mapping=form.mapping, by=request.user)
            return redirect("aid:opening", found.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "aid/opening_columns.html", {"opening": found, "form": form}, status=422 if form.is_bound else 200)
