"""The files of a record, as far as their form goes (check 1). What they say is for the other checks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ippyo.audit.checks import Check
from ippyo.audit.report import Findings, Where, printable, same
from ippyo.canonical import dumps, loads
from ippyo.errors import ParseError
from ippyo.ledger.blocks import SignedHeader
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.record import Problem, RecordedTransaction, RecordReader
from ippyo.ledger.record_layout import DOCUMENT_LIMIT, TRANSACTIONS_FOLDER
from ippyo.poll.text import Text

__all__ = ["RecordFiles", "is_canonical"]


def is_canonical(text: str, limit: int) -> bool:
    """Whether ``text`` is compact JSON as docs/protocol.md §1 demands, whatever it says."""
    try:
        return dumps(loads(text, what="text", limit=limit)) == text
    except (ParseError, RecursionError):
        return False


def _content(transaction: RecordedTransaction) -> bytes:
    return transaction.text.encode() + b"\n"


class RecordFiles:
    """The record at ``path``: reads on after whatever is wrong, and notes it."""

    def __init__(self, path: Path, findings: Findings) -> None:
        """Look at what is in the folder.

        Raises :class:`~ippyo.errors.InputError` when ``path`` is not a folder.
        """
        self.path = path
        self._findings = findings
        self._reader = RecordReader(path, report=self._note)
        self._first, self._again = hashlib.sha256(), hashlib.sha256()
        findings.examined(Check.FILES, 0)
        self._reader.layout()

    def _note(self, problem: Problem) -> None:
        # A stranger chose the names of the files, and they need not even be text.
        place = Where(file=printable(problem.file), line=problem.line or None)
        self._findings.fail(Check.FILES, same(problem.text), place)

    def document(self, name: str) -> str | None:
        """Return the text of one of the files that hold one message; None if there is none."""
        self._findings.examined(Check.FILES)
        text = self._reader.document(name)
        if text is None:
            return None
        text = self._without_return(text, Where(file=name, line=1))
        if not is_canonical(text, DOCUMENT_LIMIT):
            problem = Text("正準形の JSON ではありません。", "is not canonical JSON")
            self._findings.fail(Check.FILES, problem, Where(file=name))
        return text

    def headers(self) -> Iterator[tuple[int, SignedHeader]]:
        """Yield line number and content of every line of ``blocks.jsonl`` that is a block."""
        self._findings.examined(Check.FILES)
        return self._reader.headers()

    def transactions(self) -> Iterator[RecordedTransaction]:
        """Yield every transaction in order, without a carriage return that does not belong there."""
        file = ""
        for transaction in self._reader.transactions():
            self._first.update(_content(transaction))
            if transaction.file != file:
                file = transaction.file
                self._findings.examined(Check.FILES)
            text = self._without_return(transaction.text, Where(file=file, line=transaction.line))
            yield transaction if text is transaction.text else replace(transaction, text=text)

    def transactions_again(self) -> Iterator[RecordedTransaction]:
        """Yield the transactions once more; what is wrong with their files is known by now.

        Raises :class:`~ippyo.errors.InputError` when the folder is gone.
        """
        for transaction in RecordReader(self.path).transactions():
            self._again.update(_content(transaction))
            yield transaction

    def changed(self) -> bool:
        """Whether the transactions, read to the end twice, were not the same both times."""
        return self._first.digest() != self._again.digest()

    def transaction_bytes(self) -> int:
        """Return the size of all transactions together, as far as it can be known; it serves for showing progress."""
        try:
            return sum(entry.stat().st_size for entry in (self.path / TRANSACTIONS_FOLDER).iterdir())
        except OSError:
            return 0

    def checkpoint(self) -> SignedCheckpoint | None:
        """Return the checkpoint; None if it is missing or cannot be read."""
        self._findings.examined(Check.FILES)
        return self._reader.checkpoint()

    def note_change(self) -> None:
        """Note that the transactions were not the same in both readings."""
        problem = Text("検証している間に変わりました。", "changed while it was verified")
        self._findings.fail(Check.FILES, problem, Where(file=TRANSACTIONS_FOLDER))

    def _without_return(self, text: str, where: Where) -> str:
        if not text.endswith("\r"):
            return text
        self._findings.fail(Check.FILES, Text("行末に復帰文字があります。", "ends with a carriage return"), where)
        return text[:-1]
