"""Ledger to record and back: export writes the folder of docs/protocol.md §11, import re-executes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from ippyo.canonical import fields, loads, sha256_b64
from ippyo.contract.interface import BlockContext, StateMachine, Store
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError, InputError
from ippyo.ledger.blocks import Entry, SignedHeader
from ippyo.ledger.chain import (
    DOCUMENT,
    Block,
    Chain,
    append_block,
    begin_chain,
    grow,
    next_header,
    put_checkpoint,
    put_cosigned,
)
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.database import Database, DatabaseReader
from ippyo.ledger.record_layout import DOCUMENT_FILES, DOCUMENT_LIMIT, Problem
from ippyo.ledger.record_reader import RecordedBlock, RecordedTransaction, RecordReader
from ippyo.ledger.record_writer import RecordWriter
from ippyo.ledger.sqlite_store import SqliteStore

__all__ = [
    "DamagedRecordError",
    "Problem",
    "RecordReader",
    "RecordWriter",
    "RecordedBlock",
    "RecordedTransaction",
    "export_record",
    "import_record",
]

_NAMED = ("manifest", "trustees", "ceremony")
"""The documents whose hashes are in genesis, by the name of field and file, and the prefix of the hash."""

Progress = Callable[[int], None]
"""Is told the number of transactions done so far."""


class DamagedRecordError(InputError):
    """The record has a structural problem, the first of which the message names."""


def export_record(database: DatabaseReader, folder: Path, *, progress: Progress | None = None) -> int:
    """Write the ledger as it stands into ``folder`` and return the number of its transactions.

    The ledger may run meanwhile, here or in another process. Raises :class:`~ippyo.errors.InputError` if the folder
    is not empty, and :class:`~ippyo.ledger.database.StorageError` if it cannot be written.
    """
    with database.snapshot() as connection, RecordWriter(folder) as writer:
        chain = Chain(connection)
        for name in DOCUMENT_FILES:
            text = chain.fact(DOCUMENT + name)
            if text is None:
                raise InputError(f"the ledger {database.path} was begun without {name}, which a record needs")
            writer.document(name, text)
        for block in chain.blocks():
            writer.block(block.signed, block.transactions)
            if progress is not None:
                progress(block.header.size)
        writer.checkpoint(chain.checkpoint())
        return chain.size


def import_record(
    folder: Path,
    database: Database,
    facts: LedgerFacts,
    machine: Callable[[Store], StateMachine],
    *,
    progress: Progress | None = None,
) -> int:
    """Re-execute the record in ``folder`` into the fresh ``database`` and return the number of transactions.

    All or nothing: the first thing that is not right ends it. Of the documents only that they are those of the poll in
    ``facts`` is checked; whether the poll itself is sound, the verifier says. Raises :class:`DamagedRecordError` for a
    malformed record, :class:`~ippyo.errors.CheckFailedError` for one that is not true, or that too few witnesses
    cosigned, :class:`~ippyo.errors.InputError` for a database that is in use.
    """
    with database.transaction() as connection:

        def stop(problem: Problem) -> None:
            raise DamagedRecordError(f"the record {folder} cannot be imported: {problem}")

        reader = RecordReader(folder, report=stop)
        reader.layout()
        documents = {name: reader.document(name) or "" for name in DOCUMENT_FILES}
        _check_documents(facts.poll, documents)
        if not begin_chain(connection, facts, documents):
            raise InputError(f"{database.path} already holds a ledger; import into a new file")
        replay = _Replay(facts, machine(SqliteStore(database)), connection)
        for recorded in reader.blocks():
            replay.add(recorded)
            if progress is not None:
                progress(replay.frontier.size)
        checkpoint = reader.checkpoint()
        assert checkpoint is not None, "stop() raises at the problem of which None is the sign"
        replay.finish(checkpoint)
    return replay.frontier.size


def _check_documents(poll: str, documents: Mapping[str, str]) -> None:
    """Check that the genesis is that of ``poll``, and that it names the other documents by their hashes (§3, §5)."""
    genesis = documents["genesis.json"]
    if sha256_b64(f"ippyo-poll-v1|{genesis}") != poll:
        raise CheckFailedError("genesis.json is not the genesis of this poll")
    # It is the text that the fingerprint was given to, so there is no form to be checked.
    value = loads(genesis, what="genesis", limit=DOCUMENT_LIMIT)
    named = fields(value, "genesis", *_NAMED, optional=list(value) if isinstance(value, dict) else ())
    for name in _NAMED:
        if sha256_b64(f"ippyo-{name}-v1|{documents[f'{name}.json']}") != named.text(name):
            raise CheckFailedError(f"{name}.json is not the one that genesis names")


class _Replay:
    """Executes a record block by block into a database and compares every field of every header."""

    def __init__(self, facts: LedgerFacts, rules: StateMachine, connection: sqlite3.Connection) -> None:
        self.frontier = Frontier()
        self._last: SignedHeader | None = None
        self._facts = facts
        self._rules = rules
        self._connection = connection

    def add(self, recorded: RecordedBlock) -> None:
        """Execute the next block and keep it."""
        texts = tuple(transaction.text for transaction in recorded.transactions)
        block = Block(recorded.signed, self.frontier.size, texts)
        header = block.header
        name = f"block {header.height}"
        if not block.signed.verify(self._facts.log):
            raise CheckFailedError(f"{name} is not signed by {self._facts.log.name}")
        if self._last is not None and header.time < self._last.header.time:
            raise CheckFailedError(f"{name} is earlier than the one before it")
        verdicts, state = self._rules.apply(BlockContext(header.height, header.time), texts)
        for index, verdict in enumerate(verdicts, block.first):
            if not verdict.accepted:
                raise CheckFailedError(f"{name}: transaction {index} is refused by the rules: {verdict.code}")
        entries = [Entry.of(text) for text in texts]
        frontier, nodes = grow(self.frontier, entries)
        expected = next_header(self._facts.poll, self._last, header.time, frontier, state)
        for field in ("poll", "height", "previous", "size", "root", "state"):
            if getattr(header, field) != getattr(expected, field):
                raise CheckFailedError(f"{name}: its {field} is not what follows from what is before it")
        append_block(self._connection, block, entries, nodes)
        self._rules.commit()
        self._last, self.frontier = block.signed, frontier

    def finish(self, signed: SignedCheckpoint) -> None:
        """Check that the checkpoint is that of the last block, and keep it."""
        signed.verify(self._facts)
        if (signed.checkpoint.size, signed.checkpoint.root) != (self.frontier.size, self.frontier.root):
            raise CheckFailedError("the checkpoint is not that of the last block")
        known = signed.of_known_keys(self._facts)
        own = [line for line in known.note.signatures if self._facts.log.made(line)]
        put_checkpoint(self._connection, SignedCheckpoint.from_parts(signed.checkpoint, own))
        if known.cosigners(self._facts):
            put_cosigned(self._connection, known, self._facts)
