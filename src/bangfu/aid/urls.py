"""Addresses of aid."""

from django.urls import path

from . import batch_views, card_views, opening_views, views

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
    path("households/<slug:code>/<int:year>/", card_views.information_card, name="information_card"),
    path("openings/", opening_views.openings, name="openings"),
    path("openings/new/", opening_views.new_opening, name="new_opening"),
    path("openings/<slug:code>/", opening_views.opening_page, name="opening"),
    path("openings/<slug:code>/columns/", opening_views.opening_columns, name="opening_columns"),
    path("sheets/", batch_views.find_sheet, name="find_sheet"),
    path("sheets/<slug:code>/", batch_views.sheet, name="sheet"),
]
