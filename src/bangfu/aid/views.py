"""Pages of aid's ledger: what was prepared and what waits, sources with their fund report, one line's history, the entries themselves."""

import csv
from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.base import calendar, clock, trail
from bangfu.base.codes import new_code
from bangfu.registry.queries import head_name

from . import batches, movements, queries
from .access import aid_only, approver, line_for, office, source_for, whole_town
from .errors import Refused
from .forms import GoodsForm, ProgrammeForm, QuantityForm, ReasonForm, ReceiveForm, ReverseForm, SourceForm
from .models import BatchState, Entry, FundSource, Line, Lot, Programme, ProgrammeKind, Receipt

ROWS = 50


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The desks with their batches, what waits for approval or a signature, and the sources with what is left."""
    aid_only(request.user)
    found = [(one, queries.progress(one, request.user)) for one in queries.batches(request.user).exclude(state=BatchState.THROWN_AWAY)[:60]]
    desks = [(kind, [row for row in found if row[0].programme.kind == kind]) for kind in ProgrammeKind]
    whole = request.user.runs_the_office or request.user.approves_aid
    return render(request, "aid/home.html", {
        "desks": [desk for desk in desks if desk[1]], "whole": whole, "funds": queries.funds(FundSource.objects.filter(town=request.user.area)) if whole else [],
        "waiting": queries.waiting_for(request.user) if request.user.approves_aid else [], "overdue": queries.overdue(request.user.area, clock.today()) if whole else [],
        "next_day": _next_day(), "mine": [(one, head_name(one.household, clock.today())) for one in queries.to_hand_over(request.user)] if request.user.goes_to_households else []})  # fmt: skip


def _next_day() -> date:
    """Return the visit day to come, today's included; today where the calendar has none."""
    today = clock.today()
    return next((day.date for day in [*calendar.visit_days(today.year), *calendar.visit_days(today.year + 1)] if day.date is not None and day.date >= today), today)


