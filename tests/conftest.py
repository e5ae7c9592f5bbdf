"""Fixtures for every room's tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load(name: str, file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(file))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def require() -> Callable[[str, bool, str], None]:
    """Return ``require(part, condition, how)``: go on when the part is there, else skip with what to do about it.

    Under ``IPPYO_REQUIRE=all`` (CI) a missing part fails the test.
    """

    def check(part: str, condition: bool, how: str) -> None:
        if condition:
            return
        message = f"{part} is missing: {how}"
        if os.environ.get("IPPYO_REQUIRE") == "all":
            pytest.fail(message)
        pytest.skip(message)

    return check


@pytest.fixture(scope="module")
def card_agent_port() -> Iterator[bool]:
    """Hold the card agent's port for a module's tests (tests/agent_port.py); yield whether it is free."""
    with _load("ippyo_agent_port", "agent_port.py").held() as is_free:
        yield is_free


@pytest.fixture(scope="session")
def card_slots() -> ModuleType:
    """Return the module tests/card_slot.py, a card reader for the card agent."""
    return _load("ippyo_card_slot", "card_slot.py")


@pytest.fixture(scope="session")
def small_polls() -> ModuleType:
    """Return the module tests/small_poll.py, which makes polls with all their secrets."""
    return _load("ippyo_small_poll", "small_poll.py")


@pytest.fixture(scope="session")
def small_poll(small_polls: ModuleType) -> Any:
    """Return one poll of tests/small_poll.py, the same for the whole run; votes can be changed in it."""
    return small_polls.SmallPoll.build()


@pytest.fixture(scope="session")
def booth_towns() -> ModuleType:
    """Return the module tests/booth_town.py, which runs a ledger and booths as processes."""
    return _load("ippyo_booth_town", "booth_town.py")


@pytest.fixture(scope="session")
def registry_offices(small_polls: ModuleType) -> ModuleType:
    """Return the module tests/registry_office.py, which makes registries with roll, cards, J-LIS and ledger."""
    return _load("ippyo_registry_office", "registry_office.py")


@pytest.fixture(scope="session")
def registry_jlis(registry_offices: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return one simulated J-LIS and a pool of keys for its cards, the same for the whole run."""
    born = datetime.fromtimestamp(registry_offices.small_polls().OPENS, UTC) - timedelta(days=400)
    jlis = registry_offices.Jlis.create(tmp_path_factory.mktemp("registry") / "jlis", born)
    return jlis, registry_offices.KeyPool(4)


@pytest.fixture
def office_maker(registry_offices: ModuleType, registry_jlis: Any, tmp_path: Path) -> Callable[..., Any]:
    """Return ``office_maker(**policies)``, which returns an ``OfficeMaker`` of tests/registry_office.py."""

    def make(**policies: Any) -> Any:
        return registry_offices.maker(tmp_path, *registry_jlis, **policies)

    return make
