"""Signing in as a demo officer: one press, no password; it does not exist outside demo mode."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from .queries import demo_officers


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as the chosen demo officer; in the demo this stands for both factors."""
    if not settings.DEMO:
        raise Http404
    officer = get_object_or_404(demo_officers(), username=request.POST.get("username", ""))
    login(request, officer, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("base:home")
