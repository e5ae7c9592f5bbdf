"""The views: all of them GET, none of them knows who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from ippyo.booth.site.config import Place
from ippyo.booth.site.hall import Hall, hall
from ippyo.booth.site.program import voting_program
from ippyo.booth.voting.photos import MEDIA, photos_of
from ippyo.booth.voting.words import Tongue, sentences, tongue_of
from ippyo.sites.readings import plain

__all__ = ["desk", "home", "manifest", "photo", "vote"]

JAPAN = ZoneInfo("Asia/Tokyo")
DAY = 86_400

_FOR_THE_SCRIPT = (
    *("refusal.", "rule.", "count-", "blank.", "skip.", "camera.", "closing.", "idle.", "opening-part", "mark-is"),
    *(
        "next",
        "to-review",
        "change",
        "or",
        "dismiss",
        "no-mark",
        "chosen-none",
        "limit-reached",
        "copied",
        "not-copied",
    ),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the voter's way, for the line of progress."""

    number: int
    name: str
    key: str


STAGES = tuple(
    Stage(number, name, f"stage.{name}")
    for number, name in enumerate(("code", "choose", "review", "seal", "done"), start=1)
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what this is, what one needs, and where to go."""
    return render(request, "booth/home.html", _about(hall(), tongue_of(request)))


@require_safe
def vote(request: HttpRequest) -> HttpResponse:
    """Show the document that holds every question; ``?place=ID`` makes it a kiosk's.

    A place that is not configured gets no questions: its tablet would be nobody's, and wipe nothing.
    """
    here = hall()
    tongue = tongue_of(request)
    place_id = request.GET.get("place")
    place = next((place for place in here.config.places if place.id == place_id), None)
    if place_id is not None and place is None:
        # An id that no place has, so that a change of language leads here again.
        unknown = _about(here, tongue) | {"is_kiosk": True, "place": {"id": "-"}}
        return render(request, "booth/unknown_place.html", unknown, status=404)
    photos = {
        key: reverse("voting:photo", args=key.split("/")) for key in photos_of(here.config.folder, here.poll.manifest)
    }
    context = _about(here, tongue) | {
        "fingerprint": here.poll.fingerprint,
        "is_kiosk": place is not None,
        "place": None if place is None else _place(place, tongue),
        "register_at": _register_at(here, place),
        "words": sentences(tongue, *_FOR_THE_SCRIPT),
        "photos": photos,
        "program": voting_program(),
    }
    return render(request, "booth/vote.html", context)


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Let the support desk start a session on a shared tablet; nothing of the voter's comes here."""
    here = hall()
    tongue = tongue_of(request)
    places = [_place(place, tongue) for place in here.config.places]
    return render(request, "booth/desk.html", _about(here, tongue) | {"places": places})


@require_safe
def photo(request: HttpRequest, contest: str, answer: str) -> HttpResponse:
    """Return a candidate's photo."""
    here = hall()
    file = photos_of(here.config.folder, here.poll.manifest).get(f"{contest}/{answer}")
    if file is None:
        raise Http404
    return HttpResponse(
        file.read_bytes(), content_type=MEDIA[file.suffix], headers={"Cache-Control": f"public, max-age={DAY}"}
    )


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Return what an installed page is called and looks like."""
    tongue = tongue_of(request)
    title = hall().poll.manifest.title.in_language(_language(tongue))
    icons = [
        {"src": static(f"booth/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    icons.append({"src": static("booth/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"})
    value = {
        "name": title,
        "short_name": plain(sentences(tongue)["home.vote"]),
        "lang": _language(tongue),
        "start_url": reverse("voting:vote"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f7f6",
        "theme_color": "#0b5468",
        "icons": icons,
    }
    return JsonResponse(value, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


def _about(here: Hall, tongue: Tongue) -> dict[str, object]:
    """Return what all these pages tell of the poll, besides what every page of the booth knows (site/context.py)."""
    poll = here.poll.manifest
    language = _language(tongue)
    return {
        "poll_description": "" if poll.description is None else poll.description.in_language(language),
        "opens": _time(poll.opens, language),
        "closes": _time(poll.closes, language),
        "may_revote": poll.policies.revote == "last-counts",
        "stages": STAGES,
    }


def _register_at(here: Hall, place: Place | None) -> str:
    """Return where one registers; at a device of many with its card reader only, or nowhere (empty)."""
    address = f"{here.config.registry}/registration/"
    if place is None:
        return address
    return f"{address}?place={place.id}" if "card-reader" in here.poll.manifest.policies.channels else ""


def _language(tongue: Tongue) -> str:
    return "en" if tongue == "en" else "ja"


def _place(place: Place, tongue: Tongue) -> dict[str, str]:
    language = _language(tongue)
    return {
        "id": place.id,
        "name": place.name.in_language(language),
        "address": place.address.in_language(language),
        "opens": place.opens,
        "closes": place.closes,
    }


def _time(seconds: int, language: str) -> dict[str, str]:
    """Return a time in Japan as machines and as people read it."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(JAPAN)
    days = "月火水木金土日"
    if language == "ja":
        shown = f"{at.year}年{at.month}月{at.day}日（{days[at.weekday()]}）{at.hour}時{at.minute:02}分"
    else:
        shown = f"{at:%a} {at.day} {at:%B %Y, %H:%M} (Japan)"
    return {"machine": at.isoformat(), "shown": shown}
