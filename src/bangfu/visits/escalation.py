"""逐级提醒: who is told of a visit day at which step, once; and how it reaches those who are not on the pages.

Promises: run twice, or by two workers, tells once; nobody is told of a household outside what they answer for; what leaves the server carries
counts, the day and a link that needs a sign-in, never a household; a slot that was told and got late evidence is corrected unasked.
"""

import smtplib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.queries import can_sign_in
from bangfu.accounts.roles import Role
from bangfu.base import calendar, clock, trail
from bangfu.base.jobs import Progress
from bangfu.base.models import Job
from bangfu.base.templatetags import days as words
from bangfu.chain.queries import posts_beside, units_with_villages, village_links
from bangfu.registry.models import Area, Household

from . import queries
from .ladder import DEFAULT, Rung, Step, To, is_due, moment, speaks_of, to_correct
from .models import Channel, Delivery, DeliveryState, Issue, LadderRung, Reminder, Sheet, Slot, VisitDay
from .rules import SlotState, State, Sums

LOOKED_AT = timedelta(days=30)  # after its window closed a visit day is told and corrected for so long
TRIES = 5


def ladder(town: str) -> list[Rung]:
    """Return a town's ladder, from the caseworker upward."""
    newest = {row.step: row for row in LadderRung.objects.filter(town=town).order_by("pk")}
    return [Rung(one.step, row.on, row.days, row.time, tuple(To(to) for to in row.to)) if (row := newest.get(one.step)) else one for one in DEFAULT]


@transaction.atomic
def write_ladder(*, town: Area, rungs: Sequence[Rung], by: Officer) -> int:
    """Write the rungs that differ from what holds; returns how many."""
    changed = [one for one, now in zip(rungs, ladder(town.code), strict=True) if one != now]
    for one in changed:
        LadderRung.objects.create(town=town, step=one.step, on=one.on, days=one.days, time=one.at, to=list(one.to), by=by, at=clock.now())
    if changed:
        trail.write("ladder_written", town.code, who=by.username, result="、".join(one.step for one in changed))
    return len(changed)


def tell(job: Job) -> Iterator[Progress]:
    """Tell what is due of every visit day, correct what was told wrongly, then send what waits to be sent."""
    now, calendar_days = clock.now(), calendar.days()
    for day in VisitDay.objects.filter(cancelled_at=None, opens__lte=now, closes__gt=now - LOOKED_AT).select_related("town"):
        slots = list(day.slots.select_related("household__village", "caseworker").defer("household__facts", "household__sealed"))
        said = queries.states(day, slots, now)
        for rung in ladder(day.town_id):
            if rung.on and is_due(moment(rung, day=day.date, closes=day.closes, deadline=day.deadline, days=calendar_days), now):
                if rung.step is Step.MONTH:
                    tell_month(day, rung)
                else:
                    tell_step(day, rung, slots, said, now)
        correct(day, slots, said, now)
        yield _("逐级提醒"), 0, 0
    yield from send_waiting()


def tell_step(day: VisitDay, rung: Rung, slots: Sequence[Slot], said: Mapping[int, SlotState], now: datetime) -> int:
    """Tell one step of a day to everybody it is meant for who was not told yet; returns how many were."""
    out = set(Sheet.objects.filter(slot__visit_day=day, settled_at=None).values_list("slot", flat=True))
    by_village: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        if speaks_of(rung.step, said[slot.pk], sheet_out=slot.pk in out):
            by_village[slot.household.village_id].append(slot)
    told_of: dict[Officer, list[Slot]] = defaultdict(list)
    for village, some in by_village.items():
        for officer, theirs in _addressees(day, rung, village, some, said, now):
            told_of[officer] += theirs
    repeated = _missed_before(day) if rung.step is Step.ROUND_UP else set()
    return sum(_tell(day, rung.step, 0, officer, theirs, said, repeated) for officer, theirs in told_of.items() if theirs)


def tell_month(day: VisitDay, rung: Rung) -> int:
    """Tell the office what the units attached to villages (市、镇直挂村单位) are to hear of the month, with its last visit day; returns how many were told."""
    if VisitDay.objects.filter(town=day.town_id, date__gt=day.date, date__year=day.date.year, date__month=day.date.month, cancelled_at=None).exists():
        return 0
    officers = Officer.objects.filter(role=Role.TOWN_CLERK, area=day.town_id, is_active=True) if To.TOWN_OFFICE in rung.to else []
    return sum(_tell(day, rung.step, 0, one, [], {}, set()) for one in officers)


