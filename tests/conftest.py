"""Fixtures for every room's tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


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
def small_polls() -> ModuleType:
    """Return the module tests/small_poll.py, which makes polls with all their secrets."""
    spec = importlib.util.spec_from_file_location("ippyo_small_poll", Path(__file__).with_name("small_poll.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def small_poll(small_polls: ModuleType) -> Any:
    """Return one poll of tests/small_poll.py, the same for the whole run; votes can be changed in it."""
    return small_polls.SmallPoll.build()
