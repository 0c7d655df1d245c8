"""Pages of micro-wishes: collected for a household, reviewed, claimed by phone or paper, the gift that came, and what the public may read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bangfu.base import clock
from bangfu.base.fields import typed
from bangfu.registry.access import household_for
from bangfu.registry.queries import head_name, member_of
from bangfu.registry.shown import shown

from . import wishes
from .access import aid_only, office, wish_for, wishes_of
from .errors import Refused
from .models import Batch, BatchState, ProgrammeKind, WishState
from .public_forms import ArriveForm, ClaimForm, PublishForm, WishForm, soon

SHOWN = 200


@require_GET
def wish_list(request: HttpRequest) -> HttpResponse:
    """The wishes in scope by state; how many are fulfilled, with how many claimed beside it."""
    aid_only(request.user)
    rows = wishes_of(request.user).select_related("household__village", "person")
    everything = list(rows)
    done = wishes.fulfilled(everything)
    counts = {state: sum(one.state == state and one.pk not in done for one in everything) for state in WishState}
    asked = request.GET.get("state", "")
    chosen = [one for one in everything if (one.pk in done) == (asked == "fulfilled") and asked in ("fulfilled", one.state)] if asked else everything
    shown_ = [(one, head_name(one.household, clock.today()), one.pk in done) for one in chosen[:SHOWN]]
    return render(request, "aid/micro_wishes.html", {"rows": shown_, "counts": [(state, counts[state]) for state in WishState], "fulfilled": len(done), "asked": asked, "total": len(chosen)})


@require_http_methods(["GET", "POST"])
def new_wish(request: HttpRequest, code: str) -> HttpResponse:
    """A wish of a household is written down by who sees it."""
    household = household_for(request.user, code)
    form = WishForm(request.POST if request.method == "POST" else None, household=household)
    if form.is_valid():
        said = form.cleaned_data
        person = member_of(household, int(said["person"])).person if said.get("person") else None
        wish = wishes.collect(household=household, person=person, goods=said["goods"], text=said["text"], note=said["note"], value_fen=said["value"], by=request.user)
        if before := wishes.same_before(wish):
            messages.warning(request, _("一年以内记过同样的心愿：{n} 号。").format(n=before.number))
        return redirect("aid:wish", wish.code)
    return render(request, "aid/wish_new.html", {"form": form, "household": household, "head": head_name(household, clock.today())}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def wish(request: HttpRequest, code: str) -> HttpResponse:
    """One wish with everything that happened to it; the office takes its steps here."""
    found = wish_for(request.user, code)
    act = request.POST.get("act", "")
    if request.method == "POST":
        office(request.user)
    made = {"publish": PublishForm(request.POST if act == "publish" else None, initial={"until": soon()}), "claim": ClaimForm(request.POST if act == "claim" else None),
            "arrive": ArriveForm(request.POST if act == "arrive" else None, initial={"goods": found.goods, "on": clock.today()}),
            "rewrite": WishForm(request.POST if act == "rewrite" else None, initial={"goods": found.goods, "text": found.text})}  # fmt: skip
    form = made.get(act)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            if _done(request, found, act, form.cleaned_data if form else {}):
                return redirect("aid:wish", found.code)
        except Refused as refusal:
            for problem in str(refusal).splitlines():
                form.add_error(None, problem) if form else messages.warning(request, problem)
    found.refresh_from_db()
    batches = Batch.objects.filter(town=found.town, state=BatchState.DRAFT, programme__kind=ProgrammeKind.MICRO_WISH)
    return render(request, "aid/wish.html", {
        "wish": found, "head": head_name(found.household, clock.today()), "person": shown("name", found.person.name, found.person, clock.today()) if found.person else "", "events": found.events.select_related("by"),
        "claims": found.claims.all(), "done": wishes.fulfilled([found]).get(found.pk), "before": wishes.same_before(found), "may": request.user.runs_the_office, "batches": batches,
        **{f"{key}_form": one for key, one in made.items()}}, status=422 if request.method == "POST" else 200)  # fmt: skip


def _done(request: HttpRequest, found: object, act: str, said: dict) -> bool:
    by, reason = request.user, typed(request.POST, "reason", 100)
    if act == "publish":
        wishes.publish(wish=found, by=by, **said)
    elif act == "claim":
        wishes.claim(wish=found, by=by, **said)
    elif act == "arrive":
        wishes.arrive(wish=found, by=by, **said)
    elif act == "rewrite":
        wishes.rewrite(wish=found, goods=said["goods"], text=said["text"], value_fen=said["value"], by=by)
    elif act == "send_back":
        wishes.send_back(wish=found, reason=reason, by=by)
    elif act == "cancel":
        wishes.cancel(wish=found, reason=reason, by=by)
    elif act == "withdraw":
        wishes.withdraw(wish=found, reason=reason, by=by)
    elif act == "to_batch":
        batch = Batch.objects.filter(town=found.town, code=typed(request.POST, "batch", 10)).first()
        if batch is None:
            raise Refused(_("请选一批。"))
        messages.success(request, _("{n} 个送到了的心愿加到了名单上。").format(n=wishes.to_batch(batch=batch, by=by)))
    else:
        return False
    return True
