"""Pages of visits: the days of the year, the board of a day, a village's slots as a list to fill, one household's visit."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

from django.contrib import messages
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.accounts.models import Officer
from bangfu.base import calendar, clock, jobs
from bangfu.chain.queries import caseworkers_on, covers, people
from bangfu.registry import queries as register
from bangfu.registry import uploads
from bangfu.registry.access import household_for, town_for, village_for, village_to_export
from bangfu.registry.models import Household
from bangfu.registry.queries import head_name

from . import actions, queries, verification
from . import own as own_
from . import roll as roll_
from . import sheets as sheet_
from .access import excuse_for, field_only, own_only, printed_for, sheet_for, visit_day_for, visit_for
from .actions import Said
from .errors import Refused
from .forms import ExcuseForm, SheetCodeForm, VillageForm, VisitForm
from .models import Commitment, Slot, VisitDay
from .rules import WAITING, State, Sums
from .shown import LABELS, label, others_label

OPEN = (State.DUE, State.SILENT, State.MISSED, State.EXCUSED)
SHOWN = (State.DONE_ON_DAY, State.MADE_UP, State.LATE_EVIDENCE, State.EXCUSED, State.DUE, State.SILENT, State.MISSED)


def _head(one: Household) -> str:
    return head_name(one, clock.today())


def _people(request: HttpRequest) -> list[tuple[int, str]]:
    return people(request.user.area[:9] + "000")


@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """An officer's own households and what each waits for; own villages; visits at households that are another's by now."""
    own_only(request.user)
    now = clock.now()
    day = own_.day_at(request.user, now)
    rows = [(one, _head(one.household), label(one.state) if one.state else "") for one in own_.households(request.user, day, now)]
    waiting = sum(one.waits for one, _head_, _words in rows)
    return render(request, "visits/own.html", {"day": day, "rows": rows, "waiting": waiting, "villages": own_.villages(request.user, day, now), "past": own_.handed_over(request.user)})


@require_GET
def days(request: HttpRequest) -> HttpResponse:
    """The visit days of the year: published ones with how far they are, planned ones to publish."""
    field_only(request.user)
    published = list(queries.visit_days(request.user)[:30])
    rows = [(day, sums, frozen, _bars(sums)) for day, sums, frozen in queries.sums_of_days(request.user, published, clock.now())]
    planned = [one for one in calendar.visit_days(clock.today().year) if one.date and one.date not in {day.date for day in published}]
    return render(request, "visits/days.html", {"rows": rows, "planned": [one for one in planned if one.make_up_until >= clock.today()],
                                                "may": request.user.runs_the_office, "proposed": [(one, _head(one.household)) for one in queries.proposed(request.user)]})  # fmt: skip


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Publish a day of the calendar and make its slots."""
    town = town_for(request.user)
    if not request.user.runs_the_office:
        raise Http404
    try:
        day = actions.publish(town=town, on=date.fromisoformat(request.POST.get("on", "")), by=request.user)
    except (ValueError, OverflowError):
        messages.warning(request, _("日期写成 2017-10-01 这样。"))
        return redirect("visits:days")
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("visits:days")
    return redirect("visits:board", day.date.isoformat())


@require_GET
def board(request: HttpRequest, on: str) -> HttpResponse:
    """One visit day over the villages in scope: covered, made up, excused, due, silent, missed, with the lists behind the figures."""
    day = visit_day_for(request.user, on)
    found = queries.bare_slots(day, request.user)
    said = queries.states(day, found, clock.now())
    sums = queries.sums_by_village(found, said)
    rows = {one.code: (one, sums[one.code], _bars(sums[one.code])) for one in register.villages(request.user) if one.code in sums}
    grouped = [(cluster.name, [rows.pop(code) for code in codes if code in rows]) for cluster, codes in register.clusters(request.user)]
    groups = [(name, whole := sum((row[1] for row in some), Sums()), _bars(whole), some) for name, some in [*grouped, ("", list(rows.values()))] if some]
    waiting = queries.slots_of([slot.pk for slot in found if said[slot.pk].state in (State.SILENT, State.MISSED)][:200])
    return render(request, "visits/board.html", {"day": day, "groups": groups, "whole": sum(sums.values(), Sums()), "now": clock.now(), "to_go": sum(one.state in WAITING for one in said.values()),
                                                 "waiting": [(slot, _head(slot.household), said[slot.pk], label(said[slot.pk])) for slot in waiting]})


