"""How a client shows the simulated service who it is: ``private_key_jwt`` (RFC 7523)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

__all__ = ["ASSERTION_TYPE", "asserted_number"]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_SECONDS = 300


def asserted_number(form: Mapping[str, str], client_id: str, key: Mapping[str, Any], audience: str, now: float) -> str:
    """Return the assertion's ``jti``, empty if ``form`` holds no good assertion of the client for ``audience``."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return ""
    try:
        claims = jwt.decode(form.get("client_assertion", ""), ECKey.import_key(dict(key)), algorithms=["ES256"]).claims
    except (JoseError, ValueError):
        return ""
    expires = claims.get("exp")
    good = (
        claims.get("iss") == claims.get("sub") == client_id
        and claims.get("aud") == audience
        and isinstance(expires, int)
        and now < expires <= now + LONGEST_SECONDS
    )
    number = claims.get("jti")
    return number if good and isinstance(number, str) else ""
