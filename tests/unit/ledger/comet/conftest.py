"""A node over the toy machine, and the scripted CometBFT that drives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.unit.ledger.comet import fake_comet

from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.application import NodeKeys
from ippyo.ledger.notes import KeyKind, SigningKey

OPERATORS = [SigningKey(f"ippyo.node/{name}", KeyKind.COSIGNATURE, bytes([n]) * 32) for n, name in enumerate("abcd", 1)]


@pytest.fixture(scope="session")
def fake() -> ModuleType:
    """The module with FakeComet and Node."""
    return fake_comet


@pytest.fixture
def facts(toy: ModuleType) -> LedgerFacts:
    """Four operators, of whom three must sign."""
    found: LedgerFacts = replace(toy.FACTS, witnesses=tuple(key.verifier for key in OPERATORS), quorum=3)
    return found


@pytest.fixture
def start(toy: ModuleType, fake: ModuleType, facts: LedgerFacts, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return ``start(folder="node", operator=0, **options)``, which runs a node; all are stopped in the end."""
    running: list[Any] = []

    def begin(folder: str = "node", operator: int = 0, **options: Any) -> Any:
        (tmp_path / folder).mkdir(exist_ok=True)
        options = {"machine": toy.ToyMachine, **options}
        node = fake.Node(tmp_path / folder, facts, NodeKeys(toy.LOG_KEY, OPERATORS[operator]), **options)
        running.append(node)
        return node

    yield begin
    for node in running:
        node.stop()


@pytest.fixture
def comet(fake: ModuleType, facts: LedgerFacts) -> Iterator[Any]:
    """The scripted CometBFT, not connected yet."""
    scripted = fake.FakeComet(facts)
    yield scripted
    scripted.disconnect()
