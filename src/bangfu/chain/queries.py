"""Reads of the chain. Whatever asks for a day gets what was in force on it, whatever was changed since."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import Role, codes_below
from bangfu.registry.models import Area, ClusterVillage, Household
from bangfu.registry.queries import current_members, head_name

from .models import Assignment, Level, Link, Post, PostRole, Reassignment, Unit, UnitVillage

SOME = 500  # keys in a question to the database
NAMED = (Role.CADRE, Role.FIRST_SECRETARY, Role.TOWN_CLERK)  # roles of officers who may answer for households


@dataclass(frozen=True, slots=True)
class Holder:
    """Who answers. `caretaker`: nobody is appointed, this one looks after it meanwhile."""

    officer: Officer | None
    name: str
    starts_on: date | None = None
    document_no: str = ""
    caretaker: bool = False


@dataclass(frozen=True, slots=True)
class LinkOn:
    """One of the seven links on a day. `holders` is empty where nobody was ever named; `note` says what that means."""

    number: int
    identifier: str
    label: str
    holders: tuple[Holder, ...]
    note: str = ""


def _in_force(on: date) -> Q:
    return Q(starts_on__lte=on) & (Q(ends_on=None) | Q(ends_on__gt=on))


def in_force(rows: Iterable[Assignment]) -> Assignment | None:
    """Return the row that holds of those that have begun; rows are in the order of their starts."""
    found = None
    for row in rows:
        found = row
    return found


def caseworkers_on(households: Collection[int], on: date) -> dict[int, Assignment]:
    """Return the row that holds on a day for each household (key of the household); a household never assigned is left out."""
    rows = Assignment.objects.filter(link=Link.CASEWORKER, starts_on__lte=on)
    if len(households) < SOME:
        rows = rows.filter(household__in=households)
    asked = frozenset(households)
    return {row.household_id: row for row in rows.select_related("officer").order_by("starts_on", "pk") if row.household_id in asked}


def cluster_of(village: str, on: date) -> ClusterVillage | None:
    """Return to which cluster a village belonged on a day."""
    return ClusterVillage.objects.filter(_in_force(on), village=village).select_related("cluster").first()


def units_with_villages(town: str, on: date) -> list[tuple[str, list[Area]]]:
    """Return the units attached to a town's villages on a day, by level and name, each with its villages."""
    first, past = codes_below(town)
    found: dict[str, list[Area]] = {}
    rows = UnitVillage.objects.filter(_in_force(on), village__code__gte=first, village__code__lt=past).select_related("unit", "village")
    for row in rows.order_by("unit__level", "unit__name", "village"):
        found.setdefault(row.unit.name, []).append(row.village)
    return list(found.items())


class _Held:
    """What is in force in some villages on a day, asked for at once: units, clusters, holders of links, posts."""

    def __init__(self, villages: Collection[str], on: date) -> None:
        self.units: dict[str, list[UnitVillage]] = defaultdict(list)
        for attached in UnitVillage.objects.filter(_in_force(on), village__in=villages).select_related("unit").order_by("unit__name"):
            self.units[attached.village_id].append(attached)
        self.clusters = dict(ClusterVillage.objects.filter(_in_force(on), village__in=villages).values_list("village", "cluster"))
        self.rows: dict[tuple[str, int | str | None], Assignment] = {}
        node = Q(cluster__in=set(self.clusters.values())) | Q(village__in=villages)
        for row in Assignment.objects.filter(node, starts_on__lte=on).select_related("officer").order_by("starts_on", "pk"):
            self.rows[row.link, row.cluster_id or row.village_id] = row
        self.posts: dict[tuple[str, str], list[Post]] = defaultdict(list)
        for post in Post.objects.filter(_in_force(on), village__in=villages).select_related("officer").order_by("villager_group", "starts_on", "pk"):
            self.posts[post.village_id, post.role].append(post)

    def of_units(self, village: str, levels: Collection[str]) -> tuple[Holder, ...]:
        return tuple(Holder(None, row.unit.name, row.starts_on, row.document_no) for row in self.units[village] if row.unit.level in levels)

    def of_posts(self, village: str, role: PostRole, group: str = "") -> tuple[Holder, ...]:
        return tuple(Holder(row.officer, row.officer.name, row.starts_on, row.document_no) for row in self.posts[village, role] if row.villager_group in ("", group))

    def links(self, village: str, group: str) -> list[LinkOn]:
        links = [LinkOn(1, "city_partner_unit", _("市挂村单位"), self.of_units(village, (Level.CITY, Level.COUNTY))),
                 LinkOn(2, "town_partner_unit", _("镇直挂村单位"), self.of_units(village, (Level.TOWN,)))]
        cluster = self.clusters.get(village)
        for number, link, node in ((3, Link.CLUSTER_LEADER, cluster), (4, Link.VILLAGE_SPONSOR, village), (5, Link.VILLAGE_TEAM_LEADER, village)):
            links.append(_exactly_one(number, link, self.rows.get((link, node)) if node else None, links))
        links.append(LinkOn(6, PostRole.VILLAGE_TEAM_MEMBER, str(PostRole.VILLAGE_TEAM_MEMBER.label), self.of_posts(village, PostRole.VILLAGE_TEAM_MEMBER, group)))
        return links

    def beside(self, village: str) -> list[LinkOn]:
        found = ((role, self.of_posts(village, role)) for role in (PostRole.FIRST_SECRETARY, PostRole.VILLAGE_PARTY_SECRETARY, PostRole.VILLAGE_CADRE))
        return [LinkOn(0, role, str(role.label), holders) for role, holders in found if holders]


