"""Headers of every answer: nothing is asked of another host, nothing runs that is not ours (protection C7)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
