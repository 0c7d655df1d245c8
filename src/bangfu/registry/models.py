"""Facts about areas, households and people. Writes that touch other rows are in actions.py, reads across rows in queries.py.

Columns of the data dictionary that nobody searches by lie in `facts` (one JSON of text by dictionary name); level A values
lie sealed in `sealed` (one sealed text by dictionary name). A value's source and date are its newest Change's, else its row's.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below

from .scope import span
from .statuses import MONITORED, StatusKind


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

    @property
    def is_town(self) -> bool:
        return self.code.endswith("000") and not self.code.endswith("000000")


class Cluster(models.Model):
    """片: several villages of a town under one leader."""

    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(name="cluster_once_in_a_town", fields=["town", "name"])]

    def __str__(self) -> str:
        return self.name


class ClusterVillage(models.Model):
    """Since when a village belongs to a cluster, and until when."""

    cluster = models.ForeignKey(Cluster, models.PROTECT, related_name="villages")
    village = models.ForeignKey(Area, models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="cluster_village_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on"))),
            models.UniqueConstraint(name="village_in_one_cluster_at_a_time", fields=["village"], condition=Q(ends_on=None)),
        ]


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
        """Households an officer may see: none for a role without households, those of its area, or those the chain names it for."""
        if not officer.sees_households:
            return self.none()
        if not officer.keeps_register:
            villages, households = span(officer)
            return self.filter(Q(village__in=villages) | Q(pk__in=households))
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
    OFF_REGISTER = "off_register", _("不再在册")


class Member(models.Model):
    """A person's place in a household, with dates; `starts_on` null = since when is not known.

    Another relation to the head is another row: the one before ends on that day without `ended_by`.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    relation_to_head = models.CharField(_("与户主关系"), max_length=20, blank=True, default="")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    began_by = models.CharField(max_length=12, blank=True, default="", choices=Joining)
    ended_by = models.CharField(max_length=12, blank=True, default="", choices=Leaving)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    end_source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")

    number: int  # of the card, set by queries.present_members

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(name="member_ends_after_start", condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on"))),
            models.UniqueConstraint(name="member_once_at_a_time", fields=["household", "person"], condition=Q(ends_on=None)),
        ]


class StatusQuerySet(models.QuerySet["Status"]):
    """The words in which statuses are asked for."""

    def present(self) -> "StatusQuerySet":
        """Statuses that have not ended."""
        return self.filter(ended=False)

    def monitored(self) -> "StatusQuerySet":
        """The three kinds of 监测对象."""
        return self.filter(kind__in=MONITORED)


class Status(models.Model):
    """What a household is or was on the register, with dates as exact as they are known; a month stands as its first day."""

    EXACT = [("", _("不清楚")), ("year", _("年")), ("month", _("月")), ("day", _("日"))]

    household = models.ForeignKey(Household, models.PROTECT, related_name="statuses")
    kind = models.CharField(_("类别"), max_length=20, choices=StatusKind)
    starts_on = models.DateField(null=True)
    starts_known = models.CharField(max_length=5, blank=True, default="", choices=EXACT)
    ended = models.BooleanField(default=False)
    ends_on = models.DateField(null=True)
    ends_known = models.CharField(max_length=5, blank=True, default="", choices=EXACT)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    end_source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")
    objects = StatusQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["kind", "ended", "household"], name="status_by_kind")]
        constraints = [
            models.CheckConstraint(name="status_has_a_known_kind", condition=Q(kind__in=[value for value, _label in StatusKind.choices])),
            models.CheckConstraint(name="status_end_is_an_end", condition=Q(ends_on=None) | Q(ended=True)),
            models.CheckConstraint(name="status_ends_after_start", condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on"))),
            models.UniqueConstraint(name="status_once_at_a_time", fields=["household", "kind"], condition=Q(ended=False)),
        ]


class Change(models.Model):
    """One value that changed (`column`, `old`, `new`), or one event of a member or a status (`what`). Rows are added, never edited.

    Values of level A and B, and of somebody who may be a child, stand here sealed (`is_sealed`).
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="changes")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="changes")
    what = models.CharField(max_length=200, blank=True, default="")
    column = models.CharField(max_length=40, blank=True, default="")
    old = models.TextField(blank=True, default="")
    new = models.TextField(blank=True, default="")
    is_sealed = models.BooleanField(default=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-pk",)


class UploadState(models.TextChoices):
    """How far a file that came in is."""

    READING = "reading", _("正在读")
    REFUSED = "refused", _("读不了")
    COLUMNS = "columns", _("等着对列")
    PREVIEW = "preview", _("等着看")
    TAKING = "taking", _("正在导入")
    TAKEN = "taken", _("导入了")
    THROWN_AWAY = "thrown_away", _("没有导入")
    GIVING_BACK = "giving_back", _("正在撤回")
    GIVEN_BACK = "given_back", _("撤回了")


class Upload(models.Model):
    """A file of the national system that came in (花名册). The file itself lies sealed until it is decided on, then only its fingerprint stays."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    area = models.CharField(max_length=12)
    data_date = models.DateField(null=True)
    state = models.CharField(max_length=12, choices=UploadState, default=UploadState.READING)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    job = models.CharField(max_length=10, blank=True, default="")
    said = models.JSONField(default=dict)  # counts, notes, problems; no value of level A or B in the open
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-pk",)


class Template(models.Model):
    """What an office said of files with one set of headers: header -> column of the dictionary ("" = none), and the sheets to read."""

    area = models.CharField(max_length=12)
    key = models.CharField(max_length=32)
    mapping = models.JSONField(default=dict)
    sheets = models.JSONField(default=list)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_template_for_headers", fields=["area", "key"])]


class Staged(models.Model):
    """What a file says of one household, and whether it is to be taken in. `plan` is sealed; `seen` is the newest change there was.

    `may`: it can be taken in; `columns`: names of the columns that would change, each between blanks, so that one can be filtered by.
    """

    WAITING, TAKEN, SKIPPED, CHANGED, GIVEN_BACK = "waiting", "taken", "skipped", "changed", "given_back"

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="staged")
    place = models.PositiveIntegerField()
    code = models.CharField(max_length=20)
    village = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=8)
    plan = models.TextField()
    seen = models.BigIntegerField(default=0)
    may = models.BooleanField(default=True)
    columns = models.TextField(blank=True, default="")
    chosen = models.BooleanField(default=True)
    state = models.CharField(max_length=12, default=WAITING)

    class Meta:
        ordering = ("place",)
        indexes = [models.Index(fields=["upload", "kind", "place"], name="staged_by_kind"), models.Index(fields=["upload", "state", "place"], name="staged_by_state")]
