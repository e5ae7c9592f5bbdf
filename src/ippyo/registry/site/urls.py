"""Which page answers which address. Only the desk (issuer 1) has voters' pages; a further issuer signs, and no more.

Every issuer has a console for its own staff.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.staticfiles.views import serve
from django.urls import URLPattern, URLResolver, include, path, re_path

from ippyo.registry.site.config import Config

__all__ = ["addresses"]

handler400 = "ippyo.registry.site.api.bad_request"
handler403 = "ippyo.registry.site.api.forbidden"
handler404 = "ippyo.registry.site.api.not_found"
handler500 = "ippyo.registry.site.api.server_error"


def addresses(config: Config | None) -> list[URLPattern | URLResolver]:
    """Return the addresses of the desk, of a further issuer, or of both where nothing is configured (tests)."""
    every: list[URLPattern | URLResolver] = [
        # Files of the package itself: no web server beside this one has to know them.
        re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
        path("console/", include("ippyo.registry.console.urls")),
    ]
    further = path("", include("ippyo.registry.issuance.urls"))
    desk = path("", include("ippyo.registry.registration.urls"))
    if config is None:
        # Both have /api/binding; in tests the desk answers it, as it answers the voter's pages.
        return [*every, desk, further]
    return [*every, desk if config.is_desk else further]


urlpatterns = addresses(settings.REGISTRY)
