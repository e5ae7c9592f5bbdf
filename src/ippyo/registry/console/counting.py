"""Counts for the figures: how registration's steps came out, by hour and refusal code, of nobody in particular."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from django.db import Error, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ippyo.registry.console.models import HourCount
from ippyo.registry.hours import whole_hour

__all__ = ["CountOutcomes", "count", "outcome_of"]

OK = "ok"
_POSTS = {
    "/api/visit": "code",
    "/api/request": "card",
    "/api/binding": "binding",
    "/api/passkey": "passkey",
    "/api/ticket": "ticket",
    "/api/issue": "issue",
}
_BACK = "/registration/back"


class CountOutcomes:
    """Counts the answers to the steps of registration; an answer never waits for a count that fails."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and count."""
        response = self._get_response(request)
        what = _POSTS.get(request.path) if request.method == "POST" else None
        if request.method == "GET" and request.path == _BACK:
            what = "card"
        if what is not None:
            # A figure less is no reason to lose a voter's answer.
            with suppress(Error):
                count(what, outcome_of(response))
        return response


def outcome_of(response: HttpResponse) -> str:
    """Return ``ok`` or the code of the refusal that an answer tells."""
    if response.status_code == 302:
        told = parse_qs(urlsplit(response.get("Location", "")).query).get("back", [""])[0]
        return OK if told == "returned" else told[:40] or OK
    if response.status_code < 400:
        return OK
    try:
        return str(json.loads(response.content)["code"])[:40]
    except (ValueError, KeyError, TypeError):
        return f"http-{response.status_code}"


def count(what: str, outcome: str) -> None:
    """Count one ``outcome`` of ``what`` in this hour."""
    hour = whole_hour(timezone.now())
    with transaction.atomic():
        row, _ = HourCount.objects.get_or_create(hour=hour, what=what, outcome=outcome)
        HourCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
