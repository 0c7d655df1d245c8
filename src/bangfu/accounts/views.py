"""Pages of accounts: signing in to the demo, the first start, the administrator's accounts, everybody's own account."""

import secrets
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from . import actions, first_start
from .access import account_for, administrator_only
from .errors import Refused
from .forms import ChangeAccountForm, FirstStartForm, NewAccountForm
from .queries import demo_officers, officers
from .roles import Role

DONE = {"close": gettext_lazy("已停用。他打开的页面，下一次点击就退出。"), "reopen": gettext_lazy("已恢复，可以用原来的密码登录。"),
        "second_factor": gettext_lazy("已去掉第二重验证。")}


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


@require_http_methods(["GET", "POST"])
def officer(request: HttpRequest, username: str) -> HttpResponse:
    """One account: change its name, role or area, and the ways to the rarer acts."""
    found = account_for(request.user, username)
    form = ChangeAccountForm(request.POST if request.method == "POST" else None, officer=found, by=request.user)
    if form.is_valid():
        try:
            actions.change_account(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect("accounts:officer", username)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "accounts/officer.html", {"officer": found, "form": form, "second_factor": is_mfa_enabled(found)},
                  status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, username: str) -> HttpResponse:
    """Close an account, after the consequence was read."""
    return _act(request, username, "close", actions.close_account)


@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, username: str) -> HttpResponse:
    """Open a closed account again."""
    return _act(request, username, "reopen", actions.reopen_account)


@require_http_methods(["GET", "POST"])
def password(request: HttpRequest, username: str) -> HttpResponse:
    """Give a new first password, shown once."""
    return _act(request, username, "password", actions.give_password)


@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest, username: str) -> HttpResponse:
    """Take away a second factor that was lost."""
    return _act(request, username, "second_factor", actions.remove_second_factor)


def _act(request: HttpRequest, username: str, act: str, do: Callable[..., str | None]) -> HttpResponse:
    """Say what the act does; on POST do it and go back, or show the password it returned."""
    found, refusal = account_for(request.user, username), ""
    if request.method == "POST":
        try:
            given = do(found, by=request.user)
        except Refused as refused:
            refusal = str(refused)
        else:
            if given:
                return render(request, "accounts/opened.html", {"officer": found, "password": given, "again": True})
            messages.success(request, DONE[act])
            return redirect("accounts:officer", username)
    return render(request, f"accounts/{act}.html", {"officer": found, "refusal": refusal}, status=422 if refusal else 200)


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Everybody's own account: password, second factor, large print, dark pages, signing out."""
    return render(request, "accounts/mine.html", {"second_factor": is_mfa_enabled(request.user)})
