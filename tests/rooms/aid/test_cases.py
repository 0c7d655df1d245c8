"""Cases from outside (cases.md 45, 47, 49), and the other warnings of a list."""

from datetime import timedelta

import pytest

from bangfu.aid import accounts, batches, ledger, looking, movements
from bangfu.aid.errors import NotNow, Refused
from bangfu.aid.ledger import HandedOver, Share
from bangfu.aid.models import Batch, Candidate, Commodity, Lot, Programme, ProgrammeKind, Receipt, ReceiptMode, Rule
from bangfu.base.codes import new_code
from bangfu.registry.models import Leaving, Member
from bangfu.reports import actions as bulletins

from .conftest import TODAY
from .listed import approved, covered, filled


def test_case_45_a_hand_out_is_put_right_by_a_row_and_last_months_bulletin_stays(made, homes, officers, town):
    """10 bags to H1; count; "it was 8"; cancel; enter 0 and −2: a correction with a reason, the first stays visible, 0 and −2 refused."""
    batch = made("大米", kind=ProgrammeKind.SYMPATHY_GRANT)
    rice = Commodity.objects.create(code="rice", name="大米", unit="袋")
    lot = Lot.objects.create(code=new_code(), source=batch.source, commodity=rice, on=TODAY)
    movements.take_into_store(lot=lot, quantity=50, on=TODAY, by=officers["liang"], key="in")
    share = Share(household=homes[0], commodity="rice", quantity=10, drawn_from=accounts.of_lot(lot), batch=batch, number=1)
    line = movements.issue(batch=batch, shares=[share], on=TODAY - timedelta(days=0), drafted_by=officers["liang"], approved_by=officers["meng"], key="i").lines.get()
    handed = HandedOver(line=line, quantity=10, on=TODAY, mode=ReceiptMode.SIGNED, distributor_1=officers["qin"], distributor_2=officers["liang"])
    movements.sign(town=town, handed=[handed], by=officers["liang"], key="s")
    assert ledger.there(accounts.of_lot(lot), "rice") == 40  # the count
    bulletin = bulletins.write(bulletin=None, town=town, title="上月", starts_on=TODAY, ends_on=TODAY, text="大米{慰问.大米}袋", by=officers["liang"])
    issued = bulletins.issue(bulletin=bulletin, by=officers["liang"])
    new = movements.replace(line=line, quantity=8, reason="点错了，是 8 袋", by=officers["liang"], approved_by=officers["meng"], key="fix")
    assert ledger.there(accounts.of_lot(lot), "rice") == 42
    line.refresh_from_db()
    assert line.reversal.aside.said["reason"] == "点错了，是 8 袋" and line.receipts.exists()
    assert issued.figures.get().value == 10 and bulletins.corrections(issued) == {"慰问.大米": (8, -2)}
    movements.cancel_signature(receipt=Receipt.objects.standing().get(line=new), reason="表是别人的", by=officers["liang"], key="c")
    for quantity in (0, -2):
        with pytest.raises(Refused, match="大于 0"):
            movements.replace(line=new, quantity=quantity, reason="x", by=officers["liang"], approved_by=officers["meng"], key=f"q{quantity}")
        with pytest.raises(Refused):
            batches.add(batch=made(f"另一批{quantity}"), household=homes[1], commodity=rice, quantity=quantity, lot=lot)
    assert issued.figures.get().value == 10


def test_case_47_aids_that_exclude_each_other_are_warned_of_by_household(made, homes, officers):
    """X excludes Y; Z goes with X. The mother has X; Y for the son is warned of, naming row and rule; Z is not; a reason lets it pass."""
    x, y, z = made("低保补贴"), made("临时救助"), made("高龄补贴")
    Programme.objects.filter(pk=x.programme_id).update(excludes=[y.programme.code], kind=ProgrammeKind.LIVELIHOOD_REWARD)
    for one in (y, z):
        Programme.objects.filter(pk=one.programme_id).update(kind=ProgrammeKind.STUDY_AID)
    for one in (x, y, z):
        one.refresh_from_db()
    home = next(one for one in homes if one.members.filter(ends_on=None).count() > 1)
    mother, son = (one.person for one in home.members.filter(ends_on=None)[:2])
    approved(x, [home], officers, people=[mother])
    filled(y, [home], officers, people=[son])
    (warned,) = [one for one in looking.warnings(y, TODAY) if one.rule == Rule.EXCLUDED]
    assert warned.household == home and "“低保补贴”第 1 行" in warned.fact and "“临时救助项目”和“低保补贴项目”同年只能有一个" in warned.fact
    with pytest.raises(NotNow, match="1 处疑点"):
        batches.check(batch=y, by=officers["liang"])
    with pytest.raises(Refused, match="为什么"):
        batches.cover(batch=y, household=home, rule=warned.rule.value, fact=warned.fact, reason=" ", by=officers["liang"])
    batches.cover(batch=y, household=home, rule=warned.rule.value, fact=warned.fact, reason="县里批了", by=officers["liang"])
    batches.check(batch=y, by=officers["liang"])
    filled(z, [home], officers, people=[son])
    assert [one.rule for one in looking.warnings(z, TODAY)] == []


