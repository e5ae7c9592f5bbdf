"""At a kiosk: a card that somebody left on the reader is not asked for the next person's PIN, which costs it a try."""

from __future__ import annotations

from collections.abc import Callable

from ippyo.identity.errors import CardError

__all__ = ["LeftCard"]


class LeftCard:
    """Which job the card on the reader served. ``is_there`` tells whether any card lies there, without touching it."""

    def __init__(self, is_there: Callable[[], bool]) -> None:
        self._is_there = is_there
        self._job: str | None = None

    def serves(self, job: str) -> None:
        """Note that the card on the reader is that of ``job``."""
        self._job = job

    def look(self) -> None:
        """Forget a card that has gone. To be called from time to time: what lies there again is another card."""
        try:
            if self._job is not None and not self._is_there():
                self._job = None
        except CardError:
            return  # nobody can tell, so that it may be there still

    def belongs_to_another(self, job: str) -> bool:
        """Tell whether the card on the reader has been there since a job other than ``job``."""
        self.look()
        return self._job not in {None, job}
