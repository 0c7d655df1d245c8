"""Hears of sign-ins, own passwords and second factors from Django and the sign-in library, and tells the trail."""

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "bangfu.accounts"

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_set
        from allauth.mfa.signals import authenticator_added, authenticator_removed
        from django.contrib.auth.signals import user_logged_in, user_login_failed

        user_logged_in.connect(_signed_in, dispatch_uid="trail.signed_in")
        user_login_failed.connect(_failed, dispatch_uid="trail.sign_in_failed")
        for signal, act in ((password_changed, "password_changed"), (password_set, "password_changed"),
                            (authenticator_added, "second_factor_added"), (authenticator_removed, "second_factor_removed")):
            signal.connect(_own(act), weak=False, dispatch_uid=f"trail.{act}")


def _own(act: str) -> Callable[..., None]:
    """Return what tells the trail that somebody changed how he himself signs in."""

    def told(sender: Any, user: Any, authenticator: Any = None, **_: Any) -> None:
        from bangfu.base import trail

        if authenticator is None or authenticator.type == authenticator.Type.TOTP:
            trail.write(act, user.username, who=user.username)

    return told


def _signed_in(sender: Any, request: Any, user: Any, **_: Any) -> None:
    from bangfu.base import trail

    trail.write("signed_in", who=user.username)


def _failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """The name that was tried is kept only if it is an account's: people type passwords into the wrong field."""
    from bangfu.base import trail

    from .models import Officer

    said = str(credentials.get("username") or credentials.get("login") or "")[:40].replace("\x00", "")
    trail.write("sign_in_failed", said if Officer.objects.filter(username=said).exists() else "", who="")
