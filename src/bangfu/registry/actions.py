"""Every write to the registry, each in one transaction. Whoever acts is `by`; nothing is edited away, changes are added."""

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date
from typing import IO

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from bangfu.accounts.models import Officer
from bangfu.base import clock, sealing, trail
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import birth_in_number, citizen_id, sex_in_number
from bangfu.engines.relations.values import Reader
from bangfu.engines.relations.workbook import Extract

from . import export
from .errors import SomebodyChangedIt, StandsAlready
from .models import Area, Change, Cluster, ClusterVillage, Household, Joining, Leaving, Member, Person, Source, Status
from .spelling import spelled
from .status_history import follow, new_status
from .statuses import told_by
from .values import number_index, number_indexes, put, told, value_of

TYPED = frozenset({"row_number", "province", "city", "county", "town", "village", "villager_group", "household_code", "person_code", "name",
                   "sex", "birth_date", "relation_to_head"})
BATCH = 500


@transaction.atomic
def know_areas(areas: Iterable[tuple[str, str]], *, by: Officer | None = None) -> int:
    """Write areas by code and name; one that is known keeps its code and takes the name. Returns how many are new or renamed."""
    known = dict(Area.objects.values_list("code", "name"))
    changed = {code: name for code, name in areas if known.get(code) != name}
    Area.objects.bulk_create((Area(code=code, name=name) for code, name in changed.items()), update_conflicts=True, unique_fields=["code"], update_fields=["name"])
    if changed:
        trail.write("areas_written", who=by.username if by else "", result=f"{len(changed)} 个")
    return len(changed)


def in_chinese(words: object) -> str:
    """Return words as they are kept: records are in Chinese whatever language their writer reads."""
    with override("zh-hans"):
        return str(words)


def _source(*, kind: str, label: str, data_date: date, by: Officer | None) -> Source:
    return Source.objects.create(kind=kind, label=label, data_date=data_date, at=clock.now(), by=by)


def _day(text: str | None) -> date | None:
    """Return a whole day in normal form as a date; a month alone is no day."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _sealed(values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Part values into facts and sealed ones by the dictionary's level."""
    facts = {name: value for name, value in values.items() if FIELDS[name].sensitivity != "A"}
    return facts, {name: sealing.seal(value).hex() for name, value in values.items() if FIELDS[name].sensitivity == "A"}


@transaction.atomic
def take_in(extract: Extract, *, reader: Reader, villages: Mapping[str, Area], label: str, data_date: date, by: Officer | None) -> int:
    """Take in a register into an empty registry: the first, plain form of the import. Returns the number of persons.

    Values that cannot be read are kept as written; rows outside `villages` (by name) are left out.
    """
    assert extract.table is not None
    source = _source(kind="import", label=label, data_date=data_date, by=by)
    households: dict[str, Household] = {}
    members: list[Member] = []
    persons: list[Person] = []
    for line in extract.table.to_pylist():
        said = {name: value.normal for name in FIELDS if name in line and (value := reader.read(line[name], FIELDS[name])).normal}
        village, code, name = villages.get(said.get("village", "")), said.get("household_code"), said.get("name")
        if village is None or not code or not name:
            continue
        own = {key: value for key, value in said.items() if key not in TYPED and FIELDS[key].kept}
        if code not in households:
            facts, sealed = _sealed({key: value for key, value in own.items() if FIELDS[key].of_household})
            households[code] = Household(code=code, village=village, villager_group=said.get("villager_group", ""), facts=facts, sealed=sealed, source=source)
        number = citizen_id(said.get("certificate_no"))
        born = birth_in_number(number) if number else _day(said.get("birth_date"))
        if said.get("birth_date") and said["birth_date"] != str(born):
            own["birth_date"] = said["birth_date"]  # what the column says is kept beside what the number says
        facts, sealed = _sealed({key: value for key, value in own.items() if not FIELDS[key].of_household})
        pinyin, initials = spelled(name)
        person = Person(
            code=said.get("person_code"), name=name, pinyin=pinyin, initials=initials, facts=facts, sealed=sealed, source=source,
            birth_date=born, sex=said.get("sex") or (sex_in_number(number) if number else "") or "",
            number_index=number_index(said.get("certificate_no", "")))  # fmt: skip
        persons.append(person)
        members.append(Member(household=households[code], person=person, relation_to_head=said.get("relation_to_head", ""), source=source))
    Household.objects.bulk_create(households.values(), BATCH)
    Person.objects.bulk_create(persons, BATCH)
    Member.objects.bulk_create(members, BATCH)
    Status.objects.bulk_create((new_status(one, said, source) for one in households.values() for said in told_by(one.facts)), BATCH)
    if connection.vendor == "postgresql":  # or the first searches go by what the tables were like before
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE registry_household, registry_person, registry_member, registry_status")
    trail.write("register_taken_in", extract.path.name, who=by.username if by else "", result=f"{len(persons)} 人")
    return len(persons)


