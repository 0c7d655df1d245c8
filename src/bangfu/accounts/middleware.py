"""What stands before every page: the first start of a new installation, the second factor of those who must have one, the end of
a session whose account was closed."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from .models import Officer

OPEN = ("mfa_", "account_logout", "account_reauthenticate", "base:size", "base:theme", "base:protection")


def second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        officer = request.user
        if not officer.is_authenticated and SESSION_KEY in request.session:
            request.session.flush()  # of an account closed meanwhile; it does not come back when the account does
        if not officer.is_authenticated and name == "account_login" and not settings.DEMO and not Officer.objects.exists():
            return redirect("accounts:first")
        if (officer.is_authenticated and officer.needs_second_factor and not settings.DEMO and not name.startswith(OPEN)
                and not is_mfa_enabled(officer)):
            return redirect("mfa_activate_totp")
        return None

    answer.process_view = process_view  # type: ignore[attr-defined]
    return answer