def _bars(sums: Sums) -> list[tuple[str, int, int]]:
    """Return the parts of a village's bar: class, households, where it begins in 100 parts."""
    found, at = [], 0
    for name, n in (("seen", sums.covered), ("excused", sums.excused), ("silent", sums.silent + sums.due), ("missed", sums.missed)):
        width = round(100 * n / sums.slots) if sums.slots else 0
        found.append((name, width, at))
        at += width
    return found


@require_http_methods(["GET", "POST"])
def village(request: HttpRequest, on: str, code: str) -> HttpResponse:
    """A village's slots on a day as a list that is filled by exception: whom their caseworkers saw, on which day; one saving for all."""
    day, area = visit_day_for(request.user, on), village_for(request.user, code)
    found = queries.with_members(queries.slots(day, request.user, code))
    said = queries.states(day, found, clock.now())
    sent = request.POST.get("once", "")
    again = queries.recorded_as([f"{sent} {slot.pk}" for slot in found]) if sent else set()  # the second click of a double click
    open_ = [slot for slot in found if slot.caseworker_id and (said[slot.pk].state in OPEN or f"{sent} {slot.pk}" in again)]
    form = VillageForm(request.POST if request.method == "POST" else None, day=day, slots=open_)
    if form.is_valid():
        try:
            n = _record_all(form, request.user)
            messages.success(request, _("记下了 {n} 户的走访。").format(n=n))
            return redirect("visits:village", on, code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    only, ticked = request.GET.get("state", ""), set(form["seen"].value() or [])
    rows = [(slot, _head(slot.household), said[slot.pk], label(said[slot.pk]), others_label(said[slot.pk]), form[f"found-{slot.pk}"] if slot in open_ else None, str(slot.pk) in ticked)
            for slot in found if not only or said[slot.pk].state == only]  # fmt: skip
    return render(request, "visits/village.html", {"day": day, "area": area, "rows": rows, "only": only, "form": form, "states": [(state, LABELS[state]) for state in SHOWN],
                                                   "sums": queries.sums_by_village(found, said).get(code, Sums()), "may_enter": bool(open_)},
                  status=422 if form.is_bound else 200)  # fmt: skip


@transaction.atomic
def _record_all(form: VillageForm, by: Officer) -> int:
    said = form.said()
    for slot, one, once in said:
        actions.record_visit(household=slot.household, said=one, by=by, once=once)
    return len(said)


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, code: str) -> HttpResponse:
    """One visit at one household: what is open is shown and can be closed with it."""
    household = household_for(request.user, code)
    promised, asked = queries.open_of(household)
    everybody = _people(request)
    mine = caseworkers_on([household.pk], clock.today()).get(household.pk)
    near = covers([pk for pk, _name in everybody], household, clock.today())
    everybody.sort(key=lambda one: (near.get(one[0], "z") != "caseworker", one[0] not in near))
    form = VisitForm(request.POST if request.method == "POST" else None, people=everybody, open_items=[*promised, *asked], checks=verification.open_of(household),
                     initial={"visited_on": request.GET.get("on") or clock.today(), "went": [str(mine.officer_id)] if mine and mine.officer_id else []})
    if form.is_valid():
        try:
            actions.record_visit(household=household, said=form.said(), by=request.user, once=form.cleaned_data["once"] or None)
            return redirect("registry:card", household.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "visits/record.html", {"household": household, "head": _head(household), "form": form, "near": {str(pk) for pk in near},
                                                  "ends": [form[f"end-{one.code}"] for one in form.open_items], "checks": [(form[f"check-{one.code}"], form[f"value-{one.code}"]) for one in form.checks], "visits": queries.visits_of(household, 3)},
                  status=422 if form.is_bound else 200)  # fmt: skip


