"""The RFC 6962 tree of all transactions as the contract keeps it in its store (docs/protocol.md §10, §11)."""

from __future__ import annotations

from functools import lru_cache

from ippyo.canonical import b64, dumps, fields, loads, unb64
from ippyo.crypto.merkle import HASH_LENGTH, Frontier
from ippyo.errors import ParseError

__all__ = ["read_history", "write_history"]

_WHAT = "history of the contract"


@lru_cache(maxsize=2)
def read_history(text: bytes) -> Frontier:
    """Read what :func:`write_history` wrote into the store; every transaction that is judged asks for the same."""
    entry = fields(loads(text, what=_WHAT, limit=4096), _WHAT, "size", "peaks")
    peaks = tuple(unb64(peak, what=_WHAT, length=HASH_LENGTH) for peak in entry.texts("peaks", limit=64))
    try:
        return Frontier(entry.integer("size"), peaks)
    except ValueError as error:
        raise ParseError(_WHAT, str(error)) from None


def write_history(history: Frontier) -> str:
    """Return the canonical text kept in the store."""
    return dumps({"size": history.size, "peaks": [b64(peak) for peak in history.peaks]})
