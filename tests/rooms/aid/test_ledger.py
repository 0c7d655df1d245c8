"""The ledger's invariants (I1–I12): after any sequence of acts they hold, and neither Python nor SQL gets past them."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from bangfu.aid import accounts, guards, ledger, movements, queries, verify
from bangfu.aid.errors import MonthClosed, NotEnough, NotNow, Refused, StandsAlready
from bangfu.aid.ledger import HandedOver, Move, Share
from bangfu.aid.models import Aside, ClosedMonth, Commodity, Entry, EntryKind, FundSource, Leg, Line, Lot, Receipt, ReceiptMode, SourceKind
from bangfu.base.codes import new_code

from .conftest import TODAY


@pytest.fixture
def both(officers):
    return officers["liang"], officers["meng"]


def filled(batch, fen, by, on=TODAY):
    movements.receive(source=batch.source, fen=fen, on=on, by=by, key=f"in {batch.pk} {fen} {on}")
    movements.allot(batch=batch, fen=fen, on=on, by=by, key=f"allot {batch.pk} {fen} {on}")


def share(batch, home, fen, number=1, **more):
    return Share(household=home, commodity="fen", quantity=fen, drawn_from=accounts.of_batch(batch), batch=batch, number=number, **more)


def issued(batch, shares, both, key="issue", on=TODAY):
    return list(movements.issue(batch=batch, shares=shares, on=on, drafted_by=both[0], approved_by=both[1], key=key).lines.order_by("number"))


def signed(lines, officers, key="sign", **more):
    said = {"on": TODAY, "mode": ReceiptMode.SIGNED, "distributor_1": officers["liang"], "distributor_2": officers["qin"]} | more
    return movements.sign(town=lines[0].batch.town, handed=[HandedOver(line=one, quantity=one.quantity, **said) for one in lines], by=officers["liang"], key=key)


def test_more_than_there_is_cannot_leave_and_what_is_left_is_said(made, homes, both):
    batch = made("慰问")
    filled(batch, 150_000, both[0])
    issued(batch, [share(batch, homes[0], 100_000)], both)
    with pytest.raises(NotEnough, match="还有 500 元，这一次要 1,000 元"):
        issued(batch, [share(batch, homes[1], 100_000)], both, key="second")
    assert Entry.objects.count() == 3 and verify.broken() == (3, None) and verify.recount() == []


def test_money_is_not_spent_on_a_day_before_it_came(made, homes, both):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    with pytest.raises(NotEnough):
        issued(batch, [share(batch, homes[0], 100)], both, on=TODAY - timedelta(days=3))
    with pytest.raises(NotNow, match="还没有到"):
        movements.receive(source=batch.source, fen=1, on=TODAY + timedelta(days=1), by=both[0], key="tomorrow")


def test_the_same_key_posts_once(made, homes, both, officers):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    filled(batch, 100_000, both[0])
    lines = issued(batch, [share(batch, homes[0], 100_000)], both)
    assert issued(batch, [share(batch, homes[0], 100_000)], both) == lines
    assert signed(lines, officers) == signed(lines, officers)
    assert movements.reverse(line=lines[0], reason="错了", by=both[0], key="r", came_back=True) == movements.reverse(line=lines[0], reason="错了", by=both[0], key="r", came_back=True)
    with pytest.raises(StandsAlready):
        ledger.post(town=batch.town, kind=EntryKind.LOST, on=TODAY, by=both[0], key="issue")
    assert Entry.objects.count() == 5


def test_nobody_approves_what_he_drafted(made, homes, both):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    with pytest.raises(NotNow, match="不能自己批准"):
        issued(batch, [share(batch, homes[0], 100)], (both[0], both[0]))
    with pytest.raises(DatabaseError), transaction.atomic():
        ledger.post(town=batch.town, kind=EntryKind.ISSUED, on=TODAY, by=both[0], key="own", shares=[share(batch, homes[0], 100)], drafted_by=both[0], approved_by=both[0])


def test_a_signature_counts_once_and_a_wrong_one_is_made_void(made, homes, both, officers):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    lines = issued(batch, [share(batch, homes[0], 100_000)], both)
    signed(lines, officers)
    with pytest.raises(StandsAlready, match="已经签收过"):
        signed(lines, officers, key="again")
    with pytest.raises(NotNow, match="已经签收"):
        movements.reverse(line=lines[0], reason="写错", by=both[0], key="r")
    receipt = Receipt.objects.get()
    movements.cancel_signature(receipt=receipt, reason="看错了行", by=both[0], key="c")
    with pytest.raises(StandsAlready):
        movements.cancel_signature(receipt=receipt, reason="看错了行", by=both[0], key="c2")
    assert not Receipt.objects.standing().exists()
    signed(lines, officers, key="right")
    assert Receipt.objects.standing().aggregate(n=Sum("quantity"))["n"] == 100_000
    assert verify.broken()[1] is None


@pytest.mark.parametrize("more", [{"distributor_2": None}, {"witness": "liang"}, {"on": TODAY + timedelta(days=1)}])
def test_two_people_hand_over_and_neither_is_the_witness(made, homes, both, officers, more):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    lines = issued(batch, [share(batch, homes[0], 100_000)], both)
    more = {key: officers.get(value, value) if isinstance(value, str) else value for key, value in more.items()}
    with pytest.raises(NotNow):
        signed(lines, officers, **more)


def test_a_smaller_amount_is_a_reversal_and_a_new_line_with_the_same_paper(made, homes, both, officers):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    (line,) = issued(batch, [share(batch, homes[0], 100_000)], both)
    movements.sign(town=batch.town, by=both[0], key="s", handed=[HandedOver(line=line, quantity=100_000, on=TODAY - timedelta(days=1), mode=ReceiptMode.BY_ANOTHER, distributor_1=officers["liang"],
                                                                             distributor_2=officers["qin"], collector="黄某", relation="配偶")])  # fmt: skip
    new = movements.replace(line=line, quantity=80_000, reason="只给了八百", by=both[0], approved_by=both[1], key="x")
    assert movements.replace(line=line, quantity=80_000, reason="只给了八百", by=both[0], approved_by=both[1], key="x") == new
    receipt = Receipt.objects.standing().get()
    assert (receipt.line, receipt.quantity, receipt.on, receipt.mode, receipt.carries.line) == (new, 80_000, TODAY - timedelta(days=1), "by_another", line)
    assert receipt.entry.aside.said["receipts"][str(new.pk)] == {"collector": "黄某", "relation": "配偶"}
    assert ledger.there(accounts.of_batch(batch), "fen") == 20_000
    with pytest.raises(StandsAlready):
        movements.reverse(line=line, reason="又一次", by=both[0], key="again", came_back=True)
    assert verify.broken()[1] is None


def test_a_refund_is_what_really_came_back_and_leaves_the_receipt(made, homes, both, officers):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    (line,) = issued(batch, [share(batch, homes[0], 100_000)], both)
    with pytest.raises(NotEnough):
        movements.refund(line=line, quantity=1, reason="没有领过", by=both[0], key="f0")
    signed([line], officers)
    movements.refund(line=line, quantity=40_000, reason="多领", by=both[0], key="f1")
    with pytest.raises(NotEnough, match="还有 600 元"):
        movements.refund(line=line, quantity=60_001, reason="多领", by=both[0], key="f2")
    with pytest.raises(NotNow, match="收回过"):
        movements.reverse(line=line, reason="x", by=both[0], key="r", came_back=True)
    assert Receipt.objects.standing().get().quantity == 100_000 and ledger.there(accounts.of_batch(batch), "fen") == 40_000
    with pytest.raises(NotNow, match="收回过"):  # more would have come back than was ever handed over
        movements.cancel_signature(receipt=Receipt.objects.get(), reason="x", by=both[0], key="c")
    with pytest.raises(DatabaseError, match="I7"), transaction.atomic():
        _raw(Entry.objects.latest("id"), kind="signature_cancelled", refunds_id=None, cancels_id=Receipt.objects.get().pk, legs=[], aside_digest="")
    movements.undo(entry=Entry.objects.get(key="f1"), reason="没有收回", by=both[0], key="u")
    movements.reverse(line=line, reason="全部收回", by=both[0], key="r", came_back=True)
    with pytest.raises(StandsAlready, match="冲正过"):
        movements.refund(line=line, quantity=1, reason="x", by=both[0], key="f3")


def test_a_gift_for_a_purpose_reaches_only_it(made, homes, both):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    for terms, expires in (({"programmes": ["study_aid"]}, None), ({"villages": ["450481108203"]}, None), ({"students": [1]}, None), ({}, TODAY - timedelta(days=1))):
        FundSource.objects.filter(pk=batch.source_id).update(terms=terms, expires_on=expires)
        batch.source.refresh_from_db()
        with pytest.raises(NotNow, match=r"定向|只能用到"):
            issued(batch, [share(batch, homes[0], 100)], both)
    FundSource.objects.filter(pk=batch.source_id).update(terms={"villages": ["450481108202"]}, expires_on=TODAY)
    batch.source.refresh_from_db()
    assert issued(batch, [share(batch, homes[0], 100)], both)


def test_a_closed_month_takes_nothing_and_stays_closed(made, both):
    batch, september = made("慰问"), date(2017, 9, 1)
    filled(batch, 100, both[0], on=date(2017, 9, 12))
    with pytest.raises(NotNow, match="没有过完"):
        movements.close_month(town=batch.town, month=TODAY, by=both[0])
    movements.close_month(town=batch.town, month=date(2017, 9, 30), by=both[0])
    assert movements.close_month(town=batch.town, month=september, by=both[0]) == ClosedMonth.objects.get(month=september)
    with pytest.raises(MonthClosed, match="2017-09 已经关账"):
        movements.receive(source=batch.source, fen=100, on=date(2017, 9, 20), by=both[0], key="late")
    entry = movements.receive(source=batch.source, fen=100, on=TODAY, by=both[0], key="late today", belongs_to="2017-09")
    assert entry.belongs_to == "2017-09" and queries.open_months(batch.town, TODAY) == []
    with pytest.raises(DatabaseError, match="I9"), transaction.atomic():
        _raw(entry, on=date(2017, 9, 20))


def test_what_was_spent_cannot_be_undone(made, homes, both):
    batch = made("慰问")
    came = movements.receive(source=batch.source, fen=100_000, on=TODAY, by=both[0], key="in")
    movements.allot(batch=batch, fen=70_000, on=TODAY, by=both[0], key="a")
    with pytest.raises(NotEnough, match="还有 300 元"):
        movements.undo(entry=came, reason="没有到", by=both[0], key="u")
    movements.allot(batch=batch, fen=-70_000, on=TODAY, by=both[0], key="back")
    undone = movements.undo(entry=came, reason="没有到", by=both[0], key="u")
    assert undone.undoes == came and ledger.there(accounts.of_source(batch.source), "fen") == 0
    for entry in (came, undone):
        with pytest.raises(Refused):
            movements.undo(entry=entry, reason="再一次", by=both[0], key="u2")


def test_goods_stand_in_the_store_by_lot(made, homes, both):
    batch = made("鸡苗")
    goods = Commodity.objects.create(code="chick", name="三黄鸡苗", unit="羽")
    filled(batch, 500_000, both[0])
    lot = Lot.objects.create(code=new_code(), source=batch.source, commodity=goods, supplier="某鸡场", on=TODAY)
    bought = movements.take_into_store(lot=lot, quantity=100, price_fen=400_000, batch=batch, on=TODAY, by=both[0], key="buy")
    assert bought.kind == EntryKind.PURCHASED and ledger.there(accounts.of_batch(batch), "fen") == 100_000
    (line,) = movements.issue(batch=batch, on=TODAY, drafted_by=both[0], approved_by=both[1], key="i", shares=[
        Share(household=homes[0], commodity="chick", quantity=60, drawn_from=accounts.of_lot(lot), batch=batch, number=1)]).lines.all()  # fmt: skip
    with pytest.raises(NotEnough, match=r"三黄鸡苗.*还有 40 羽"):
        movements.lose(lot=lot, quantity=41, reason="病死", by=both[0], key="l")
    movements.lose(lot=lot, quantity=10, reason="病死", by=both[0], key="l")
    movements.reverse(line=line, reason="没有来", by=both[0], key="r")
    movements.give_back(source=batch.source, commodity=goods, lot=lot, quantity=90, reason="退货", by=both[0], key="g")
    assert ledger.there(accounts.of_lot(lot), "chick") == 0 and verify.recount() == [] and verify.broken()[1] is None
    for quantity in (0, -2):
        with pytest.raises(Refused, match="大于 0"):
            movements.lose(lot=lot, quantity=quantity, reason="x", by=both[0], key="l0")


def _raw(entry, **changed):
    """Insert a well-made entry again by SQL with the next number and other values; legs as its own."""
    said = {field.column: getattr(entry, field.attname) for field in Entry._meta.fields} | {"id": entry.id + 1, "before": entry.digest, "digest": "f" * 64, "key": "raw"} | changed
    legs = said.pop("legs", [(leg.account_id, leg.commodity_id, leg.quantity) for leg in entry.legs.all()])
    for account, commodity, quantity in legs:
        Leg.objects.create(entry_id=said["id"], account_id=account, commodity_id=commodity, quantity=quantity, on=said["on"])
    Entry(**{field.attname: said[field.column] for field in Entry._meta.fields}).save(force_insert=True)


def test_the_database_refuses_what_python_would_not_do(made, homes, both, officers):
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    (line,) = issued(batch, [share(batch, homes[0], 60_000)], both)
    signed([line], officers)
    last = Entry.objects.latest("id")
    mine, his = accounts.of_batch(batch), line.leg.account
    refused = {
        "I1": {"kind": "received", "legs": [(mine.pk, "fen", 5), (his.pk, "fen", -4)]},
        "I2": {"kind": "received", "legs": [(mine.pk, "fen", -40_001), (his.pk, "fen", 40_001)]},
        "number": {"id": last.id + 2, "kind": "received", "legs": [(mine.pk, "fen", 1), (his.pk, "fen", -1)]},
        "I11": {"before": "e" * 64, "kind": "received", "legs": [(mine.pk, "fen", 1), (his.pk, "fen", -1)]},
        "I5": {"kind": "reversed", "reverses_id": line.pk, "legs": [(mine.pk, "fen", 10), (his.pk, "fen", -10)]},
        "I7": {"kind": "refunded", "refunds_id": line.pk, "legs": [(mine.pk, "fen", 60_001), (his.pk, "fen", -60_001)]},
        "legs": {"kind": "received", "legs": []},
        "line": {"kind": "issued", "drafted_by_id": both[0].pk, "approved_by_id": both[1].pk, "legs": [(mine.pk, "fen", -5), (his.pk, "fen", 5)]},
    }
    for code, changed in refused.items():
        with pytest.raises(DatabaseError, match=code), transaction.atomic():
            _raw(last, **changed)
    with pytest.raises(DatabaseError, match="I4"), transaction.atomic():  # an entry that is there takes no more
        Leg.objects.create(entry=last, account=mine, commodity_id="fen", quantity=1, on=TODAY)
    with pytest.raises(DatabaseError, match="I7"), transaction.atomic():
        Receipt.objects.create(entry_id=last.id + 1, line=line, quantity=1, on=TODAY, mode="bank")
        _raw(last, kind="signed", legs=[])
    assert verify.broken() == (4, None)


TABLES = {"aid_entry": "document_no = 'x'", "aid_leg": "quantity = quantity + 1", "aid_line": "number = 9", "aid_receipt": "mode = 'bank'", "aid_account": "key = key || 'x'",
          "aid_closedmonth": "month = '2017-01-01'"}  # fmt: skip


@pytest.fixture
def some(made, homes, both, officers):
    """A ledger with a row in every table."""
    batch = made("慰问")
    filled(batch, 100_000, both[0])
    lines = issued(batch, [share(batch, homes[0], 60_000), share(batch, homes[1], 40_000, 2)], both)
    signed(lines[:1], officers, stood_by="村支书")
    movements.close_month(town=batch.town, month=date(2017, 9, 1), by=both[0])
    return lines


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_changed_or_deleted_by_sql(some, table):
    for statement in (f"UPDATE {table} SET {TABLES[table]}", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="I4"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_words_aside_may_be_purged_and_not_changed(some):
    with pytest.raises(DatabaseError, match="I4"), transaction.atomic():
        Aside.objects.update(said={"reason": "另一个"})
    assert Aside.objects.get().delete()[0] == 1
    assert verify.broken()[1] is None


@pytest.mark.parametrize(("statement", "said"), [
    ("UPDATE aid_leg SET quantity = quantity - 1 WHERE entry_id = 2", "第 2 条"), ("UPDATE aid_entry SET document_no = 'x' WHERE id = 3", "第 3 条"),
    ("UPDATE aid_line SET standard = 'x' WHERE number = 2", "第 3 条"), ("UPDATE aid_receipt SET mode = 'fingerprint'", "第 4 条"),
    ("UPDATE aid_account SET key = key || 'x' WHERE kind = 'batch'", "第 2 条"), ("UPDATE aid_aside SET salt = 'x'", "第 4 条"),
    ("DELETE FROM aid_receipt", "第 4 条"), ("last", "操作记录说台账有 4 条，台账里是 3 条"), ("INSERT", "第 3 条"),
])  # fmt: skip
def test_without_the_triggers_verify_names_the_row(some, statement, said):
    guards.remove(connection)
    try:
        assert "触发器" in verify.broken()[1]
        with connection.cursor() as cursor:
            if statement == "last":
                for each in ("DELETE FROM aid_aside", "DELETE FROM aid_receipt", "DELETE FROM aid_entry WHERE id = 4"):
                    cursor.execute(each)
            elif statement == "INSERT":
                cursor.execute('INSERT INTO aid_leg (entry_id, account_id, commodity_id, quantity, "on") SELECT 3, account_id, commodity_id, quantity, "on" FROM aid_leg WHERE entry_id = 1')
            else:
                cursor.execute(statement)
        assert "触发器" in verify.broken()[1] and said in verify.broken()[1]  # both are said
        if connection.vendor == "postgresql":
            connection.check_constraints()  # so that the triggers can come back in this transaction
        guards.install(connection)
        assert said in verify.broken()[1]
    finally:
        if connection.vendor == "postgresql":
            connection.check_constraints()
        guards.install(connection)


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_acts_leaves_a_right_ledger(made, homes, both, officers, seed):
    """Acts drawn at random, right ones and wrong ones, against a plain count in Python."""
    rng, batches, expected = random.Random(seed), [made("一"), made("二")], Counter()
    lines, open_, refused = [], [], 0
    for step in range(60):
        batch, key = rng.choice(batches), f"{step}"
        act = rng.choice(["receive", "allot", "issue", "issue", "sign", "sign", "reverse", "cancel", "refund", "give_back", "replace"])
        fen = rng.choice([1, 3_333, 50_000, 250_000])
        try:
            if act == "receive":
                movements.receive(source=batch.source, fen=fen, on=TODAY - timedelta(days=rng.randrange(40)), by=both[0], key=key)
                expected["source", batch.pk] += fen
            elif act == "allot":
                movements.allot(batch=batch, fen=fen, on=TODAY, by=both[0], key=key)
                expected["source", batch.pk] -= fen
                expected["batch", batch.pk] += fen
            elif act == "issue":
                some = rng.sample(homes, rng.randrange(1, 4))
                lines += issued(batch, [share(batch, home, fen, number) for number, home in enumerate(some, start=1)], both, key=key)
                expected["batch", batch.pk] -= fen * len(some)
                expected["given"] += fen * len(some)
            elif act == "give_back":
                movements.give_back(source=batch.source, commodity=Commodity.objects.get(code="fen"), quantity=fen, reason="退", by=both[0], key=key)
                expected["source", batch.pk] -= fen
            elif lines:
                line = rng.choice(lines)
                if act == "sign":
                    signed([line], officers, key=key)
                    open_.append(line)
                elif act == "reverse":
                    movements.reverse(line=line, reason="错", by=both[0], key=key, came_back=rng.random() < 0.5)
                    expected["batch", line.batch_id] += line.quantity
                    expected["given"] -= line.quantity
                elif act == "cancel" and (receipt := Receipt.objects.filter(line=line, cancellation=None).first()):
                    movements.cancel_signature(receipt=receipt, reason="错", by=both[0], key=key)
                elif act == "refund":
                    movements.refund(line=line, quantity=fen, reason="退", by=both[0], key=key)
                    expected["batch", line.batch_id] += fen
                    expected["given"] -= fen
                elif act == "replace":
                    with transaction.atomic():
                        lines.append(movements.replace(line=line, quantity=fen, reason="改", by=both[0], approved_by=both[1], key=key))
                    expected["batch", line.batch_id] += line.quantity - fen
                    expected["given"] += fen - line.quantity
        except Refused:
            refused += 1
        for batch in batches:
            assert ledger.there(accounts.of_source(batch.source), "fen") == expected["source", batch.pk]
            assert ledger.there(accounts.of_batch(batch), "fen") == expected["batch", batch.pk]
        assert (Leg.objects.filter(account__kind="recipient").aggregate(n=Sum("quantity"))["n"] or 0) == expected["given"]
    assert verify.recount() == [] and verify.broken()[1] is None and refused
    for fund in queries.funds([batch.source for batch in batches]):  # I3, whatever was undone
        assert fund.came + fund.refunded == fund.issued + fund.spent + fund.returned + fund.lost + fund.left
    for line in Line.objects.all():
        assert sum(one.quantity for one in Receipt.objects.filter(line=line, cancellation=None)) <= line.quantity


def test_legs_come_before_their_entry_and_never_without_it(made, both):
    batch = made("慰问")
    movements.receive(source=batch.source, fen=1, on=TODAY, by=both[0], key="in")
    with pytest.raises(DatabaseError), transaction.atomic():
        Leg.objects.create(entry_id=99, account=accounts.of_source(batch.source), commodity_id="fen", quantity=1, on=TODAY)
        connection.check_constraints()


def test_moves_of_one_account_are_taken_together(made, both):
    batch = made("慰问")
    source = accounts.of_source(batch.source)
    movements.receive(source=batch.source, fen=100, on=TODAY, by=both[0], key="in")
    ledger.post(town=batch.town, kind=EntryKind.ALLOTTED, on=TODAY, by=both[0], key="k", moves=[Move(source, "fen", -120), Move(source, "fen", 20), Move(accounts.of_batch(batch), "fen", 100)])
    assert ledger.there(source, "fen") == 0
    assert SourceKind(batch.source.kind) == SourceKind.FISCAL
