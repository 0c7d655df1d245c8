"""How a plan is put before people: line by line, masked like everything else (shown.py), nothing of a child but what may be said."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from bangfu.base.templatetags import days
from bangfu.engines.relations.dictionary import FIELDS

from .import_plan import KINDS, HouseholdPlan, Join
from .models import Person, Staged, Upload
from .shown import age_on, label, shown

MEMBERS, MASKED = "members", "masked"  # who comes and goes; columns of level A and B are one choice, a list names no illness
ALIKE = 5  # problems of one kind that are shown of a household, the others are counted


@dataclass(frozen=True)
class Filter:
    """Which households of a preview are looked at. kind: one of KINDS, "unchosen" or "changed"; "" = all."""

    kind: str = ""
    village: str = ""
    column: str = ""
    after: int | None = None

    @classmethod
    def of(cls, asked: QueryDict) -> "Filter":
        """Read what a page asked for; what is not known counts as nothing."""
        kind, village, column, after = (asked.get(name, "") for name in ("kind", "village", "column", "after"))
        return cls(kind if kind in (*KINDS, "unchosen", "changed") else "", village if village.isdecimal() and len(village) == 12 else "",
                   column if column in FIELDS or column in (MEMBERS, MASKED) else "", int(after) if after.isdecimal() and len(after) < 9 else None)

    def rows(self, upload: Upload) -> QuerySet[Staged]:
        """Return every household that fits, on whatever page it stands."""
        rows = upload.staged.all()
        if self.kind in KINDS:
            rows = rows.filter(kind=self.kind)
        elif self.kind:
            rows = rows.filter(chosen=False) if self.kind == "unchosen" else rows.filter(state=Staged.CHANGED)
        if self.village:
            rows = rows.filter(village=self.village)
        return rows.filter(columns__contains=f" {self.column} ") if self.column else rows

    def page(self, upload: Upload, size: int) -> tuple[list[Staged], int | None]:
        """Return the households of the page, and after which place the next one begins, None when this is the last."""
        rows = self.rows(upload) if self.after is None else self.rows(upload).filter(place__gt=self.after)
        found = list(rows[:size + 1])
        return found[:size], found[size - 1].place if len(found) > size else None

    def query(self) -> str:
        """Return it as it stands in an address."""
        said = {"kind": self.kind, "village": self.village, "column": self.column, "after": "" if self.after is None else str(self.after)}
        return urlencode({name: value for name, value in said.items() if value})


def columns_in(plan: HouseholdPlan) -> frozenset[str]:
    """Return the columns by which a household can be found in a preview."""
    told = {MASKED if FIELDS[line.column].sensitivity in ("A", "B") else line.column for line in plan.lines if line.who or plan.sound != "enters"}
    return frozenset(told | ({MEMBERS} if plan.joins or plan.leaves else set()))


def order(column: str) -> int:
    """Return where a choice of columns stands: as in the dictionary, the two that are none last."""
    return list(FIELDS).index(column) if column in FIELDS else len(FIELDS)


def column_label(column: str) -> str:
    """Return what a choice of columns calls one."""
    return {MEMBERS: _("谁来谁走"), MASKED: _("证件、电话、健康等遮住的栏")}.get(column) or label(column)


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
    found = []
    seen: Counter[str] = Counter()
    for one in plan.problems:
        seen[one.code] += 1
        if seen[one.code] <= ALIKE:
            found.append(PreviewLine(one.row or 0, words=one.message, wrong=True))
    found += [PreviewLine(0, words=_("同类问题共 {n} 处，其余的在标注好的原表里。").format(n=n), wrong=True) for n in seen.values() if n > ALIKE]
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
    return held.get(plan.code) or (_name(join.name, join.birth_date, day) if join else "" if plan.code else _("没有户编号的行"))
