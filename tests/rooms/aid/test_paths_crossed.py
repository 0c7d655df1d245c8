"""Where two right paths cross: a transfer that came back beside goods, a list opened again after its notice, money that comes back to a batch that ended."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bangfu.aid import (
    accounts,
    batches,
    distribution,
    ledger,
    movements,
    objections,
    payments,
    public_site,
    publishing,
    queries,
    verify,
    wishes,
)
from bangfu.aid.errors import NotNow
from bangfu.aid.models import Commodity, Line, Lot, Programme, Receipt
from bangfu.base import clock
from bangfu.base.codes import new_code
from bangfu.base.errors import Refused
from bangfu.registry.models import Area
from bangfu.reports import actions as bulletins
from bangfu.reports.fields import parse

from .conftest import TODAY
from .listed import approved, covered, filled


@pytest.fixture
def quilts(officers, town):
    """A function that puts quilts of a batch's source into the store: quilts(batch, n) -> lot."""
    def store(batch, n):
        quilt = Commodity.objects.get_or_create(code="quilt", defaults={"name": "棉被", "unit": "床"})[0]
        lot = Lot.objects.create(code=new_code(), source=batch.source, commodity=quilt, on=TODAY)
        movements.take_into_store(lot=lot, quantity=n, on=TODAY, by=officers["liang"], key=f"quilts {lot.code}")
        return lot

    return store


def later(monkeypatch, days):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=days))


def mixed(batch, homes, officers, quilts):
    """A batch of 500 元 and a quilt each, approved."""
    lot = quilts(batch, len(homes))
    batches.set_standard(batch=batch, name="一般户", commodity=lot.commodity, quantity=1, lot=lot)
    return approved(batch, homes, officers)


def test_a_transfer_that_came_back_is_paid_again_and_its_goods_are_not_given_twice(made, homes, officers, quilts):
    batch = mixed(made("慰问", by_bank=True), homes[:2], officers, quilts)
    money = [line for line in payments.waiting(batch) if line.commodity.is_money]
    payments.enter(batch=batch, replies=[payments.Reply(2, payments.number(money[0]), False, "户名不符", None)], on=TODAY, by=officers["liang"])
    (again,) = batches.approve(batch=batch, by=officers["meng"])
    assert (again.household, again.commodity_id) == (money[0].household, "fen")
    assert Line.objects.standing().filter(commodity="quilt").count() == 2


def test_a_reply_entered_again_after_its_receipts_were_made_void_is_entered(made, homes, officers):
    batch = approved(made("助学", by_bank=True), homes[:1], officers)
    (line,) = payments.waiting(batch)
    replies = [payments.Reply(2, payments.number(line), True, "", None)]
    payments.enter(batch=batch, replies=replies, on=TODAY, by=officers["liang"])
    movements.cancel_signature(receipt=Receipt.objects.get(), reason="录错了日子", by=officers["liang"], key="c")
    assert payments.enter(batch=batch, replies=replies, on=TODAY - timedelta(days=1), by=officers["liang"]) == (1, 0)
    assert Receipt.objects.standing().get().on == TODAY - timedelta(days=1)


@pytest.fixture
def disclosed(made, homes, officers):
    batch = filled(made("慰问"), homes[:3], officers)
    Programme.objects.filter(pk=batch.programme_id).update(needs_notice=True)
    covered(batch, officers)
    batches.check(batch=batch, by=officers["liang"])
    batch.refresh_from_db()
    return batch


def noticed(batch, officers):
    made = publishing.draft(batch=batch, title="公示", words="", names="full_name", days=10, working_days=False, place="公示栏", phone="0774-8000000", office="镇扶贫办", by=officers["liang"])
    return publishing.put_up(notice=made, by=officers["liang"])


