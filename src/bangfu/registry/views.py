"""Pages of the registry: each finds through a door, asks a query or an action, and answers."""

from dataclasses import replace

from django.conf import settings
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.base import clock, trail
from bangfu.engines.relations.dictionary import FIELDS

from . import actions, queries
from . import card as card_
from .access import household_for, household_to_write, keeper_only, may_write_areas, town_for, village_for, village_to_export
from .errors import Refused, SomebodyChangedIt
from .export import KINDS, Asked
from .forms import PURPOSES, AreasForm, ClustersForm, ExportForm, JoiningForm, LeavingForm, OpenForm, RelationForm, ValueForm
from .models import Household, Member, Person
from .shown import is_masked, label, shown
from .statuses import MONITORED
from .values import may_be_recorded, number_in, value_of


@require_GET
def villages(request: HttpRequest) -> HttpResponse:
    """The villages in scope, by cluster where there are any, with how many households and persons stand there."""
    if not request.user.sees_households:
        raise Http404
    counts = queries.counts(request.user)
    rows = {area.code: (area, *counts.get(area.code, (0, 0))) for area in queries.villages(request.user)}
    total = (sum(row[1] for row in rows.values()), sum(row[2] for row in rows.values()))
    grouped = [(cluster.name, [rows.pop(code) for code in codes if code in rows]) for cluster, codes in queries.clusters(request.user)]
    groups = [(name, found, sum(row[1] for row in found), sum(row[2] for row in found)) for name, found in [*grouped, ("", list(rows.values()))] if found]
    return render(request, "registry/villages.html", {"groups": groups, "total": total, "arranges": request.user.area.endswith("000")})


@require_http_methods(["GET", "POST"])
def clusters(request: HttpRequest) -> HttpResponse:
    """Which village belongs to which cluster (片), for the town; the days are kept."""
    town = town_for(request.user)
    now = {code: cluster.name for cluster, codes in queries.clusters(request.user) for code in codes}
    listed = [(area.code, area.name, now.get(area.code, "")) for area in queries.villages(request.user)]
    form = ClustersForm(request.POST if request.method == "POST" else None, villages=listed, initial={"on": clock.today()})
    if form.is_valid():
        actions.arrange_clusters(town=town, names=form.names(), on=form.cleaned_data["on"], by=request.user)
        return redirect("registry:villages")
    return render(request, "registry/clusters.html", {"form": form, "names": sorted(set(now.values()))}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def areas(request: HttpRequest) -> HttpResponse:
    """The areas this installation knows, for the administrator: pasted in lines, never taken away."""
    may_write_areas(request.user)
    known = list(queries.areas())
    form = AreasForm(request.POST if request.method == "POST" else None, known={one.code for one in known})
    if form.is_valid():
        actions.know_areas(form.cleaned_data["lines"].items(), by=request.user)
        return redirect("registry:areas")
    return render(request, "registry/areas.html", {"form": form, "rows": known}, status=422 if form.is_bound else 200)


@require_GET
def village(request: HttpRequest, code: str) -> HttpResponse:
    """The households of one village, fifty a page."""
    area = village_for(request.user, code)
    group, as_, after = request.GET.get("group", ""), request.GET.get("as", ""), request.GET.get("after", "")[:20]
    page, following, total = queries.households_of(request.user, area, group=group, as_=as_, after=after)
    changed = queries.latest_changes(page)
    rows = []
    for household in page:
        head = queries.head_of(household)
        now, watched = card_.standing(list(household.statuses.all()))
        rows.append({
            "household": household, "head": shown("name", head.person.name, head.person, household.source.data_date) if head else "",
            "persons": len(household.present), "changed": changed.get(household.pk),
            "kind": now and card_.standing_words(now), "monitored": watched and (card_.standing_words(watched), watched.ended),
            "income": shown("net_income_per_head_fen", household.facts.get("net_income_per_head_fen"), None, household.source.data_date).split(" ")[0]})
    standings = queries.standings_of(request.user, area)
    whole = queries.counts(request.user, area).get(code, (0, 0))
    return render(request, "registry/village.html", {
        "area": area, "rows": rows, "following": following, "total": total, "group": group, "as_": as_, "groups": queries.groups_of(request.user, area), "after": after,
        "standings": queries.STANDINGS.items(), "counted": standings, "whole": whole, "source": page[0].source if page else None})  # fmt: skip


def _workbook(request: HttpRequest, asked: Asked) -> FileResponse:
    file, name = actions.export_list(asked, by=request.user)
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                        headers={"Cache-Control": "no-store"})


