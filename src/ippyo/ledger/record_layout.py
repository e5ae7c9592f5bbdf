"""The record: the folder in which a poll is published, archived and verified (docs/protocol.md §11)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BLOCKS_FILE",
    "CHECKPOINT_FILE",
    "DOCUMENT_FILES",
    "DOCUMENT_LIMIT",
    "TRANSACTIONS_FOLDER",
    "TRANSACTIONS_PER_FILE",
    "Problem",
    "transactions_file",
]

DOCUMENT_FILES = ("manifest.json", "genesis.json", "trustees.json", "ceremony.json")
BLOCKS_FILE = "blocks.jsonl"
CHECKPOINT_FILE = "checkpoint"
TRANSACTIONS_FOLDER = "transactions"
TRANSACTIONS_PER_FILE = 10_000
DOCUMENT_LIMIT = 4 * 1024 * 1024


def transactions_file(index: int) -> str:
    """Return the name of the file whose first transaction is ``index``, relative to the record's folder."""
    return f"{TRANSACTIONS_FOLDER}/{index:08d}.jsonl"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a record, and where: ``file`` relative to its folder, ``line`` from 1, or 0 for all of it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text}"
