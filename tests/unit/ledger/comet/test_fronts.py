"""Addresses of operators' nodes, with names and without."""

from __future__ import annotations

import pytest

from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.fronts import FrontAddress, operators_at


@pytest.mark.parametrize(
    ("text", "name", "url"),
    [
        ("https://node.city.example", "", "https://node.city.example"),
        ("city=https://node.city.example", "city", "https://node.city.example"),
        ("a=b=http://127.0.0.1:8100", "a=b", "http://127.0.0.1:8100"),
        (
            "https://proxy.example/?to=https://node.city.example",
            "",
            "https://proxy.example/?to=https://node.city.example",
        ),
        ("city=https://x.example/?a=http://b", "city", "https://x.example/?a=http://b"),
        ("=https://node.city.example", "", "=https://node.city.example"),
        ("city=node.city.example", "", "city=node.city.example"),
    ],
)
def test_an_address(text: str, name: str, url: str) -> None:
    assert FrontAddress.from_text(text) == FrontAddress(name, url)


@pytest.mark.parametrize(
    ("addresses", "problem"),
    [
        (["a=http://1", "x=http://2"], "no operator 'x'"),
        (["a=http://1", "b=http://2", "a=http://3"], "'a' has two addresses"),
        (["a=http://1", "http://2"], "either every address has its operator's name"),
        ([f"http://{number}" for number in range(5)], "there are 5 addresses, and 4 operators"),
        (["a=http://1", "b=http://2", "c=http://1"], "http://1 stands for two operators"),
        (["http://node.example:1", "http://Node.example:1/"], "http://node.example:1 stands for two operators"),
        ([], "no address"),
    ],
)
def test_addresses_that_are_nobody_s(facts: LedgerFacts, addresses: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        operators_at(addresses, facts)


def test_names_in_any_order(facts: LedgerFacts) -> None:
    nobody = [f"http://127.0.0.1:{port}" for port in range(1, 5)]
    named = [f"{name}={url}" for name, url in zip("dbca", nobody, strict=True)]
    for addresses in (named, nobody, [f"c={nobody[0]}"]):
        with operators_at(addresses, facts) as ledger:
            assert ledger.network().silent == [f"ippyo.node/{name}" for name in "abcd"]
