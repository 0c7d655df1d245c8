"""Doors: each hands over the record or says there is none. Unknown and outside one's scope are answered alike."""

from django.http import Http404

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below

from . import queries
from .models import Area, Household, Upload


def household_for(officer: Officer, code: str) -> Household:
    """Return the household with this code if it lies in the officer's scope, else raise Http404."""
    try:
        return Household.objects.in_scope(officer).select_related("village", "source").get(code=code)
    except Household.DoesNotExist as error:
        raise Http404 from error


def household_to_write(officer: Officer, code: str) -> Household:
    """Return the household with this code if the officer may also write the register about it, else raise Http404."""
    keeper_only(officer)
    return household_for(officer, code)


def village_to_export(officer: Officer, code: str) -> Area:
    """Return the village with this code if its list may leave by this officer's hand, else raise Http404."""
    keeper_only(officer)
    return village_for(officer, code)


def village_for(officer: Officer, code: str) -> Area:
    """Return the village with this code if it, or a household in it, lies in the officer's scope, else raise Http404."""
    area = queries.villages(officer).filter(code=code).first()
    if area is None:
        raise Http404
    return area


def town_for(officer: Officer) -> Area:
    """Return the town an officer works for if the whole of it is the officer's, else raise Http404."""
    area = Area.objects.filter(code=officer.area).first()
    if area is None or not officer.keeps_register or not area.is_town:
        raise Http404
    return area


def may_write_areas(officer: Officer) -> None:
    """Raise Http404 unless the officer sets the installation up; such an officer sees no household."""
    if not officer.manages_accounts:
        raise Http404


def keeper_only(officer: Officer) -> None:
    """Raise Http404 unless the officer writes the register: a file comes in, and a list leaves, for the officer's own area only."""
    if not officer.keeps_register:
        raise Http404


def upload_for(officer: Officer, code: str) -> Upload:
    """Return the file with this code if it came in for an area that is the officer's, else raise Http404."""
    keeper_only(officer)
    first, past = codes_below(officer.area)
    found = Upload.objects.select_related("by", "source").filter(code=code.upper(), area__gte=first, area__lt=past).first()
    if found is None:
        raise Http404
    return found
