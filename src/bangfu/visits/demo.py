"""The demo town's visits since June 2017, all invented: most were seen on the day, some made up, some excused, a village's sheets still out."""

import random
from datetime import date, datetime, time, timedelta

from bangfu.base import calendar
from bangfu.base.calendar_rules import SHANGHAI
from bangfu.base.codes import new_code
from bangfu.chain.queries import caseworkers_on
from bangfu.registry.models import Area, Household

from . import actions
from .models import Commitment, Excuse, ExcuseReason, Issue, Sheet, Visit, VisitDay, Visitor

BEGINS, SILENT_VILLAGE = date(2017, 6, 1), "450481108205"
FOUND = ("家里都好", "老人在家，孩子外出务工", "养鸡三十羽，长势好", "在等危房改造验收", "自来水不稳定", "砂糖桔挂果", "孩子上学正常", "")
TOLD = ("讲了雨露计划", "讲了居民医保缴费时间", "讲了产业奖补怎么报", "")
PROMISED = (("联系水管站看自来水", 14), ("把雨露计划申请表带来", 20), ("帮问护林员岗位", 30))
ASKED = ("想再领二十羽鸡苗", "屋后水沟要清", "想办残疾证")


def fill() -> None:
    """Fill the empty visits of the demo town: the days before the demo's own, in bulk, and today's as it stands."""
    if VisitDay.objects.exists() or not Household.objects.exists():
        return
    rng, town = random.Random(20170601), Area.objects.get(code="450481108000")
    days = [one.date for one in calendar.visit_days(2017) if one.date and BEGINS <= one.date <= date(2017, 10, 19)]
    for on in days:
        day = actions.publish(town=town, on=on, by=None)
        _visits(day, rng, last=on == days[-1])


def _at(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour), tzinfo=SHANGHAI)


def _visits(day: VisitDay, rng: random.Random, *, last: bool) -> None:
    slots = list(day.slots.select_related("household").order_by("household__code"))  # the same town from every database
    held = caseworkers_on([slot.household_id for slot in slots], day.date)
    visits, visitors = [], []
    for slot in slots:
        drawn, officer = rng.random(), held[slot.household_id].officer if slot.household_id in held else None
        if officer is None or (slot.household.village_id == SILENT_VILLAGE and day.date == date(2017, 9, 21)) or (last and drawn > 0.55):
            continue  # these sheets are still out
        if drawn > 0.97:
            Excuse.objects.create(household=slot.household, since=day.date, reason=ExcuseReason.AWAY, proposed_by=officer, proposed_at=day.opens, accepted_by=officer,
                                  accepted_at=_at(day.date, 10))  # fmt: skip
        elif drawn <= 0.93:
            on = day.date if drawn < 0.8 or last else min(day.make_up_until, day.date + timedelta(days=1))
            moment = _at(on, 16)
            visits.append(Visit(code=new_code(), household=slot.household, visited_on=on, found=rng.choice(FOUND), told=rng.choice(TOLD), received_at=moment, recorded_at=moment, by=officer))
            visitors.append(officer.pk)
    Visit.objects.bulk_create(visits)
    Visitor.objects.bulk_create(Visitor(visit=visit, officer_id=who, went_as="caseworker") for visit, who in zip(visits, visitors, strict=True))
    for visit in visits:
        if rng.random() < 0.03:
            text, later = rng.choice(PROMISED)
            Commitment.objects.create(code=new_code(), household=visit.household, visit=visit, text=text, owner=visit.by, due_on=visit.visited_on + timedelta(days=later), by=visit.by, at=visit.received_at)
        if rng.random() < 0.02:
            Issue.objects.create(code=new_code(), household=visit.household, visit=visit, text=rng.choice(ASKED), owner=visit.by, by=visit.by, at=visit.received_at)
    seen = {visit.household_id for visit in visits}
    Sheet.objects.bulk_create(Sheet(code=new_code(), slot=slot, printed_at=_at(day.date, 8), by=held[slot.household_id].officer, settled_at=_at(day.make_up_until, 17) if not last else None,
                                    blank=not last and slot.household_id not in seen)
                              for slot in slots if slot.household_id in held and slot.household.village_id != SILENT_VILLAGE and rng.random() < 0.3)  # fmt: skip
