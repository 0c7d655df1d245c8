"""以奖代补: produce first, then paid. A round with its rates and caps, claims, and what inspectors measured. Scales are in tenths of a unit."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area, Household

from .ledger import Programme


class RewardRound(models.Model):
    """One month's or quarter's round of a programme of rewards.

    `rates`: [{"item", "unit", "rate_fen", "minimum_tenths", "exceptions": [{"from", "until", "minimum_tenths"}]}]; `caps`: a household's yearly cap in fen
    by what it is on the register (keys of STANDINGS). `with_goods`: whether goods handed out for the same item and season do not exclude the reward.
    """

    code = models.CharField(max_length=10, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="rounds")
    year = models.PositiveSmallIntegerField(_("年份"))
    label = models.CharField(_("哪一期"), max_length=20)
    document_no = models.CharField(_("文号"), max_length=60)
    rates = models.JSONField()
    caps = models.JSONField()
    with_goods = models.BooleanField(_("同一季同一品种领过实物的也可以奖补"), default=False)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(name="reward_round_once", fields=["programme", "year", "label"])]

    def __str__(self) -> str:
        return f"{self.programme.name} {self.year} {self.label}"

    def rate(self, item: str) -> dict[str, object] | None:
        """Return what is paid for an item, None for what is not in the round."""
        return next((one for one in self.rates if one["item"] == item), None)

    def minimum(self, item: str, on: date) -> int:
        """Return the least scale, in tenths, that is paid on a day: an exception's where one holds."""
        rate = self.rate(item)
        held = [one["minimum_tenths"] for one in rate["exceptions"] if one["from"] <= f"{on}" <= one["until"]]
        return min(held) if held else rate["minimum_tenths"]


class RewardClaim(models.Model):
    """申报: what a household says it grows or raises, and where. The same plot, lot or animals count once in a season."""

    code = models.CharField(max_length=10, unique=True)
    round = models.ForeignKey(RewardRound, models.PROTECT, related_name="claims")
    household = models.ForeignKey(Household, models.PROTECT, related_name="reward_claims")
    village = models.ForeignKey(Area, models.PROTECT, related_name="+")
    item = models.CharField(_("品种"), max_length=40)
    declared_tenths = models.PositiveBigIntegerField(_("申报规模"))
    place = models.CharField(_("地块、栏舍"), max_length=60)
    season = models.CharField(_("季节"), max_length=10)
    on = models.DateField(_("哪天申报"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn = models.CharField(_("为什么撤回"), max_length=100, blank=True, default="")
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(name="same_plot_claimed_once_a_season", fields=["village", "place", "item", "season"], condition=Q(withdrawn_at=None)),
            models.CheckConstraint(name="claim_is_for_something", condition=Q(declared_tenths__gt=0) & ~Q(place="")),
        ]

    @property
    def basis(self) -> str:
        """What its lines name as their basis."""
        return f"reward {self.code}"


class RewardInspection(models.Model):
    """验收: what at least two inspectors measured on a day. `earned_fen` is rate × measured by the round, before the cap; the latest row counts.

    `standing` and `cap_fen`: what the household was on that day, and its yearly cap by that.
    """

    claim = models.ForeignKey(RewardClaim, models.PROTECT, related_name="inspections")
    inspector_1 = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    inspector_2 = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    others = models.CharField(_("还有谁"), max_length=100, blank=True, default="")
    measured_tenths = models.PositiveBigIntegerField(_("验收规模"))
    minimum_tenths = models.PositiveBigIntegerField()
    standing = models.CharField(max_length=12, blank=True, default="")
    cap_fen = models.PositiveBigIntegerField(default=0)
    earned_fen = models.PositiveBigIntegerField(default=0)
    on = models.DateField(_("哪天验收"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(name="inspectors_are_two", condition=~Q(inspector_1=F("inspector_2"))),
            models.CheckConstraint(name="below_the_minimum_nothing_is_earned", condition=Q(measured_tenths__gte=F("minimum_tenths")) | Q(earned_fen=0)),
        ]
