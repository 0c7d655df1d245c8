"""What households mean to grow or raise, what a village decided, and what became of what was handed out. Rows are added; the latest counts."""

import re
from fractions import Fraction

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area, Household

from .ledger import Line

LOSS = Fraction(1, 5)  # more than this lost is a task for somebody
SEASON = re.compile(r"20\d\d[春夏秋冬]")


def tenths(n: int | None) -> str:
    """Return a scale held in tenths as people write it: 3.5 for 35."""
    return "" if n is None else f"{n // 10:,}" + (f".{n % 10}" if n % 10 else "")


class Asked(models.TextChoices):
    """How a household was asked what it means to grow."""

    VISIT = "visit", _("入户问的")
    PAPER = "paper", _("纸质调查表")


class FarmingIntention(models.Model):
    """种养意愿: one answer of a household for a season, about one item, or that it means to grow nothing (`none`). Not asked is no row.

    Of a household, season and item the latest answer counts; "none" takes back what was said before it. Areas are in tenths of a mu.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="intentions")
    season = models.CharField(_("季节"), max_length=10)
    none = models.BooleanField(_("没有种养意愿"), default=False)
    item = models.CharField(_("品种"), max_length=40, blank=True, default="")
    unit = models.CharField(_("单位"), max_length=8, blank=True, default="")
    quantity = models.PositiveIntegerField(_("数量"), null=True)
    area_tenths = models.PositiveIntegerField(_("面积"), null=True)
    labour = models.PositiveSmallIntegerField(_("劳动力"), null=True)
    land_tenths = models.PositiveIntegerField(_("耕地"), null=True)
    technical_need = models.CharField(_("技术需求"), max_length=100, blank=True, default="")
    money_need_fen = models.PositiveBigIntegerField(_("资金需求"), null=True)
    opinion = models.CharField(_("意见"), max_length=200, blank=True, default="")
    asked = models.CharField(_("怎样问的"), max_length=8, choices=Asked)
    on = models.DateField(_("哪天问的"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("on", "pk")
        indexes = [models.Index(fields=["season", "household"], name="intention_by_season")]
        constraints = [
            models.CheckConstraint(name="intention_is_of_an_item_or_none", condition=(
                Q(none=True, item="", quantity=None, area_tenths=None) | Q(none=False) & ~Q(item="") & (Q(quantity__gt=0) | Q(area_tenths__gt=0)))),
            models.CheckConstraint(name="intention_quantity_has_a_unit", condition=Q(quantity=None) | ~Q(unit="")),
        ]  # fmt: skip


class VillageDirection(models.Model):
    """村产业方向: what a village decided to go for in a season, by people at a meeting. The latest decision counts."""

    village = models.ForeignKey(Area, models.PROTECT, related_name="+")
    season = models.CharField(_("季节"), max_length=10)
    items = models.JSONField(_("品种"))
    decided_on = models.DateField(_("哪天定的"))
    present = models.CharField(_("参加的人"), max_length=200)
    minutes = models.TextField(_("会议记录"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("decided_on", "pk")


class LossCause(models.TextChoices):
    """Why something that was handed out died."""

    DISEASE = "disease", _("病虫害、疫病")
    WEATHER = "weather", _("天气")
    CARE = "care", _("管护不当")
    QUALITY = "quality", _("种苗质量")
    PREDATOR = "predator", _("野兽、被盗")
    OTHER = "other", _("其他")


class FollowUp(models.Model):
    """回访: what became of a line 30 or 90 days after it was handed over, counted from that day. Of a line and age the latest row counts.

    More than a fifth lost is an open task until somebody closes it with what was done.
    """

    AGES = (30, 90)

    line = models.ForeignKey(Line, models.PROTECT, related_name="follow_ups")
    age = models.PositiveSmallIntegerField()
    received = models.PositiveBigIntegerField(_("领到"))
    replaced = models.PositiveBigIntegerField(_("供应商补"), default=0)
    alive = models.PositiveBigIntegerField(_("现在活的"))
    died = models.PositiveBigIntegerField(_("死了的"))
    sold = models.PositiveBigIntegerField(_("卖了的"))
    own_use = models.PositiveBigIntegerField(_("自家用的"))
    cause = models.CharField(_("损失的原因"), max_length=10, choices=LossCause, blank=True, default="")
    proceeds_fen = models.PositiveBigIntegerField(_("卖得"), default=0)
    cost_fen = models.PositiveBigIntegerField(_("成本"), default=0)
    on = models.DateField(_("哪天看的"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    settled = models.CharField(_("怎样处理的"), max_length=100, blank=True, default="")
    settled_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("age", "pk")
        constraints = [
            models.CheckConstraint(name="follow_up_is_at_30_or_90_days", condition=Q(age__in=(30, 90))),
            models.CheckConstraint(name="follow_up_adds_up", condition=Q(received=F("alive") + F("died") + F("sold") + F("own_use") - F("replaced"))),
            models.CheckConstraint(name="follow_up_loss_has_a_cause", condition=Q(died=0, cause="") | Q(died__gt=0) & ~Q(cause="")),
            models.CheckConstraint(name="follow_up_is_of_something", condition=Q(received__gt=0)),
        ]

    @property
    def survival(self) -> Fraction:
        """Which part is alive, sold or used, of all there was."""
        return Fraction(self.alive + self.sold + self.own_use, self.received + self.replaced)

    @property
    def is_lost(self) -> bool:
        """Whether so much died that somebody has to see to it."""
        return 1 - self.survival > LOSS
