"""The chain's part of the household card: the seven links of today."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Household

from . import queries


def part(household: Household, reader: Officer, day: date) -> dict[str, Any]:
    """Return what the card shows: the links of a day, the last first, and where more stands."""
    return {"key": "chain", "title": _("谁负责"), "template": "chain/part.html", "links": list(reversed(queries.chain_of(household, day)))}
