"""Hears of sign-ins from Django and tells the trail."""

from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "bangfu.accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_login_failed

        user_logged_in.connect(_signed_in, dispatch_uid="trail.signed_in")
        user_login_failed.connect(_failed, dispatch_uid="trail.sign_in_failed")


def _signed_in(sender: Any, request: Any, user: Any, **_: Any) -> None:
    from bangfu.base import trail

    trail.write("signed_in", who=user.username)


def _failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """The name that was tried is kept only if it is an account's: people type passwords into the wrong field."""
    from bangfu.base import trail

    from .models import Officer

    said = str(credentials.get("username") or credentials.get("login") or "")[:40].replace("\x00", "")
    trail.write("sign_in_failed", said if Officer.objects.filter(username=said).exists() else "", who="")
