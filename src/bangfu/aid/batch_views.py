"""Pages of one batch: its list, what was found of it, its steps; sheets printed and typed back."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.accounts.models import Officer
from bangfu.base import clock, jobs
from bangfu.base.fields import typed
from bangfu.registry import uploads
from bangfu.registry.models import Household
from bangfu.registry.queries import current_members, head_name

from . import batches, distribution, looking, payments, queries
from .access import approver, batch_for, office, printed_for, sheet_for, sheet_to_type
from .errors import Refused
from .forms import AddAllForm, AddOneForm, BatchForm, ReplyForm, SheetCodeForm, StandardForm, TypeBackForm
from .ledger import amount
from .models import Batch, BatchState, Candidate, Commodity, Standard
from .models.ledger import MONEY
from .received import received

SHOWN = 200
FOR_APPROVER = {"approve"}


@require_http_methods(["GET", "POST"])
def new_batch(request: HttpRequest) -> HttpResponse:
    """A batch is begun."""
    town = office(request.user)
    form = BatchForm(request.POST if request.method == "POST" else None, town=town, initial={"on": clock.today()})
    if form.is_valid():
        batch = batches.draft(by=request.user, **form.cleaned_data)
        return redirect("aid:batch", batch.code)
    return render(request, "aid/form.html", {"form": form, "heading": _("起草一批"), "act": _("起草")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, code: str) -> HttpResponse:
    """A batch with its list; every step is taken here."""
    found = batch_for(request.user, code)
    act = request.POST.get("act", "")
    forms = {"standard": StandardForm(request.POST if act == "standard" else None, batch=found, prefix="standard")}
    if request.user.runs_the_office:
        forms |= {"all": AddAllForm(request.POST if act == "all" else None, batch=found, officer=request.user, prefix="all"), "one": AddOneForm(request.POST if act == "one" else None, batch=found, prefix="one")}
    if request.method == "POST":
        approver(request.user) if act in FOR_APPROVER else office(request.user)
        form = forms.get(act)
        try:
            if (form is None or form.is_valid()) and _done(request, found, act, form.cleaned_data if form else {}):
                return redirect("aid:batch", found.code)
        except Refused as refusal:
            form.add_error(None, str(refusal)) if form else messages.warning(request, str(refusal))
        found.refresh_from_db()
    place = int(request.GET["after"]) if request.GET.get("after", "").isdecimal() and len(request.GET["after"]) < 9 else 0
    rows, following = _rows(found, place)
    return render(request, "aid/batch.html", {
        "batch": found, "rows": rows, "following": following, "totals": [(tier, kind, n, amount(kind, total)) for tier, kind, n, total in batches.totals(found)], "sums": _sums(found),
        "recipients": found.candidates.filter(left_out="").values("household", "person").distinct().count(),
        "warnings": [(one, head_name(one.household, clock.today())) for one in looking.warnings(found, clock.today())] if found.state != BatchState.THROWN_AWAY else [],
        "progress": queries.progress(found, request.user) if found.state in (BatchState.APPROVED, BatchState.CLOSED) else None, "may": request.user.runs_the_office,
        "may_approve": request.user.approves_aid and found.state in _approvable(found) and found.candidates.filter(left_out="", posted=False).exists(),
        "standards": found.standards.select_related("commodity", "lot__commodity"), "covers": found.covers.select_related("household", "by"), "sheets": found.sheets.select_related("village"),
        **{f"{key}_form": form for key, form in forms.items()}}, status=422 if request.method == "POST" else 200)  # fmt: skip


def _approvable(found: Batch) -> tuple[str, ...]:
    return (BatchState.DISCLOSED, BatchState.APPROVED) if found.programme.needs_notice else (BatchState.CHECKED, BatchState.DISCLOSED, BatchState.APPROVED)


def _sums(found: Batch) -> list[str]:
    sums: dict[Commodity, int] = {}
    for _tier, kind, _n, total in batches.totals(found):
        sums[kind] = sums.get(kind, 0) + total
    return [amount(kind, total) if kind.is_money else f"{kind.name} {amount(kind, total)}" for kind, total in sums.items()]


def _rows(found: Batch, after: int) -> tuple[list[tuple[Candidate, str, str, list]], int]:
    page = list(found.candidates.filter(place__gt=after).select_related("household__village", "person", "commodity", "left_out_by")[:SHOWN + 1])
    more = page[SHOWN - 1].place if len(page) > SHOWN else 0
    page = page[:SHOWN]
    homes = {home.pk: home for home in Household.objects.filter(pk__in=[one.household_id for one in page]).prefetch_related(current_members())}
    lines: dict[tuple[int, int | None], list] = {}
    for line in found.lines.with_signed().filter(household__in=homes).select_related("commodity", "reversal"):
        lines.setdefault((line.household_id, line.person_id), []).append(line)
    tiers: dict[str, list[Standard]] = {}
    for one in found.standards.select_related("commodity"):
        tiers.setdefault(one.name, []).append(one)
    rows = []
    for one in page:
        given = [(one.commodity, one.quantity)] if one.quantity is not None else [(tier.commodity, tier.quantity) for tier in tiers.get(one.standard, [])]
        words = _("、").join(amount(kind, n) if kind.is_money else f"{kind.name} {amount(kind, n)}" for kind, n in given)
        rows.append((one, head_name(homes[one.household_id], clock.today()), words, lines.get((one.household_id, one.person_id), [])))
    return rows, more


def _done(request: HttpRequest, found: Batch, act: str, said: dict) -> bool:
    by, post = request.user, request.POST
    if act == "standard":
        commodity = said["lot"].commodity if said["lot"] and said["quantity"] else Commodity.objects.get(pk=MONEY)
        batches.set_standard(batch=found, name=said["name"], commodity=commodity, quantity=said["fen"] or said["quantity"], lot=said["lot"] if said["quantity"] else None)
    elif act == "drop":
        batches.drop_standard(batch=found, standard=_of(found.standards, post.get("key", "")))
    elif act == "all":
        n = batches.add_all(batch=found, villages=said["villages"], as_=said["as_"], standard=said["standard"], by=by)
        messages.success(request, _("加了 {n} 户。").format(n=n))
    elif act == "one":
        _add(found, said, by)
    elif act == "off":
        batches.take_off(batch=found, keys=[int(key) for key in post.getlist("key") if key.isdecimal() and len(key) < 18], by=by)
    elif act == "check":
        batches.check(batch=found, by=by)
    elif act == "reopen":
        batches.back_to_draft(batch=found, by=by)
    elif act == "throw_away":
        batches.throw_away(batch=found, by=by)
    elif act == "cover":
        home = Household.objects.in_scope(by).filter(code=typed(post, "household", 20)).first()
        if home is None:
            raise Http404
        batches.cover(batch=found, household=home, rule=typed(post, "rule", 16), fact=typed(post, "fact", 200), reason=typed(post, "reason", 100), by=by)
    elif act == "leave_out":
        batches.leave_out(candidate=_of(found.candidates, post.get("key", "")), reason=typed(post, "reason", 100), by=by)
    elif act == "approve":
        lines = batches.approve(batch=found, by=by)
        messages.success(request, _("批准了，{n} 行记进台账。").format(n=len(lines)))
    elif act == "close":
        n = batches.close(batch=found, by=by, reason=typed(post, "reason", 100))
        messages.success(request, _("办结了。没有签收的 {n} 行已经退回。").format(n=n))
    else:
        return False
    return True


def _of(rows: object, key: str) -> object:
    one = rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None
    if one is None:
        raise Http404
    return one


def _add(found: Batch, said: dict, by: Officer) -> None:
    codes = list(dict.fromkeys(said["codes"].replace("，", "\n").replace(",", "\n").split()))
    homes = {home.code: home for home in Household.objects.in_scope(by).filter(code__in=codes)}
    if missing := [code for code in codes if code not in homes]:
        raise Refused(_("没有这些户编号：{codes}。一户也没有加。").format(codes=_("、").join(missing[:20])))
    for code in codes:
        batches.add(batch=found, household=homes[code], standard=said["standard"])


@require_POST
def print_sheets(request: HttpRequest, code: str) -> HttpResponse:
    """All sheets of a batch as one PDF, asked of the worker."""
    found = batch_for(request.user, code)
    office(request.user)
    if found.state != BatchState.APPROVED:
        raise Http404
    job = jobs.ask("distribution_pdf", about=f"batch {found.code}", by=request.user.username, once=f"distribution {found.code} {request.user.username}")
    return redirect("base:job", job.code)


@require_GET
def printed(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF a job made, for who asked for it."""
    job = printed_for(request.user, code)
    try:
        with uploads.opened(job.code, "sheets.pdf") as path:
            pdf = path.read_bytes()
    except FileNotFoundError:
        return render(request, "aid/gone.html", status=410)
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": 'attachment; filename="distribution.pdf"'})


