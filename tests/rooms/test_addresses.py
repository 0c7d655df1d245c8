"""Every address of the application × everybody × inside and outside the scope × GET and POST: what it answers, and that
who may not changes nothing. An address without an entry here fails, and so does an entry without an address."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import Http404
from django.urls import URLResolver, get_resolver, reverse

from bangfu.accounts import views as accounts
from bangfu.accounts.actions import open_account
from bangfu.accounts.models import Officer
from bangfu.accounts.roles import Role
from bangfu.aid import accounts as aid_accounts
from bangfu.aid import distribution, donors, movements, objections, pledges, publishing, rewards, study, wishes
from bangfu.aid.ledger import HandedOver, Share
from bangfu.aid.models import (
    Batch,
    Commodity,
    DistributionSheet,
    Donor,
    FundSource,
    Line,
    Lot,
    MicroWish,
    OpeningImport,
    Programme,
    PublicNotice,
    RewardRound,
    StudyApplication,
)
from bangfu.base import clock, feedback, jobs
from bangfu.base.models import Job
from bangfu.chain import handover
from bangfu.chain.models import Reassignment, UnitVillage
from bangfu.registry import uploads, views
from bangfu.registry.models import Area, Household, HouseholdQuerySet, Upload
from bangfu.reports import actions as bulletins
from bangfu.reports.models import Bulletin
from bangfu.visits import verification
from bangfu.visits.models import Delivery, Excuse, FieldDay, Reminder, Sheet, Visit, VisitDay

INSIDE, OUTSIDE, UNKNOWN = "450481108202", "450481108203", "nobody"
SEES = {"liang": {INSIDE, OUTSIDE}, "qin": {INSIDE}, "elsewhere": set(), "zu3": {INSIDE}, "ren3z": {INSIDE}, "meng": {INSIDE, OUTSIDE}}  # elsewhere is a clerk of another town
SIGNED_IN = frozenset({"liang", "qin", "gan", "luo", "yan", "elsewhere", "zu3", "ren3z", "meng"})  # meng approves aid
CADRES = frozenset({"zu3", "ren3z"})  # a team leader of INSIDE, and the caseworker of its first households
CLERKS, KEEPERS, ADMINISTRATOR, AUDITOR, NOBODY = frozenset({"liang", "elsewhere"}), frozenset({"liang", "qin", "elsewhere"}), {"gan"}, {"yan"}, {"nobody"}
FIELD = KEEPERS | CADRES
EVERYBODY = SIGNED_IN | NOBODY
LEFT_OUT = {r"^static/(?P<path>.*)$"}  # files of ours that everybody may read

Status = int | dict[str, int]


@dataclass(frozen=True)
class Address:
    """What one address answers. 405 is said before anybody is asked who they are; 302 to the sign-in before that.

    may      who gets `gets` and `posts`; nobody else signed in gets more than 404, and who has no account is led to sign in
    posts    the answer to an empty form, which changes nothing where it is 422
    args     the parts of the address; `scoped` ones are made for a village, others for the words "there" and "nobody"
    """

    may: frozenset[str] | set[str]
    gets: Status = 200
    posts: Status = 422
    args: Callable[[str], list[object]] | None = None
    scoped: bool = False

    def places(self) -> list[str]:
        return [INSIDE, OUTSIDE, UNKNOWN] if self.scoped else [""] if self.args is None else ["there", UNKNOWN]

    def expected(self, method: str, who: str, place: str) -> int:
        said = self.gets if method == "get" else self.posts
        status = said if isinstance(said, int) else said.get(who, said.get("others", 404))
        if who not in self.may and who == "nobody":
            return 302
        if status == 405:
            return 405
        within = place not in (INSIDE, OUTSIDE) or place in SEES.get(who, set())
        return status if who in self.may and within and place != UNKNOWN else 404


def household(*more: object) -> Callable[[str], list[object]]:
    return lambda place: [Household.objects.filter(village_id=place).first().code if place != UNKNOWN else UNKNOWN, *more]


def of(name: str) -> Callable[[str], list[object]]:
    return lambda place: [name if place == "there" else UNKNOWN]


def said(place: str) -> list[object]:
    from bangfu.base.models import Feedback

    return [Feedback.objects.get().code if place == "there" else "A0A0A0"]


def asked_for(place: str) -> list[object]:
    return [Job.objects.get(kind="verify_trail").code if place == "there" else "A0A0A0"]


def came_in(place: str) -> list[object]:
    return [Upload.objects.get().code if place == "there" else "A0A0A0"]


def unit_there(place: str) -> list[object]:
    return [place, "unit", UnitVillage.objects.filter(village=place).first().pk if place != UNKNOWN else 1]


def planned(place: str) -> list[object]:
    return [Reassignment.objects.get().code if place == "there" else "A0A0A0"]


def of_year(place: str) -> list[object]:
    return [2017 if place == "there" else 1017]


REGISTRY = {
    "registry:villages": Address(FIELD, posts=405),
    "registry:areas": Address(ADMINISTRATOR),
    "registry:imports": Address(KEEPERS),
    "registry:upload": Address({"liang"}, posts=405, args=came_in),  # it came in for the town
    "registry:annotated": Address({"liang"}, posts=405, args=came_in),
    "registry:give_back": Address({"liang"}, posts=422, args=came_in),  # nothing was taken in
    "registry:file_columns": Address({"liang"}, posts=302, args=came_in),
    "registry:leaving_households": Address({"liang"}, gets=302, posts=302, args=came_in),  # no household leaves
    "registry:choose": Address({"liang"}, gets=405, posts=302, args=came_in),
    "registry:clusters": Address({"liang"}),  # the other town is not known here
    "registry:find": Address(SIGNED_IN, gets=405, posts=200),  # who sees no household finds none
    "registry:village": Address(FIELD, posts=405, args=lambda place: [place], scoped=True),
    "registry:export_villages": Address(KEEPERS),
    "registry:export": Address(KEEPERS, args=lambda place: [place], scoped=True),
    "registry:card": Address(FIELD, posts=405, args=household(), scoped=True),
    "registry:joining": Address(KEEPERS, args=household(), scoped=True),
    "registry:leaving": Address(KEEPERS, args=household(), scoped=True),
    "registry:relation": Address(KEEPERS, args=household(), scoped=True),
    "registry:columns": Address(KEEPERS, posts=405, args=household(1), scoped=True),
    "registry:record": Address(KEEPERS, args=household(1, "work_capacity"), scoped=True),
    "registry:hidden": Address(FIELD, posts=405, args=household(1), scoped=True),
    "registry:open_value": Address(FIELD, args=household(0, "household_phone"), scoped=True),
}
CHAIN = {
    "chain:town": Address({"liang"}, posts=405),
    "chain:pairing": Address({"liang"}),
    "chain:pairing_export": Address({"liang"}, gets=405, posts=200),
    "chain:hand_over": Address({"liang"}),
    "chain:reassignment": Address({"liang"}, posts=302, args=planned),
    "chain:people": Address({"liang"}),
    "chain:person": Address({"liang"}, args=of("qin")),
    "chain:contact_cards": Address(FIELD, posts=405, args=lambda place: [place], scoped=True),
    "chain:appoint": Address({"liang"}, args=lambda place: [place], scoped=True),
    "chain:end": Address({"liang"}, gets=405, posts=302, args=unit_there, scoped=True),
    "chain:village": Address(FIELD, posts=405, args=lambda place: [place], scoped=True),
    "chain:household": Address(FIELD, posts=405, args=household(), scoped=True),
    "chain:caseworker": Address({"liang"}, args=household(), scoped=True),
}
def on_the_day(*more: object) -> Callable[[str], list[object]]:
    return lambda place: ["2017-10-19" if place != UNKNOWN else "2017-10-18", *more]


def visited(place: str) -> list[object]:
    return [Visit.objects.filter(household__village=place).order_by("household", "pk").first().code if place != UNKNOWN else "A0A0A0"]


def handed_out(place: str) -> list[object]:
    return [Sheet.objects.filter(slot__household__village=place).order_by("slot__household", "pk").first().code if place != UNKNOWN else "A0A0A0"]


def made_for_liang(place: str) -> list[object]:
    return [Job.objects.get_or_create(kind="sheets_pdf", defaults={"code": "PDF", "by": "liang", "state": "done", "about": "2017-10-19", "made_at": clock.now(), "ended_at": clock.now()})[0].code
            if place == "there" else "A0A0A0"]  # its day is over, the file is gone


def told_liang(place: str) -> list[object]:
    if place == UNKNOWN:
        return [999_999_999]
    liang, day = Officer.objects.get(username="liang"), VisitDay.objects.get(date="2017-10-19")
    return [Reminder.objects.get_or_create(visit_day=day, step="no_word", addressee=liang, defaults={"at": clock.now()})[0].pk]


def to_call(place: str) -> list[object]:
    key, = told_liang(place)
    return [key if place == UNKNOWN else Delivery.objects.get_or_create(reminder_id=key, channel="phone", defaults={"at": clock.now()})[0].pk]


def in_the_village(place: str) -> list[object]:
    if place == UNKNOWN:
        return [INSIDE, "A0A0A0"]
    by = Officer.objects.get(username="liang")
    return [place, FieldDay.objects.get_or_create(village_id=place, kind="stay", date=clock.today(), withdrawn_at=None, defaults={"code": f"F{place[-3:]}", "by": by, "at": clock.now()})[0].code]


def to_be_looked_at(place: str) -> list[object]:
    if place == UNKNOWN:
        return ["A0A0A0"]
    home, by = Household.objects.filter(village_id=place).first(), Officer.objects.get(username="liang")
    return [verification.ask(household=home, what="0 house_area_m2", words="", by=by).code]


def proposed(place: str) -> list[object]:
    if place == UNKNOWN:
        return [999_999_999]
    household, by = Household.objects.filter(village_id=place).first(), Officer.objects.get(username="qin")
    return [Excuse.objects.get_or_create(household=household, reason="away", since=clock.today(), until=clock.today(), proposed_by=by, proposed_at=clock.now())[0].pk]


VISITS = {
    "visits:days": Address(FIELD, posts=405),
    "visits:own": Address(CADRES, posts=405),
    "visits:own_sheets": Address(CADRES, posts=302, args=on_the_day()),
    "visits:publish": Address({"liang"}, gets=405, posts=302),
    "visits:field_days": Address(FIELD, args=lambda place: [place], scoped=True),
    "visits:withdraw_field_day": Address(KEEPERS, gets=405, posts=302, args=in_the_village, scoped=True),
    "visits:verify": Address(KEEPERS, args=household(), scoped=True),
    "visits:verifications": Address(KEEPERS, posts=405),
    "visits:verification": Address(KEEPERS, posts=200, args=to_be_looked_at, scoped=True),
    "visits:slot": Address({"liang", "qin"} | CADRES, posts=302, args=lambda place: ["2017-10-19", *household()(place)], scoped=True),
    "visits:cancel": Address({"liang"}, args=on_the_day()),
    "visits:excuse_many": Address({"liang"}, args=on_the_day()),
    "visits:all_sheets": Address({"liang", "qin"} | CADRES, gets=405, posts=302, args=on_the_day()),
    "visits:sheets_file": Address({"liang"}, gets=410, posts=405, args=made_for_liang),
    "visits:reminders": Address(FIELD, posts=405),
    "visits:reminder": Address({"liang"}, posts=405, args=told_liang),
    "visits:ladder": Address({"liang"}),
    "visits:deliveries": Address({"liang"}, posts=405),
    "visits:told": Address({"liang"}, gets=405, posts=302, args=to_call),
    "visits:items": Address(FIELD, posts=405),
    "visits:not_seen": Address(FIELD, posts=405),
    "visits:board": Address({"liang", "qin"} | CADRES, posts=405, args=on_the_day()),  # the other town has published none
    "visits:village": Address(FIELD, posts=422, args=lambda place: ["2017-10-19", place], scoped=True),
    "visits:roll": Address(KEEPERS, gets=405, posts=200, args=lambda place: ["2017-10-19", place], scoped=True),
    "visits:sheets": Address(FIELD, posts=302, args=lambda place: ["2017-10-19", place], scoped=True),
    "visits:find_sheet": Address(FIELD),
    "visits:sheet": Address(FIELD, args=handed_out, scoped=True),
    "visits:record": Address(FIELD, args=household(), scoped=True),
    "visits:excuse": Address(FIELD, args=household(), scoped=True),
    "visits:decide": Address({"liang"}, gets=405, posts=302, args=proposed, scoped=True),
    "visits:amend": Address(FIELD, args=visited, scoped=True),
}
def prepared(place: str) -> list[object]:
    return [aid_of(INSIDE)[0].code if place == "there" else "A0A0A0"]


def drawn_from(place: str) -> list[object]:
    return [aid_of(INSIDE)[0].source.code if place == "there" else "A0A0A0"]


def given(place: str) -> list[object]:
    return [aid_of(place)[1].pk if place != UNKNOWN else 999_999_999]


def to_sign(place: str) -> list[object]:
    return [aid_of(place)[2].code if place != UNKNOWN else "A0A0A0"]


def distribution_for_liang(place: str) -> list[object]:
    return [Job.objects.get_or_create(kind="distribution_pdf", defaults={"code": "DIST", "by": "liang", "state": "done", "about": "batch X", "made_at": clock.now(), "ended_at": clock.now()})[0].code
            if place == "there" else "A0A0A0"]  # the file is gone


def grown(place: str) -> list[object]:
    """A line of goods of the first household of a village, handed over, and an age to follow it up at."""
    if place == UNKNOWN:
        return [999_999_999, 30]
    batch, liang, meng, qin = aid_of(place)[0], *(Officer.objects.get(username=name) for name in ("liang", "meng", "qin"))
    if (line := Line.objects.filter(batch=batch, commodity__name=place).first()) is None:
        lot = Lot.objects.create(code=f"L{place[-3:]}", source=batch.source, commodity=Commodity.objects.create(code=place, name=place, unit="株"), on=clock.today())
        movements.take_into_store(lot=lot, quantity=5, on=clock.today(), by=liang, key=f"store {place}")
        share = Share(household=Household.objects.filter(village_id=place).first(), commodity=place, quantity=5, drawn_from=aid_accounts.of_lot(lot), batch=batch, number=2)
        line = movements.issue(batch=batch, shares=[share], on=clock.today(), drafted_by=liang, approved_by=meng, key=f"grown {place}").lines.get()
        movements.sign(town=batch.town, handed=[HandedOver(line, 5, clock.today(), "signed", liang, qin)], by=liang, key=f"signed {place}")
    return [line.pk, 30]


def rewarded(place: str) -> list[object]:
    """A round of rewards with a claim, made once."""
    if place == UNKNOWN:
        return ["A0A0A0"]
    liang, town = Officer.objects.get(username="liang"), Area.objects.get(code="450481108000")
    if (found := RewardRound.objects.first()) is None:
        programme = Programme.objects.create(code="REWARD", town=town, name="REWARD", kind="livelihood_reward")
        rate = {"item": "x", "unit": "亩", "rate_fen": 100, "minimum_tenths": 10, "exceptions": []}
        found = rewards.write_round(programme=programme, year=2017, label="x", document_no="x", rates=[rate], caps={"registered": 100}, by=liang)
        rewards.claim(round=found, household=Household.objects.filter(village_id=INSIDE).first(), item="x", declared_tenths=10, place="x", season="2017秋", on=clock.today(), by=liang)
    return [found.code]


def aid_of(village: str) -> tuple[Batch, Line, DistributionSheet]:
    """A batch of one source with a line and a sheet for the first household of a village, made once."""
    liang, meng, town = Officer.objects.get(username="liang"), Officer.objects.get(username="meng"), Area.objects.get(code="450481108000")
    code = f"B{village[-3:]}"
    if (batch := Batch.objects.filter(code=code).first()) is None:
        source = FundSource.objects.create(code=code, town=town, name=code, kind="fiscal")
        programme = Programme.objects.create(code=code, town=town, name=code, kind="sympathy_grant")
        batch = Batch.objects.create(code=code, town=town, programme=programme, source=source, title=code, on=clock.today(), drafted_by=liang, drafted_at=clock.now(), state="approved")
        movements.receive(source=source, fen=100, on=clock.today(), by=liang, key=f"in {code}")
        movements.allot(batch=batch, fen=100, on=clock.today(), by=liang, key=f"allot {code}")
        home = Household.objects.filter(village_id=village).first()
        share = Share(household=home, commodity="fen", quantity=100, drawn_from=aid_accounts.of_batch(batch), batch=batch, number=1)
        movements.issue(batch=batch, shares=[share], on=clock.today(), drafted_by=liang, approved_by=meng, key=f"issue {code}")
    return batch, batch.lines.first(), distribution.sheets_by_village(batch=batch, by=liang)[0]


def wished(place: str) -> list[object]:
    if place == UNKNOWN:
        return ["A0A0A0"]
    home, liang = Household.objects.filter(village_id=place).first(), Officer.objects.get(username="liang")
    there = MicroWish.objects.filter(household=home).first()
    return [(there or wishes.collect(household=home, person=None, goods="书包", text="想要一个书包", note="", value_fen=5000, by=liang)).code]


def written(place: str) -> list[object]:
    """A notice that is up, with an objection to it."""
    if place == UNKNOWN:
        return ["A0A0A0"]
    batch, liang = aid_of(INSIDE)[0], Officer.objects.get(username="liang")
    notice = PublicNotice.objects.first() or publishing.draft(batch=batch, title="公示", words="", names="masked_name", days=10, working_days=False, place="公示栏", phone="0774-8000000", office="镇扶贫办", by=liang)
    if notice.state == "draft":
        notice = publishing.put_up(notice=notice, by=liang)
        objections.enter(notice=notice, candidate=None, way="by_phone", text="x", owner=liang, by=liang)
    return [notice.code]


def objected(place: str) -> list[object]:
    return ["A0A0A0"] if place == UNKNOWN else [PublicNotice.objects.get(code=written(place)[0]).objections.get().code]


def gives(place: str) -> list[object]:
    return ["A0A0A0" if place == UNKNOWN else giver().code]


def giver() -> Donor:
    liang, town = Officer.objects.get(username="liang"), Area.objects.get(code="450481108000")
    return Donor.objects.filter(name="甲公司").first() or donors.write(town=town, name="甲公司", kind="organisation", contact="", to_be_named=False, by=liang)


def promised(place: str) -> list[object]:
    if place == UNKNOWN:
        return ["A0A0A0"]
    found = giver().pledges.first() or pledges.pledge(donor=giver(), source_name="甲公司助学", per_term_fen=100, first_term="2017秋", terms=2, in_by=clock.today(), by=Officer.objects.get(username="liang"))
    return [found.code]


def asks_for_help(place: str) -> list[object]:
    if place == UNKNOWN:
        return ["A0A0A0"]
    home, liang = Household.objects.filter(village_id=place).first(), Officer.objects.get(username="liang")
    person = home.members.filter(ends_on=None).last().person
    found = StudyApplication.objects.filter(person=person, term="2019秋").first()
    return [(found or study.apply(household=home, person=person, guardian="甲", school="乙", stage="primary", term="2019秋", cost_fen=100, reason="丙", by=liang)).code]


HANDLERS = KEEPERS | {"meng"}
def kept_before(place: str) -> list[object]:
    """A ledger of past years that waits to be looked at."""
    if place == "there" and not OpeningImport.objects.filter(code="OLD").exists():
        batch, liang = aid_of(INSIDE)[0], Officer.objects.get(username="liang")
        OpeningImport.objects.create(code="OLD", town=batch.town, name="x.csv", sha256=uploads.keep("OLD", ["户主,金额（元）\n某人,500\n".encode()]), source=batch.source, programme=batch.programme, title="x", by=liang, at=clock.now())
    return ["OLD" if place == "there" else "A0A0A0"]


WHOLE = frozenset({"liang", "meng"})  # who sees the town's whole ledger; the other town is not known here
OFFICE = {"liang": 422, "others": 404}
AID = {
    "aid:home": Address(FIELD | {"meng"}, posts=405),
    "aid:new_source": Address({"liang"}),
    "aid:source": Address(WHOLE, posts=OFFICE, args=drawn_from),
    "aid:new_programme": Address({"liang"}),
    "aid:entries": Address(WHOLE, posts=404),
    "aid:entries_file": Address(WHOLE, gets=405, posts=200),
    "aid:line": Address(FIELD | {"meng"}, posts=OFFICE, args=given, scoped=True),
    "aid:new_batch": Address({"liang"}),
    "aid:batch": Address(WHOLE, posts=OFFICE, args=prepared),
    "aid:print_sheets": Address({"liang"}, gets=405, posts=302, args=prepared),
    "aid:print_day": Address({"liang"}, gets=405, posts=404),  # no day asked for
    "aid:payment_list": Address({"liang"}, gets=405, posts=200, args=prepared),
    "aid:bank_reply": Address({"liang"}, gets=404, posts=404, args=prepared),  # it is paid in cash
    "aid:printed": Address({"liang"}, gets=410, posts=405, args=distribution_for_liang),
    "aid:information_card": Address(FIELD, posts=405, args=household(2017), scoped=True),
    "aid:openings": Address(WHOLE, posts=405),
    "aid:new_opening": Address({"liang"}),
    "aid:opening": Address(WHOLE, posts=OFFICE, args=kept_before),
    "aid:opening_columns": Address({"liang"}, posts=422, args=kept_before),
    "aid:find_sheet": Address(KEEPERS),
    "aid:sheet": Address(KEEPERS | {"meng"}, posts={"meng": 404, "others": 422}, args=to_sign, scoped=True),
    "aid:donors": Address(WHOLE, posts=405),
    "aid:new_donor": Address({"liang"}),
    "aid:donor": Address(WHOLE, posts=OFFICE, args=gives),
    "aid:new_pledge": Address({"liang"}, args=gives),
    "aid:pledge": Address(WHOLE, posts=OFFICE, args=promised),
    "aid:study": Address(HANDLERS, posts=405),  # the other town has none
    "aid:other_grants": Address(WHOLE, posts=OFFICE),
    "aid:new_application": Address(KEEPERS, args=household(), scoped=True),
    "aid:application": Address(HANDLERS, posts={"meng": 404, "others": 422}, args=asks_for_help, scoped=True),
    "aid:registration_form": Address(KEEPERS, gets=405, posts=200, args=asks_for_help, scoped=True),
    "aid:study_term": Address(WHOLE, posts=OFFICE, args=lambda place: ["2018春" if place == "there" else "1918春"]),
    "aid:farming": Address(FIELD, posts=404),  # no task is named
    "aid:farming_village": Address(FIELD, posts=405, args=lambda place: [place], scoped=True),
    "aid:intention": Address(FIELD, args=household(), scoped=True),
    "aid:direction": Address(KEEPERS, args=lambda place: [place], scoped=True),
    "aid:plan": Address({"liang"}, args=lambda place: [place], scoped=True),
    "aid:follow_ups": Address(FIELD | {"meng"}, posts=405, args=lambda place: [aid_of(place)[0].code if place != UNKNOWN else "A0A0A0"], scoped=True),
    "aid:follow_up": Address(FIELD, args=grown, scoped=True),
    "aid:income": Address(KEEPERS, posts=405),
    "aid:rounds": Address(WHOLE, posts=405),
    "aid:new_round": Address({"liang"}),
    "aid:round": Address(WHOLE, posts=OFFICE, args=rewarded),
    "aid:claim": Address(WHOLE, posts=OFFICE, args=lambda place: [RewardRound.objects.get(code=rewarded(place)[0]).claims.get().code] if place == "there" else ["A0A0A0"]),
}
def drafted(place: str) -> list[object]:
    return [Bulletin.objects.get().code if place == "there" else "A0A0A0"]


def counted_once(place: str) -> list[object]:
    """A figure of an issued bulletin beside the demo's draft."""
    if place == UNKNOWN:
        return ["A0A0A0"]
    draft, liang = Bulletin.objects.order_by("pk").first(), Officer.objects.get(username="liang")
    if (issued := Bulletin.objects.filter(position__isnull=False).first()) is None:
        issued = bulletins.issue(bulletin=bulletins.write(bulletin=None, town=draft.town, title="x", starts_on=draft.starts_on, ends_on=draft.ends_on, text="{慰问.户数}", by=liang), by=liang)
    return [issued.figures.first().code]


