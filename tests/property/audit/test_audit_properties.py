"""Properties of the parts of the audit room that need no record."""

from __future__ import annotations

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo.audit.belenios.archive import ArchiveWriter, EventType
from ippyo.audit.state import coin_root, drawer_of
from ippyo.canonical import sha256_hex
from ippyo.contract.coin import Coin, CoinBallot
from ippyo.contract.coin_tree import CoinTree
from ippyo.contract.store import MemoryStore

QUICK = settings(max_examples=30, deadline=None, derandomize=True)

TRACKER = "A" * 43
COINS = st.builds(
    Coin,
    credential=st.integers(0, 2**64).map(str),
    style=st.sampled_from(["all", "some"]),
    count=st.integers(0, 255),
    surrendered=st.booleans(),
    ballots=st.lists(st.builds(CoinBallot, st.just("c"), st.just(TRACKER), st.integers(0, 10**6)), max_size=1).map(
        tuple
    ),
)


@QUICK
@given(st.lists(COINS, max_size=12, unique_by=lambda coin: coin.credential))
def test_the_root_added_up_is_the_root_kept_up_to_date(coins: list[Coin]) -> None:
    tree = CoinTree(MemoryStore())
    for coin in coins:
        tree.put(coin)
        tree.root()
    in_order = sorted(coins, key=lambda coin: (drawer_of(coin.credential), coin.credential))
    assert coin_root((drawer_of(coin.credential), coin.to_text()) for coin in in_order) == tree.root()


@QUICK
@given(
    st.lists(st.tuples(st.sampled_from(list(EventType)), st.none() | st.text(st.characters(codec="utf-8")))),
    st.integers(0, 8**11 - 1),
)
def test_an_archive_can_be_read_back(events: list[tuple[EventType, str | None]], timestamp: int) -> None:
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, timestamp)
    for kind, payload in events:
        writer.event(kind, payload)
    content = stream.getvalue()
    assert len(content) % 512 == 0
    texts: dict[str, str] = {}
    found: list[tuple[EventType, str | None]] = []
    parent, offset = None, 0
    while offset < len(content):
        header = bytearray(content[offset : offset + 512])
        checksum = int(bytes(header[148:154]), 8)
        header[148:156] = b" " * 8
        assert checksum == sum(header)
        assert int(bytes(header[136:147]), 8) == timestamp
        name, size = bytes(header[:100]).rstrip(b"\0").decode(), int(bytes(header[124:135]), 8)
        text = content[offset + 512 : offset + 512 + size].decode()
        offset += 512 + (size + 511) // 512 * 512
        if name.endswith(".event.json"):
            event = json.loads(text)
            assert (event.get("parent"), event["height"]) == (parent, len(found))
            parent = sha256_hex(text)
            assert name == f"{parent}.event.json"
            found.append((EventType(event["type"]), texts[event["payload"]] if "payload" in event else None))
        elif name != "BELENIOS":
            assert name == f"{sha256_hex(text)}.data.json"
            texts[sha256_hex(text)] = text
    assert found == events
