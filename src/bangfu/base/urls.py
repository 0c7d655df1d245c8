"""Addresses of the page furniture."""

from django.urls import path

from . import views

app_name = "base"
urlpatterns = [
    path("", views.home, name="home"),
    path("trail/", views.trail_page, name="trail"),
    path("size/", views.size, name="size"),
]
