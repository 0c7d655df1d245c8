"""Doors of aid. What is prepared is the town office's; what was issued is seen by who approves, and by who sees the household. Unknown and
outside are answered alike.
"""

from django.db.models import QuerySet
from django.http import Http404

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.base.models import Job, JobState
from bangfu.registry.models import Area, Household

from .farming import handed_over
from .models import (
    Batch,
    DistributionSheet,
    Donor,
    FollowUp,
    FundSource,
    Line,
    MicroWish,
    Objection,
    OpeningImport,
    Pledge,
    Programme,
    PublicNotice,
    RewardClaim,
    RewardRound,
    StudyApplication,
)
from .queries import batches


def aid_only(officer: Officer) -> None:
    """Raise Http404 unless the officer's role sees what is given."""
    if not officer.sees_aid:
        raise Http404


def whole_town(officer: Officer) -> Area:
    """Return the town whose whole ledger is the officer's to see: of its office and of who approves; else raise Http404."""
    found = Area.objects.filter(code=officer.area).first() if officer.runs_the_office or officer.approves_aid else None
    if found is None:
        raise Http404
    return found


def office(officer: Officer) -> Area:
    """Return the town whose aid the officer prepares, else raise Http404."""
    if not officer.runs_the_office:
        raise Http404
    return whole_town(officer)


def approver(officer: Officer) -> Area:
    """Return the town whose aid the officer approves, else raise Http404."""
    if not officer.approves_aid:
        raise Http404
    return whole_town(officer)


def source_for(officer: Officer, code: str) -> FundSource:
    """Return the source of this code if it is of the officer's town, else raise Http404."""
    return _of_town(FundSource, officer, code)


def programme_for(officer: Officer, code: str) -> Programme:
    """Return the programme of this code if it is of the officer's town, else raise Http404."""
    return _of_town(Programme, officer, code)


def batch_for(officer: Officer, code: str) -> Batch:
    """Return the batch of this code if its whole list is the officer's to see, else raise Http404."""
    return _of_town(Batch, officer, code)


def opening_for(officer: Officer, code: str) -> OpeningImport:
    """Return the ledger of past years of this code if it came in for the officer's town, else raise Http404."""
    return _of_town(OpeningImport, officer, code)


def _of_town(model: type, officer: Officer, code: str) -> object:
    found = model.objects.filter(code=code.upper(), town=whole_town(officer)).first()
    if found is None:
        raise Http404
    return found


def line_for(officer: Officer, key: int) -> Line:
    """Return the line with this key if its household, or the whole town's ledger, is the officer's to see, else raise Http404."""
    aid_only(officer)
    found = Line.objects.in_scope(officer).with_signed().select_related("batch__source", "batch__programme", "household__village", "person", "commodity", "leg__account", "drawn_from").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def sheet_for(officer: Officer, code: str) -> DistributionSheet:
    """Return the sheet of this code if it is the officer's to take along or to type back: the town's, the own village's, the own; else raise Http404."""
    aid_only(officer)
    found = DistributionSheet.objects.filter(code=code.upper()).select_related("batch", "village", "officer", "town").first()
    if found is None:
        raise Http404
    first, past = codes_below(officer.area)
    if officer.runs_the_office or officer.approves_aid:
        mine = found.town_id == officer.area
    elif officer.keeps_register:
        mine = found.village_id is not None and first <= found.village_id < past
    else:
        mine = found.officer_id == officer.pk and Line.objects.in_scope(officer).filter(pk__in=found.lines).count() == len(found.lines)  # not after they were handed over
    if not mine:
        raise Http404
    return found


def sheet_to_type(officer: Officer, code: str) -> DistributionSheet:
    """Return the sheet of this code if the officer enters what stands on it, else raise Http404."""
    if not officer.keeps_register:
        raise Http404
    return sheet_for(officer, code)


def printed_for(officer: Officer, code: str) -> Job:
    """Return the job of this code that made a file of sheets for this very officer, else raise Http404."""
    aid_only(officer)
    found = Job.objects.filter(code=code.upper(), kind="distribution_pdf", by=officer.username, state=JobState.DONE).first()
    if found is None:
        raise Http404
    return found


