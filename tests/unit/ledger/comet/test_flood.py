"""Checks under a flood: who has gone leaves nothing behind, and what decides on blocks checks nothing itself."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import Any, cast

import pytest

from ippyo.contract.interface import Verdict
from ippyo.contract.stateless import Checked, check_transactions, digest_of
from ippyo.ledger.comet import prechecks as rooms
from ippyo.ledger.comet.home import BLOCK_BYTES
from ippyo.ledger.comet.prechecks import Prechecks
from ippyo.poll.limits import BLOCK_LIMIT, TRANSACTION_LIMIT


class Gate:
    """Prechecks by a thread that begins with a chunk only when it may; ``checked`` are the texts it has had."""

    def __init__(self, poll: Any, pool: ThreadPoolExecutor) -> None:
        self.prechecks = Prechecks(poll, pool)
        self.checked: list[str] = []
        self.open = threading.Event()
        self.error: Exception | None = None

        def check(some: Sequence[str]) -> Any:
            assert self.open.wait(60)
            self.checked.extend(some)
            if self.error is not None:
                raise self.error
            return check_transactions(poll, some)

        self.prechecks._check = check

    @property
    def held(self) -> int:
        """How many texts or waiters are remembered beside results."""
        one = self.prechecks
        return len(one._waiting) + len(one._underway) + len(one._wanted)


@pytest.fixture
def gate(small_poll: Any) -> Iterator[Gate]:
    with ThreadPoolExecutor(1) as pool:
        gate = Gate(small_poll.poll, pool)
        try:
            yield gate
        finally:
            gate.open.set()


async def given_up(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_what_nobody_waits_for_is_not_checked(gate: Gate) -> None:
    texts = [f"note {number}" for number in range(200)]

    async def run() -> None:
        flood = [asyncio.create_task(gate.prechecks.prepare([text])) for text in texts]
        await asyncio.sleep(0)
        await given_up(flood)
        # Only what was handed out already: to the worker, and one ahead.
        assert gate.held == 2
        honest = asyncio.create_task(gate.prechecks.prepare(["honest"]))
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.wait_for(honest, 60)

    asyncio.run(run())
    assert gate.checked == [*texts[:2], "honest"]
    assert gate.held == 0


def test_who_gives_up_takes_nothing_from_those_who_wait_for_the_same(gate: Gate) -> None:
    before, same = [f"note {number}" for number in range((1 + rooms._CHUNKS_AHEAD) * rooms._CHUNK)], "same"

    async def run() -> None:
        flood = asyncio.create_task(gate.prechecks.prepare(before))
        await asyncio.sleep(0)
        first, second = (asyncio.create_task(gate.prechecks.prepare([same])) for _ in range(2))
        block = asyncio.create_task(gate.prechecks.prepare([same, "other"], urgent=True))
        await asyncio.sleep(0)
        await given_up([first])
        await given_up([block])
        assert gate.prechecks._waiting == {digest_of(same): same}
        gate.open.set()
        await asyncio.wait_for(asyncio.gather(flood, second), 60)
        assert gate.prechecks.knows(same)

    asyncio.run(run())
    assert gate.checked == [*before, same]
    assert gate.held == 0


def test_a_check_that_fails_for_who_has_gone_is_no_news(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    gate.error = MemoryError()

    async def run() -> None:
        gone = asyncio.create_task(gate.prechecks.prepare(["gone"]))
        await asyncio.sleep(0)
        await given_up([gone])
        gate.open.set()
        with pytest.raises(MemoryError):
            await asyncio.wait_for(gate.prechecks.prepare(["there"]), 60)

    with caplog.at_level(logging.ERROR, "asyncio"):
        asyncio.run(run())
        gc.collect()
    assert not caplog.records
    assert gate.held == 0


def test_stopping_while_much_waits(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    """All who wait are told, and nothing more is handed out to workers."""
    texts = [f"note {number}" for number in range(100)]
    ended: list[BaseException | None] = []

    async def wait_for(text: str) -> None:
        try:
            await gate.prechecks.prepare([text])
        except BaseException as error:
            ended.append(error)
            raise

    async def run() -> None:
        waiting = [asyncio.create_task(wait_for(text)) for text in texts]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)

    with caplog.at_level(logging.ERROR, "asyncio"):
        with suppress(asyncio.CancelledError):
            asyncio.run(run())
        gate.open.set()
        gc.collect()
    assert [type(error) for error in ended] == [asyncio.CancelledError] * len(texts)
    assert not caplog.records
    assert not gate.prechecks._jobs


def test_what_cannot_be_decoded_is_looked_at_once(gate: Gate) -> None:
    """Anybody can send it, and finding it out takes long: not in the loop that decides on blocks."""
    gate.open.set()
    texts = ["garbage", "[" + ",".join(["[1,2]"] * 1000) + "]", '{"type":"cast","x":"' + "y" * 5000 + '"}']

    asyncio.run(gate.prechecks.prepare(texts))
    assert all(map(gate.prechecks.knows, texts))
    assert {checked.verdict.code for checked in gate.prechecks.results(texts)} == {"malformed"}
    assert gate.checked == texts


def test_what_cannot_be_decoded_takes_no_room_for_its_text(small_poll: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "REFUSED_BYTES", 20_000)
    prechecks = Prechecks(small_poll.poll)
    asyncio.run(prechecks.prepare(["x" * 100_000 + str(number) for number in range(10)]))
    assert len(prechecks._refused.results) == 10
    asyncio.run(prechecks.prepare([f"note {number}" for number in range(1000)]))
    assert len(prechecks._refused.results) <= 20


@pytest.mark.parametrize(
    "make", [lambda n: f'{{"{n}' + "k" * 100_000 + '":1}', lambda n: f'"{n}' + "k" * 100_000 + '"']
)
def test_refusals_that_quote_what_they_refuse(
    small_poll: Any, monkeypatch: pytest.MonkeyPatch, make: Callable[[int], str]
) -> None:
    monkeypatch.setattr(rooms, "REFUSED_BYTES", 20_000)
    prechecks = Prechecks(small_poll.poll)
    asyncio.run(prechecks.prepare([make(number) for number in range(30)]))
    kept = prechecks._refused.results.values()
    assert sum(len(checked.verdict.detail) for checked, _ in kept) <= 20_000


def test_what_decides_on_blocks_waits_for_few_of_huge_texts(gate: Gate) -> None:
    """Of a text of brackets as long as may be, one takes as long as many ballots."""
    huge = ["[" + "1," * (TRANSACTION_LIMIT // 2 - 10) + f"{number}]" for number in range(12)]
    chunks: list[list[str]] = []
    check = gate.prechecks._check

    def noted(some: Sequence[str]) -> list[Checked]:
        results = check(some)
        chunks.append(list(some))
        return results

    gate.prechecks._check = noted

    async def run() -> None:
        flood = [asyncio.create_task(gate.prechecks.prepare(huge))]
        await asyncio.sleep(0)
        block = asyncio.create_task(gate.prechecks.prepare([f"in a block {n}" for n in range(8)], urgent=True))
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.wait_for(asyncio.gather(block, *flood), 60)

    asyncio.run(run())
    assert [len(chunk) for chunk in chunks] == [1, 1, 8, *[1] * 10]
    assert chunks[2][0] == "in a block 0"


def refuse(some: Sequence[str]) -> list[Checked]:
    return [Checked(digest_of(text), cast(Any, object()), Verdict("bad-ballot", "why" * 20)) for text in some]


def test_who_waits_for_a_refusal_finds_it_however_many_are_refused_meanwhile(gate: Gate) -> None:
    gate.prechecks._check = refuse
    found: list[bool] = []

    async def ask(text: str) -> None:
        await gate.prechecks.prepare([text])
        found.append(gate.prechecks.knows(text))

    async def run() -> None:
        await asyncio.gather(*(ask(f"{number:02}" + "x" * (TRANSACTION_LIMIT - 2)) for number in range(40)))

    asyncio.run(run())
    assert found == [True] * 40


@pytest.mark.parametrize("number", [4, BLOCK_LIMIT])
def test_a_false_proposal_is_checked_by_workers_alone(gate: Gate, number: int) -> None:
    gate.prechecks._check = refuse
    length = BLOCK_BYTES // number
    texts = [f"{place:03}" + "x" * (length - 3) for place in range(number)]

    async def run() -> None:
        # Arrivals that are refused fill all the room there is.
        for place in range(20):
            await gate.prechecks.prepare([f"{place:02}" + "y" * (TRANSACTION_LIMIT - 2)])
        await gate.prechecks.prepare(texts, urgent=True)

    asyncio.run(run())
    gate.prechecks._check = lambda some: [] if not some else pytest.fail("checked in the loop")
    assert len(gate.prechecks.results(texts)) == number


def die(_: Sequence[str]) -> list[Checked]:
    os._exit(1)


def test_a_worker_that_dies_leaves_nobody_waiting(small_poll: Any) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        prechecks = Prechecks(small_poll.poll, pool)
        prechecks._check = die

        async def run() -> None:
            waiting = [asyncio.create_task(prechecks.prepare([f"note {number}"])) for number in range(60)]
            waiting.append(asyncio.create_task(prechecks.prepare(["note 3", "urgent"], urgent=True)))
            ended = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 120)
            assert {type(one) for one in ended} == {BrokenProcessPool}
            # Nor does anybody who comes later.
            with pytest.raises(BrokenProcessPool):
                await asyncio.wait_for(prechecks.prepare(["late"]), 60)

        asyncio.run(run())
        assert [*prechecks._waiting, *prechecks._underway, *prechecks._wanted] == []
        assert prechecks._free == 1 + rooms._CHUNKS_AHEAD
