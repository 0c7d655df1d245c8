"""Addresses of aid."""

from django.urls import path, register_converter

from . import batch_views, donor_views, study_views, views


class Term:
    """A term in an address: 2017-2 is 2017秋, so that an address is plain letters."""

    regex = r"\d{4}-[12]"

    def to_python(self, value: str) -> str:
        return value[:4] + "春秋"[int(value[5]) - 1]

    def to_url(self, value: str) -> str:
        return f"{value[:4]}-{'春秋'.index(value[4]) + 1}"


register_converter(Term, "term")
app_name = "aid"
urlpatterns = [
    path("", views.home, name="home"),
    path("sources/new/", views.new_source, name="new_source"),
    path("sources/<slug:code>/", views.source, name="source"),
    path("programmes/new/", views.new_programme, name="new_programme"),
    path("ledger/", views.entries, name="entries"),
    path("ledger/file/", views.entries_file, name="entries_file"),
    path("lines/<int:key>/", views.line, name="line"),
    path("batches/new/", batch_views.new_batch, name="new_batch"),
    path("batches/<slug:code>/", batch_views.batch, name="batch"),
    path("batches/<slug:code>/print/", batch_views.print_sheets, name="print_sheets"),
    path("batches/<slug:code>/payments/", batch_views.payment_list, name="payment_list"),
    path("batches/<slug:code>/bank/", batch_views.bank_reply, name="bank_reply"),
    path("print/", batch_views.print_day, name="print_day"),
    path("printed/<slug:code>/", batch_views.printed, name="printed"),
    path("sheets/", batch_views.find_sheet, name="find_sheet"),
    path("sheets/<slug:code>/", batch_views.sheet, name="sheet"),
    path("donors/", donor_views.donors, name="donors"),
    path("donors/new/", donor_views.new_donor, name="new_donor"),
    path("donors/<slug:code>/", donor_views.donor, name="donor"),
    path("donors/<slug:code>/pledges/new/", study_views.new_pledge, name="new_pledge"),
    path("study/", study_views.home, name="study"),
    path("study/grants/", study_views.other_grants, name="other_grants"),
    path("study/new/<str:code>/", study_views.new_application, name="new_application"),
    path("study/pledges/<slug:code>/", study_views.pledge, name="pledge"),
    path("study/terms/<term:name>/", study_views.term, name="study_term"),
    path("study/<slug:code>/", study_views.application, name="application"),
    path("study/<slug:code>/form/", study_views.registration_form, name="registration_form"),
]
