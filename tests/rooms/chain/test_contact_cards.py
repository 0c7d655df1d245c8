"""帮扶联系卡: one a household, with the number to call; a caseworker prints the own ones."""

from datetime import date

from django.urls import reverse

from bangfu.chain import queries
from bangfu.registry.models import Household

VILLAGE = "450481108202"


def test_every_household_with_a_caseworker_has_a_card_with_the_number_to_call(signed_in, officers):
    page = signed_in("liang").get(reverse("chain:contact_cards", args=[VILLAGE])).content.decode()
    homes = Household.objects.filter(village=VILLAGE)
    assert page.count('class="contact-card"') == homes.count() and officers["ren3z"].cadre.phone in page and "有困难、有事要问" in page
    secretary = officers["zhi3a"]
    assert page.count(secretary.cadre.phone) == homes.count()
    assert not [one for one in homes if one.code in page.split("<main", 1)[1]]  # what hangs in the house names nobody's number on the register


def test_a_caseworker_prints_the_own_households_only(signed_in, officers):
    own = Household.objects.in_scope(officers["ren3z"])
    page = signed_in("ren3z").get(reverse("chain:contact_cards", args=[VILLAGE])).content.decode()
    assert page.count('class="contact-card"') == own.count() < Household.objects.filter(village=VILLAGE).count()
    assert queries.numbers_of(VILLAGE, date(2017, 2, 1)) == []  # before anybody was posted