def wishes_of(officer: Officer) -> QuerySet[MicroWish]:
    """Return the wishes an officer may see: the town's, or those of the households in scope."""
    aid_only(officer)
    if officer.runs_the_office or officer.approves_aid:
        return MicroWish.objects.filter(town=officer.area)
    return MicroWish.objects.filter(household__in=Household.objects.in_scope(officer))


def wish_for(officer: Officer, code: str) -> MicroWish:
    """Return the wish of this code if it is the officer's to see, else raise Http404."""
    found = wishes_of(officer).filter(code=code.upper()).select_related("household__village", "person", "town", "lot").first()
    if found is None:
        raise Http404
    return found


def field_only(officer: Officer) -> None:
    """Raise Http404 unless the officer's role sees households."""
    if not officer.sees_households:
        raise Http404


def grown_batch_for(officer: Officer, code: str) -> Batch:
    """Return the batch of this code if it, or a line of it, is the officer's to see, else raise Http404."""
    aid_only(officer)
    found = batches(officer).filter(code=code.upper()).first()
    if found is None:
        raise Http404
    return found


def study_handler(officer: Officer) -> None:
    """Raise Http404 unless the officer's role handles applications for study aid: the office, a first secretary, who approves; no cadre."""
    if not (officer.keeps_register or officer.approves_aid):
        raise Http404


def application_for(officer: Officer, code: str) -> StudyApplication:
    """Return the application of this code if the officer handles it, else raise Http404."""
    study_handler(officer)
    found = StudyApplication.objects.in_scope(officer).select_related("household__village", "person", "by", "decided_by", "ended_by").filter(code=code.upper()).first()
    if found is None:
        raise Http404
    return found


def line_to_follow(officer: Officer, key: int, age: int) -> Line:
    """Return the line with this key if the officer sees its household and it is goods that were handed over, else raise Http404."""
    field_only(officer)
    found = line_for(officer, key)
    if age not in FollowUp.AGES or found.commodity.is_money or found.is_replacement or found.pk not in handed_over([found]):
        raise Http404
    return found


def round_for(officer: Officer, code: str) -> RewardRound:
    """Return the round of rewards of this code if it is of the officer's town, else raise Http404."""
    found = RewardRound.objects.filter(code=code.upper(), programme__town=whole_town(officer)).select_related("programme", "by").first()
    if found is None:
        raise Http404
    return found


def notice_for(officer: Officer, code: str) -> PublicNotice:
    """Return the notice of this code if it is of the officer's town and its whole list the officer's to see, else raise Http404."""
    return _of_town(PublicNotice, officer, code)


def objection_for(officer: Officer, code: str) -> Objection:
    """Return the objection of this code if it is to a notice of the officer's town, else raise Http404."""
    found = Objection.objects.filter(code=code.upper(), notice__town=whole_town(officer)).select_related("notice__batch", "candidate", "owner", "answered_by").first()
    if found is None:
        raise Http404
    return found


def application_to_write(officer: Officer, code: str) -> StudyApplication:
    """Return the application of this code if the officer also writes what is found of it, else raise Http404."""
    if not officer.keeps_register:
        raise Http404
    return application_for(officer, code)


def donor_for(officer: Officer, code: str) -> Donor:
    """Return the donor of this code if it is of the officer's town, else raise Http404."""
    return _of_town(Donor, officer, code)


def pledge_for(officer: Officer, code: str) -> Pledge:
    """Return the pledge of this code if its donor is of the officer's town, else raise Http404."""
    found = Pledge.objects.filter(code=code.upper(), donor__town=whole_town(officer)).select_related("donor", "source").first()
    if found is None:
        raise Http404
    return found


def claim_for(officer: Officer, code: str) -> RewardClaim:
    """Return the claim of this code if it is of the officer's town, else raise Http404."""
    found = RewardClaim.objects.filter(code=code.upper(), round__programme__town=whole_town(officer)).select_related("round__programme", "household__village", "by").first()
    if found is None:
        raise Http404
    return found
