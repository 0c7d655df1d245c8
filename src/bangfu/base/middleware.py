"""What holds for every page: nothing is asked of another host, nothing runs that is not ours (protection C7), no NUL comes in by an address."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import override

POLICY = ("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")


def content_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        officer = getattr(request, "user", None)
        if officer is not None and officer.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def no_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer an address with a NUL in it like an unknown one: one database would take it, the other not. Forms refuse it in words."""
    def answer(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or any("\x00" in value for name in request.GET for value in (name, *request.GET.getlist(name))):
            raise Http404
        return get_response(request)

    return answer


def language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer in the language this browser chose, in Chinese unless it did: a browser's own setting is nobody's choice."""
    def answer(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get("language", "")
        code = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with override(code):
            response = get_response(request)
        response.headers.setdefault("Content-Language", code)
        return response

    return answer
