"""What a ledger engine and the rules know of each other (docs/protocol.md §8–§11; ABCI 2.0 is the model).

The machine is pure: no clock, no randomness, no network, no environment. An engine orders transactions, tells the
machine the height and time of the block, and keeps what the machine writes. The same machine runs inside every engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["BlockContext", "StateMachine", "Store", "Verdict"]


@dataclass(frozen=True, slots=True)
class BlockContext:
    """The block a transaction is in: ``height`` from 1, ``time`` in milliseconds since 1970 UTC, never decreasing."""

    height: int
    time: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one transaction. ``code`` is a refusal code of docs/protocol.md §9, empty when accepted.

    ``code`` is deterministic; ``detail`` is for a person and is never hashed.
    """

    code: str = ""
    detail: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the transaction takes effect."""
        return not self.code


class Store(Protocol):
    """Durable keys and values, ordered by the bytes of the key. Reads see everything written so far."""

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or None."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``, in ascending order of key."""
        ...

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply all ``changes`` or none; None deletes the key.

        A store that shares a database with a ledger joins the block's transaction: header, transactions, tree and state
        become durable together, when the ledger commits, and not before.
        """
        ...


class StateMachine(Protocol):
    """The rules. Only :meth:`commit` writes to the store, in one :meth:`Store.write`.

    An engine calls :meth:`apply` and :meth:`commit` from one thread and never any other method while one of them runs.
    """

    def genesis(self) -> str:
        """Return the app hash of the empty box. Writes nothing, and may be called at any time."""
        ...

    def check(self, tx: str, earliest: int = 0) -> Verdict:
        """Judge a transaction on arrival, against the committed state; a pass promises nothing.

        The time of the block it may get into is not before that of the last block, nor before ``earliest`` (ms), which
        an engine gives that makes blocks without transactions, too.
        """
        ...

    def select(self, ctx: BlockContext, txs: Sequence[str]) -> list[str]:
        """Return those of ``txs`` that a proposer should put into block ``ctx``: :meth:`acceptable` is true of them."""
        ...

    def acceptable(self, ctx: BlockContext, txs: Sequence[str]) -> bool:
        """Whether every one of ``txs``, in this order, would be accepted in block ``ctx``."""
        ...

    def apply(self, ctx: BlockContext, txs: Sequence[str]) -> tuple[list[Verdict], str]:
        """Execute ``txs`` in order over the committed state and return one verdict each and the app hash.

        Total and repeatable: what an earlier call staged is forgotten, the same arguments give the same answer, and no
        transaction, however broken, raises. A refused transaction leaves no trace: the accepted ones alone give the
        same app hash, so that a block may keep only those.
        """
        ...

    def commit(self) -> None:
        """Write what the last :meth:`apply` staged, its height and app hash included."""
        ...

    def last(self) -> tuple[int, str]:
        """Return height and app hash of the last committed block; ``(0, genesis())`` before the first."""
        ...

    def query(self, path: str, data: str = "") -> str:
        """Answer a question about the committed state as canonical text.

        Raises :class:`~ippyo.errors.InputError` for an unknown ``path`` or unusable ``data``.
        """
        ...
