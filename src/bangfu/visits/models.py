"""Visit days, who was to be seen on them, and what was found. States are judged in rules.py, never stored before they are frozen.

Rows are added, amended by a row that follows, or withdrawn by one; nothing of a visit is ever edited.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area, Household, Person


class VisitDay(models.Model):
    """A published 帮扶日 of a town. Its window and deadline are fixed when it is published; a change needs a reason."""

    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    rule_date = models.DateField()
    date = models.DateField(_("帮扶日"))
    make_up_until = models.DateField(_("补访到"))
    opens = models.DateTimeField()
    closes = models.DateTimeField()
    deadline = models.DateTimeField()
    holiday = models.CharField(max_length=20, blank=True, default="")
    due = models.JSONField(default=list)  # standings of the households that are to be seen
    published_at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-date",)
        constraints = [
            models.UniqueConstraint(name="visit_day_once", fields=["town", "date"]),
            models.CheckConstraint(name="visit_day_window", condition=Q(make_up_until__gte=models.F("date")) & Q(closes__gt=models.F("opens")) & Q(deadline__gte=models.F("closes"))),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"


class Slot(models.Model):
    """应访: one household on one visit day, with the caseworker who answers for it. Links and state are copied when they are frozen."""

    visit_day = models.ForeignKey(VisitDay, models.PROTECT, related_name="slots")
    household = models.ForeignKey(Household, models.PROTECT, related_name="slots")
    caseworker = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="slots")
    out_of_scope_at = models.DateTimeField(null=True)
    links_at_close = models.JSONField(null=True)
    state_at_close = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(name="slot_once", fields=["visit_day", "household"])]
        indexes = [models.Index(fields=["caseworker", "visit_day"], name="slot_by_caseworker")]

    @property
    def village_id(self) -> str:
        """The village the household is in."""
        return str(self.household.village_id)


class VisitMode(models.TextChoices):
    """How a household was seen. Which modes count is the town's setting; a visit at the home always does."""

    HOME = "home", _("入户")
    PHONE = "phone", _("电话")
    WECHAT = "wechat", _("微信")
    VILLAGE_POINT = "village_point", _("进村办点")


class Visit(models.Model):
    """走访: one call at one household. `amends` a visit or, `withdrawn`, takes it back; `received_at` is the first entry's."""

    code = models.CharField(max_length=10, unique=True)
    household = models.ForeignKey(Household, models.PROTECT, related_name="visits")
    visited_on = models.DateField(_("哪天去的"))
    mode = models.CharField(_("怎么见的"), max_length=14, choices=VisitMode, default=VisitMode.HOME)
    found = models.TextField(_("看到的"), blank=True, default="")
    told = models.TextField(_("告诉的"), blank=True, default="")
    follow_up = models.TextField(_("接下来"), blank=True, default="")
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    sheet = models.CharField(max_length=10, blank=True, default="")  # code of the sheet it was typed from
    once = models.CharField(max_length=40, null=True, unique=True)  # of the form it came from, so that sending twice is one
    amends = models.OneToOneField("self", models.PROTECT, null=True, related_name="amended_by")
    withdrawn = models.BooleanField(default=False)

    class Meta:
        ordering = ("-visited_on", "-pk")
        constraints = [
            models.CheckConstraint(name="visit_has_a_known_mode", condition=Q(mode__in=[value for value, _label in VisitMode.choices])),
            models.CheckConstraint(name="a_withdrawal_amends", condition=Q(withdrawn=False) | Q(amends__isnull=False)),
        ]


class Visitor(models.Model):
    """Somebody who went; `went_as` is what the officer was to the household on that day: caseworker, post, stand_in or other."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="went")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    went_as = models.CharField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(name="visitor_once", fields=["visit", "officer"])]


class StandIn(models.Model):
    """代访: an officer named for one slot, whose visit counts."""

    slot = models.ForeignKey(Slot, models.PROTECT, related_name="stand_ins")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ExcuseReason(models.TextChoices):
    """Why a household need not be seen."""

    AWAY = "away", _("举家外出")
    HOSPITAL = "hospital", _("住院")
    FLOOD = "flood", _("水毁路断")
    SEEN_BEFORE = "seen_before", _("帮扶日以前见过")
    OTHER = "other", _("其他")


class Excuse(models.Model):
    """免访理由: proposed by anybody in the span, accepted by somebody else; may stand until a day, at most six months on."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="excuses")
    since = models.DateField()
    until = models.DateField(null=True)  # None = for the visit day of `since` only
    reason = models.CharField(max_length=14, choices=ExcuseReason)
    words = models.CharField(max_length=200, blank=True, default="")
    proposed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    accepted_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="excuse_has_a_known_reason", condition=Q(reason__in=[value for value, _label in ExcuseReason.choices]))]


class Sheet(models.Model):
    """走访表: the printed form of a slot. Settled when it was typed, or came back blank."""

    code = models.CharField(max_length=10, unique=True)
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="sheets")
    printed_at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    blank = models.BooleanField(default=False)


