"""The registry's JSON manners, and Django's handlers of errors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ippyo.poll.text import Text
from ippyo.registry.site.refusals import REFUSALS
from ippyo.sites.answers import JsonApi, json_answer, read_body

__all__ = [
    "api",
    "bad_request",
    "csrf_failed",
    "forbidden",
    "json_answer",
    "not_found",
    "read_body",
    "refuse",
    "server_error",
]

_API = JsonApi(REFUSALS, Text("投票券の受付", "Registration"), starts=("/console/",))

api, refuse = _API.view, _API.refuse
bad_request, forbidden, not_found, server_error = _API.bad_request, _API.forbidden, _API.not_found, _API.server_error


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a request without its session's token: whoever sends it has no visit here."""
    return _API.error(request, "no-visit")
