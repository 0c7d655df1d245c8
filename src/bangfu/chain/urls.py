"""Addresses of the chain."""

from django.urls import path

from . import people_views, views

app_name = "chain"
urlpatterns = [
    path("", views.town, name="town"),
    path("people/", people_views.people, name="people"),
    path("people/<slug:username>/", people_views.person, name="person"),
    path("village/<slug:code>/cards/", views.contact_cards, name="contact_cards"),
    path("village/<slug:code>/appoint/", people_views.appoint, name="appoint"),
    path("village/<slug:code>/end/<slug:kind>/<int:key>/", people_views.end, name="end"),
    path("pairing/", views.pair, name="pairing"),
    path("pairing/export/", views.pairing_export, name="pairing_export"),
    path("hand-over/", views.hand_over, name="hand_over"),
    path("reassignment/<slug:code>/", views.reassignment, name="reassignment"),
    path("village/<slug:code>/", views.village, name="village"),
    path("household/<slug:code>/", views.household, name="household"),
    path("household/<slug:code>/caseworker/", views.caseworker, name="caseworker"),
]
