"""Doors of reports: bulletins are written by the town office and read by its officers; a figure's list shows each what is in scope."""

from django.http import Http404

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area

from .models import Bulletin, Figure


def reader(officer: Officer) -> Area:
    """Return the town whose bulletins the officer reads, else raise Http404."""
    found = Area.objects.filter(code=officer.area[:9] + "000").first() if officer.sees_aid else None
    if found is None:
        raise Http404
    return found


def writer(officer: Officer) -> Area:
    """Return the town whose bulletins the officer writes, else raise Http404."""
    if not officer.runs_the_office:
        raise Http404
    return reader(officer)


def bulletin_for(officer: Officer, code: str) -> Bulletin:
    """Return the bulletin of this code if it is of the officer's town, a draft only to who writes and who approves; else raise Http404."""
    found = Bulletin.objects.filter(code=code.upper(), town=reader(officer)).select_related("town", "by", "issued_by").first()
    if found is None or (found.position is None and not (officer.runs_the_office or officer.approves_aid)):
        raise Http404
    return found


def figure_for(officer: Officer, code: str) -> Figure:
    """Return the figure of this code if its bulletin is of the officer's town, else raise Http404."""
    found = Figure.objects.filter(code=code.upper(), bulletin__town=reader(officer)).select_related("bulletin", "village").first()
    if found is None:
        raise Http404
    return found
