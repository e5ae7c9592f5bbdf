"""The files of a record, as far as their form goes (check 1). What they say is for the other checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ippyo.audit.checks import Check
from ippyo.audit.report import Findings, Where, same
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


class RecordFiles:
    """The record at ``path``: reads on after whatever is wrong, and notes it."""

    def __init__(self, path: Path, findings: Findings) -> None:
        """Look at what is in the folder.

        Raises :class:`~ippyo.errors.InputError` when ``path`` is not a folder.
        """
        self.path = path
        self._findings = findings
        self._reader = RecordReader(path, report=self._note)
        findings.examined(Check.FILES, 0)
        self._reader.layout()

    def _note(self, problem: Problem) -> None:
        self._findings.fail(Check.FILES, same(problem.text), Where(file=problem.file, line=problem.line or None))

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
            if transaction.file != file:
                file = transaction.file
                self._findings.examined(Check.FILES)
            text = self._without_return(transaction.text, Where(file=file, line=transaction.line))
            yield transaction if text is transaction.text else replace(transaction, text=text)

    def transactions_again(self) -> Iterator[RecordedTransaction]:
        """Yield the transactions once more; what is wrong with their files is known by now."""
        return RecordReader(self.path).transactions()

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

    def _without_return(self, text: str, where: Where) -> str:
        if not text.endswith("\r"):
            return text
        self._findings.fail(Check.FILES, Text("行末に復帰文字があります。", "ends with a carriage return"), where)
        return text[:-1]