AID |= {
    "aid:wishes": Address(FIELD | {"meng"}, posts=405),
    "aid:new_wish": Address(FIELD, args=household(), scoped=True),
    "aid:wish": Address(FIELD | {"meng"}, posts=OFFICE, args=wished, scoped=True),
    "aid:notices": Address(WHOLE, posts=404),
    "aid:notice": Address(WHOLE, posts=OFFICE, args=written),
    "aid:notice_file": Address(WHOLE, gets=405, posts=200, args=lambda place: [*written(place), "notice.html"]),
    "aid:new_notice": Address({"liang"}, args=prepared),
    "aid:objection": Address(WHOLE, posts=OFFICE, args=objected),
    "aid:public_pages": Address(WHOLE, posts={"liang": 200, "others": 404}),
}
REPORTS = {
    "reports:bulletins": Address((FIELD | {"meng"}) - {"elsewhere"}),  # the other town is not known here
    "reports:new": Address({"liang"}),
    "reports:bulletin": Address(WHOLE, posts=405, args=drafted),  # a draft
    "reports:write": Address({"liang"}, args=drafted),
    "reports:issue": Address({"liang"}, gets=405, posts=302, args=drafted),
    "reports:word": Address(WHOLE, gets=405, posts=200, args=drafted),
    "reports:list": Address(WHOLE, gets=404, posts=405, args=drafted),  # no field asked for
    "reports:figure": Address((FIELD | {"meng"}) - {"elsewhere"}, posts=405, args=counted_once),
}
BASE = {
    "base:home": Address(SIGNED_IN, gets={"luo": 200, "others": 302}, posts={"luo": 200, "others": 302}),
    "base:trail": Address(AUDITOR, posts=405),
    "base:feedback": Address(EVERYBODY),
    "base:feedback_sent": Address(EVERYBODY, posts=405, args=said),
    "base:feedback_list": Address(CLERKS, posts=405),
    "base:feedback_answer": Address(CLERKS, args=said),
    "base:jobs": Address(ADMINISTRATOR, posts=405),
    "base:job": Address({"liang", "gan"}, posts=405, args=asked_for),  # liang asked for it
    "base:job_stop": Address({"liang", "gan"}, gets=405, posts=302, args=asked_for),
    "base:protection": Address(EVERYBODY, posts=405),
    "base:calendar": Address(SIGNED_IN, gets=302, posts=405),
    "base:calendar_year": Address(SIGNED_IN, posts=405, args=of_year),
    "base:calendar_days": Address(CLERKS, args=of_year),
    "base:calendar_rule": Address(CLERKS),
    "base:size": Address(EVERYBODY, gets=405, posts=302),
    "base:theme": Address(EVERYBODY, gets=405, posts=302),
    "base:language": Address(EVERYBODY, gets=405, posts=302),
}
ACCOUNTS = {
    "accounts:officers": Address(ADMINISTRATOR, posts=405),
    "accounts:new": Address(ADMINISTRATOR),
    "accounts:first": Address(EVERYBODY, gets=404, posts=404),  # somebody has an account
    "accounts:demo_sign_in": Address(EVERYBODY, gets=405, posts=404),  # an empty form names no officer
    "accounts:mine": Address(SIGNED_IN, posts=405),
    "accounts:officer": Address(ADMINISTRATOR, args=of("qin")),
    "accounts:close": Address(ADMINISTRATOR, posts=302, args=of("qin")),
    "accounts:reopen": Address(ADMINISTRATOR, posts=302, args=of("qin")),
    "accounts:password": Address(ADMINISTRATOR, posts=200, args=of("qin")),
    "accounts:second_factor": Address(ADMINISTRATOR, posts=302, args=of("qin")),
}
SIGNING_IN = {  # the sign-in library's; it answers 200 to a form with errors
    "account_login": Address(EVERYBODY, gets={"nobody": 200, "others": 302}, posts={"nobody": 200, "others": 302}),
    "account_logout": Address(SIGNED_IN, posts=302),
    "account_reauthenticate": Address(SIGNED_IN, posts=200),
    "account_change_password": Address(SIGNED_IN, posts=200),
    "account_set_password": Address(SIGNED_IN, gets=302, posts=302),  # it has one
    "mfa_authenticate": Address(EVERYBODY, gets=302, posts=302),  # only between password and second factor
    "mfa_reauthenticate": Address(SIGNED_IN, gets=302, posts=302),  # by the password, where there is no second factor
    "mfa_index": Address(SIGNED_IN, posts=405),
    "mfa_activate_totp": Address(SIGNED_IN, gets=302, posts=302),  # first the password again
    "mfa_deactivate_totp": Address(SIGNED_IN, gets=404, posts=404),  # there is none
    "mfa_view_recovery_codes": Address(SIGNED_IN, gets=404, posts=405),
    "mfa_generate_recovery_codes": Address(SIGNED_IN, gets=302, posts=302),
    "mfa_download_recovery_codes": Address(SIGNED_IN, gets=404, posts=404),
}
ADDRESSES = REGISTRY | CHAIN | VISITS | AID | REPORTS | BASE | ACCOUNTS | SIGNING_IN


