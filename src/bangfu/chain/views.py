"""Pages of the chain: who answers for a household, a village, the town, on whatever day is asked for."""

import tempfile
from datetime import date
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import prefetch_related_objects
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.registry import queries as register
from bangfu.registry.access import household_for, town_for, village_for
from bangfu.registry.models import Area

from . import actions, handover, pairing, pairing_sheet, queries
from .access import office_only, reassignment_for
from .errors import Refused
from .forms import CaseworkerForm, HandOverForm, PairingForm, day_asked
from .models import Assignment, Link

SHOWN = 500  # households of a change of many on one page


@require_GET
def town(request: HttpRequest) -> HttpResponse:
    """The villages of the town with their links, who is missing, and the households nobody was named for."""
    area, on = town_for(request.user), day_asked(request.GET)
    villages = list(register.villages(request.user))
    links = queries.links_of_villages([one.code for one in villages], on)
    rows = [(one, *links[one.code]) for one in villages]
    counted = queries.counted(area.code, on)
    return render(request, "chain/town.html", {"area": area, "on": on, "rows": [(*row, counted.get(row[0].code, (0, 0, 0))) for row in rows],
                                               "vacancies": queries.vacancies(area.code, on), "unassigned": queries.unassigned(area.code, on)[:100]})


@require_GET
def village(request: HttpRequest, code: str) -> HttpResponse:
    """The links of a village and its households with their caseworkers."""
    area, on = village_for(request.user, code), day_asked(request.GET)
    households = queries.households_with_caseworkers(request.user, area, on)
    rows = [(one, register.head_name(one, on), link) for one, link in households]
    return render(request, "chain/village.html", {"area": area, "on": on, "links": queries.village_links(code, on), "beside": queries.posts_beside(code, on), "rows": rows})


@require_GET
def household(request: HttpRequest, code: str) -> HttpResponse:
    """The seven links of a household on a day, and who was its caseworker since when."""
    found, on = household_for(request.user, code), day_asked(request.GET)
    return render(request, "chain/household.html", {
        "household": found, "head": register.head_name(found, clock.today()), "on": on, "links": queries.chain_of(found, on), "beside": queries.posts_beside(found.village_id, on),
        "history": queries.history(found), "may": request.user.runs_the_office})  # fmt: skip


@require_http_methods(["GET", "POST"])
def caseworker(request: HttpRequest, code: str) -> HttpResponse:
    """Name somebody else as a household's caseworker from a day on, leave the place vacant, or close it."""
    found = household_for(request.user, code)
    office_only(request.user)
    form = CaseworkerForm(request.POST if request.method == "POST" else None, area=request.user.area)
    if form.is_valid():
        chosen = form.cleaned_data["officer"]
        kind = chosen if chosen in (Assignment.CARETAKER, Assignment.CLOSED) else Assignment.HOLDER
        officer = Officer.objects.get(pk=chosen) if kind == Assignment.HOLDER else None
        try:
            actions.assign(link=Link.CASEWORKER, node=found, officer=officer, kind=kind, starts_on=form.cleaned_data["starts_on"],
                           document_no=form.cleaned_data["document_no"], by=request.user)
            return redirect("chain:household", found.code)
        except Refused as refusal:
            form.add_error("starts_on", str(refusal))
    return render(request, "chain/caseworker.html", {"household": found, "head": register.head_name(found, clock.today()), "form": form}, status=422 if form.is_bound else 200)



@require_http_methods(["GET", "POST"])
def pair(request: HttpRequest) -> HttpResponse:
    """A 结对帮扶一览表 comes in: read, looked at on the next page, done when agreed."""
    town = town_for(request.user)
    office_only(request.user)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = PairingForm(*sent, initial={"starts_on": clock.today()})
    if form.is_valid():
        said = form.cleaned_data
        try:
            plan = _read(said["file"], town, said["starts_on"])
            kept = handover.keep(plan=plan, label=said["file"].name, document_no=said["document_no"], town=town, by=request.user)
            return redirect("chain:reassignment", kept.code)
        except (pairing.Refusal, Refused) as refusal:
            for line in str(refusal).splitlines():
                form.add_error("file", line)
    return render(request, "chain/pairing.html", {"form": form, "rows": queries.reassignments(town)}, status=422 if form.is_bound else 200)


def _read(file: UploadedFile, town: Area, starts_on: date) -> handover.Plan:
    with tempfile.TemporaryDirectory(prefix="bangfu-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / Path(file.name).name
        with path.open("wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
        return pairing.read(path, town=town, starts_on=starts_on)


@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """One caseworker's households go to another: planned here, looked at on the next page."""
    town = town_for(request.user)
    office_only(request.user)
    form = HandOverForm(request.POST if request.method == "POST" else None, area=town.code, initial={"starts_on": clock.today(), "former": request.GET.get("of")})
    if form.is_valid():
        said = form.cleaned_data
        former, new = (Officer.objects.get(pk=said[key]) for key in ("former", "new"))
        try:
            names = queries.heads_of(former, clock.today())
            plan = handover.from_hand_to_hand(former=former, new=new, starts_on=said["starts_on"], town=town, names=names)
            kept = handover.keep(plan=plan, label=_("{former} 移交给 {new}").format(former=former.name, new=new.name), document_no=said["document_no"], town=town, by=request.user)
            return redirect("chain:reassignment", kept.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "chain/hand_over.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def reassignment(request: HttpRequest, code: str) -> HttpResponse:
    """What a change of many would do, household by household, with what is open there; agreed to or not."""
    kept = reassignment_for(request.user, code)
    if request.method == "POST":
        try:
            if request.POST.get("act") == "throw_away":
                handover.throw_away(kept=kept, by=request.user)
            elif request.POST.get("act") == "accept":
                handover.accept(kept=kept, by=request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("chain:reassignment", kept.code)
    plan = handover.plan_of(kept) if kept.plan else None
    keys = [one.household for one in plan.lines] if plan else []
    waiting = [count for part in settings.WAITING_PARTS for count in import_string(part)(keys, clock.now())] if keys else []
    return render(request, "chain/reassignment.html", {"kept": kept, "plan": plan, "lines": plan.lines[:SHOWN] if plan else [], "waiting": [one for one in waiting if one[1]], "shown": SHOWN})


@require_POST
def pairing_export(request: HttpRequest) -> FileResponse:
    """The town's 结对帮扶一览表 of a day as a workbook."""
    town = town_for(request.user)
    office_only(request.user)
    file, name = pairing_sheet.export(area=town, on=day_asked(request.POST), by=request.user)
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers={"Cache-Control": "no-store"})


@require_GET
def contact_cards(request: HttpRequest, code: str) -> HttpResponse:
    """帮扶联系卡 of a village's households, or of one, to print and hang up in the house: who answers, from where, and the number to call."""
    area, home = village_for(request.user, code), request.GET.get("household", "")
    rows = [(one, register.head_name(one, clock.today()), row) for one, row in queries.households_with_caseworkers(request.user, area, clock.today()) if not home or one.code == home]
    cards = [(one, head, row.officer) for one, head, row in rows if row is not None and row.kind == Assignment.HOLDER]
    prefetch_related_objects([officer for _home, _head, officer in cards], "cadre__unit")
    return render(request, "chain/contact_cards.html", {"area": area, "cards": cards, "without": len(rows) - len(cards), "posts": queries.numbers_of(code, clock.today())})
