"""Requests and answers of the agent: what every request must pass before it is looked at.

A request is refused unless it is addressed to the agent by its own address (DNS rebinding), comes from a process of
the right user, is of bounded size, and has an allowed ``Origin`` wherever it is more than the opening of the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ippyo.canonical import dumps, loads
from ippyo.errors import InputError, ParseError
from ippyo.identity.agent.refusals import AgentRefusedError, message, status
from ippyo.identity.messages import REQUEST_LIMIT

__all__ = ["BODY_LIMIT", "SAFE_HEADERS", "Answer", "Request", "json_answer", "refusal", "require_origin"]

BODY_LIMIT = REQUEST_LIMIT
"""Bytes of a body that is looked at."""

SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: HTTP status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)

    def with_headers(self, more: Mapping[str, str]) -> Answer:
        """Return the same answer with more headers."""
        return Answer(self.status, {**self.headers, **more}, self.body)


@dataclass(frozen=True, slots=True)
class Request:
    """What of a WSGI request the agent looks at. ``body`` may hold a PIN."""

    method: str
    path: str
    host: str
    origin: str | None
    content_type: str
    preflight_private: bool
    environ: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any]) -> Request:
        """Read the headers; the body stays where it is until somebody wants it."""
        return cls(
            environ.get("REQUEST_METHOD", ""),
            environ.get("PATH_INFO", ""),
            environ.get("HTTP_HOST", ""),
            environ.get("HTTP_ORIGIN"),
            environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower(),
            environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK", "") == "true",
            environ,
        )

    def json(self) -> object:
        """Return the decoded body: ``wrong-type``, ``too-large``, ``malformed``."""
        if self.content_type != "application/json":
            raise AgentRefusedError("wrong-type")
        stated = self.environ.get("CONTENT_LENGTH") or ""
        if not (stated.isascii() and stated.isdecimal()):
            raise AgentRefusedError("malformed")
        length = int(stated[:20])
        if length > BODY_LIMIT:
            raise AgentRefusedError("too-large")
        try:
            return loads(self.environ["wsgi.input"].read(length), what="request", limit=BODY_LIMIT)
        except ParseError:
            # Its problem is not repeated: the body may hold a PIN.
            raise AgentRefusedError("malformed") from None


def json_answer(value: object, status: int = 200) -> Answer:
    """Return ``value`` as JSON."""
    headers = {**SAFE_HEADERS, "Content-Type": "application/json; charset=utf-8"}
    return Answer(status, headers, dumps(value).encode())


def refusal(error: AgentRefusedError) -> Answer:
    """Return a refusal. The connection ends with it, for the rest of its request may still be to come."""
    answer = json_answer({"code": error.code, "message": message(error.code)}, status(error.code))
    return answer.with_headers({"Connection": "close"})


def require_origin(text: str) -> str:
    """Return ``text`` if it is the origin of a page that may ever use a card: HTTPS, or HTTP on this computer.

    Raises :class:`InputError`.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise InputError(f"{text!r} is not an origin such as https://vote.town.example") from None
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    rebuilt = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    if parts.scheme not in {"http", "https"} or not parts.hostname or rebuilt != text or not text.isascii():
        raise InputError(f"{text!r} is not an origin such as https://vote.town.example")
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise InputError(f"{text!r} is not encrypted: only pages of this computer may come over HTTP")
    return text
