"""Pages on which the town office says who there is, who holds a village's links and posts, and which units are attached to it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.registry.access import town_for, village_for
from bangfu.registry.models import Area

from . import actions, queries
from .access import office_only
from .errors import Refused
from .forms import UNIT, AppointForm, CadreForm
from .models import Assignment, Level, Link, PostRole


@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Who may answer for households, with unit and number; somebody new is written down here, and gets an account from the administrator."""
    town = town_for(request.user)
    office_only(request.user)
    form = CadreForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data
        unit = actions.unit_named(said["unit"], Level(said["level"]))
        officer = actions.know_cadre(name=said["name"], level=Level(said["level"]), unit=unit, phone=said["phone"], area=town.code, by=request.user)
        if said["email"]:
            actions.write_cadre(officer=officer, level=Level(said["level"]), unit=said["unit"], phone=said["phone"], email=said["email"], by=request.user)
        messages.success(request, _("记下了{name}。").format(name=officer.name))
        return redirect("chain:people")
    return render(request, "chain/people.html", {"form": form, "rows": queries.officers_with_work(town.code, clock.today())}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, username: str) -> HttpResponse:
    """Put unit, level or number of somebody right."""
    town = town_for(request.user)
    office_only(request.user)
    found = queries.officers(town.code).filter(username=username).first()
    if found is None:
        raise Http404
    cadre = getattr(found, "cadre", None)
    form = CadreForm(request.POST if request.method == "POST" else None, initial={
        "name": found.name, "level": cadre.level if cadre else "", "unit": cadre.unit if cadre else "", "phone": cadre.phone if cadre else "", "email": cadre.email if cadre else ""})
    del form.fields["name"]
    if form.is_valid():
        said = form.cleaned_data
        actions.write_cadre(officer=found, level=Level(said["level"]), unit=said["unit"], phone=said["phone"], email=said["email"], by=request.user)
        return redirect("chain:people")
    return render(request, "chain/person.html", {"form": form, "person": found}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def appoint(request: HttpRequest, code: str) -> HttpResponse:
    """Say who holds a link or a post of a village, or attach a unit; what stands can be ended."""
    area = village_for(request.user, code)
    office_only(request.user)
    form = AppointForm(request.POST if request.method == "POST" else None, area=request.user.area, initial={"starts_on": clock.today()})
    if form.is_valid():
        try:
            _appoint(form, area, request.user)
            return redirect("chain:appoint", code)
        except Refused as refusal:
            form.add_error("starts_on", str(refusal))
    return render(request, "chain/appoint.html", {"area": area, "form": form, "today": clock.today(), "links": queries.village_links(code, clock.today()),
                                                  "beside": queries.posts_beside(code, clock.today()), "open": queries.open_rows(code)}, status=422 if form.is_bound else 200)  # fmt: skip


def _appoint(form: AppointForm, area: Area, by: Officer) -> None:
    said = form.cleaned_data
    dated = {"starts_on": said["starts_on"], "document_no": said["document_no"], "by": by}
    if said["what"] == UNIT:
        actions.attach(unit=actions.unit_named(said["unit"], Level(said["level"] or Level.TOWN)), village=area, **dated)
        return
    vacant = said["officer"] == Assignment.CARETAKER
    officer = None if vacant else Officer.objects.get(pk=said["officer"])
    if said["what"] in PostRole.values:
        actions.post(officer=officer, village=area, role=PostRole(said["what"]), villager_group=said["villager_group"], **dated)
        return
    link, node = Link(said["what"]), area
    if link == Link.CLUSTER_LEADER:
        belongs = queries.cluster_of(area.code, said["starts_on"])
        if belongs is None:
            raise Refused(_("这个村那一天不属于哪个片。请先排片。"))
        node = belongs.cluster
    actions.assign(link=link, node=node, officer=officer, kind=Assignment.CARETAKER if vacant else Assignment.HOLDER, **dated)


@require_POST
def end(request: HttpRequest, code: str, kind: str, key: int) -> HttpResponse:
    """Let a post or a unit's attachment end today."""
    area = village_for(request.user, code)
    office_only(request.user)
    row = queries.open_row(area.code, kind, key)
    if row is None:
        raise Http404
    try:
        actions.end(row=row, on=clock.today(), by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("chain:appoint", code)
