"""A witness that cosigns what it has executed itself, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Protocol

from ippyo.errors import CheckFailedError
from ippyo.ledger.chain import Block
from ippyo.ledger.checkpoint import Checkpoint, SignedCheckpoint
from ippyo.ledger.engine import NotYetError
from ippyo.ledger.follower import Follower, WrongBlockError
from ippyo.ledger.notes import NoteSignature
from ippyo.ledger.witness import (
    InconsistentCheckpointError,
    Witness,
    WitnessConflictError,
    WitnessRequest,
    ask_witness,
)

__all__ = ["ExecutingWitness", "Followed"]

FOLLOW_SECONDS = 10.0
"""How long a request waits while blocks are followed for another one."""


class Followed(Protocol):
    """The ledger that is followed: the client of one elsewhere."""

    def blocks(self, start: int = 1) -> Iterator[Block]:
        """Yield the blocks from height ``start`` to the last one there is."""
        ...

    def checkpoint(self) -> SignedCheckpoint:
        """Return the ledger's checkpoint."""
        ...


class ExecutingWitness:
    """Lets ``witness`` cosign checkpoints of ``ledger``, whose blocks ``follower`` executes. Safe between threads.

    ``may_lag`` tells that the ledger may show less than it has shown before, because other nodes of it answer; shown
    by one alone, that is a rollback. What is false stays false: once it was found, nothing more is cosigned.
    """

    def __init__(self, witness: Witness, follower: Follower, ledger: Followed, *, may_lag: bool = False) -> None:
        self._witness = witness
        self._follower = follower
        self._ledger = ledger
        self._may_lag = may_lag
        self._following = Lock()
        self._false: CheckFailedError | None = None

    def look(self) -> None:
        """Follow the ledger to its last block, and cosign its checkpoint.

        Raises :class:`WrongBlockError` or :class:`~ippyo.ledger.witness.InconsistentCheckpointError` when the ledger is
        false, and another :class:`~ippyo.errors.IppyoError` when it could not be followed now.
        """
        try:
            self._look()
        except (WrongBlockError, InconsistentCheckpointError) as error:
            self._false = error
            raise

    def add_checkpoint(self, request: WitnessRequest) -> tuple[NoteSignature]:
        """Cosign a checkpoint of what was executed; what the log has signed is followed first, if it is news.

        Raises what :class:`~ippyo.ledger.witness.Witness` raises, :class:`NotYetError`, and :class:`WrongBlockError`.
        """
        if self._false is not None:
            raise self._false.with_traceback(None)
        new, facts = request.checkpoint.checkpoint, self._follower.facts
        if new.origin == facts.origin and request.checkpoint.note.signers([facts.log]):
            self._require_executed(new)
        return self._witness.add_checkpoint(request)

    def cosign(self, signed: SignedCheckpoint) -> SignedCheckpoint:
        """Cosign a checkpoint by oneself, which makes the proof from what was followed; return it with the line."""
        lines = ask_witness(self, signed, self._follower.consistency_proof)
        return signed.with_signatures(list(lines))

    def _look(self) -> None:
        before = self._seen()
        signed = self._ledger.checkpoint()
        signed.witnesses(self._follower.facts)
        self._require_executed(signed.checkpoint)
        size = signed.checkpoint.size
        if size < before and self._may_lag:
            return
        try:
            self.cosign(signed)
        except WitnessConflictError:
            return
        except InconsistentCheckpointError:
            # It is no rollback when somebody had a newer one cosigned since this one was fetched.
            if not before <= size < self._seen():
                raise

    def _seen(self) -> int:
        last = self._witness.last(self._follower.facts.origin)
        return last.checkpoint.size if last else 0

    def _follow(self) -> None:
        if not self._following.acquire(timeout=FOLLOW_SECONDS):
            raise NotYetError("the ledger's blocks are being followed; ask again in a moment")
        try:
            for block in self._ledger.blocks(self._follower.height + 1):
                self._follower.add(block)
        finally:
            self._following.release()

    def _require_executed(self, new: Checkpoint) -> None:
        """Follow the ledger if ``new`` is news, and compare."""
        if new.size > self._follower.size:
            self._follow()
        if self._follower.root_at(new.size) != new.root:
            raise WrongBlockError(f"the checkpoint of size {new.size} is not of the ledger that was executed here")
