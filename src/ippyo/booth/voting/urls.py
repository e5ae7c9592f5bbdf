"""Addresses of the voter's pages."""

from django.urls import path

from ippyo.booth.voting import pages

app_name = "voting"
urlpatterns = [
    path("", pages.home, name="home"),
    path("vote", pages.vote, name="vote"),
    path("desk", pages.desk, name="desk"),
    path("photos/<slug:contest>/<slug:answer>", pages.photo, name="photo"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
]