@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, code: str) -> HttpResponse:
    """Put a visit right by a row that follows it, or withdraw it; what it was stays."""
    visit = visit_for(request.user, code)
    everybody = _people(request)
    near = {*covers([pk for pk, _name in everybody], visit.household, visit.visited_on), *(one.officer_id for one in visit.went.all())}
    start = {"visited_on": visit.visited_on, "went": [str(one.officer_id) for one in visit.went.all()], "mode": visit.mode, "found": visit.found, "told": visit.told,
             "follow_up": visit.follow_up}  # fmt: skip
    withdraw = request.POST.get("act") == "withdraw"
    form = VisitForm(request.POST if request.method == "POST" and not withdraw else None, people=everybody, initial=start)
    for name in ("requests", "promises", "due_on"):
        del form.fields[name]
    if withdraw or form.is_valid():
        try:
            said = None if withdraw else _amended(form)
            actions.amend_visit(visit=visit, said=said, by=request.user)
            return redirect("registry:card", visit.household.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "visits/amend.html", {"visit": visit, "household": visit.household, "head": _head(visit.household), "form": form, "near": {str(pk) for pk in near}}, status=422 if form.is_bound else 200)


def _amended(form: VisitForm) -> Said:
    form.cleaned_data |= {"requests": "", "promises": "", "due_on": None}
    return replace(form.said(), ended=())


@require_http_methods(["GET", "POST"])
def excuse(request: HttpRequest, code: str) -> HttpResponse:
    """Why a household need not be seen; the town office's word holds at once, anybody else's waits for it."""
    household = household_for(request.user, code)
    form = ExcuseForm(request.POST if request.method == "POST" else None, initial={"since": request.GET.get("on")})
    if form.is_valid():
        try:
            actions.excuse(household=household, by=request.user, accept=request.user.runs_the_office, **form.cleaned_data)
            return redirect("registry:card", household.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "visits/excuse.html", {"household": household, "head": _head(household), "form": form}, status=422 if form.is_bound else 200)


