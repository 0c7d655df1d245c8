"""Addresses of the chain."""

from django.urls import path

from . import views

app_name = "chain"
urlpatterns = [
    path("", views.town, name="town"),
    path("village/<slug:code>/", views.village, name="village"),
    path("household/<slug:code>/", views.household, name="household"),
    path("household/<slug:code>/caseworker/", views.caseworker, name="caseworker"),
]
