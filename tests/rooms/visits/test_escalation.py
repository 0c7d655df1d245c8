"""Who is told of a visit day, once; by page, by a real mail server, by telephone; and that no household leaves with it."""

import re
import socket
import threading
from datetime import date, datetime

import pytest
from django.urls import reverse

from bangfu.base import clock
from bangfu.base.calendar_rules import SHANGHAI
from bangfu.base.models import Job, TrailEntry
from bangfu.registry.models import Household
from bangfu.visits import actions, escalation, queries
from bangfu.visits.actions import Said
from bangfu.visits.ladder import Step
from bangfu.visits.models import Channel, Delivery, DeliveryState, Reminder, VisitDay
from bangfu.visits.rules import State
from tests.rooms.visits.test_visits import later

DAY = "2017-10-19"  # W Monday 23, C Tuesday 24 at 0:00, P Friday 27 at 0:00


@pytest.fixture
def day(officers):
    return VisitDay.objects.get(date=DAY)


def run():
    list(escalation.tell(Job(kind="tell")))
    return {(one.step, one.addressee.username, one.round) for one in Reminder.objects.select_related("addressee").filter(visit_day__date=DAY)}


def silent(day, village=None):
    said = queries.states(day, slots := list(day.slots.select_related("household")), clock.now())
    return {slot.household_id for slot in slots if said[slot.pk].state is State.SILENT and village in (None, slot.household.village_id)}


def test_each_step_is_told_at_its_moment_to_those_it_is_for_and_once(officers, day, monkeypatch):
    later(monkeypatch, 2017, 10, 24, 8, 29)
    assert run() == set()
    later(monkeypatch, 2017, 10, 24, 8, 30)
    first = run()
    assert {step for step, _who, _round in first} == {Step.NO_WORD} and ("no_word", "liang", 0) in first and {who[:3] for _step, who, _round in first} == {"lia", "bao"}
    office = Reminder.objects.get(addressee=officers["liang"])
    assert office.counts["silent"] == len(silent(day)) == len(office.slots) > 10
    assert run() == first and run() == first
    later(monkeypatch, 2017, 10, 24, 9)
    second = run() - first
    assert {step for step, _who, _round in second} == {Step.MISSED} and ("missed", "qin", 0) in second  # the first secretary; elsewhere the party secretary
    assert {who for _step, who, _round in second if who.startswith("zhi")} and "zhi3" not in {who for _step, who, _round in second}
    later(monkeypatch, 2017, 10, 27, 9)
    third = run() - first - second
    assert {step for step, _who, _round in third} == {Step.ROUND_UP} and {"liang", "pian1", "zu3"} <= {who for _step, who, _round in third}
    later(monkeypatch, 2017, 10, 30, 9)
    assert run() == first | second | third


def test_a_town_that_begins_is_not_told_what_is_old(officers, day, monkeypatch):
    later(monkeypatch, 2017, 11, 15, 9)
    assert run() == set()


def test_two_workers_at_the_same_moment_tell_once(officers, day, monkeypatch):
    later(monkeypatch, 2017, 10, 24, 9)
    run()
    before = Reminder.objects.count()
    slots = list(day.slots.select_related("household__village", "caseworker"))
    said = queries.states(day, slots, clock.now())
    rung = next(one for one in escalation.ladder(day.town_id) if one.step is Step.NO_WORD)
    assert escalation.tell_step(day, rung, slots, said, clock.now()) == 0 and Reminder.objects.count() == before


def test_nobody_is_told_of_a_household_outside_ones_scope(officers, day, monkeypatch):
    later(monkeypatch, 2017, 10, 27, 9)
    run()
    for one in Reminder.objects.select_related("addressee"):
        homes = set(day.slots.filter(pk__in=one.slots).values_list("household", flat=True))
        assert homes and homes <= set(Household.objects.in_scope(one.addressee).values_list("pk", flat=True))


