"""The voter's pages. What their script may rely on is written in ``templates/registration/README.md``.

One page holds every screen, so that the voting code never has to leave it; the way back from デジタル認証 ends in a
redirect to it, so that nothing of the answer stays in an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from ippyo.errors import ParseError, RefusedError
from ippyo.identity.digital_auth.journey import parse_query
from ippyo.poll.policies import Policies
from ippyo.registry.registration import card
from ippyo.registry.registration.guidance import GUIDANCE, TOPICS
from ippyo.registry.registration.steps import needs_code, needs_passkey
from ippyo.registry.site.office import Office, office
from ippyo.registry.site.program import registration_program

__all__ = ["Stage", "back", "help_page", "page", "stages"]

RETURNED = "returned"
_TONGUES = {"ja": "tongue-ja", "ja-easy": "tongue-easy", "en": "tongue-en"}
"""What the pages' style sheet calls a language."""

_PLACE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

_TEXTS: dict[str, str | Promise] = {
    "sending": _("送っています。しばらくお待ちください。"),
    "checking": _("投票券を確かめています。"),
    "saved": _("投票券をファイルに保存しました。"),
    "idle": _("あと{seconds}秒で、この画面の内容をすべて消します。"),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as the voter sees it: ``number`` from 1, the name of its screen, and its label."""

    number: int
    name: str
    label: str | Promise


def stages(policies: Policies) -> list[Stage]:
    """Return the voter's steps in a poll with these policies; each has a screen of that name."""
    wanted = [
        ("code", _("登録用コード"), needs_code(policies)),
        ("card", _("カードの読み取り"), True),
        ("passkey", _("パスキー"), needs_passkey(policies)),
        ("free-will", _("意思の確認"), True),
        ("voting-code", _("投票用コード"), True),
        ("done", _("投票券の受け取り"), True),
    ]
    named = [(name, label) for name, label, is_wanted in wanted if is_wanted]
    return [Stage(number, name, label) for number, (name, label) in enumerate(named, start=1)]


@require_safe
@never_cache
@ensure_csrf_cookie
def page(http: HttpRequest) -> HttpResponse:
    """Show the way from the welcome to the ticket.

    ``?back=`` says how the voter came back from デジタル認証; ``?place=`` that this is a device of many, in a place of
    the booth's, where cards are read by its reader only and everything is wiped when somebody leaves.
    """
    return _with_language_button(_page(http))


def _with_language_button(answer: HttpResponse) -> HttpResponse:
    # Without a referrer, a browser sends a form with the origin "null", which the check against forgery refuses.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def _page(http: HttpRequest) -> HttpResponse:
    here = office()
    came = http.GET.get("back", "")
    refused = came if came in GUIDANCE else ""
    policies, language = here.poll.manifest.policies, _language()
    place = _place(here, http)
    by_reader = "card-reader" in policies.channels
    by_app = "digital-auth" in policies.channels and not place
    frame = _frame(here, http)
    if place:
        frame |= {"place": place, "here": f"{http.path}?place={place}"}
    return render(
        http,
        "registration/page.html",
        {
            **frame,
            "fingerprint": here.poll.fingerprint,
            "stages": stages(policies),
            "asks_code": needs_code(policies),
            "asks_passkey": needs_passkey(policies),
            "by_signature": policies.certificate == "signature",
            "by_reader": by_reader,
            "by_app": by_app,
            "two_ways": by_reader and by_app,
            "may_revote": policies.may_revote,
            "opens": datetime.fromtimestamp(here.poll.manifest.opens, UTC),
            "closes": datetime.fromtimestamp(here.poll.manifest.closes, UTC),
            "groups": [
                {
                    "name": group.name.in_language(language),
                    "evidence": group.evidence.in_language(language),
                    "opens": datetime.fromtimestamp(group.opens, UTC),
                }
                for group in here.config.groups
            ],
            "time_format": "M j, Y, H:i" if language == "en" else "Y年n月j日 H:i",
            "way_back": refused or (RETURNED if came == RETURNED else ""),
            "refused": GUIDANCE.get(refused),
            "refused_code": refused,
            "guidance": {code: entry.to_value() for code, entry in GUIDANCE.items()},
            "texts": {key: str(sentence) for key, sentence in _TEXTS.items()},
            "booth": here.config.booth or "",
            "program": registration_program(),
        },
    )


def _place(here: Office, http: HttpRequest) -> str:
    """Return the booth's place whose device asks; empty at home, and where there is no booth or no card reader."""
    asked = http.GET.get("place", "")
    known = here.config.booth and "card-reader" in here.poll.manifest.policies.channels
    return asked if known and _PLACE.fullmatch(asked) else ""


@require_safe
@never_cache
def back(http: HttpRequest) -> HttpResponse:
    """Take the way back from デジタル認証, and lead to the page without what stood in the address."""
    here = office()
    try:
        card.end_journey(here, http.session, parse_query(http.META.get("QUERY_STRING", "")), here.clock())
        outcome = RETURNED
    except RefusedError as refusal:
        outcome = refusal.code if refusal.code in GUIDANCE else "internal-error"
    except ParseError:
        outcome = "digital-auth-failed"
    return HttpResponseRedirect(f"{reverse('registration:page')}?{urlencode({'back': outcome})}")


@require_safe
def help_page(http: HttpRequest) -> HttpResponse:
    """Show what can go wrong, and the way on, all on one page."""
    return _with_language_button(render(http, "registration/help.html", {**_frame(office(), http), "topics": TOPICS}))


def _language() -> str:
    return "en" if get_language() == "en" else "ja"


def _frame(here: Office, http: HttpRequest) -> dict[str, object]:
    """Return what every page shows: the poll's title, whom to call, and the language."""
    language, support = _language(), here.config.support
    return {
        "language": language,
        "tongue": _TONGUES.get(get_language() or "", "tongue-ja"),
        "here": http.path,
        "poll_title": here.poll.manifest.title.in_language(language),
        "support": {
            "phone": support.phone,
            "link": "".join(character for character in support.phone if character in "+0123456789"),
            "hours": support.hours.in_language(language),
        },
    }
