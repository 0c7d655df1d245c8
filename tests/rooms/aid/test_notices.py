"""Public notices: the period, the gate on the finished files, objections that hold a row back; case 46."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.urls import reverse

from bangfu.aid import batches, notice_files, objections, publishing
from bangfu.aid.errors import NotNow, Refused
from bangfu.aid.models import BatchState, Programme, PublicNotice
from bangfu.base import clock
from bangfu.documents.gate import columns
from bangfu.documents.text import text_of
from bangfu.registry.models import Member
from bangfu.registry.shown import mask_child

from .conftest import TODAY
from .listed import covered, filled


@pytest.fixture
def batch(made, homes, officers):
    found = filled(made("慰问"), homes[:4], officers)
    Programme.objects.filter(pk=found.programme_id).update(needs_notice=True)
    covered(found, officers)
    batches.check(batch=found, by=officers["liang"])
    found.refresh_from_db()
    return found


@pytest.fixture
def draft(batch, officers):
    def make(**changed):
        said = {"title": "慰问金发放公示", "words": "", "names": "full_name", "days": 10, "working_days": False, "place": "村公示栏", "phone": "0774-8000000", "office": "大业镇扶贫办"} | changed
        return publishing.draft(batch=batch, by=officers["liang"], **said)

    return make


def later(monkeypatch, days):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=days))


def test_payment_waits_for_the_whole_period_and_for_answers(batch, draft, officers, monkeypatch):
    with pytest.raises(NotNow, match="还没有公示"):
        batches.approve(batch=batch, by=officers["meng"])
    notice = publishing.put_up(notice=draft(), by=officers["liang"])
    assert (notice.up_on, notice.last_day) == (TODAY, TODAY + timedelta(days=10))
    with pytest.raises(NotNow, match="还没有满期"):
        batches.approve(batch=batch, by=officers["meng"])
    first, second = batch.candidates.order_by("place")[:2]
    objection = objections.enter(notice=notice, candidate=first, way="by_phone", text="他家有小汽车", owner=officers["qin"], by=officers["liang"])
    later(monkeypatch, 10)
    with pytest.raises(NotNow, match="还没有满期"):  # the last day ends at midnight
        batches.approve(batch=batch, by=officers["meng"])
    later(monkeypatch, 1)
    lines = batches.approve(batch=batch, by=officers["meng"])
    assert [line.number for line in lines] == [2, 3, 4] and second.place == 2  # rows without objection are not held back
    with pytest.raises(NotNow, match="还有异议"):
        publishing.take_down(notice=notice, conclusion="", by=officers["liang"])
    with pytest.raises(Refused, match="没有答复不能办结"):
        objections.answer(objection=objection, words=" ", upheld=False, by=officers["liang"])
    objections.answer(objection=objection, words="车是儿子单位的", upheld=False, by=officers["liang"])
    assert objections.text_of(objection) == ("他家有小汽车", "车是儿子单位的")
    (line,) = batches.approve(batch=batch, by=officers["meng"])
    assert line.number == 1
    assert publishing.take_down(notice=notice, conclusion="无异议", by=officers["liang"]).state == "ended"


def test_a_notice_taken_down_early_begins_again(batch, draft, officers, monkeypatch):
    notice = publishing.put_up(notice=draft(), by=officers["liang"])
    later(monkeypatch, 4)
    assert publishing.take_down(notice=notice, conclusion="风吹掉了", by=officers["liang"]).state == "taken_down"
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED
    later(monkeypatch, 20)
    with pytest.raises(NotNow):
        batches.approve(batch=batch, by=officers["meng"])


@pytest.mark.parametrize(("up_on", "days", "working", "last"), [
    (date(2017, 10, 20), 10, False, date(2017, 10, 30)), (date(2017, 9, 25), 6, True, date(2017, 10, 9)),  # over the holiday, with the make-up day
    (date(2017, 10, 20), 5, True, date(2017, 10, 27)),
])  # fmt: skip
def test_the_day_of_posting_does_not_count(db, up_on, days, working, last):
    assert publishing.last_day(up_on, days, working) == last


def test_fewer_than_ten_days_are_refused(draft):
    with pytest.raises(Refused, match="至少 10 天"):
        draft(days=7)
    assert draft(days=8, working_days=True).days == 8  # more than ten by the calendar


def test_what_was_published_is_kept_to_the_byte_and_read_in_every_format(draft, officers, homes, signed_in):
    notice = publishing.put_up(notice=draft(), by=officers["liang"])
    head = Member.objects.get(household=homes[0], ends_on=None, relation_to_head="户主").person.name
    client = signed_in("liang")
    for file in notice.files.all():
        content = client.post(reverse("aid:notice_file", args=[notice.code, file.name])).content
        assert content == publishing.file_of(notice, file.name)
        text = text_of(file.name, content)
        assert head in text and "500 元" in text and "0774-8000000" in text.replace(" ", "") and homes[0].code not in text
    assert {"notice.html", "notice.xlsx", "notice.docx"} <= {file.name for file in notice.files.all()}


def test_heads_may_be_masked_and_a_minor_head_always_is(draft, homes):
    person = Member.objects.get(household=homes[0], ends_on=None, relation_to_head="户主").person
    person.birth_date = TODAY - timedelta(days=16 * 365)
    person.save()
    rows = notice_files.rows_of(draft())
    assert rows[0].head == mask_child(person.name) and rows[0].named == ""
    assert all("*" in row.head for row in notice_files.rows_of(draft(names="masked_name")))


@pytest.mark.parametrize("words", ["户主证件 450499198001010" + "02X", "联系 138 0000" + " 0000", "卡号 6228480000000000" + "000", "户主患有尿毒症", "孩子在思回小学"])
def test_the_gate_refuses_what_was_put_into_a_note(draft, officers, words):
    notice = draft(words=words)
    with pytest.raises(Refused) as refused:
        publishing.put_up(notice=notice, by=officers["liang"])
    assert all(f"{name} 里有" in str(refused.value) for name in ("notice.html", "notice.xlsx", "notice.docx"))
    notice.refresh_from_db()
    assert notice.state == "draft" and not notice.files.exists()


def test_a_childs_name_is_never_cleared_and_an_adults_by_a_second_person(draft, officers, homes):
    one, other = Member.objects.filter(household__in=homes[5:], ends_on=None, relation_to_head="户主").select_related("person")[:2]
    other.person.birth_date = TODAY - timedelta(days=10 * 365)
    other.person.save()
    notice = draft(words=f"由{one.person.name}监督")
    with pytest.raises(Refused, match="姓名"):
        publishing.put_up(notice=notice, by=officers["liang"])
    with pytest.raises(NotNow, match="不能自己放行"):
        publishing.clear(notice=notice, name=one.person.name, reason="本人同意", by=officers["liang"])
    publishing.clear(notice=notice, name=one.person.name, reason="本人同意", by=officers["meng"])
    assert publishing.put_up(notice=notice, by=officers["liang"]).state == "up"
    child = draft(words=f"{other.person.name}领取")
    with pytest.raises(Refused, match="儿童"):
        publishing.clear(notice=child, name=other.person.name, reason="x", by=officers["meng"])
    with pytest.raises(Refused, match="儿童姓名"):
        publishing.put_up(notice=child, by=officers["liang"])


def test_case_46_forbidden_columns_cannot_be_published_and_the_list_ends_on_its_day(draft, officers, town, signed_in, monkeypatch):
    """A 公示 from 姓名, 身份证号, 电话, 监护人, 账号, 健康状况: these columns cannot be published; the list ends on its date and is taken down."""
    for name in ("身份证号", "电话", "监护人", "账号", "健康状况"):
        assert columns([*notice_files.COLUMNS, name])
    assert columns(notice_files.COLUMNS) == []
    monkeypatch.setattr(notice_files, "COLUMNS", (*notice_files.COLUMNS, "身份证号"))
    with pytest.raises(Refused, match="不能公开的列"):
        publishing.put_up(notice=draft(), by=officers["liang"])
    monkeypatch.undo()
    notice = publishing.put_up(notice=draft(), by=officers["liang"])
    client = signed_in("liang")
    package = zipfile.ZipFile(io.BytesIO(client.post(reverse("aid:public_pages")).content))
    assert f"notice_{notice.code}.html" in package.namelist()
    later(monkeypatch, 11)
    package = zipfile.ZipFile(io.BytesIO(client.post(reverse("aid:public_pages")).content))
    assert not any(name.startswith("notice") for name in package.namelist())
    assert "期满了还贴着" in client.get(reverse("aid:notices")).content.decode()


def test_an_objection_needs_a_notice_that_is_up(draft, officers, signed_in):
    notice = draft()
    with pytest.raises(NotNow):
        objections.enter(notice=notice, candidate=None, way="by_phone", text="x", owner=officers["qin"], by=officers["liang"])
    publishing.put_up(notice=notice, by=officers["liang"])
    client = signed_in("liang")
    said = {"act": "objection", "objection-place": "9", "objection-way": "by_phone", "objection-text": "x", "objection-owner": f"{officers['qin'].pk}"}
    assert "名单上没有这一行" in client.post(reverse("aid:notice", args=[notice.code]), said).content.decode()
    assert client.post(reverse("aid:notice", args=[notice.code]), said | {"objection-place": "2"}).status_code == 302
    made = PublicNotice.objects.get(pk=notice.pk).objections.get()
    assert (made.candidate.place, made.due_on) == (2, date(2017, 10, 27))
