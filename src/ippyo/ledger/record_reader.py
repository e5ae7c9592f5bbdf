"""Reading a record: every structural problem is noted with file and line, and reading goes on where it can.

Constant memory, whatever a stranger put into the folder: lines are read up to a limit, only plain files are opened, and
of many problems the first are kept and the rest are counted. Nor can a file without an end hold the reader up: what is
too long is left at a limit. What the texts say is not judged here, except for their form.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from ippyo.errors import InputError, ParseError
from ippyo.files import open_plain, reason
from ippyo.ledger.blocks import BLOCK_LIMIT, HEADER_LIMIT, TRANSACTION_LIMIT, SignedHeader
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.notes import NOTE_LIMIT, SIGNATURES_LIMIT
from ippyo.ledger.record_layout import (
    BLOCKS_FILE,
    CHECKPOINT_FILE,
    DOCUMENT_FILES,
    DOCUMENT_LIMIT,
    TRANSACTIONS_FOLDER,
    TRANSACTIONS_PER_FILE,
    Problem,
    transactions_file,
)

__all__ = ["RecordReader", "RecordedBlock", "RecordedTransaction"]

CHECKPOINT_LINES = 4 + SIGNATURES_LIMIT
PROBLEMS_KEPT = 1000
NAMES_LIMIT = 100_000
"""Files in a folder, which is room for a thousand million transactions."""
SKIP_STEP = 64 * 1024
SKIP_LIMIT = 16 * 1024 * 1024
"""Bytes of a line too long that are passed over in search of the next line; a sparse file would never end."""


@dataclass(frozen=True, slots=True)
class RecordedTransaction:
    """A transaction and where it stands; ``index`` counts from 0 over the whole record."""

    index: int
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class RecordedBlock:
    """A block, the line of ``blocks.jsonl`` it stands in, and as many of its transactions as are there."""

    line: int
    signed: SignedHeader
    transactions: tuple[RecordedTransaction, ...]


class RecordReader:
    """Reads the record in ``folder``. Each problem goes to ``report``, if given, at once.

    ``problems`` holds the first :data:`PROBLEMS_KEPT` of them, ``problem_count`` says how many there were.
    What is read twice is reported twice, except that :meth:`layout` never repeats what the other methods find.
    """

    def __init__(self, folder: Path, report: Callable[[Problem], None] | None = None) -> None:
        try:
            there = folder.is_dir()
        except OSError as error:
            raise InputError(f"cannot read the record folder {folder}: {reason(error)}") from None
        if not there:
            raise InputError(f"there is no record folder {folder}")
        self.folder = folder
        self.problems: list[Problem] = []
        self.problem_count = 0
        self._report = report

    def _problem(self, file: str, line: int, text: str) -> None:
        problem = Problem(file, line, text)
        self.problem_count += 1
        if self.problem_count <= PROBLEMS_KEPT:
            self.problems.append(problem)
        if self._report is not None:
            self._report(problem)

    def _open(self, name: str) -> BinaryIO | None:
        """Open a plain file, or note why not."""
        try:
            file = open_plain(self.folder / name)
        except FileNotFoundError:
            self._problem(name, 0, "is missing")
        except OSError as error:
            self._problem(name, 0, f"cannot be read: {error.strerror}")
        else:
            if file is None:
                self._problem(name, 0, "is not a plain file")
            return file
        return None

    def _lines(self, name: str, limit: int, *, skip: int = SKIP_LIMIT) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line. A line of the wrong form is noted and yielded as far as it goes.

        After a line that is more than ``skip`` bytes too long there is nothing more.
        """
        file = self._open(name)
        if file is None:
            return
        with file:
            number = 0
            ended = True
            try:
                while ended and (raw := file.readline(limit + 1)):
                    number += 1
                    if not raw.endswith(b"\n"):
                        if len(raw) > limit:
                            ended = _skip_line(file, skip)
                            left = "" if ended else "; the rest of the file is not read"
                            self._problem(name, number, f"is longer than {limit} bytes{left}")
                        else:
                            self._problem(name, number, "has no newline at its end: the file was cut off")
                    yield number, self._decoded(raw.removesuffix(b"\n"), name, number)
            except OSError as error:
                self._problem(name, number + 1, f"cannot be read: {error.strerror}")

    def _decoded(self, raw: bytes, name: str, number: int) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self._problem(name, number, "is not UTF-8 text")
            # The replacement keeps the place of the transaction; it cannot have the hash the tree has.
            return raw.decode("utf-8", "replace")

    def layout(self) -> None:
        """Note the files that should not be there; that one is missing, is noted by the method that reads it."""
        known = {*DOCUMENT_FILES, BLOCKS_FILE, CHECKPOINT_FILE, TRANSACTIONS_FOLDER}
        for name in self._names(self.folder):
            if name not in known:
                self._problem(name, 0, "does not belong in a record")
        for name in self.transaction_names():
            if _first_index(name) is None:
                self._problem(f"{TRANSACTIONS_FOLDER}/{name}", 0, "does not belong in a record")

    def _names(self, folder: Path) -> list[str]:
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in islice(entries, NAMES_LIMIT + 1))
        except OSError as error:
            self._problem(folder.name, 0, f"cannot be read: {error.strerror}")
            return []
        if len(names) > NAMES_LIMIT:
            self._problem(folder.name, 0, f"holds more than {NAMES_LIMIT} files: the rest is not read")
        return names[:NAMES_LIMIT]

    def transaction_names(self) -> list[str]:
        """Return the names of what is in the folder of transactions, in order, whether it belongs there or not."""
        folder = self.folder / TRANSACTIONS_FOLDER
        try:
            mode = folder.lstat().st_mode
        except FileNotFoundError:
            # A record without transactions may have lost the empty folder on its way.
            return []
        except OSError as error:
            self._problem(TRANSACTIONS_FOLDER, 0, f"cannot be read: {error.strerror}")
            return []
        if not stat.S_ISDIR(mode):
            self._problem(TRANSACTIONS_FOLDER, 0, "is not a folder")
            return []
        return self._names(folder)

    def document(self, name: str) -> str | None:
        """Return one of the texts the record begins with, without its newline; if there is none, None and a problem."""
        before = self.problem_count
        lines = [text for _, text in islice(self._lines(name, DOCUMENT_LIMIT, skip=0), 2)]
        if len(lines) > 1:
            self._problem(name, 2, "should not be there: the file holds one line")
        if not lines and self.problem_count == before:
            self._problem(name, 0, "is empty")
        return lines[0] if lines else None

    def checkpoint(self) -> SignedCheckpoint | None:
        """Return the checkpoint; None, and a problem, if it is missing or malformed."""
        before = self.problem_count
        # One line more than a note can have, so that one that is too long is seen to be.
        found = self._lines(CHECKPOINT_FILE, NOTE_LIMIT, skip=0)
        lines = [text for _, text in islice(found, CHECKPOINT_LINES + 1)]
        if self.problem_count > before:
            return None
        try:
            return SignedCheckpoint.from_text("".join(f"{line}\n" for line in lines))
        except ParseError as error:
            self._problem(CHECKPOINT_FILE, 0, error.problem)
            return None

    def headers(self) -> Iterator[tuple[int, SignedHeader]]:
        """Yield line number and header of each block; a malformed line is noted and left out."""
        for number, text in self._lines(BLOCKS_FILE, HEADER_LIMIT):
            try:
                header = SignedHeader.from_text(text)
            except ParseError as error:
                self._problem(BLOCKS_FILE, number, str(error))
            else:
                yield number, header

    def transactions(self) -> Iterator[RecordedTransaction]:
        """Yield every transaction, in order. Their texts are as they stand: nothing was parsed."""
        expected = 0
        for name in self.transaction_names():
            first = _first_index(name)
            if first is None:
                continue
            if first != expected:
                self._problem(transactions_file(expected), 0, "is missing")
            expected = first + TRANSACTIONS_PER_FILE
            yield from self._transactions_of(first)

    def _transactions_of(self, first: int) -> Iterator[RecordedTransaction]:
        name = transactions_file(first)
        count = 0
        for number, text in self._lines(name, TRANSACTION_LIMIT):
            if number > TRANSACTIONS_PER_FILE:
                self._problem(name, number, f"is one more than the {TRANSACTIONS_PER_FILE} a file holds")
                return
            count = number
            yield RecordedTransaction(first + number - 1, name, number, text)
        following = self.folder / transactions_file(first + TRANSACTIONS_PER_FILE)
        if count == 0 or (count < TRANSACTIONS_PER_FILE and os.path.lexists(following)):
            # The next file says by its name where it goes on.
            self._problem(name, 0, f"has {count} lines; only the last file may have fewer than {TRANSACTIONS_PER_FILE}")

    def blocks(self) -> Iterator[RecordedBlock]:
        """Yield the blocks with their transactions; note where the two do not fit together."""
        transactions = self.transactions()
        upcoming = next(transactions, None)
        position = 0
        for line, signed in self.headers():
            size = signed.header.size
            if not 1 <= size - position <= BLOCK_LIMIT:
                text = f"has size {size} after {position} transactions, and a block holds 1 to {BLOCK_LIMIT}"
                self._problem(BLOCKS_FILE, line, text)
            taken: list[RecordedTransaction] = []
            found = position
            while upcoming is not None and upcoming.index < size:
                # Of an impossibly large block no more is handed on than a block can hold.
                if len(taken) < BLOCK_LIMIT:
                    taken.append(upcoming)
                found += 1
                upcoming = next(transactions, None)
            if found < size:
                self._problem(BLOCKS_FILE, line, f"has size {size}: {size - found} transactions are missing")
            position = max(position, size)
            yield RecordedBlock(line, signed, tuple(taken))
        while upcoming is not None:
            self._problem(upcoming.file, upcoming.line, "is in no block")
            upcoming = next(transactions, None)


def _first_index(name: str) -> int | None:
    """Return the index that the name of a file of transactions promises, or None if it is no such name."""
    digits = name.removesuffix(".jsonl")
    if not (digits.isascii() and digits.isdigit()):
        return None
    index = int(digits)
    right = transactions_file(index) == f"{TRANSACTIONS_FOLDER}/{name}" and index % TRANSACTIONS_PER_FILE == 0
    return index if right else None


def _skip_line(file: BinaryIO, limit: int) -> bool:
    """Pass over the rest of a line; false if it goes on for more than ``limit`` bytes."""
    while limit > 0:
        rest = file.readline(min(limit, SKIP_STEP))
        if not rest or rest.endswith(b"\n"):
            return True
        limit -= len(rest)
    return False