def chain_of(household: Household, on: date) -> list[LinkOn]:
    """Return the seven links that answered for a household on a day, first to seventh."""
    links = village_links(household.village_id, on, household.villager_group)
    rows = Assignment.objects.filter(link=Link.CASEWORKER, household=household, starts_on__lte=on).select_related("officer")
    return [*links, _exactly_one(7, Link.CASEWORKER, in_force(rows), links)]


def chains_of(households: Collection[Household], on: date) -> dict[int, list[LinkOn]]:
    """Return chain_of each of many households, by its key; what they share is asked for once."""
    caseworkers, held = caseworkers_on([one.pk for one in households], on), _Held({one.village_id for one in households}, on)
    shared: dict[tuple[str, str], list[LinkOn]] = {}
    found = {}
    for one in households:
        place = one.village_id, one.villager_group
        if place not in shared:
            shared[place] = held.links(*place)
        links = shared[place]
        found[one.pk] = [*links, _exactly_one(7, Link.CASEWORKER, caseworkers.get(one.pk), links)]
    return found


def village_links(village: str, on: date, group: str = "") -> list[LinkOn]:
    """Return links 1 to 6 of a village on a day."""
    return _Held([village], on).links(village, group)


def links_of_villages(villages: Collection[str], on: date) -> dict[str, tuple[list[LinkOn], list[LinkOn]]]:
    """Return links 1 to 6, and the posts beside them, of each of many villages by code."""
    held = _Held(villages, on)
    return {one: (held.links(one, ""), held.beside(one)) for one in villages}


def _exactly_one(number: int, link: Link, row: Assignment | None, above: Iterable[LinkOn]) -> LinkOn:
    label = str(link.label)
    if row is None:
        return LinkOn(number, link, label, (), _("未结对") if link == Link.CASEWORKER else _("还没有定"))
    if row.kind == Assignment.CLOSED:
        return LinkOn(number, link, label, (), _("无需帮扶"))
    if row.kind == Assignment.HOLDER:
        return LinkOn(number, link, label, (Holder(row.officer, row.officer.name, row.starts_on, row.document_no),))
    officer = row.officer or next((one.officer for each in reversed(list(above)) if each.number > 2 for one in each.holders if one.officer), None)
    return LinkOn(number, link, label, (Holder(officer, officer.name if officer else _("镇帮扶办"), row.starts_on, row.document_no, True),), _("空缺，代管"))


def posts_beside(village: str, on: date) -> list[LinkOn]:
    """Return the posts beside the seven links that somebody held in a village on a day."""
    return _Held([village], on).beside(village)


def covers(officers: Collection[int], household: Household, on: date) -> dict[int, str]:
    """Return as what each officer answers for a household on a day: "caseworker", "post", or not at all (left out)."""
    found = {}
    for link in [*chain_of(household, on), *posts_beside(household.village_id, on)]:
        for holder in link.holders:
            if holder.officer is not None and holder.officer.pk in officers:
                found[holder.officer.pk] = "caseworker" if link.number == 7 and not holder.caretaker else found.get(holder.officer.pk, "post")
    return found


