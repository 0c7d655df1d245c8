"""How a plan is put before people: line by line, masked like everything else (shown.py), nothing of a child but what may be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from bangfu.base.templatetags import days

from .import_plan import HouseholdPlan, Join
from .models import Person
from .shown import age_on, label, shown


@dataclass(frozen=True)
class PreviewLine:
    """One line of the preview. `words` instead of old and new where something happens to a person; `wrong`: a problem or a question."""

    row: int
    who: str = ""
    label: str = ""
    old: str = ""
    new: str = ""
    words: str = ""
    wrong: bool = False


def persons_in(plans: list[HouseholdPlan]) -> set[int]:
    """Return the keys of everybody the plans name who is on the register."""
    return {one.who for plan in plans for part in (plan.lines, plan.joins, plan.leaves) for one in part if one.who is not None}


def lines(plan: HouseholdPlan, persons: Mapping[int, Person], day: date) -> list[PreviewLine]:
    """Return what a plan says, problems and questions first."""
    found = [PreviewLine(one.row or 0, words=one.message, wrong=True) for one in plan.problems]
    found += [PreviewLine(one.row, _name(one.name, one.birth_date, day), words=one.words, wrong=True) for one in plan.questions]
    if plan.sound == "leaves":
        found.append(PreviewLine(0, words=_("册上有 {n} 人，文件里一个也没有。选上就记为 {day} 起不在册，已有的记录都留着。").format(n=len(plan.leaves), day=days.said(day, "day"))))
        return found
    for line in plan.lines:
        person = persons.get(line.who) if line.who else None
        if plan.sound == "enters" and line.who is None:
            continue  # what a new household brings stands on its card afterwards
        who = shown("name", line.name, person, day) if person else _("户")
        old, new = (shown(line.column, one, person, day) for one in (line.old, line.new))
        found.append(PreviewLine(line.row, who, label(line.column), old or _("空着"), new))
    for join in plan.joins:
        relation, sex = join.values.get("relation_to_head", ""), join.values.get("sex", "")
        words = _("从户 {code} 来").format(code=join.came_from) if join.came_from else _("不在册")
        found.append(PreviewLine(join.row, _name(join.name, join.birth_date, day), relation, words, "，".join(part for part in (sex, _age(join, day)) if part)))
    for leave in plan.leaves:
        words = _("去户 {code}（那一户也选上才会去）").format(code=leave.goes_to) if leave.goes_to else _("不再在册")
        found.append(PreviewLine(0, _name(leave.name, leave.birth_date, day), leave.relation, _("在册"), words))
    return found


def _person(birth_date: str) -> Person:
    return Person(birth_date=date.fromisoformat(birth_date) if len(birth_date) == 10 else None)


def _name(name: str, birth_date: str, day: date) -> str:
    return shown("name", name, _person(birth_date), day)


def _age(join: Join, day: date) -> str:
    years = age_on(_person(join.birth_date).birth_date, day)
    return "" if years is None else _("{n} 岁").format(n=years)


def head_of(plan: HouseholdPlan, held: Mapping[str, str], day: date) -> str:
    """Return the head's name as it may be shown: the register's (`held`, by household code), else the file's."""
    join = next((one for one in plan.joins if one.name == plan.head), None)
    return held.get(plan.code) or (_name(join.name, join.birth_date, day) if join else "")
