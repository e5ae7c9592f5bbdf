"""Which page answers which address."""

from __future__ import annotations

from django.contrib.staticfiles.views import serve
from django.urls import include, path, re_path

__all__ = ["urlpatterns"]

handler400 = "ippyo.booth.site.api.bad_request"
handler403 = "ippyo.booth.site.api.forbidden"
handler404 = "ippyo.booth.site.api.not_found"
handler500 = "ippyo.booth.site.api.server_error"

urlpatterns = [
    # Files of the package itself: no web server beside this one has to know them.
    re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
    path("api/", include("ippyo.booth.gateway.urls")),
    path("board/", include("ippyo.booth.board.urls")),
    path("", include("ippyo.booth.voting.urls")),
]