def numbers_of(village: str, on: date) -> list[tuple[str, str, str]]:
    """Return whom a household of a village may call beside its caseworker: role, name, number, of those who have one."""
    rows = Post.objects.filter(_in_force(on), village=village, role__in=(PostRole.FIRST_SECRETARY, PostRole.VILLAGE_PARTY_SECRETARY)).select_related("officer__cadre").order_by("role", "pk")
    return [(str(row.get_role_display()), row.officer.name, row.officer.cadre.phone) for row in rows if getattr(row.officer, "cadre", None) and row.officer.cadre.phone]


def vacancies(area: str, on: date) -> list[tuple[Assignment, date]]:
    """Return the nodes of an area that nobody is appointed for on a day, and since when, the newest first."""
    first, past = codes_below(area)
    newest: dict[tuple[str, int | str | None], Assignment] = {}
    rows = Assignment.objects.filter(Q(village__code__gte=first, village__code__lt=past) | Q(household__village__gte=first, household__village__lt=past)
                                     | Q(cluster__town__code__gte=first, cluster__town__code__lt=past), starts_on__lte=on)  # fmt: skip
    for row in rows.select_related("village", "household__village", "cluster", "officer").order_by("starts_on", "pk"):
        newest[row.link, row.cluster_id or row.village_id or row.household_id] = row
    return sorted(((row, row.starts_on) for row in newest.values() if row.kind == Assignment.CARETAKER), key=lambda one: one[1], reverse=True)


def unassigned(area: str, on: date) -> list[Household]:
    """Return households of an area that nobody was ever named for by a day (未结对)."""
    first, past = codes_below(area)
    has = Assignment.objects.filter(link=Link.CASEWORKER, starts_on__lte=on).values("household")
    present = Household.objects.filter(village__gte=first, village__lt=past, members__ends_on=None).exclude(pk__in=has).distinct()
    return list(present.select_related("village").order_by("village", "code"))


def span(officer: Officer, on: date) -> tuple[set[str], set[int]]:
    """Return what an officer answers for on a day by the chain: codes of villages, keys of households."""
    villages = set(Post.objects.filter(_in_force(on), officer=officer).values_list("village_id", flat=True))
    nodes = Assignment.objects.filter(officer=officer, starts_on__lte=on)
    same = Q(household__in=nodes.values("household")) | Q(village__in=nodes.values("village")) | Q(cluster__in=nodes.values("cluster"))
    last: dict[tuple[str, int | str | None], Assignment] = {}
    for row in Assignment.objects.filter(same, starts_on__lte=on).order_by("starts_on", "pk"):
        last[row.link, row.cluster_id or row.village_id or row.household_id] = row
    mine = [row for row in last.values() if row.officer_id == officer.pk]
    villages.update(row.village_id for row in mine if row.village_id)
    clusters = [row.cluster_id for row in mine if row.cluster_id]
    if clusters:
        villages.update(ClusterVillage.objects.filter(_in_force(on), cluster__in=clusters).values_list("village_id", flat=True))
    return villages, {row.household_id for row in mine if row.household_id}


def officers(area: str) -> QuerySet[Officer]:
    """Return everybody of an area who may answer for households and go to them, by name."""
    first, past = codes_below(area)
    return Officer.objects.filter(is_active=True, area__gte=first, area__lt=past, role__in=NAMED).select_related("cadre__unit").order_by("name", "pk")


def units() -> QuerySet[Unit]:
    """Return every unit known, by name."""
    return Unit.objects.all()


def officers_with_work(area: str, on: date) -> list[tuple[Officer, int, list[str]]]:
    """Return officers(area), each with for how many households the officer answers on a day and the posts held."""
    held: dict[int, int] = {}
    for row in Assignment.objects.filter(link=Link.CASEWORKER, starts_on__lte=on).order_by("household", "-starts_on", "-pk"):
        held.setdefault(row.household_id or 0, (row.officer_id or 0) if row.kind == Assignment.HOLDER else 0)
    counted = Counter(held.values())
    posts: dict[int, list[str]] = {}
    for post in Post.objects.filter(_in_force(on)).select_related("village").order_by("village"):
        posts.setdefault(post.officer_id, []).append(f"{post.village.name}{post.villager_group} {post.get_role_display()}")
    return [(one, counted[one.pk], posts.get(one.pk, [])) for one in officers(area)]