class Statement(models.Model):
    """未访说明: somebody entitled says that a household was not visited."""

    slot = models.ForeignKey(Slot, models.PROTECT, related_name="statements")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)


class Promised(models.Model):
    """What a visit leaves open: text, who sees to it, until when, and its end."""

    code = models.CharField(max_length=10, unique=True)
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="+")
    text = models.TextField(_("什么事"))
    owner = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("哪天以前"), null=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    outcome = models.CharField(_("办得怎样"), max_length=200, blank=True, default="")
    ended_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True


class IssueKind(models.TextChoices):
    """Whether a family asks for something (诉求) or a problem was seen."""

    REQUEST = "request", _("诉求")
    PROBLEM = "problem", _("问题")


class Issue(Promised):
    """诉求 or 存在问题: raised by the family or seen on a visit; outlives it."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="issues")
    kind = models.CharField(max_length=8, choices=IssueKind, default=IssueKind.REQUEST)

    class Meta:
        constraints = [models.CheckConstraint(name="issue_has_a_known_kind", condition=Q(kind__in=[value for value, _label in IssueKind.choices]))]


class Commitment(Promised):
    """承诺: promised by our side; shown at the next visit, closed with what was done."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="commitments")


class LadderRung(models.Model):
    """A step of a town's ladder as somebody wrote it; the newest row of a step holds, where there is none ladder.DEFAULT does."""

    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    step = models.CharField(max_length=10)
    on = models.BooleanField()
    days = models.PositiveSmallIntegerField()
    time = models.TimeField()
    to = models.JSONField(default=list)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Reminder(models.Model):
    """提醒: what one officer is told of one visit day at one step, once. `slots`: of which; `counts`: how many of each kind when it was told."""

    CORRECTED = "corrected"  # stands beside the ladder's steps: told slots of which late evidence came

    visit_day = models.ForeignKey(VisitDay, models.PROTECT, related_name="reminders")
    step = models.CharField(max_length=10)
    round = models.PositiveSmallIntegerField(default=0)
    addressee = models.ForeignKey(Officer, models.PROTECT, related_name="reminders")
    slots = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(name="told_once", fields=["step", "visit_day", "addressee", "round"])]


class Channel(models.TextChoices):
    """How a reminder reaches somebody beside the page."""

    MAIL = "mail", _("电子邮件")
    PHONE = "phone", _("打电话告诉")


class DeliveryState(models.TextChoices):
    """How far it is. Reading is not tracked."""

    QUEUED = "queued", _("等着")
    SENT = "sent", _("告诉了")
    FAILED = "failed", _("没有送到")


class Delivery(models.Model):
    """送达: one way on which a reminder leaves the page; it carries counts and a link, never a household."""

    reminder = models.ForeignKey(Reminder, models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=6, choices=Channel)
    state = models.CharField(max_length=6, choices=DeliveryState, default=DeliveryState.QUEUED)
    reason = models.CharField(max_length=120, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_delivery_a_channel", fields=["reminder", "channel"]),
            models.CheckConstraint(name="delivery_has_a_known_channel", condition=Q(channel__in=[value for value, _label in Channel.choices])),
            models.CheckConstraint(name="delivery_has_a_known_state", condition=Q(state__in=[value for value, _label in DeliveryState.choices])),
        ]


class FieldDayKind(models.TextChoices):
    """What somebody did in a village beside calling at one household."""

    STAY = "stay", _("驻村")
    GROUP = "group", _("进组")


class FieldDay(models.Model):
    """驻村、进组: who was in a village or a villager group on a day and what for. It is nobody's visit: no household is covered by it."""

    code = models.CharField(max_length=10, unique=True)
    village = models.ForeignKey(Area, models.PROTECT, related_name="+")
    villager_group = models.CharField(_("组"), max_length=40, blank=True, default="")
    kind = models.CharField(max_length=6, choices=FieldDayKind)
    date = models.DateField(_("哪一天"))
    officers = models.ManyToManyField(Officer, related_name="field_days")
    done = models.TextField(_("做了什么"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    once = models.CharField(max_length=40, null=True, unique=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-date", "-pk")
        constraints = [models.CheckConstraint(name="field_day_has_a_known_kind", condition=Q(kind__in=[value for value, _label in FieldDayKind.choices]))]


class Answer(models.TextChoices):
    """What was seen of a value at the door. Nothing = not asked yet, and it is asked at the next visit."""

    SAME = "same", _("一样")
    DIFFERENT = "different", _("不一样")


class VerificationItem(models.Model):
    """核对项: one value of the register somebody wants seen at the door; its answer goes back to who asked. `value` is sealed."""

    code = models.CharField(max_length=10, unique=True)
    household = models.ForeignKey(Household, models.PROTECT, related_name="verification_items")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    column = models.CharField(max_length=60)
    words = models.CharField(_("说明"), max_length=200, blank=True, default="")
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True, default="")
    value = models.TextField(blank=True, default="")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="verified")
    answered_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # who asked has seen the answer, or does not need it any more

    class Meta:
        constraints = [models.CheckConstraint(name="verification_has_a_known_answer", condition=Q(answer__in=["", *(value for value, _label in Answer.choices)]))]
