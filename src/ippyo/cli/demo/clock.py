"""The demonstration's own time: seven days of voting pass in a minute."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DemoClock"]


@dataclass
class DemoClock:
    """A clock for the ledger that shows ``now`` (milliseconds since 1970 UTC) until it is set forward."""

    now: int

    def __call__(self) -> int:
        """Return the time in milliseconds."""
        return self.now

    def set(self, time_ms: int) -> None:
        """Set the clock forward; it never goes back."""
        self.now = max(self.now, time_ms)
