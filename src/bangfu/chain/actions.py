"""Every write of the chain. A start is added, never moved; somebody who goes leaves a successor or a caretaker.

Promises: of a link with one holder there is exactly one answer for every day since its first row; a change never reaches behind the day it
is dated for; who named whom, when and by which document stays with the row.
"""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import Role
from bangfu.base import clock, trail
from bangfu.base.codes import new_code
from bangfu.registry.models import Area, Cluster, Household

from .errors import NotBefore, Refused, StandsAlready
from .models import NODE_OF, Assignment, Cadre, Level, Link, Post, PostRole, Unit, UnitVillage

Node = Cluster | Area | Household


def _about(node: Node) -> str:
    return node.code if isinstance(node, Area | Household) else f"cluster {node.pk}"


@transaction.atomic
def assign(*, link: Link, node: Node, officer: Officer | None, starts_on: date, by: Officer | None, kind: str = Assignment.HOLDER,
           document_no: str = "") -> Assignment:  # fmt: skip
    """Let somebody answer for a node from a day on. Without an officer: a vacancy with its caretaker, or closed.

    Raises StandsAlready when something else begins on that very day, NotBefore when a later start stands already.
    """
    name = NODE_OF[link]
    rows = Assignment.objects.filter(link=link, **{name: node})
    last = rows.order_by("starts_on", "pk").last()
    if last is not None and last.starts_on > starts_on:
        raise NotBefore(_("{day} 起已经定了别人，不能改在那以前。").format(day=f"{last.starts_on:%Y-%m-%d}"))
    if last is not None and (last.kind, last.officer_id) == (kind, officer.pk if officer else None):
        return last
    try:
        with transaction.atomic():
            row = Assignment.objects.create(link=link, kind=kind, officer=officer, starts_on=starts_on, document_no=document_no, by=by, at=clock.now(), **{name: node})
    except IntegrityError as error:
        raise StandsAlready(_("{day} 起已经定了别人，一天只能改一次。请写下一天。").format(day=f"{starts_on:%Y-%m-%d}")) from error
    if by is not None:
        trail.write("assigned", _about(node), who=by.username, result=f"{Link(link).label} {officer.username if officer else kind} {starts_on}")
    return row


@transaction.atomic
def post(*, officer: Officer, village: Area, role: PostRole, starts_on: date, villager_group: str = "", document_no: str = "", by: Officer | None = None) -> Post:
    """Let an officer hold a post in a village from a day on; who holds it already keeps it."""
    there = Post.objects.filter(officer=officer, village=village, role=role, villager_group=villager_group, ends_on=None).first()
    if there is not None:
        return there
    if by is not None:
        trail.write("assigned", village.code, who=by.username, result=f"{PostRole(role).label} {officer.username} {starts_on}")
    return Post.objects.create(officer=officer, village=village, role=role, villager_group=villager_group, starts_on=starts_on, document_no=document_no)


@transaction.atomic
def attach(*, unit: Unit, village: Area, starts_on: date, document_no: str = "", by: Officer | None = None) -> UnitVillage:
    """Attach a unit to a village from a day on; one that is attached stays so."""
    there = UnitVillage.objects.filter(unit=unit, village=village, ends_on=None).first()
    if there is not None:
        return there
    if by is not None:
        trail.write("assigned", village.code, who=by.username, result=f"挂村单位 {unit.name} {starts_on}"[:120])
    return UnitVillage.objects.create(unit=unit, village=village, starts_on=starts_on, document_no=document_no)


@transaction.atomic
def end(*, row: Post | UnitVillage, on: date, by: Officer) -> None:
    """Let a post or a unit's attachment end: the day is the first one without it. Raises NotBefore; the last team member stays until another one is there."""
    if row.ends_on is not None:
        return
    if on <= row.starts_on:
        raise NotBefore(_("{day} 才开始，要在那以后结束。").format(day=f"{row.starts_on:%Y-%m-%d}"))
    if isinstance(row, Post) and row.role == PostRole.VILLAGE_TEAM_MEMBER:
        others = Post.objects.select_for_update().filter(village=row.village_id, role=row.role, ends_on=None, starts_on__lte=on).exclude(pk=row.pk)
        if not others.exists():
            raise Refused(_("这是村里最后一个包村成员。请先定接替的人，再让他结束。"))
    type(row).objects.filter(pk=row.pk, ends_on=None).update(ends_on=on)
    what = f"{PostRole(row.role).label} {row.officer.username}" if isinstance(row, Post) else f"挂村单位 {row.unit.name}"
    trail.write("assigned", row.village_id, who=by.username, result=f"{what} 到 {on}"[:120])


def unit_named(name: str, level: Level) -> Unit | None:
    """Return the unit of this name, made of this level where there is none; None for no name."""
    return Unit.objects.get_or_create(name=name, defaults={"level": level})[0] if name else None


@transaction.atomic
def write_cadre(*, officer: Officer, level: Level, unit: str, phone: str, email: str = "", by: Officer) -> None:
    """Write where an officer comes from, the number printed on the 帮扶联系卡, and where reminders are sent."""
    Cadre.objects.update_or_create(officer=officer, defaults={"level": level, "unit": unit_named(unit, level), "phone": phone, "email": email})
    trail.write("cadre_written", officer.username, who=by.username)


@transaction.atomic
def know_cadre(*, name: str, level: Level, unit: Unit | None, phone: str, area: str, username: str = "", by: Officer | None = None) -> Officer:
    """Return the officer of this name, unit and number, made if there is none; an account that nobody has signed in with yet has no password."""
    there = Cadre.objects.filter(officer__name=name, unit=unit, phone=phone).select_related("officer").first()
    if there is not None:
        return there.officer
    officer = Officer(username=username or f"c{new_code().lower()}", name=name, role=Role.CADRE, area=area)
    officer.set_unusable_password()
    officer.save()
    Cadre.objects.create(officer=officer, level=level, unit=unit, phone=phone)
    if by is not None:
        trail.write("cadre_written", officer.username, who=by.username)
    return officer
