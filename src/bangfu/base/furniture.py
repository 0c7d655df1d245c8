"""What stands on every page: the town, the demo's date, the rooms that exist, the officer's large print."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from . import clock


def _room(request: HttpRequest) -> str:
    """Return the key under which the current page stands in the navigation."""
    found = request.resolver_match
    if found is None:
        return ""
    return str(found.url_name if found.url_name in {room[0] for room in settings.ROOMS} else found.app_name)


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the context every template has."""
    if not hasattr(request, "user"):
        return {}
    return {
        "town": settings.TOWN, "demo": settings.DEMO, "today": clock.today(), "help_desk": settings.HELP_DESK,
        "large": request.COOKIES.get("size") == "large", "dark": request.COOKIES.get("theme") == "dark",
        "rooms": [room[:3] for room in settings.ROOMS if request.user.is_authenticated and getattr(request.user, room[3])],
        "room": _room(request),
    }  # fmt: skip