def of_units(one: Reminder) -> list[tuple[str, str, dict[str, int]]]:
    """Return what each unit attached to villages is told of a month: its name, its villages, and counts that name nobody."""
    day, by = one.visit_day, one.addressee
    days = VisitDay.objects.filter(town=day.town_id, date__year=day.date.year, date__month=day.date.month, cancelled_at=None)
    by_village: dict[str, Sums] = defaultdict(Sums)
    for each in days:
        for village, sums in queries.sums_by_village(found := queries.bare_slots(each, by), queries.states(each, found, clock.now())).items():
            by_village[village] += sums
    asked = Counter(item.household.village_id for item in queries.open_items(by) if isinstance(item, Issue))
    rows = []
    for unit, villages in units_with_villages(day.town_id, day.date):
        sums = sum((by_village[one.code] for one in villages), Sums())
        rows.append((unit, _("、").join(one.name for one in villages), {"slots": sums.slots, "covered": sums.covered, "asked": sum(asked[one.code] for one in villages)}))
    return rows


def _addressees(day: VisitDay, rung: Rung, village: str, slots: list[Slot], said: Mapping[int, SlotState], now: datetime) -> Iterable[tuple[Officer, list[Slot]]]:
    """Yield who is told of a village's slots, and of which; each officer once."""
    on = clock.day_of(now)
    held: dict[str, list[Officer]] = {link.identifier: [one.officer for one in link.holders if one.officer] for link in [*village_links(village, on), *posts_beside(village, on)]}
    wanted = [to for to in rung.to if not (to is To.VILLAGE_PARTY_SECRETARY and To.FIRST_SECRETARY in rung.to and held.get(To.FIRST_SECRETARY))]
    seen: set[int] = set()
    for to in wanted:
        if to is To.CASEWORKER:
            for officer in {slot.caseworker for slot in slots if slot.caseworker}:
                yield officer, [slot for slot in slots if slot.caseworker_id == officer.pk]
            continue
        officers = Officer.objects.filter(role=Role.TOWN_CLERK, area=day.town_id, is_active=True) if to is To.TOWN_OFFICE else held.get(to, [])
        for officer in officers:
            if officer.pk not in seen:
                seen.add(officer.pk)
                only_silent = rung.step is Step.ROUND_UP and to is To.VILLAGE_TEAM_LEADER  # what is confirmed is not the team's to chase any more
                yield officer, [slot for slot in slots if said[slot.pk].state is State.SILENT] if only_silent else slots


def _missed_before(day: VisitDay) -> set[int]:
    """Return the households nobody had seen by the deadline of the visit day before."""
    before = VisitDay.objects.filter(town=day.town_id, date__lt=day.date, cancelled_at=None).order_by("-date").first()
    return set(before.slots.filter(state_at_close__in=(State.MISSED, State.SILENT)).values_list("household", flat=True)) if before else set()


@transaction.atomic
def _tell(day: VisitDay, step: str, number: int, officer: Officer, slots: Sequence[Slot], said: Mapping[int, SlotState], repeated: set[int]) -> bool:
    counts = {state: n for state in (State.DUE, State.MISSED, State.SILENT, State.LATE_EVIDENCE) if (n := sum(said[slot.pk].state is state for slot in slots))}
    if again := sum(slot.household_id in repeated for slot in slots):
        counts["again"] = again
    counts["households"], counts["villages"] = len(slots), len({slot.household.village_id for slot in slots})
    reminder, new = Reminder.objects.get_or_create(visit_day=day, step=step, addressee=officer, round=number, defaults={
        "slots": [slot.pk for slot in slots], "counts": counts, "at": clock.now()})
    if new and (channel := _channel(officer)):
        Delivery.objects.create(reminder=reminder, channel=channel, at=clock.now())
    return new


def _channel(officer: Officer) -> Channel | None:
    """Return on which way beside the page somebody is told: by mail where that is set up, by telephone who cannot come to the page."""
    if settings.MAIL and getattr(getattr(officer, "cadre", None), "email", ""):
        return Channel.MAIL
    return None if can_sign_in(officer) else Channel.PHONE


def correct(day: VisitDay, slots: Sequence[Slot], said: Mapping[int, SlotState], now: datetime) -> int:
    """Tell whoever was told that a household was missed or silent that late evidence came; each slot once a person."""
    late, by_key = {pk for pk, one in said.items() if one.state is State.LATE_EVIDENCE}, {slot.pk: slot for slot in slots}
    told: dict[int, set[int]] = defaultdict(set)
    corrected: dict[int, set[int]] = defaultdict(set)
    rounds: dict[int, int] = defaultdict(int)
    people: dict[int, Officer] = {}
    for one in day.reminders.select_related("addressee"):
        people[one.addressee_id] = one.addressee
        if one.step == Reminder.CORRECTED:
            corrected[one.addressee_id].update(one.slots)
            rounds[one.addressee_id] = max(rounds[one.addressee_id], one.round + 1)
        elif one.step not in (Step.OWN, Step.VILLAGE):
            told[one.addressee_id].update(one.slots)
    count = 0
    for pk, officer in people.items():
        if keys := to_correct(told[pk], corrected[pk], late):
            count += _tell(day, Reminder.CORRECTED, rounds[pk], officer, [by_key[key] for key in keys if key in by_key], said, set())
    return count


