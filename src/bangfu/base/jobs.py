"""Long work: asked for in a transaction, done by a worker as a generator of (step, done, total), never lost and never done by two.

A job is a function of the Job that yields its progress and writes in short transactions of its own; it must be fit to be begun again,
because a killed worker's job is taken up by the next one as soon as its lease has run out. What a finished job says is its last
`said`. The kinds stand in settings.JOBS (kind -> label, dotted name), what comes again in settings.PERIODIC (kind -> minutes).
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError, close_old_connections, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from .codes import new_code
from .models import Job, JobState, Periodic
from .sealing import KeyMissing

LEASE, HEARTBEAT, PAUSE, SHOWN_EVERY, STARTS = timedelta(seconds=15), 4.0, 0.5, 0.4, 8
Progress = tuple[str, int, int]
Work = Callable[[Job], Iterator[Progress]]
log = logging.getLogger(__name__)


class CannotBeDone(Exception):
    """The work cannot be done as asked; str() says why and what to do."""


def ask(kind: str, *, about: str = "", by: str, once: str | None = None) -> Job:
    """Ask for a job. With `once` a second asking while the first is open returns the first. Raises KeyError for an unknown kind."""
    settings.JOBS[kind]
    if once is not None and (there := Job.objects.filter(once=once).first()):
        return there
    code = new_code()
    with transaction.atomic():
        return Job.objects.get_or_create(once=once, defaults=_new(code, kind, about, by))[0] if once else Job.objects.create(**_new(code, kind, about, by))


def _new(code: str, kind: str, about: str, by: str) -> dict[str, object]:
    return {"code": code, "kind": kind, "about": about, "by": by, "made_at": timezone.now()}


def stop(job: Job) -> None:
    """Ask for a stop: work that has not begun is stopped at once, other work between two of its steps."""
    Job.objects.filter(pk=job.pk, state=JobState.WAITING).update(state=JobState.STOPPED, ended_at=timezone.now(), once=None)
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(stop_asked=True)


def claim(worker: str) -> Job | None:
    """Take the oldest job that waits, or whose worker has not been heard of for the length of a lease."""
    now = timezone.now()
    may = Q(state=JobState.WAITING) & (Q(not_before=None) | Q(not_before__lte=now)) | Q(state=JobState.RUNNING, lease_until__lt=now)
    for job in Job.objects.filter(may).order_by("pk")[:5]:
        taken = Job.objects.filter(may, pk=job.pk, starts=job.starts).update(
            state=JobState.RUNNING, worker=worker, lease_until=now + LEASE, starts=F("starts") + 1, step="", done=0, total=0)
        if taken:
            job.refresh_from_db()
            return job
    return None


def _ours(job: Job) -> "Job.objects":  # type: ignore[name-defined]
    return Job.objects.filter(pk=job.pk, worker=job.worker, starts=job.starts, state=JobState.RUNNING)


def _end(job: Job, state: JobState, said: str) -> None:
    _ours(job).update(state=state, said=said[:300], ended_at=timezone.now(), lease_until=None, once=None)


class _Heart(threading.Thread):
    """Keeps a job's lease while one of its steps takes long; `lost` is set when the job is no longer ours."""

    def __init__(self, job: Job) -> None:
        super().__init__(daemon=True)
        self.job, self.ended, self.lost = job, threading.Event(), threading.Event()

    def run(self) -> None:
        """Renew the lease until the job ends."""
        while not self.ended.wait(HEARTBEAT):
            try:
                if not _ours(self.job).update(lease_until=timezone.now() + LEASE):
                    self.lost.set()
                    break
            except OperationalError:
                continue  # a busy database; the lease outlives a few beats
        connection.close()


def run(job: Job) -> None:
    """Do a claimed job to its end, its stop or its failure; a lost lease ends it without a word."""
    work: Work = import_string(settings.JOBS[job.kind][1])
    heart, shown = _Heart(job), 0.0
    heart.start()
    steps = work(job)
    try:
        for step, done, total in steps:
            if heart.lost.is_set():
                return
            if time.monotonic() - shown < SHOWN_EVERY:
                continue
            shown = time.monotonic()
            if not _ours(job).update(step=step[:60], done=done, total=total, lease_until=timezone.now() + LEASE):
                return
            if Job.objects.filter(pk=job.pk, stop_asked=True).exists():
                _end(job, JobState.STOPPED, "")
                return
        _end(job, JobState.DONE, job.said)
    except (CannotBeDone, KeyMissing) as why:
        _end(job, JobState.FAILED, str(why))
    except OperationalError:
        log.exception("job %s %s: the database did not take it", job.kind, job.code)
        _later(job)
    except Exception:
        log.exception("job %s %s", job.kind, job.code)
        _end(job, JobState.FAILED, _("程序出错了，没有做完的部分没有保存。请告诉系统管理员这个编号：{code}。").format(code=job.code))
    finally:
        steps.close()  # type: ignore[attr-defined]
        heart.ended.set()
        heart.join()


def _later(job: Job) -> None:
    """Let a job wait and begin again, a little longer each time; after STARTS times it has failed."""
    if job.starts >= STARTS:
        _end(job, JobState.FAILED, _("数据库一直没有空，试了 {n} 次。请过一会儿再来。").format(n=job.starts))
    else:
        _ours(job).update(state=JobState.WAITING, lease_until=None, not_before=timezone.now() + timedelta(seconds=2 * job.starts))


def ask_for_what_is_due() -> None:
    """Ask for the periodic work whose time has come; two workers ask once."""
    now = timezone.now()
    for kind, minutes in settings.PERIODIC.items():
        Periodic.objects.get_or_create(kind=kind, defaults={"due_at": now})
        if Periodic.objects.filter(kind=kind, due_at__lte=now).update(due_at=now + timedelta(minutes=minutes)):
            ask(kind, by="", once=f"periodic {kind}")


def worker(ended: threading.Event, *, name: str | None = None, once: bool = False) -> None:
    """Do jobs until `ended`; `once`: until nothing waits."""
    name = name or f"worker-{secrets.token_hex(4)}"
    while not ended.is_set():
        try:
            if not connection.in_atomic_block:  # as it is in a test
                close_old_connections()
            ask_for_what_is_due()
            if job := claim(name):
                run(job)
                continue
        except OperationalError:
            log.exception("the database did not answer the worker")
        if once:
            return
        ended.wait(PAUSE)


@contextmanager
def making_way() -> Iterator[None]:
    """One of a job's many short transactions. On SQLite the database is left alone afterwards for as long as it was held, a tenth of a second
    at most: whoever finds it busy asks again only that often, and a job that writes without a pause would keep others out for long."""
    began = time.monotonic()
    with transaction.atomic():
        yield
    if connection.vendor == "sqlite":
        time.sleep(min(time.monotonic() - began, 0.1))


def verify_trail(job: Job) -> Iterator[Progress]:
    """Look at the trail's chain every day; a break is a failure that the administrator's page shows."""
    from . import trail

    yield _("查操作记录"), 0, 0
    count, broken = trail.verify()
    if broken is not None:
        raise CannotBeDone(_("操作记录从第 {n} 条起接不上。请告诉安全管理员和审计员。").format(n=broken))
    job.said = _("{n} 条，前后相接").format(n=count)
