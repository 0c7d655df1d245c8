"""助学: applications with their home checks, pledges matched to them, answers before each term, grants from elsewhere, and who left school."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.registry.models import Household, Person

from .donor import Donor
from .ledger import FundSource


class Stage(models.TextChoices):
    """学段."""

    PRIMARY = "primary", _("小学")
    JUNIOR = "junior", _("初中")
    SENIOR = "senior", _("高中")
    VOCATIONAL = "vocational", _("中职")
    COLLEGE = "college", _("大学")


class ApplicationState(models.TextChoices):
    """How far an application is: 申请 -> 入户核实 -> 同意，等资助; or refused, or ended."""

    APPLIED = "applied", _("申请了")
    CHECKED = "checked", _("入户核实了")
    ACCEPTED = "accepted", _("同意了")
    REFUSED = "refused", _("不同意")
    ENDED = "ended", _("结束了")


LIVE = (ApplicationState.APPLIED, ApplicationState.CHECKED, ApplicationState.ACCEPTED)


class Stop(models.TextChoices):
    """Why a student's aid ends."""

    GRADUATED = "graduated", _("毕业")
    LEFT_SCHOOL = "left_school", _("离开学校")
    TRANSFERRED = "transferred", _("转学")
    OTHER_GRANT = "other_grant", _("另有同类资助")
    WISH = "wish", _("监护人要求")


class StudyQuerySet(models.QuerySet["StudyApplication"]):
    """The words in which applications are asked for."""

    def in_scope(self, officer: Officer) -> "StudyQuerySet":
        """Applications an officer handles: of the whole area for its office, its first secretary and who approves; a cadre sees none."""
        if not (officer.keeps_register or officer.approves_aid):
            return self.none()
        first, past = codes_below(officer.area)
        return self.filter(household__village_id__gte=first, household__village_id__lt=past)

    def live(self) -> "StudyQuerySet":
        """Applications neither refused nor ended."""
        return self.filter(state__in=LIVE)


class StudyApplication(models.Model):
    """申请: a student asks for help with the cost of a term. It stays, renewed by the answers before each term, until it is refused or ended.

    `let_pass`: clause -> the clerk's reason, of soft clauses answered with no.
    """

    code = models.CharField(max_length=10, unique=True)
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    guardian = models.CharField(_("监护人"), max_length=40)
    school = models.CharField(_("学校"), max_length=60)
    stage = models.CharField(_("学段"), max_length=12, choices=Stage)
    term = models.CharField(_("学期"), max_length=8)
    cost_fen = models.PositiveBigIntegerField(_("一学期的费用"))
    reason = models.CharField(_("申请理由"), max_length=200)
    state = models.CharField(max_length=10, choices=ApplicationState, default=ApplicationState.APPLIED)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    let_pass = models.JSONField(default=dict)
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    refused_because = models.CharField(_("为什么不同意"), max_length=200, blank=True, default="")
    stop = models.CharField(_("为什么结束"), max_length=12, choices=Stop, blank=True, default="")
    stop_reason = models.CharField(max_length=200, blank=True, default="")
    ended_on = models.DateField(null=True)
    ended_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.UniqueConstraint(name="one_live_application_a_term", fields=["person", "term"], condition=Q(state__in=LIVE)),
            models.CheckConstraint(name="application_has_a_known_state", condition=Q(state__in=[value for value, _label in ApplicationState.choices])),
            models.CheckConstraint(name="application_ended_has_day_and_stop", condition=Q(state=ApplicationState.ENDED, ended_on__isnull=False) & ~Q(stop="") | ~Q(state=ApplicationState.ENDED) & Q(ended_on=None, stop="")),
            models.CheckConstraint(name="application_asks_for_something", condition=Q(cost_fen__gt=0)),
        ]

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


class HomeCheck(models.Model):
    """入户核实, two or three people: rows are added, the newest counts. `at_school` null: nobody asked the school."""

    application = models.ForeignKey(StudyApplication, models.PROTECT, related_name="checks")
    on = models.DateField(_("哪天核实"))
    finding = models.CharField(_("核实的情况"), max_length=300)
    checker_1 = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    checker_2 = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    checker_3 = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    cannot_afford = models.BooleanField(_("家庭无力承担"))
    at_school = models.BooleanField(_("学校说在读"), null=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = [models.CheckConstraint(name="checkers_are_different", condition=~Q(checker_1=F("checker_2")) & (Q(checker_3=None) | ~Q(checker_3=F("checker_1")) & ~Q(checker_3=F("checker_2"))))]


class Pledge(models.Model):
    """认捐: a donor's word to give so much each term, with a source of its own that the money comes into. `stages`, `villages`: empty = any."""

    code = models.CharField(max_length=10, unique=True)
    donor = models.ForeignKey(Donor, models.PROTECT, related_name="pledges")
    source = models.OneToOneField(FundSource, models.PROTECT, related_name="pledge")
    per_term_fen = models.PositiveBigIntegerField(_("每学期"))
    first_term = models.CharField(_("从哪个学期起"), max_length=8)
    terms = models.PositiveSmallIntegerField(_("几个学期"))
    stages = models.JSONField(default=list)
    villages = models.JSONField(default=list)
    in_by = models.DateField(_("钱哪天以前到"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(name="pledge_gives_something", condition=Q(per_term_fen__gt=0, terms__gt=0))]


class Match(models.Model):
    """结对: so much of a pledge each term goes to one application. `departed`: why the clerk did not follow the order of the proposal."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="matches")
    application = models.ForeignKey(StudyApplication, models.PROTECT, related_name="matches")
    fen = models.PositiveBigIntegerField(_("每学期"))
    from_term = models.CharField(max_length=8)
    to_term = models.CharField(max_length=8)
    departed = models.CharField(_("为什么不按顺序"), max_length=100, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=200, blank=True, default="")
    ended_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(name="match_gives_something", condition=Q(fen__gt=0)),
            models.UniqueConstraint(name="one_live_match_of_a_pledge", fields=["pledge", "application"], condition=Q(ended_on=None)),
        ]


class TermAnswer(models.Model):
    """What was asked of a student before a term: rows are added, the newest counts. `advanced` null: not asked (a spring term, or the first)."""

    application = models.ForeignKey(StudyApplication, models.PROTECT, related_name="answers")
    term = models.CharField(max_length=8)
    at_school = models.BooleanField(_("还在校"))
    advanced = models.BooleanField(_("升了一级"), null=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)


class GrantKind(models.TextChoices):
    """What kind of help with studying a grant is: two of one kind in a term are a double, others are only shown."""

    BURSARY = "bursary", _("助学金")
    LIVING = "living", _("生活补助")
    TUITION = "tuition", _("学费减免")
    SCHOLARSHIP = "scholarship", _("奖学金")


class OtherGrant(models.Model):
    """别处的资助: what a student had for a term from elsewhere, as a list or a form tells. A wrong one is withdrawn with a reason and stays."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.CharField(_("学期"), max_length=8)
    kind = models.CharField(_("类别"), max_length=12, choices=GrantKind)
    source = models.CharField(_("来源"), max_length=40)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_because = models.CharField(max_length=100, blank=True, default="")
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(name="grant_told_once", fields=["person", "term", "kind", "source"], condition=Q(withdrawn_at=None))]


class DropoutAlert(models.Model):
    """控辍保学: a student left school. It stays open until somebody writes what became of it."""

    application = models.OneToOneField(StudyApplication, models.PROTECT, related_name="alert")
    on = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(_("结果"), max_length=200, blank=True, default="")
    closed_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
