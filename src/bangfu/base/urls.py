"""Addresses of the page furniture."""

from django.urls import path

from . import calendar_views, views

app_name = "base"
urlpatterns = [
    path("", views.home, name="home"),
    path("trail/", views.trail_page, name="trail"),
    path("feedback/", views.feedback_page, name="feedback"),
    path("feedback/<slug:code>/", views.feedback_sent, name="feedback_sent"),
    path("feedbacks/", views.feedback_list, name="feedback_list"),
    path("feedbacks/<slug:code>/", views.feedback_answer, name="feedback_answer"),
    path("protection/", views.protection_page, name="protection"),
    path("work/", views.job_list, name="jobs"),
    path("work/<slug:code>/", views.job_page, name="job"),
    path("work/<slug:code>/stop/", views.job_stop, name="job_stop"),
    path("calendar/", calendar_views.now, name="calendar"),
    path("calendar/<int:year>/", calendar_views.year, name="calendar_year"),
    path("calendar/<int:year>/days/", calendar_views.days, name="calendar_days"),
    path("calendar/rule/", calendar_views.rule, name="calendar_rule"),
    path("size/", views.size, name="size"),
    path("theme/", views.theme, name="theme"),
    path("language/", views.language, name="language"),
]
