"""Doors: each hands over the record or says there is none. Unknown and outside one's scope are answered alike."""

from django.http import Http404

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below

from .models import Area, Household, Upload


def household_for(officer: Officer, code: str) -> Household:
    """Return the household with this code if it lies in the officer's scope, else raise Http404."""
    try:
        return Household.objects.in_scope(officer).select_related("village", "source").get(code=code)
    except Household.DoesNotExist as error:
        raise Http404 from error


def village_for(officer: Officer, code: str) -> Area:
    """Return the village with this code if it lies in the officer's scope, else raise Http404."""
    first, past = codes_below(officer.area)
    area = Area.objects.filter(code=code, code__gte=first, code__lt=past).first()
    if area is None or not area.is_village or not officer.sees_households:
        raise Http404
    return area


def town_for(officer: Officer) -> Area:
    """Return the town an officer works for if the whole of it is the officer's, else raise Http404."""
    area = Area.objects.filter(code=officer.area).first()
    if area is None or not officer.sees_households or not area.is_town:
        raise Http404
    return area


def may_write_areas(officer: Officer) -> None:
    """Raise Http404 unless the officer sets the installation up; such an officer sees no household."""
    if not officer.manages_accounts:
        raise Http404


def importer_only(officer: Officer) -> None:
    """Raise Http404 unless the officer's role sees households: a file comes in for the officer's own area only."""
    if not officer.sees_households:
        raise Http404


def upload_for(officer: Officer, code: str) -> Upload:
    """Return the file with this code if it came in for an area that is the officer's, else raise Http404."""
    importer_only(officer)
    first, past = codes_below(officer.area)
    found = Upload.objects.select_related("by", "source").filter(code=code.upper(), area__gte=first, area__lt=past).first()
    if found is None:
        raise Http404
    return found
