"""Headers on every answer, so that a page loads nothing from elsewhere and tells nobody where a voter was.

Each site derives its own two classes, which say what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

__all__ = ["Answer", "BodyLimit", "StrictHeaders", "content_policy"]

Answer = Callable[[HttpRequest], HttpResponse]

POWERS = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
    "usb",
)
"""What a browser could let a page do, and ours may not unless the site says so."""


def content_policy(**more: str) -> str:
    """Return a Content-Security-Policy: this origin only, no inline script and no inline style.

    ``more`` adds directives or replaces ours, by name with ``_`` for ``-``.
    """
    directives = {
        "default_src": "'none'",
        "script_src": "'self'",
        "style_src": "'self'",
        "img_src": "'self' data:",
        "font_src": "'self'",
        "manifest_src": "'self'",
        "connect_src": "'self'",
        "form_action": "'self'",
        "base_uri": "'none'",
        "frame_ancestors": "'none'",
    } | more
    return "; ".join(f"{name.replace('_', '-')} {value}" for name, value in directives.items())


class StrictHeaders:
    """Sets the headers, unless a view has set them itself."""

    powers: Mapping[str, str] = MappingProxyType({})
    """Powers that pages of this site have, with their allow lists."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def content_policy(self, request: HttpRequest) -> str:
        """Return the answer's Content-Security-Policy."""
        return content_policy()

    def more(self, request: HttpRequest) -> Mapping[str, str]:
        """Return further headers of the site."""
        return {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the headers."""
        response = self._get_response(request)
        powers = ", ".join(f"{name}={self.powers.get(name, '()')}" for name in POWERS)
        headers = {
            "Content-Security-Policy": self.content_policy(request),
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": powers,
            **self.more(request),
        }
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response


class BodyLimit:
    """Refuses (``too-large``) a body over ``DATA_UPLOAD_MAX_MEMORY_SIZE`` before anything reads it."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def refuse(self, code: str) -> HttpResponse:
        """Return the site's answer to a refusal."""
        raise NotImplementedError

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or refuse."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal()):
            return self.refuse("malformed")
        if int(length[:20]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return self.refuse("too-large")
        return self._get_response(request)
