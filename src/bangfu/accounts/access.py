"""Doors to accounts: who may open the page, else there is none."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from .models import Officer
from .roles import Role


def administrator_only(officer: Officer) -> None:
    """Raise Http404 unless the officer is the system administrator."""
    if not officer.is_authenticated or officer.role != Role.SYSTEM_ADMINISTRATOR:
        raise Http404


def account_for(officer: Officer, username: str) -> Officer:
    """Return the account with this user name; Http404 for an unknown one and for whoever is no administrator alike."""
    administrator_only(officer)
    return get_object_or_404(Officer, username=username)
