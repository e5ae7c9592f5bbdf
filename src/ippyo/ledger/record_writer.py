"""Writing a record, block by block, in constant memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self, TextIO

from ippyo.errors import InputError
from ippyo.ledger.blocks import SignedHeader
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.database import StorageError
from ippyo.ledger.record_layout import (
    BLOCKS_FILE,
    CHECKPOINT_FILE,
    DOCUMENT_FILES,
    TRANSACTIONS_FOLDER,
    TRANSACTIONS_PER_FILE,
    transactions_file,
)

__all__ = ["RecordWriter"]


class RecordWriter:
    """Writes a record into ``folder``, which must be new or empty.

    Use it in a ``with``. It writes beside the folder and moves the whole into its place at the end, so that a record
    that is there is complete; after an error nothing is left.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.realpath(folder))
        self._partial = self._folder.with_name(self._folder.name + ".partial")
        self._open_files = ExitStack()
        self._blocks: TextIO | None = None
        self._transactions: TextIO | None = None
        self._count = 0

    def __enter__(self) -> Self:
        folder = self._folder
        try:
            if folder.exists() and not folder.is_dir():
                raise InputError(f"{folder} is a file, and a record is a folder")
            if folder.is_dir() and any(folder.iterdir()):
                raise InputError(f"the folder {folder} is not empty; name a new one")
            if self._partial.exists():
                raise InputError(f"{self._partial} is left from an export that broke off; remove it first")
            (self._partial / TRANSACTIONS_FOLDER).mkdir(parents=True)
            self._blocks = self._create(BLOCKS_FILE)
        except OSError as error:
            raise self._storage_error(error) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._open_files.close()
            if kind is None:
                if self._folder.exists():
                    self._folder.rmdir()
                self._partial.rename(self._folder)
        except OSError as error:
            raise self._storage_error(error) from None
        finally:
            shutil.rmtree(self._partial, ignore_errors=True)

    def _storage_error(self, error: OSError) -> StorageError:
        return StorageError(f"cannot write the record {self._folder}: {error.strerror or error}")

    def _create(self, name: str) -> TextIO:
        file = (self._partial / name).open("x", encoding="utf-8", newline="\n")
        self._open_files.callback(_finish, file)
        return file

    def _write_file(self, name: str, text: str) -> None:
        try:
            with (self._partial / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                _sync(file)
        except OSError as error:
            raise self._storage_error(error) from None

    def document(self, name: str, text: str) -> None:
        """Write one of the texts the record begins with; ``text`` is canonical and has no newline."""
        if name not in DOCUMENT_FILES:
            raise ValueError(f"a record has no file {name}")
        self._write_file(name, text + "\n")

    def checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Write the checkpoint of the last block."""
        self._write_file(CHECKPOINT_FILE, checkpoint.to_text())

    def block(self, header: SignedHeader, transactions: Sequence[str]) -> None:
        """Add the next block."""
        if self._blocks is None:
            raise ValueError("the writer is used without 'with'")
        try:
            self._blocks.write(header.to_text() + "\n")
            for text in transactions:
                self._add(text)
        except OSError as error:
            raise self._storage_error(error) from None

    def _add(self, text: str) -> None:
        if self._transactions is None or self._count % TRANSACTIONS_PER_FILE == 0:
            if self._transactions is not None:
                _finish(self._transactions)
            self._transactions = self._create(transactions_file(self._count))
        self._transactions.write(text + "\n")
        self._count += 1


def _sync(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _finish(file: TextIO) -> None:
    """Close a file, its content on the disk; closing it again does nothing."""
    if not file.closed:
        try:
            _sync(file)
        finally:
            file.close()
