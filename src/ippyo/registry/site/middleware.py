"""The registry's headers: its pages talk to the other issuers and to the card agent, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ippyo.registry.site.api import refuse
from ippyo.registry.site.office import current_office
from ippyo.registry.site.program import PAGE, registration_program
from ippyo.sites import middleware

__all__ = ["BodyLimit", "SessionCookie", "StrictHeaders"]

_SESSION_KEY = re.compile(r"[a-z0-9]{32}")

_AGENT = "http://127.0.0.1:*"
"""The card agent on the voter's own computer; its port is its own choice."""


class StrictHeaders(middleware.StrictHeaders):
    """Names whom a page may connect to, as far as the poll needs it."""

    def content_policy(self, request: HttpRequest) -> str:  # noqa: D102
        connect = ["'self'"]
        opened = current_office()
        if opened is not None:
            connect += [origin for origin in opened.config.issuers if origin != opened.config.origin]
            if "card-reader" in opened.poll.manifest.policies.channels:
                connect.append(_AGENT)
        # The one script within a page is the registration page's list of hashes, allowed by its own hash.
        scripts = f"'self' {registration_program().script_source}" if request.path == PAGE else "'self'"
        return middleware.content_policy(script_src=scripts, connect_src=" ".join(connect))

    def more(self, request: HttpRequest) -> Mapping[str, str]:  # noqa: D102
        # The registration page opens the booth and hands the ticket over by postMessage (docs/booth.md §4).
        return {"Cross-Origin-Opener-Policy": "same-origin-allow-popups" if request.path == PAGE else "same-origin"}


class SessionCookie:
    """Drops a session cookie that this site cannot have set: PostgreSQL fails on some of what a stranger sends."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if key is not None and not _SESSION_KEY.fullmatch(key):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        return self._get_response(request)


class BodyLimit(middleware.BodyLimit):
    """Answers as the registry does."""

    def refuse(self, code: str) -> HttpResponse:  # noqa: D102
        return refuse(code)
