"""Many households get a caseworker at once: planned, looked at, then done as a whole (调整责任人、结对帮扶一览表).

Promises: nothing changes before somebody agreed; what was changed by somebody else since the plan was made is left alone and counted; a second
asking changes nothing; the former caseworker's days stay the former's.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, jobs, sealing, trail
from bangfu.base.codes import new_code
from bangfu.registry.models import Area, Household

from . import actions, queries
from .errors import NotBefore, Refused
from .models import Assignment, Level, Link, Reassignment, ReassignmentState


@dataclass(frozen=True)
class Line:
    """One household's change. row: margin of the file's sheet, 0 for none. officer: None = somebody the town does not know yet, by name, unit and phone.

    before: the newest row of the household when this was planned (0 = none), and in words.
    """

    household: int
    code: str
    head: str
    village: str
    starts_on: str
    now: str
    before: int
    officer: int | None
    name: str
    unit: str = ""
    phone: str = ""
    level: str = ""
    row: int = 0


@dataclass(frozen=True)
class Plan:
    """What is to be done, what cannot be and why, and how many households stay as they are."""

    lines: Sequence[Line]
    problems: Sequence[str] = ()
    same: int = 0

    @property
    def newcomers(self) -> list[tuple[str, str, str, str]]:
        """Who is not known yet: name, unit, phone, level; each once."""
        return sorted({(one.name, one.unit, one.phone, one.level) for one in self.lines if one.officer is None})


def newest_rows(households: Collection[int]) -> dict[int, Assignment]:
    """Return each household's last row, whatever day it begins."""
    return queries.caseworkers_on(households, date.max)


def in_words(row: Assignment | None) -> str:
    """Return who answers by a row."""
    if row is None:
        return str(_("未结对"))
    if row.kind == Assignment.CLOSED:
        return str(_("无需帮扶"))
    return row.officer.name if row.kind == Assignment.HOLDER else str(_("空缺"))


def too_early(row: Assignment | None, starts_on: date) -> str:
    """Return why nobody can begin on a day, "" when somebody can."""
    if row is None or row.starts_on < starts_on:
        return ""
    return str(_("{day} 起已经定了{who}，请写以后的日期").format(day=f"{row.starts_on:%Y-%m-%d}", who=in_words(row)))


def from_hand_to_hand(*, former: Officer, new: Officer, starts_on: date, town: Area, names: dict[int, str]) -> Plan:
    """Plan that one officer's households of a town go to another from a day on. names: head's name by household. Raises Refused when there are none."""
    if former == new:
        raise Refused(_("原来的人和新的人是同一个。"))
    today = queries.caseworkers_on(set(Assignment.objects.filter(officer=former).exclude(household=None).values_list("household", flat=True)), starts_on)
    mine = {pk: row for pk, row in today.items() if row.officer_id == former.pk and row.kind != Assignment.CLOSED}
    homes = Household.objects.filter(pk__in=mine, village__code__startswith=town.code[:9]).select_related("village").order_by("village", "code")
    rows, lines, problems, newest = list(homes), [], [], newest_rows(list(mine))
    for one in rows:
        last = newest[one.pk]
        if why := too_early(last, starts_on):
            problems.append(str(_("{village} {head} 户：{why}。").format(village=one.village.name, head=names.get(one.pk, one.code), why=why)))
        else:
            lines.append(Line(one.pk, one.code, names.get(one.pk, one.code), one.village.name, starts_on.isoformat(), in_words(last), last.pk, new.pk, new.name))
    if not rows:
        raise Refused(_("{name}在 {day} 没有负责的户。").format(name=former.name, day=f"{starts_on:%Y-%m-%d}"))
    return Plan(lines, problems)


def keep(*, plan: Plan, label: str, document_no: str, town: Area, by: Officer) -> Reassignment:
    """Keep a plan to be looked at, sealed."""
    said = json.dumps({"lines": [asdict(one) for one in plan.lines], "problems": list(plan.problems), "same": plan.same}, ensure_ascii=False)
    return Reassignment.objects.create(code=new_code(), town=town, label=label[:200], document_no=document_no, plan=sealing.seal(said).hex(), by=by, at=clock.now())


def plan_of(kept: Reassignment) -> Plan:
    """Return a kept plan in the open."""
    said = json.loads(sealing.unseal(bytes.fromhex(kept.plan)))
    return Plan([Line(**one) for one in said["lines"]], said["problems"], said["same"])


@transaction.atomic
def accept(*, kept: Reassignment, by: Officer) -> bool:
    """Do what was planned, as a whole; returns whether this asking did it. Households that got another row since are left alone and counted."""
    if not Reassignment.objects.filter(pk=kept.pk, state=ReassignmentState.PREVIEW).update(state=ReassignmentState.TAKEN, plan=""):
        return False
    plan = plan_of(kept)
    list(Household.objects.select_for_update().filter(pk__in=[one.household for one in plan.lines]).values_list("pk"))
    newest = newest_rows([one.household for one in plan.lines])
    fresh = [one for one in plan.lines if (newest[one.household].pk if one.household in newest else 0) == one.before]
    known = {key: _newcomer(key, kept.town, by) for key in Plan(fresh).newcomers}
    Assignment.objects.bulk_create(Assignment(
        link=Link.CASEWORKER, household_id=one.household, officer_id=one.officer or known[one.name, one.unit, one.phone, one.level].pk, starts_on=date.fromisoformat(one.starts_on),
        document_no=kept.document_no, by=by, at=clock.now()) for one in fresh)  # fmt: skip
    kept.said = {"done": len(fresh), "changed": len(plan.lines) - len(fresh), "newcomers": len(known)}
    Reassignment.objects.filter(pk=kept.pk).update(said=kept.said)
    trail.write("reassigned", kept.code, who=by.username, result=f"{len(fresh)} 户")
    jobs.ask("keep_visits", by=by.username, once=f"reassigned {kept.code}")
    return True


def _newcomer(key: tuple[str, str, str, str], town: Area, by: Officer) -> Officer:
    name, unit, phone, level = key
    return actions.know_cadre(name=name, level=Level(level), unit=actions.unit_named(unit, Level(level)), phone=phone, area=town.code, by=by)


@transaction.atomic
def throw_away(*, kept: Reassignment, by: Officer) -> None:
    """Do nothing of what was planned. Raises NotBefore when it was done already."""
    if not Reassignment.objects.filter(pk=kept.pk, state=ReassignmentState.PREVIEW).update(state=ReassignmentState.THROWN_AWAY, plan=""):
        raise NotBefore(_("已经办过了，没有改动。"))


