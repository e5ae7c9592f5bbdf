"""The ledger that a configuration names: one, or that of several operators, each with its name before its address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ippyo.contract.genesis import LedgerKeys
from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.ledger.addresses import ledger_at
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.http import LedgerClient
from ippyo.ledger.notes import KeyKind, SigningKey


@pytest.fixture(scope="module")
def operators(small_poll: Any) -> Poll:
    names = [f"ippyo.node/{name}" for name in ("city", "port", "hill", "lake")]
    keys = tuple(SigningKey.generate(name, KeyKind.COSIGNATURE).verifier.to_text() for name in names)
    ledger = LedgerKeys("comet", small_poll.poll.genesis.ledger.log, keys, 3)
    genesis = replace(small_poll.poll.genesis, ledger=ledger)
    return Poll(small_poll.poll.manifest, genesis, small_poll.poll.trustees)


def test_one_ledger(small_poll: Any) -> None:
    with ledger_at(["http://127.0.0.1:1", "city=http://127.0.0.1:2"], small_poll.poll) as ledger:
        assert isinstance(ledger, LedgerClient)
        assert ledger.describe() == "ledger over HTTP at http://127.0.0.1:1, http://127.0.0.1:2"


@pytest.mark.parametrize("addresses", [["http://127.0.0.1:1"], ["lake=http://127.0.0.1:1", "city=http://127.0.0.1:2"]])
def test_several_operators(operators: Poll, addresses: list[str]) -> None:
    with ledger_at(addresses, operators) as ledger:
        assert isinstance(ledger, OperatorsLedger)


@pytest.mark.parametrize(
    ("addresses", "problem"),
    [
        (["sea=http://127.0.0.1:1"], "no operator 'sea'"),
        (["city=http://127.0.0.1:1", "city=http://127.0.0.1:2"], "has two addresses"),
        (["city=http://127.0.0.1:1", "http://127.0.0.1:2"], "every address has its operator's name"),
    ],
)
def test_names_that_fit_no_genesis(operators: Poll, addresses: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem), ledger_at(addresses, operators):
        pass