@require_http_methods(["GET", "POST"])
def export_village(request: HttpRequest, code: str) -> HttpResponse:
    """A village's list as a workbook, with the list's filter (in the address); asks what for."""
    area = village_to_export(request.user, code)
    group, as_ = request.GET.get("group", ""), request.GET.get("as", "")
    asked = Asked("households", "", area, group, as_)
    size = queries.size_of(request.user, area, group=group, as_=as_)
    form = ExportForm(request.POST if request.method == "POST" else None, kinds=[(key, KINDS[key]) for key in ("households", "members")])
    if form.is_valid() and not size[0]:
        form.add_error(None, _("没有农户可以导出。"))
    if form.is_valid():
        return _workbook(request, replace(asked, **form.cleaned_data))
    return render(request, "registry/export.html", {"form": form, "area": area, "group": group, "as_": as_, "filter": asked.filter_words, "size": size},
                  status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def export_villages(request: HttpRequest) -> HttpResponse:
    """How many households and persons stand in each village in scope, as a workbook; asks what for."""
    keeper_only(request.user)
    form = ExportForm(request.POST if request.method == "POST" else None, kinds=[("villages", KINDS["villages"])])
    if form.is_valid():
        return _workbook(request, Asked("villages", form.cleaned_data["purpose"]))
    return render(request, "registry/export.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """People by name, pinyin, initials, code or number. POST, so that nothing asked for stands in an address."""
    asked = request.POST.get("asked", "").replace("\x00", "").strip()[:40]
    found = queries.find(request.user, asked)
    if request.user.sees_households and number_in(asked):
        trail.write("searched_number", who=request.user.username, result=f"{len(found)} 人")
    rows = [(one.household, shown("name", one.person.name, one.person, clock.today()), one.relation_to_head) for one in found]
    return render(request, "registry/find.html", {"rows": rows, "asked": bool(asked), "full": len(rows) == queries.FOUND})


@require_GET
def card(request: HttpRequest, code: str) -> HttpResponse:
    """全景: everything known of a household on one page, and its history."""
    household = household_for(request.user, code)
    day, members = household.source.data_date, queries.present_members(household)
    changes = card_.newest_changes(household, [one.person for one in members])
    rows = card_.rows(members, changes, day)
    sections = {one.key: one for one in card_.sections(household, changes)}
    statuses = list(household.statuses.all())
    history, whole = card_.history(household, day), "all" in request.GET
    return render(request, "registry/card.html", {
        "household": household, "members": rows, "head": next((one.name for one in rows if one.member.relation_to_head == "户主"), rows[0].name if rows else code),
        "first": sections.pop("household", None), "sections": sections.values(), "labels": card_.IN_TABLE.values(),
        "counted": card_.counted(members), "statuses": [card_.status_words(one) for one in statuses],
        "tags": [(card_.standing_words(one), one.kind in MONITORED) for one in card_.standing(statuses) if one and not one.ended],
        "no_head": all(one.relation_to_head != "户主" for one in members),
        "former": [(shown("name", one.person.name, one.person, day), one) for one in household.members.exclude(ended_by="").select_related("person")],
        "history": history if whole else history[:card_.RECENT], "many": len(history), "whole": whole, "day": day, "source": household.source,
        "printed_at": clock.now(), "parts": [import_string(one)(household, request.user, clock.today()) for one in settings.CARD_PARTS]})  # fmt: skip


@require_GET
def columns(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Every value of a household (0) or a member that may be put right, one link each; what is masked stays so."""
    household = household_to_write(request.user, code)
    thing, person, name = _whose(household, number)
    day = household.source.data_date
    changes = card_.newest_changes(household, [person] if person else [])
    groups: dict[str, list[card_.Cell]] = {}
    for column in FIELDS:
        if may_be_recorded(column, of_household=person is None):
            groups.setdefault("person" if person else card_.section_of(column), []).append(card_.cell(thing, column, changes, day))
    titled = [(key, card_.SECTIONS.get(key, _("个人情况")), cells) for key, cells in groups.items()]
    return render(request, "registry/columns.html", {"household": household, "number": number, "name": name, "groups": titled})


def _whose(household: Household, number: int) -> tuple[Household | Person, Person | None, str]:
    """Return the household or the member meant, the member's person, and the name as shown. Raises Http404 when there is none."""
    try:
        thing = queries.thing_of(household, number)
    except LookupError as none:
        raise Http404 from none
    person = thing if isinstance(thing, Person) else None
    return thing, person, shown("name", person.name, person, household.source.data_date) if person else ""


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, code: str, number: int, column: str) -> HttpResponse:
    """Put one value right. Whoever comes second sees both versions and chooses."""
    household = household_to_write(request.user, code)
    thing, person, name = _whose(household, number)
    if not may_be_recorded(column, of_household=person is None):
        raise Http404
    day, field = household.source.data_date, FIELDS[column]
    masked = is_masked(column, person, day)
    last = actions.last_change(household, person, column)
    seen = last.pk if last else 0
    form = ValueForm(request.POST if request.method == "POST" else None, field=field, now="" if masked else value_of(thing, column),
                     initial={"seen": seen, "on": clock.today()})
    theirs = None
    if form.is_valid():
        try:
            actions.record_value(household=household, person=person, column=column, by=request.user, **form.cleaned_data)
            return redirect(f"{reverse('registry:card', args=[code])}#history")
        except SomebodyChangedIt:
            theirs = actions.last_change(household, person, column)
            form.data = form.data | {"seen": str(theirs.pk if theirs else 0)}
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "registry/record.html", {
        "household": household, "form": form, "name": name, "label": label(column), "masked": masked, "now": card_.cell(thing, column, {}, day).value,
        "number": number, "theirs": {"who": theirs.source.by, "source": theirs.source} if theirs else None, "said": form.cleaned_data.get("value") if theirs else None}, status=422 if form.is_bound else 200)  # fmt: skip