def served(resolver, space=""):
    """Return every name the project serves, and the pattern of those without."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from served(one, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            yield f"{space}{one.name}" if one.name else str(one.pattern)


def test_every_address_has_an_entry():
    assert set(served(get_resolver())) - LEFT_OUT - set(ADDRESSES) == set()


def test_every_entry_has_an_address():
    assert (set(ADDRESSES) | LEFT_OUT) - set(served(get_resolver())) == set()


def test_no_name_stands_for_two_addresses():
    assert [name for name, count in Counter(served(get_resolver())).items() if count > 1] == []


@pytest.fixture
def everybody(officers):
    """The five of the demo and two of its cadres, a clerk of another town, and something somebody said; each has a password."""
    elsewhere = open_account(username="elsewhere", name="外人", role=Role.TOWN_CLERK, area="450481109000", password=None)
    feedback.send(text="字太小", page="")
    jobs.ask("verify_trail", by="liang")
    handover.keep(plan=handover.Plan([]), label="x", document_no="", town=Area.objects.get(code="450481108000"), by=officers["liang"])
    Upload.objects.create(code="UUUUUUUU", name="x.xlsx", sha256="0" * 64, area="450481108000", by=officers["liang"], at=clock.now(), state="preview",
                          data_date=clock.today())
    uploads.keep("UUUUUUUU", [Path(__file__).parents[1].joinpath("files", "paper", "系统.xlsx").read_bytes()])
    for officer in (everyone := [*(officers[name] for name in sorted(SIGNED_IN - CADRES - {"elsewhere"})), *Officer.objects.filter(username__in=CADRES), elsewhere]):
        officer.password = "unsalted$invented"  # usable, and never asked for here
        officer.save(update_fields=["password"])
    return {officer.username: officer for officer in everyone}


def counted():
    """Rows of every table, in one question; a session is not what anybody enters."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.label != "sessions.Session"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT COUNT(*) FROM {table})" for table in tables))
        return dict(zip(tables, cursor.fetchone(), strict=True))


