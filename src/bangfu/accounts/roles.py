"""Roles and what they may do, as values: nothing here asks a database.

An area is held as its 12-digit code; the scope of a role is the range of codes below it (430000000000 = a province,
…, a village = 12 digits without trailing zeros in its last part).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What an officer is, for this application (protection A8: one person holds one)."""

    TOWN_CLERK = "town_clerk", _("镇帮扶办")
    FIRST_SECRETARY = "first_secretary", _("驻村第一书记")
    CADRE = "cadre", _("帮扶干部")
    TOWN_LEADER = "town_leader", _("分管领导")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("系统管理员")
    SECURITY_OFFICER = "security_officer", _("安全管理员")
    AUDITOR = "auditor", _("审计员")


DUTIES = {
    Role.TOWN_CLERK: _("看全镇的农户，登记变动"),
    Role.FIRST_SECRETARY: _("看本村的农户，登记变动"),
    Role.CADRE: _("看自己负责的户和村，记走访"),
    Role.TOWN_LEADER: _("批准发放，看全镇的台账"),
    Role.SYSTEM_ADMINISTRATOR: _("管账号和设置，看不到农户"),
    Role.SECURITY_OFFICER: _("管权限和密钥，看不到农户"),
    Role.AUDITOR: _("看操作记录，什么都不能改"),
}
KEEPS_REGISTER = frozenset({Role.TOWN_CLERK, Role.FIRST_SECRETARY})  # over the whole of their area
SEES_HOUSEHOLDS = KEEPS_REGISTER | {Role.CADRE}  # a cadre those the chain names
NEEDS_SECOND_FACTOR = frozenset({Role.SECURITY_OFFICER, Role.AUDITOR})


def codes_below(area: str) -> tuple[str, str]:
    """Return the range [first, past) of 12-digit codes that lie in an area: 450481108000 -> 450481108000, 450481109000."""
    if len(area) != 12 or not area.isdigit():
        raise ValueError(f"an area code has 12 digits: {area!r}")
    for width in (2, 4, 6, 9, 12):
        if set(area[width:]) <= {"0"}:
            past = str(int(area[:width]) + 1).zfill(width)
            return area, past.ljust(12, "0")
    return area, str(int(area) + 1)
