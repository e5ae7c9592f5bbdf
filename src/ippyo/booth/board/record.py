"""The record as a ZIP file, written while it is read from the ledger: in constant memory, however large.

The folder in it is that of docs/protocol.md §11, ready for ``ippyo verify``. It ends with the block that the ledger's
checkpoint names, so that all parts of it belong together although blocks come in meanwhile.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, takewhile

from ippyo.booth.port import LedgerPort
from ippyo.ledger.chain import Block
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.record_layout import BLOCKS_FILE, CHECKPOINT_FILE, TRANSACTIONS_PER_FILE, transactions_file

__all__ = ["record_zip"]

FOLDER = "record"
_CHUNK = 1 << 18
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file: the same record gives the same bytes."""


class _Pipe(io.RawIOBase):
    """A file that can only be written to; what was written is taken out piece by piece."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces += piece
        return len(piece)

    def taken(self, least: int = 1) -> Iterator[bytes]:
        if len(self._pieces) >= least:
            piece = bytes(self._pieces)
            self._pieces.clear()
            yield piece


def record_zip(
    ledger: LedgerPort, documents: Mapping[str, str], checkpoint: SignedCheckpoint, facts: LedgerFacts
) -> Iterator[bytes]:
    """Yield the bytes of the ZIP file. ``documents`` are the texts by file name that a record begins with.

    Raises what ``ledger`` raises: then the file is not complete, and whoever opens it sees that.
    """
    size = checkpoint.checkpoint.size
    time = 0

    def lines() -> Iterator[str]:
        nonlocal time
        for block in blocks():
            time = block.header.time
            yield block.signed.to_text()

    def blocks() -> Iterator[Block]:
        return takewhile(lambda block: block.header.size <= size, ledger.blocks())

    def transactions() -> Iterator[str]:
        for block in blocks():
            yield from block.transactions

    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, text in documents.items():
            yield from _file(archive, pipe, name, [text])
        yield from _file(archive, pipe, BLOCKS_FILE, lines())
        yield from _all_transactions(archive, pipe, transactions(), size)
        with archive.open(_entry(CHECKPOINT_FILE), "w") as file:
            file.write(checkpoint.for_record(facts, time).to_text().encode())
        yield from pipe.taken()
    yield from pipe.taken()


def _all_transactions(archive: zipfile.ZipFile, pipe: _Pipe, texts: Iterator[str], size: int) -> Iterator[bytes]:
    for first in range(0, size, TRANSACTIONS_PER_FILE):
        count = min(TRANSACTIONS_PER_FILE, size - first)
        yield from _file(archive, pipe, transactions_file(first), islice(texts, count))


def _file(archive: zipfile.ZipFile, pipe: _Pipe, name: str, lines: Iterable[str]) -> Iterator[bytes]:
    with archive.open(_entry(name), "w", force_zip64=True) as file:
        for line in lines:
            file.write(line.encode() + b"\n")
            yield from pipe.taken(_CHUNK)
    yield from pipe.taken()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{FOLDER}/{name}", _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
