"""Taking a record from a medium into the counting station: copied first, verified as a copy, then given its name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.ledger.record import Problem, RecordReader
from ippyo.ledger.record_layout import BLOCKS_FILE, CHECKPOINT_FILE, DOCUMENT_FILES, TRANSACTIONS_FOLDER

__all__ = ["import_record", "read_poll", "transaction_texts"]


def import_record(source: Path, target: Path, verify: Callable[[Path], None]) -> None:
    """Copy the record in ``source`` to the new folder ``target``, if ``verify`` accepts the copy.

    ``verify`` is the audit room's verifier, handed in by the command line; it raises when a check fails. What was
    verified is what will be counted: the medium is not read again. Raises :class:`InputError` when ``target`` exists
    or the record's files are not those of a record.
    """
    if target.exists():
        raise InputError(f"{target} exists already; use a new folder for another import")
    RecordReader(source, report=_refuse).layout()
    draft = target.with_name(f".{target.name}.importing")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        _copy(source, draft)
        verify(draft)
        draft.rename(target)
    except OSError as error:
        raise InputError(f"the record {source} cannot be copied to {target}: {error.strerror}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy(source: Path, draft: Path) -> None:
    """Copy the files of a record and nothing else; a link could point anywhere and is refused."""
    (draft / TRANSACTIONS_FOLDER).mkdir(parents=True)
    names = [*DOCUMENT_FILES, BLOCKS_FILE, CHECKPOINT_FILE]
    folder = source / TRANSACTIONS_FOLDER
    if folder.is_dir():
        names += [f"{TRANSACTIONS_FOLDER}/{path.name}" for path in sorted(folder.iterdir())]
    for name in names:
        path = source / name
        if path.is_symlink() or not path.is_file():
            raise InputError(f"the record {source} cannot be imported: {name} is missing or not a plain file")
        shutil.copyfile(path, draft / name)


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
