"""Doors of visits: a visit day of the officer's town, a visit at a household in scope. Unknown and outside are answered alike."""

from datetime import date

from django.http import Http404

from bangfu.accounts.models import Officer
from bangfu.base.models import Job, JobState
from bangfu.registry.models import Household

from . import queries
from .models import Channel, Delivery, Excuse, Reminder, Sheet, VerificationItem, Visit, VisitDay


def visit_day_for(officer: Officer, on: str) -> VisitDay:
    """Return the published visit day of this date in the officer's town, else raise Http404."""
    if not officer.sees_households:
        raise Http404
    try:
        day = queries.visit_days(officer).filter(date=date.fromisoformat(on)).first()
    except ValueError as error:
        raise Http404 from error
    if day is None:
        raise Http404
    return day


def visit_for(officer: Officer, code: str) -> Visit:
    """Return the visit with this code if its household lies in the officer's scope and no later row has taken its place."""
    found = queries.standing_visits().filter(code=code.upper(), household__in=Household.objects.in_scope(officer)).select_related("household__village").first()
    if found is None:
        raise Http404
    return found


def sheet_for(officer: Officer, code: str) -> Sheet:
    """Return the sheet with this code if its household lies in the officer's scope, else raise Http404."""
    found = Sheet.objects.filter(code=code.upper(), slot__household__in=Household.objects.in_scope(officer)).select_related(
        "slot__household__village", "slot__visit_day", "slot__caseworker").first()
    if found is None:
        raise Http404
    return found


def excuse_for(officer: Officer, key: int) -> Excuse:
    """Return the excuse with this key if its household lies in the officer's scope and the officer may decide, else raise Http404."""
    found = Excuse.objects.filter(pk=key, household__in=Household.objects.in_scope(officer)).select_related("household").first()
    if found is None or not officer.runs_the_office:
        raise Http404
    return found


def printed_for(officer: Officer, code: str) -> Job:
    """Return the job of this code that made a file of sheets for this very officer, else raise Http404."""
    field_only(officer)
    found = Job.objects.filter(code=code.upper(), kind="sheets_pdf", by=officer.username, state=JobState.DONE).first()
    if found is None:
        raise Http404
    return found


def reminder_for(officer: Officer, key: int) -> Reminder:
    """Return the reminder with this key if this very officer was told it, else raise Http404."""
    field_only(officer)
    found = Reminder.objects.filter(pk=key, addressee=officer).select_related("visit_day", "addressee").first()
    if found is None:
        raise Http404
    return found


def delivery_for(officer: Officer, key: int) -> Delivery:
    """Return the telephone call with this key if it is the officer's town's to make, else raise Http404."""
    found = Delivery.objects.filter(pk=key, channel=Channel.PHONE, reminder__visit_day__town=officer.area).select_related("reminder__addressee").first()
    if found is None or not officer.runs_the_office:
        raise Http404
    return found


def verification_for(officer: Officer, code: str) -> VerificationItem:
    """Return the verification item with this code if its household is the officer's to write about, else raise Http404."""
    found = VerificationItem.objects.filter(code=code.upper(), household__in=Household.objects.in_scope(officer)).select_related(
        "person", "household__source", "household__village", "asked_by", "answered_by", "visit").first()
    if found is None or not officer.keeps_register:
        raise Http404
    return found


def own_only(officer: Officer) -> None:
    """Raise Http404 unless the officer's role has households of its own to go to."""
    if not officer.goes_to_households:
        raise Http404


def field_only(officer: Officer) -> None:
    """Raise Http404 unless the officer's role sees households."""
    if not officer.sees_households:
        raise Http404
