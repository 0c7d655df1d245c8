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


class WorkYear(models.Model):
    """A year's days off and make-up days as the office typed them. Rows are only added; the newest of a year holds, whole.

    `days` is [["2027-02-06", "make_up" or "off", name of the holiday], …]; not `official`: what is said of the year is provisional.
    """

    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=120)
    official = models.BooleanField()
    days = models.JSONField(default=list)
    who = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["year", "-id"], name="work_year_newest")]


class RuleKind(models.TextChoices):
    """How visit days come again."""

    NTH = "nth", _("每月第几个周几")
    EVERY = "every", _("每几周一次")


class HolidayShift(models.TextChoices):
    """What becomes of a visit day that falls on a public holiday."""

    ON = "on", _("推后到后一个工作日")
    BACK = "back", _("提前到前一个工作日")
    SKIP = "skip", _("这一次不去")


class VisitRule(models.Model):
    """The town's rule for visit days. Rows are only added, the newest holds; without one it is calendar.DEFAULT.

    `nth` and `weekday` belong to NTH, `weeks` and `starts_on` to EVERY. `window`: working days after the visit day on which it may
    be made up; `grace`: working days after these in which what was sent in is in time.
    """

    kind = models.CharField(max_length=5, choices=RuleKind)
    nth = models.JSONField(default=list)
    weekday = models.PositiveSmallIntegerField(null=True)
    weeks = models.PositiveSmallIntegerField(null=True)
    starts_on = models.DateField(null=True)
    on_holiday = models.CharField(max_length=4, choices=HolidayShift)
    window = models.PositiveSmallIntegerField()
    grace = models.PositiveSmallIntegerField()
    who = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
