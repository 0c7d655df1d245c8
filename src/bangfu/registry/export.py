"""What an exported list holds: the rows of the pages, masked as there, in Chinese whoever exports (a file is a record).

Promises: a value is masked exactly as shown.py masks it; there is no open export. A column is named by the dictionary's label, a
value is in its normal form (money in 元), so that what is not masked comes back unchanged when the file is taken in. The households
are read some hundred at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import IO

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bangfu.accounts.models import Officer
from bangfu.base import clock
from bangfu.base.templatetags import days
from bangfu.engines.relations.dictionary import FIELDS

from . import card, queries
from .models import Area, Household, Member
from .sheet import AMOUNT, COUNT, NUMBER, TEXT, About, Column, Value, write
from .shown import age_on, is_masked, label, shown
from .values import value_of

KINDS = {"households": gettext_lazy("户名单"), "members": gettext_lazy("成员名单"), "villages": gettext_lazy("各村户数人数")}
FORMATS = {"fen": AMOUNT, "dec": NUMBER, "int": COUNT}
FIRST = ("row_number", "household_code", "name", "relation_to_head", "sex", "age", "birth_date", "certificate_no", "person_code", "village", "villager_group")
ALWAYS = frozenset({"household_phone", "person_phone", "monitored_from", "risk_cleared"})  # by these a file is known to be no booklet
KEPT = 3  # columns that stay in sight: number, household, name


@dataclass(frozen=True)
class Asked:
    """What is exported: a kind of KINDS, of one village (None: of all in scope) with the list's filter, and what for."""

    kind: str
    purpose: object
    village: Area | None = None
    group: str = ""
    as_: str = ""

    @property
    def file_name(self) -> str:
        """思回村户名单_20171020.xlsx."""
        place = "".join("－" if one in '\\/:*?"<>|' else one for one in self.place)
        return f"{place}{KINDS[self.kind]}_{clock.today():%Y%m%d}.xlsx"

    @property
    def place(self) -> str:
        return self.village.name if self.village else settings.TOWN

    @property
    def filter_words(self) -> str:
        """第3组，脱贫户; "" for the whole village."""
        return _("，").join(str(one) for one in (self.group, queries.STANDINGS.get(self.as_, "")) if one)


def put(file: IO[bytes], asked: Asked, *, by: Officer) -> tuple[int, int]:
    """Write the workbook; returns how many rows and columns the list has. The caller says in which language: Chinese."""
    columns, rows = _LISTS[asked.kind](asked, by)
    title = f"{asked.place} {KINDS[asked.kind]}" + (f"（{asked.filter_words}）" if asked.filter_words else "")
    who = f"{by.name} {days.said(clock.now(), 'moment')}，用途：{asked.purpose}"
    inside = "内部资料，用后交回" + ("，演示数据" if settings.DEMO else "")
    money = "。金额以元计" if any(one.format == AMOUNT for one in columns) else ""
    about = About(name=str(KINDS[asked.kind]), title=title, note=f"{who}。{inside}{money}。",
                  foot=f"{inside}。{who}", by=by.name, at=timezone.localtime(clock.now()), keep=min(KEPT, len(columns)))
    return write(file, about, columns, rows), len(columns)


def number(column: str, value: str) -> Value:
    """Return a value that is not masked as it stands in a cell: an amount in 元, a number, else the text itself."""
    kind = FIELDS[column].type
    if kind not in FORMATS:
        return value
    try:
        said = Decimal(value)
    except InvalidOperation:
        return value  # what could not be read is kept as written
    if not said.is_finite() or len(said.as_tuple().digits) > 15:  # more than a spreadsheet's number holds
        return value
    return said / 100 if kind == "fen" else said


def _value(thing: Household | Member, column: str, day: date) -> Value:
    person = thing.person if isinstance(thing, Member) else None
    value = value_of(person or thing, column)
    if not value or is_masked(column, person, day):
        return shown(column, value, person, day)
    told = number(column, value)
    return shown(column, value, person, day) if told is value and FIELDS[column].type not in FORMATS else told


def _households(asked: Asked, by: Officer) -> tuple[list[Column], Iterator[Sequence[Value]]]:
    columns = [Column("序号", COUNT), Column("户编号"), Column("户主"), Column("组"), Column("在册（人）", COUNT), Column("户类型"), Column("监测对象"),
               Column("人均纯收入（元）", AMOUNT), Column("最近变化")]
    return columns, _household_rows(asked, by)


def _household_rows(asked: Asked, by: Officer) -> Iterator[Sequence[Value]]:
    assert asked.village is not None
    places = count(1)
    for some in queries.households_in_turn(by, asked.village, group=asked.group, as_=asked.as_):
        changed = queries.latest_changes(some)
        for household in some:
            head, day = queries.head_of(household), household.source.data_date
            now, watched = card.standing(list(household.statuses.all()))
            on, what = changed.get(household.pk, (None, ""))
            yield (next(places), household.code, shown("name", head.person.name, head.person, day) if head else "", household.villager_group,
                   len(household.present), card.standing_words(now) if now else "", card.standing_words(watched) if watched else "",
                   _value(household, "net_income_per_head_fen", day), f"{on} {what}" if on else "")  # type: ignore[attr-defined]


def _members(asked: Asked, by: Officer) -> tuple[list[Column], Iterator[Sequence[Value]]]:
    assert asked.village is not None
    known = queries.columns_in_use(by, asked.village, group=asked.group, as_=asked.as_) | ALWAYS
    names = [*FIRST, *(name for name in FIELDS if name in known and name not in FIRST)]
    return [Column(label(name), FORMATS.get(FIELDS[name].type, TEXT)) for name in names], _member_rows(asked, by, names)


def _member_rows(asked: Asked, by: Officer, names: Sequence[str]) -> Iterator[Sequence[Value]]:
    assert asked.village is not None
    places = count(1)
    for some in queries.households_in_turn(by, asked.village, group=asked.group, as_=asked.as_):
        for household in some:
            of_all = {name: _value(household, name, household.source.data_date) for name in names if FIELDS[name].of_household}
            of_all |= {"household_code": household.code, "village": asked.village.name}
            present: list[Member] = household.present  # type: ignore[attr-defined]
            for member in present:
                day = max(household.source.data_date, member.source.data_date)  # as on the card
                own: dict[str, Value] = {"row_number": next(places), "age": age_on(member.person.birth_date, day),
                                         "relation_to_head": shown("relation_to_head", member.relation_to_head, member.person, day),
                                         "person_code": shown("person_code", member.person.code, member.person, day)}
                yield [of_all[name] if name in of_all else own[name] if name in own else _value(member, name, day) for name in names]


def _villages(asked: Asked, by: Officer) -> tuple[list[Column], Iterator[Sequence[Value]]]:
    return [Column("序号", COUNT), Column("片"), Column("村"), Column("在册（户）", COUNT), Column("在册（人）", COUNT)], _village_rows(by)


def _village_rows(by: Officer) -> Iterator[Sequence[Value]]:
    counts = queries.counts(by)
    clusters = {code: cluster.name for cluster, codes in queries.clusters(by) for code in codes}
    for place, area in enumerate(queries.villages(by), start=1):
        yield (place, clusters.get(area.code, ""), area.name, *counts.get(area.code, (0, 0)))


_LISTS = {"households": _households, "members": _members, "villages": _villages}
