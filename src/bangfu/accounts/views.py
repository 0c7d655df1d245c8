"""Pages of accounts: signing in to the demo, the first start, the administrator's list of accounts."""

import secrets

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from . import actions, first_start
from .access import administrator_only
from .forms import FirstStartForm, NewAccountForm
from .queries import demo_officers, officers
from .roles import Role


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as the chosen demo officer; in the demo this stands for both factors."""
    if not settings.DEMO:
        raise Http404
    officer = get_object_or_404(demo_officers(), username=request.POST.get("username", ""))
    login(request, officer, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("base:home")


@login_not_required
@require_http_methods(["GET", "POST"])
def first(request: HttpRequest) -> HttpResponse:
    """Make the first administrator; the page is gone as soon as anybody has an account."""
    code = None if settings.DEMO else first_start.waiting(settings.DATA)
    if code is None:
        raise Http404
    form = FirstStartForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        tries = cache.get_or_set("first-start-tries", 0, 3600)
        if tries >= first_start.TRIES:
            form.add_error("code", _("试得太多了，请一小时以后再试，或重新启动。"))
        elif not first_start.right(form.cleaned_data["code"], code):
            cache.set("first-start-tries", tries + 1, 3600)
            form.add_error("code", _("和启动窗口里的数字不一样。"))
        else:
            said = form.cleaned_data
            officer = actions.open_account(username=said["username"], name=said["name"], role=Role.SYSTEM_ADMINISTRATOR, area=said["area"], password=said["password"])
            first_start.waiting(settings.DATA)
            login(request, officer, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("accounts:officers")
    return render(request, "accounts/first.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """All accounts, for the administrator: who, what role, which area; nothing about when anybody signed in."""
    administrator_only(request.user)
    return render(request, "accounts/officers.html", {"officers": officers()})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make an account; its first password is shown once, to be handed over in person."""
    administrator_only(request.user)
    form = NewAccountForm(request.POST if request.method == "POST" else None, initial={"area": request.user.area})
    if form.is_valid():
        password = secrets.token_urlsafe(12)
        officer = actions.open_account(**form.cleaned_data, password=password, by=request.user.username)
        return render(request, "accounts/opened.html", {"officer": officer, "password": password})
    return render(request, "accounts/new.html", {"form": form}, status=422 if form.is_bound else 200)
