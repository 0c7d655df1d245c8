"""An officer is someone who signs in. Personal accounts only; one role each, over one area."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .roles import DUTIES, KEEPS_REGISTER, NEEDS_SECOND_FACTOR, SEES_HOUSEHOLDS, Role


class OfficerManager(BaseUserManager["Officer"]):
    """Finds officers by the name they sign in with."""

    def get_by_natural_key(self, username: str | None) -> "Officer":
        return self.get(username=username)


class Officer(AbstractBaseUser):
    """Somebody who signs in. `area` is a 12-digit code; its range is the officer's scope."""

    username = models.CharField(_("用户名"), max_length=40, unique=True)
    name = models.CharField(_("姓名"), max_length=40)
    role = models.CharField(_("角色"), max_length=24, choices=Role)
    area = models.CharField(_("地区代码"), max_length=12, validators=[RegexValidator(r"^\d{12}$")])
    email = models.EmailField(blank=True, default="", editable=False)  # asked for by the sign-in library, never used
    is_active = models.BooleanField(_("在用"), default=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    objects = OfficerManager()

    class Meta:
        constraints = [models.CheckConstraint(name="officer_has_a_known_role", condition=models.Q(role__in=[value for value, _label in Role.choices]))]

    def __str__(self) -> str:
        return self.name

    @property
    def sees_households(self) -> bool:
        """Whether the role shows households at all."""
        return self.role in SEES_HOUSEHOLDS

    @property
    def keeps_register(self) -> bool:
        """Whether the role sees its whole area, writes the register, imports and exports; any other sees what the chain names it for."""
        return self.role in KEEPS_REGISTER

    @property
    def goes_to_households(self) -> bool:
        """Whether the role has its own households to go to (protection A6)."""
        return self.role == Role.CADRE

    @property
    def manages_accounts(self) -> bool:
        """Whether the role makes accounts; such an officer sees no household (protection A8)."""
        return self.role == Role.SYSTEM_ADMINISTRATOR

    @property
    def runs_the_office(self) -> bool:
        """Whether the role is the town office (镇帮扶办), which names who answers for what, writes the calendar and opens visit days."""
        return self.role == Role.TOWN_CLERK

    @property
    def approves_aid(self) -> bool:
        """Whether the role approves what is given (分管领导): it sees the town's ledger, no household's card, and prepares nothing itself."""
        return self.role == Role.TOWN_LEADER

    @property
    def sees_aid(self) -> bool:
        """Whether the role sees what is given: of the whole town, its area or its households."""
        return self.sees_households or self.approves_aid

    @property
    def answers_feedback(self) -> bool:
        """Whether the role is the office that answers 意见反馈."""
        return self.role == Role.TOWN_CLERK

    @property
    def reads_trail(self) -> bool:
        """Whether the role reads the trail; it changes nothing."""
        return self.role == Role.AUDITOR

    @property
    def keeps_keys(self) -> bool:
        """Whether the role keeps the keys and looks after backups; it sees no household."""
        return self.role == Role.SECURITY_OFFICER

    @property
    def needs_second_factor(self) -> bool:
        """Whether signing in takes a second factor (protection A10)."""
        return self.role in NEEDS_SECOND_FACTOR

    @property
    def duty(self) -> str:
        """What the role is for, in one line."""
        return str(DUTIES[Role(self.role)])
