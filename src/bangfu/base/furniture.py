"""What stands on every page: the town, the demo's date, the rooms that exist, the officer's large print."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from . import calendar, clock


def _room(request: HttpRequest) -> str:
    """Return the key under which the current page stands in the navigation."""
    found = request.resolver_match
    if found is None:
        return ""
    keys = {room[0] for room in settings.ROOMS}
    return next((one for one in (found.url_name or "", (found.url_name or "").split("_")[0]) if one in keys), str(found.app_name))


def _calendar_missing(request: HttpRequest) -> int | None:
    """Return the year to warn of on the first page of a room, for those who can see to it."""
    found = request.resolver_match
    if not (getattr(request.user, "runs_the_office", False) or getattr(request.user, "manages_accounts", False)) or found is None:
        return None
    return calendar.missing(clock.today()) if found.view_name in {*(room[2] for room in settings.ROOMS), "base:calendar_year"} else None


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the context every template has."""
    if not hasattr(request, "user"):
        return {}
    return {
        "town": settings.TOWN, "demo": settings.DEMO, "today": clock.today(), "help_desk": settings.HELP_DESK,
        "large": request.COOKIES.get("size") == "large", "dark": request.COOKIES.get("theme") == "dark",
        "rooms": [room[:3] for room in settings.ROOMS if request.user.is_authenticated and getattr(request.user, room[3])],
        "room": _room(request), "calendar_missing": lambda: _calendar_missing(request),
    }  # fmt: skip
