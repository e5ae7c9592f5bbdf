"""Who may download at once: as many as there are turns, and whoever reads slowly gives way when others come.

Slow readers are not to blame, nor can they be told from those who want to keep others from the record. So a slow one
goes on undisturbed until its turn is needed; a reader who lost it fetches the rest later (HTTP ``Range``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["Turn", "Turns"]

FIRST_SECONDS = 30.0
"""How long nobody has to give way."""

SLOW = 128 << 10
"""Bytes in a second (1 Mbit/s), on the average since the beginning: whoever takes more keeps the turn."""


class Turn:
    """One reader's; ``lost`` once it was given to another."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.sent = 0
        self.lost = False


class Turns:
    """``most`` turns. Safe to share between threads."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._taken: list[Turn] = []
        self._lock = threading.Lock()

    def take(self) -> Turn | None:
        """Take a turn: a free one, or that of the slowest reader. None: all are taken by readers who are not slow."""
        with self._lock:
            now = self._clock()
            if len(self._taken) >= self._most:
                slow = [turn for turn in self._taken if _is_slow(turn, now)]
                if not slow:
                    return None
                slowest = min(slow, key=lambda turn: turn.sent / (now - turn.began))
                slowest.lost = True
                self._taken.remove(slowest)
            turn = Turn(now)
            self._taken.append(turn)
            return turn

    def give_back(self, turn: Turn) -> None:
        """End a turn, also one that was lost."""
        with self._lock:
            if turn in self._taken:
                self._taken.remove(turn)


def _is_slow(turn: Turn, now: float) -> bool:
    passed = now - turn.began
    return passed > FIRST_SECONDS and turn.sent < SLOW * passed
