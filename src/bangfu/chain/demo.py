"""The demo town's chain, all invented: leaders, units, team members and caseworkers of four levels, one of them transferred in August."""

import random
from datetime import date

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import Role
from bangfu.base import clock
from bangfu.demo.words import GIVEN, SURNAMES
from bangfu.registry.models import Area, Cluster, Household

from . import actions
from .models import Assignment, Cadre, Level, Link, PostRole, Unit

BEGINS, TRANSFERRED = date(2017, 3, 1), date(2017, 8, 15)
ORDER = "大业发〔2017〕12号"
CITY_UNITS = ("市林业局", "市水利局", "市第二中学", "市卫生监督所", "市农机中心")
TOWN_UNITS = ("镇农业站", "镇财政所", "镇中心校", "镇卫生院", "镇林业站", "镇国土所")
LEVELS = (Level.CITY, Level.TOWN, Level.TOWN, Level.VILLAGE, Level.COUNTY)
HOUSEHOLDS_EACH = 5


def fill() -> None:
    """Fill an empty chain for the demo town; one that was emptied stays empty."""
    if Assignment.objects.exists() or Officer.objects.filter(role=Role.CADRE).exists() or not Household.objects.exists():
        return
    rng, taken = random.Random(20170301), set(Officer.objects.values_list("name", flat=True))
    town = Area.objects.get(code="450481108000")
    villages = [area for area in Area.objects.all() if area.is_village]
    units = [Unit.objects.get_or_create(name=name, defaults={"level": level})[0] for level, names in ((Level.CITY, CITY_UNITS), (Level.TOWN, TOWN_UNITS)) for name in names]

    def somebody(level: Level, username: str) -> Officer:
        while (name := rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)) in taken:
            pass
        taken.add(name)
        unit = None if level == Level.VILLAGE else rng.choice([one for one in units if (one.level == Level.CITY) == (level in (Level.CITY, Level.COUNTY))])
        return actions.know_cadre(name=name, level=level, unit=unit, phone=f"100{rng.randrange(10**8):08}", area=town.code, username=username)

    for number, cluster in enumerate(Cluster.objects.filter(town=town).order_by("pk"), start=1):
        actions.assign(link=Link.CLUSTER_LEADER, node=cluster, officer=somebody(Level.TOWN, f"pian{number}"), starts_on=BEGINS, by=None, document_no=ORDER)
    for number, village in enumerate(villages, start=1):
        for link, name in ((Link.VILLAGE_SPONSOR, "gua"), (Link.VILLAGE_TEAM_LEADER, "zu")):
            actions.assign(link=link, node=village, officer=somebody(Level.TOWN, f"{name}{number}"), starts_on=BEGINS, by=None, document_no=ORDER)
        _beside(village, number, units, somebody)
        _caseworkers(village, number, somebody)


def _beside(village: Area, number: int, units: list[Unit], somebody: object) -> None:
    for role, name, count in ((PostRole.VILLAGE_TEAM_MEMBER, "bao", 2), (PostRole.VILLAGE_PARTY_SECRETARY, "zhi", 1)):
        for one in range(count):
            level = Level.VILLAGE if role == PostRole.VILLAGE_PARTY_SECRETARY else Level.TOWN
            actions.post(officer=somebody(level, f"{name}{number}{'ab'[one]}"), village=village, role=role, starts_on=BEGINS, document_no=ORDER)
    if (secretary := Officer.objects.filter(role=Role.FIRST_SECRETARY, area=village.code).first()) is not None:
        Cadre.objects.get_or_create(officer=secretary, defaults={"level": Level.CITY, "unit": units[0]})
        actions.post(officer=secretary, village=village, role=PostRole.FIRST_SECRETARY, starts_on=BEGINS, document_no=ORDER)
    actions.attach(unit=units[number % len(CITY_UNITS)], village=village, starts_on=BEGINS, document_no=ORDER)
    actions.attach(unit=units[len(CITY_UNITS) + number % len(TOWN_UNITS)], village=village, starts_on=BEGINS, document_no=ORDER)


def _caseworkers(village: Area, number: int, somebody: object) -> None:
    households = list(Household.objects.filter(village=village).order_by("code"))
    rows = []
    for at in range(0, len(households), HOUSEHOLDS_EACH):
        officer = somebody(LEVELS[(number + at) % len(LEVELS)], f"ren{number}{'abcdefghij'[at // HOUSEHOLDS_EACH % 10]}{at // 50 or ''}")
        rows += [Assignment(link=Link.CASEWORKER, household=one, officer=officer, starts_on=BEGINS, document_no=ORDER, at=clock.now()) for one in households[at:at + HOUSEHOLDS_EACH]]
    Assignment.objects.bulk_create(rows)
    if number == 3 and rows:  # in the middle of a month somebody else takes over one caseworker's households
        successor = somebody(Level.TOWN, "ren3z")
        for row in [row for row in rows if row.officer == rows[0].officer]:
            actions.assign(link=Link.CASEWORKER, node=row.household, officer=successor, starts_on=TRANSFERRED, by=None, document_no="大业发〔2017〕31号")


