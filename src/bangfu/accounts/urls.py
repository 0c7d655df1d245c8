"""Addresses of accounts that are ours and not the sign-in library's."""

from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("", views.listing, name="officers"),
    path("new/", views.new, name="new"),
    path("first/", views.first, name="first"),
    path("demo/", views.demo_sign_in, name="demo_sign_in"),
    path("me/", views.mine, name="mine"),
    path("<str:username>/", views.officer, name="officer"),
    path("<str:username>/close/", views.close, name="close"),
    path("<str:username>/reopen/", views.reopen, name="reopen"),
    path("<str:username>/password/", views.password, name="password"),
    path("<str:username>/second-factor/", views.second_factor, name="second_factor"),
]
