"""Pages that arrange a visit day: one household's slot with everything known of it, a day called off, villages excused together."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.chain.queries import covers, people
from bangfu.registry import queries as register
from bangfu.registry.access import household_for, village_for
from bangfu.registry.queries import head_name

from . import actions, queries
from .access import field_only, visit_day_for
from .errors import Refused
from .forms import CancelForm, FieldDayForm, ManyExcusedForm, StandInForm
from .models import Slot
from .rules import WAITING, State
from .shown import LABELS, label, others_label


@require_http_methods(["GET", "POST"])
def slot(request: HttpRequest, on: str, code: str) -> HttpResponse:
    """What is known of one household on one visit day and why; a stand-in is named here, and somebody says that nobody went."""
    day, household = visit_day_for(request.user, on), household_for(request.user, code)
    found = day.slots.filter(household=household).select_related("caseworker", "household").first()
    if found is None:
        raise Http404
    as_ = "post" if request.user.runs_the_office else covers([request.user.pk], household, clock.today()).get(request.user.pk, "")
    form = StandInForm(request.POST if request.POST.get("act") == "stand_in" else None, people=people(day.town_id))
    if request.method == "POST":
        try:
            if _done(request, found, form, as_):
                return redirect("visits:slot", on, code)
        except Refused as refusal:
            form.add_error(None, str(refusal)) if form.is_bound else messages.warning(request, str(refusal))
    state = queries.states(day, [found], clock.now())[found.pk]
    promised, asked = queries.open_of(household)
    return render(request, "visits/slot.html", {
        "promised": promised, "asked": asked,
        "day": day, "slot": found, "household": household, "head": head_name(household, clock.today()), "state": state, "words": label(state), "others": others_label(state),
        "at_close": LABELS.get(found.state_at_close, ""), "visits": [one for one in queries.visits_of(household, 30) if day.date <= one.visited_on <= day.make_up_until],
        "sheets": found.sheets.order_by("pk"), "stand_ins": found.stand_ins.select_related("officer", "by"), "statements": found.statements.select_related("by").order_by("pk"),
        "excuses": queries.excuses_of(found), "form": form, "arranges": as_ == "post" and clock.now() < day.closes, "may_say": bool(as_) and state.state in WAITING and state.state is not State.MISSED and day.opens <= clock.now(),
        "may_take_back": bool(as_) and found.statements.filter(withdrawn_at=None).exists()},
        status=422 if form.is_bound else 200)  # fmt: skip


def _done(request: HttpRequest, found: Slot, form: StandInForm, as_: str) -> bool:
    act = request.POST.get("act")
    if act == "stand_in" and as_ == "post":
        if not form.is_valid():
            return False
        actions.name_stand_in(slot=found, officer=Officer.objects.get(pk=form.cleaned_data["officer"]), by=request.user)
    elif act == "not_visited" and as_:
        actions.say_not_visited(slots=[found], by=request.user)
    elif act == "take_back" and as_:
        actions.take_statement_back(slot=found, by=request.user)
    return True


def _office_day(request: HttpRequest, on: str):
    day = visit_day_for(request.user, on)
    if not request.user.runs_the_office:
        raise Http404
    return day


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, on: str) -> HttpResponse:
    """Call a visit day off before it begins, with the reason."""
    day = _office_day(request, on)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.cancel(day=day, reason=form.cleaned_data["reason"], by=request.user)
            return redirect("visits:days")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "visits/cancel.html", {"day": day, "form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def excuse_many(request: HttpRequest, on: str) -> HttpResponse:
    """Excuse all households of some villages that nobody has seen yet: a flood, a day called off after it began."""
    day = _office_day(request, on)
    form = ManyExcusedForm(request.POST if request.method == "POST" else None, villages=[(one.code, one.name) for one in register.villages(request.user)])
    if form.is_valid():
        said = form.cleaned_data
        n = actions.excuse_many(day=day, villages=said["villages"], reason=said["reason"], words=said["words"], by=request.user)
        messages.success(request, _("{n} 户免访。").format(n=n))
        return redirect("visits:board", on)
    return render(request, "visits/excuse_many.html", {"day": day, "form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def field_days(request: HttpRequest, code: str) -> HttpResponse:
    """驻村、进组 of a village: what stands, and a form for one more. It covers no household."""
    area = village_for(request.user, code)
    field_only(request.user)
    form = FieldDayForm(request.POST if request.method == "POST" else None, people=people(area.code[:9] + "000"), initial={"date": clock.today()})
    if form.is_valid():
        said = form.cleaned_data
        actions.record_field_day(village=area, kind=said["kind"], on=said["date"], officers=[int(pk) for pk in said["officers"]], done=said["done"], by=request.user,
                                 villager_group=said["villager_group"], once=said["once"])  # fmt: skip
        return redirect("visits:field_days", code)
    return render(request, "visits/field_days.html", {"area": area, "form": form, "rows": queries.field_days_of(area)}, status=422 if form.is_bound else 200)


@require_POST
def withdraw_field_day(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Take a field day back."""
    area = village_for(request.user, code)
    row = next((one for one in queries.field_days_of(area) if one.code == key.upper()), None)
    if row is None or not (row.by_id == request.user.pk or request.user.keeps_register):
        raise Http404
    actions.withdraw_field_day(row=row, by=request.user)
    return redirect("visits:field_days", code)
