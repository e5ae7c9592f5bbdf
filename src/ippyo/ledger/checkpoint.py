"""Checkpoints: the signed size and root of a ledger (c2sp.org/tlog-checkpoint), and whose signatures count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ippyo.contract.genesis import Genesis
from ippyo.crypto.merkle import HASH_LENGTH
from ippyo.errors import CheckFailedError, InputError, ParseError
from ippyo.ledger.notes import (
    KeyKind,
    Note,
    NoteSignature,
    NoteSignatureError,
    SigningKey,
    VerifierKey,
    padded_b64,
    parse_padded_b64,
)

__all__ = [
    "COSIGNED_EARLY",
    "Checkpoint",
    "LedgerFacts",
    "NotEnoughWitnessesError",
    "SignedCheckpoint",
    "WrongOriginError",
]


COSIGNED_EARLY = 60
"""Seconds by which a cosignature may be older than the last block of a record (docs/protocol.md §11)."""


class WrongOriginError(CheckFailedError):
    """The checkpoint is of another ledger."""


class NotEnoughWitnessesError(CheckFailedError):
    """Fewer witnesses cosigned than the poll demands."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log states: after ``size`` entries the root of its tree is ``root`` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Parse the text of the note: exactly three lines, for the protocol knows no extension lines."""
        what = "checkpoint"
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise ParseError(what, "is not exactly three lines")
        origin, size, root = lines[:3]
        if not origin:
            raise ParseError(what, "has no origin")
        if not (size.isascii() and size.isdigit()) or len(size) > 15 or str(int(size)) != size:
            raise ParseError(what, "has a size that is not a decimal number")
        return cls(origin, int(size), parse_padded_b64(root, what=what, length=HASH_LENGTH))

    def to_text(self) -> str:
        """Return the text of the note."""
        return f"{self.origin}\n{self.size}\n{padded_b64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """What genesis says of its ledger, and all that a receipt or record is trusted by.

    ``poll`` is the poll's fingerprint Phi; the log's key name is also the origin of its checkpoints; ``quorum`` of the
    ``witnesses`` must have cosigned.
    """

    poll: str
    log: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        if self.log.kind is not KeyKind.NOTE or any(key.kind is not KeyKind.COSIGNATURE for key in self.witnesses):
            raise InputError("the log's key must be of kind 1, and those of witnesses of kind 4")
        if len({key.public for key in (self.log, *self.witnesses)}) != 1 + len(self.witnesses):
            raise InputError("two of the log and its witnesses have the same key")
        if not 0 <= self.quorum <= len(self.witnesses):
            raise InputError(f"{self.quorum} of {len(self.witnesses)} witnesses is not a possible quorum")

    @classmethod
    def from_texts(cls, poll: str, log: str, witnesses: Sequence[str] = (), quorum: int = 0) -> LedgerFacts:
        """Build the facts from verifier keys as genesis writes them."""
        return cls(poll, VerifierKey.from_text(log), tuple(VerifierKey.from_text(key) for key in witnesses), quorum)

    @classmethod
    def of(cls, genesis: Genesis) -> LedgerFacts:
        """Return what ``genesis`` says of the ledger."""
        keys = genesis.ledger
        return cls.from_texts(genesis.fingerprint, keys.log, keys.witnesses, keys.quorum)

    @property
    def origin(self) -> str:
        """The origin of the log's checkpoints."""
        return self.log.name


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note that carries it. Signatures count only after :meth:`verify`."""

    checkpoint: Checkpoint
    note: Note

    @classmethod
    def from_text(cls, text: str) -> SignedCheckpoint:
        """Parse a note whose text is a checkpoint."""
        note = Note.from_text(text, what="checkpoint")
        return cls(Checkpoint.from_text(note.text), note)

    @classmethod
    def sign(cls, checkpoint: Checkpoint, key: SigningKey) -> SignedCheckpoint:
        """Sign as the log."""
        return cls.from_parts(checkpoint, [key.sign(checkpoint.to_text())])

    @classmethod
    def from_parts(cls, checkpoint: Checkpoint, signatures: Sequence[NoteSignature]) -> SignedCheckpoint:
        """Put a checkpoint and signatures of it together."""
        return cls(checkpoint, Note(checkpoint.to_text(), tuple(signatures)))

    def to_text(self) -> str:
        """Return the signed note."""
        return self.note.to_text()

    def with_signatures(self, signatures: Sequence[NoteSignature]) -> SignedCheckpoint:
        """Return the same checkpoint with more signatures, one line for each key: the last one given."""
        lines = [*self.note.signatures, *signatures]
        last = {(line.name, line.key_id): place for place, line in enumerate(lines)}
        return SignedCheckpoint.from_parts(self.checkpoint, [lines[place] for place in sorted(last.values())])

    def of_known_keys(self, facts: LedgerFacts) -> SignedCheckpoint:
        """Return the same checkpoint with the newest true line of each key in ``facts``, and no other line."""
        newest = [self.note.newest_line(key) for key in (facts.log, *facts.witnesses)]
        return SignedCheckpoint.from_parts(self.checkpoint, [line for line in newest if line is not None])

    def for_record(self, facts: LedgerFacts, last: int) -> SignedCheckpoint:
        """Return the same checkpoint for a record whose last block is of the time ``last`` (ms).

        Cosignatures too old for it are left out if there are enough others: a witness whose clock is slow, or who says
        so, must not spoil what the others vouch for.
        """
        too_old = [
            line
            for key in facts.witnesses
            for line in self.note.signatures
            if key.made(line) and int.from_bytes(line.signature[:8]) < last // 1000 - COSIGNED_EARLY
        ]
        kept = [line for line in self.note.signatures if line not in too_old]
        left = SignedCheckpoint.from_parts(self.checkpoint, kept)
        return left if left.cosigners(facts) >= facts.quorum else self

    def cosigners(self, facts: LedgerFacts) -> int:
        """Return how many witnesses have a line under the checkpoint, without verifying it."""
        return sum(any(key.made(line) for line in self.note.signatures) for key in facts.witnesses)

    def witnesses(self, facts: LedgerFacts) -> list[VerifierKey]:
        """Check the log's signature and return the witnesses that cosigned, however few.

        Raises :class:`WrongOriginError` or :class:`~ippyo.ledger.notes.NoteSignatureError`.
        """
        if self.checkpoint.origin != facts.origin:
            raise WrongOriginError(f"the checkpoint is of {self.checkpoint.origin!r}, not of {facts.origin!r}")
        if not self.note.signers([facts.log]):
            raise NoteSignatureError(f"the checkpoint is not signed by {facts.log.name}")
        return self.note.signers(facts.witnesses)

    def verify(self, facts: LedgerFacts) -> Checkpoint:
        """Return the checkpoint if the log and enough witnesses signed it.

        Raises what :meth:`witnesses` raises, or :class:`NotEnoughWitnessesError`.
        """
        count = len(self.witnesses(facts))
        if count < facts.quorum:
            raise NotEnoughWitnessesError(f"{count} witnesses cosigned the checkpoint, and {facts.quorum} are needed")
        return self.checkpoint