@require_http_methods(["GET", "POST"])
def relation(request: HttpRequest, code: str) -> HttpResponse:
    """Record another relation of a member to the head, as after the head's death."""
    household = household_to_write(request.user, code)
    present = queries.present_members(household)
    form = RelationForm(request.POST if request.method == "POST" else None, initial={"version": household.version}, members=_names(present),
                        sexes={one.number: one.person.sex for one in present})
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.record_relation(household=household, version=said["version"], member=queries.member_of(household, int(said["number"])),
                                    relation_to_head=said["relation_to_head"], on=said["on"], by=request.user)
            return redirect("registry:card", code)
        except SomebodyChangedIt:
            return _again(request, household, form, _("登记与户主关系"))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _member_change(request, household, form, _("登记与户主关系"))


@require_http_methods(["GET", "POST"])
def joining(request: HttpRequest, code: str) -> HttpResponse:
    """Record who was born, married in or moved in."""
    household = household_to_write(request.user, code)
    form = JoiningForm(request.POST if request.method == "POST" else None, initial={"version": household.version})
    if form.is_valid():
        try:
            actions.record_joining(household=household, by=request.user, **form.cleaned_data)
            return redirect("registry:card", code)
        except SomebodyChangedIt:
            return _again(request, household, form, _("登记人口增加"))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _member_change(request, household, form, _("登记人口增加"))


@require_http_methods(["GET", "POST"])
def leaving(request: HttpRequest, code: str) -> HttpResponse:
    """Record who died, married out or moved out."""
    household = household_to_write(request.user, code)
    present = queries.present_members(household)
    form = LeavingForm(request.POST if request.method == "POST" else None, initial={"version": household.version}, members=_names(present))
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.record_leaving(household=household, version=said["version"], member=queries.member_of(household, int(said["number"])), kind=said["kind"], on=said["on"],
                                   by=request.user)
            return redirect("registry:card", code)
        except SomebodyChangedIt:
            return _again(request, household, form, _("登记人口减少"))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _member_change(request, household, form, _("登记人口减少"))


def _names(present: list[Member]) -> list[tuple[int, str]]:
    return [(one.number, f"{shown('name', one.person.name, one.person, clock.today())}（{one.relation_to_head}）") for one in present]


def _member_change(request: HttpRequest, household: Household, form: Form, title: str, theirs: list[card_.Event] | None = None) -> HttpResponse:
    return render(request, "registry/member_change.html", {"household": household, "form": form, "title": title, "theirs": theirs},
                  status=422 if form.is_bound else 200)


def _again(request: HttpRequest, household: Household, form: Form, title: str) -> HttpResponse:
    """Show what others recorded meanwhile beside what was to be recorded; recording once more is the choice for it."""
    household.refresh_from_db()
    behind = max(1, household.version - form.cleaned_data["version"])
    form.data = form.data | {"version": str(household.version)}
    return _member_change(request, household, form, title, card_.member_events(household, household.source.data_date)[:behind])


@require_GET
def hidden(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The masked values of one member, none of them open: choose the one that is needed."""
    household = household_for(request.user, code)
    _thing, person, name = _whose(household, number)
    if person is None:
        raise Http404
    labels = [(column, label(column)) for column in queries.masked_columns(person, household.source.data_date)]
    return render(request, "registry/hidden.html", {"household": household, "number": number, "name": name, "labels": labels})


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
        value = actions.open_value(household=household, person=person, column=column, purpose=PURPOSES[form.cleaned_data["purpose"]], by=request.user)
    name = shown("name", person.name, person, household.source.data_date) if person else ""
    return render(request, "registry/open_value.html", {"household": household, "form": form, "value": value, "label": label(column), "name": name},
                  status=422 if form.errors else 200)
