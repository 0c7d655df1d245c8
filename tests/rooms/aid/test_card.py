"""The 明白卡 and the card's part: what a household received in a year, net of what was reversed and what came back."""

from django.urls import reverse

from bangfu.aid import card, movements
from bangfu.aid.ledger import HandedOver
from bangfu.aid.models import Line

from .conftest import TODAY
from .listed import approved


def signed(lines, officers, key="signed", **more):
    movements.sign(town=lines[0].batch.town, by=officers["liang"], key=key, handed=[
        HandedOver(line=line, quantity=line.quantity, on=TODAY, mode="signed", distributor_1=officers["qin"], distributor_2=officers["zu3"], **more) for line in lines])


def test_a_card_counts_what_was_received_less_what_came_back_and_nothing_reversed(made, homes, officers, signed_in):
    home = homes[0]
    for name, fen in (("春节慰问", 50_000), ("中秋慰问", 30_004), ("没有签收", 70_000), ("发错的", 90_000)):
        approved(made(name), [home], officers, fen=fen)
    kept, less, _open, wrong = Line.objects.order_by("pk")
    signed([kept, less, wrong], officers)
    movements.refund(line=less, quantity=10_000, reason="多发", by=officers["liang"], key="back")
    movements.reverse(line=wrong, reason="不是这户", by=officers["liang"], key="wrong", came_back=True)
    found = card.received(home, 2017)
    assert [(row.line.pk, row.quantity, row.back) for row in found.rows] == [(kept.pk, 50_000, 0), (less.pk, 20_004, 10_000)]
    assert (found.fen, found.in_words) == (70_004, "柒佰元零肆分") and card.years(home) == [2017] and card.received(home, 2016).rows == []
    page = signed_in("qin").get(reverse("aid:information_card", args=[home.code, 2017])).content.decode()
    assert all(text in page for text in ("700.04 元", "柒佰元零肆分", "春节慰问资金", "签字", "让他知道领到了什么")) and "发错的" not in page and "没有签收" not in page
    assert card.received(homes[1], 2017).rows == []


def test_the_household_card_leads_to_it(made, homes, officers, signed_in):
    approved(made("春节慰问"), homes[:1], officers)
    client, address = signed_in("qin"), reverse("aid:information_card", args=[homes[0].code, 2017])
    assert "今年还没有领到什么" in client.get(reverse("registry:card", args=[homes[0].code])).content.decode()
    signed(list(Line.objects.all()), officers)
    page = client.get(reverse("registry:card", args=[homes[0].code])).content.decode()
    assert address in page and "春节慰问" in page and "500 元" in page
    assert client.get(reverse("aid:information_card", args=[homes[0].code, 2018])).status_code == 404  # not begun
