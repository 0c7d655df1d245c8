"""The trail's rows. Written by trail.py only; the database itself refuses to change or delete one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TrailEntry(models.Model):
    """One act: when, who (an officer's user name, "" = nobody signed in), what, on what (a code, never a value), with what result.

    `digest` is SHA-256 over the entry before and this one, so that a row taken out or changed is noticed.
    """

    at = models.DateTimeField()
    who = models.CharField(max_length=40, blank=True)
    act = models.CharField(max_length=40)
    about = models.CharField(max_length=80, blank=True)
    result = models.CharField(max_length=120, blank=True)
    before = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["act", "-id"], name="trail_by_act"), models.Index(fields=["about", "-id"], name="trail_by_object")]


class Feedback(models.Model):
    """What somebody said of this application, named or not. Text and answer are sealed: people write numbers into them."""

    code = models.CharField(max_length=10, unique=True)  # with it the answer is read without naming oneself
    page = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    at = models.DateTimeField()
    answer = models.TextField(blank=True, default="")
    answered_by = models.CharField(max_length=40, blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)


class JobState(models.TextChoices):
    """How far a piece of long work is."""

    WAITING = "waiting", _("等着做")
    RUNNING = "running", _("正在做")
    DONE = "done", _("做完了")
    FAILED = "failed", _("没有做成")
    STOPPED = "stopped", _("停下了")


class Job(models.Model):
    """A piece of long work. `lease_until` is real time: a worker that is killed lets it run out, and another goes on.

    `code` stands in addresses; `once` names what must not be asked for twice while it is being done; `about` is a code, never a value.
    """

    code = models.CharField(max_length=10, unique=True)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=80, blank=True, default="")
    once = models.CharField(max_length=80, null=True, unique=True)
    by = models.CharField(max_length=40, blank=True, default="")
    state = models.CharField(max_length=8, choices=JobState, default=JobState.WAITING)
    step = models.CharField(max_length=60, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    said = models.CharField(max_length=300, blank=True, default="")
    stop_asked = models.BooleanField(default=False)
    starts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=40, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["state", "lease_until"], name="job_by_state")]

    @property
    def is_open(self) -> bool:
        """Whether somebody may still wait for it."""
        return self.state in (JobState.WAITING, JobState.RUNNING)

    @property
    def percent(self) -> int:
        """How much of the present step is done."""
        return min(100, 100 * self.done // self.total) if self.total else 0


class Periodic(models.Model):
    """Work that comes again: its kind and when it is due next."""

    kind = models.CharField(max_length=40, primary_key=True)
    due_at = models.DateTimeField()
