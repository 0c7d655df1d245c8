"""Pages of the import: files that came in, the preview of one, what became of it. Each finds through the door, acts, answers."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bangfu.base.models import Job

from . import import_actions, import_back, import_columns, preview, queries
from .access import keeper_only, upload_for
from .errors import LeavingDiffers, Refused
from .forms import ColumnsForm, LeavingCountForm, UploadForm, column_choices
from .models import Household, Person, Staged, Upload, UploadState
from .shown import label, shown

PAGE = 50


def day_in(name: str) -> date | None:
    """Return the day a file's name ends with, as in 家庭成员信息_20171020.xlsx."""
    for found in re.findall(r"(?<!\d)(20\d{6})(?!\d)", name):
        try:
            return date.fromisoformat(f"{found[:4]}-{found[4:6]}-{found[6:]}")
        except ValueError:
            continue
    return None


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Hand in an export of the national system; below it what came in before."""
    keeper_only(request.user)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = import_actions.receive(name=file.name, chunks=file.chunks(), data_date=form.cleaned_data["on"] or day_in(file.name), by=request.user)
            return redirect("registry:upload", upload.code)
        except Refused as refusal:
            form.add_error("file", str(refusal))
    return render(request, "registry/imports.html", {"form": form, "rows": queries.uploads(request.user)[:50]}, status=422 if form.is_bound else 200)


@require_GET
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """The preview of a file household by household, or how far it is, or what became of it."""
    found = upload_for(request.user, code)
    if found.state == UploadState.COLUMNS:
        return redirect("registry:file_columns", found.code)
    look = preview.Filter.of(request.GET)
    page, following = look.page(found, PAGE)
    job = Job.objects.filter(code=found.job).first()
    rows = look.rows(found)
    return render(request, "registry/upload.html", {
        "upload": found, "job": job, "look": look, "blocks": _blocks(found, page), "following": following, "fits": rows.count(), "may": rows.filter(may=True).count(),
        "chosen": found.staged.filter(chosen=True).count(), "unchosen": found.staged.filter(chosen=False).count(), "staged": found.staged.count(),
        "counts": found.said.get("counts", {}), "changed": found.staged.filter(state=Staged.CHANGED).count(), "taken": found.staged.filter(state=Staged.TAKEN).count(),
        "villages": found.staged.exclude(village=None).values_list("village", "village__name").annotate(n=Count("pk")).order_by("village"),
        "columns": [(column, preview.column_label(column), found.said["columns"][column]) for column in sorted(found.said.get("columns", {}), key=preview.order)],
        "deciding": found.state == UploadState.PREVIEW, "working": found.state in import_actions.GOES_ON and (job is None or job.is_open),
        "halted": found.state in import_actions.GOES_ON})  # fmt: skip


def _blocks(upload: Upload, page: list[Staged]) -> list[dict[str, object]]:
    plans = [(one, import_actions.said_by(one)) for one in page]
    persons = Person.objects.in_bulk(preview.persons_in([plan for _one, plan in plans]))
    day = upload.data_date or date.min
    households = Household.objects.filter(code__in=[one.code for one in page]).prefetch_related(queries.current_members())
    heads = {one.code: shown("name", head.person.name, head.person, day) for one in households if (head := queries.head_of(one))}
    return [{"staged": one, "plan": plan, "head": preview.head_of(plan, heads, day), "lines": preview.lines(plan, persons, day),
             "may": one.may} for one, plan in plans]


@require_GET
def annotated(request: HttpRequest, code: str) -> HttpResponse:
    """The clerk's own file with what is wrong marked in it, as long as the file is there."""
    found = upload_for(request.user, code)
    if found.state != UploadState.PREVIEW:
        raise Http404
    name, content = import_actions.annotated(upload=found, by=request.user)
    answer = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@require_POST
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Remember the ticks of a page, then go on: to another page, to the import, or away from it."""
    found = upload_for(request.user, code)
    shown_codes, ticked = set(request.POST.getlist("shown")), set(request.POST.getlist("take"))
    if found.state == UploadState.PREVIEW:
        import_actions.choose(upload=found, chosen=ticked & shown_codes, not_chosen=shown_codes - ticked)
    look = preview.Filter.of(request.POST)
    here = redirect("registry:upload", found.code)
    try:
        match request.POST.get("act", ""):
            case "accept":
                import_actions.accept(upload=found, leaving=0, by=request.user)
                return here
            case "none":
                import_actions.throw_away(upload=found, by=request.user)
                return redirect("registry:imports")
            case "on":
                import_actions.go_on(upload=found, by=request.user)
                return here
            case "all" | "nothing" as act if found.state == UploadState.PREVIEW:
                import_actions.choose_all(upload=found, rows=look.rows(found), chosen=act == "all")
            case "filter":
                look = replace(look, after=None)
            case act if act.startswith("kind:"):
                look = preview.Filter(act[5:])  # its count is of all villages and columns
            case act if act.startswith("after:"):
                look = replace(look, after=int(act[6:]) if act[6:].isdecimal() else None)
    except LeavingDiffers:
        return redirect("registry:leaving_households", found.code)
    except Refused:
        return here  # it was decided on meanwhile; the page says how
    query = look.query()
    return redirect(f"{here.url}?{query}" if query else here.url)


@require_http_methods(["GET", "POST"])
def file_columns(request: HttpRequest, code: str) -> HttpResponse:
    """What each column of a file means, and which of its sheets count; said once, it holds for every file with these headers."""
    found = upload_for(request.user, code)
    if found.state not in (UploadState.PREVIEW, UploadState.COLUMNS):
        return redirect("registry:upload", found.code)
    form = ColumnsForm(request.POST if request.method == "POST" else None, tables=import_columns.tables(found))
    if form.is_valid():
        with suppress(Refused):  # it was decided on meanwhile; the page says how
            import_columns.say(upload=found, said=form.said, sheets=form.cleaned_data.get("sheets", []), by=request.user)
        return redirect("registry:upload", found.code)
    return render(request, "registry/file_columns.html", {"upload": found, "form": form, "choices": column_choices()}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def leaving_households(request: HttpRequest, code: str) -> HttpResponse:
    """Of how many households it is meant that they leave the register; said in figures, then the import begins."""
    found = upload_for(request.user, code)
    leaving = found.staged.filter(chosen=True, kind="leaves")
    n = leaving.count()
    form = LeavingCountForm(request.POST if request.method == "POST" else None, n=n)
    if found.state != UploadState.PREVIEW or n == 0:
        return redirect("registry:upload", found.code)
    if form.is_valid():
        with suppress(Refused):  # other households were chosen in another window, or it was decided on: the preview says it
            import_actions.accept(upload=found, leaving=form.cleaned_data["count"], by=request.user)
        return redirect("registry:upload", found.code)
    villages = leaving.values_list("village__name").annotate(n=Count("pk")).order_by("village")
    return render(request, "registry/leaving_households.html", {"upload": found, "form": form, "n": n, "villages": villages, "chosen": found.staged.filter(chosen=True).count()},
                  status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def give_back(request: HttpRequest, code: str) -> HttpResponse:
    """What giving an import back means and what stands in its way; then it is asked for."""
    found = upload_for(request.user, code)
    refused = ""
    if request.method == "POST":
        try:
            import_back.ask(upload=found, by=request.user)
            return redirect("registry:upload", found.code)
        except Refused as refusal:
            refused = str(refusal)
    way = [(one, label(one.column) if one.column else one.what) for one in import_back.in_the_way(found)] if found.state == UploadState.TAKEN else []
    used = import_back.used_elsewhere(found) if found.state == UploadState.TAKEN else []
    return render(request, "registry/give_back.html", {"upload": found, "way": way, "used": used, "refused": refused, "may": found.state == UploadState.TAKEN and not way and not used,
                                                       "taken": found.staged.filter(state=Staged.TAKEN).count()}, status=422 if refused else 200)
