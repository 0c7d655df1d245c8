"""Addresses of the chain."""

from django.urls import path

from . import views

app_name = "chain"
urlpatterns = [
    path("", views.town, name="town"),
    path("pairing/", views.pair, name="pairing"),
    path("pairing/export/", views.pairing_export, name="pairing_export"),
    path("hand-over/", views.hand_over, name="hand_over"),
    path("reassignment/<slug:code>/", views.reassignment, name="reassignment"),
    path("village/<slug:code>/", views.village, name="village"),
    path("household/<slug:code>/", views.household, name="household"),
    path("household/<slug:code>/caseworker/", views.caseworker, name="caseworker"),
]
