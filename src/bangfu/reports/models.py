"""A bulletin (简报) and its figures. An issued one is never changed: a later correction is shown beside it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area


class BulletinState(models.TextChoices):
    """How far a bulletin is."""

    DRAFT = "draft", _("起草")
    ISSUED = "issued", _("印发了")


class Bulletin(models.Model):
    """简报: a text with fields for a period. Issued it keeps the ledger's position it was made at."""

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    title = models.CharField(_("标题"), max_length=80)
    starts_on = models.DateField(_("从哪天"))
    ends_on = models.DateField(_("到哪天"))
    text = models.TextField(_("正文"), max_length=8000)
    state = models.CharField(max_length=8, choices=BulletinState, default=BulletinState.DRAFT)
    position = models.PositiveBigIntegerField(null=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    issued_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(name="bulletin_ends_after_start", condition=Q(ends_on__gte=models.F("starts_on"))),
            models.CheckConstraint(name="issued_bulletin_has_its_position", condition=Q(state="draft", position=None) | Q(state="issued", position__isnull=False)),
        ]


class Figure(models.Model):
    """One figure of an issued bulletin: measure + filter + period + position, its value and the list it was counted from, frozen.

    `rows`: [[receipt, line, household, person, quantity], …]; `digest` is SHA-256 over all of it. `typed`: of one typed by hand.
    """

    code = models.CharField(max_length=10, unique=True)
    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="figures")
    field = models.CharField(max_length=120)
    measure = models.CharField(max_length=12)
    kind = models.CharField(max_length=20, blank=True, default="")
    of = models.CharField(max_length=60, blank=True, default="")
    village = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    value = models.BigIntegerField(null=True)
    typed = models.CharField(max_length=40, blank=True, default="")
    rows = models.JSONField(default=list)
    listed = models.PositiveIntegerField(default=0)  # how many rows there are
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(name="figure_once_in_a_bulletin", fields=["bulletin", "field"])]