def test_late_evidence_corrects_what_was_told_each_slot_once_a_person(officers, day, monkeypatch):
    later(monkeypatch, 2017, 10, 24, 9)
    run()
    later(monkeypatch, 2017, 10, 27, 9)
    before = run()
    homes = sorted(silent(day, "450481108202"))[:2]
    for number, pk in enumerate(homes):
        slot = day.slots.get(household=pk)
        actions.record_visit(household=slot.household, said=Said(date(2017, 10, 19), (slot.caseworker_id,)), by=officers["liang"])
        told = run()
        assert {("corrected", who, number) for who in ("liang", "qin", "pian1")} <= told - before
        before = told
    last = Reminder.objects.filter(addressee=officers["qin"], step="corrected").first()
    assert last.round == 1 and len(last.slots) == 1 and run() == before


def test_ones_own_reminders_are_read_on_the_page_and_nobody_elses(signed_in, officers, day, monkeypatch):
    later(monkeypatch, 2017, 10, 24, 9)
    run()
    one = Reminder.objects.get(addressee=officers["qin"])
    client = signed_in("qin")
    listed = client.get(reverse("visits:reminders")).content.decode()
    page = client.get(reverse("visits:reminder", args=[one.pk])).content.decode()
    assert escalation.title(one) in listed and "尚无消息" in page and page.count(reverse("visits:board", args=[DAY])) == 1
    assert page.count("/households/") >= len(one.slots)
    assert signed_in("liang").get(reverse("visits:reminder", args=[one.pk])).status_code == 404


class Postbox(threading.Thread):
    """A mail server as far as one is spoken to: it takes what it is sent, or refuses it."""

    def __init__(self, refuses=False):
        super().__init__(daemon=True)
        self.socket, self.letters, self.refuses = socket.create_server(("127.0.0.1", 0)), [], refuses
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                line, _address = self.socket.accept()
            except OSError:
                return
            with line, line.makefile("rwb") as talk:
                def say(text, talk=talk):
                    talk.write(f"{text}\r\n".encode())
                    talk.flush()

                say("220 box")
                while word := talk.readline().decode().strip():
                    if word.upper() == "DATA":
                        say("354 go on")
                        letter = []
                        while (part := talk.readline().decode().rstrip("\r\n")) != ".":
                            letter.append(part)
                        self.letters.append("\n".join(letter))
                        say("250 kept")
                    elif word.upper().startswith("QUIT"):
                        say("221 bye")
                        break
                    elif word.upper().startswith("RCPT") and self.refuses:
                        say("550 nobody here")
                    else:
                        say("250 ok")


@pytest.fixture
def mailed(settings, officers, monkeypatch):
    """A function that points the office's mail at a server."""
    later(monkeypatch, 2017, 10, 24, 8, 30)
    cadre = officers["bao3a"].cadre
    cadre.email = "bao3a@example.cn"
    cadre.save()

    def to(port):
        settings.MAIL, settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = {"EMAIL_HOST": "x"}, "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", port
        settings.OFFICE_URL = "https://office.example.cn"

    return to


def letter_text(letter):
    from email import message_from_string, policy

    message = message_from_string(letter, policy=policy.default)
    return f"{message['subject']}\n{message.get_content()}"


def test_a_mail_carries_counts_and_a_link_and_no_household(mailed, officers, day):
    box = Postbox()
    mailed(box.port)
    run()
    run()
    assert len(box.letters) == 1, list(Delivery.objects.values_list("channel", "state", "reason"))
    said, one = letter_text(box.letters[0]), Reminder.objects.get(addressee=officers["bao3a"])
    assert escalation.title(one) in said and f"https://office.example.cn{reverse('visits:reminder', args=[one.pk])}" in said
    for slot in day.slots.filter(pk__in=one.slots).select_related("household"):
        assert slot.household.code not in said
        assert not [member.person.name for member in slot.household.members.select_related("person") if member.person.name in said]
    delivery = Delivery.objects.get(channel=Channel.MAIL)
    assert (delivery.state, delivery.tries) == (DeliveryState.SENT, 1)


def test_a_mail_that_does_not_arrive_is_tried_again_and_then_telephoned(mailed, officers, signed_in):
    box = Postbox(refuses=True)
    mailed(box.port)
    for _again in range(7):
        run()
    delivery = Delivery.objects.get(channel=Channel.MAIL)
    assert (delivery.state, delivery.tries) == (DeliveryState.FAILED, 5) and "SMTPRecipientsRefused" in delivery.reason and "bao3a@" not in delivery.reason and not box.letters
    call = Delivery.objects.get(channel=Channel.PHONE, reminder=delivery.reminder)
    client = signed_in("liang")
    page = client.get(reverse("visits:deliveries")).content.decode()
    assert officers["bao3a"].name in page and officers["bao3a"].cadre.phone in page and "没有送到" in page
    for _twice in range(2):
        client.post(reverse("visits:told", args=[call.pk]))
    call.refresh_from_db()
    assert call.state == DeliveryState.SENT and TrailEntry.objects.filter(act="told_by_phone").count() == 1