def title(one: Reminder) -> str:
    """Return a reminder in one line: the day and how many households, no name of anybody."""
    n = one.counts
    parts = {"day": words.said(one.visit_day.date, "day"), "until": words.said(one.visit_day.make_up_until, "day"), "due": n.get(State.DUE, 0), "missed": n.get(State.MISSED, 0),
             "silent": n.get(State.SILENT, 0), "again": n.get("again", 0), "all": n.get("households", 0), "month": one.visit_day.date.month}  # fmt: skip
    said = {
        Step.OWN: _("帮扶日 {day}：您还有 {due} 户待访，补访到 {until}"), Step.VILLAGE: _("帮扶日 {day}：村里还有 {due} 户待访，补访到 {until}"),
        Step.NO_WORD: _("帮扶日 {day}：{silent} 户还没有消息，请把表收回来录上，或问一问"), Step.MISSED: _("帮扶日 {day}：{missed} 户已确认未访，{silent} 户尚无消息"),
        Step.ROUND_UP: _("帮扶日 {day}：截止时 {missed} 户已确认未访，{silent} 户尚无消息，其中连续两次的 {again} 户") if n.get("again")
        else _("帮扶日 {day}：截止时 {missed} 户已确认未访，{silent} 户尚无消息"),
        Step.MONTH: _("{month}月：挂村单位要知道的，请镇帮扶办转告"),
        Reminder.CORRECTED: _("帮扶日 {day}：更正，以前说没有消息或未访的 {all} 户，后来的记录说去过了"),
    }[one.step]
    return said.format(**parts)


def send_waiting() -> Iterator[Progress]:
    """Send the mails that wait; what fails is tried again at the next run, then given to the office to telephone."""
    waiting = Delivery.objects.filter(channel=Channel.MAIL, state=DeliveryState.QUEUED, tries__lt=TRIES).select_related("reminder__addressee__cadre", "reminder__visit_day")
    for one in list(waiting) if settings.MAIL else []:
        if not Delivery.objects.filter(pk=one.pk, state=DeliveryState.QUEUED, tries=one.tries).update(tries=one.tries + 1):
            continue  # another worker has it
        one.tries += 1
        _send(one)
        yield _("发邮件"), 0, 0


def _send(one: Delivery) -> None:
    with translation.override("zh-hans"):
        subject, link = title(one.reminder), f"{settings.OFFICE_URL}{reverse('visits:reminder', args=[one.reminder.pk])}"
        body = f"{subject}。\n\n登录后看是哪些户：{link}\n\n这封邮件里没有农户的信息，请不要把登录后看到的转发出去。\n"
    try:
        send_mail(subject, body, None, [one.reminder.addressee.cadre.email])
        one.state, one.reason = DeliveryState.SENT, ""
    except (OSError, smtplib.SMTPException) as error:
        one.state = DeliveryState.FAILED if one.tries >= TRIES else DeliveryState.QUEUED
        one.reason = str(_("第 {n} 次没有送到：{why}").format(n=one.tries, why=type(error).__name__))[:120]
        if one.state == DeliveryState.FAILED:
            Delivery.objects.get_or_create(reminder=one.reminder, channel=Channel.PHONE, defaults={"at": clock.now()})
    Delivery.objects.filter(pk=one.pk).update(state=one.state, reason=one.reason, at=clock.now())


@transaction.atomic
def told_by_phone(*, delivery: Delivery, by: Officer) -> None:
    """Write down that somebody was told by telephone."""
    if Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.QUEUED).update(state=DeliveryState.SENT, at=clock.now()):
        trail.write("told_by_phone", f"{delivery.reminder.visit_day}", who=by.username, result=delivery.reminder.addressee.username)


def reminded_slots(one: Reminder) -> list[tuple[Slot, SlotState]]:
    """Return the slots a reminder speaks of as they are now, as far as they lie in the addressee's scope still, by village and household."""
    rows = Slot.objects.filter(pk__in=one.slots, household__in=Household.objects.in_scope(one.addressee)).select_related("household__village", "caseworker")
    found = list(rows.order_by("household__village", "household__villager_group", "household__code"))
    said = queries.states(one.visit_day, found, clock.now())
    return [(slot, said[slot.pk]) for slot in queries.with_members(found)]
