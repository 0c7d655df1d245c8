"""Pages of 产业: the season's picture, a household's answer, a village's decision and plan, follow-ups, and what they propose for the data check."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bangfu.base import clock, money
from bangfu.base.fields import typed
from bangfu.registry.access import household_for, keeper_only, village_for
from bangfu.registry.models import Household
from bangfu.registry.queries import head_name, villages

from . import farming
from .access import field_only, grown_batch_for, line_to_follow, office
from .errors import Refused
from .farming_forms import DirectionForm, FollowUpForm, IntentionForm, PlanForm
from .models import FarmingIntention, FollowUp


def _season(request: HttpRequest) -> str:
    asked = request.GET.get("season", "")
    return asked if farming.SEASON.fullmatch(asked) else farming.season_on(clock.today())


def _of_season(name: str, season: str, *args: Any) -> str:
    return reverse(name, args=args, query={"season": season})


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The season by villages, and the losses somebody has to see to."""
    field_only(request.user)
    season, open_ = _season(request), farming.tasks(request.user)
    if request.method == "POST":
        one = next((one for one in open_ if str(one.pk) == request.POST.get("key")), None)
        if one is None:
            raise Http404
        try:
            farming.settle(follow_up=one, how=typed(request.POST, "how", 100), by=request.user)
            return redirect(_of_season("aid:farming", season))
        except Refused as refusal:
            messages.warning(request, str(refusal))
    rows = farming.pictures(request.user, villages(request.user), season)
    return render(request, "aid/farming.html", {
        "season": season, "seasons": farming.seasons(Household.objects.in_scope(request.user)), "rows": rows, "items": _items(rows),
        "tasks": [(one, head_name(one.line.household, clock.today()), farming.percent(1 - one.survival)) for one in open_]}, status=422 if request.method == "POST" else 200)  # fmt: skip


def _items(rows: list[farming.Picture]) -> list[farming.Wish]:
    found: dict[tuple[str, str], farming.Wish] = {}
    for one in (wish for row in rows for wish in row.wishes):
        old = found.get((one.item, one.unit), farming.Wish(one.item, one.unit, 0, 0, 0))
        found[one.item, one.unit] = farming.Wish(one.item, one.unit, old.households + one.households, old.quantity + one.quantity, old.area_tenths + one.area_tenths)
    return sorted(found.values(), key=lambda one: (-one.households, one.item))


@require_GET
def village(request: HttpRequest, code: str) -> HttpResponse:
    """A village's picture of a season, what it decided, and every household with what it said."""
    found, season = village_for(request.user, code), _season(request)
    picture, rows, decided = farming.told(request.user, found, season)
    return render(request, "aid/farming_village.html", {
        "village": found, "season": season, "seasons": farming.seasons(Household.objects.in_scope(request.user).filter(village=found)), "picture": picture, "decided": decided,
        "money_need": money.yuan(picture.money_need_fen), "lists": [
            (_("没有问到的户"), [row for row in rows if not row.rows]), (_("在方向以外的户"), [row for row in rows if row.outside]),
            (_("有种养意愿的户"), [row for row in rows if row.rows and not row.none and not row.outside]), (_("没有种养意愿的户"), [row for row in rows if row.none])]})  # fmt: skip


@require_http_methods(["GET", "POST"])
def intention(request: HttpRequest, code: str) -> HttpResponse:
    """What a household means to grow is written down; what it said before stands beside."""
    found, season = household_for(request.user, code), _season(request)
    form = IntentionForm(request.POST if request.method == "POST" else None, initial={"season": season, "on": clock.today()})
    if form.is_valid():
        try:
            farming.answer(household=found, by=request.user, **form.cleaned_data)
            messages.success(request, _("记下了。还有别的品种，可以接着记。"))
            return redirect(_of_season("aid:intention", form.cleaned_data["season"], found.code))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    rows = list(FarmingIntention.objects.filter(household=found).select_related("by").order_by("-on", "-pk")[:50])
    counts = {one.pk for key in {one.season for one in rows} for one in farming.intentions([found], key).get(found.pk, [])}
    return render(request, "aid/intention.html", {"household": found, "head": head_name(found, clock.today()), "form": form, "season": season, "rows": [(one, one.pk in counts) for one in rows]},
                  status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def direction(request: HttpRequest, code: str) -> HttpResponse:
    """What a village decided is written down."""
    keeper_only(request.user)
    found, season = village_for(request.user, code), _season(request)
    form = DirectionForm(request.POST if request.method == "POST" else None, initial={"season": season, "decided_on": clock.today()})
    if form.is_valid():
        try:
            farming.decide(village=found, by=request.user, **form.cleaned_data)
            return redirect(_of_season("aid:farming_village", form.cleaned_data["season"], found.code))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "aid/form.html", {"form": form, "heading": _("{village}定产业方向").format(village=found.name), "act": _("记下来")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """A batch is drafted from what a village's households mean to grow."""
    town, found, season = office(request.user), village_for(request.user, code), _season(request)
    (picture,) = farming.pictures(request.user, [found], season)
    form = PlanForm(request.POST if request.method == "POST" else None, town=town, items=list(dict.fromkeys(one.item for one in picture.wishes)), initial={"on": clock.today()})
    if form.is_valid():
        try:
            made = farming.plan(village=found, season=season, by=request.user, **form.cleaned_data)
            messages.success(request, _("列了 {n} 户。").format(n=made.rows))
            for home, why in made.skipped[:50]:
                messages.warning(request, f"{home.code} {why}")
            return redirect("aid:batch", made.batch.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "aid/form.html", {"form": form, "heading": _("{village} {season}：按意愿起草一批").format(village=found.name, season=season), "act": _("起草")}, status=422 if form.is_bound else 200)


@require_GET
def follow_ups(request: HttpRequest, code: str) -> HttpResponse:
    """What was handed over of a batch, and which follow-ups are due."""
    found = grown_batch_for(request.user, code)
    rows = farming.raised(found, request.user)
    return render(request, "aid/follow_ups.html", {"batch": found, "rows": rows, "sums": farming.sums(rows), "due": sum(due.is_due for row in rows for due in row.dues), "may": request.user.sees_households,
                                                   "ages": FollowUp.AGES})  # fmt: skip


@require_http_methods(["GET", "POST"])
def follow_up(request: HttpRequest, key: int, age: int) -> HttpResponse:
    """What became of a line at 30 or 90 days is entered."""
    found = line_to_follow(request.user, key, age)
    received, first = farming.handed_over([found])[found.pk]
    form = FollowUpForm(request.POST if request.method == "POST" else None, initial={"on": clock.today()})
    if form.is_valid():
        try:
            made = farming.follow_up(line=found, age=age, by=request.user, **form.cleaned_data)
            messages.success(request, _("记下了，成活 {percent}。").format(percent=farming.percent(made.survival)))
            if made.is_lost:
                messages.warning(request, _("损失超过两成：要技术员或供应商处理。"))
            return redirect("aid:follow_ups", found.batch.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    earlier = [(one, farming.percent(one.survival), money.yuan(one.proceeds_fen)) for one in found.follow_ups.select_related("by", "settled_by")]
    return render(request, "aid/follow_up.html", {"line": found, "age": age, "head": head_name(found.household, clock.today()), "received": received, "first": first, "form": form, "earlier": earlier},
                  status=422 if form.is_bound else 200)


@require_GET
def income(request: HttpRequest) -> HttpResponse:
    """What was sold, as a proposal for the data check: never written to the register."""
    keeper_only(request.user)
    return render(request, "aid/income.html", {"rows": [(one, money.yuan(one.fen)) for one in farming.proposals(request.user)]})
