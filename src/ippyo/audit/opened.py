"""A record opened for use rather than for verification: the first thing wrong with its form ends it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ippyo.audit.report import printable
from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.record import DamagedRecordError, Problem, RecordedBlock, RecordReader

__all__ = ["OpenedRecord"]


@dataclass(frozen=True)
class OpenedRecord:
    """The folder of a record, and its poll, whose parts belong together."""

    path: Path
    poll: Poll

    @classmethod
    def open(cls, path: Path) -> OpenedRecord:
        """Read what the poll stands on.

        Raises :class:`~ippyo.errors.InputError` for a record that is not of the right form, and
        :class:`~ippyo.errors.CheckFailedError` when its parts do not belong together.
        """
        reader = _reader(path)
        reader.layout()
        texts = [reader.document(name) or "" for name in ("manifest.json", "genesis.json", "trustees.json")]
        return cls(path, Poll.from_texts(*texts))

    @property
    def facts(self) -> LedgerFacts:
        """What genesis says of the ledger."""
        return LedgerFacts.of(self.poll.genesis)

    def blocks(self) -> Iterator[RecordedBlock]:
        """Yield the blocks with their transactions."""
        return _reader(self.path).blocks()

    def texts(self) -> Iterator[str]:
        """Yield the texts of all transactions, in order."""
        for transaction in _reader(self.path).transactions():
            yield transaction.text

    def last_time(self) -> int:
        """Return the time of the last block in milliseconds."""
        times = deque((signed.header.time for _, signed in _reader(self.path).headers()), maxlen=1)
        if not times:
            raise InputError(f"the record {self.path} holds no block")
        return times[0]


def _reader(path: Path) -> RecordReader:
    def stop(problem: Problem) -> None:
        said = printable(str(problem))
        raise DamagedRecordError(f"the record {path} cannot be read: {said}; run ippyo verify for all that is wrong")

    return RecordReader(path, report=stop)
