"""The ID token (OpenID Connect Core §3.1.3.7): ES256 only, from this issuer, for us, now, and for this request."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from ippyo.canonical import loads
from ippyo.errors import ParseError
from ippyo.identity.digital_auth.key_set import KeySet
from ippyo.identity.digital_auth.refusals import failed
from ippyo.identity.messages import TicketRequestText

__all__ = ["Expected", "IdToken", "nonce_of", "read_id_token"]

_ACR = re.compile(r"[!-~]{1,64}")

ALGORITHM = "ES256"
TOKEN_LIMIT = 8192
SKEW_SECONDS = 60
"""How far our clock and the service's may be apart."""


def nonce_of(request: TicketRequestText) -> str:
    """Return the nonce that makes a token attest ``request``: unpadded Base64url of SHA-256 of what a card signs."""
    return base64.urlsafe_b64encode(hashlib.sha256(request.to_sign()).digest()).decode("ascii").rstrip("=")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say. ``since`` (seconds since 1970) is a time before which it cannot have been issued."""

    issuer: str
    client_id: str
    nonce: str
    since: int
    accepted_acr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IdToken:
    """A checked ID token: the person's name for us (pairwise ``sub``), the times it holds, and how it was shown.

    ``acr`` is the class of authentication (such as ``aal3``), empty where the token names none.
    """

    subject: str = field(repr=False)
    issued: int
    expires: int
    acr: str = ""


def read_id_token(token: str, keys: KeySet, expected: Expected, now: float) -> IdToken:
    """Check ``token`` at the time ``now`` (seconds since 1970); what is not right is ``digital-auth-failed``."""
    claims = _verified(token, keys)
    if claims.get("iss") != expected.issuer:
        raise failed("the ID token is from another issuer")
    _require_audience(claims, expected.client_id)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not compare_digest(nonce.encode("utf-8", "replace"), expected.nonce.encode()):
        raise failed("the ID token's nonce is not that of this request")
    acr = claims.get("acr", "")
    if expected.accepted_acr and acr not in expected.accepted_acr:
        raise failed("the ID token's acr is not one of those accepted")
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if now >= expires + SKEW_SECONDS:
        raise failed("the ID token has expired")
    if issued > now + SKEW_SECONDS or ("nbf" in claims and _time(claims, "nbf") > now + SKEW_SECONDS):
        raise failed("the ID token is from the future")
    if issued < expected.since - SKEW_SECONDS:
        raise failed("the ID token is older than the request")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255 or not subject.isascii():
        raise failed("the ID token names nobody")
    return IdToken(subject, issued, expires, acr if isinstance(acr, str) and _ACR.fullmatch(acr) else "")


def _verified(token: str, keys: KeySet) -> dict[str, Any]:
    if len(token) > TOKEN_LIMIT:
        raise failed("the ID token is too long")
    try:
        signed = jws.extract_compact(token.encode("ascii"))
        header = dict(signed.headers())
    except (JoseError, ValueError):
        raise failed("the ID token is not a signed token") from None
    # Pinned before any key is looked at: "none", HS256 with a public key, or another curve never gets further.
    if header.get("alg") != ALGORITHM or "crit" in header or "b64" in header:
        raise failed("the ID token is not signed with ES256")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or len(key_id) > 255:
        raise failed("the ID token names no key")
    try:
        good = jws.validate_compact(signed, keys.find(key_id), algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        good = False
    if not good:
        raise failed("the ID token's signature does not verify")
    try:
        claims = loads(signed.payload, what="ID token", limit=TOKEN_LIMIT)
    except ParseError:
        claims = None
    if not isinstance(claims, dict):
        raise failed("the ID token's claims are not well formed")
    return claims


def _require_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    names = audience if isinstance(audience, list) else [audience]
    if client_id not in names:
        raise failed("the ID token is for somebody else")
    # A token for several parties could have been obtained by another of them: azp must say that it was us.
    if claims.get("azp", client_id if len(names) == 1 else None) != client_id:
        raise failed("the ID token was issued to somebody else")


def _time(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise failed(f"the ID token has no {name}")
    return value
