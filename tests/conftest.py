"""Fixtures for every room's tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests import agent_port, booth_town, card_slot
from tests import small_poll as polls

from ippyo.web_files import static_folders

# No property is false because a computer is busy, and no run fails by examples that the run before did not have.
# Others are tried by --hypothesis-profile default, where a test does not say otherwise itself.
settings.register_profile("ippyo", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ippyo")

# A shell that runs the tests in its background has them ignore Ctrl-C, and all that they start with them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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


@pytest.fixture(scope="session")
def vendor(require: Callable[[str, bool, str], None]) -> None:
    """Require the browser's packages: without them no page can name the program that it runs."""
    made = dict(static_folders())["web/vendor"] / ".made"
    require("web/vendor", made.is_file(), "run 'make web/vendor/.made'")


@pytest.fixture(scope="module")
def card_agent_port() -> Iterator[bool]:
    """Hold the card agent's port for a module's tests (tests/agent_port.py); yield whether it is free."""
    with agent_port.held() as is_free:
        yield is_free


@pytest.fixture(scope="session")
def small_polls() -> ModuleType:
    """Return the module tests/small_poll.py, which makes polls with all their secrets."""
    return polls


@pytest.fixture(scope="session")
def small_poll() -> polls.SmallPoll:
    """Return one poll of tests/small_poll.py, the same for the whole run; votes can be changed in it."""
    return polls.SmallPoll.build()


@pytest.fixture(scope="session")
def card_slots() -> ModuleType:
    """Return the module tests/card_slot.py, which is a card reader."""
    return card_slot


@pytest.fixture(scope="session")
def booth_towns() -> ModuleType:
    """Return the module tests/booth_town.py, which runs a ledger and booths as processes."""
    return booth_town


@pytest.fixture(scope="session")
def registry_offices() -> ModuleType:
    """Return the module tests/registry_office.py, which makes registries with roll, cards, J-LIS and ledger."""
    from tests import registry_office  # noqa: PLC0415 - the registry's tables are for its tests only

    return registry_office


@pytest.fixture(scope="session")
def registry_jlis(registry_offices: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return one simulated J-LIS and a pool of keys for its cards, the same for the whole run."""
    born = datetime.fromtimestamp(polls.OPENS, UTC) - timedelta(days=400)
    jlis = registry_offices.Jlis.create(tmp_path_factory.mktemp("registry") / "jlis", born)
    return jlis, registry_offices.KeyPool(4)


@pytest.fixture
def office_maker(registry_offices: ModuleType, registry_jlis: Any, tmp_path: Path) -> Callable[..., Any]:
    """Return ``office_maker(**policies)``, which returns an ``OfficeMaker`` of tests/registry_office.py."""

    def make(**policies: Any) -> Any:
        return registry_offices.maker(tmp_path, *registry_jlis, **policies)

    return make
