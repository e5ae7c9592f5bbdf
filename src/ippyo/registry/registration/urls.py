"""What the desk answers to voters."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from ippyo.registry.registration import api, pages

_pages = [
    path("", RedirectView.as_view(pattern_name="registration:page"), name="start"),
    path("registration/", pages.page, name="page"),
    path("registration/back", pages.back, name="back"),
    path("registration/help", pages.help_page, name="help"),
    path("api/poll", api.poll),
    path("api/visit", api.visit),
    path("api/request", api.request),
    path("api/digital-auth", api.digital_auth),
    path("api/passkey/options", api.passkey_options),
    path("api/passkey", api.passkey),
    path("api/confirm", api.confirm),
    path("api/ticket", api.ticket),
    path("api/binding", api.binding),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((_pages, "registration"))),
    path("language", set_language, name="set_language"),
]
