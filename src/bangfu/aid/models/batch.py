"""What is being prepared for the ledger: a batch with its standards and its candidates. It may be edited until it is approved."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.registry.models import Area, Household, Person

from .ledger import Commodity, FundSource, Lot, Programme


class BatchState(models.TextChoices):
    """How far a batch is: 起草 -> 审核 -> 公示 (if set) -> 批准 -> 办结."""

    DRAFT = "draft", _("起草")
    CHECKED = "checked", _("审核了")
    DISCLOSED = "disclosed", _("公示中")
    APPROVED = "approved", _("批准了，正在发")
    CLOSED = "closed", _("办结")
    THROWN_AWAY = "thrown_away", _("作废")


class Batch(models.Model):
    """批次: one occasion of a programme out of one source. `basis` keeps the query the list began with: {"as": …, "villages": […], "on": …}."""

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="batches")
    source = models.ForeignKey(FundSource, models.PROTECT, related_name="batches")
    title = models.CharField(_("批次"), max_length=60)
    on = models.DateField(_("哪天发"))
    planned = models.PositiveIntegerField(_("计划多少户"), null=True)
    by_bank = models.BooleanField(_("转账发放"), default=False)
    basis = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=BatchState, default=BatchState.DRAFT)
    sheet_version = models.PositiveSmallIntegerField(default=1)
    drafted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    checked_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(name="batch_has_a_known_state", condition=Q(state__in=[value for value, _label in BatchState.choices])),
            models.CheckConstraint(name="batch_is_approved_by_another", condition=Q(approved_by=None) | ~Q(approved_by=models.F("drafted_by"))),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether its list may still be edited."""
        return self.state == BatchState.DRAFT

    @property
    def began_on(self) -> date:
        """The day the list was begun: since then who is on it may have died or moved."""
        return clock.day_of(self.drafted_at)


class Standard(models.Model):
    """档: what a household of this tier gets of one commodity, out of a lot where it is goods. A tier may have several."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="standards")
    name = models.CharField(_("档"), max_length=40)
    commodity = models.ForeignKey(Commodity, models.PROTECT, related_name="+")
    quantity = models.PositiveBigIntegerField()
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(name="standard_once_in_a_batch", fields=["batch", "name", "commodity"]),
            models.CheckConstraint(name="standard_gives_something", condition=Q(quantity__gt=0)),
        ]


class Candidate(models.Model):
    """A household, or one person of it, on the list of a batch with what it is to get. Once the list is checked it is only left out, with a reason.

    `quantity` null: the quantities of the standard; else its own of `commodity` (study aid, rewards, seedlings by the household).
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="candidates")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    standard = models.CharField(_("档"), max_length=40, blank=True, default="")
    commodity = models.ForeignKey(Commodity, models.PROTECT, null=True, related_name="+")
    quantity = models.PositiveBigIntegerField(null=True)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+")
    basis = models.CharField(max_length=60, blank=True, default="")
    place = models.PositiveIntegerField()
    left_out = models.CharField(_("为什么不发"), max_length=100, blank=True, default="")
    left_out_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    left_out_at = models.DateTimeField(null=True)
    posted = models.BooleanField(default=False)

    class Meta:
        ordering = ("place", "pk")
        constraints = [models.CheckConstraint(name="candidate_has_both_or_neither", condition=Q(commodity=None, quantity=None) | Q(commodity__isnull=False, quantity__gt=0))]


class Rule(models.TextChoices):
    """What a list is looked through for. Warned of, never blocked."""

    TWICE_HERE = "twice_here", _("这一批里有两次")
    TWO_HOUSEHOLDS = "two_households", _("同一个人在两户里")
    SAME_PURPOSE = "same_purpose", _("同一用途已经从别处得过")
    EXCLUDED = "excluded", _("同年已有互相排斥的项目")
    DIED = "died", _("户主或本人已去世")
    MOVED_OUT = "moved_out", _("已迁出或没有人了")
    NO_LONGER = "no_longer", _("不再是这类对象")
    NAMESAKE = "namesake", _("领取人和发放人同村同名")


class Cover(models.Model):
    """确认无误: a warning looked at and let pass, with the reason that is printed in the batch's file. `fact` is what it was about."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="covers")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=16, choices=Rule)
    fact = models.CharField(max_length=200)
    reason = models.CharField(_("为什么没有问题"), max_length=100)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="warning_covered_once", fields=["batch", "household", "rule", "fact"])]


class DistributionSheet(models.Model):
    """发放表 as it was printed: of a batch in one village, or of what a caseworker takes along on a visit day. `lines` are the lines on it, in order.

    Its code with the page's number stands on every page; nothing personal is in it. It is settled when it was typed back.
    """

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="sheets")
    village = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    on = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    lines = models.JSONField()
    printed_at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [models.CheckConstraint(name="sheet_is_of_a_village_or_an_officer", condition=Q(batch__isnull=False, village__isnull=False, officer=None) | Q(officer__isnull=False))]
