"""The application by itself: whose chain it runs, that its tree is whole, and that time never goes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ippyo.errors import InputError
from ippyo.ledger.chain import Chain
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet import abci_pb2 as abci
from ippyo.ledger.comet.application import Application, NodeKeys, WrongChainError, chain_id
from ippyo.ledger.database import Database
from ippyo.ledger.sqlite_store import SqliteStore

T0 = 1_800_000_000_000


@pytest.fixture
def opened(toy: ModuleType, facts: LedgerFacts, tmp_path: Path) -> Callable[[], Any]:
    """Return ``opened()``: an observer's application over one file, which may be opened again."""

    @contextmanager
    def open_it() -> Iterator[tuple[Application, Database]]:
        with Database(tmp_path / "ledger.db") as database:
            machine = toy.ToyMachine(SqliteStore(database))
            validators = [key.public for key in facts.witnesses]
            yield Application(database, facts, NodeKeys(toy.LOG_KEY, None), machine, validators), database

    return open_it


def commit(application: Application, height: int, time_ms: int, *texts: str) -> None:
    verdicts, _ = application.finalize(height, time_ms, [text.encode() for text in texts])
    assert all(verdict.accepted for verdict in verdicts)
    application.commit()


def test_the_validators_are_the_operators_and_nobody_else(opened: Any, facts: LedgerFacts) -> None:
    keys = [key.public for key in facts.witnesses]
    stranger = bytes(32)
    wrong = {
        "another in an operator's place": [*keys[1:], stranger],
        "one more": [*keys, stranger],
        "one less": keys[1:],
        "one twice": [*keys[1:], keys[1]],
        "nobody": [],
    }
    with opened() as (application, _):
        for what, others in wrong.items():
            with pytest.raises(WrongChainError, match="not the operators of this poll"):
                application.init_chain(chain_id(facts.poll), [(key, 1) for key in others])
                pytest.fail(what)
        assert application.init_chain(chain_id(facts.poll), [(key, 1) for key in reversed(keys)])


def test_a_tree_that_is_not_that_of_the_last_block_is_noticed(opened: Any, toy: ModuleType, tmp_path: Path) -> None:
    with opened() as (application, _):
        commit(application, 1, T0, toy.note("one"), toy.note("two"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection, connection:
        assert connection.execute("UPDATE node SET hash = ? WHERE level = 1", (bytes(32),)).rowcount == 1
    with pytest.raises(InputError, match="blocks and state differ"), opened():
        pass


def test_a_block_is_never_earlier_than_the_one_before(opened: Any, toy: ModuleType) -> None:
    with opened() as (application, database):
        commit(application, 1, T0, toy.note("one"))
        commit(application, 2, T0 - 1, toy.note("two"))
        commit(application, 3, T0 + 1, toy.note("three"))
        with database.snapshot() as connection:
            assert [signed.header.time for signed in Chain(connection).headers()] == [T0, T0, T0 + 1]


@pytest.mark.parametrize("length", [100, 127, 128, 129])
def test_a_proposal_fits_as_protobuf_writes_it(opened: Any, toy: ModuleType, length: int) -> None:
    """CometBFT takes no proposal that is larger than it said, and nobody's vote comes in by it."""
    bare = len(toy.note(""))
    txs = [toy.note(str(number) * (length - bare)).encode() for number in range(3)]
    assert {len(tx) for tx in txs} == {length}
    size = len(abci.ResponsePrepareProposal(txs=txs).SerializeToString())
    with opened() as (application, _):
        assert application.propose(T0, txs, size) == txs
        assert application.propose(T0, txs, size - 1) == txs[:2]
