"""Headers on every answer, so that a page loads nothing from elsewhere and tells nobody where a voter was."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ippyo.registry.site.api import refuse
from ippyo.registry.site.office import current_office

__all__ = ["BodyLimit", "StrictHeaders", "content_policy"]

Answer = Callable[[HttpRequest], HttpResponse]

_AGENT = "http://127.0.0.1:*"
"""The card agent on the voter's own computer; its port is its own choice."""

_PERMISSIONS = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
    "usb",
)


def content_policy() -> str:
    """Return the Content-Security-Policy: this origin only, and to connect to: the issuers and the card agent."""
    connect = ["'self'"]
    opened = current_office()
    if opened is not None:
        connect += [origin for origin in opened.config.issuers if origin != opened.config.origin]
        if "card-reader" in opened.poll.manifest.policies.channels:
            connect.append(_AGENT)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "manifest-src 'self'",
            f"connect-src {' '.join(connect)}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class StrictHeaders:
    """Sets the headers, unless a view has set them itself."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers."""
        response = self._get_response(request)
        for name, value in (
            ("Content-Security-Policy", content_policy()),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Permissions-Policy", ", ".join(f"{name}=()" for name in _PERMISSIONS)),
        ):
            response.headers.setdefault(name, value)
        return response


class BodyLimit:
    """Refuses (``too-large``) a body over the site's limit before anything reads it."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or refuse."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal():
            return refuse("malformed")
        if int(length[:20]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return refuse("too-large")
        return self._get_response(request)
