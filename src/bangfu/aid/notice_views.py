"""Pages of public notices: written for a checked batch, looked at, put up; objections with their answers; what the town may put on a board or a site."""

import io
import zipfile

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.fields import typed

from . import notice_files, objections, public_site, publishing
from .access import batch_for, notice_for, objection_for, office, whole_town
from .errors import Refused
from .models import Objection, PublicNotice
from .public_forms import ClearForm, NoticeForm, ObjectionAnswerForm, ObjectionForm


@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """The town's notices, those whose days are over first, and open objections."""
    town = whole_town(request.user)
    if request.method == "POST":
        raise Http404
    rows = PublicNotice.objects.filter(town=town).select_related("batch", "by")
    open_ = Objection.objects.filter(notice__town=town, answered_at=None).select_related("notice", "owner").order_by("due_on")
    return render(request, "aid/notices.html", {"rows": rows, "late": [one for one in rows if one.is_late(clock.today())], "objections": open_, "may": request.user.runs_the_office})


@require_http_methods(["GET", "POST"])
def new_notice(request: HttpRequest, code: str) -> HttpResponse:
    """The notice of a batch is written."""
    batch = batch_for(request.user, code)
    office(request.user)
    form = NoticeForm(request.POST if request.method == "POST" else None, initial={"title": f"{batch.town.name}{batch.title}公示", "office": f"{batch.town.name}扶贫办", "place": f"{batch.town.name}和各村公示栏"})
    if form.is_valid():
        try:
            return redirect("aid:notice", publishing.draft(batch=batch, by=request.user, **form.cleaned_data).code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "aid/form.html", {"form": form, "heading": _("写公示"), "act": _("保存，先看一看")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, code: str) -> HttpResponse:
    """A notice as it will be read, what stands in its way, its steps and objections."""
    found = notice_for(request.user, code)
    act = request.POST.get("act", "")
    made = {"clear": ClearForm(request.POST if act == "clear" else None), "objection": ObjectionForm(request.POST if act == "objection" else None, batch=found.batch, prefix="objection")}
    if request.method == "POST" and act != "clear":
        office(request.user)
    form = made.get(act)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            if _done(request, found, act, form.cleaned_data if form else {}):
                return redirect("aid:notice", found.code)
        except Refused as refusal:
            for problem in str(refusal).splitlines():
                form.add_error(None, problem) if form else messages.warning(request, problem)
    found.refresh_from_db()
    rows = notice_files.rows_of(found)
    return render(request, "aid/notice.html", {
        "notice": found, "rows": rows, "columns": notice_files.COLUMNS, "files": found.files.all(), "objections": found.objections.select_related("candidate", "owner"), "clearances": found.clearances.select_related("by"),
        "may": request.user.runs_the_office, "last_day": found.last_day or publishing.last_day(clock.today(), found.days, found.working_days),
        **{f"{key}_form": one for key, one in made.items()}}, status=422 if request.method == "POST" else 200)  # fmt: skip


def _done(request: HttpRequest, found: PublicNotice, act: str, said: dict) -> bool:
    if act == "put_up":
        publishing.put_up(notice=found, by=request.user)
    elif act == "take_down":
        publishing.take_down(notice=found, conclusion=typed(request.POST, "conclusion", 200), by=request.user)
    elif act == "clear":
        publishing.clear(notice=found, by=request.user, **said)
    elif act == "objection":
        objections.enter(notice=found, candidate=said["place"], way=said["way"], text=said["text"], owner=Officer.objects.get(pk=said["owner"]), by=request.user)
    else:
        return False
    return True


@require_POST
def notice_file(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """A file of a notice exactly as it was published."""
    found = notice_for(request.user, code)
    content = publishing.file_of(found, name)
    if content is None or name not in notice_files.FILES:
        raise Http404
    trail.write("exported", found.code, who=request.user.username, result=name)
    return HttpResponse(content, content_type=notice_files.FILES[name], headers={"Content-Disposition": f'attachment; filename="{found.code}_{name}"'})


@require_http_methods(["GET", "POST"])
def objection(request: HttpRequest, code: str) -> HttpResponse:
    """One objection and its answer, without which it stays open."""
    found = objection_for(request.user, code)
    if request.method == "POST":
        office(request.user)
    form = ObjectionAnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            objections.answer(objection=found, words=form.cleaned_data["words"], upheld=form.cleaned_data["upheld"] == "yes", by=request.user)
            return redirect("aid:notice", found.notice.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    said, answered = objections.text_of(found)
    return render(request, "aid/objection.html", {"objection": found, "said": said, "answered": answered, "form": form, "may": request.user.runs_the_office}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def public_pages(request: HttpRequest) -> HttpResponse:
    """What the town may put on its own board or site: notices that are up, open wishes, what became of gifts; as pages in one file, and as text to paste."""
    town = whole_town(request.user)
    pages, problems = public_site.pages(town)
    if request.method == "POST":
        office(request.user)
        if problems:
            return render(request, "aid/public.html", {"pages": pages, "problems": problems, "may": True}, status=422)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in pages.items():
                package.writestr(name, content)
        trail.write("exported", town.code, who=request.user.username, result=f"{len(pages)}")
        return HttpResponse(file.getvalue(), content_type="application/zip", headers={"Content-Disposition": 'attachment; filename="public.zip"'})
    texts = [(name, content.decode()) for name, content in pages.items() if name.endswith(".txt")]
    return render(request, "aid/public.html", {"pages": pages, "texts": texts, "problems": problems, "may": request.user.runs_the_office})


