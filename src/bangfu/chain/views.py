"""Pages of the chain: who answers for a household, a village, the town, on whatever day is asked for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.registry import queries as register
from bangfu.registry.access import household_for, town_for, village_for

from . import actions, queries
from .access import office_only
from .errors import Refused
from .forms import CaseworkerForm, day_asked
from .models import Assignment, Link


@require_GET
def town(request: HttpRequest) -> HttpResponse:
    """The villages of the town with their links, who is missing, and the households nobody was named for."""
    area, on = town_for(request.user), day_asked(request.GET)
    rows = [(village, queries.village_links(village.code, on), queries.posts_beside(village.code, on)) for village in register.villages(request.user)]
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

