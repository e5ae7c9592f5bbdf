"""The language of a page: ``?lang=`` in its address, else what the browser asks for. Nothing is remembered.

``easy`` (やさしい日本語) is ``ja-easy`` to Django, for the board's catalogue; voters' pages have words of their own.
"""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from ippyo.sites.middleware import Answer

__all__ = ["ChosenLanguage", "page_language"]


_EASY = "ja-easy"


def page_language() -> Literal["ja", "en"]:
    """Return the language of the page that is being made."""
    return "en" if translation.get_language() == "en" else "ja"


class ChosenLanguage:
    """Activates the language for the time of a request."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the language."""
        asked = request.GET.get("lang", "")
        known = {**{code: code for code, _ in settings.LANGUAGES}, "easy": _EASY}
        language = known.get(asked) or translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            answer = self._get_response(request)
            answer.headers.setdefault("Content-Language", page_language())
        if asked not in known and answer.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(answer, ("Accept-Language",))
        return answer
