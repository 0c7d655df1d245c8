"""Every write to accounts. Each is one transaction with its trail entry; names and passwords never stand in the trail.

Promise: whatever administrators do at the same moment, one who is in use is left. They are locked in one order before one
of them is closed or gets another role, and what is read behind the lock decides.
"""

import secrets

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.base import trail

from .errors import Refused
from .models import Officer
from .roles import Role


@transaction.atomic
def open_account(*, username: str, name: str, role: Role, area: str, password: str | None, by: str = "") -> Officer:
    """Make an account; without a password nobody can sign in to it but through the demo's page. Validates every field.

    by  the user name of who makes it, "" at the first start and in the demo
    """
    officer = Officer(username=username, name=name, role=role, area=area)
    if password is None:
        officer.set_unusable_password()
    else:
        officer.set_password(password)
    officer.full_clean()
    officer.save()
    trail.write("account_opened", username, who=by, result=f"{role} {area}")
    return officer


@transaction.atomic
def change_account(officer: Officer, *, name: str, role: str, area: str, by: Officer) -> Officer:
    """Give an account another name, role or area. Raises Refused; writes nothing where nothing changes."""
    standing = _locked(officer, by)
    changed = [column for column, value in (("name", name), ("role", role), ("area", area)) if getattr(standing, column) != value]
    if not changed:
        return standing
    if "role" in changed:
        _leave_an_administrator(standing, by, _("自己的角色自己不能改，请另一位系统管理员来改。"))
    new = {"role": role, "area": area}
    told = " ".join(f"{column} {getattr(standing, column)}→{new[column]}" if column in new else column for column in changed)
    standing.name, standing.role, standing.area = name, role, area
    standing.full_clean(exclude=["password"])
    standing.save(update_fields=["name", "role", "area"])
    trail.write("account_changed", standing.username, who=by.username, result=told)
    return standing


@transaction.atomic
def close_account(officer: Officer, *, by: Officer) -> None:
    """End an account's use: its sessions end at their next request, what it wrote stays. Raises Refused."""
    standing = _locked(officer, by)
    _leave_an_administrator(standing, by, _("自己的账号自己不能停用，请另一位系统管理员来停用。"))
    if standing.is_active:
        Officer.objects.filter(pk=standing.pk).update(is_active=False)
        trail.write("account_closed", standing.username, who=by.username)


@transaction.atomic
def reopen_account(officer: Officer, *, by: Officer) -> None:
    """Let a closed account be used again, with the password it had."""
    standing = _locked(officer, by)
    if not standing.is_active:
        Officer.objects.filter(pk=standing.pk).update(is_active=True)
        trail.write("account_reopened", standing.username, who=by.username)


@transaction.atomic
def give_password(officer: Officer, *, by: Officer) -> str:
    """Return a new first password, to be shown once; the old one and every session signed in with it end."""
    standing, password = _locked(officer, by), secrets.token_urlsafe(12)
    standing.set_password(password)
    standing.save(update_fields=["password"])
    trail.write("password_given", standing.username, who=by.username)
    return password


@transaction.atomic
def remove_second_factor(officer: Officer, *, by: Officer) -> None:
    """Take away a lost second factor with its recovery codes; a role that needs one is asked for a new one at the next page."""
    standing = _locked(officer, by)
    if Authenticator.objects.filter(user=standing).delete()[0]:
        trail.write("second_factor_removed", standing.username, who=by.username)


def _locked(officer: Officer, by: Officer) -> Officer:
    """Lock the administrators in use and the account, in one order, and return the account as it stands behind the lock.

    Raises Refused when whoever acts was closed or changed meanwhile.
    """
    locked = {one.pk: one for one in (Officer.objects.filter(role=Role.SYSTEM_ADMINISTRATOR) | Officer.objects.filter(pk=officer.pk)).order_by("pk").select_for_update()}
    acting = locked.get(by.pk)
    if acting is None or not acting.is_active or acting.role != Role.SYSTEM_ADMINISTRATOR:
        raise Refused(_("您的账号刚才被别的系统管理员改过，这一步没有做。"))
    return locked[officer.pk]


def _leave_an_administrator(officer: Officer, by: Officer, about_oneself: str) -> None:
    if officer.role != Role.SYSTEM_ADMINISTRATOR:
        return
    if not Officer.objects.filter(role=Role.SYSTEM_ADMINISTRATOR, is_active=True).exclude(pk=officer.pk).exists():
        raise Refused(_("这是最后一个在用的系统管理员，不能停用，也不能改角色。请先给另一个人建系统管理员账号。"))
    if officer.pk == by.pk:
        raise Refused(about_oneself)
