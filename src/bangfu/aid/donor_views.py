"""Pages of donors: who gives, what they pledged, and what they may be told of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bangfu.base import clock
from bangfu.base.money import yuan

from . import donors as desk
from . import pledges
from .access import donor_for, office, whole_town
from .study_forms import DonorForm


@require_GET
def donors(request: HttpRequest) -> HttpResponse:
    """The town's donors."""
    town = whole_town(request.user)
    return render(request, "aid/donors.html", {"donors": desk.of_town(town)[:500], "may": request.user.runs_the_office})


@require_http_methods(["GET", "POST"])
def new_donor(request: HttpRequest) -> HttpResponse:
    """A donor is written down."""
    town = office(request.user)
    form = DonorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = desk.write(town=town, by=request.user, **form.cleaned_data)
        return redirect("aid:donor", made.code)
    return render(request, "aid/form.html", {"form": form, "heading": _("写捐赠人"), "act": _("保存")}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def donor(request: HttpRequest, code: str) -> HttpResponse:
    """What a donor pledged, and the report the donor may be given: money and counts, nobody's name. The contact is opened here."""
    found, contact, status = donor_for(request.user, code), None, 200
    if request.method == "POST":
        office(request.user)
        if request.POST.get("act") == "contact":
            contact = desk.contact_of(donor=found, by=request.user)
        else:
            status = 422
    told = pledges.report(found)
    money = [(_("收到"), yuan(told.received)), (_("已发"), yuan(told.spent)), (_("还没有用"), yuan(told.unspent))]
    return render(request, "aid/donor.html", {
        "donor": found, "contact": contact, "told": told, "money": money, "may": request.user.runs_the_office, "today": clock.today(),
        "pledges": [(one, yuan(one.per_term_fen), pledges.last_term(one)) for one in found.pledges.select_related("source")]}, status=status)  # fmt: skip
