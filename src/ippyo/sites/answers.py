"""The JSON interface's manners: limited bodies, canonical answers, and each refusal in two languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.templatetags.static import static
from django.utils.html import escape

from ippyo.canonical import dumps
from ippyo.errors import ParseError, RefusedError
from ippyo.poll.text import Text

__all__ = ["Handler", "JsonApi", "Refusal", "json_answer", "read_body", "refusal"]

JSON = "application/json; charset=utf-8"
RETRY_SECONDS = 30
_COME_BACK = frozenset({429, 503})

Handler = Callable[..., Mapping[str, object] | str]
"""A function of a request that returns the answer's value, or its canonical text, and raises refusals."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a refusal is answered: HTTP status, and what to do about it."""

    status: int
    message: Text


def refusal(status: int, ja: str, en: str) -> Refusal:
    """Return a refusal with its words in both languages."""
    return Refusal(status, Text(ja, en))


def json_answer(value: Mapping[str, object] | str, status: int = 200) -> HttpResponse:
    """Return canonical JSON (a mapping, or a text that already is), never to be cached."""
    text = value if isinstance(value, str) else dumps(value)
    return HttpResponse(text, status=status, content_type=JSON, headers={"Cache-Control": "no-store"})


def read_body(request: HttpRequest, limit: int) -> bytes:
    """Return the request's body of at most ``limit`` bytes.

    Raises :class:`RefusedError` ``too-large`` or ``malformed``.
    """
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise RefusedError("too-large")
        body = request.read(limit + 1)
    except (ValueError, UnreadablePostError, RawPostDataException):
        raise RefusedError("malformed") from None
    if len(body) > limit:
        raise RefusedError("too-large")
    return body


@dataclass(frozen=True)
class JsonApi:
    """A site's interface: ``refusals`` by code (with ``internal-error`` among them), ``name`` for a person's page.

    A person is led back to ``/``, or to the one of ``starts`` that the address begins with.
    """

    refusals: Mapping[str, Refusal]
    name: Text
    starts: tuple[str, ...] = ()

    def refusal_of(self, code: str) -> Refusal:
        """Return how ``code`` is answered; a code that nobody foresaw is an error of ours."""
        return self.refusals.get(code, self.refusals["internal-error"])

    def refuse(self, code: str) -> HttpResponse:
        """Return the answer to a refusal: ``{"code":..,"message":{"ja":..,"en":..}}``."""
        found = self.refusal_of(code)
        answer = json_answer({"code": code, "message": found.message.to_value()}, found.status)
        if found.status in _COME_BACK:
            answer["Retry-After"] = str(RETRY_SECONDS)
        return answer

    def view(self, *methods: str) -> Callable[[Handler], Callable[..., HttpResponse]]:
        """Make a view of a handler; other methods than ``methods`` get 405."""

        def decorate(handler: Handler) -> Callable[..., HttpResponse]:
            @wraps(handler)
            def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
                if request.method not in methods:
                    answer = self.refuse("method-not-allowed")
                    answer["Allow"] = ", ".join(methods)
                    return answer
                try:
                    return json_answer(handler(request, *args, **kwargs))
                except RefusedError as error:
                    return self.refuse(error.code)
                except ParseError:
                    return self.refuse("malformed")

            return view

        return decorate

    def error(self, request: HttpRequest, code: str) -> HttpResponse:
        """Answer a program with JSON, and a person with a page of one sentence in both languages."""
        if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
            return self.refuse(code)
        found = self.refusal_of(code)
        words = (found.message.ja, found.message.en, self.name.ja, self.name.en)
        ja, en, name_ja, name_en = map(escape, words)
        start = next((start for start in self.starts if request.path.startswith(start)), "/")
        styles = "\n".join(f'<link rel="stylesheet" href="{escape(static(style))}">' for style in _STYLES)
        page = _PAGE.format(ja=ja, en=en, name_ja=name_ja, name_en=name_en, start=escape(start), styles=styles)
        return HttpResponse(page, status=found.status, headers={"Cache-Control": "no-store"})

    def bad_request(self, request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        """Django's handler of 400; a body over Django's own limit is ``too-large``."""
        return self.error(request, "too-large" if isinstance(exception, RequestDataTooBig) else "malformed")

    def forbidden(self, request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        """Django's handler of 403."""
        return self.error(request, "forbidden")

    def not_found(self, request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        """Django's handler of 404."""
        return self.error(request, "not-found")

    def server_error(self, request: HttpRequest) -> HttpResponse:
        """Django's handler of 500: what went wrong stays in the log."""
        return self.error(request, "internal-error")


_STYLES = ("web/look/tokens.css", "web/look/civic.css")

# No template: this page must be there when something of the site itself fails.
_PAGE = """<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name_ja} · {name_en}</title>
{styles}
<main>
<div class="screen">
<h1>{ja}</h1>
<p lang="en">{en}</p>
<p class="actions"><a class="button" href="{start}">はじめに戻る · <span lang="en">Back to the start</span></a></p>
</div>
</main>
</html>
"""
