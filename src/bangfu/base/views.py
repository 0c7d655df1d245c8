"""The first page, large print and dark pages, and the answers to an unknown address and to a fault of ours."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from . import feedback, jobs, protection, sealing, trail
from .models import Feedback, Job, TrailEntry

TRAIL_PAGE = 100
JOBS_SHOWN = 100


def home(request: HttpRequest) -> HttpResponse:
    """Lead an officer to what the role is for; who sees no households reads so."""
    if request.user.goes_to_households:
        return redirect("visits:own")
    if request.user.sees_households:
        return redirect("registry:villages")
    if request.user.manages_accounts:
        return redirect("accounts:officers")
    if request.user.approves_aid:
        return redirect("aid:home")
    if request.user.reads_trail:
        return redirect("base:trail")
    told = {"backed_up": trail.last("backed_up"), "restored": trail.last("restored")} if request.user.keeps_keys else {}
    return render(request, "base/home.html", told)


@require_GET
def trail_page(request: HttpRequest) -> HttpResponse:
    """The trail for the auditor: newest first, by act, a hundred a page; it counts nobody's work (protection D3)."""
    if not request.user.reads_trail:
        raise Http404
    act, before = request.GET.get("act", ""), request.GET.get("before", "")
    rows = TrailEntry.objects.all()
    if act in trail.ACTS:
        rows = rows.filter(act=act)
    if before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[:TRAIL_PAGE + 1])
    shown = [(entry, trail.ACTS.get(entry.act, entry.act)) for entry in page[:TRAIL_PAGE]]
    return render(request, "base/trail.html", {"rows": shown, "acts": trail.ACTS.items(), "act": act,
                                               "following": page[TRAIL_PAGE - 1].pk if len(page) > TRAIL_PAGE else ""})


@login_not_required
@require_POST
def size(request: HttpRequest) -> HttpResponse:
    """Switch 大字 on or off for this browser and go back."""
    return _switched(request, "size", "usual", "large")


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch between Chinese and English for this browser and go back; Chinese unless it was chosen."""
    return _switched(request, "language", "zh-hans", "en")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Switch 深色 on or off for this browser and go back; nobody gets it unasked."""
    return _switched(request, "theme", "light", "dark")


def _switched(request: HttpRequest, cookie: str, usual: str, other: str) -> HttpResponse:
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie(cookie, usual if request.COOKIES.get(cookie) == other else other, max_age=365 * 86400, samesite="Lax", httponly=True,
                        secure=settings.HTTPS)
    return response


@login_not_required
@require_http_methods(["GET", "POST"])
def feedback_page(request: HttpRequest) -> HttpResponse:
    """Say something, signed in or not; nobody is asked for a name."""
    form = feedback.FeedbackForm(request.POST if request.method == "POST" else None, initial={"page": request.GET.get("page", "")[:200]})
    if form.is_valid():
        if feedback.too_many(request.META.get("REMOTE_ADDR", "")):
            form.add_error(None, _("这里刚才送出的意见太多了，请过一小时再写。"))
        else:
            return redirect("base:feedback_sent", feedback.send(**form.cleaned_data).code)
    return render(request, "base/feedback.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@require_GET
def feedback_sent(request: HttpRequest, code: str) -> HttpResponse:
    """What was said and the office's answer, for whoever has the code."""
    found = get_object_or_404(Feedback, code=code.upper())
    text, answer = feedback.said(found)
    return render(request, "base/feedback_sent.html", {"feedback": found, "text": text, "answer": answer})


@require_GET
def feedback_list(request: HttpRequest) -> HttpResponse:
    """What came in, for the office; what waits stands first."""
    if not request.user.answers_feedback:
        raise Http404
    rows = [(one, feedback.said(one)[0]) for one in Feedback.objects.order_by(F("answered_at").asc(nulls_first=True), "-pk")[:200]]
    return render(request, "base/feedback_list.html", {"rows": rows, "waiting": Feedback.objects.filter(answered_at=None).count()})


@require_http_methods(["GET", "POST"])
def feedback_answer(request: HttpRequest, code: str) -> HttpResponse:
    """Answer one."""
    if not request.user.answers_feedback:
        raise Http404
    found = get_object_or_404(Feedback, code=code.upper())
    text, answer = feedback.said(found)
    form = feedback.AnswerForm(request.POST if request.method == "POST" else None, initial={"answer": answer})
    if form.is_valid():
        feedback.reply(found, answer=form.cleaned_data["answer"], by=request.user.username)
        return redirect("base:feedback_list")
    return render(request, "base/feedback_answer.html", {"feedback": found, "text": text, "form": form}, status=422 if form.is_bound else 200)


def _job_for(request: HttpRequest, code: str) -> Job:
    """Return the job with this code if the officer asked for it or looks after the installation. Raises Http404 otherwise."""
    job = get_object_or_404(Job, code=code.upper())
    if job.by != request.user.username and not request.user.manages_accounts:
        raise Http404
    return job


@require_GET
def job_page(request: HttpRequest, code: str) -> HttpResponse:
    """How far a piece of long work is; the page may be left."""
    job = _job_for(request, code)
    label, _work, *made = settings.JOBS[job.kind]
    link = reverse(made[0], args=[job.code]) if made and job.state == "done" else ""
    return render(request, "base/job.html", {"job": job, "label": label, "link": link})


@require_POST
def job_stop(request: HttpRequest, code: str) -> HttpResponse:
    """Stop a piece of long work between two of its steps."""
    job = _job_for(request, code)
    jobs.stop(job)
    return redirect("base:job", job.code)


@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """The queue for the administrator: what waits and runs first, then the newest."""
    if not request.user.manages_accounts:
        raise Http404
    rows = sorted(Job.objects.all()[:JOBS_SHOWN], key=lambda one: not one.is_open)
    return render(request, "base/jobs.html", {"rows": [(one, settings.JOBS[one.kind][0]) for one in rows if one.kind in settings.JOBS]})


@login_not_required
@require_GET
def protection_page(request: HttpRequest) -> HttpResponse:
    """What is kept, who sees it, what is masked, for whoever asks, signed in or not."""
    return render(request, "base/protection.html", {"level_a": protection.masked_columns("A"), "level_b": protection.masked_columns("B"),
                                                    "minutes": settings.SESSION_COOKIE_AGE // 60, "failures": settings.FAILURES_ALLOWED})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Unknown and outside one's scope are answered alike."""
    return render(request, "base/not_found.html", {"room": ""}, status=404)


def went_wrong(request: HttpRequest) -> HttpResponse:
    """A fault, said in one sentence; nothing half done stands. Asks no database, which may be the fault."""
    return render(request, "base/went_wrong.html", {"why": why(sys.exc_info()[1])}, status=500)


def why(error: BaseException | None) -> str:
    """Return what is wrong and what to do, for the faults that can be told apart; never a value of a record."""
    if isinstance(error, sealing.KeyMissing):
        return str(error)
    if isinstance(error, OperationalError):
        if "locked" in str(error):
            return _("数据库正忙着写别的，这一步没有等到。请过一分钟再按一次。")
        if "full" in str(error) or "No space" in str(error):
            return _("放数据的磁盘满了。请告诉系统管理员腾出地方，再按一次。")
        return _("连不上数据库。请告诉系统管理员，数据库开起来以后再按一次。")
    return _("请退回上一页再试一次；还不行，请告诉系统管理员现在的时间。")
