"""The durable chain, read back."""

from __future__ import annotations

from types import ModuleType

import pytest

from ippyo.errors import InputError
from ippyo.ledger.chain import Chain
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger


def test_heights_by_position(toy: ModuleType, database: Database) -> None:
    with EmbeddedLedger(
        database, toy.FACTS, toy.LOG_KEY, toy.ToyMachine, clock=lambda: 1000, block_wait=0.001
    ) as ledger:
        for number in range(9):
            waiting = [ledger.submit(toy.note(f"{number}-{more}")) for more in range(1 + number % 3)]
            for one in waiting:
                one.result(60)
        with database.snapshot() as connection:
            chain = Chain(connection)
            found = {
                position: block.header.height
                for block in chain.blocks()
                for position in range(block.first, block.header.size)
            }
            assert {position: chain.height_of(position) for position in range(chain.size)} == found
            for nowhere in (-1, chain.size, 10**12):
                with pytest.raises(InputError, match="has no transaction"):
                    chain.height_of(nowhere)


def test_no_heights_before_the_first_block(toy: ModuleType, database: Database) -> None:
    with (
        EmbeddedLedger(database, toy.FACTS, toy.LOG_KEY, toy.ToyMachine),
        database.snapshot() as connection,
        pytest.raises(InputError, match="has no transaction"),
    ):
        Chain(connection).height_of(0)
