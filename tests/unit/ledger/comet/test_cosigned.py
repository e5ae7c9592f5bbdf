"""The checkpoint that is remembered for a second: never one of another size, another time or another ledger."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from ippyo.errors import InputError
from ippyo.ledger.chain import Chain
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.engine import NotYetError

Start = Callable[..., Any]


def signed_at(signed: SignedCheckpoint, facts: LedgerFacts) -> int:
    line = signed.note.newest_line(facts.witnesses[0])
    assert line is not None
    return int.from_bytes(line.signature[:8])


def test_a_block_is_in_the_next_checkpoint_within_the_same_second(
    toy: ModuleType, start: Start, comet: Any, fake: ModuleType, facts: LedgerFacts
) -> None:
    now = [fake.BEGINNING / 1000]
    node = start(clock=lambda: now[0])
    comet.connect(node.path)
    ledger = fake.ledger_of(node, comet)
    for index in range(5):
        with pytest.raises(NotYetError):
            ledger.receipt(index)
        with pytest.raises(InputError):
            ledger.checkpoint(index + 1)
        comet.decide([toy.note(str(index)).encode()])
        receipt = ledger.receipt(index)
        assert receipt.checkpoint.checkpoint.size == index + 1
        receipt.verify(replace(facts, quorum=1))
    # A clock that goes on, and one that is set back.
    for second in (1, 3600, -3600):
        now[0] = fake.BEGINNING / 1000 + second
        assert signed_at(ledger.checkpoint(), facts) == int(now[0])
        assert signed_at(ledger.checkpoint(2), facts) == int(now[0])
    ledger.close()


def test_many_ask_while_blocks_are_made(
    toy: ModuleType, start: Start, comet: Any, fake: ModuleType, facts: LedgerFacts
) -> None:
    seconds = itertools.count(fake.BEGINNING // 1000 * 10)
    node = start(clock=lambda: next(seconds) / 10)
    comet.connect(node.path)
    made = [0]
    one_signs = replace(facts, quorum=1)

    def ask(number: int) -> list[SignedCheckpoint]:
        seen: dict[int, SignedCheckpoint] = {}
        for _ in range(60):
            least = made[0]
            newest = node.application.cosigned()
            assert newest.checkpoint.size >= least
            asked = number % (newest.checkpoint.size + 1)
            other = node.application.cosigned(asked)
            assert other.checkpoint.size == asked
            seen |= {one.checkpoint.size: one for one in (newest, other)}
        return list(seen.values())

    with ThreadPoolExecutor(4) as pool:
        askers = [pool.submit(ask, number) for number in range(4)]
        for index in range(40):
            comet.decide([toy.note(str(index)).encode()])
            made[0] = index + 1
        seen = [one for asker in askers for one in asker.result(60)]
    with node.database.snapshot() as connection:
        headers = {signed.header.size: signed.header.root for signed in Chain(connection).headers()}
    assert seen
    for signed in seen:
        assert signed.verify(one_signs).root == headers.get(signed.checkpoint.size, signed.checkpoint.root)
        assert fake.BEGINNING // 1000 <= signed_at(signed, facts) <= next(seconds) // 10
