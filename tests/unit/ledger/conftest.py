"""The toy ledger, which tests/integration/ledger/toy_ledger.py defines, and a witness beside it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from ippyo.ledger.database import Database

TOY = Path(__file__).parents[2] / "integration" / "ledger" / "toy_ledger.py"


@pytest.fixture(scope="session")
def toy() -> ModuleType:
    """The module with ToyMachine, note(), POLL, LOG_KEY and FACTS."""
    spec = importlib.util.spec_from_file_location("ippyo_toy_ledger", TOY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "ledger.db") as database:
        yield database