@require_POST
def decide(request: HttpRequest, key: int) -> HttpResponse:
    """Accept an excuse that was proposed, or not."""
    try:
        actions.decide_excuse(excuse=excuse_for(request.user, key), accept=request.POST.get("act") == "accept", by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("visits:days")


@require_GET
def not_seen(request: HttpRequest) -> HttpResponse:
    """Households that nobody saw at home since a day, the longest first."""
    field_only(request.user)
    try:
        since = date.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        since = next((day.date for day in queries.visit_days(request.user)[1:2]), clock.today())
    found = queries.not_seen_since(request.user, since)
    prefetch_related_objects([one for one, _last in found[:300]], register.current_members())
    rows = [(one, _head(one), last) for one, last in found[:300]]
    return render(request, "visits/not_seen.html", {"since": since, "rows": rows, "many": len(found)})


@require_GET
def items(request: HttpRequest) -> HttpResponse:
    """What was promised and asked for and is open, the first due first; of all in scope or one village."""
    field_only(request.user)
    village, today = request.GET.get("village", ""), clock.today()
    found = queries.open_items(request.user, village)
    rows = [(one, _("承诺") if isinstance(one, Commitment) else one.get_kind_display()) for one in found[:300]]
    return render(request, "visits/items.html", {"rows": rows, "many": len(found), "late": sum(one.due_on is not None and one.due_on < today for one in found), "village": village,
                                                 "villages": register.villages(request.user)})  # fmt: skip


@require_http_methods(["GET", "POST"])
def sheets(request: HttpRequest, on: str, code: str) -> HttpResponse:
    """The printed sheets of a village's slots that wait for a visit, or of one caseworker's or one household's: asked for by POST, then a page to print."""
    day, area = visit_day_for(request.user, on), village_for(request.user, code)
    of, home = request.GET.get("of", ""), request.GET.get("household", "")
    everything = queries.slots(day, request.user, code)
    found = [slot for slot in everything if (not of or str(slot.caseworker_id) == of) and (not home or slot.household.code == home)]
    names = sorted({(slot.caseworker_id, slot.caseworker.name) for slot in everything if slot.caseworker}, key=lambda one: one[1])
    return _sheets(request, day, found, {"area": area, "of": of, "caseworkers": names})


@require_http_methods(["GET", "POST"])
def own_sheets(request: HttpRequest, on: str) -> HttpResponse:
    """The printed sheets of an officer's own households."""
    own_only(request.user)
    day = visit_day_for(request.user, on)
    return _sheets(request, day, [one.slot for one in own_.households(request.user, day, clock.now()) if one.slot], {})


def _sheets(request: HttpRequest, day: VisitDay, found: list[Slot], more: dict[str, object]) -> HttpResponse:
    said = queries.states(day, found, clock.now())
    found = [slot for slot in found if said[slot.pk].state in WAITING]
    if request.method == "POST":
        if found:
            sheet_.make(slots=found, by=request.user)
        return redirect(request.get_full_path())
    printed = sheet_.printed(day, found)
    return render(request, "visits/sheets.html", {"day": day, "sheets": printed, "many": len(found), "missing": len(found) - len(printed), "printed_at": clock.now(), **more})


@require_POST
def all_sheets(request: HttpRequest, on: str) -> HttpResponse:
    """Ask for the sheets of all households in scope that wait for a visit, as one PDF."""
    day = visit_day_for(request.user, on)
    job = jobs.ask("sheets_pdf", about=day.date.isoformat(), by=request.user.username, once=f"sheets {day} {request.user.username}")
    return redirect("base:job", job.code)


@require_GET
def sheets_file(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF a job made, to who asked for it, for a day."""
    job = printed_for(request.user, code)
    try:
        with uploads.opened(job.code, "sheets.pdf") as path:
            pdf = path.read_bytes()
    except FileNotFoundError:
        return render(request, "visits/sheets_gone.html", {"on": job.about}, status=410)
    return HttpResponse(pdf, content_type="application/pdf", headers={"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="sheets_{job.about}.pdf"'})


@require_POST
def roll(request: HttpRequest, on: str, code: str) -> FileResponse:
    """The village's 走访情况表 of a day as a workbook."""
    file, name = roll_.export(day=visit_day_for(request.user, on), village=village_to_export(request.user, code), by=request.user)
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers={"Cache-Control": "no-store"})


@require_http_methods(["GET", "POST"])
def find_sheet(request: HttpRequest) -> HttpResponse:
    """The code on a sheet, typed or scanned, leads to the sheet."""
    field_only(request.user)
    form = SheetCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with suppress(Http404):
            return redirect("visits:sheet", sheet_for(request.user, form.cleaned_data["code"]).code)
        form.add_error("code", _("没有这张表，或者不在您的范围。请对照表上的编号再看一遍。"))
    return render(request, "visits/find_sheet.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Type back what is written on a sheet: only what differs from “the caseworker went on the day”; or say that it came back blank."""
    found = sheet_for(request.user, code)
    slot, household = found.slot, found.slot.household
    promised, asked = queries.open_of(household)
    everybody = _people(request)
    blank = request.POST.get("act") == "blank"
    form = VisitForm(request.POST if request.method == "POST" and not blank else None, people=everybody, open_items=[*promised, *asked], checks=verification.open_of(household),
                     initial={"visited_on": slot.visit_day.date, "went": [str(slot.caseworker_id)] if slot.caseworker_id else []})
    if blank or form.is_valid():
        try:
            sheet_.type_back(sheet=found, said=None if blank else form.said(), by=request.user)
            messages.success(request, _("{head}户的表录好了，请录下一张。").format(head=_head(household)))
            return redirect("visits:find_sheet")
        except Refused as refusal:
            form.add_error(None, str(refusal)) if form.is_bound else messages.warning(request, str(refusal))
    near = covers([pk for pk, _name in everybody], household, slot.visit_day.date)
    return render(request, "visits/sheet.html", {"sheet": found, "slot": slot, "household": household, "head": _head(household), "form": form, "near": {str(pk) for pk in near},
                                                 "ends": [form[f"end-{one.code}"] for one in form.open_items],
                                                 "checks": [(form[f"check-{one.code}"], form[f"value-{one.code}"]) for one in form.checks]}, status=422 if form.is_bound else 200)