def plain(answer, address):
    """An answer without what differs from one request to the next: the form's token, and the address asked for."""
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode()).replace(f'value="{address}"', "").replace(f'?page={address}"', "")


def wrong(client, everybody, name, who):
    """Return what an address answers otherwise than its entry says."""
    entry, shut, found = ADDRESSES[name], {}, []
    for place in entry.places():
        address = reverse(name, args=entry.args(place) if entry.args else [])
        for method in ("get", "post"):
            client.logout()
            if who != "nobody":
                client.force_login(everybody[who], backend="django.contrib.auth.backends.ModelBackend")
            before, expected = counted(), entry.expected(method, who, place)
            answer = getattr(client, method)(address)
            if answer.status_code != expected:
                found.append(f"{method} {name} {who} {place}: {answer.status_code}, not {expected} {answer.headers.get('Location', '')}")
            if (expected in (403, 404, 405, 422) or who not in entry.may) and counted() != before:
                found.append(f"{method} {name} {who} {place}: rows changed")
            if expected == 302 and who not in entry.may and answer.status_code == 302 and not answer.url.startswith(reverse("account_login")):
                found.append(f"{method} {name} {who} {place}: not led to sign in")
            if expected == 404:
                shut.setdefault(method, set()).add(plain(answer, address))
    if any(len(answers) > 1 for answers in shut.values()):
        found.append(f"{name} {who}: what lies outside is answered otherwise than what is unknown")
    return found


