"""Doors to accounts: who may open the page, else there is none."""

from django.http import Http404

from .models import Officer
from .roles import Role


def administrator_only(officer: Officer) -> None:
    """Raise Http404 unless the officer is the system administrator."""
    if not officer.is_authenticated or officer.role != Role.SYSTEM_ADMINISTRATOR:
        raise Http404
