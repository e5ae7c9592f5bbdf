"""Taking a record from a medium into the counting station: copied first, verified as a copy, then given its name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.files import open_plain, reason
from ippyo.ledger.blocks import HEADER_LIMIT, TRANSACTION_LIMIT
from ippyo.ledger.notes import NOTE_LIMIT
from ippyo.ledger.record import Problem, RecordReader
from ippyo.ledger.record_layout import (
    BLOCKS_FILE,
    CHECKPOINT_FILE,
    DOCUMENT_FILES,
    DOCUMENT_LIMIT,
    TRANSACTIONS_FOLDER,
    TRANSACTIONS_PER_FILE,
)
from ippyo.ledger.record_reader import CHECKPOINT_LINES

__all__ = ["import_record", "read_poll", "transaction_texts"]


def import_record(source: Path, target: Path, verify: Callable[[Path], None]) -> None:
    """Copy the record in ``source`` to the new folder ``target``, if ``verify`` accepts the copy.

    ``verify`` is the audit room's verifier, handed in by the command line; it raises when a check fails. What was
    verified is what will be counted: the medium is not read again. Raises :class:`InputError` when ``target`` exists
    or the record's files are not those of a record.
    """
    draft = target.with_name(f".{target.name}.importing")
    try:
        if target.exists():
            raise InputError(f"{target} exists already; use a new folder for another import")
        reader = RecordReader(source, report=_refuse)
        reader.layout()
        shutil.rmtree(draft, ignore_errors=True)
        _copy(reader, draft)
        verify(draft)
        draft.rename(target)
    except OSError as error:
        raise InputError(f"the record {source} cannot be copied to {target}: {reason(error)}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy(reader: RecordReader, draft: Path) -> None:
    """Copy the files of a record and nothing else, none of them beyond what a record can hold."""
    (draft / TRANSACTIONS_FOLDER).mkdir(parents=True)
    for name in DOCUMENT_FILES:
        _copy_lines(reader.folder, draft, name, DOCUMENT_LIMIT, 1)
    _copy_lines(reader.folder, draft, CHECKPOINT_FILE, NOTE_LIMIT, CHECKPOINT_LINES)
    names = reader.transaction_names()
    for name in names:
        place = f"{TRANSACTIONS_FOLDER}/{name}"
        _copy_lines(reader.folder, draft, place, TRANSACTION_LIMIT, TRANSACTIONS_PER_FILE)
    # No block is empty, so that there are no more of them than transactions.
    _copy_lines(reader.folder, draft, BLOCKS_FILE, HEADER_LIMIT, len(names) * TRANSACTIONS_PER_FILE)


def _copy_lines(source: Path, draft: Path, name: str, limit: int, most: int) -> None:
    """Copy up to ``most`` lines of at most ``limit`` bytes: a sparse file would fill the disk."""

    def refuse(problem: str) -> InputError:
        return InputError(f"the record {source} cannot be imported: {name} {problem}")

    try:
        original = open_plain(source / name)
    except FileNotFoundError:
        original = None
    if original is None:
        raise refuse("is missing or not a plain file")
    with original, (draft / name).open("xb") as copy:
        for number in range(1, most + 2):
            line = original.readline(limit + 2)
            if not line:
                return
            if number > most:
                raise refuse(f"has more than {most} lines")
            if len(line.removesuffix(b"\n")) > limit:
                raise refuse(f"has a line {number} of more than {limit} bytes")
            copy.write(line)


def _refuse(problem: Problem) -> None:
    raise InputError(f"the record cannot be read: {problem}")


def read_poll(record: Path) -> Poll:
    """Return the poll of the record in the folder ``record``."""
    reader = RecordReader(record, report=_refuse)
    manifest, genesis, trustees = (
        reader.document(name) or "" for name in ("manifest.json", "genesis.json", "trustees.json")
    )
    return Poll.from_texts(manifest, genesis, trustees)


def transaction_texts(record: Path) -> Iterator[str]:
    """Yield the text of every transaction of the record, in order."""
    for transaction in RecordReader(record, report=_refuse).transactions():
        yield transaction.text
