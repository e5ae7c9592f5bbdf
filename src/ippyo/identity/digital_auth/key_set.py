"""The service's public signing keys (JWKS, RFC 7517): kept for an hour, and fetched once more for a miss."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ippyo.canonical import fields, loads
from ippyo.errors import ParseError
from ippyo.identity.digital_auth.refusals import failed
from ippyo.identity.digital_auth.transport import ANSWER_LIMIT

__all__ = ["KeySet", "parse_key_set"]

KEPT_SECONDS = 3600
REFRESH_PAUSE_SECONDS = 60
"""Tokens with invented key names must not make us ask the service again and again."""

MAX_KEYS = 32


def parse_key_set(text: bytes) -> dict[str, ECKey]:
    """Return the ES256 keys of a JWKS by key id; keys for other uses are passed over. Raises :class:`ParseError`."""
    what = "key set"
    value = loads(text, what=what, limit=ANSWER_LIMIT)
    entries = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise ParseError(what, f"does not hold up to {MAX_KEYS} keys")
    keys: dict[str, ECKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not _signs(entry):
            continue
        if entry["kid"] in keys:
            raise ParseError(what, "has two keys of one name")
        keys[entry["kid"]] = _public(entry, what)
    return keys


def _signs(entry: dict[str, Any]) -> bool:
    kid = entry.get("kid")
    return (
        isinstance(kid, str)
        and 1 <= len(kid) <= 255
        and (entry.get("kty"), entry.get("crv")) == ("EC", "P-256")
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "ES256") == "ES256"
    )


def _public(entry: dict[str, Any], what: str) -> ECKey:
    read = fields({name: entry.get(name) for name in ("x", "y")}, what, "x", "y")
    x, y = read.text("x", limit=64), read.text("y", limit=64)
    point: dict[str, str | list[str]] = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    try:
        key = ECKey.import_key(point)
        _ = key.public_key
    except (JoseError, ValueError):
        raise ParseError(what, "has a key that is no point of P-256") from None
    return key


class KeySet:
    """The cache. ``fetch`` gets the JWKS from the service; ``clock`` tells seconds. Safe for many threads."""

    def __init__(self, fetch: Callable[[], bytes], clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, ECKey] = {}
        self._fetched: float | None = None

    def find(self, key_id: str) -> ECKey:
        """Return the key of this name; refuses one that the service does not have as ``digital-auth-failed``."""
        with self._lock:
            now = self._clock()
            age = None if self._fetched is None else now - self._fetched
            if age is None or age >= KEPT_SECONDS or (key_id not in self._keys and age >= REFRESH_PAUSE_SECONDS):
                self._refresh(now)
            key = self._keys.get(key_id)
        if key is None:
            raise failed("the ID token names a key that the service does not have")
        return key

    def _refresh(self, now: float) -> None:
        try:
            self._keys = parse_key_set(self._fetch())
        except ParseError:
            raise failed("the service's key set is not well formed") from None
        self._fetched = now
