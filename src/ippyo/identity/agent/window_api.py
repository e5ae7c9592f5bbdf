"""The agent's own window: its files, and what its script asks (docs/card-agent.md §3)."""

from __future__ import annotations

import unicodedata
from importlib.resources import files

from ippyo.canonical import Fields, fields
from ippyo.errors import ParseError
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.http import SAFE_HEADERS, Answer, Request, json_answer
from ippyo.identity.agent.refusals import AgentRefusedError
from ippyo.identity.card.applications import KeyKind
from ippyo.web_files import static_folders

__all__ = ["FILES", "METHODS", "answer_window", "file_answer"]

_OWN = files("ippyo.identity.agent") / "static"
_LOOK = dict(static_folders())["web/look"]
FILES = {
    "/": (_OWN / "index.html", "text/html; charset=utf-8"),
    "/agent.css": (_OWN / "agent.css", "text/css; charset=utf-8"),
    "/agent.js": (_OWN / "agent.js", "text/javascript; charset=utf-8"),
    # How all pages show words with their readings.
    "/readings.js": (_LOOK / "words.js", "text/javascript; charset=utf-8"),
    "/words.js": (_OWN / "words.js", "text/javascript; charset=utf-8"),
}

METHODS = dict.fromkeys(("/window/claim", "/window/state", "/window/pin", "/window/cancel"), "POST")

PAGE_HEADERS = {
    **SAFE_HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
    "X-Frame-Options": "DENY",
}

KEY_LIMIT = 64
MAX_PIN = 64


def file_answer(path: str, *, kiosk: bool) -> Answer:
    """Return one of :data:`FILES`. At a kiosk the page wipes what a window before it may have stored, and knows it."""
    file, kind = FILES[path]
    headers, body = {**PAGE_HEADERS, "Content-Type": kind}, file.read_bytes()
    if kiosk and path == "/":
        headers["Clear-Site-Data"] = '"storage"'
        body = body.replace(b"<html ", b"<html data-kiosk ", 1)
    return Answer(200, headers, body)


def answer_window(desk: Desk, request: Request) -> Answer:
    """Answer the window's script; the path is one of :data:`METHODS`."""
    try:
        value = request.json()
        if request.path == "/window/claim":
            session = desk.claim(fields(value, "window", "key").text("key", limit=KEY_LIMIT))
            return json_answer({"session": session})
        more = ("pins", "last_try") if request.path == "/window/pin" else ()
        read = fields(value, "window", "session", *more)
        session = read.text("session", limit=KEY_LIMIT)
        match request.path:
            case "/window/state":
                return json_answer(desk.view(session))
            case "/window/pin":
                return json_answer(desk.show_pins(session, _pins(read), last_try=read.boolean("last_try")))
            case _:
                return json_answer(desk.give_up(session))
    except ParseError:
        # What it says of the body is not repeated: a PIN may stand in it.
        raise AgentRefusedError("malformed") from None


def _pins(read: Fields) -> dict[KeyKind, str]:
    """Return the PINs by key, full-width digits and letters as plain ones."""
    names = [key.value for key in KeyKind]
    given = fields(read.raw("pins"), "pins", optional=names)
    typed = {key: given.text(key.value, limit=MAX_PIN) for key in KeyKind if key.value in given}
    return {key: unicodedata.normalize("NFKC", pin) for key, pin in typed.items()}
