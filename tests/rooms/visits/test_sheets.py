"""Sheets: printed with a code, read back from the picture of the page, typed back by what differs; a sheet is settled once."""

from datetime import date

import pytest
from django.urls import reverse

from bangfu.base import clock
from bangfu.base.codes import LETTERS, checked, new_code, with_check
from bangfu.visits import queries
from bangfu.visits.models import Commitment, Issue, Sheet, Visit, VisitDay
from bangfu.visits.rules import WAITING, State
from tests.rooms.visits.test_visits import LAST, VILLAGE, due, later, state_of, today  # noqa: F401


@pytest.fixture
def sheets(signed_in, today):  # noqa: F811
    """The village's sheets of the day, printed; gives the client, the page and its address."""
    client, page = signed_in("qin"), reverse("visits:sheets", args=[LAST, VILLAGE])
    client.post(page)
    return client, client.get(page), page


def test_any_one_wrong_letter_and_any_two_in_the_wrong_order_are_noticed():
    for _ in range(200):
        code = with_check(new_code())
        assert checked(code) == code[:-1] and checked(f" {code[:4].lower()}-{code[4:]} ") == code[:-1]
        for at in range(len(code)):
            for other in LETTERS:
                assert other == code[at] or checked(code[:at] + other + code[at + 1:]) is None
        for at in range(len(code) - 1):
            turned = code[:at] + code[at + 1] + code[at] + code[at + 2:]
            assert turned == code or checked(turned) is None
    assert checked("") is None and checked("O0") is None


def test_every_slot_has_one_sheet_however_often_it_is_printed(sheets, officers, today):  # noqa: F811
    client, page, where = sheets
    said = queries.states(today, slots := queries.slots(today, officers["qin"]), clock.now())
    waiting = [slot for slot in slots if said[slot.pk].state in WAITING]
    assert 0 < len(waiting) < len(slots)  # who was seen needs none
    assert page.content.decode().count('class="sheet"') == len(waiting) == Sheet.objects.filter(slot__in=waiting, settled_at=None).count()
    before = Sheet.objects.count()
    client.post(where)
    assert Sheet.objects.count() == before


def test_a_sheet_says_what_is_open_and_nothing_that_is_masked(signed_in, due, officers):  # noqa: F811
    Commitment.objects.create(code="OPEN2", household=due.household, text="把申请表带来", by=officers["qin"], at=clock.now(), due_on=date(2017, 11, 2))
    client, where = signed_in("qin"), reverse("visits:sheets", args=[LAST, VILLAGE]) + f"?household={due.household.code}"
    client.post(where)
    text = client.get(where).content.decode()
    assert text.count('class="sheet"') == 1 and "把申请表带来" in text and due.caseworker.name in text
    numbers = [one.person.sealed.get("certificate_no") for one in due.household.members.all()]
    assert numbers and "450499" not in text


def test_what_is_written_is_typed_back_once_and_closes_what_it_says(signed_in, due, officers, monkeypatch):  # noqa: F811
    item = Issue.objects.create(code="OPEN3", household=due.household, text="要鸡苗", by=officers["qin"], at=clock.now())
    client, where = signed_in("qin"), reverse("visits:sheets", args=[LAST, VILLAGE]) + f"?household={due.household.code}"
    client.post(where)
    sheet = Sheet.objects.get(slot=due, settled_at=None)
    later(monkeypatch, 2017, 10, 24, 9)  # the window is closed, the deadline is not
    assert state_of(due) is State.SILENT
    found = client.post(reverse("visits:find_sheet"), {"code": with_check(sheet.code).lower()})
    assert found.status_code == 302 and found.url == reverse("visits:sheet", args=[sheet.code])
    page = client.get(found.url)
    given = {name: page.context["form"][name].value() or "" for name in page.context["form"].fields} | {"found": "领到二十羽", "end-OPEN3": "领到了"}
    given["visited_on"] = "2017-10-19"  # stood there already
    for _ in range(2):
        answer = client.post(found.url, given, follow=True)
    assert "已经录过了" in answer.content.decode()
    visit = Visit.objects.get(sheet=sheet.code)
    assert visit.found == "领到二十羽" and [one.officer for one in visit.went.all()] == [due.caseworker] and state_of(due) is State.DONE_ON_DAY
    assert Issue.objects.get(pk=item.pk).outcome == "领到了" and Sheet.objects.get(pk=sheet.pk).settled_at


def test_a_blank_sheet_confirms_that_nobody_went(signed_in, due, monkeypatch):  # noqa: F811
    client, where = signed_in("qin"), reverse("visits:sheets", args=[LAST, VILLAGE]) + f"?household={due.household.code}"
    client.post(where)
    sheet = Sheet.objects.get(slot=due, settled_at=None)
    client.post(reverse("visits:sheet", args=[sheet.code]), {"act": "blank"})
    later(monkeypatch, 2017, 10, 24, 9)
    assert Sheet.objects.get(pk=sheet.pk).blank and state_of(due) is State.MISSED


def test_a_wrong_code_and_somebody_elses_sheet_read_the_same(sheets):
    client, _page, _where = sheets
    other = Sheet.objects.exclude(slot__household__village=VILLAGE).first()
    for code, words in ((with_check(other.code), "没有这张表"), (with_check("ZZZZZZZZ"), "没有这张表"), (with_check(other.code)[:-1] + ("A" if with_check(other.code)[-1] != "A" else "B"), "编号不对"), ("", "请写编号")):
        answer = client.post(reverse("visits:find_sheet"), {"code": code})
        assert answer.status_code == 422 and words in answer.content.decode(), code


def test_the_days_of_a_past_window_are_still_there_to_be_printed(signed_in, db):
    day = VisitDay.objects.order_by("date").first()
    assert signed_in("liang").get(reverse("visits:sheets", args=[str(day.date), VILLAGE])).status_code == 200
