"""The household card 全景: what is known of a household and its members, each value with where it comes from and since when.

A section's head names source and day once; only a value that is from elsewhere carries its own (look.md, dates of values).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bangfu.base import sealing
from bangfu.base.templatetags import days
from bangfu.engines.relations.dictionary import FIELDS

from .models import Change, Household, Member, Person, Source, Status
from .shown import age_on, is_child, is_masked, label, shown
from .statuses import MONITORED
from .values import columns_of, may_be_recorded, value_of

_STARTS = {"household": "villager_group", "guarantees": "dangerous_house", "living": "farmland_mu", "income": "wage_income_fen",
           "cleared": "cleared_dropout", "measures": "m_industry"}  # each section begins with this column of the dictionary
SECTIONS = {"household": gettext_lazy("户情况"), "guarantees": gettext_lazy("保障和饮水"), "living": gettext_lazy("土地和生活条件"), "income": gettext_lazy("收入"),
            "cleared": gettext_lazy("风险消除后"), "measures": gettext_lazy("帮扶措施")}
ASKED_OF_ALL = frozenset({"household_phone", "dangerous_house", "safe_water", "net_income_per_head_fen", "wage_income_fen", "business_income_fen",
                          "property_income_fen", "transfer_income_fen"})  # shown as 空着 when nothing is known
RECENT = 12
IN_TABLE = {"certificate_no": gettext_lazy("证件号码"), "school_stage": gettext_lazy("上学或务工"), "work_capacity": gettext_lazy("劳动技能"), "health_status": gettext_lazy("健康状况"),
            "resident_medical": gettext_lazy("居民医保"), "resident_pension": gettext_lazy("居民养老")}


@dataclass(frozen=True)
class Cell:
    """A value as shown, with its label; `source` only where it is not the row's own."""

    label: str
    value: str
    column: str
    masked: bool = False
    source: Source | None = None


@dataclass(frozen=True)
class Section:
    """Part of the card."""

    key: str
    title: str
    cells: list[Cell]


@dataclass(frozen=True)
class Row:
    """One member. `cells` stand in the table, `others` below it; of a child there are neither, only whether anything is hidden."""

    member: Member
    name: str
    age: str
    child: bool
    cells: list[Cell] = field(default_factory=list)
    others: list[Cell] = field(default_factory=list)


def section_of(column: str) -> str:
    """Return the key of the section a household's column stands in."""
    here = "household"
    for name in FIELDS:
        here = next((key for key, first in _STARTS.items() if first == name), here)
        if name == column:
            return here if FIELDS[name].grain != "C" else "household"
    raise KeyError(column)


_OF = {name: section_of(name) for name, one in FIELDS.items() if one.of_household}


def newest_changes(household: Household, persons: Iterable[Person]) -> dict[tuple[int | None, str], Change]:
    """Return the newest change of each value by (person's key or None, column)."""
    rows = Change.objects.filter(Q(household=household, person=None) | Q(person__in=list(persons))).exclude(column="")
    return {(one.person_id, one.column): one for one in rows.select_related("source__by").order_by("pk")}


def cell(thing: Household | Person, column: str, changes: dict[tuple[int | None, str], Change], day: date) -> Cell:
    """Return one value as the card shows it."""
    person = thing if isinstance(thing, Person) else None
    value = value_of(thing, column)
    change = changes.get((person.pk if person else None, column))
    return Cell(label(column), shown(column, value, person, day), column, bool(value) and is_masked(column, person, day),
                change.source if change else None)


def sections(household: Household, changes: dict[tuple[int | None, str], Change]) -> list[Section]:
    """Return what is known of a household, section by section in the order of the dictionary."""
    day, known = household.source.data_date, columns_of(household)
    cells: dict[str, list[Cell]] = {key: [] for key in SECTIONS}
    for name, key in _OF.items():
        if (name in known or name in ASKED_OF_ALL or (None, name) in changes) and name != "villager_group":
            cells[key].append(cell(household, name, changes, day))
    return [Section(key, str(title), cells[key]) for key, title in SECTIONS.items() if cells[key]]


