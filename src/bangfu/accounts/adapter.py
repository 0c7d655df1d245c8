"""How the sign-in library behaves here: nobody signs up by himself, and the secrets of second factors lie sealed."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from bangfu.base import sealing

from .models import Officer


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by the system administrator only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Officer) -> HttpResponse:
        """Tell who has the right password of a closed account why it does not open."""
        return render(request, "account/account_inactive.html", status=403)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:mine")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps what a code generator and the printed codes are made from under the installation's key."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(text).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(bytes.fromhex(encrypted_text))
