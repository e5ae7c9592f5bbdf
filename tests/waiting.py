"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["until"]

T = TypeVar("T")
PAUSE = 0.02


def until(ask: Callable[[], T], what: str = "", seconds: float = 120) -> T:
    """Ask again and again until the answer is true, and return it; fail, naming ``what``, when that lasts too long."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < end, f"not in {seconds} s: {what or answer!r}"
        time.sleep(PAUSE)
    return answer
