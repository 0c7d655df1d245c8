"""Pages of bulletins: written, looked at with the figures as they are, issued; each figure opens its list."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.aid.figures import lines_seen
from bangfu.aid.models import Receipt
from bangfu.base import clock, trail
from bangfu.base.errors import Refused
from bangfu.registry.queries import head_name

from . import actions, document, figures
from .access import bulletin_for, figure_for, reader, writer
from .fields import pieces
from .forms import BulletinForm, FigureCodeForm
from .models import Bulletin, BulletinState, Figure
from .shown import basis

SHOWN = 300


@require_http_methods(["GET", "POST"])
def bulletins(request: HttpRequest) -> HttpResponse:
    """The town's bulletins; a figure's list is found by its printed code."""
    town = reader(request.user)
    form = FigureCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return redirect("reports:figure", figure_for(request.user, form.cleaned_data["code"]).code)
        except Http404:
            form.add_error("code", _("没有这个编号的名单。"))
    rows = Bulletin.objects.filter(town=town).select_related("by")
    if not (request.user.runs_the_office or request.user.approves_aid):
        rows = rows.filter(state=BulletinState.ISSUED)
    return render(request, "reports/bulletins.html", {"rows": rows, "form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, code: str = "") -> HttpResponse:
    """A bulletin is written, or a draft written anew."""
    town = writer(request.user)
    found = bulletin_for(request.user, code) if code else None
    initial = {key: getattr(found, key) for key in ("title", "starts_on", "ends_on", "text")} if found else {"starts_on": clock.today().replace(day=1), "ends_on": clock.today()}
    form = BulletinForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            return redirect("reports:bulletin", actions.write(bulletin=found, town=town, by=request.user, **form.cleaned_data).code)
        except Refused as refusal:
            for problem in str(refusal).splitlines():
                form.add_error("text", problem)
    return render(request, "reports/write.html", {"form": form, "bulletin": found}, status=422 if form.is_bound else 200)


@require_GET
def bulletin(request: HttpRequest, code: str) -> HttpResponse:
    """A bulletin with its figures, each leading to its list; of an issued one what was corrected since."""
    found = bulletin_for(request.user, code)
    kept = {one.field: one for one in found.figures.defer("rows")}
    counted = {one.of.text: one for one in ([] if kept else actions.live(found))}
    shown = document.values(found, list(counted.values()))
    corrected = actions.corrections(found) if kept else {}
    rows = [{"field": key, "shown": value, "basis": basis(found, key), "figure": kept.get(key), "n": kept[key].listed if key in kept else len(counted[key].rows),
             "now": figures.said(kept[key].measure, corrected[key][0]) if key in corrected else "", "by": _difference(kept[key].measure, corrected[key][1]) if key in corrected else ""} for key, value in shown.items()]  # fmt: skip
    paragraphs = [[(one, "") if isinstance(one, str) else (shown[one.text], one.text) for one in pieces(line)] for line in found.text.splitlines() if line.strip()]
    return render(request, "reports/bulletin.html", {"bulletin": found, "paragraphs": paragraphs, "rows": rows, "codes": {key: one.code for key, one in kept.items()}, "may": request.user.runs_the_office,
                                                     "corrected": corrected})


def _difference(measure: str, by: int) -> str:
    return ("+" if by > 0 else "−") + figures.said(measure, abs(by))


@require_POST
def issue(request: HttpRequest, code: str) -> HttpResponse:
    """A draft is issued."""
    writer(request.user)
    found = bulletin_for(request.user, code)
    try:
        actions.issue(bulletin=found, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("reports:bulletin", found.code)


@require_POST
def word(request: HttpRequest, code: str) -> HttpResponse:
    """The bulletin as a Word document."""
    found = bulletin_for(request.user, code)
    kept = {one.field: one for one in found.figures.defer("rows")}
    made = document.word(found, document.values(found, [] if kept else actions.live(found)), kept)
    trail.write("exported", found.code, who=request.user.username, result="简报")
    return HttpResponse(made, content_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document", headers={"Content-Disposition": f'attachment; filename="bulletin_{found.code}.docx"'})


@require_GET
def figure(request: HttpRequest, code: str) -> HttpResponse:
    """The list an issued figure was counted from, as far as the reader may see it, and what became of each row since."""
    found = figure_for(request.user, code)
    return _list(request, found.bulletin, found.field, found.rows, figures.said(found.measure, found.value, found.typed), found)


@require_GET
def live_list(request: HttpRequest, code: str) -> HttpResponse:
    """The list a draft's figure is counted from now."""
    found = bulletin_for(request.user, code)
    one = next((one for one in actions.live(found) if one.of.text == request.GET.get("field")), None)
    if one is None or one.value is None:
        raise Http404
    return _list(request, found, one.of.text, figures.frozen(one.rows), one.shown, None)


def _list(request: HttpRequest, found: Bulletin, field: str, rows: list, value: str, kept: Figure | None) -> HttpResponse:
    lines = lines_seen(request.user, [row[1] for row in rows])
    receipts = Receipt.objects.filter(pk__in=[row[0] for row in rows if row[1] in lines]).select_related("cancellation", "line__reversal").in_bulk()
    heads: dict[int, str] = {}
    shown, seen = [], 0
    for receipt, line, _household, _person, quantity in rows:
        if line not in lines:
            continue
        seen += quantity
        if len(shown) < SHOWN:
            home = lines[line].household
            head = heads.setdefault(home.pk, head_name(home, clock.today()))
            shown.append((lines[line], receipts[receipt], head, quantity))
    return render(request, "reports/figure.html", {
        "bulletin": found, "field": field, "figure": kept, "basis": basis(found, field), "rows": shown, "total": len(rows), "mine": sum(row[1] in lines for row in rows),
        "value": value, "sum": seen})  # fmt: skip
