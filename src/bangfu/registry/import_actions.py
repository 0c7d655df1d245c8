"""Every write of an import: the file kept, read, previewed, taken in, given back. Long parts are jobs of short transactions.

Promises: nothing of the register changes before somebody accepts; what changed elsewhere since the preview is left alone and said; each
household is taken in once however often the job is begun; everything that was taken in can be given back while nothing was built on it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.base import clock, jobs, sealing, trail
from bangfu.base.codes import new_code
from bangfu.base.jobs import CannotBeDone, Progress
from bangfu.base.models import Job
from bangfu.engines.relations.annotated import annotate
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Problem, Refusal
from bangfu.engines.relations.workbook import read_extract, recognise_file

from . import import_apply, import_columns, uploads
from .errors import LeavingDiffers, StandsAlready
from .held import HeldRegister
from .import_plan import KINDS, TAKEN_IN, HouseholdPlan, place, plan
from .import_rows import read_rows
from .models import Area, Change, Household, Person, Source, Staged, Upload, UploadState
from .preview import columns_in
from .values import RULEBOOK, reader

AT_A_TIME = 40
GOES_ON = {UploadState.READING: "import_read", UploadState.TAKING: "import_take", UploadState.GIVING_BACK: "import_back"}


def receive(*, name: str, chunks: Iterable[bytes], data_date: date | None, by: Officer) -> Upload:
    """Keep a file sealed and ask for it to be read. Raises StandsAlready when this very file was taken in before or is open now."""
    code = new_code()
    sha256 = uploads.keep(code, chunks)
    try:
        with transaction.atomic():
            there = Upload.objects.filter(sha256=sha256, area=by.area).exclude(
                state__in=(UploadState.REFUSED, UploadState.THROWN_AWAY, UploadState.GIVEN_BACK)).select_related("by").first()
            if there is not None:
                raise StandsAlready(_("这份文件已经由{who}交来过，没有再读一次。").format(who=there.by.name))
            upload = Upload.objects.create(code=code, name=name[:200], sha256=sha256, area=by.area, data_date=data_date, by=by, at=clock.now())
            upload.job = jobs.ask("import_read", about=code, by=by.username, once=f"read {code}").code
            upload.save(update_fields=["job"])
            trail.write("file_received", code, who=by.username, result=sha256[:16])
    except BaseException:
        uploads.delete(code)
        raise
    return upload


def _refuse(upload: Upload, words: str) -> CannotBeDone:
    upload.state, upload.said = UploadState.REFUSED, {"problems": words.splitlines()}
    upload.save(update_fields=["state", "said"])
    uploads.delete(upload.code)
    return CannotBeDone(words.splitlines()[0])


def _ask_for_columns(upload: Upload, refusal: Refusal, path: Path, tables: Sequence[import_columns.Table]) -> bool:
    """Let a file that only lacks columns wait until somebody points to them; False when nothing in it looks like headers."""
    tables = tables or import_columns.tables_of(recognise_file(path, load_headers(RULEBOOK), guess=True))
    said = {"problems": str(refusal).splitlines(), "tables": import_columns.sealed(tables)}
    return bool(tables) and bool(Upload.objects.filter(pk=upload.pk, state=UploadState.READING).update(state=UploadState.COLUMNS, said=said))


def read(job: Job) -> Iterator[Progress]:
    """Read a file and stage what it says, household by household; begun again it begins anew."""
    upload = Upload.objects.select_related("by").get(code=job.about)
    if upload.state != UploadState.READING:
        return
    Staged.objects.filter(upload=upload).delete()
    yield _("读文件"), 0, 0
    first, past = codes_below(upload.area)
    area = {one.name: one.code for one in Area.objects.filter(code__gte=first, code__lt=past) if one.is_village}
    day = upload.data_date or clock.today()
    try:
        with uploads.opened(upload.code, upload.name) as path:
            tables = []
            try:
                extract = read_extract(path, side="system", headers=load_headers(RULEBOOK), templates=import_columns.templates(upload.area))
                tables = import_columns.tables_of(extract.recognised)
                yield _("读文件"), 1, 1
                reading = read_rows(extract, reader(day), villages=area)
            except Refusal as refusal:
                if all(one.code == "header_missing" for one in refusal.problems) and _ask_for_columns(upload, refusal, path, tables):
                    job.said = _("要对一对列")
                    return
                raise _refuse(upload, str(refusal)) from refusal
    except FileNotFoundError as lost:
        raise _refuse(upload, _("文件已经删掉了。请再交一次。")) from lost
    horizon = newest_change()  # what is changed after this is changed meanwhile
    counts, columns, plans, total = dict.fromkeys(KINDS, 0), Counter[str](), [], len(reading.codes)
    for number, one in enumerate(plan(reading, HeldRegister(reading.columns)), start=1):
        counts[one.kind] += 1
        if one.kind != "same":
            columns.update(columns_in(one))
            plans.append((place(one), _staged(upload, one, horizon)))
        if number % AT_A_TIME == 0:
            yield _("和册上的比"), min(number, total), total
    plans.sort(key=lambda one: one[0])
    for at in range(0, len(plans), 200):
        some = plans[at:at + 200]
        for offset, (_key, staged) in enumerate(some, start=at):
            staged.place = offset
        with jobs.making_way():
            Staged.objects.bulk_create(staged for _key, staged in some)
        yield _("记下要看的"), at, len(plans)
    unknown = [f"{column.letter} 列“{column.header}”" for column in extract.columns if not column.field and column.letter and not column.header.startswith("（")]
    said = {"counts": counts, "columns": dict(columns), "tables": import_columns.sealed(tables), "unknown": unknown[:40], "notes": list(extract.notes), "rows": extract.rows,
                   "skipped": [str(one) for one in extract.skipped[:50]], "malformed": [asdict(one) for one in extract.malformed[:2000]]}
    still = Upload.objects.filter(pk=upload.pk, state=UploadState.READING)
    if not still.update(data_date=day, state=UploadState.PREVIEW, said=said):
        Staged.objects.filter(upload=upload).delete()  # it was thrown away meanwhile
        return
    job.said = _("{n} 户要看").format(n=len(plans))


def annotated(*, upload: Upload, by: Officer) -> tuple[str, bytes]:
    """Return the clerk's own file with every problem marked in it, and its name. Raises FileNotFoundError once it was decided on."""
    problems = [Problem(**one) for one in upload.said.get("malformed", [])]
    problems += [problem for staged in upload.staged.filter(kind="wrong").iterator() for problem in said_by(staged).problems]
    with uploads.opened(upload.code, upload.name) as path:
        out = annotate(path, problems, path.with_name(f"{path.stem}_标注.xlsx"))
        content = out.read_bytes()
    trail.write("exported", upload.code, who=by.username, result=f"标注好的原表，{len(problems)} 处 {hashlib.sha256(content).hexdigest()[:16]}")
    return out.name, content


