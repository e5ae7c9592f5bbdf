"""Fixtures for every room's tests."""

from __future__ import annotations

import os
from collections.abc import Callable

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