@transaction.atomic
def open_value(*, household: Household, person: Person | None, column: str, purpose: object, by: Officer) -> str:
    """Return one value in the open and leave a trail entry: who, whose, which column, what for."""
    value = value_of(person or household, column)
    trail.write("value_opened", f"{household.code} {column}", who=by.username, result=f"{(person.code or '新登记的人') if person else '户'}：{in_chinese(purpose)}")
    return value


def export_list(asked: export.Asked, *, by: Officer) -> tuple[IO[bytes], str]:
    """Return a list as a workbook, gone when it is closed, and its name, after a trail entry: what, how many rows and columns, its digest, what for.

    The file is whole before the entry is written: nobody waits for the database while a large village is written.
    """
    file = tempfile.TemporaryFile(prefix="bangfu-")  # noqa: SIM115 - handed out
    try:
        with override("zh-hans"):
            rows, columns = export.put(file, asked, by=by)
            name, said = asked.file_name, f"{export.KINDS[asked.kind]} {rows} 行 {columns} 列"
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]  # type: ignore[arg-type]
        with transaction.atomic():
            trail.write("exported", asked.village.pk if asked.village else by.area, who=by.username, result=f"{said} {digest}：{in_chinese(asked.purpose)}")
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file, name


def _claim(household: Household, version: int) -> None:
    """Take the household's next version, or raise SomebodyChangedIt when it is no longer as the officer saw it."""
    if Household.objects.filter(pk=household.pk, version=version).update(version=F("version") + 1) == 0:
        raise SomebodyChangedIt(_("这一户刚才被别人改过。请看最新的情况，再决定要不要登记。"))


@transaction.atomic
def record_joining(*, household: Household, version: int, kind: Joining, name: str, sex: str, born_on: date, relation_to_head: str, on: date,
                   by: Officer) -> Member:
    """Add a person to a household as an event with its date: born, married in, moved in.

    Raises SomebodyChangedIt by `version`, StandsAlready when a member of this name and day of birth is there.
    """
    _claim(household, version)
    if household.members.filter(ends_on=None, person__name=name, person__birth_date=born_on).exists():
        raise StandsAlready(_("这一户已经有{name}，出生日期也一样，没有再登记一次。").format(name=name))
    if relation_to_head == "户主" and household.members.filter(ends_on=None, relation_to_head="户主").exists():
        raise StandsAlready(_("这一户已经有户主，请改与户主关系。"))
    source = _source(kind="form", label=f"登记人口变动：{in_chinese(kind.label)}", data_date=clock.today(), by=by)
    pinyin, initials = spelled(name)
    person = Person.objects.create(name=name, pinyin=pinyin, initials=initials, birth_date=born_on, sex=sex, source=source)
    member = Member.objects.create(household=household, person=person, relation_to_head=relation_to_head, starts_on=on, began_by=kind, source=source)
    Change.objects.create(household=household, person=person, what=f"{in_chinese(kind.label)}：{relation_to_head}，{on:%Y-%m-%d}", source=source)
    trail.write("member_joined", household.code, who=by.username, result=kind)
    return member


@transaction.atomic
def record_leaving(*, household: Household, version: int, member: Member, kind: Leaving, on: date, by: Officer) -> None:
    """End a membership as an event with its date: died, married out, moved out. The row stays, with its end.

    Raises SomebodyChangedIt by `version`, StandsAlready when the membership has ended or began after `on`.
    """
    _claim(household, version)
    if member.starts_on is not None and on < member.starts_on:
        raise StandsAlready(_("这个人 {day} 才到这一户，变动日期不能更早。").format(day=member.starts_on))
    if Member.objects.filter(pk=member.pk, household=household, ends_on=None).update(ends_on=on, ended_by=kind) == 0:
        raise StandsAlready(_("这个人已经不在这一户了，没有再登记一次。"))
    source = _source(kind="form", label=f"登记人口变动：{in_chinese(kind.label)}", data_date=clock.today(), by=by)
    Change.objects.create(household=household, person=member.person, what=f"{in_chinese(kind.label)}：{member.relation_to_head}，{on:%Y-%m-%d}", source=source)
    trail.write("member_left", household.code, who=by.username, result=kind)


@transaction.atomic
def record_relation(*, household: Household, version: int, member: Member, relation_to_head: str, on: date, by: Officer) -> Member:
    """Give a member another relation to the head from a day on: the row before ends, another begins.

    Raises SomebodyChangedIt by `version`, StandsAlready when it stands so or there is another head.
    """
    _claim(household, version)
    if member.relation_to_head == relation_to_head:
        raise StandsAlready(_("与户主关系现在就是这样，没有再登记一次。"))
    if member.starts_on is not None and on < member.starts_on:
        raise StandsAlready(_("现在的关系从 {day} 起，变动日期不能更早。").format(day=member.starts_on))
    if relation_to_head == "户主" and household.members.filter(ends_on=None, relation_to_head="户主").exists():
        raise StandsAlready(_("这一户已经有户主。请先登记原来的户主改成什么关系，再登记新户主。"))
    if Member.objects.filter(pk=member.pk, household=household, ends_on=None).update(ends_on=on) == 0:
        raise StandsAlready(_("这个人已经不在这一户了，没有登记。"))
    source = _source(kind="form", label="登记与户主关系", data_date=on, by=by)
    new = Member.objects.create(household=household, person=member.person, relation_to_head=relation_to_head, starts_on=on, source=source)
    Change.objects.create(household=household, person=member.person, column="relation_to_head", old=member.relation_to_head, new=relation_to_head, source=source)
    trail.write("relation_recorded", household.code, who=by.username)
    return new


