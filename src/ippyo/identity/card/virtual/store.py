"""The counters of a virtual card's PINs, which outlive its power: in memory, or in a file as durable as a chip.

{"type":"virtual-card-tries","left":{"signature":5,"user":3,"text":3}}
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ippyo.canonical import dumps, fields, loads, require_canonical
from ippyo.files import read_limited, replace_file
from ippyo.identity.card.applications import JPKI, TEXT

__all__ = ["FULL", "FileStore", "MemoryStore", "Store"]

FULL = {**{kind.value: files.form.tries for kind, files in JPKI.keys.items()}, "text": TEXT.form.tries}
"""The tries of each PIN on a new card."""

WHAT = "counters of a virtual card"
TYPE = "virtual-card-tries"
LIMIT = 1024


class Store(Protocol):
    """Where the counters are between one session and the next."""

    def load(self) -> dict[str, int]:
        """Return the tries left of each PIN."""
        ...

    def save(self, left: dict[str, int]) -> None:
        """Keep them; they are safe when this returns."""
        ...


class MemoryStore:
    """Counters that live as long as the object."""

    def __init__(self) -> None:
        self._left = dict(FULL)

    def load(self) -> dict[str, int]:  # noqa: D102
        return dict(self._left)

    def save(self, left: dict[str, int]) -> None:  # noqa: D102
        self._left = dict(left)


class FileStore:
    """Counters in a file, which is made at the first wrong PIN; full counters where there is none.

    Raises :class:`~ippyo.errors.InputError` when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, int]:  # noqa: D102
        if not self._path.exists():
            return dict(FULL)
        text = read_limited(self._path, LIMIT, WHAT)
        read = fields(loads(text, what=WHAT, limit=LIMIT), WHAT, "type", "left")
        inner = fields(read.raw("left"), WHAT, *FULL)
        left = {name: inner.integer(name, high=most) for name, most in FULL.items()}
        require_canonical(text, _to_text(left), what=WHAT)
        return left

    def save(self, left: dict[str, int]) -> None:  # noqa: D102
        replace_file(self._path, _to_text(left).encode("utf-8"), private=True)


def _to_text(left: dict[str, int]) -> str:
    return dumps({"type": TYPE, "left": {name: left[name] for name in FULL}})
