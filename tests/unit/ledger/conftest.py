"""The toy ledger, which tests/integration/ledger/toy_ledger.py defines, and a witness beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.integration.ledger import toy_ledger

from ippyo.ledger.database import Database


@pytest.fixture(scope="session")
def toy() -> ModuleType:
    """The module with ToyMachine, note(), POLL, LOG_KEY and FACTS."""
    return toy_ledger


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "ledger.db") as database:
        yield database
