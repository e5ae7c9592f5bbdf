from __future__ import annotations

import pytest

from ippyo.contract.interface import Store
from ippyo.contract.store import MemoryStore, Overlay


@pytest.fixture(params=["memory", "overlay", "overlay-of-overlay"])
def store(request: pytest.FixtureRequest) -> Store:
    memory = MemoryStore()
    stores: dict[str, Store] = {
        "memory": memory,
        "overlay": Overlay(memory),
        "overlay-of-overlay": Overlay(Overlay(memory)),
    }
    return stores[request.param]


def test_what_is_written_is_read(store: Store) -> None:
    assert store.get(b"a") is None
    store.write({b"a": b"1", b"b": b""})
    assert (store.get(b"a"), store.get(b"b")) == (b"1", b"")
    store.write({b"a": None, b"c": None})
    assert store.get(b"a") is None


def test_scan_is_in_order_of_the_bytes_of_the_key(store: Store) -> None:
    store.write({b"p\xff": b"3", b"p\x00": b"1", b"q": b"4", b"p": b"0", b"p\x01": b"2"})
    assert list(store.scan(b"p")) == [(b"p", b"0"), (b"p\x00", b"1"), (b"p\x01", b"2"), (b"p\xff", b"3")]
    assert list(store.scan(b"x")) == []


def test_an_overlay_leaves_the_store_below_alone() -> None:
    memory = MemoryStore()
    memory.write({b"a/1": b"x", b"a/2": b"y"})
    overlay = Overlay(memory)
    overlay.write({b"a/1": None, b"a/3": b"z"})
    assert list(overlay.scan(b"a/")) == [(b"a/2", b"y"), (b"a/3", b"z")]
    assert list(memory.scan(b"a/")) == [(b"a/1", b"x"), (b"a/2", b"y")]
    memory.write(overlay.changes)
    assert list(memory.scan(b"a/")) == [(b"a/2", b"y"), (b"a/3", b"z")]
