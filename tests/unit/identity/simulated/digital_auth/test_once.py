from __future__ import annotations

import pytest

from ippyo.identity.simulated.digital_auth import once
from ippyo.identity.simulated.digital_auth.once import Shelf


def test_things_are_taken_once_and_forgotten() -> None:
    now = 0.0
    shelf: Shelf[str] = Shelf(10, lambda: now)
    name, other = shelf.put("a"), shelf.put("b", "other")
    assert other == "other"
    assert name != shelf.put("a")
    assert shelf.get(name) == "a"
    assert shelf.take(name) == "a"
    assert shelf.take(name) is None
    assert shelf.get("nothing") is None
    now = 10.0
    assert shelf.get(other) is None
    assert shelf.take(other) is None


def test_the_oldest_goes_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "MOST", 2)
    shelf: Shelf[int] = Shelf(10, lambda: 0.0)
    names = [shelf.put(number) for number in range(3)]
    assert [shelf.get(name) for name in names] == [None, 1, 2]
