"""Addresses of the registry. A household's public code stands in them, never a name or a number of a person."""

from django.urls import path

from . import import_views, views

app_name = "registry"
urlpatterns = [
    path("", views.villages, name="villages"),
    path("find/", views.find, name="find"),
    path("areas/", views.areas, name="areas"),
    path("clusters/", views.clusters, name="clusters"),
    path("imports/", import_views.imports, name="imports"),
    path("imports/<slug:code>/", import_views.upload, name="upload"),
    path("imports/<slug:code>/marked/", import_views.annotated, name="annotated"),
    path("imports/<slug:code>/back/", import_views.give_back, name="give_back"),
    path("imports/<slug:code>/columns/", import_views.file_columns, name="file_columns"),
    path("imports/<slug:code>/leaving/", import_views.leaving_households, name="leaving_households"),
    path("imports/<slug:code>/choose/", import_views.choose, name="choose"),
    path("export/", views.export_villages, name="export_villages"),
    path("village/<slug:code>/", views.village, name="village"),
    path("village/<slug:code>/export/", views.export_village, name="export"),
    path("<slug:code>/", views.card, name="card"),
    path("<slug:code>/values/<int:number>/", views.columns, name="columns"),
    path("<slug:code>/values/<int:number>/<slug:column>/", views.record, name="record"),
    path("<slug:code>/open/<int:number>/", views.hidden, name="hidden"),
    path("<slug:code>/open/<int:number>/<slug:column>/", views.open_value, name="open_value"),
    path("<slug:code>/joined/", views.joining, name="joining"),
    path("<slug:code>/left/", views.leaving, name="leaving"),
    path("<slug:code>/relation/", views.relation, name="relation"),
]
