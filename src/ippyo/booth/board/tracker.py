"""What became of a tracker: asked of the ledger, which proves nothing here; the receipt and the verifier do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ippyo.booth.board.index import TILE, BoardIndex
from ippyo.canonical import fields, loads, unb64
from ippyo.errors import ParseError, RefusedError

__all__ = ["Fate", "clean_tracker", "what_became"]

TRACKER_BYTES = 32
_WHAT = "ledger's answer"


@dataclass(frozen=True, slots=True)
class Fate:
    """``state`` is ``counts``, ``replaced``, ``surrendered``, ``spoiled`` or ``unknown``.

    A ballot that was cast has its ``contest``, its ``position`` on the ledger, and ``number`` in the list of ballots
    once the index has it.
    """

    tracker: str
    state: str
    contest: str | None = None
    position: int | None = None
    number: int | None = None

    @property
    def tile(self) -> int | None:
        """The page of the list that the ballot stands on."""
        return None if self.number is None else self.number // TILE


def clean_tracker(typed: str) -> str:
    """Return the tracker that somebody typed or pasted, with spaces (groups of four) taken out.

    Raises :class:`RefusedError` ``malformed``.
    """
    tracker = "".join(typed.split())
    try:
        unb64(tracker, what="tracker", length=TRACKER_BYTES)
    except ParseError:
        raise RefusedError("malformed", "this is no tracker") from None
    return tracker


def what_became(typed: str, ask: Callable[[str], str], index: BoardIndex) -> Fate:
    """Return the fate of what was ``typed``; ``ask`` puts a tracker to the ledger.

    Raises :class:`RefusedError` ``malformed``, or ``ledger-unavailable``.
    """
    tracker = clean_tracker(typed)
    try:
        read = fields(loads(ask(tracker), what=_WHAT, limit=1 << 20), _WHAT, "tracker", "ballot", "spoiled")
        if read.raw("ballot") is not None:
            ballot = fields(read.raw("ballot"), _WHAT, "status", "contest", "position")
            return Fate(
                tracker,
                ballot.text("status"),
                ballot.text("contest"),
                ballot.integer("position"),
                index.number_of(tracker),
            )
        return Fate(tracker, "spoiled" if read.array("spoiled", limit=100_000) else "unknown")
    except ParseError:
        raise RefusedError("ledger-unavailable") from None