@require_http_methods(["GET", "POST"])
def new_source(request: HttpRequest) -> HttpResponse:
    """A source of money or goods is written down."""
    town = office(request.user)
    form = SourceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data
        if FundSource.objects.filter(town=town, name=said["name"]).exists():
            form.add_error("name", _("已经有叫这个名字的来源。"))
        else:
            with transaction.atomic():
                source = FundSource.objects.create(code=new_code(), town=town, name=said["name"], kind=said["kind"], expires_on=said["expires_on"],
                                                   terms={"programmes": said["programmes"]} if said["programmes"] else {})  # fmt: skip
                trail.write("source_written", source.code, who=request.user.username)
            return redirect("aid:source", source.code)
    return render(request, "aid/form.html", {"form": form, "heading": _("写一个资金来源"), "act": _("保存")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def source(request: HttpRequest, code: str) -> HttpResponse:
    """What came in from a source, what became of it, what is left; money and goods are received here."""
    found = source_for(request.user, code)
    may = request.user.runs_the_office
    if request.method == "POST":
        office(request.user)
    act = request.POST.get("act")
    money = ReceiveForm(request.POST if act == "money" else None, initial={"on": clock.today()})
    goods = GoodsForm(request.POST if act == "goods" else None, initial={"on": clock.today()}, prefix="goods")
    once = request.POST.get("once") or new_code()
    try:
        if money.is_valid():
            said = money.cleaned_data
            movements.receive(source=found, fen=said["fen"], on=said["on"], by=request.user, key=f"receive {once}", document_no=said["document_no"], belongs_to=said["belongs_to"])
            return redirect("aid:source", found.code)
        if goods.is_valid():
            _store(found, goods.cleaned_data, request, once)
            return redirect("aid:source", found.code)
    except Refused as refusal:
        (money if money.is_bound else goods).add_error(None, str(refusal))
    bound = money.is_bound or goods.is_bound
    return render(request, "aid/source.html", {"source": found, "funds": queries.funds([found]), "lots": queries.lots(found), "may": may, "money": money, "goods": goods, "once": once},
                  status=422 if bound or request.method == "POST" else 200)


@transaction.atomic
def _store(found: FundSource, said: dict, request: HttpRequest, once: str) -> None:
    if Entry.objects.filter(key=f"store {once}").exists():
        return
    accepted = said["delivered"] - (said["dead"] or 0)
    lot = Lot.objects.create(code=new_code(), source=found, commodity=batches.known(found.town, said["goods"], said["unit"]), supplier=said["supplier"], unit_price_fen=said["price"], delivered=said["delivered"],
                             dead=said["dead"] or 0, document_no=said["document_no"], certificate_no=said["certificate_no"], on=said["on"])  # fmt: skip
    movements.take_into_store(lot=lot, quantity=accepted, price_fen=(said["price"] or 0) * accepted, on=said["on"], by=request.user, key=f"store {once}")


@require_http_methods(["GET", "POST"])
def new_programme(request: HttpRequest) -> HttpResponse:
    """A programme is written down."""
    town = office(request.user)
    form = ProgrammeForm(request.POST if request.method == "POST" else None, town=town)
    if form.is_valid():
        said = form.cleaned_data
        if Programme.objects.filter(town=town, name=said["name"]).exists():
            form.add_error("name", _("已经有叫这个名字的项目。"))
        else:
            with transaction.atomic():
                made = Programme.objects.create(code=new_code(), town=town, **said)
                trail.write("programme_written", made.code, who=request.user.username)
            return redirect("aid:home")
    return render(request, "aid/form.html", {"form": form, "heading": _("写一个项目"), "act": _("保存")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def line(request: HttpRequest, key: int) -> HttpResponse:
    """One line with everything that was ever said of it; it is put right here."""
    found = line_for(request.user, key)
    act, once = request.POST.get("act"), request.POST.get("once") or new_code()
    if request.method == "POST":
        approver(request.user) if act == "replace" else office(request.user)
    forms = {"reverse": ReverseForm(request.POST if act == "reverse" else None), "cancel": ReasonForm(request.POST if act == "cancel" else None, prefix="cancel"),
             "refund": QuantityForm(request.POST if act == "refund" else None, commodity=found.commodity, label=_("收回来多少"), prefix="refund"),
             "replace": QuantityForm(request.POST if act == "replace" else None, commodity=found.commodity, label=_("正确的数量"), prefix="replace")}  # fmt: skip
    form = forms.get(act or "")
    if form is not None and form.is_valid():
        try:
            return redirect("aid:line", _put_right(request, found, act, form.cleaned_data, once).pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    reversal = Entry.objects.filter(reverses=found).select_related("aside", "by").first()
    return render(request, "aid/line.html", {
        "line": found, "head": head_name(found.household, clock.today()), "receipts": queries.receipts_of(found), "reversal": reversal, "refunds": found.refunds.select_related("aside", "by"), "once": once,
        "may": request.user.runs_the_office, "may_replace": request.user.approves_aid, "standing": found.receipts.filter(cancellation=None).exists(), **forms}, status=422 if request.method == "POST" else 200)  # fmt: skip


def _put_right(request: HttpRequest, found: Line, act: str, said: dict, once: str) -> Line:
    if act == "replace":
        return movements.replace(line=found, quantity=said["quantity"], reason=said["reason"], by=request.user, drafted_by=found.batch.drafted_by, approved_by=request.user, key=f"replace {once}")
    if act == "reverse":
        movements.reverse(line=found, reason=said["reason"], by=request.user, key=f"reverse {once}", came_back=said["came_back"])
    elif act == "refund":
        movements.refund(line=found, quantity=said["quantity"], reason=said["reason"], by=request.user, key=f"refund {once}")
    else:
        receipt = Receipt.objects.filter(line=found, cancellation=None).order_by("-pk").first()
        if receipt is None:
            raise Refused(_("这一行没有可以作废的签收。"))
        movements.cancel_signature(receipt=receipt, reason=said["reason"], by=request.user, key=f"cancel {once}")
    return found


@require_http_methods(["GET", "POST"])
def entries(request: HttpRequest) -> HttpResponse:
    """The ledger as it is, the newest entries first; a month that has ended is closed here."""
    town = whole_town(request.user)
    if request.method == "POST":
        office(request.user)
        months = {f"{month:%Y-%m}": month for month in queries.open_months(town, clock.today())}
        if (month := months.get(request.POST.get("month", ""))) is None:
            raise Http404
        try:
            movements.close_month(town=town, month=month, by=request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("aid:entries")
    rows = queries.entries(town)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[:ROWS + 1])
    return render(request, "aid/entries.html", {"rows": page[:ROWS], "following": page[ROWS - 1].pk if len(page) > ROWS else "", "months": queries.open_months(town, clock.today()),
                                                "may": request.user.runs_the_office})


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


@require_POST
def entries_file(request: HttpRequest) -> HttpResponse:
    """The whole ledger as CSV with its hashes: a leg a row, ids and no names."""
    town = whole_town(request.user)
    trail.write("exported", town.code, who=request.user.username, result="台账")

    def rows() -> Iterator[str]:
        out = csv.writer(_Echo())
        yield "\ufeff" + out.writerow(["条", "类别", "日期", "记账时间", "凭证", "账户", "商品", "数量", "户", "档", "前一条", "本条"])
        for entry in Entry.objects.filter(town=town).order_by("id").prefetch_related("legs__account", "legs__line").iterator(500):
            head = [entry.id, entry.kind, entry.on, entry.at.isoformat(), entry.document_no]
            for leg in entry.legs.all():
                mine = getattr(leg, "line", None)
                yield out.writerow([*head, leg.account.key, leg.commodity_id, leg.quantity, mine.household_id if mine else "", mine.standard if mine else "", entry.before, entry.digest])
            if not entry.legs.all():
                yield out.writerow([*head, "", "", "", "", "", entry.before, entry.digest])

    return StreamingHttpResponse(rows(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="ledger.csv"'})
