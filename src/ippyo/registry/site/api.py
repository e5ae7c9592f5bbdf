"""The JSON interface's manners: limited bodies, canonical answers, and each refusal in two languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError

from ippyo.canonical import dumps
from ippyo.errors import ParseError, RefusedError
from ippyo.registry.site.refusals import RegistryRefusedError, refusal_of

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

JSON = "application/json; charset=utf-8"


def json_answer(value: Mapping[str, object] | str, status: int = 200) -> HttpResponse:
    """Return canonical JSON (a mapping, or a text that already is), never to be cached."""
    text = value if isinstance(value, str) else dumps(value)
    return HttpResponse(text, status=status, content_type=JSON, headers={"Cache-Control": "no-store"})


def refuse(code: str) -> HttpResponse:
    """Return the answer to a refusal: ``{"code":..,"message":{"ja":..,"en":..}}``."""
    refusal = refusal_of(code)
    answer = json_answer({"code": code, "message": refusal.message.to_value()}, refusal.status)
    if refusal.status in {429, 503}:
        answer["Retry-After"] = "30"
    return answer


def read_body(request: HttpRequest, limit: int) -> bytes:
    """Return the request's body of at most ``limit`` bytes. Raises ``too-large`` or ``malformed``."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise RegistryRefusedError("too-large")
        body = request.read(limit + 1)
    except (ValueError, UnreadablePostError, RawPostDataException):
        raise RegistryRefusedError("malformed") from None
    if len(body) > limit:
        raise RegistryRefusedError("too-large")
    return body


Handler = Callable[..., Mapping[str, object] | str]


def api(*methods: str) -> Callable[[Handler], Callable[..., HttpResponse]]:
    """Make a view of a function that returns the answer's value and raises refusals; other methods get 405."""

    def decorate(handler: Handler) -> Callable[..., HttpResponse]:
        @wraps(handler)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                answer = refuse("method-not-allowed")
                answer["Allow"] = ", ".join(methods)
                return answer
            try:
                return json_answer(handler(request, *args, **kwargs))
            except RefusedError as error:
                return refuse(error.code)
            except ParseError:
                return refuse("malformed")

        return view

    return decorate


def _error(request: HttpRequest, code: str) -> HttpResponse:
    """Answer a program with JSON, and a person with a page of one sentence in both languages."""
    if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
        return refuse(code)
    refusal = refusal_of(code)
    page = _PAGE.format(ja=refusal.message.ja, en=refusal.message.en)
    return HttpResponse(page, status=refusal.status, headers={"Cache-Control": "no-store"})


_PAGE = """<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>投票券の受付 · Registration</title>
<main>
<h1>{ja}</h1>
<p lang="en">{en}</p>
<p><a href="/">はじめに戻る · <span lang="en">Back to the start</span></a></p>
</main>
</html>
"""


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler of 400; a body over Django's own limit is ``too-large``."""
    return _error(request, "too-large" if isinstance(exception, RequestDataTooBig) else "malformed")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler of 403."""
    return _error(request, "forbidden")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a request without its session's token: whoever sends it has no visit here."""
    return _error(request, "no-visit")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler of 404."""
    return _error(request, "not-found")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler of 500: what went wrong stays in the log."""
    return _error(request, "internal-error")
