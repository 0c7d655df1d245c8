"""The pages of the town's calendar: a year to hang up, a year's notice to type, the rule for visit days to set."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from . import calendar, clock
from .calendar_forms import DaysForm, RuleForm, initial_of
from .models import VisitRule, WorkYear
from .templatetags.days import said


def _year(year: int) -> int:
    if not calendar.FIRST_YEAR <= year <= calendar.LAST_YEAR:
        raise Http404
    return year


def _keeper_only(request: HttpRequest) -> None:
    if not request.user.runs_the_office:
        raise Http404


def _written_meanwhile(form: DaysForm | RuleForm, row: WorkYear | VisitRule | None) -> bool:
    """Say so when somebody wrote after the form was opened; sent once more it holds."""
    if row is None or form.cleaned_data["seen"] == row.pk:
        return False
    form.add_error(None, _("{who} 在 {when} 也写了一份。请看一看日历，还是照您这里写的，就再按一次。").format(who=row.who, when=said(row.at, "moment")))
    form.data = form.data | {"seen": row.pk}
    return True


def _halves(page: calendar.YearPage) -> list[list[calendar.Line]]:
    half = sum(one.day < date(page.year, 7, 1) for one in page.lines)
    return [page.lines[:half], page.lines[half:]]


@require_GET
def now(request: HttpRequest) -> HttpResponse:
    """Lead to the running year."""
    return redirect("base:calendar_year", clock.today().year)


@require_GET
def year(request: HttpRequest, year: int) -> HttpResponse:
    """A year to hang up, for everybody signed in: it holds no household."""
    page = calendar.year_page(_year(year))
    return render(request, "base/calendar_year.html", {
        "page": page, "halves": _halves(page), "weekdays": [_(one) for one in calendar.WEEKDAYS], "words": calendar.rule_words(page.ruling),
        "earlier": year - 1 if year > calendar.FIRST_YEAR else None, "later": year + 1 if year < calendar.LAST_YEAR else None,
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
def days(request: HttpRequest, year: int) -> HttpResponse:
    """Type a year's notice, or put right what was typed; every wrong line is told at once."""
    _keeper_only(request)
    row, known = calendar.newest(_year(year)), calendar.days()
    initial = {"lines": calendar.lines_of(calendar.special_days(year)), "source": known.source(year), "official": known.official(year), "seen": row.pk if row else None}
    form = DaysForm(request.POST.dict() if request.method == "POST" else None, year=year, initial=initial)
    if form.is_valid() and not _written_meanwhile(form, row):
        read = form.cleaned_data
        calendar.write_year(year=year, source=read["source"], official=read["official"], special=read["lines"], by=request.user.username)
        return redirect("base:calendar_year", year)
    return render(request, "base/calendar_days.html", {"form": form, "year": year, "row": row}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest) -> HttpResponse:
    """Set the rule for visit days: first the year's days by it are shown, then the same once more is kept."""
    _keeper_only(request)
    row, stands, this = calendar.newest_rule(), calendar.rule(), clock.today().year
    form = RuleForm(request.POST.dict() if request.method == "POST" else None, initial=initial_of(stands) | {"seen": row.pk if row else None})
    tried = None
    if form.is_valid():
        tried = form.ruling()
        if "save" in request.POST and request.POST.get("shown") == str(tried) and not _written_meanwhile(form, row):
            calendar.write_rule(tried, by=request.user.username)
            return redirect("base:calendar_year", this)
    page = calendar.year_page(this, tried) if tried else None
    told = {"form": form, "page": page, "halves": _halves(page) if page else [], "shown": str(tried), "words": calendar.rule_words(stands), "tried": calendar.rule_words(tried) if tried else "", "row": row}
    return render(request, "base/calendar_rule.html", told, status=422 if form.errors else 200)
