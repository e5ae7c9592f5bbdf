"""One way of a voter to the service and back: what must be remembered meanwhile, and what the voter brings back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Self
from urllib.parse import parse_qsl

from ippyo.canonical import dumps, fields, loads, require_canonical
from ippyo.errors import ParseError
from ippyo.identity.digital_auth.refusals import failed, refused
from ippyo.identity.messages import REQUEST_LIMIT, TicketRequestText

__all__ = ["JOURNEY_SECONDS", "Journey", "parse_query", "require_code"]

JOURNEY_SECONDS = 600
"""How long a voter may be away: time to find the card, the phone and the PIN."""

TYPE = "digital-auth-journey"
KINDS = ("login", "signature")
QUERY_LIMIT = 8192
QUERY_FIELDS = 20
CODE_LIMIT = 2048
LOCATION_LIMIT = 8192

_CODE = re.compile(r"[\x21-\x7e]+")
_ERROR = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey under way. The visit's row keeps its canonical text, which holds a secret (``verifier``, PKCE).

    ``location`` is where the voter's browser goes; ``began`` is in seconds since 1970; ``transaction`` is the
    service's number for a signature, empty for a login.
    """

    kind: str
    location: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    transaction: str
    began: int
    request: TicketRequestText

    def __post_init__(self) -> None:
        if self.kind not in KINDS or (self.kind == "signature") != bool(self.transaction):
            raise ParseError("digital auth journey", "is neither a login nor a signature")

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the canonical text. Raises :class:`ParseError`."""
        what = "digital auth journey"
        names = ("type", "kind", "location", "state", "verifier", "transaction", "began", "request")
        read = fields(loads(text, what=what, limit=REQUEST_LIMIT + 2 * LOCATION_LIMIT), what, *names)
        if read.text("type", limit=40) != TYPE:
            raise ParseError(what, f"is not of the type {TYPE}")
        journey = cls(
            read.text("kind", limit=20),
            read.text("location", limit=LOCATION_LIMIT),
            read.text("state", limit=128),
            read.text("verifier", limit=128),
            read.text("transaction", limit=128),
            read.integer("began"),
            TicketRequestText.from_value(read.raw("request")),
        )
        require_canonical(text, journey.to_text(), what=what)
        return journey

    def is_way_back(self, query: Mapping[str, str]) -> bool:
        """Tell whether ``query`` carries this journey's ``state``."""
        return compare_digest(query.get("state", "").encode("utf-8", "replace"), self.state.encode())

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(
            {
                "type": TYPE,
                "kind": self.kind,
                "location": self.location,
                "state": self.state,
                "verifier": self.verifier,
                "transaction": self.transaction,
                "began": self.began,
                "request": self.request.to_value(),
            }
        )


def parse_query(text: str) -> dict[str, str]:
    """Return the fields of a raw query string in which no name stands twice; refuses others as ``digital-auth-failed``.

    A web framework's own mapping keeps one of two equal names, and not always the one that others see.
    """
    if len(text) > QUERY_LIMIT:
        raise failed("the query of the way back is too long")
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=QUERY_FIELDS
        )
    except ValueError:
        raise failed("the query of the way back is not well formed") from None
    query = dict(pairs)
    if len(query) != len(pairs):
        raise failed("the query of the way back names a field twice")
    return query


def require_code(journey: Journey, query: Mapping[str, str], issuer: str, now: float) -> str:
    """Return the authorization code that the voter brings back.

    Refuses another journey's ``state``, another issuer (RFC 9207), and a query of the wrong form as
    ``digital-auth-failed``; a voter who said no, or came too late, as ``digital-auth-refused``.
    """
    if len(query) > QUERY_FIELDS or any(len(value) > QUERY_LIMIT for value in query.values()):
        raise failed("the query of the way back is too long")
    # The state first: nothing else in the query is worth a look before the way back is known to be this one's.
    if not journey.is_way_back(query):
        raise failed("the state of the way back is not that of this journey")
    if "iss" in query and query["iss"] != issuer:
        raise failed("the way back comes from another issuer")
    if "error" in query:
        raise _told(query)
    if now - journey.began > JOURNEY_SECONDS:
        raise refused("the voter took too long")
    code = query.get("code", "")
    if len(code) > CODE_LIMIT or not _CODE.fullmatch(code):
        raise failed("the way back brings no code")
    return code


def _told(query: Mapping[str, str]) -> Exception:
    error = query["error"]
    if error == "access_denied":
        return refused("the voter refused")
    # Keycloak says so when the voter let the page stand for too long.
    if error == "temporarily_unavailable" and query.get("error_description") == "authentication_expired":
        return refused("the voter took too long")
    return failed(f"the service reports {error if _ERROR.fullmatch(error) else 'an error'}")