def test_a_list_that_was_opened_again_is_disclosed_anew_for_its_whole_period(disclosed, officers, homes, monkeypatch):
    noticed(disclosed, officers)
    later(monkeypatch, 11)
    early = publishing.draft(batch=disclosed, title="再公示", words="", names="full_name", days=10, working_days=False, place="x", phone="0774-8000000", office="x", by=officers["liang"])
    batches.back_to_draft(batch=disclosed, by=officers["liang"])
    with pytest.raises(NotNow, match="审核以后"):
        publishing.put_up(notice=early, by=officers["liang"])  # the list is no longer what it was
    movements.receive(source=disclosed.source, fen=50_000, on=clock.today(), by=officers["liang"], key="more")
    batches.add(batch=disclosed, household=homes[4], standard="一般户")
    disclosed.refresh_from_db()
    batches.check(batch=disclosed, by=officers["liang"])
    disclosed.refresh_from_db()
    noticed(disclosed, officers)
    with pytest.raises(NotNow, match="还没有满期"):
        batches.approve(batch=disclosed, by=officers["meng"])


def test_an_upheld_objection_goes_on_holding_its_row(disclosed, officers, monkeypatch):
    notice = noticed(disclosed, officers)
    first = disclosed.candidates.order_by("place").first()
    one = objections.enter(notice=notice, candidate=first, way="by_phone", text="有车", owner=officers["qin"], by=officers["liang"])
    objections.answer(objection=one, words="属实", upheld=True, by=officers["liang"])
    later(monkeypatch, 11)
    assert [line.number for line in batches.approve(batch=disclosed, by=officers["meng"])] == [2, 3]
    with pytest.raises(NotNow, match="没有可以发的行"):
        batches.approve(batch=disclosed, by=officers["meng"])


def test_a_row_somebody_objected_to_is_left_out_and_not_deleted(disclosed, officers):
    first = disclosed.candidates.order_by("place").first()
    objections.enter(notice=noticed(disclosed, officers), candidate=first, way="by_phone", text="有车", owner=officers["qin"], by=officers["liang"])
    batches.back_to_draft(batch=disclosed, by=officers["liang"])
    assert batches.take_off(batch=disclosed, keys=list(disclosed.candidates.values_list("pk", flat=True)), by=officers["liang"]) == 3
    (kept,) = disclosed.candidates.all()
    assert (kept.pk, kept.left_out_by) == (first.pk, officers["liang"])


