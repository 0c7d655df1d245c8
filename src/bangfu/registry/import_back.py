"""Giving an import back: every household that was taken in is as it was, while nobody built on it.

Promises: what stands in the way is listed before anything is touched; a value that goes back leaves its own Change; what the import alone
brought in is taken out again; begun again it goes on where it was. Persons, memberships and statuses know by which source they came and ended.
"""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, jobs, sealing, trail
from bangfu.base.jobs import Progress
from bangfu.base.models import Job

from .errors import StandsAlready
from .models import Area, Change, Household, Member, Person, Source, Staged, Status, Upload, UploadState
from .status_history import follow
from .values import put, told

AT_A_TIME = 40
LABEL = "撤回导入"


def in_the_way(upload: Upload) -> list[Change]:
    """Return what was changed since of the households and persons an import touched, the newest first, at most twenty."""
    if upload.source_id is None:
        return []
    taken = Household.objects.filter(code__in=upload.staged.filter(state=Staged.TAKEN).values("code"))
    touched = Change.objects.filter(source=upload.source).exclude(person=None).values("person")
    rows = Change.objects.filter(Q(household__in=taken) | Q(person__in=touched) | Q(person__source=upload.source), source__pk__gt=upload.source_id)
    return list(rows.exclude(source__label=LABEL).select_related("household", "source__by")[:20])


def used_elsewhere(upload: Upload) -> list[Household]:
    """Return the households an import brought that other rooms have begun to work with (a caseworker, a visit, …), at most twenty."""
    brought = Household.objects.filter(source=upload.source_id or 0, code__in=upload.staged.filter(state=Staged.TAKEN).values("code"))
    own = Household._meta.app_label
    rows = [one for one in Household._meta.related_objects if one.related_model._meta.app_label != own]
    used = Q(pk=None)
    for one in rows:
        used |= Q(pk__in=one.related_model._base_manager.values(one.field.attname))
    return list(brought.filter(used).order_by("code")[:20])


@transaction.atomic
def ask(*, upload: Upload, by: Officer) -> Job:
    """Have an import given back. Raises StandsAlready when it is not one that was taken in, or something was built on it."""
    if in_the_way(upload) or used_elsewhere(upload):
        raise StandsAlready(_("导入以后又有人改过，不能整份撤回。请看下面列出的几处，一项一项改回去。"))
    if Upload.objects.filter(pk=upload.pk, state=UploadState.TAKEN).update(state=UploadState.GIVING_BACK) == 0:
        raise StandsAlready(_("这份导入已经撤回，或正在撤回。"))
    job = jobs.ask("import_back", about=upload.code, by=by.username, once=f"back {upload.code}")
    Upload.objects.filter(pk=upload.pk).update(job=job.code)
    trail.write("import_given_back", upload.code, who=by.username)
    return job


def give_back(job: Job) -> Iterator[Progress]:
    """Put the households back, the last first, some at a time."""
    upload = Upload.objects.select_related("source").get(code=job.about)
    if upload.state != UploadState.GIVING_BACK or upload.source is None:
        return
    by = Officer.objects.get(username=job.by)
    taken = upload.staged.filter(state=Staged.TAKEN)
    total = taken.count()
    while True:
        with jobs.making_way():
            some = list(taken.order_by("-place")[:AT_A_TIME])
            if not some:
                Upload.objects.filter(pk=upload.pk).update(state=UploadState.GIVEN_BACK)
                break
            back = Source.objects.create(kind="form", label=LABEL, data_date=clock.today(), at=clock.now(), by=by)
            left = set()
            for household in Household.objects.select_for_update().filter(code__in=[one.code for one in some]):
                if _built_on(household, upload.source):
                    left.add(household.code)
                else:
                    _household(household, upload.source, back)
            for state, put in ((Staged.CHANGED, left), (Staged.GIVEN_BACK, {one.code for one in some} - left)):
                Staged.objects.filter(pk__in=[one.pk for one in some if one.code in put]).update(state=state)
        yield _("撤回"), total - taken.count(), total
    job.said = _("{n} 户").format(n=upload.staged.filter(state=Staged.GIVEN_BACK).count())


def _built_on(household: Household, source: Source) -> bool:
    """Whether somebody saved something of a household or its people after all, while the import was being given back."""
    persons = household.members.values("person")
    rows = Change.objects.filter(Q(household=household) | Q(person__in=persons), source__pk__gt=source.pk)
    return rows.exclude(source__label=LABEL).exists()


def _household(household: Household, source: Source, back: Source) -> None:
    changes = list(Change.objects.filter(household=household, source=source).select_related("person").order_by("-pk"))
    for change in changes:
        if change.column:
            _value(household, change, back)
    came = Member.objects.filter(household=household, source=source)
    persons = set(came.values_list("person_id", flat=True))
    came.delete()
    Member.objects.filter(Q(household=household) | Q(person__in=persons), end_source=source).update(ends_on=None, ended_by="", end_source=None)
    Status.objects.filter(household=household, source=source).delete()
    Status.objects.filter(household=household, end_source=source).update(ended=False, ends_on=None, ends_known="", end_source=None)
    own = Person.objects.filter(pk__in=persons, source=source, memberships=None)
    Change.objects.filter(person__in=own).delete()
    own.delete()
    if household.source_id == source.pk:
        Change.objects.filter(household=household).delete()
        household.delete()
        return
    household.save()
    follow(household, household.source)
    Household.objects.filter(pk=household.pk).update(version=household.version + 1)


def _value(household: Household, change: Change, back: Source) -> None:
    old, new = (sealing.unseal(bytes.fromhex(text)) if text and change.is_sealed else text for text in (change.old, change.new))
    if change.column == "relation_to_head":
        return  # its rows of membership go back as rows
    if change.column == "village":
        town = household.village_id[:9]
        household.village = Area.objects.filter(name=old, code__startswith=town[:6]).first() or household.village
    elif change.person is None:
        put(household, change.column, old)
    else:
        person = Person.objects.get(pk=change.person_id)
        if change.column == "person_code":
            person.code = old or None
        else:
            put(person, change.column, old)
        person.save()
    told(household, change.person, change.column, new, old, back)
