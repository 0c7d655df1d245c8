"""Public notices (公示) with their periods, what was published to the byte, who cleared a name, and objections with their answers."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.registry.models import Area

from .batch import Batch, Candidate


class NameStyle(models.TextChoices):
    """How heads are named; a minor head is always masked."""

    FULL = "full_name", _("全名")
    MASKED = "masked_name", _("隐去中间的字")


class NoticeState(models.TextChoices):
    """How far a notice is."""

    DRAFT = "draft", _("起草")
    UP = "up", _("公示中")
    ENDED = "ended", _("到期")
    TAKEN_DOWN = "taken_down", _("提前撤下")


class PublicNotice(models.Model):
    """公示. The day it goes up does not count; the last day ends at midnight; one taken down early begins again as another."""

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="notices")
    title = models.CharField(_("标题"), max_length=80)
    words = models.TextField(_("说明"), max_length=1000, blank=True, default="")
    names = models.CharField(_("户主姓名"), max_length=12, choices=NameStyle, default=NameStyle.FULL)
    days = models.PositiveSmallIntegerField(_("公示几天"))
    working_days = models.BooleanField(_("按工作日算"), default=False)
    place = models.CharField(_("贴在哪里"), max_length=60)
    phone = models.CharField(_("监督电话"), max_length=20)
    office = models.CharField(_("受理的单位"), max_length=60)
    state = models.CharField(max_length=12, choices=NoticeState, default=NoticeState.DRAFT)
    up_on = models.DateField(null=True)
    last_day = models.DateField(null=True)
    down_on = models.DateField(null=True)
    conclusion = models.CharField(_("结论"), max_length=200, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(name="notice_that_is_up_has_its_days", condition=Q(state="draft", up_on=None, last_day=None) | Q(up_on__isnull=False, last_day__isnull=False)),
            models.CheckConstraint(name="notice_stands_some_days", condition=Q(days__gt=0)),
        ]

    @property
    def is_over(self) -> bool:
        """Whether its whole period has passed: it was not taken down before."""
        return self.last_day is not None and self.state in (NoticeState.UP, NoticeState.ENDED) and clock.today() > self.last_day

    def is_late(self, today: date) -> bool:
        """Whether it still hangs although its days are over."""
        return self.state == NoticeState.UP and self.last_day is not None and today > self.last_day


class NoticeFile(models.Model):
    """A finished file of a notice exactly as it was published (base64), and its SHA-256."""

    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="files")
    name = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    content = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(name="file_once_of_a_notice", fields=["notice", "name"])]


class Clearance(models.Model):
    """A second person let an adult's name stand in a notice, with a reason. The name itself is kept as a digest only."""

    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="clearances")
    hint = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=100)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="name_cleared_once", fields=["notice", "digest"])]


class ObjectionWay(models.TextChoices):
    """How an objection came in."""

    PHONE = "by_phone", _("电话")
    PAPER = "on_paper", _("书面")
    FACE = "face_to_face", _("当面")


class Objection(models.Model):
    """异议. It has a number, an owner and a day by which it is answered; closed only by an answer. While it is open its row is not paid."""

    code = models.CharField(max_length=10, unique=True)
    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="objections")
    candidate = models.ForeignKey(Candidate, models.PROTECT, null=True, related_name="objections")
    way = models.CharField(max_length=16, choices=ObjectionWay)
    text = models.TextField()  # sealed
    owner = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    due_on = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answer = models.TextField(blank=True, default="")  # sealed
    upheld = models.BooleanField(null=True)
    answered_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(name="objection_is_closed_by_an_answer", condition=(
            Q(answered_at=None, answered_by=None, answer="", upheld=None) | ~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False, upheld__isnull=False)))]  # fmt: skip
