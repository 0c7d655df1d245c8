"""Pages of the registry: each finds through a door, asks a query or an action, and answers."""

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.base import clock, trail
from bangfu.engines.relations.dictionary import FIELDS

from . import actions, queries
from .access import household_for, village_for
from .errors import Refused
from .forms import PURPOSES, JoiningForm, LeavingForm, OpenForm
from .models import Household
from .shown import shown


@require_GET
def villages(request: HttpRequest) -> HttpResponse:
    """The villages in scope with how many households and persons stand there."""
    counts = queries.counts(request.user)
    rows = [(area, *counts.get(area.code, (0, 0))) for area in queries.villages(request.user)]
    total = (sum(row[1] for row in rows), sum(row[2] for row in rows))
    return render(request, "registry/villages.html", {"rows": rows, "total": total})


@require_GET
def village(request: HttpRequest, code: str) -> HttpResponse:
    """The households of one village, fifty a page."""
    area = village_for(request.user, code)
    group, after = request.GET.get("group", ""), request.GET.get("after", "")[:20]
    page, following, total = queries.households_of(request.user, area, group=group, after=after)
    rows = []
    for household in page:
        head = queries.head_of(household)
        rows.append((household, shown("name", head.person.name, head.person, household.source.data_date) if head else "", len(household.present)))
    return render(request, "registry/village.html", {"area": area, "rows": rows, "following": following, "total": total, "group": group,
                                                     "groups": queries.groups_of(area), "after": after})


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """People by name, pinyin, initials, code or number. POST, so that nothing asked for stands in an address."""
    asked = request.POST.get("asked", "").replace("\x00", "").strip()[:40]
    found = queries.find(request.user, asked)
    if request.user.sees_households and queries.is_number(asked):
        trail.write("searched_number", who=request.user.username, result=f"{len(found)} 人")
    rows = [(one.household, shown("name", one.person.name, one.person, clock.today()), one.relation_to_head) for one in found]
    return render(request, "registry/find.html", {"rows": rows, "asked": bool(asked), "full": len(rows) == queries.FOUND})


@require_GET
def card(request: HttpRequest, code: str) -> HttpResponse:
    """全景: everything known of a household on one page, and its history."""
    return _card(request, household_for(request.user, code))


def _card(request: HttpRequest, household: Household, status: int = 200) -> HttpResponse:
    day = household.source.data_date
    members = list(household.members.filter(ends_on=None).select_related("person", "source"))
    rows = [queries.member_row(one, max(day, one.source.data_date)) for one in members]
    return render(request, "registry/card.html", {
        "household": household, "members": rows, "cells": queries.household_cells(household, day), "head": rows[0].name if rows else household.code,
        "no_head": all(one.relation_to_head != "户主" for one in members),
        "former": [(shown("name", one.person.name, one.person, day), one) for one in household.members.exclude(ends_on=None).select_related("person")],
        "changes": household.changes.select_related("source__by"), "day": day}, status=status)  # fmt: skip


@require_http_methods(["GET", "POST"])
def joining(request: HttpRequest, code: str) -> HttpResponse:
    """Record who was born, married in or moved in."""
    household = household_for(request.user, code)
    form = JoiningForm(request.POST if request.method == "POST" else None, initial={"version": household.version})
    if form.is_valid():
        try:
            actions.record_joining(household=household, by=request.user, **form.cleaned_data)
            return redirect("registry:card", code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _member_change(request, household, form, _("登记人口增加"))


@require_http_methods(["GET", "POST"])
def leaving(request: HttpRequest, code: str) -> HttpResponse:
    """Record who died, married out or moved out."""
    household = household_for(request.user, code)
    present = list(household.members.filter(ends_on=None).select_related("person"))
    names = [(at, f"{shown('name', one.person.name, one.person, clock.today())}（{one.relation_to_head}）") for at, one in enumerate(present, start=1)]
    form = LeavingForm(request.POST if request.method == "POST" else None, initial={"version": household.version}, members=names)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.record_leaving(household=household, version=said["version"], member=present[int(said["number"]) - 1], kind=said["kind"], on=said["on"],
                                   by=request.user)
            return redirect("registry:card", code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _member_change(request, household, form, _("登记人口减少"))


def _member_change(request: HttpRequest, household: Household, form: Form, title: str) -> HttpResponse:
    return render(request, "registry/member_change.html", {"household": household, "form": form, "title": title}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def open_value(request: HttpRequest, code: str, number: int, column: str) -> HttpResponse:
    """Open one masked value: one deliberate act with a purpose, one trail entry. It is masked again on leaving the page."""
    household = household_for(request.user, code)
    try:
        person = queries.masked_value(household, number, column, household.source.data_date)
    except LookupError as none:
        raise Http404 from none
    form, value = OpenForm(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        value = actions.open_value(household=household, person=person, column=column, purpose=str(PURPOSES[form.cleaned_data["purpose"]]), by=request.user)
    name = shown("name", person.name, person, household.source.data_date) if person else ""
    return render(request, "registry/open_value.html", {"household": household, "form": form, "value": value, "label": FIELDS[column].label, "name": name},
                  status=422 if form.errors else 200)
