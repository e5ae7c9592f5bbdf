"""Witnesses: independent parties who cosign only what extends what they saw before (c2sp.org/tlog-witness).

A quorum of them makes it impossible to show two voters two different ledgers, or to take back what was there.
They cannot make an operator let a transaction in.

All that a witness is worth is its memory: one that forgot would cosign a second history. So a memory is begun once, by
:meth:`Witness.create`, and from then on it must be there; what is cosigned has been written and read back before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol, Self

from ippyo.canonical import dumps, loads, require_canonical
from ippyo.crypto.merkle import EMPTY_ROOT, HASH_LENGTH, MAX_PROOF_LENGTH, verify_consistency
from ippyo.errors import CheckFailedError, InputError, ParseError
from ippyo.files import read_limited, replace_file, write_new
from ippyo.ledger.checkpoint import Checkpoint, SignedCheckpoint, WrongOriginError
from ippyo.ledger.database import FileLock, StorageError, resolved
from ippyo.ledger.notes import (
    KeyKind,
    NoteSignature,
    NoteSignatureError,
    SigningKey,
    VerifierKey,
    padded_b64,
    parse_padded_b64,
)

__all__ = [
    "CheckpointWitness",
    "InconsistentCheckpointError",
    "Witness",
    "WitnessConflictError",
    "WitnessRequest",
    "ask_witness",
]

REQUEST_LIMIT = 128 * 1024
STATE_LIMIT = 1024 * 1024


class WitnessConflictError(CheckFailedError):
    """The log's idea of what the witness saw last is wrong; ``size`` is what it saw."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness has last seen {size} transactions, not what the request says")
        self.size = size


class InconsistentCheckpointError(CheckFailedError):
    """The checkpoint does not extend what the witness has seen: a rollback or a second history."""


