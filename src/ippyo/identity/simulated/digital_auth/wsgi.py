"""The simulated service over HTTP: a WSGI application with the paths of the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ippyo.identity.simulated.digital_auth.pages import consent_page, error_page
from ippyo.identity.simulated.digital_auth.service import REALM, OAuthError, SimulatedDigitalAuth

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["application"]

BODY_LIMIT = 64 * 1024
OPENID = f"{REALM}/protocol/openid-connect"
TRANSACTIONS = "/api/sign-transactions"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``location`` makes it a redirect."""

    body: str
    kind: str = "application/json"
    status: int = 200
    location: str = ""


def application(service: SimulatedDigitalAuth) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """Return the WSGI application of ``service``."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            given = _route(service, environ)
        except OAuthError as error:
            given = Answer(json.dumps({"error": error.error}), status=error.status)
        body = given.body.encode()
        headers = [
            ("Content-Type", f"{given.kind}; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if given.location:
            headers.append(("Location", given.location))
        start_response(f"{given.status} {HTTPStatus(given.status).phrase}", headers)
        return [body]

    return answer


def _route(service: SimulatedDigitalAuth, environ: WSGIEnvironment) -> Answer:
    path = environ["PATH_INFO"]
    match environ["REQUEST_METHOD"], path:
        case "GET", p if p == f"{REALM}/.well-known/openid-configuration":
            return Answer(json.dumps(service.discovery()))
        case "GET", p if p == f"{OPENID}/certs":
            return Answer(json.dumps(service.key_set()))
        case "GET", p if p == f"{OPENID}/auth":
            return _ask(service, environ)
        case "POST", p if p == f"{OPENID}/consent":
            return _decide(service, environ)
        case "POST", p if p == f"{OPENID}/token":
            return Answer(json.dumps(service.token(_form(environ))))
        case (("GET" | "POST"), p) if p == f"{OPENID}/userinfo":
            return Answer(json.dumps(service.userinfo(_bearer(environ)), ensure_ascii=False))
        case "POST", p if p == TRANSACTIONS:
            return Answer(json.dumps(service.begin_transaction(_bearer(environ), _json(environ))), status=201)
        case "GET", str(p) if p.startswith(f"{TRANSACTIONS}/") and p.endswith("/result"):
            name = p.removeprefix(f"{TRANSACTIONS}/").removesuffix("/result")
            return Answer(service.result(_bearer(environ), name))
        case _:
            raise OAuthError("not_found", 404)


def _ask(service: SimulatedDigitalAuth, environ: WSGIEnvironment) -> Answer:
    try:
        name, consent = service.authorize(_pairs(environ.get("QUERY_STRING", "")))
    except OAuthError as error:
        return Answer(error_page(error.error), "text/html", error.status)
    return Answer(consent_page(name, consent, service.people, f"{OPENID}/consent"), "text/html")


def _decide(service: SimulatedDigitalAuth, environ: WSGIEnvironment) -> Answer:
    form = _form(environ)
    try:
        back = service.decide(form.get("consent", ""), form.get("decision", ""), form.get("person", ""))
    except OAuthError as error:
        return Answer(error_page(error.error), "text/html", error.status)
    return Answer("", "text/html", 303, back)


def _body(environ: WSGIEnvironment) -> bytes:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise OAuthError("invalid_request", 413)
    data: bytes = environ["wsgi.input"].read(int(length))
    return data


def _form(environ: WSGIEnvironment) -> dict[str, str]:
    try:
        return _pairs(_body(environ).decode("ascii"))
    except UnicodeDecodeError:
        raise OAuthError("invalid_request") from None


def _pairs(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=40)
    except ValueError:
        raise OAuthError("invalid_request") from None
    if len(dict(pairs)) != len(pairs):
        raise OAuthError("invalid_request")
    return dict(pairs)


def _json(environ: WSGIEnvironment) -> Mapping[str, Any]:
    try:
        value = json.loads(_body(environ))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise OAuthError("invalid_request")
    return value


def _bearer(environ: WSGIEnvironment) -> str:
    scheme, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return token if scheme.lower() == "bearer" else ""
