"""Proposals: whatever a node selects every node accepts, and the same stream gives the same state in any process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ippyo.contract.interface import BlockContext
from ippyo.contract.machine import Contract
from ippyo.contract.store import MemoryStore

HOUR = 3_600_000


def _stream(small_poll: Any) -> list[str]:
    """Return transactions, good and bad, of a whole poll, in no order that would do."""
    first, second = small_poll.voter(), small_poll.voter("bridge-only")
    good = [
        *small_poll.issued_by_all(3),
        small_poll.open(),
        first.cast(bridge=(1, 0), mayor=(0, 1, 0)),
        first.cast(bridge=(0, 1)),
        second.cast(bridge=(0, 1)),
        second.surrender(),
        first.spoil(first.seal("bridge", (1, 0)).tracker),
        small_poll.audit("note"),
        small_poll.close(),
    ]
    forged = json.loads(good[-5])
    return [*good, good[5], "", "{}", "garbage", json.dumps(forged | {"number": 9}, separators=(",", ":"))]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_selected_is_acceptable(small_poll: Any, data: st.DataObject) -> None:
    stream = _cached_stream(small_poll)
    opens, closes = 1000 * small_poll.poll.manifest.opens, 1000 * small_poll.poll.manifest.closes
    times = sorted(data.draw(st.lists(st.integers(opens - HOUR, closes + HOUR), min_size=1, max_size=4)))
    one, other = (Contract(small_poll.poll, MemoryStore()) for _ in range(2))
    for height, time in enumerate(times, 1):
        ctx = BlockContext(height, time)
        txs = data.draw(st.permutations(stream)) if height == 1 else data.draw(st.lists(st.sampled_from(stream)))
        selected = one.select(ctx, txs)
        assert other.acceptable(ctx, selected)
        verdicts, state = one.apply(ctx, selected)
        assert all(verdict.accepted for verdict in verdicts)
        # Whoever executes all of it, refusals included, comes to the same state.
        assert other.apply(ctx, txs)[1] == state == other.apply(ctx, selected)[1]
        one.commit()
        other.commit()
    assert one.last() == other.last()


_streams: dict[str, list[str]] = {}


def _cached_stream(small_poll: Any) -> list[str]:
    return _streams.setdefault(small_poll.phi, _stream(small_poll))


_RUN = """
import json, sys
from ippyo.contract.interface import BlockContext
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.store import MemoryStore
given = json.load(sys.stdin)
contract = Contract(Poll.from_texts(*given["poll"]), MemoryStore())
for height, (time, txs) in enumerate(given["blocks"], 1):
    verdicts, state = contract.apply(BlockContext(height, time), txs)
    contract.commit()
    print([verdict.code for verdict in verdicts], state)
"""


def test_processes_with_other_hash_seeds_come_to_the_same(small_poll: Any) -> None:
    poll, stream = small_poll.poll, _cached_stream(small_poll)
    opens, closes = 1000 * poll.manifest.opens, 1000 * poll.manifest.closes
    blocks = [(opens - 1, stream), (opens + 1, stream[::-1]), (opens + 2, stream), (closes, stream)]
    texts = [poll.manifest.to_text(), poll.genesis.to_text(), poll.trustees.to_text()]
    given = json.dumps({"poll": texts, "blocks": blocks})
    answers = {
        subprocess.run(
            [sys.executable, "-c", _RUN], input=given, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
        ).stdout
        for seed, zone, locale in (("0", "UTC", "C"), ("1", "Asia/Tokyo", "C.UTF-8"), ("random", "America/Lima", "C"))
    }  # fmt: skip
    assert len(answers) == 1
    assert "'closed'" in answers.pop()