class CheckpointWitness(Protocol):
    """A witness, here or at the other end of a connection."""

    def add_checkpoint(self, request: WitnessRequest) -> Sequence[NoteSignature]:
        """Return cosignatures of the request's checkpoint.

        Raises :class:`WitnessConflictError` if the request's old size is not the last one cosigned, and another
        :class:`~ippyo.errors.CheckFailedError` if the checkpoint is not to be cosigned.
        """
        ...


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """The body of ``add-checkpoint``: ``proof`` shows that ``checkpoint`` extends the tree of size ``old``."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: SignedCheckpoint

    @classmethod
    def from_text(cls, text: str) -> WitnessRequest:
        """Parse a request body."""
        what = "witness request"
        if len(text.encode("utf-8", "surrogatepass")) > REQUEST_LIMIT:
            raise ParseError(what, f"is longer than {REQUEST_LIMIT} bytes")
        head, separator, checkpoint = text.partition("\n\n")
        first, *hashes = head.split("\n")
        word, _, size = first.partition(" ")
        if not separator or word != "old" or not (size.isascii() and size.isdigit()) or len(size) > 15:
            raise ParseError(what, "does not begin with an old size")
        if str(int(size)) != size:
            raise ParseError(what, "has an old size with leading zeros")
        if len(hashes) > MAX_PROOF_LENGTH:
            raise ParseError(what, f"has a proof of more than {MAX_PROOF_LENGTH} hashes")
        proof = tuple(parse_padded_b64(line, what=what, length=HASH_LENGTH) for line in hashes)
        return cls(int(size), proof, SignedCheckpoint.from_text(checkpoint))

    def to_text(self) -> str:
        """Return the request body."""
        return "\n".join([f"old {self.old}", *map(padded_b64, self.proof)]) + "\n\n" + self.checkpoint.to_text()


def _seconds() -> int:
    return int(time.time())


class Witness:
    """A witness that remembers, in the file ``path``, the last checkpoint it cosigned for each log."""

    @classmethod
    def create(
        cls, key: SigningKey, logs: Sequence[VerifierKey], path: Path, *, clock: Callable[[], int] = _seconds
    ) -> Self:
        """Begin the memory of a witness whose ``key`` has never signed, in a new file, and open it.

        Raises :class:`~ippyo.errors.InputError` if the file is there already.
        """
        _require_kind(key)
        write_new(path, _state_text({}).encode())
        return cls(key, logs, path, clock=clock)

    def __init__(
        self,
        key: SigningKey,
        logs: Sequence[VerifierKey],
        path: Path,
        *,
        clock: Callable[[], int] = _seconds,
    ) -> None:
        """Trust ``logs`` (a log's key name is its origin). ``clock`` returns seconds since 1970.

        Raises :class:`~ippyo.errors.InputError` if the memory is missing, in use, damaged, or of another witness.
        """
        _require_kind(key)
        path = resolved(path)
        if not path.exists():
            raise InputError(
                f"the witness's memory {path} is missing, and without it a second history could be cosigned: "
                "bring the file back, or begin a new witness with a new key"
            )
        self._key = key
        self._logs = {log.name: log for log in logs}
        self._path = path
        self._clock = clock
        self._mutex = Lock()
        self._lock = FileLock(path)
        try:
            self._seen = _read_state(path, key.verifier)
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._lock.release()

    @property
    def verifier(self) -> VerifierKey:
        """The witness's public key."""
        return self._key.verifier

    def last(self, origin: str) -> SignedCheckpoint | None:
        """Return the last checkpoint cosigned for a log, with the cosignature."""
        return self._seen.get(origin)

    def add_checkpoint(self, request: WitnessRequest) -> tuple[NoteSignature]:
        """Check a checkpoint, remember it durably, and only then cosign it.

        Raises :class:`~ippyo.ledger.checkpoint.WrongOriginError` for an unknown log,
        :class:`~ippyo.ledger.notes.NoteSignatureError`, :class:`WitnessConflictError`,
        :class:`InconsistentCheckpointError`, or :class:`~ippyo.ledger.database.StorageError`.
        """
        new = request.checkpoint.checkpoint
        log = self._logs.get(new.origin)
        if log is None:
            raise WrongOriginError(f"this witness does not know the log {new.origin!r}")
        if not request.checkpoint.note.signers([log]):
            raise NoteSignatureError(f"the checkpoint is not signed by {log.name}")
        if request.old > new.size:
            raise InconsistentCheckpointError("the checkpoint is smaller than the old size it is compared with")
        with self._mutex:
            last = self._seen.get(new.origin)
            old = last.checkpoint if last else Checkpoint(new.origin, 0, EMPTY_ROOT)
            if request.old != old.size:
                raise WitnessConflictError(old.size)
            if not verify_consistency(old.size, old.root, new.size, new.root, request.proof):
                raise InconsistentCheckpointError(
                    f"the checkpoint of size {new.size} does not extend the one of size {old.size} cosigned before"
                )
            line = self._key.cosign(request.checkpoint.note.text, self._clock())
            # Of all the lines under the note two are kept: a stranger must not fill the memory.
            log_line = next(own for own in request.checkpoint.note.signatures if log.made(own))
            seen = {**self._seen, new.origin: SignedCheckpoint.from_parts(new, [log_line, line])}
            self._remember(seen)
        return (line,)

    def _remember(self, seen: dict[str, SignedCheckpoint]) -> None:
        """Write the memory and read it back, so that no signature leaves the witness that it could forget."""
        text = _state_text(seen)
        if len(text.encode()) > STATE_LIMIT:
            raise StorageError(f"the witness's memory {self._path} is full; it does not cosign")
        try:
            replace_file(self._path, text.encode())
            if _read_state(self._path, self.verifier) != seen:
                raise StorageError(f"the witness's memory {self._path} is not what was written; it does not cosign")
        except InputError as error:
            raise StorageError(f"the witness cannot keep what it saw: {error}; it does not cosign") from None
        self._seen = seen


def ask_witness(
    witness: CheckpointWitness, checkpoint: SignedCheckpoint, prove: Callable[[int, int], Sequence[bytes]]
) -> Sequence[NoteSignature]:
    """Have ``witness`` cosign ``checkpoint``; ``prove(old, new)`` makes the consistency proof it asks for.

    Raises what the witness raises; :class:`InconsistentCheckpointError` if it has seen more than the checkpoint has.
    """
    size = checkpoint.checkpoint.size
    try:
        # With the wrong old size the witness says what the right one is, which saves keeping it here.
        return witness.add_checkpoint(WitnessRequest(0, (), checkpoint))
    except WitnessConflictError as conflict:
        if conflict.size > size:
            raise InconsistentCheckpointError(
                f"the witness has seen {conflict.size} transactions and the ledger has {size}: "
                "the ledger was rolled back, or restored from an old copy"
            ) from None
        return witness.add_checkpoint(WitnessRequest(conflict.size, tuple(prove(conflict.size, size)), checkpoint))


def _require_kind(key: SigningKey) -> None:
    if key.kind is not KeyKind.COSIGNATURE:
        raise InputError("a witness signs with a key of kind 4")


def _read_state(path: Path, witness: VerifierKey) -> dict[str, SignedCheckpoint]:
    what = f"the witness's memory {path}"
    text = read_limited(path, STATE_LIMIT, "witness's memory")
    value = loads(text.removesuffix(b"\n"), what=what, limit=STATE_LIMIT)
    if not isinstance(value, dict) or not all(isinstance(note, str) for note in value.values()):
        raise ParseError(what, "is not a list of checkpoints")
    seen = {origin: SignedCheckpoint.from_text(note) for origin, note in value.items()}
    require_canonical(text, _state_text(seen), what=what)
    if any(origin != signed.checkpoint.origin for origin, signed in seen.items()):
        raise ParseError(what, "names a checkpoint by another log")
    if any(signed.note.newest_line(witness) is None for signed in seen.values()):
        raise ParseError(what, f"holds a checkpoint that {witness.name} did not cosign: it is that of another witness")
    return seen


def _state_text(seen: dict[str, SignedCheckpoint]) -> str:
    return dumps({origin: seen[origin].to_text() for origin in sorted(seen)}) + "\n"