@pytest.mark.parametrize("name", ADDRESSES)
def test_every_address_answers_by_role_and_scope_and_who_may_not_changes_nothing(client, everybody, name):
    found = []
    for who in sorted(EVERYBODY):
        with transaction.atomic():  # each begins with what the others began with
            found += wrong(client, everybody, name, who)
            transaction.set_rollback(True)
    assert found == []


@pytest.mark.parametrize("name", [name for name, entry in ADDRESSES.items() if entry.scoped and entry.may >= CADRES])
def test_a_caseworker_reaches_own_households_only_in_a_village_of_ones_own(client, everybody, name):
    client.force_login(everybody["ren3z"], backend="django.contrib.auth.backends.ModelBackend")
    own = Household.objects.in_scope(everybody["ren3z"])
    others = Household.objects.filter(village=INSIDE).exclude(pk__in=own)
    if ADDRESSES[name].args in (handed_out, visited):
        model, path = (Sheet, "slot__household__in") if ADDRESSES[name].args is handed_out else (Visit, "household__in")
        args = [model.objects.filter(**{path: others}).first().code]
    else:
        args = ADDRESSES[name].args(INSIDE)
        if args[-1] == INSIDE:  # a village: its page holds none of the others
            page = client.get(reverse(name, args=args)).content.decode()
            assert not [one.code for one in others if one.code in page]
            return
        args[0] = others.first().code
    before = counted()
    assert [getattr(client, method)(reverse(name, args=args)).status_code for method in ("get", "post")] in ([404, 404], [404, 405])
    assert own.exists() and others.exists() and counted() == before


