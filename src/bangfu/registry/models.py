"""Facts about areas, households and people. Writes that touch other rows are in actions.py, reads across rows in queries.py.

Columns of the data dictionary that nobody searches by lie in `facts` (one JSON of text by dictionary name); level A values
lie sealed in `sealed` (one sealed text by dictionary name). A value's source and date are its newest Change's.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below


class Area(models.Model):
    """A province, city, county, town or village, by its 12-digit statistical code."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(_("名称"), max_length=60)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_village(self) -> bool:
        return not self.code.endswith("000")


class Source(models.Model):
    """Where values come from: an import, a form. `data_date` is the day the values are of."""

    kind = models.CharField(max_length=16, choices=[("import", _("导入")), ("form", _("登记"))])
    label = models.CharField(_("来源"), max_length=120)
    data_date = models.DateField(_("数据日期"))
    at = models.DateTimeField(_("保存时间"))
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")


class HouseholdQuerySet(models.QuerySet["Household"]):
    """The words in which households are asked for."""

    def in_scope(self, officer: Officer) -> "HouseholdQuerySet":
        """Households an officer may see: none for a role without households, else those whose area lies in the officer's."""
        if not officer.sees_households:
            return self.none()
        first, past = codes_below(officer.area)
        return self.filter(village_id__gte=first, village_id__lt=past)


class Household(models.Model):
    """A household on the register. `code` is public to officers and stands in addresses."""

    code = models.CharField(_("户编号"), max_length=20, unique=True)
    village = models.ForeignKey(Area, models.PROTECT, related_name="+")
    villager_group = models.CharField(_("组"), max_length=40, blank=True, default="")
    facts = models.JSONField(default=dict)
    sealed = models.JSONField(default=dict)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    objects = HouseholdQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["village", "code"], name="household_by_village")]


class Person(models.Model):
    """One human being. `number_index` finds the certificate number; the number itself is sealed."""

    code = models.CharField(_("人编号"), max_length=20, null=True, unique=True)
    name = models.CharField(_("姓名"), max_length=60, db_index=True)  # indexed so that a beginning is found, too
    pinyin = models.CharField(max_length=160, db_index=True)
    initials = models.CharField(max_length=20, db_index=True)
    birth_date = models.DateField(_("出生日期"), null=True)
    sex = models.CharField(_("性别"), max_length=1, blank=True, default="")
    number_index = models.CharField(max_length=64, db_index=True, blank=True, default="")
    facts = models.JSONField(default=dict)
    sealed = models.JSONField(default=dict)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

class Joining(models.TextChoices):
    """How a person becomes a member of a household (人口自然变更)."""

    BIRTH = "birth", _("出生")
    MARRIAGE = "marriage", _("嫁入")
    MOVE = "move", _("迁入")


class Leaving(models.TextChoices):
    """How a person ceases to be one."""

    DEATH = "death", _("死亡")
    MARRIAGE = "marriage", _("嫁出")
    MOVE = "move", _("迁出")


class Member(models.Model):
    """A person's place in a household, with dates; `starts_on` null = since when is not known."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    relation_to_head = models.CharField(_("与户主关系"), max_length=20, blank=True, default="")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    began_by = models.CharField(max_length=12, blank=True, default="", choices=Joining)
    ended_by = models.CharField(max_length=12, blank=True, default="", choices=Leaving)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(name="member_ends_after_start", condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on"))),
            models.UniqueConstraint(name="member_once_at_a_time", fields=["household", "person"], condition=Q(ends_on=None)),
        ]


class Change(models.Model):
    """One value that changed, or one event of a member. Rows are added, never edited; level A and B values do not stand here."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="changes")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="changes")
    what = models.CharField(max_length=200)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-pk",)