def test_case_49_who_died_or_moved_after_the_list_was_fixed_is_flagged_at_approval(made, homes, officers):
    """List frozen; one died, one moved out; at approval both are flagged with fact and date; the frozen list stays; leaving out is recorded."""
    batch = made("五一慰问")
    Batch.objects.filter(pk=batch.pk).update(drafted_at=batch.drafted_at - timedelta(days=8))
    batch.refresh_from_db()
    filled(batch, homes[:3], officers)
    covered(batch, officers)
    batches.check(batch=batch, by=officers["liang"])
    for home, how, days in ((homes[0], Leaving.DEATH, 5), (homes[1], Leaving.MOVE, 4)):
        head = Member.objects.get(household=home, ends_on=None, relation_to_head="户主")
        Member.objects.filter(pk=head.pk).update(
            ends_on=TODAY - timedelta(days=days), ended_by=how)
    with pytest.raises(NotNow) as refused:
        batches.approve(batch=batch, by=officers["meng"])
    assert "2017-10-15 死亡" in str(refused.value) and "2017-10-16 迁出" in str(refused.value) and homes[0].code in str(refused.value)
    dead, moved = batch.candidates.filter(household__in=homes[:2]).order_by("place")
    batches.leave_out(candidate=dead, reason="户主去世", by=officers["liang"])
    batches.leave_out(candidate=moved, reason="已迁走", by=officers["liang"])
    lines = batches.approve(batch=batch, by=officers["meng"])
    assert [line.household for line in lines] == [homes[2]]
    assert batch.candidates.count() == 3 and Candidate.objects.get(pk=dead.pk).left_out_by == officers["liang"]


def test_doubles_in_a_list_and_over_all_sources_are_warned_of(made, homes, officers):
    first, second = made("财政慰问"), made("公司慰问")
    approved(first, homes[:2], officers)
    filled(second, [homes[1], homes[2], homes[2]], officers)
    found = {(one.household, one.rule): one.fact for one in looking.warnings(second, TODAY)}
    assert set(found) == {(homes[1], Rule.SAME_PURPOSE), (homes[2], Rule.TWICE_HERE)}
    assert found[homes[1], Rule.SAME_PURPOSE] == "2017-10-20“财政慰问”第 2 行，财政慰问资金"
    movements.reverse(line=first.lines.get(household=homes[1]), reason="退", by=officers["liang"], key="r")
    assert (homes[1], Rule.SAME_PURPOSE) not in {(one.household, one.rule) for one in looking.warnings(second, TODAY)}


def test_the_same_person_in_two_households_is_warned_of(made, homes, officers):
    batch = filled(made("慰问"), homes[:2], officers)
    one = Member.objects.filter(household=homes[0], ends_on=None).last()
    Member.objects.create(household=homes[1], person=one.person, relation_to_head="儿子", source=one.source)
    assert {(found.household, found.rule) for found in looking.warnings(batch, TODAY)} == {(homes[0], Rule.TWO_HOUSEHOLDS), (homes[1], Rule.TWO_HOUSEHOLDS)}


def test_who_is_no_longer_of_the_kind_asked_for_is_warned_of(made, homes, officers):
    batch = made("慰问")
    batches.set_standard(batch=batch, name="一般户", commodity=Commodity.objects.get(pk="fen"), quantity=100)
    n = batches.add_all(batch=batch, villages=["450481108202"], as_="registered", standard="一般户", by=officers["liang"])
    assert n and batches.add_all(batch=batch, villages=["450481108202"], as_="registered", standard="一般户", by=officers["liang"]) == 0
    batch.refresh_from_db()
    assert batch.basis == {"as": "registered", "villages": ["450481108202"], "on": f"{TODAY}"}
    home = batch.candidates.first().household
    home.statuses.filter(kind="registered").update(ended=True, ends_on=TODAY)
    assert [(one.household, one.rule) for one in looking.warnings(batch, TODAY) if one.rule == Rule.NO_LONGER] == [(home, Rule.NO_LONGER)]
