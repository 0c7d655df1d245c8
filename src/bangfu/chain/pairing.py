"""结对帮扶一览表: a town's own table of who answers for which household, read against the register and the people known.

Promises: a row is understood by 户编号, else by a certificate number, else by village and head; what is not sure is a problem with its row and what to
do, all of them at once; a name alone makes nobody twice. No certificate number stands in the plan.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.refusals import Refusal
from bangfu.engines.relations.values import Reader, clean_name
from bangfu.engines.relations.workbook import read_extract, recognise_file
from bangfu.registry.models import Area, Household, Member
from bangfu.registry.shown import shown
from bangfu.registry.values import RULEBOOK, number_indexes, reader

from . import queries
from .errors import Refused
from .handover import Line, Plan, in_words, newest_rows, too_early
from .models import Assignment, Level

LEVELS = {"市": Level.CITY, "县": Level.COUNTY, "区": Level.COUNTY, "镇": Level.TOWN, "乡": Level.TOWN, "村": Level.VILLAGE}
AHEAD = timedelta(days=366)  # a table may be written for days to come
SEVERAL = re.compile(r"[、，,/；;]|\S{2}\s+\S{2}")  # 韦 明 is one name with a space in it


@dataclass
class _Homes:
    """The households of a town by what a table may name them by."""

    rows: dict[int, Household] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)
    by_number: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_head: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))


def read(path: Path, *, town: Area, starts_on: date) -> Plan:
    """Plan what a table says; rows without a day of their own begin on `starts_on`. Raises Refusal (the file) or Refused (no column of caseworkers)."""
    headers = load_headers(RULEBOOK)
    mapping: dict[str, str] = {}
    for sheet in recognise_file(path, headers):
        of = {column.field: column.header for column in sheet.columns if column.field}
        stands = next((of[key] for key in ("head_name", "household_code") if key in of), None)
        if "caseworker_name" in of and "name" not in of and stands:
            mapping[stands] = "name"  # a household a row: its head stands for it
    extract = read_extract(path, side="system", headers=headers, mapping=mapping)
    if "caseworker_name" not in extract.table.column_names:
        raise Refused(_("表里没有“帮扶责任人”列。请看选的是不是结对帮扶一览表。"))
    homes, people = _homes(town), _People(town)
    problems = [one.message for one in extract.malformed]
    found: dict[int, tuple[Mapping[str, str | None], str, date]] = {}
    read_day = reader(starts_on + AHEAD)
    for row in extract.table.to_pylist():
        at = _("第 {row} 行").format(row=row["row"]) if len(extract.sheets) < 2 else _("“{sheet}”表第 {row} 行").format(sheet=row["sheet"], row=row["row"])
        text = clean_name(row["caseworker_name"])
        pk, why = _household(row, homes)
        if pk is None:
            problems.append(f"{at}：{why}")
        elif not text:
            continue  # nobody is named: nothing to change
        elif SEVERAL.search(row["caseworker_name"].strip()):
            problems.append(str(_("{at}：帮扶责任人写了几个人（{names}），一户只能有一个。请只留一个。").format(at=at, names=row["caseworker_name"].strip())))
        elif pk in found and found[pk][0]["caseworker_name"] != row["caseworker_name"]:
            problems.append(str(_("{at}：{head} 户在第 {row} 行写的是{name}，两行不一样。请只留一行。").format(
                at=at, head=homes.heads[pk], row=found[pk][0]["row"], name=clean_name(found[pk][0]["caseworker_name"]))))
        elif pk not in found:
            day = _day(row.get("assigned_from"), read_day, starts_on)
            if day is None:
                problems.append(str(_("{at}：帮扶开始时间“{text}”读不懂。请写成 2017-10-01 这样。").format(at=at, text=row["assigned_from"])))
            else:
                found[pk] = row, at, day
    return _planned(found, homes, people, problems)


def _planned(found: Mapping[int, tuple[Mapping[str, str | None], str, date]], homes: _Homes, people: "_People", problems: list[str]) -> Plan:
    lines, same, newest = [], 0, newest_rows(list(found))
    for pk, (row, at, day) in found.items():
        name, unit, phone = clean_name(row["caseworker_name"]), (row.get("caseworker_unit") or "").strip(), _digits(row.get("caseworker_phone"))
        officer, why = people.find(name, unit, phone)
        last = newest.get(pk)
        if why:
            problems.append(f"{at}：{why}")
        elif officer is not None and last is not None and last.kind == Assignment.HOLDER and last.officer_id == officer:
            same += 1
        elif why := too_early(last, day):
            problems.append(str(_("{at}：{head} 户{why}。").format(at=at, head=homes.heads[pk], why=why)))
        else:
            home = homes.rows[pk]
            known = people.unit_of(unit)
            lines.append(Line(pk, home.code, homes.heads[pk], home.village.name, day.isoformat(), in_words(last), last.pk if last else 0, officer, name,
                              "" if officer else known, "" if officer else phone, "" if officer else people.level_of(known, unit), int(row["row"] or 0)))
    return Plan(lines, problems, same)


def _homes(town: Area) -> _Homes:
    first, past = codes_below(town.code)
    found = _Homes({one.pk: one for one in Household.objects.filter(village__gte=first, village__lt=past).select_related("village", "source")})
    for one in found.rows.values():
        found.by_code[one.code] = one.pk
        found.heads[one.pk] = one.code
    members = Member.objects.filter(ends_on=None, household__village__gte=first, household__village__lt=past).select_related("person")
    for member in members.iterator(chunk_size=2000):
        if member.person.number_index:
            found.by_number[member.person.number_index].add(member.household_id)
        if member.relation_to_head == "户主":
            found.by_head[clean_name(member.person.name)].add(member.household_id)
            found.heads[member.household_id] = shown("name", member.person.name, member.person, found.rows[member.household_id].source.data_date)
    return found


def _household(row: Mapping[str, str | None], homes: _Homes) -> tuple[int | None, str]:
    """Return which household a row means, or None and why."""
    code, name, village = ((row.get(key) or "").strip() for key in ("household_code", "name", "village"))
    group = (row.get("villager_group") or "").strip()
    if (said := next((text for text in (code, name) if text in homes.by_code), None)) is not None:
        return homes.by_code[said], ""
    by_number = {pk for index in number_indexes(row.get("certificate_no") or "") for pk in homes.by_number.get(index, ())}
    if len(by_number) == 1:
        return by_number.pop(), ""
    found = {pk for pk in homes.by_head.get(clean_name(name), ()) if not village or homes.rows[pk].village.name == village}
    if len(found) > 1 and group:
        found = {pk for pk in found if homes.rows[pk].villager_group == group} or found
    if len(found) == 1:
        return found.pop(), ""
    where = "".join((village, name))
    if found:
        return None, str(_("{where}有 {n} 户，分不出是哪一户。请写上户编号或户主的证件号码。").format(where=where, n=len(found)))
    return None, str(_("册上没有{where}户。请对照册上的户主姓名和村名，或写上户编号。").format(where=where or code))


def _day(text: str | None, read_day: Reader, usual: date) -> date | None:
    text = (text or "").strip()
    if not text:
        return usual
    said = read_day.read(re.split(r"[至—~－]|--", text)[0], FIELDS["assigned_from"]).sound  # 2017-03 或 2017-03-01
    return date(*map(int, f"{said}-01".split("-")[:3])) if said else None


def _digits(text: str | None) -> str:
    return re.sub(r"\D", "", text or "")[:20]


class _People:
    """Who may answer for households of a town, by name."""

    def __init__(self, town: Area) -> None:
        self.by_name: dict[str, list[Officer]] = defaultdict(list)
        for one in queries.officers(town.code):
            self.by_name[clean_name(one.name)].append(one)
        self.units = {one.name: one.level for one in queries.units()}

    def find(self, name: str, unit: str, phone: str) -> tuple[int | None, str]:
        """Return whom a table means (None: somebody new), or why that is not sure."""
        found = self.by_name.get(name, [])
        by_phone = [one for one in found if phone and hasattr(one, "cadre") and one.cadre.phone == phone]
        by_unit = [one for one in found if unit and hasattr(one, "cadre") and one.cadre.unit and unit.startswith(one.cadre.unit.name)]
        for some in (by_phone, by_unit):
            if len(some) == 1:
                return some[0].pk, ""
        if not found:
            return None, ""
        sure = (not unit and not phone) or (len(found) == 1 and not hasattr(found[0], "cadre"))
        if len(found) == 1 and sure:
            return found[0].pk, ""
        if len(found) > 1:
            return None, str(_("叫{name}的有 {n} 个。请写上和册上一样的单位或电话。").format(name=name, n=len(found)))
        return None, ""  # of the same name, from elsewhere

    def unit_of(self, text: str) -> str:
        """Return the known unit a text begins with (镇财政所干部: 镇财政所), else the text."""
        return max((one for one in self.units if text.startswith(one)), key=len, default=text)

    def level_of(self, unit: str, text: str) -> str:
        """Return from which level somebody of a unit comes: the unit's own, else by how its name begins or ends."""
        if unit in self.units:
            return str(self.units[unit])
        ends = Level.VILLAGE if re.search(r"村(民)?(委会|委员会|委|党支部|支部)?$|村委", text) else None
        return str(ends or LEVELS.get(text[:1], Level.TOWN))


__all__: Sequence[str] = ("Refusal", "read")
