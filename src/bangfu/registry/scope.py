"""What an officer without a whole area may see. Who answers for what is the chain's, a room above: settings.SPAN names who says it."""

from collections.abc import Collection

from django.conf import settings
from django.utils.module_loading import import_string

from bangfu.accounts.models import Officer
from bangfu.base import clock


def span(officer: Officer) -> tuple[Collection[str], Collection[int]]:
    """Return what an officer answers for today: codes of villages, keys of households."""
    return import_string(settings.SPAN)(officer, clock.today())
