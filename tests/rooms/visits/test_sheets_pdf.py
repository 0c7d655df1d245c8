"""All sheets of a day as one PDF: as many pages as households to go to, a code to read on each, for a day, for who asked."""

import io
import json
import threading
from datetime import timedelta
from html.parser import HTMLParser

import pytest
import typst
import zxingcpp
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from bangfu.base import clock, jobs, typesetting
from bangfu.base.models import Job, TrailEntry
from bangfu.visits import queries, sheets_pdf
from bangfu.visits.models import Commitment, Sheet, VisitDay
from bangfu.visits.rules import WAITING

DAY = "2017-10-19"
needs_font = pytest.mark.skipif(not set(typesetting.FONTS) & set(typst.Fonts().families()), reason="needs a Chinese font")


@pytest.fixture
def asked(signed_in, settings):
    """A client whose officer asked for the PDF, the job, and the worker's word."""
    settings.PERIODIC = {}

    def ask(username):
        client = signed_in(username)
        for _double_click in range(2):
            client.post(reverse("visits:all_sheets", args=[DAY]))
        jobs.worker(threading.Event(), once=True)
        return client, Job.objects.get(kind="sheets_pdf", by=username)

    return ask


def waiting(officer):
    day = VisitDay.objects.get(date=DAY)
    said = queries.states(day, found := queries.slots(day, officer), clock.now())
    return [slot for slot in found if said[slot.pk].state in WAITING]


@needs_font
def test_every_household_to_go_to_has_a_page_and_a_code(asked, officers):
    n = len(waiting(officers["qin"]))
    client, job = asked("qin")
    assert (job.state, job.said[:len(str(n))]) == ("done", str(n)) and n > 1
    pdf = client.get(reverse("visits:sheets_file", args=[job.code]))
    assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF") and pdf.headers["Cache-Control"] == "no-store"
    assert pdf.content.count(b"/Type/Page/") + pdf.content.count(b"/Type /Page\n") + pdf.content.count(b"/Type/Page\n") == n
    assert Sheet.objects.filter(slot__in=waiting(officers["qin"]), settled_at=None).count() == n
    assert reverse("visits:sheets_file", args=[job.code]) in client.get(reverse("base:job", args=[job.code])).content.decode()
    assert TrailEntry.objects.filter(act="exported", who="qin", result__startswith=f"走访表，{n} 户").count() == 1


@needs_font
def test_the_file_is_for_who_asked_and_for_a_day(asked, signed_in, officers):
    client, job = asked("ren3z")
    assert job.said.startswith(str(len(waiting(officers["ren3z"]))))
    where = reverse("visits:sheets_file", args=[job.code])
    assert client.get(where).status_code == 200 and signed_in("liang").get(where).status_code == 404
    Job.objects.filter(pk=job.pk).update(ended_at=timezone.now() - timedelta(days=1, minutes=1))
    sheets_pdf.forget_old()
    assert signed_in("ren3z").get(where).status_code == 410


@needs_font
def test_what_stands_on_a_page_is_what_the_page_to_print_says(officers, monkeypatch):
    handed = {}
    monkeypatch.setattr(typesetting.typst, "compile", lambda _path, sys_inputs: handed.update(json.loads(sys_inputs["said"])) or b"%PDF")
    list(sheets_pdf.make(Job(kind="sheets_pdf", code="AAAA", about=DAY, by="ren3z")))
    own = waiting(officers["ren3z"])
    assert [one["caseworker"] for one in handed["sheets"]] == [officers["ren3z"].name] * len(own)
    numbers = [member.person.sealed.get("certificate_no") for slot in own for member in slot.household.members.all()]
    assert any(numbers) and "4504" not in json.dumps([{**one, "qr": ""} for one in handed["sheets"]], ensure_ascii=False)


def test_a_computer_without_a_chinese_font_says_what_to_do(asked, monkeypatch):
    monkeypatch.setattr(typesetting, "FONTS", ())
    _client, job = asked("qin")
    assert job.state == "failed" and "中文字体" in job.said and "浏览器打印" in job.said


class Filled(HTMLParser):
    """What a page's form would send as it stands: nobody has typed anything yet."""

    def __init__(self, page):
        super().__init__()
        self.said, self.area, self.select = {}, "", ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        one = dict(attrs)
        if tag == "input" and one.get("name") and one.get("type") not in ("submit", "search") and (one.get("type") not in ("checkbox", "radio") or "checked" in one):
            self.said.setdefault(one["name"], []).append(one.get("value") or "")
        elif tag == "textarea":
            self.area = one["name"]
            self.said[self.area] = [""]
        elif tag == "select":
            self.select = one["name"]
        elif tag == "option" and "selected" in one:
            self.said.setdefault(self.select, []).append(one["value"])

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = ""

    def handle_data(self, text):
        if self.area:
            self.said[self.area][0] += text.lstrip("\n")


@needs_font
def test_a_printed_sheet_is_read_from_its_picture_filled_in_and_typed_back(signed_in, officers, monkeypatch):
    me, handed = officers["ren3z"], {}
    slot = waiting(me)[0]
    due = Commitment.objects.create(code="OPEN9", household=slot.household, text="把申请表带来", owner=me, by=me, at=clock.now(), due_on=clock.today())
    monkeypatch.setattr(typesetting.typst, "compile", lambda _path, sys_inputs: handed.update(sys_inputs) or b"%PDF")
    list(sheets_pdf.make(Job(kind="sheets_pdf", code="AAAA", about=DAY, by="ren3z")))
    monkeypatch.undo()
    pictures = typst.compile(sheets_pdf.TEMPLATE, sys_inputs=handed, format="png", ppi=110)
    pictures = [pictures] if isinstance(pictures, bytes) else pictures  # of one page
    sheet = Sheet.objects.get(slot=slot, settled_at=None)
    codes = [zxingcpp.read_barcodes(Image.open(io.BytesIO(one)))[0].text for one in pictures]
    at = next(number for number, code in enumerate(codes) if code.startswith(sheet.code))
    assert len(codes) == len(waiting(me)) and "把申请表带来" in json.loads(handed["said"])["sheets"][at]["open"][0]
    client = signed_in("liang")
    page = client.post(reverse("visits:find_sheet"), {"code": codes[at]}, follow=True)
    said = Filled(page.content.decode()).said
    said = {name: values for name, values in said.items() if name not in ("asked", "csrfmiddlewaretoken", "next")}
    assert said["went"] == [str(me.pk)] and said["visited_on"] == [DAY]  # known already, nobody types it
    answer = client.post(page.redirect_chain[-1][0], said | {"found": ["申请表收到了"], f"end-{due.code}": ["交了"]})
    assert answer.status_code == 302
    due.refresh_from_db()
    visit = queries.visits_of(slot.household)[0]
    assert (visit.visited_on.isoformat(), visit.found, visit.sheet, due.outcome, due.ended_on is not None) == (DAY, "申请表收到了", sheet.code, "交了", True)
    assert slot.pk not in {one.pk for one in waiting(me)} and Sheet.objects.get(pk=sheet.pk).settled_at
