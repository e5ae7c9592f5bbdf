"""The record's ZIP file on the disk: made once for each state of the ledger, so that readers cost no reading of it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ippyo.booth.board.record import record_zip
from ippyo.booth.port import LedgerPort
from ippyo.canonical import sha256
from ippyo.errors import IppyoError, RefusedError
from ippyo.ledger.checkpoint import LedgerFacts, NotEnoughWitnessesError, SignedCheckpoint

__all__ = ["Copy", "RecordFile"]

FIRST_SECONDS = 20.0
"""How long a reader waits for the first file of all; the next reader may find it finished."""

NEXT_SECONDS = 2.0
"""How long one waits for a newer file than the one there is."""

REST = 10
"""A file is made anew only when this many times as long as the making took has passed: a tenth of a processor."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished file, open for reading and to be closed; ``tag`` (32 hex digits) names its content."""

    file: BinaryIO
    length: int
    tag: str


class RecordFile:
    """Keeps at ``path`` the record that begins with ``documents`` (texts by file name). For any number of threads.

    It ends with a checkpoint that ``facts`` prove.
    """

    def __init__(self, path: Path, ledger: LedgerPort, facts: LedgerFacts, documents: Mapping[str, str]) -> None:
        self._path = path
        self._ledger = ledger
        self._facts = facts
        self._documents = documents
        self._lock = threading.Lock()
        self._maker: threading.Thread | None = None
        self._tag = ""
        self._due = 0.0
        self._failure: IppyoError | None = None

    def opened(self) -> Copy:
        """Open the newest file, which is not older than the ledger's last blocks if it could be made in a moment.

        Raises :class:`RefusedError` ``busy`` while the first file is being made, and the errors of the ledger where
        there is no file and none can be made.
        """
        with self._lock:
            if (self._maker is None or not self._maker.is_alive()) and time.monotonic() >= self._due:
                self._maker = threading.Thread(target=self._make, name="ippyo-booth-record", daemon=True)
                self._maker.start()
            maker, wait = self._maker, NEXT_SECONDS if self._tag else FIRST_SECONDS
        if maker is not None:
            maker.join(wait)
        with self._lock:
            if not self._tag:
                raise self._failure or RefusedError("busy")
            try:
                file = self._path.open("rb")
            except FileNotFoundError:
                # Somebody removed it, perhaps for room on the disk: the next one is made when that is due.
                self._tag = ""
                raise RefusedError("busy") from None
            return Copy(file, os.fstat(file.fileno()).st_size, self._tag)

    def _make(self) -> None:
        began = time.monotonic()
        failure: IppyoError | None = None
        try:
            checkpoint = self._checkpoint()
            tag = sha256(checkpoint.to_text()).hex()[:32]
            if tag != self._tag:
                self._write(checkpoint, tag)
        except IppyoError as error:
            failure = error
        except OSError:
            failure = RefusedError("busy")
        with self._lock:
            self._failure = failure
            now = time.monotonic()
            self._due = now + REST * (now - began)

    def _checkpoint(self) -> SignedCheckpoint:
        newest = self._ledger.checkpoint()
        try:
            newest.verify(self._facts)
        except NotEnoughWitnessesError:
            # Witnesses are a moment behind the ledger; a receipt is against the newest that enough of them signed.
            newest = self._ledger.receipt(0).checkpoint
            newest.verify(self._facts)
        return newest

    def _write(self, checkpoint: SignedCheckpoint, tag: str) -> None:
        unfinished = self._path.with_name(self._path.name + ".new")
        try:
            with unfinished.open("wb") as file:
                for piece in record_zip(self._ledger, self._documents, checkpoint, self._facts):
                    file.write(piece)
            with self._lock:
                # Whoever reads the old file goes on reading it.
                unfinished.replace(self._path)
                self._tag = tag
        finally:
            unfinished.unlink(missing_ok=True)
