"""The auditor's pages, which change nothing: figures, the access log, the issuance log with the cards' signatures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from ippyo.canonical import b64, dumps
from ippyo.registry.console import log
from ippyo.registry.console.figures import CHART_HEIGHT, CHART_WIDTH, chart_bars, figures
from ippyo.registry.console.gate import by, show, staff_page
from ippyo.registry.console.models import AccessEntry, LogHead
from ippyo.registry.console.roles import Role
from ippyo.registry.console.signatures import signature_holds
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.issuance.report import issuance_counts
from ippyo.registry.site.office import office

__all__ = ["access_log", "export_issuance", "export_log", "issuance", "numbers"]

_SHOWN = 100
_ROWS = 25


@require_safe
@staff_page(Role.CLERK, Role.SUPPORT, Role.AUDITOR)
def numbers(request: HttpRequest) -> HttpResponse:
    """Show the figures."""
    counted = figures()
    context: dict[str, object] = {
        "figures": counted,
        "styles": issuance_counts(office().poll),
        "bars": chart_bars(counted.hours),
        "chart_width": CHART_WIDTH,
        "chart_height": CHART_HEIGHT,
        "chart_top": -10,
        "chart_full": CHART_HEIGHT + 20,
    }
    return show(request, "figures.html", context)


@require_safe
@staff_page(Role.AUDITOR)
def access_log(request: HttpRequest) -> HttpResponse:
    """Show the newest entries, whether the chain is whole, and the digest of the export up to here."""
    log.record(by(request), "look-at-log")
    last = LogHead.objects.get(pk=1).number
    digest = _digest(last)
    context: dict[str, object] = {
        "entries": AccessEntry.objects.order_by("-number")[:_SHOWN],
        "broken": log.broken_at(),
        "last": last,
        "digest": digest.hex(),
        "digest_b64": b64(digest),
    }
    return show(request, "log.html", context)


@require_POST
@staff_page(Role.AUDITOR)
def export_log(request: HttpRequest) -> HttpResponse:
    """Answer with all entries up to the number asked for, one a line: what the page's digest is of."""
    told = request.POST.get("last", "")
    head = LogHead.objects.filter(pk=1).first()
    highest = head.number if head else 0
    last = min(int(told), highest) if told.isdecimal() and len(told) < 19 else highest
    log.record(by(request), "export-log", reason=f"1-{last}")
    return _download("".join(log.entries_text(last)), f"access-log-{last}.jsonl")


@require_safe
@staff_page(Role.AUDITOR)
def issuance(request: HttpRequest) -> HttpResponse:
    """Show the issuance log, with whether each card's signature holds; names stay in the export."""
    pages = Paginator(Issuance.objects.order_by("voter_id"), _ROWS)
    shown = pages.get_page(request.GET.get("page"))
    log.record(by(request), "look-at-issuance", reason=f"page {shown.number}")
    rows = [(row, signature_holds(row)) for row in shown]
    return show(request, "issuance.html", {"rows": rows, "shown": shown})


@require_POST
@staff_page(Role.AUDITOR)
def export_issuance(request: HttpRequest) -> HttpResponse:
    """Answer with every request and its evidence, one a line, for checking elsewhere: this is personal data."""
    log.record(by(request), "export-issuance")
    return _download("".join(_issuance_lines()), "issuance-log.jsonl")


def _issuance_lines() -> Iterator[str]:
    for row in Issuance.objects.order_by("voter_id").iterator():
        value = {
            "voter": row.voter_id,
            "style": row.style,
            "kind": row.kind,
            "request": row.request,
            "certificate": row.certificate,
            "evidence": row.evidence,
            "blinded_hash": row.blinded_hash,
            "answered": row.answered,
            "hour": int(row.hour.timestamp()),
        }
        yield dumps(value) + "\n"


def _digest(last: int) -> bytes:
    sha = hashlib.sha256()
    for line in log.entries_text(last):
        sha.update(line.encode())
    return sha.digest()


def _download(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type="application/jsonl; charset=utf-8", headers=headers)
