"""The first page, large print, and the answers to an unknown address and to a fault of ours."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from . import trail
from .models import TrailEntry

TRAIL_PAGE = 100


def home(request: HttpRequest) -> HttpResponse:
    """Lead an officer to what the role is for; who sees no households reads so."""
    if request.user.sees_households:
        return redirect("registry:villages")
    if request.user.manages_accounts:
        return redirect("accounts:officers")
    if request.user.reads_trail:
        return redirect("base:trail")
    return render(request, "base/home.html")


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
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    large = request.COOKIES.get("size") != "large"
    response.set_cookie("size", "large" if large else "usual", max_age=365 * 86400, samesite="Lax", httponly=True)
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Unknown and outside one's scope are answered alike."""
    return render(request, "base/not_found.html", status=404)


def went_wrong(request: HttpRequest) -> HttpResponse:
    """A fault of ours, said in one sentence; nothing half done stands."""
    return render(request, "base/went_wrong.html", status=500)
