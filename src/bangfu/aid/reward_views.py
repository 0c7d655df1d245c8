"""Pages of 以奖代补: rounds, a round with its claims and the cap each household has used, a claim with its inspections."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bangfu.accounts.models import Officer
from bangfu.base import clock, money
from bangfu.registry.models import Household
from bangfu.registry.queries import STANDINGS, head_name

from . import rewards
from .access import claim_for, office, round_for, whole_town
from .errors import Refused
from .farming_forms import ClaimForm, InspectionForm, RewardBatchForm, RoundForm
from .forms import ReasonForm
from .models import RewardRound
from .models.farming import tenths


@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """The town's rounds of rewards, the newest first."""
    town = whole_town(request.user)
    rows = [(one, one.claims.filter(withdrawn_at=None).count()) for one in RewardRound.objects.filter(programme__town=town).select_related("programme")]
    return render(request, "aid/rounds.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def new_round(request: HttpRequest) -> HttpResponse:
    """A round is written down."""
    town = office(request.user)
    form = RoundForm(request.POST if request.method == "POST" else None, town=town, initial={"year": clock.today().year})
    if form.is_valid():
        try:
            return redirect("aid:round", rewards.write_round(by=request.user, **form.cleaned_data).code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "aid/form.html", {"form": form, "heading": _("写奖补的一期"), "act": _("保存")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def round_(request: HttpRequest, code: str) -> HttpResponse:
    """A round with its claims; a claim is written down, the batch that pays is drafted."""
    found = round_for(request.user, code)
    act = request.POST.get("act")
    if request.method == "POST":
        office(request.user)
    claim_form = ClaimForm(request.POST if act == "claim" else None, round=found, initial={"on": clock.today()}, prefix="claim")
    batch_form = RewardBatchForm(request.POST if act == "batch" else None, town=found.programme.town_id, initial={"on": clock.today(), "title": f"{found}"[:60]}, prefix="batch")
    try:
        if claim_form.is_valid():
            said = dict(claim_form.cleaned_data)
            home = Household.objects.in_scope(request.user).filter(code=said.pop("household").strip()).first()
            if home is not None:
                return redirect("aid:claim", rewards.claim(round=found, household=home, by=request.user, **said).code)
            claim_form.add_error("household", _("没有这个户编号。"))
        elif batch_form.is_valid():
            return redirect("aid:batch", rewards.draft(round=found, by=request.user, **batch_form.cleaned_data).code)
    except Refused as refusal:
        (claim_form if act == "claim" else batch_form).add_error(None, str(refusal))
    rows = [rewards.worth(one) for one in found.claims.select_related("round", "household__village")]
    return render(request, "aid/round.html", {
        "round": found, "rows": [(one, head_name(one.claim.household, clock.today()), found.rate(one.claim.item)["unit"]) for one in rows], "ready": sum(one.is_ready for one in rows),
        "caps": [(STANDINGS[key], money.yuan(fen)) for key, fen in found.caps.items()], "use": [(one, head_name(one.household, clock.today())) for one in rewards.cap_use(found)],
        "may": request.user.runs_the_office, "claim_form": claim_form, "batch_form": batch_form}, status=422 if request.method == "POST" else 200)  # fmt: skip


@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest, code: str) -> HttpResponse:
    """A claim with what was measured and what it is worth; it is inspected and withdrawn here."""
    found = claim_for(request.user, code)
    act = request.POST.get("act")
    if request.method == "POST":
        office(request.user)
    inspection = InspectionForm(request.POST if act == "inspect" else None, town=found.round.programme.town_id, initial={"on": clock.today()}, prefix="inspect")
    reason = ReasonForm(request.POST if act == "withdraw" else None, prefix="withdraw")
    try:
        if inspection.is_valid():
            said = dict(inspection.cleaned_data)
            inspectors = tuple(Officer.objects.get(pk=int(said.pop(key))) for key in ("inspector_1", "inspector_2"))
            rewards.inspect(claim=found, inspectors=inspectors, by=request.user, **said)
            messages.success(request, _("验收记下了。"))
            return redirect("aid:claim", found.code)
        if reason.is_valid():
            rewards.withdraw(claim=found, reason=reason.cleaned_data["reason"], by=request.user)
            return redirect("aid:round", found.round.code)
    except Refused as refusal:
        (inspection if act == "inspect" else reason).add_error(None, str(refusal))
    rows = [(one, STANDINGS.get(one.standing, ""), money.yuan(one.earned_fen), tenths(one.measured_tenths) or "0") for one in found.inspections.select_related("inspector_1", "inspector_2", "by")]
    return render(request, "aid/claim.html", {
        "claim": found, "head": head_name(found.household, clock.today()), "unit": found.round.rate(found.item)["unit"], "worth": rewards.worth(found), "rows": rows, "may": request.user.runs_the_office,
        "inspection": inspection, "reason": reason}, status=422 if request.method == "POST" else 200)  # fmt: skip
