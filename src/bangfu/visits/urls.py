"""Addresses of visits."""

from django.urls import path

from . import day_views, reminder_views, verification_views, views

app_name = "visits"
urlpatterns = [
    path("", views.days, name="days"),
    path("own/", views.own, name="own"),
    path("publish/", views.publish, name="publish"),
    path("items/", views.items, name="items"),
    path("not-seen/", views.not_seen, name="not_seen"),
    path("verifications/", verification_views.verifications, name="verifications"),
    path("verifications/<slug:code>/", verification_views.verification_item, name="verification"),
    path("household/<slug:code>/verify/", verification_views.verify, name="verify"),
    path("village/<slug:code>/field-days/", day_views.field_days, name="field_days"),
    path("village/<slug:code>/field-days/<slug:key>/", day_views.withdraw_field_day, name="withdraw_field_day"),
    path("reminders/", reminder_views.reminders, name="reminders"),
    path("reminders/<int:key>/", reminder_views.reminder, name="reminder"),
    path("ladder/", reminder_views.ladder, name="ladder"),
    path("told/", reminder_views.deliveries, name="deliveries"),
    path("told/<int:key>/", reminder_views.told, name="told"),
    path("household/<slug:code>/", views.record, name="record"),
    path("household/<slug:code>/excuse/", views.excuse, name="excuse"),
    path("excuse/<int:key>/", views.decide, name="decide"),
    path("visit/<slug:code>/", views.amend, name="amend"),
    path("sheet/", views.find_sheet, name="find_sheet"),
    path("sheet/<slug:code>/", views.sheet, name="sheet"),
    path("sheets/<slug:code>/", views.sheets_file, name="sheets_file"),
    path("<slug:on>/", views.board, name="board"),
    path("<slug:on>/cancel/", day_views.cancel, name="cancel"),
    path("<slug:on>/excuse/", day_views.excuse_many, name="excuse_many"),
    path("<slug:on>/household/<slug:code>/", day_views.slot, name="slot"),
    path("<slug:on>/sheets/", views.all_sheets, name="all_sheets"),
    path("<slug:on>/own/sheets/", views.own_sheets, name="own_sheets"),
    path("<slug:on>/village/<slug:code>/", views.village, name="village"),
    path("<slug:on>/village/<slug:code>/roll/", views.roll, name="roll"),
    path("<slug:on>/village/<slug:code>/sheets/", views.sheets, name="sheets"),
]