@pytest.mark.parametrize("how", ["reverse", "refund"])
def test_money_that_comes_back_to_a_batch_that_ended_goes_home_to_its_source(made, homes, officers, how):
    batch = approved(made("慰问"), homes[:1], officers)
    (sheet,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    rows = distribution.rows_of(sheet)
    distribution.type_back(sheet=sheet, rows=rows, typed=distribution.read("", rows), on=TODAY, distributors=(officers["qin"], officers["zu3"]), witness=None, by=officers["liang"])
    batches.close(batch=batch, by=officers["liang"], reason="")
    line = batch.lines.get()
    if how == "reverse":
        movements.reverse(line=line, reason="退回", by=officers["liang"], key="r", came_back=True)
    else:
        movements.refund(line=line, quantity=50_000, reason="退回", by=officers["liang"], key="r")
    assert ledger.there(accounts.of_source(batch.source), "fen") == 50_000 and ledger.there(accounts.of_batch(batch), "fen") == 0


def test_a_sheet_with_a_reversed_commodity_is_typed_back_and_a_partly_received_row_closes(made, homes, officers, quilts, signed_in):
    batch = mixed(made("慰问"), homes[:2], officers, quilts)
    (sheet,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    movements.reverse(line=batch.lines.get(number=1, commodity="quilt"), reason="被子湿了", by=officers["liang"], key="wet")
    rows = distribution.rows_of(sheet)
    assert rows[0].what == "500 元"
    said = {"on": TODAY, "distributors": (officers["qin"], officers["zu3"]), "witness": None, "by": officers["liang"]}
    assert distribution.type_back(sheet=sheet, rows=rows, typed=distribution.read("", rows), **said) == (2, 0, 0)
    goods = made("米")
    rice = Commodity.objects.create(code="rice", name="大米", unit="斤")
    lot = Lot.objects.create(code=new_code(), source=goods.source, commodity=rice, on=TODAY)
    movements.take_into_store(lot=lot, quantity=100, on=TODAY, by=officers["liang"], key="rice")
    batches.add(batch=goods, household=homes[5], commodity=rice, quantity=100, lot=lot)
    covered(goods, officers)
    batches.check(batch=goods, by=officers["liang"])
    batches.approve(batch=goods, by=officers["meng"])
    goods.refresh_from_db()
    (sheet,) = distribution.sheets_by_village(batch=goods, by=officers["liang"])
    rows = distribution.rows_of(sheet)
    distribution.type_back(sheet=sheet, rows=rows, typed=distribution.read("1 数 60", rows), **said)
    (next_sheet,) = distribution.sheets_by_village(batch=goods, by=officers["liang"])
    assert distribution.rows_of(next_sheet)[0].what == "大米 40 斤"
    assert batches.close(batch=goods, by=officers["liang"], reason="只要了 60 斤") == 1
    assert ledger.there(accounts.of_lot(lot), "rice") == 40 and Receipt.objects.standing().get(line__commodity="rice").quantity == 60
    assert verify.broken()[1] is None and verify.recount() == []


def test_the_leader_puts_a_quantity_right(made, homes, officers, signed_in):
    batch = approved(made("慰问"), homes[:1], officers)
    line, said = batch.lines.get(), {"act": "replace", "once": "a", "replace-quantity": "300", "replace-reason": "应发 300"}
    assert signed_in("liang").post(reverse("aid:line", args=[line.pk]), said).status_code == 404
    answer = signed_in("meng").post(reverse("aid:line", args=[line.pk]), said)
    new = batch.lines.standing().get()
    assert answer.url == reverse("aid:line", args=[new.pk]) and new.quantity == 30_000 and (new.entry.drafted_by, new.entry.approved_by) == (officers["liang"], officers["meng"])


def test_who_stepped_back_is_not_named_for_anothers_gift(homes, officers, town):
    wish = wishes.publish(wish=wishes.collect(household=homes[0], person=None, goods="书包", text="书包一个", note="", value_fen=None, by=officers["liang"]), until=TODAY + timedelta(days=9), together_with="村委", by=officers["liang"])
    wishes.claim(wish=wish, donor="甲商会", contact="", is_named=True, way="by_phone", by=officers["liang"])
    wishes.withdraw(wish=wish, reason="", by=officers["liang"])
    wishes.claim(wish=wish, donor="乙商会", contact="", is_named=False, way="by_phone", by=officers["liang"])
    wishes.arrive(wish=wish, goods="书包", unit="个", quantity=1, on=TODAY, by=officers["liang"])
    page = public_site.pages(town)[0]["gifts.html"].decode()
    assert "甲商会" not in page and "乙商会" not in page


def test_figures_that_cannot_be_counted_are_said_and_an_area_may_get_another_name(officers, town, made, homes):
    approved(made("慰问"), homes[:1], officers)
    Commodity.objects.create(code="feed_bag", name="饲料", unit="袋")
    Commodity.objects.create(code="feed_g", name="饲料", unit="克")
    with pytest.raises(Refused) as refused:
        bulletins.write(bulletin=None, town=town, title="x", starts_on=TODAY, ends_on=TODAY, text="{慰问.户}{产业.饲料}", by=officers["liang"])
    assert "台账里没有这种物品" in str(refused.value) and "几种单位" in str(refused.value)
    issued = bulletins.issue(bulletin=bulletins.write(bulletin=None, town=town, title="x", starts_on=TODAY, ends_on=TODAY, text="{慰问.户数@思回村}", by=officers["liang"]), by=officers["liang"])
    Area.objects.filter(code="450481108202").update(name="思回新村")
    assert bulletins.corrections(issued) == {}
    assert (parse("手填.3.5万元.会计报表").typed, parse("手填.3.5万元.会计报表").of) == ("3.5万元", "会计报表")


@pytest.mark.parametrize(("name", "more"), [("batch", "?after=²"), ("entries", "?before=²")])
def test_odd_places_in_addresses_are_passed_over(made, homes, officers, signed_in, name, more):
    batch = approved(made("慰问"), homes[:1], officers)
    assert signed_in("liang").get(reverse(f"aid:{name}", args=[batch.code] if name == "batch" else []) + more).status_code == 200
    assert queries.batches(officers["liang"]).count() == 1
