"""``registry_town``: one town for all tests of a session, for standing it up takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from tests import registry_town as towns


@pytest.fixture(scope="session")
def registry_towns() -> ModuleType:
    """Return the module tests/registry_town.py."""
    return towns


@pytest.fixture(scope="session")
def registry_town(small_polls: ModuleType, tmp_path_factory: Any) -> Iterator[Any]:
    """Return a ``Town``: code, card and passkey are asked for, lists and responder must agree."""
    with towns.Town.stand_up(tmp_path_factory.mktemp("registry-town"), small_polls, voters=100) as town:
        yield town
