"""The state as it was last read: a node judges a ballot four times or more, and reads the same of the state each time.

Only what this process writes changes the state, and all of it is written through here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from ippyo.contract.interface import Store

__all__ = ["RememberingStore"]

KEYS = 1 << 15
"""Of one ballot of ten answers the rules read some seventy; the nodes of the coins' tree are read again and again."""


class RememberingStore:
    """A store over ``store`` that remembers the keys read last, absent ones, too. For one thread."""

    def __init__(self, store: Store, keys: int = KEYS) -> None:
        self._store = store
        self._keys = keys
        self._known: OrderedDict[bytes, bytes | None] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or None."""
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        value = self._known[key] = self._store.get(key)
        if len(self._known) > self._keys:
            self._known.popitem(last=False)
        return value

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``, in ascending order of key."""
        return self._store.scan(prefix)

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply all ``changes`` or none; None deletes the key."""
        # Should the writing fail, now or when the block's transaction ends, the node stops: see the application.
        self._store.write(changes)
        self._known.update({key: value for key, value in changes.items() if key in self._known})
