"""The seven links (the "7+1" model) as dated rows. Writes are in actions.py, reads across rows in queries.py.

Of links that have exactly one holder only the start is stored: the end is the next row's start, so that overlap and gap cannot be
expressed. Units, team members and the posts beside the chain may be several and have a beginning and an end.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area, Cluster, Household


class Level(models.TextChoices):
    """From which level a caseworker or a unit comes."""

    CITY = "city", _("市")
    COUNTY = "county", _("县")
    TOWN = "town", _("镇")
    VILLAGE = "village", _("村")


class Unit(models.Model):
    """A unit that is attached to villages (挂村单位) or sends caseworkers."""

    name = models.CharField(_("单位"), max_length=60, unique=True)
    level = models.CharField(_("级别"), max_length=8, choices=Level)

    class Meta:
        ordering = ("name",)
        constraints = [models.CheckConstraint(name="unit_has_a_known_level", condition=Q(level__in=[value for value, _label in Level.choices]))]

    def __str__(self) -> str:
        return self.name


class Cadre(models.Model):
    """What the chain knows of an officer besides the account: level, unit and the number printed on the 帮扶联系卡."""

    officer = models.OneToOneField(Officer, models.PROTECT, related_name="cadre")
    level = models.CharField(_("级别"), max_length=8, choices=Level)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="cadres")
    phone = models.CharField(_("工作电话"), max_length=20, blank=True, default="")
    email = models.EmailField(_("工作邮箱"), blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(name="cadre_has_a_known_level", condition=Q(level__in=[value for value, _label in Level.choices]))]


class UnitVillage(models.Model):
    """Links 1 and 2: a unit attached to a village from a day on; the unit's level says which link it is."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="villages")
    village = models.ForeignKey(Area, models.PROTECT, related_name="+")
    starts_on = models.DateField(_("从哪天起"))
    ends_on = models.DateField(null=True)
    document_no = models.CharField(_("文号"), max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="unit_village_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gt=models.F("starts_on"))),
            models.UniqueConstraint(name="unit_once_at_a_village", fields=["unit", "village"], condition=Q(ends_on=None)),
        ]


class Link(models.TextChoices):
    """Links that have exactly one holder on a day, each for one kind of node."""

    CLUSTER_LEADER = "cluster_leader", _("包片领导")
    VILLAGE_SPONSOR = "village_sponsor", _("挂村领导")
    VILLAGE_TEAM_LEADER = "village_team_leader", _("包村组长")
    CASEWORKER = "caseworker", _("帮扶责任人")


NODE_OF = {Link.CLUSTER_LEADER: "cluster", Link.VILLAGE_SPONSOR: "village", Link.VILLAGE_TEAM_LEADER: "village", Link.CASEWORKER: "household"}


class Assignment(models.Model):
    """From `starts_on` on somebody answers for a cluster, a village or a household, until the node's next row of this link.

    kind  holder: `officer` answers; caretaker: nobody is appointed and `officer` looks after it, None = the next filled link upward;
          closed: no help is needed any more (无需帮扶), nobody answers
    """

    HOLDER, CARETAKER, CLOSED = "holder", "caretaker", "closed"

    link = models.CharField(max_length=20, choices=Link)
    cluster = models.ForeignKey(Cluster, models.PROTECT, null=True, related_name="+")
    village = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="assignments")
    kind = models.CharField(max_length=10, default=HOLDER)
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="assignments")
    starts_on = models.DateField(_("从哪天起"))
    document_no = models.CharField(_("文号"), max_length=60, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("starts_on", "pk")
        indexes = [models.Index(fields=["officer", "link"], name="assignment_by_officer")]
        constraints = [
            models.CheckConstraint(name="assignment_is_of_its_links_node", condition=(
                Q(link=Link.CLUSTER_LEADER, cluster__isnull=False, village=None, household=None)
                | Q(link__in=(Link.VILLAGE_SPONSOR, Link.VILLAGE_TEAM_LEADER), cluster=None, village__isnull=False, household=None)
                | Q(link=Link.CASEWORKER, cluster=None, village=None, household__isnull=False))),
            models.CheckConstraint(name="assignment_is_held_or_vacant_or_closed", condition=(
                Q(kind="holder", officer__isnull=False) | Q(kind="caretaker") | Q(kind="closed", officer=None))),
            models.UniqueConstraint(name="one_cluster_leader_a_day", fields=["link", "cluster", "starts_on"], condition=Q(cluster__isnull=False)),
            models.UniqueConstraint(name="one_holder_a_village_a_day", fields=["link", "village", "starts_on"], condition=Q(village__isnull=False)),
            models.UniqueConstraint(name="one_caseworker_a_day", fields=["household", "starts_on"], condition=Q(household__isnull=False)),
        ]  # fmt: skip


class PostRole(models.TextChoices):
    """Link 6, and the posts beside the seven links. A village may have several at a time."""

    VILLAGE_TEAM_MEMBER = "village_team_member", _("包村成员")
    FIRST_SECRETARY = "first_secretary", _("驻村第一书记")
    VILLAGE_PARTY_SECRETARY = "village_party_secretary", _("村党支部书记")
    VILLAGE_CADRE = "village_cadre", _("村干部")


class Post(models.Model):
    """An officer in a village in a role, in the days [starts_on, ends_on); a team member may be there for one villager group."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="posts")
    village = models.ForeignKey(Area, models.PROTECT, related_name="+")
    villager_group = models.CharField(_("组"), max_length=40, blank=True, default="")
    role = models.CharField(max_length=24, choices=PostRole)
    starts_on = models.DateField(_("从哪天起"))
    ends_on = models.DateField(null=True)
    document_no = models.CharField(_("文号"), max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="post_has_a_known_role", condition=Q(role__in=[value for value, _label in PostRole.choices])),
            models.CheckConstraint(name="post_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gt=models.F("starts_on"))),
            models.UniqueConstraint(name="post_once_at_a_time", fields=["officer", "village", "villager_group", "role"], condition=Q(ends_on=None)),
        ]


class ReassignmentState(models.TextChoices):
    """How far a change of many caseworkers is."""

    PREVIEW = "preview", _("还没有定")
    TAKEN = "taken", _("办了")
    THROWN_AWAY = "thrown_away", _("没有办")


class Reassignment(models.Model):
    """Many households that get a caseworker at once, as it was looked at before: by a 结对帮扶一览表, or from one hand to another (移交).

    `plan` is sealed: {"lines": [...], "problems": [...], "same": n}, as handover.py writes it; empty once it was decided on.
    """

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    label = models.CharField(max_length=200)
    document_no = models.CharField(_("文号"), max_length=60, blank=True, default="")
    state = models.CharField(max_length=12, choices=ReassignmentState, default=ReassignmentState.PREVIEW)
    plan = models.TextField()
    said = models.JSONField(default=dict)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = [models.CheckConstraint(name="reassignment_has_a_known_state", condition=Q(state__in=[value for value, _label in ReassignmentState.choices]))]