def open_rows(village: str) -> list[Post | UnitVillage]:
    """Return the posts and attachments of units of a village that have no end."""
    return [*UnitVillage.objects.filter(village=village, ends_on=None).select_related("unit").order_by("pk"),
            *Post.objects.filter(village=village, ends_on=None).select_related("officer").order_by("role", "pk")]


def open_row(village: str, kind: str, key: int) -> Post | UnitVillage | None:
    """Return the one with this key: kind "post" or "unit"."""
    found = {"post": Post, "unit": UnitVillage}.get(kind)
    return found.objects.filter(village=village, ends_on=None, pk=key).first() if found else None


def people(area: str) -> list[tuple[int, str]]:
    """Return officers(area) to choose from: key, and name with unit, level or role."""
    return [(one.pk, f"{one.name}（{_from(one)}）") for one in officers(area)]


def _from(officer: Officer) -> str:
    cadre = getattr(officer, "cadre", None)  # an account the administrator opened has none
    return str(cadre.unit or cadre.get_level_display()) if cadre else str(officer.get_role_display())


def holders(area: str) -> list[tuple[int, str]]:
    """Return who answers, or is named to answer, for a household of an area, to choose from; one whose account is closed is still there to be relieved."""
    first, past = codes_below(area)
    newest: dict[int, Assignment] = {}
    rows = Assignment.objects.filter(link=Link.CASEWORKER, household__village__gte=first, household__village__lt=past)
    for row in rows.select_related("officer__cadre__unit").order_by("starts_on", "pk"):
        newest[row.household_id or 0] = row
    found = {row.officer for row in newest.values() if row.officer is not None and row.kind != Assignment.CLOSED}
    return [(one.pk, f"{one.name}（{_from(one)}）" + ("" if one.is_active else _("，已停用"))) for one in sorted(found, key=lambda one: (one.name, one.pk))]


def heads_of(officer: Officer, on: date) -> dict[int, str]:
    """Return the names of the heads of all households somebody ever answered for, by the household's key, as a page of a day may show them."""
    homes = Household.objects.filter(assignments__officer=officer).distinct().select_related("source").prefetch_related(current_members())
    return {one.pk: head_name(one, on) for one in homes}


def reassignments(town: Area) -> list[Reassignment]:
    """Return the changes of many of a town, the newest first."""
    return list(Reassignment.objects.filter(town=town).select_related("by")[:50])


def history(household: Household) -> list[Assignment]:
    """Return every row of a household's caseworkers, the newest first."""
    return list(household.assignments.select_related("officer__cadre__unit", "by").order_by("-starts_on", "-pk"))


def households_with_caseworkers(officer: Officer, village: Area, on: date) -> list[tuple[Household, Assignment | None]]:
    """Return the households of a village in an officer's scope in which somebody lives today, each with the row that holds on a day."""
    households = list(Household.objects.in_scope(officer).filter(village=village, members__ends_on=None).distinct().select_related("village", "source")
                      .prefetch_related(current_members()).order_by("villager_group", "code"))  # fmt: skip
    held = caseworkers_on([one.pk for one in households], on)
    return [(one, held.get(one.pk)) for one in households]


def counted(area: str, on: date) -> dict[str, tuple[int, int, int]]:
    """Return, by village, how many households somebody answers for, how many caseworkers there are, how many have nobody and are not closed."""
    first, past = codes_below(area)
    households = dict(Household.objects.filter(village__gte=first, village__lt=past, members__ends_on=None).distinct().values_list("pk", "village_id"))
    held = caseworkers_on(households, on)
    found: dict[str, tuple[int, set[int], int]] = {}
    for pk, village in households.items():
        with_, who, without = found.get(village, (0, set(), 0))
        row = held.get(pk)
        answers, closed = row is not None and row.kind == Assignment.HOLDER, row is not None and row.kind == Assignment.CLOSED
        found[village] = (with_ + answers, who | {row.officer_id} if row and answers else who, without + (not answers and not closed))
    return {village: (with_, len(who), without) for village, (with_, who, without) in found.items()}
