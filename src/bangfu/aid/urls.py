"""Addresses of aid."""

from django.urls import path

from . import batch_views, donor_views, notice_views, study_views, views, wish_views

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
    path("wishes/", wish_views.wish_list, name="wishes"),
    path("wishes/<slug:code>/", wish_views.wish, name="wish"),
    path("households/<slug:code>/wish/", wish_views.new_wish, name="new_wish"),
    path("notices/", notice_views.notices, name="notices"),
    path("notices/<slug:code>/", notice_views.notice, name="notice"),
    path("notices/<slug:code>/file/<str:name>/", notice_views.notice_file, name="notice_file"),
    path("batches/<slug:code>/notice/", notice_views.new_notice, name="new_notice"),
    path("objections/<slug:code>/", notice_views.objection, name="objection"),
    path("public/", notice_views.public_pages, name="public_pages"),
    path("donors/", donor_views.donors, name="donors"),
    path("donors/new/", donor_views.new_donor, name="new_donor"),
    path("donors/<slug:code>/", donor_views.donor, name="donor"),
    path("donors/<slug:code>/pledges/new/", study_views.new_pledge, name="new_pledge"),
    path("study/", study_views.home, name="study"),
    path("study/grants/", study_views.other_grants, name="other_grants"),
    path("study/new/<str:code>/", study_views.new_application, name="new_application"),
    path("study/pledges/<slug:code>/", study_views.pledge, name="pledge"),
    path("study/terms/<str:name>/", study_views.term, name="study_term"),
    path("study/<slug:code>/", study_views.application, name="application"),
    path("study/<slug:code>/form/", study_views.registration_form, name="registration_form"),
]