def rows(members: list[Member], changes: dict[tuple[int | None, str], Change], day: date) -> list[Row]:
    """Return the members as the card shows them; ages are counted on the day of the data."""
    found = []
    for member in members:
        person = member.person
        on = max(day, member.source.data_date)
        years, child = age_on(person.birth_date, on), is_child(person, on)
        row = Row(member, shown("name", person.name, person, on), "" if years is None else str(years), child)
        if not child:
            known = columns_of(person)
            for name, short in IN_TABLE.items():
                works = name == "school_stage" and name not in known and person.facts.get("work_months", "0") != "0"
                one = cell(person, "work_months" if works else name, changes, on)
                row.cells.append(replace(one, label=str(short), value=_("务工 {months}").format(months=one.value) if works else one.value))
            told = {*IN_TABLE, *(one.column for one in row.cells), "name", "sex", "birth_date", "work_months"}
            row.others.extend(cell(person, name, changes, on) for name in FIELDS if name in known - told and may_be_recorded(name, of_household=False))
        found.append(row)
    return found


def counted(members: list[Member]) -> list[tuple[str, str]]:
    """Return what the members' columns say of schooling and cover, as counts that name nobody."""
    at_school = sum(bool(value_of(one.person, "school_stage")) for one in members)
    said = [{value_of(one.person, name) for name in ("resident_medical", "employee_medical")} for one in members]
    covered, open_ = sum("是" in one for one in said), sum(one == {""} for one in said)
    cover = [_("{n} 人参加").format(n=covered)]
    if without := len(members) - covered - open_:
        cover.append(_("{n} 人没有参加").format(n=without))
    if open_:
        cover.append(_("{n} 人空着").format(n=open_))
    return [(_("上学"), _("{n} 人在校").format(n=at_school)), (_("基本医疗"), _("，").join(cover))]


def day_words(status: Status, *, end: bool = False) -> str:
    """Return a status's date as exactly as it is known: 2016年, 2016年5月, 2016年5月7日, or 不清楚."""
    on, known = (status.ends_on, status.ends_known) if end else (status.starts_on, status.starts_known)
    if on is None or not known:
        return _("不清楚")
    return days.said(on, known)


def status_words(status: Status) -> str:
    """Return a status in words: 脱贫户，2016年起."""
    since = _("何时起不清楚") if not status.starts_on else _("{day}起").format(day=day_words(status))
    words = status.get_kind_display() + _("，") + since
    if not status.ended:
        return words
    end = _("风险消除") if status.kind in MONITORED else _("止")
    return words + _("，") + (_("何时{end}不清楚") if not status.ends_on else day_words(status, end=True) + "{end}").format(end=end)


def standing_words(status: Status) -> str:
    """Return a status in a few words, as a tag or a list shows it: 脱贫户 2016年, 脱贫不稳定户，风险未消除."""
    if status.kind in MONITORED:
        cleared = _("风险已消除") + (f" {day_words(status, end=True)}" if status.ends_on else "")
        return status.get_kind_display() + _("，") + (cleared if status.ended else _("风险未消除"))
    return status.get_kind_display() + (f" {day_words(status)}" if status.starts_on else "")


def standing(statuses: list[Status]) -> tuple[Status | None, Status | None]:
    """Return how a household stands now (the newest of registered, lifted, relapse) and as what it is or was last monitored."""
    now = [one for one in statuses if not one.ended and one.kind not in MONITORED]
    watched = sorted((one for one in statuses if one.kind in MONITORED), key=lambda one: (not one.ended, one.pk))
    return (now[-1] if now else None, watched[-1] if watched else None)


@dataclass(frozen=True)
class Event:
    """A line of the history: a value that changed, or what happened to a member; masked like the value itself."""

    source: Source
    who: str
    label: str
    old: str
    new: str
    what: str


def _event(change: Change, day: date) -> Event:
    who = shown("name", change.person.name, change.person, day) if change.person else _("户")
    if not change.column:
        return Event(change.source, who, change.what, "", "", change.what)
    old, new = (sealing.unseal(bytes.fromhex(text)) if text and change.is_sealed else text for text in (change.old, change.new))
    return Event(change.source, who, label(change.column), *(shown(change.column, one, change.person, day) or _("空着") for one in (old, new)), "")


def history(household: Household, day: date) -> list[Event]:
    """Return what changed in a household, newest first. An old name of a child is masked like the new one."""
    return [_event(one, day) for one in household.changes.select_related("source__by", "person")]


def member_events(household: Household, day: date) -> list[Event]:
    """Return what happened to the members, newest first."""
    rows = household.changes.filter(Q(column="") | Q(column="relation_to_head")).select_related("source__by", "person")
    return [_event(one, day) for one in rows]