DOORS = {  # what is taken away, and by what it is put out of work
    "scope of households": (HouseholdQuerySet, "in_scope", lambda rows, officer: rows),
    "door to a household": (views, "household_for", lambda officer, code: Household.objects.select_related("village", "source").filter(code=code).first()
                            or not_there()),
    "door to a village": (views, "village_for", lambda officer, code: Area.objects.filter(code=code).first() or not_there()),
    "door to the town": (views, "town_for", lambda officer: Area.objects.get(code="450481108000")),
    "door to the areas": (views, "may_write_areas", lambda officer: None),
    "door to the accounts": (accounts, "administrator_only", lambda officer: None),
    "role of the trail's reader": (Officer, "reads_trail", property(lambda officer: True)),
    "role that answers feedback": (Officer, "answers_feedback", property(lambda officer: True)),
    "role that runs the office": (Officer, "runs_the_office", property(lambda officer: True)),
    "role that sees households": (Officer, "sees_households", property(lambda officer: True)),
}


def not_there():
    raise Http404


@pytest.mark.parametrize("door", DOORS)
def test_the_matrix_notices_a_door_that_is_gone(client, everybody, monkeypatch, door):
    place, name, without = DOORS[door]
    monkeypatch.setattr(place, name, without)
    names = [one for one in ADDRESSES if one.startswith(("registry:", "base:", "accounts:"))]
    assert any(wrong(client, everybody, one, who) for one in names for who in ("elsewhere", "qin", "gan", "yan"))


@pytest.mark.parametrize("who", sorted(SIGNED_IN))
def test_what_is_shut_reads_the_same_on_every_address(client, everybody, who):
    client.force_login(everybody[who], backend="django.contrib.auth.backends.ModelBackend")
    answers = set()
    for name, entry in ADDRESSES.items():
        for place in entry.places():
            if entry.expected("get", who, place) == 404:
                address = reverse(name, args=entry.args(place) if entry.args else [])
                answers.add(re.sub(r' aria-current="page"', "", plain(client.get(address), address)))
    assert len(answers) == 1
