"""Doors of the chain: households and villages are found through the registry's."""

from django.http import Http404

from bangfu.accounts.models import Officer

from .models import Reassignment


def office_only(officer: Officer) -> None:
    """Raise Http404 unless the officer works in the town office, which names who answers for what."""
    if not officer.runs_the_office:
        raise Http404


def reassignment_for(officer: Officer, code: str) -> Reassignment:
    """Return the change of many with this code if it is one of the officer's town and the officer works in its office, else raise Http404."""
    found = Reassignment.objects.filter(code=code.upper(), town=officer.area).select_related("by").first()
    if found is None or not officer.runs_the_office:
        raise Http404
    return found
