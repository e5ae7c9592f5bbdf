"""Things that are handed out under a random name, taken back once, and forgotten after a while."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Shelf"]

T = TypeVar("T")

MOST = 10_000


class Shelf(Generic[T]):
    """Keeps each thing for ``seconds`` under a random name; ``clock`` tells seconds. Safe for many threads."""

    def __init__(self, seconds: int, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._things: dict[str, tuple[float, T]] = {}

    def put(self, thing: T, name: str = "") -> str:
        """Keep ``thing`` and return its name; the oldest one goes where there are too many."""
        name = name or secrets.token_urlsafe(32)
        with self._lock:
            if len(self._things) >= MOST:
                del self._things[next(iter(self._things))]
            self._things[name] = (self._clock() + self._seconds, thing)
        return name

    def get(self, name: str) -> T | None:
        """Return the thing, which stays; None if there is none, or its time is over."""
        with self._lock:
            until, thing = self._things.get(name, (0.0, None))
        return thing if self._clock() < until else None

    def take(self, name: str) -> T | None:
        """Return the thing, which is gone then; None as in :meth:`get`."""
        with self._lock:
            until, thing = self._things.pop(name, (0.0, None))
        return thing if self._clock() < until else None
