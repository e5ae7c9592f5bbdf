"""Two stores: one in memory, for verifiers and tests, and one that stages changes over another.

Both keep the promises of :class:`~ippyo.contract.interface.Store`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ippyo.contract.interface import Store

__all__ = ["MemoryStore", "Overlay"]


class MemoryStore:
    """A store that lasts as long as the process."""

    def __init__(self) -> None:
        self._data: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or None."""
        return self._data.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``, in ascending order of key. Looks at every key there is."""
        keys = sorted(key for key in self._data if key.startswith(prefix))
        return iter([(key, self._data[key]) for key in keys])

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply all ``changes``; None deletes the key."""
        for key, value in changes.items():
            if value is None:
                self._data.pop(key, None)
            else:
                self._data[key] = value


class Overlay:
    """A store whose writes stay in :attr:`changes` and leave the store below as it was."""

    def __init__(self, base: Store) -> None:
        self._base = base
        self.changes: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, staged or below."""
        if key in self.changes:
            return self.changes[key]
        return self._base.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``, staged ones among them, in ascending order of key."""
        pairs: dict[bytes, bytes | None] = dict(self._base.scan(prefix))
        pairs |= {key: value for key, value in self.changes.items() if key.startswith(prefix)}
        return iter([(key, value) for key, value in sorted(pairs.items()) if value is not None])

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Stage ``changes``."""
        self.changes.update(changes)
