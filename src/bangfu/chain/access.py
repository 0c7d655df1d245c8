"""Doors of the chain: households and villages are found through the registry's."""

from django.http import Http404

from bangfu.accounts.models import Officer


def office_only(officer: Officer) -> None:
    """Raise Http404 unless the officer works in the town office, which names who answers for what."""
    if not officer.runs_the_office:
        raise Http404
