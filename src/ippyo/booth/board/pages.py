"""The bulletin board's pages (docs/booth.md §5): all public, made by the server, readable without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from ippyo.booth.board.charts import Series, bar_chart
from ippyo.booth.board.figures import Figures, HourRow, read_figures
from ippyo.booth.board.index import TILE
from ippyo.booth.board.tracker import what_became
from ippyo.booth.gateway.views import asking
from ippyo.booth.site.api import API
from ippyo.booth.site.hall import hall
from ippyo.booth.site.language import page_language
from ippyo.canonical import dumps
from ippyo.errors import RefusedError
from ippyo.poll.result import ContestResult, cut_decimal
from ippyo.sites.answers import json_answer

__all__ = ["ballots", "board", "find", "receipt", "record", "status"]

JAPAN = ZoneInfo("Asia/Tokyo")
SHORT = "public, max-age=5"
"""Of pages whose figures change: a crowd of readers costs one page in five seconds."""

FOREVER = "public, max-age=31536000, immutable"
ROW = 10
"""Links on each side of a page of ballots."""


def _page(request: HttpRequest, name: str, values: Mapping[str, object], cache: str = SHORT) -> HttpResponse:
    answer = render(request, f"booth/board/{name}.html", {"page": name, **values})
    answer.headers["Cache-Control"] = cache
    return answer


def _hour(row: HourRow) -> datetime:
    return datetime.fromtimestamp(row.hour, UTC).astimezone(JAPAN)


def _result(result: ContestResult, language: str) -> dict[str, object]:
    """Return what the page says of a result: answers in ballot order, shares of the valid ballots."""
    return {
        "title": result.contest.title.in_language(language),
        "lines": [(line.answer.name.in_language(language), line.count, line.percent) for line in result.lines()],
        "blank": result.blank if result.contest.blank else None,
        "ballots": result.ballots,
        "mean": None if result.mean is None else cut_decimal(result.mean, 2),
    }


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Show turnout, casts, checks, nodes and the result."""
    here = hall()
    figures = read_figures(here.index, here.poll)
    language = page_language()
    titles = {style.id: style.title.in_language(language) for style in figures.styles}
    labels = [f"{_hour(row):%H}" for row in figures.hours]
    turnout = [Series(title, tuple(row.turnout[style] for row in figures.hours)) for style, title in titles.items()]
    kinds = {"revote": gettext("投票し直し"), "spoil": gettext("確認"), "surrender": gettext("権利の返上")}
    uses = [Series(name, tuple(row.counts[kind] for row in figures.hours)) for kind, name in kinds.items()]
    nodes = here.nodes.report()
    values = {
        "figures": figures,
        "time": _moment(figures.tip.time),
        "problem": here.follower.problem,
        "turnout_chart": bar_chart(labels, turnout),
        "turnout_series": [series.name for series in turnout],
        "turnout_rows": [(_hour(row), [row.turnout[style] for style in titles]) for row in figures.hours],
        "uses_chart": bar_chart(labels, uses),
        "uses_series": list(kinds.values()),
        "uses_rows": [(_hour(row), [row.counts[kind] for kind in kinds]) for row in figures.hours],
        "styles": [(titles[row.id], row.counts) for row in figures.styles],
        "results": [_result(result, language) for result in figures.results],
        "nodes": nodes and [(line, _moment(1000 * (line.signed_at or 0))) for line in nodes.lines],
        "stands_still": nodes and not nodes.goes_on,
        "caught": nodes and nodes.caught,
    }
    return _page(request, "index", values)


def _moment(milliseconds: int) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(JAPAN) if milliseconds else None


@require_safe
def ballots(request: HttpRequest, number: int) -> HttpResponse:
    """Show one page of trackers; a full one never changes."""
    here = hall()
    total = here.index.tip().ballots
    last = max(-(-total // TILE) - 1, 0)
    if number > last:
        return API.error(request, "not-found")
    language = page_language()
    titles = {contest.id: contest.title.in_language(language) for contest in here.poll.manifest.contests}
    values = {
        "number": number,
        "last": last,
        "total": total,
        "ballots": [(one, titles[one.contest]) for one in here.index.tile(number)],
        "near": range(max(0, number - ROW), min(last, number + ROW) + 1),
    }
    # What a page of an older number of ballots links to as the last page may have moved on; its ballots never do.
    return _page(request, "ballots", values, FOREVER if (number + 1) * TILE <= total else SHORT)


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Say what became of a tracker, or ask for one."""
    here = hall()
    typed = request.GET.get("tracker", "")[:200]
    if not typed:
        return _page(request, "find", {"typed": "", "fate": None, "problem": ""})
    try:
        fate = what_became(typed, lambda data: asking(lambda: here.ledger.query("tracker", data)), here.index)
    except RefusedError as error:
        values = {"typed": typed, "fate": None, "problem": _problem(error.code)}
        answer = _page(request, "find", values, "no-store")
        answer.status_code = API.refusal_of(error.code).status
        return answer
    titles = {contest.id: contest.title.in_language(page_language()) for contest in here.poll.manifest.contests}
    return _page(
        request, "find", {"typed": typed, "fate": fate, "contest": titles.get(fate.contest or ""), "problem": ""}
    )


def _problem(code: str) -> str:
    """Return what to do where a tracker could not be looked up; the interface's own words are for programs."""
    if code == "malformed":
        return gettext(
            "これは追跡番号ではありません。受領証にある 43 文字を、はじめから終わりまで入れてください。"
            "大文字と小文字は区別します。"
        )
    if code == "ledger-unavailable":
        return gettext("今は台帳に問い合わせられません。しばらくして、もう一度お試しください。")
    return API.refusal_of(code).message.in_language(page_language())


@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """Let the browser check a receipt; nothing of it is sent."""
    return _page(request, "receipt", {"poll": hall().poll.fingerprint})


@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """Offer the record, and say how to verify it."""
    here = hall()
    tip = here.index.tip()
    name = f"ippyo-{here.poll.manifest.id}.zip"
    return _page(
        request, "record", {"tip": tip, "time": _moment(tip.time), "name": name, "poll": here.poll.fingerprint}
    )


@require_safe
def status(_: HttpRequest) -> HttpResponse:
    """Return the figures for machines."""
    here = hall()
    figures: Figures = read_figures(here.index, here.poll)
    nodes = here.nodes.report()
    results = here.index.results()
    value = {
        "poll": here.poll.fingerprint,
        **figures.to_value(),
        "results": {contest: result.to_value() for contest, result in results.items()},
        "nodes": None if nodes is None else nodes.value,
        "problem": here.follower.problem,
    }
    answer = json_answer(dumps(value))
    answer.headers["Cache-Control"] = SHORT
    return answer
