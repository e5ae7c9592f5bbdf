"""What every transaction is: a kind, the poll it belongs to, and one canonical text (docs/protocol.md §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ippyo.canonical import b64, dumps

__all__ = ["Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """What all transactions share. ``poll`` is Phi."""

    kind: ClassVar[str]
    poll: str

    @property
    def trackers(self) -> tuple[str, ...]:
        """The trackers that the transaction's entry in the ledger names."""
        return ()

    def values(self) -> dict[str, object]:
        """Return the fields after ``poll``, in canonical order."""
        raise NotImplementedError

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps({"type": self.kind, "poll": self.poll} | self.values())

    def entry(self, digest: bytes) -> str:
        """Return the leaf input in the ledger's tree (docs/protocol.md §11); ``digest`` is H of the text."""
        return f"ippyo-entry-v1|{self.kind}|{b64(digest)}|{','.join(self.trackers)}"
