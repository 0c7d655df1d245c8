"""Addresses of reports."""

from django.urls import path

from . import views

app_name = "reports"
urlpatterns = [
    path("", views.bulletins, name="bulletins"),
    path("new/", views.write, name="new"),
    path("figures/<slug:code>/", views.figure, name="figure"),
    path("<slug:code>/", views.bulletin, name="bulletin"),
    path("<slug:code>/write/", views.write, name="write"),
    path("<slug:code>/issue/", views.issue, name="issue"),
    path("<slug:code>/word/", views.word, name="word"),
    path("<slug:code>/list/", views.live_list, name="list"),
]
