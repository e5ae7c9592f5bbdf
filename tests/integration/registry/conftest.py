"""``registry_town``: one town for all tests of a session, for standing it up takes seconds."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "registry_town.py"


@pytest.fixture(scope="session")
def registry_towns() -> ModuleType:
    """Return the module tests/registry_town.py."""
    spec = importlib.util.spec_from_file_location("ippyo_registry_town", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def registry_town(registry_towns: ModuleType, small_polls: ModuleType, tmp_path_factory: Any) -> Iterator[Any]:
    """Return a ``Town``: code, card and passkey are asked for, lists and responder must agree."""
    with registry_towns.Town.stand_up(tmp_path_factory.mktemp("registry-town"), small_polls, voters=60) as town:
        yield town
