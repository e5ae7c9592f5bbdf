"""The booth's headers: the camera for QR codes, and an opener only where a ticket is handed over."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse

from ippyo.booth.site.api import API
from ippyo.booth.site.program import PAGE, voting_program
from ippyo.sites.middleware import BodyLimit, StrictHeaders, content_policy

__all__ = ["BoothBodyLimit", "BoothHeaders"]


class BoothHeaders(StrictHeaders):
    """Strict, with the camera and with workers of this origin."""

    powers = MappingProxyType({"camera": "(self)"})

    def content_policy(self, request: HttpRequest) -> str:  # noqa: D102
        # The one script within a page is the voting page's list of hashes, allowed by its own hash.
        scripts = f"'self' {voting_program().script_source}" if request.path == PAGE else "'self'"
        # The camera's picture is shown in a page as a blob of its own.
        return content_policy(script_src=scripts, worker_src="'self'", media_src="'self' blob:")

    def more(self, request: HttpRequest) -> Mapping[str, str]:  # noqa: D102
        # The registration page, which opened this one, hands the ticket over by postMessage (docs/booth.md §4).
        handing_over = request.path == PAGE and request.GET.get("from") == "registration"
        return {"Cross-Origin-Opener-Policy": "unsafe-none" if handing_over else "same-origin"}


class BoothBodyLimit(BodyLimit):
    """Answers as the booth does."""

    def refuse(self, code: str) -> HttpResponse:  # noqa: D102
        return API.refuse(code)
