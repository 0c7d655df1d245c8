"""Addresses of aid."""

from django.urls import path

from . import batch_views, farming_views, reward_views, views

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
    path("farming/", farming_views.home, name="farming"),
    path("farming/income/", farming_views.income, name="income"),
    path("farming/<slug:code>/", farming_views.village, name="farming_village"),
    path("farming/<slug:code>/direction/", farming_views.direction, name="direction"),
    path("farming/<slug:code>/plan/", farming_views.plan, name="plan"),
    path("intentions/<slug:code>/", farming_views.intention, name="intention"),
    path("batches/<slug:code>/follow/", farming_views.follow_ups, name="follow_ups"),
    path("lines/<int:key>/follow/<int:age>/", farming_views.follow_up, name="follow_up"),
    path("rewards/", reward_views.rounds, name="rounds"),
    path("rewards/new/", reward_views.new_round, name="new_round"),
    path("rewards/<slug:code>/", reward_views.round_, name="round"),
    path("claims/<slug:code>/", reward_views.claim, name="claim"),
]
