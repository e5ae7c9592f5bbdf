"""What a node remembers of the state is what stands in the state."""

from __future__ import annotations

from collections.abc import Iterator

from ippyo.contract.store import MemoryStore
from ippyo.ledger.comet.remembering import RememberingStore


class Counting(MemoryStore):
    """A store that counts how often it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[bytes] = []

    def get(self, key: bytes) -> bytes | None:
        self.reads.append(key)
        return super().get(key)


def test_each_key_is_read_once() -> None:
    below = Counting()
    below.write({b"a": b"1"})
    store = RememberingStore(below)
    for _ in range(3):
        assert store.get(b"a") == b"1"
        assert store.get(b"absent") is None
    assert below.reads == [b"a", b"absent"]


def test_what_is_written_is_what_is_read() -> None:
    below = Counting()
    store = RememberingStore(below)
    assert store.get(b"a") is None
    store.write({b"a": b"1", b"b": b"2"})
    assert (store.get(b"a"), store.get(b"b"), below.get(b"a")) == (b"1", b"2", b"1")
    store.write({b"a": None, b"b": b"3"})
    assert (store.get(b"a"), store.get(b"b")) == (None, b"3")
    assert dict(_pairs(store)) == {b"b": b"3"}


def test_the_keys_read_last_are_remembered() -> None:
    below = Counting()
    store = RememberingStore(below, keys=2)
    for key in (b"a", b"b", b"a", b"c", b"a", b"b"):
        store.get(key)
    assert below.reads == [b"a", b"b", b"c", b"b"]


def _pairs(store: RememberingStore) -> Iterator[tuple[bytes, bytes]]:
    return store.scan(b"")
