"""Micro-wishes: review, claim, expiry, the gift, the receipt; and nothing of whose it is in public."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bangfu.aid import batches, movements, public_site, wishes
from bangfu.aid.errors import NotNow, Refused, StandsAlready
from bangfu.aid.ledger import HandedOver
from bangfu.aid.models import Claim, MicroWish, ProgrammeKind, WishState
from bangfu.base import clock
from bangfu.documents.text import text_of
from bangfu.registry.models import Household, Member

from .conftest import TODAY

SOON = TODAY + timedelta(days=30)


@pytest.fixture
def wish(homes, officers):
    return wishes.collect(household=homes[0], person=None, goods="书包", text="想要一个蓝色书包", note="孩子上学路远", value_fen=8_000, by=officers["ren3z"])


@pytest.fixture
def published(wish, officers):
    return wishes.publish(wish=wish, until=SOON, together_with="村小学王校长", by=officers["liang"])


def claimed(wish, officers, donor="某商会"):
    return wishes.claim(wish=wish, donor=donor, contact="100" + "00000001", is_named=False, way="by_phone", by=officers["liang"])


def later(monkeypatch, days):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=days))


def test_from_the_door_to_the_receipt(published, made, officers, town):
    claimed(published, officers)
    wish = wishes.arrive(wish=published, goods="书包", unit="个", quantity=1, on=TODAY, by=officers["liang"])
    batch = made("微心愿", kind=ProgrammeKind.MICRO_WISH)
    assert wishes.to_batch(batch=batch, by=officers["liang"]) == 1 and wishes.to_batch(batch=batch, by=officers["liang"]) == 0
    batches.check(batch=batch, by=officers["liang"])
    (line,) = batches.approve(batch=batch, by=officers["meng"])
    assert wishes.fulfilled([wish]) == {}
    handed = HandedOver(line=line, quantity=1, on=TODAY, mode="by_another", distributor_1=officers["qin"], distributor_2=officers["zu3"], relation="父亲")
    entry = movements.sign(town=town, handed=[handed], by=officers["liang"], key="s")
    assert wishes.fulfilled([wish]) == {wish.pk: TODAY}
    movements.cancel_signature(receipt=entry.receipts.get(), reason="签错", by=officers["liang"], key="c")
    assert wishes.fulfilled([wish]) == {}  # never more than receipts
    assert [one.state for one in wish.events.all()] == ["waiting_review", "published", "claimed", "arrived"]


def test_the_first_claim_wins_and_the_second_is_offered_others(published, homes, officers):
    other = wishes.collect(household=homes[1], person=None, goods="书包", text="想要一个红色书包", note="", value_fen=None, by=officers["liang"])
    wishes.publish(wish=other, until=SOON, together_with="村委", by=officers["liang"])
    claimed(published, officers)
    with pytest.raises(StandsAlready, match=f"相近的还有：{other.number} 想要一个红色书包"):
        claimed(published, officers, donor="另一个")
    assert Claim.objects.filter(wish=published, ended_on=None).count() == 1


def test_a_claim_that_ran_out_leaves_the_wish_published_and_twice_changes_nothing(published, officers, monkeypatch):
    claimed(published, officers)
    list(wishes.expire(None))
    published.refresh_from_db()
    assert published.state == WishState.CLAIMED
    later(monkeypatch, 15)
    list(wishes.expire(None))
    events = published.events.count()
    list(wishes.expire(None))
    published.refresh_from_db()
    assert (published.state, published.claims.get().ended_by, published.events.count()) == (WishState.PUBLISHED, "claim_expired", events)
    later(monkeypatch, 40)
    list(wishes.expire(None))
    published.refresh_from_db()
    assert published.state == WishState.EXPIRED


def test_a_gift_in_the_office_does_not_expire(published, officers, monkeypatch):
    claimed(published, officers)
    wishes.arrive(wish=published, goods="书包", unit="个", quantity=1, on=TODAY, by=officers["liang"])
    later(monkeypatch, 40)
    list(wishes.expire(None))
    published.refresh_from_db()
    assert published.state == WishState.ARRIVED


@pytest.mark.parametrize("text", ["给莫小静买鞋", "思回小学三年级的书包", "妈妈患有尿毒症", "电话 100" + "00000002", "单亲家庭的孩子"])
def test_a_text_that_says_whose_it_is_is_not_published(homes, officers, text):
    child = Member.objects.filter(household=homes[0], ends_on=None).last().person
    child.name, child.birth_date = "莫小静", TODAY - timedelta(days=3000)
    child.save()
    wish = wishes.collect(household=homes[0], person=child, goods="书包", text=text, note="", value_fen=None, by=officers["liang"])
    with pytest.raises(Refused, match="公开的话里不能有"):
        wishes.publish(wish=wish, until=SOON, together_with="村委", by=officers["liang"])


def test_states_are_left_only_by_their_ways(wish, officers):
    with pytest.raises(NotNow):
        wishes.arrive(wish=wish, goods="书包", unit="个", quantity=1, on=TODAY, by=officers["liang"])
    with pytest.raises(StandsAlready):
        claimed(wish, officers)
    wishes.send_back(wish=wish, reason="写得太长", by=officers["liang"])
    with pytest.raises(NotNow):
        wishes.publish(wish=wish, until=SOON, together_with="村委", by=officers["liang"])
    wishes.rewrite(wish=wish, goods="书包", text="书包一个", value_fen=None, by=officers["liang"])
    wishes.publish(wish=wish, until=SOON, together_with="村委", by=officers["liang"])
    wishes.cancel(wish=wish, reason="买好了", by=officers["liang"])
    with pytest.raises(Refused):
        wishes.cancel(wish=wish, reason="", by=officers["liang"])
    assert wish.events.last().state == WishState.CANCELLED


def test_the_public_page_says_neither_whose_nor_which_small_village(published, homes, officers, town):
    (public,) = wishes.public_list(town)
    assert public.place == town.name
    for at in range(4):
        one = wishes.collect(household=homes[at + 1], person=None, goods="棉被", text=f"想要棉被{at + 2}床", note="", value_fen=None, by=officers["liang"])
        wishes.publish(wish=one, until=SOON, together_with="村委", by=officers["liang"])
    assert {one.place for one in wishes.public_list(town)} == {"思回村"}
    pages, problems = public_site.pages(town)
    assert problems == []
    text = text_of("wishes.html", pages["wishes.html"])
    assert "想要一个蓝色书包" in text and "孩子上学路远" not in text and homes[0].code not in text
    head = Member.objects.get(household=homes[0], ends_on=None, relation_to_head="户主").person.name
    assert head not in text


def test_the_same_wish_within_a_year_is_warned_of(wish, homes, officers, signed_in):
    client = signed_in("qin")
    answer = client.post(reverse("aid:new_wish", args=[homes[0].code]), {"goods": "书包", "text": "还想要一个书包", "value": "", "note": "", "person": ""}, follow=True)
    assert "一年以内记过同样的心愿：1 号" in answer.content.decode() and MicroWish.objects.count() == 2
    assert signed_in("ren3z").get(reverse("aid:wish", args=[wish.code])).status_code == 200
    assert signed_in("ren3z").get(reverse("aid:new_wish", args=[Household.objects.filter(village="450481108203").first().code])).status_code == 404
