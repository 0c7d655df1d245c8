"""Pages on which the office asks for a value to be looked at, and reads what came back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from bangfu.base import clock
from bangfu.registry.access import household_to_write, keeper_only
from bangfu.registry.queries import head_name, present_members

from . import queries, verification
from .access import verification_for
from .errors import Refused
from .forms import VerificationForm
from .models import VerificationItem


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for one value of a household to be looked at when somebody goes there."""
    household = household_to_write(request.user, code)
    form = VerificationForm(request.POST if request.method == "POST" else None, choices=verification.choices(household))
    if form.is_valid():
        try:
            verification.ask(household=household, what=form.cleaned_data["what"], words=form.cleaned_data["words"], by=request.user)
            return redirect("registry:card", household.code)
        except Refused as refusal:
            form.add_error("what", str(refusal))
    return render(request, "visits/verify.html", {"household": household, "head": head_name(household, clock.today()), "form": form}, status=422 if form.is_bound else 200)


@require_GET
def verifications(request: HttpRequest) -> HttpResponse:
    """What was asked in one's scope: answers that wait to be seen first, then what nobody has looked at yet."""
    keeper_only(request.user)
    rows = [(one, verification.question(one), _value(one)) for one in queries.verifications(request.user)]
    return render(request, "visits/verifications.html", {"answered": [row for row in rows if row[0].answer], "waiting": [row for row in rows if not row[0].answer]})


def _value(one: VerificationItem) -> str | None:
    """Return the value of an answer where a list may show it, None where it is opened by itself."""
    return None if verification.is_hidden(one) else verification.value_of_answer(one)


@require_http_methods(["GET", "POST"])
def verification_item(request: HttpRequest, code: str) -> HttpResponse:
    """One answer: opened if it is masked, put right on the register, or put away."""
    one = verification_for(request.user, code)
    value = _value(one)
    if request.method == "POST":
        if request.POST.get("act") == "settle":
            verification.settle(one=one, by=request.user)
            return redirect("visits:verifications")
        if request.POST.get("act") == "open" and one.value:
            value = verification.opened(one=one, by=request.user)
    number = next((member.number for member in present_members(one.household) if member.person_id == one.person_id), None) if one.person_id else 0
    link = reverse("registry:record", args=[one.household.code, number, one.column]) if number is not None else ""
    return render(request, "visits/verification.html", {"one": one, "question": verification.question(one), "value": value, "link": link, "head": head_name(one.household, clock.today())})