def last_change(household: Household, person: Person | None, column: str) -> Change | None:
    """Return the newest change of one value; a person's is found wherever the person lived then."""
    rows = Change.objects.filter(column=column, person=person) if person else household.changes.filter(column=column, person=None)
    return rows.select_related("source__by").order_by("-pk").first()


@transaction.atomic
def record_value(*, household: Household, person: Person | None, column: str, value: str, seen: int, basis: str, on: date, by: Officer) -> Change:
    """Put one value right ("" = nothing is known of it): its normal form, what it rests on, the day it is of.

    Raises SomebodyChangedIt when its newest change is not `seen` (0 = none), StandsAlready when it stands so.
    """
    model = Person if person else Household
    thing: Household | Person = model.objects.select_for_update().get(pk=(person or household).pk)
    last = last_change(household, person, column)
    if (last.pk if last else 0) != seen:
        raise SomebodyChangedIt(_("您打开这一页以后，别人改过这一项。"))
    old = value_of(thing, column)
    if old == value:
        raise StandsAlready(_("这一项现在就是这样，没有再记一次。"))
    source = _source(kind="form", label=basis, data_date=on, by=by)
    put(thing, column, value)
    thing.save()
    if not person:
        follow(thing, source)
    change = told(household, person, column, old, value, source)
    trail.write("value_recorded", f"{household.code} {column}", who=by.username, result=(person.code or "新登记的人") if person else "户")
    return change


@transaction.atomic
def arrange_clusters(*, town: Area, names: Mapping[str, str], on: date, by: Officer | None) -> int:
    """Say to which cluster each village (by code) belongs from a day on, "" = none; returns how many changed."""
    present = {one.village_id: one for one in ClusterVillage.objects.filter(ends_on=None, cluster__town=town).select_related("cluster")}
    changed = 0
    for code, name in names.items():
        row = present.get(code)
        if name == (row.cluster.name if row else ""):
            continue
        changed += 1
        if row and row.starts_on >= on:
            row.delete()  # it never held for a day
        elif row:
            row.ends_on = on
            row.save()
        if name:
            ClusterVillage.objects.create(cluster=Cluster.objects.get_or_create(town=town, name=name)[0], village_id=code, starts_on=on)
    if changed:
        trail.write("clusters_arranged", town.pk, who=by.username if by else "", result=f"{changed} 村")
    return changed


def reseal_some(number: int, after: int, *, size: int = 200) -> int | None:
    """Bring the next rows of one table under key `number`, in one short transaction; returns where to go on, None at the end.

    `after` counts persons first and households behind them (negative). A row that is sealed so already is left alone.
    """
    model = Person if after >= 0 else Household
    with transaction.atomic():
        rows = list(model.objects.select_for_update().filter(pk__gt=after if after >= 0 else -after - 1).order_by("pk")[:size])
        for row in rows:
            if any(sealing.sealed_under(one) != number for one in row.sealed.values()):
                row.sealed = {name: sealing.reseal(one) for name, one in row.sealed.items()}
                if isinstance(row, Person):
                    row.number_index = number_index(value_of(row, "certificate_no"))
                row.save(update_fields=["sealed", *(["number_index"] if isinstance(row, Person) else [])])
    if rows:
        return rows[-1].pk if after >= 0 else -rows[-1].pk - 1
    return -1 if after >= 0 else None


def reseal_changes(after: int, *, size: int = 500) -> int | None:
    """Bring the next sealed changes under the newest key, in one short transaction; returns where to go on, None at the end."""
    with transaction.atomic():
        rows = list(Change.objects.filter(is_sealed=True, pk__gt=after).order_by("pk")[:size])
        for row in rows:
            row.old, row.new = (sealing.reseal(one) if one else "" for one in (row.old, row.new))
        Change.objects.bulk_update(rows, ["old", "new"])
    return rows[-1].pk if rows else None


def check_keys() -> None:
    """Raise sealing.KeyMissing unless the keys at hand open what is kept and find what was indexed; nothing is changed."""
    person = Person.objects.exclude(number_index="").order_by("pk").first()
    if person is None:
        return
    if not sealing.key_file().exists():
        raise sealing.KeyMissing(f"数据文件夹里没有密钥文件 {sealing.key_file().name}。请放回备份的密钥文件再启动；没有它，证件号码和电话打不开。")
    for one in (person, Person.objects.exclude(number_index="").order_by("-pk").first()):
        if one.number_index not in number_indexes(value_of(one, "certificate_no")):
            raise sealing.KeyMissing("密钥文件不是这个数据库原来的那一份，按证件号码会找不到人。请放回原来的密钥文件再启动。")
