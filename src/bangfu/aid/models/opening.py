"""What came in of ledgers kept in spreadsheets before: one file each, until it is posted or thrown away, and what its columns were said to mean."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area

from .batch import Batch
from .ledger import FundSource, Programme


class OpeningState(models.TextChoices):
    """How far a ledger of past years is."""

    DRAFT = "draft", _("核对")
    SUBMITTED = "submitted", _("等批准")
    POSTED = "posted", _("导入了")
    THROWN_AWAY = "thrown_away", _("不导入")


class OpeningImport(models.Model):
    """历史导入: a ledger of past years that came in. The file lies sealed until it is decided on; then its fingerprint and what was said of it stay.

    `on`: the day of rows without one; `choices`: "sheet!row" -> the household's code (or the person's key) somebody picked; `explained`: the differences the
    explanation is about, as facts and in words; `said`: what was posted, in counts, and every guess.
    """

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    source = models.ForeignKey(FundSource, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    title = models.CharField(max_length=60)
    on = models.DateField(null=True)
    box = models.CharField(_("档案盒号"), max_length=60, blank=True, default="")
    state = models.CharField(max_length=12, choices=OpeningState, default=OpeningState.DRAFT)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    choices = models.JSONField(default=dict)
    explanation = models.CharField(_("为什么对不上"), max_length=200, blank=True, default="")
    explained = models.JSONField(default=dict)
    explained_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    explained_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True, default="")
    approved_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    batch = models.OneToOneField(Batch, models.PROTECT, null=True, related_name="opening")
    said = models.JSONField(default=dict)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(name="one_opening_of_a_file", fields=["town", "sha256"], condition=~Q(state=OpeningState.THROWN_AWAY)),
            models.CheckConstraint(name="opening_is_approved_by_another", condition=Q(approved_by=None) | ~Q(approved_by=F("by")) & ~Q(approved_by=F("submitted_by"))),
        ]

    def __str__(self) -> str:
        return self.title


class LedgerTemplate(models.Model):
    """What an office said the columns of ledgers with one set of headers mean: header -> {"as", "goods", "unit", "label"}."""

    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    key = models.CharField(max_length=32)
    mapping = models.JSONField(default=dict)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_ledger_template_for_headers", fields=["town", "key"])]
