"""Pages of reminders: one's own, one of them with its households, the town's ladder, and how what was told reached people."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.base import calendar, clock
from bangfu.registry.access import town_for
from bangfu.registry.queries import head_name

from . import escalation, queries
from .access import delivery_for, field_only, reminder_for
from .forms import LadderForm
from .ladder import Step, moment
from .models import Channel, DeliveryState
from .shown import STEPS, label


@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    """What one was told, the newest first."""
    field_only(request.user)
    rows = [(one, escalation.title(one)) for one in queries.reminders_of(request.user)]
    return render(request, "visits/reminders.html", {"rows": rows})


@require_GET
def reminder(request: HttpRequest, key: int) -> HttpResponse:
    """One reminder: its households as they are now, by village; nobody else's."""
    one = reminder_for(request.user, key)
    if one.step == Step.MONTH:
        return render(request, "visits/reminder_units.html", {"one": one, "title": escalation.title(one), "rows": escalation.of_units(one)})
    rows = [(slot, head_name(slot.household, clock.today()), label(state)) for slot, state in escalation.reminded_slots(one)]
    return render(request, "visits/reminder.html", {"one": one, "title": escalation.title(one), "rows": rows, "gone": len(one.slots) - len(rows)})


@require_http_methods(["GET", "POST"])
def ladder(request: HttpRequest) -> HttpResponse:
    """The town's ladder as a table to edit, with when each step of the newest visit day is told."""
    town = town_for(request.user)
    if not request.user.runs_the_office:
        raise Http404
    rungs, day = escalation.ladder(town.code), queries.visit_days(request.user).first()
    form = LadderForm(request.POST if request.method == "POST" else None, rungs=rungs)
    if form.is_valid():
        escalation.write_ladder(town=town, rungs=form.rungs(), by=request.user)
        return redirect("visits:ladder")
    days = calendar.days()
    rows = [(STEPS[one.step], [form[f"{name}_{one.step}"] for name in ("on", "days", "at", "to")],
             moment(one, day=day.date, closes=day.closes, deadline=day.deadline, days=days) if day else None) for one in rungs]  # fmt: skip
    return render(request, "visits/ladder.html", {"form": form, "rows": rows, "day": day}, status=422 if form.is_bound else 200)


@require_GET
def deliveries(request: HttpRequest) -> HttpResponse:
    """What was told in the town, how it got there, and whom to telephone."""
    town = town_for(request.user)
    if not request.user.runs_the_office:
        raise Http404
    told, sent = queries.told_in(town), queries.deliveries_in(town)
    to_call = [(one, escalation.title(one.reminder)) for one in sent if one.channel == Channel.PHONE and one.state == DeliveryState.QUEUED]
    return render(request, "visits/deliveries.html", {"to_call": to_call, "sent": [one for one in sent if one.channel != Channel.PHONE or one.state != DeliveryState.QUEUED],
                                                      "told": [(day, STEPS[step], n) for day, step, n in told]})  # fmt: skip


@require_POST
def told(request: HttpRequest, key: int) -> HttpResponse:
    """Somebody was told by telephone."""
    escalation.told_by_phone(delivery=delivery_for(request.user, key), by=request.user)
    return redirect("visits:deliveries")
