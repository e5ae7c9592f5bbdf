"""Boxes of the small poll (tests/small_poll.py) in the states that tests start from."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="session")
def final_poll(small_polls: ModuleType) -> Any:
    """Return a poll in which a vote cannot be changed."""
    return small_polls.SmallPoll.build(small_polls.manifest(revote="never", name="final"))


@pytest.fixture
def new_box(small_polls: ModuleType, small_poll: Any) -> Any:
    """Return a box nobody has touched."""
    return small_polls.Box(small_poll)


@pytest.fixture
def box(new_box: Any) -> Any:
    """Return an open, empty box; ten tickets of each style are issued."""
    return new_box.open()


@pytest.fixture
def final_box(small_polls: ModuleType, final_poll: Any) -> Any:
    """Return an open, empty box in which a vote cannot be changed."""
    return small_polls.Box(final_poll).open()