def test_nothing_is_mailed_where_no_server_is_set_up(officers, monkeypatch, day):
    later(monkeypatch, 2017, 10, 24, 8, 30)
    officers["bao3a"].cadre.email = "bao3a@example.cn"
    officers["bao3a"].cadre.save()
    run()
    assert not Delivery.objects.filter(channel=Channel.MAIL).exists()
    assert set(Delivery.objects.values_list("reminder__addressee__username", flat=True)) == {one.username for one in officers.values() if one.username.startswith("bao")} & {
        who for _step, who, _round in run()}  # who cannot sign in is telephoned


def test_the_office_edits_the_ladder_and_another_ladder_runs_by_data_alone(signed_in, officers, day, monkeypatch):
    client = signed_in("liang")
    page = client.get(reverse("visits:ladder")).content.decode()
    assert "2017年10月24日 08:30" in page
    form = {"days_own": 0, "at_own": "19:00", "to_own": ["caseworker"], "days_village": 1, "at_village": "09:00", "to_village": ["village_team_leader"], "days_no_word": 1, "at_no_word": "15:00",
            "to_no_word": ["town_office"], "on_no_word": "on", "days_missed": 0, "at_missed": "09:00", "days_round_up": 0, "at_round_up": "09:00", "days_month": 0, "at_month": "09:00"}  # fmt: skip
    assert client.post(reverse("visits:ladder"), form | {"on_missed": "on"}).status_code == 422  # to nobody
    assert client.post(reverse("visits:ladder"), form | {"days_own": "x"}).status_code == 422
    assert client.post(reverse("visits:ladder"), form | {"on_own": "on"}).status_code == 302
    later(monkeypatch, 2017, 10, 19, 19)
    assert {step for step, _who, _round in run()} == {Step.OWN}
    later(monkeypatch, 2017, 10, 25, 15)
    assert {(step, who) for step, who, _round in run() if step != Step.OWN} == {("no_word", "liang")}
    assert TrailEntry.objects.filter(act="ladder_written").count() == 1


def test_no_step_compares_people_or_blames_them(officers, day, monkeypatch):
    later(monkeypatch, 2017, 10, 27, 9)
    run()
    words = " ".join(escalation.title(one) for one in Reminder.objects.all())
    assert not re.search("落后|排名|批评|通报|最差|失职|问责|责任人.*没有", words) and "尚无消息" in words


def test_times_are_of_shanghai_whatever_the_server_is(officers, day, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2017-10-24T00:29:59+00:00"))
    assert run() == set()
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2017-10-24T00:30:00+00:00"))
    assert run() and SHANGHAI.key == "Asia/Shanghai"


def test_at_the_months_end_the_office_has_what_the_units_are_to_hear(signed_in, officers, day, monkeypatch):
    later(monkeypatch, 2017, 10, 31, 8, 59)
    assert not [one for one in run() if one[0] == Step.MONTH]
    later(monkeypatch, 2017, 10, 31, 9)
    for _twice in range(2):
        assert [one for one in run() if one[0] == Step.MONTH] == [("month", "liang", 0)]
    assert not Reminder.objects.filter(step="month").exclude(visit_day=day).exists()  # with the month's last visit day
    one = Reminder.objects.get(step="month")
    page = signed_in("liang").get(reverse("visits:reminder", args=[one.pk])).content.decode()
    rows = {unit: counts for unit, _villages, counts in escalation.of_units(one)}
    days = VisitDay.objects.filter(date__month=10)
    assert sum(counts["slots"] for unit, counts in rows.items() if unit.startswith("市")) == sum(each.slots.count() for each in days) and "市林业局" in page
    assert not [home.code for home in Household.objects.all() if home.code in page.split("<main", 1)[1]]
