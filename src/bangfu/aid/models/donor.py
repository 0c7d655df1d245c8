"""Who gives: a person or an organisation that pledges money or fulfils a wish. What becomes of it is the ledger's to say."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area


class DonorKind(models.TextChoices):
    """Who a donor is."""

    PERSON = "person", _("个人")
    ORGANISATION = "organisation", _("单位")


class Donor(models.Model):
    """捐赠人. `contact` is sealed; whether the donor wishes to be named in public is the donor's own word."""

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(_("捐赠人"), max_length=60)
    kind = models.CharField(_("类别"), max_length=12, choices=DonorKind)
    contact = models.TextField(blank=True, default="")
    to_be_named = models.BooleanField(_("愿意公开名字"), default=False)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("name", "pk")
        constraints = [models.CheckConstraint(name="donor_has_a_known_kind", condition=Q(kind__in=[value for value, _label in DonorKind.choices]))]

    def __str__(self) -> str:
        return self.name
