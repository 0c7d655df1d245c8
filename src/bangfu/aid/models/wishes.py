"""Micro-wishes: what a household wishes for, in neutral words; who claims it; what became of it. 已实现 is no state of its own: it is a receipt."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area, Household, Person

from .ledger import Lot


class WishState(models.TextChoices):
    """How far a wish is. Fulfilled (已实现) it is once its line is signed for."""

    WAITING = "waiting_review", _("待审核")
    SENT_BACK = "sent_back", _("退回")
    PUBLISHED = "published", _("已发布")
    CLAIMED = "claimed", _("已认领")
    ARRIVED = "arrived", _("已送达")
    EXPIRED = "expired", _("过期")
    CANCELLED = "cancelled", _("已取消")


class MicroWish(models.Model):
    """微心愿. `text` is what the public reads; why it is wished for stays inside (`note`). `number` is the public's."""

    code = models.CharField(max_length=10, unique=True)
    number = models.PositiveIntegerField()
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, related_name="micro_wishes")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    goods = models.CharField(_("想要什么"), max_length=40)
    text = models.CharField(_("公开的话"), max_length=100)
    note = models.CharField(_("内部说明（不公开）"), max_length=200, blank=True, default="")
    value_fen = models.PositiveBigIntegerField(_("大约值多少"), null=True)
    until = models.DateField(_("认领到哪天"), null=True)
    state = models.CharField(max_length=16, choices=WishState, default=WishState.WAITING)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(name="wish_number_once_in_a_town", fields=["town", "number"]),
            models.CheckConstraint(name="arrived_wish_has_its_gift", condition=Q(state="arrived", lot__isnull=False) | ~Q(state="arrived")),
        ]


class WishEvent(models.Model):
    """One change of a wish's state: every one is a row."""

    wish = models.ForeignKey(MicroWish, models.PROTECT, related_name="events")
    state = models.CharField(max_length=16, choices=WishState)
    reason = models.CharField(max_length=100, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)


class ClaimWay(models.TextChoices):
    """How a claim came in: a clerk enters all of them."""

    PHONE = "by_phone", _("电话")
    PAPER = "on_paper", _("书面")
    AT_OFFICE = "at_office", _("来人")


class Claim(models.Model):
    """Somebody promises to fulfil a wish until a day. One is live at a time; the donor is told the wish's number and words, never whose it is."""

    wish = models.ForeignKey(MicroWish, models.PROTECT, related_name="claims")
    donor = models.CharField(_("认领人或单位"), max_length=60)
    contact = models.TextField(blank=True, default="")  # sealed
    is_named = models.BooleanField(_("愿意公开名字"), default=False)
    way = models.CharField(_("怎么来认领的"), max_length=10, choices=ClaimWay)
    on = models.DateField(_("哪天"))
    expires_on = models.DateField()
    ended_on = models.DateField(null=True)
    ended_by = models.CharField(max_length=16, blank=True, default="", choices=[("claim_expired", _("过期")), ("withdrawn", _("撤回")), ("gift_came", _("送来了"))])
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(name="one_live_claim_of_a_wish", fields=["wish"], condition=Q(ended_on=None))]