@require_POST
def print_day(request: HttpRequest) -> HttpResponse:
    """A sheet for each caseworker with what is still to be handed over to the caseworker's households, for a visit day, as one PDF."""
    office(request.user)
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError as error:
        raise Http404 from error
    job = jobs.ask("distribution_pdf", about=f"day {on}", by=request.user.username, once=f"distribution {on} {request.user.username}")
    return redirect("base:job", job.code)


@require_POST
def payment_list(request: HttpRequest, code: str) -> HttpResponse:
    """What the bank is still to pay, as a workbook; no bank number is in it."""
    found = batch_for(request.user, code)
    office(request.user)
    made = payments.workbook(found, by=request.user)
    return HttpResponse(made, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers={"Content-Disposition": f'attachment; filename="payments_{found.code}.xlsx"'})


@require_http_methods(["GET", "POST"])
def bank_reply(request: HttpRequest, code: str) -> HttpResponse:
    """The bank's reply comes in: each row that was paid is the receipt, each that failed waits to be issued again."""
    found = batch_for(request.user, code)
    office(request.user)
    if not found.by_bank:
        raise Http404
    form = ReplyForm(*((request.POST, request.FILES) if request.method == "POST" else ()), initial={"on": clock.today()})
    if form.is_valid():
        try:
            with received(form.cleaned_data["file"]) as path:
                replies = payments.read(path)
            paid, failed = payments.enter(batch=found, replies=replies, on=form.cleaned_data["on"], by=request.user)
            messages.success(request, _("录好了：{paid} 行到账，{failed} 行退回，等着重发。").format(paid=paid, failed=failed))
            return redirect("aid:batch", found.code)
        except Refused as refusal:
            for problem in str(refusal).splitlines():
                form.add_error("file", problem)
    return render(request, "aid/bank_reply.html", {"batch": found, "form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def find_sheet(request: HttpRequest) -> HttpResponse:
    """A sheet that came back is found by the code at its foot."""
    if not request.user.keeps_register:
        raise Http404
    form = SheetCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return redirect("aid:sheet", sheet_to_type(request.user, form.cleaned_data["code"]).code)
        except Http404:
            form.add_error("code", _("没有这张表。"))
    return render(request, "aid/find_sheet.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """What is on a sheet; typed back by exception."""
    found = sheet_for(request.user, code)
    if request.method == "POST":
        sheet_to_type(request.user, code)
    rows = distribution.rows_of(found)
    last = request.session.get("distributors", {})
    form = TypeBackForm(request.POST if request.method == "POST" else None, town=found.town_id, initial={"on": found.on if found.on <= clock.today() else clock.today(), **last})
    if form.is_bound and not form.is_valid():  # what is wrong with the rows is said with the rest
        for problem in distribution.read(form.cleaned_data.get("exceptions", ""), rows).problems:
            form.add_error("exceptions", problem)
    if form.is_valid():
        said = form.cleaned_data
        people = Officer.objects.in_bulk([int(said[key]) for key in ("distributor_1", "distributor_2", "witness") if said[key]])
        try:
            signed, absent, refused = distribution.type_back(
                sheet=found, rows=rows, typed=distribution.read(said["exceptions"], rows), on=said["on"], distributors=(people[int(said["distributor_1"])], people[int(said["distributor_2"])]),
                witness=people[int(said["witness"])] if said["witness"] else None, by=request.user)  # fmt: skip
            request.session["distributors"] = {key: said[key] for key in ("distributor_1", "distributor_2", "witness")} | {"on": f"{said['on']}"}
            messages.success(request, _("录好了：{signed} 户签收，{absent} 户没有来，{refused} 户不领。").format(signed=signed, absent=absent, refused=refused))
            namesakes = distribution.namesakes(rows, list(people.values()))
            if namesakes:
                messages.warning(request, _("发放人和领取人同名，请核对：{names}").format(names=_("、").join(namesakes)))
            return redirect("aid:find_sheet")
        except Refused as refusal:
            for problem in str(refusal).splitlines():
                form.add_error("exceptions", problem)
    return render(request, "aid/sheet.html", {"sheet": found, "rows": rows, "form": form, "may": request.user.keeps_register and found.settled_at is None}, status=422 if form.is_bound else 200)
