"""The ledger that booth.toml names: one, or that of several operators, each with its own name before its address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ippyo.booth.site.beginning import NewBooth
from ippyo.booth.site.config import Config
from ippyo.booth.site.opening import open_ledger
from ippyo.contract.genesis import LedgerKeys
from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.http import LedgerClient
from ippyo.ledger.notes import KeyKind, SigningKey


def booth(*addresses: str, test: bool = True) -> Config:
    if test:
        origins = ("http://localhost:1", "http://localhost:2", "http://localhost:3")
    else:
        origins = ("https://booth.example", "https://desk.example", "https://check.example")
    return Config.from_text(NewBooth(*origins, addresses, test, "0").to_toml(), Path("/booth/booth.toml"))


@pytest.fixture(scope="module")
def operators(small_poll: Any) -> Poll:
    names = [f"ippyo.node/{name}" for name in ("city", "port", "hill", "lake")]
    keys = tuple(SigningKey.generate(name, KeyKind.COSIGNATURE).verifier.to_text() for name in names)
    ledger = LedgerKeys("comet", small_poll.poll.genesis.ledger.log, keys, 3)
    genesis = replace(small_poll.poll.genesis, ledger=ledger)
    return Poll(small_poll.poll.manifest, genesis, small_poll.poll.trustees)


def test_one_ledger(small_poll: Any) -> None:
    with open_ledger(booth("http://127.0.0.1:1", "city=http://127.0.0.1:2"), small_poll.poll) as ledger:
        assert isinstance(ledger, LedgerClient)
        assert ledger.describe() == "ledger over HTTP at http://127.0.0.1:1, http://127.0.0.1:2"


@pytest.mark.parametrize("addresses", [["http://127.0.0.1:1"], ["lake=http://127.0.0.1:1", "city=http://127.0.0.1:2"]])
def test_several_operators(operators: Poll, addresses: list[str]) -> None:
    with open_ledger(booth(*addresses), operators) as ledger:
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
    with pytest.raises(InputError, match=problem), open_ledger(booth(*addresses), operators):
        pass


@pytest.mark.parametrize("address", ["city=", "city=ftp://127.0.0.1", "city=http://", "city"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError, match=r"urls.*must"):
        booth(address)


def test_a_name_is_no_way_around_https() -> None:
    with pytest.raises(InputError, match="https://"):
        booth("city=http://node.example", test=False)
