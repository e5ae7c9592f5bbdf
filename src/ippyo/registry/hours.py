"""The finest time that the registry keeps of a voter: the hour. A finer one could be laid beside the ledger."""

from __future__ import annotations

from datetime import datetime

__all__ = ["whole_hour"]


def whole_hour(at: datetime) -> datetime:
    """Return the beginning of the hour in which ``at`` is."""
    return at.replace(minute=0, second=0, microsecond=0)
