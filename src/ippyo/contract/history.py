"""The RFC 6962 tree of all transactions, reduced to what appending and its root need (docs/protocol.md §10, §11)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import reduce

from ippyo.canonical import b64, dumps, fields, loads, unb64

__all__ = ["History"]

_EMPTY_ROOT = hashlib.sha256(b"").digest()
_WHAT = "history of the contract"


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class History:
    """``size`` entries, as the hashes of the complete subtrees that cover them: one per bit of size, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, entry: str) -> History:
        """Return the history with one more entry."""
        peaks = list(self.peaks)
        node = hashlib.sha256(b"\x00" + entry.encode()).digest()
        remaining = self.size
        while remaining & 1:
            node = _join(peaks.pop(), node)
            remaining >>= 1
        return History(self.size + 1, (*peaks, node))

    @property
    def root(self) -> bytes:
        """The root over all entries (32 bytes)."""
        if not self.peaks:
            return _EMPTY_ROOT
        return reduce(lambda right, left: _join(left, right), reversed(self.peaks))

    @classmethod
    def from_text(cls, text: bytes) -> History:
        """Read what :meth:`to_text` wrote into the store."""
        entry = fields(loads(text, what=_WHAT, limit=4096), _WHAT, "size", "peaks")
        return cls(entry.integer("size"), tuple(unb64(peak, what=_WHAT) for peak in entry.texts("peaks", limit=64)))

    def to_text(self) -> str:
        """Return the canonical text kept in the store."""
        return dumps({"size": self.size, "peaks": [b64(peak) for peak in self.peaks]})