def _staged(upload: Upload, one: HouseholdPlan, horizon: int) -> Staged:
    return Staged(upload=upload, place=0, code=one.code, village_id=one.village_code or None, kind=one.kind, plan=sealing.seal(one.to_json()).hex(),
                  seen=horizon, may=one.sound in TAKEN_IN, columns=f" {' '.join(sorted(columns_in(one)))} ", chosen=one.sound in TAKEN_IN - {"leaves"})  # fmt: skip


@transaction.atomic
def newest_change() -> int:
    """Return the key of the newest change, when every change with a smaller key can be seen by whoever reads from now on."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE registry_change IN SHARE MODE")  # waits for whoever is writing one now
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def newest_changes(plans: Sequence[HouseholdPlan], *, without: Source) -> dict[str, int]:
    """Return, by household code, the newest change of each household and of anybody its plan names; it tells whether something changed since.

    `without`: the import's own changes do not count, a person who moved is named by two plans.
    """
    named = {one.code: {part.who for parts in (one.lines, one.joins, one.leaves) for part in parts if part.who} for one in plans}
    rows = Change.objects.exclude(source=without)
    of_household = dict(rows.filter(household__code__in=list(named)).values_list("household__code").annotate(Max("pk")))
    persons = {who for whose in named.values() for who in whose}
    of_person = dict(rows.filter(person__in=persons).values_list("person").annotate(Max("pk"))) if persons else {}
    return {code: max(of_household.get(code, 0), *(of_person.get(who, 0) for who in whose), 0) for code, whose in named.items()}


def said_by(staged: Staged) -> HouseholdPlan:
    """Return what was staged, in the open."""
    return HouseholdPlan.from_json(sealing.unseal(bytes.fromhex(staged.plan)))


def _may_choose(upload: Upload) -> bool:
    """Whether a preview is still one; until the transaction ends nobody decides on it."""
    return Upload.objects.select_for_update().filter(pk=upload.pk, state=UploadState.PREVIEW).first() is not None


@transaction.atomic
def choose(*, upload: Upload, chosen: Iterable[str], not_chosen: Iterable[str]) -> None:
    """Remember which households of a page are to be taken in. What cannot be taken in stays unchosen, and all of it once it is decided on."""
    if not _may_choose(upload):
        return
    rows = upload.staged.filter(state=Staged.WAITING, may=True)
    rows.filter(code__in=list(not_chosen)).update(chosen=False)
    rows.filter(code__in=list(chosen)).update(chosen=True)


@transaction.atomic
def choose_all(*, upload: Upload, rows: QuerySet[Staged], chosen: bool) -> None:
    """Have all households of a filter taken in, or none of them."""
    if not _may_choose(upload):
        return
    Staged.objects.filter(pk__in=rows.filter(state=Staged.WAITING, may=True).values("pk")).update(chosen=chosen)


@transaction.atomic
def accept(*, upload: Upload, leaving: int, by: Officer) -> Job:
    """Have the chosen households taken in; a second asking leads to the same job.

    leaving  of how many households somebody said that they leave; raises LeavingDiffers when others are chosen by now.

    Raises StandsAlready when it is no preview any more.
    """
    if Upload.objects.filter(pk=upload.pk, state=UploadState.PREVIEW).update(state=UploadState.TAKING) == 0:
        upload.refresh_from_db()
        if upload.state != UploadState.TAKING:
            raise StandsAlready(_("这份文件已经办过了，没有再导入一次。"))
        return Job.objects.get(code=upload.job)
    if upload.staged.filter(chosen=True, kind="leaves").count() != leaving:
        raise LeavingDiffers  # and it is a preview again
    label = f"全国系统导出 {upload.name}"[:120]
    upload.source = Source.objects.create(kind="import", label=label, data_date=upload.data_date, at=clock.now(), by=by)
    job = jobs.ask("import_take", about=upload.code, by=by.username, once=f"take {upload.code}")
    upload.job = job.code
    upload.save(update_fields=["source", "job"])
    trail.write("import_accepted", upload.code, who=by.username, result=f"{upload.staged.filter(chosen=True).count()} 户")
    return job


@transaction.atomic
def go_on(*, upload: Upload, by: Officer) -> None:
    """Have work that was stopped or failed done to its end; where it is being done nothing happens."""
    kind = GOES_ON.get(UploadState(upload.state))
    if kind is not None:
        job = jobs.ask(kind, about=upload.code, by=by.username, once=f"{kind.removeprefix('import_')} {upload.code}")
        Upload.objects.filter(pk=upload.pk).update(job=job.code)


def take(job: Job) -> Iterator[Progress]:
    """Take the chosen households in, some at a time; what changed since the preview is left alone and marked."""
    upload = Upload.objects.select_related("source").get(code=job.about)
    if upload.state != UploadState.TAKING or upload.source is None:
        return
    waiting = upload.staged.filter(chosen=True, state=Staged.WAITING)
    total = upload.staged.filter(chosen=True).count()
    done = total - waiting.count()
    while some := list(waiting.order_by("place")[:AT_A_TIME]):
        plans = {one.pk: said_by(one) for one in some}
        entering = import_apply.built(list(plans.values()), upload.source)
        with transaction.atomic():
            still = {one.pk: one.seen for one in waiting.select_for_update().filter(pk__in=plans)}
            said = {pk: plans[pk] for pk in plans if pk in still}
            there = {one.code for one in Household.objects.select_for_update().filter(code__in=[one.code for one in said.values()])}
            newest, standing = newest_changes(list(said.values()), without=upload.source), _still(list(said.values()), there)
            fresh = [pk for pk, one in said.items() if newest[one.code] <= still[pk] and one.code in standing]
            import_apply.apply([said[pk] for pk in fresh], entering, upload.source)
            Staged.objects.filter(pk__in=fresh).update(state=Staged.TAKEN)
            Staged.objects.filter(pk__in=said.keys() - set(fresh)).update(state=Staged.CHANGED)
        done += len(some)
        yield _("导入"), done, total
    _finish(upload)
    job.said = _("{n} 户").format(n=upload.staged.filter(state=Staged.TAKEN).count())


def _still(plans: Sequence[HouseholdPlan], there: set[str]) -> set[str]:
    """Return the codes of plans whose household and persons are on the register, or not, as they were: another file may have been taken in or given back."""
    new = {one.code: {code for join in one.joins if join.who is None and (code := join.values.get("person_code"))} for one in plans}
    known = {one.code: {part.who for parts in (one.lines, one.joins, one.leaves) for part in parts if part.who} for one in plans}
    taken = set(Person.objects.filter(code__in=set().union(*new.values())).values_list("code", flat=True))
    alive = set(Person.objects.filter(pk__in=set().union(*known.values())).values_list("pk", flat=True))
    return {one.code for one in plans if (one.sound == "enters") != (one.code in there) and not new[one.code] & taken and known[one.code] <= alive}


@transaction.atomic
def _finish(upload: Upload) -> None:
    upload.staged.filter(state=Staged.WAITING).update(state=Staged.SKIPPED)
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.TAKEN)
    trail.write("register_taken_in", upload.code, who=upload.by.username, result=f"{upload.staged.filter(state=Staged.TAKEN).count()} 户")
    transaction.on_commit(lambda: uploads.delete(upload.code))


@transaction.atomic
def throw_away(*, upload: Upload, by: Officer) -> None:
    """Take nothing in; the file is deleted, its fingerprint stays. Raises StandsAlready when it was decided on."""
    if Upload.objects.filter(pk=upload.pk, state__in=(UploadState.PREVIEW, UploadState.COLUMNS, UploadState.READING)).update(state=UploadState.THROWN_AWAY) == 0:
        raise StandsAlready(_("这份文件已经办过了。"))
    upload.staged.all().delete()
    trail.write("file_thrown_away", upload.code, who=by.username)
    transaction.on_commit(lambda: uploads.delete(upload.code))
