"""The 明白卡 of a household and a year."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bangfu.base import clock
from bangfu.registry.access import household_for
from bangfu.registry.queries import head_name

from . import card


@require_GET
def information_card(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """What a household received in a year, per item, from which source and signed how, to be printed and left in the home."""
    household = household_for(request.user, code)
    if not card.FIRST <= year <= clock.today().year:
        raise Http404
    return render(request, "aid/information_card.html", {
        "household": household, "head": head_name(household, clock.today()), "year": year, "card": card.received(household, year), "years": [one for one in card.years(household) if one != year],
        "printed_at": clock.now()})  # fmt: skip
