"""The visits' part of the household card: what is open, and who was there last."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Household

from . import queries, verification


def part(household: Household, reader: Officer, day: date) -> dict[str, Any]:
    """Return what the card shows: open commitments and requests, the last visits."""
    promised, asked = queries.open_of(household)
    return {"key": "visits", "title": _("到户先办"), "template": "visits/part.html", "promised": promised, "asked": asked, "checks": [(one, verification.question(one)) for one in verification.open_of(household)], "may_ask": reader.keeps_register, "visits": queries.visits_of(household, 3), "day": day}
