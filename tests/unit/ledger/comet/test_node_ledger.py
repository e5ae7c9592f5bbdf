"""One node as a ledger: what it makes of what its CometBFT says."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest

from ippyo.errors import RefusedError
from ippyo.ledger.comet import node_ledger
from ippyo.ledger.comet.rpc import CometRpc
from ippyo.ledger.engine import BusyError, LedgerStoppedError


def test_a_node_that_catches_up_refuses_nothing(
    toy: ModuleType, fake: ModuleType, start: Callable[..., Any], comet: Any
) -> None:
    node = start()
    comet.connect(node.path)
    rpc = fake.FakeRpc(comet)
    ledger = fake.ledger_of(node, comet, rpc=rpc)
    rpc.catching_up = True
    assert ledger.submit_and_wait(toy.note("one")).index == 0
    with pytest.raises(BusyError, match="catching up"):
        ledger.submit_and_wait("{}")
    rpc.catching_up = False
    with pytest.raises(RefusedError):
        ledger.submit_and_wait("{}")
    ledger.close()


@pytest.fixture
def slowly(fake: ModuleType) -> Any:
    """Checks that take until ``go`` is set in the loop of the node, or fail with ``error``."""

    class Slowly(fake.NoPrechecks):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.go = asyncio.Event()
            self.error: Exception | None = None

        async def prepare(self, texts: Any, *, urgent: bool = False) -> None:
            if texts:
                await self.go.wait()
                if self.error is not None:
                    raise self.error

    return Slowly()


def test_cometbft_sees_nothing_before_it_is_checked(
    toy: ModuleType, fake: ModuleType, start: Callable[..., Any], comet: Any, slowly: Any
) -> None:
    """A block is made while an arrival is being checked, for CometBFT does not wait for that one."""
    node = start(prechecks=slowly)
    comet.connect(node.path)
    ledger = fake.ledger_of(node, comet)
    with ThreadPoolExecutor(1) as voter:
        waiting = voter.submit(ledger.submit_and_wait, toy.note("one"))
        for _ in range(3):
            assert comet.decide([]) == []
        assert not waiting.done()
        assert not comet.mempool
        node.loop.call_soon_threadsafe(slowly.go.set)
        assert waiting.result(60).index == 0
    ledger.close()


def test_too_many_wait_to_be_checked(
    toy: ModuleType, fake: ModuleType, start: Callable[..., Any], comet: Any, slowly: Any
) -> None:
    node = start(prechecks=slowly)
    comet.connect(node.path)
    ledger = fake.ledger_of(node, comet)
    with pytest.raises(BusyError, match="wait to be checked"):
        ledger.submit_and_wait(toy.note("one"), 0.05)
    node.loop.call_soon_threadsafe(slowly.go.set)
    assert ledger.submit_and_wait(toy.note("one")).index == 0
    ledger.close()


def test_every_slot_comes_back_from_a_flood(
    toy: ModuleType,
    fake: ModuleType,
    start: Callable[..., Any],
    comet: Any,
    slowly: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(node_ledger, "SLOTS", 3)
    node = start(prechecks=slowly)
    comet.connect(node.path)
    ledger = fake.ledger_of(node, comet)
    with ThreadPoolExecutor(12) as flooders:

        def flood(number: int) -> None:
            # Some hand in the same as others.
            with pytest.raises(BusyError):
                ledger.submit_and_wait(toy.note(f"flood {number % 5}"), 0.02)

        list(flooders.map(flood, range(60)))
    assert ledger.status().waiting == 0
    node.loop.call_soon_threadsafe(slowly.go.set)
    with ThreadPoolExecutor(3) as voters:
        accepted = list(voters.map(ledger.submit_and_wait, [toy.note(str(number)) for number in range(3)]))
    assert sorted(one.index for one in accepted) == [0, 1, 2]
    assert node.application.cosigned().checkpoint.size == 3
    # Who gave up and comes again is counted once, like those who hand in one text together.
    with ThreadPoolExecutor(3) as voters:
        same = list(voters.map(ledger.submit_and_wait, [toy.note("flood 1")] * 3))
    assert {one.index for one in same} == {3}
    assert node.application.cosigned().checkpoint.size == 4
    ledger.close()


def test_who_waits_to_be_checked_is_let_go_when_the_node_stops(
    toy: ModuleType, fake: ModuleType, start: Callable[..., Any], comet: Any, slowly: Any
) -> None:
    node = start(prechecks=slowly)
    comet.connect(node.path)
    ledger = fake.ledger_of(node, comet)
    with ThreadPoolExecutor(1) as voter:
        waiting = voter.submit(ledger.submit_and_wait, toy.note("one"), 300)
        wait_until(lambda: ledger.status().waiting == 1)
        ledger.close()
        with pytest.raises(LedgerStoppedError, match="hand it in elsewhere"):
            waiting.result(60)
    # Who comes only now waits for nobody.
    with pytest.raises(LedgerStoppedError, match="hand it in elsewhere"):
        ledger.submit_and_wait(toy.note("two"), 300)
    assert not comet.mempool
    assert ledger.status().waiting == 0


def test_what_others_put_into_a_block_waits_for_no_check(
    toy: ModuleType, fake: ModuleType, start: Callable[..., Any], comet: Any
) -> None:
    """It is in a block while this node's front still has it in the queue: the voter is told at once."""
    never = threading.Event()

    class OnlyUrgent(fake.NoPrechecks):  # type: ignore[misc, name-defined]
        async def prepare(self, texts: Any, *, urgent: bool = False) -> None:
            while texts and not urgent and not never.is_set():
                await asyncio.sleep(0.01)

    node = start(prechecks=OnlyUrgent())
    comet.connect(node.path)
    ledger = fake.ledger_of(node, comet)
    try:
        with ThreadPoolExecutor(1) as voter:
            waiting = voter.submit(ledger.submit_and_wait, toy.note("one"), 300)
            wait_until(lambda: ledger.status().waiting == 1)
            assert comet.decide([toy.note("one").encode()]) == [0]
            assert waiting.result(60).index == 0
    finally:
        never.set()
        ledger.close()


def wait_until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not there():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_check_that_fails_is_met_again_by_cometbft(
    toy: ModuleType, fake: ModuleType, start: Callable[..., Any], comet: Any, slowly: Any
) -> None:
    node = start(prechecks=slowly)
    comet.connect(node.path)
    slowly.error = ZeroDivisionError()
    node.loop.call_soon_threadsafe(slowly.go.set)
    ledger = fake.ledger_of(node, comet)
    with pytest.raises(EOFError):
        ledger.submit_and_wait(toy.note("one"))
    with pytest.raises(ZeroDivisionError):
        node.ended.result(60)
    ledger.close()


class Scripted(ThreadingHTTPServer):
    """Answers each request with the next of ``answers``; None closes the connection instead."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[Any] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.rpc = CometRpc(f"127.0.0.1:{self.server_port}")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Scripted

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with Scripted() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def taken(code: int = 0, log: str = "") -> Any:
    return {"jsonrpc": "2.0", "id": 1, "result": {"code": code, "log": log}}


def wrong(data: str) -> Any:
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "Internal error", "data": data}}


def test_what_the_mempool_says(scripted: Scripted) -> None:
    scripted.answers += [taken(), taken(1, "closed: the voting hours are over"), wrong("tx already exists in cache")]
    assert scripted.rpc.broadcast("a").accepted
    refused = scripted.rpc.broadcast("b")
    assert (refused.code, refused.detail) == ("closed", "the voting hours are over")
    assert scripted.rpc.broadcast("a").accepted
    assert [one["params"]["tx"] for one in scripted.asked] == ["YQ==", "Yg==", "YQ=="]


@pytest.mark.parametrize(
    "words",
    [
        "mempool is full: number of txs 5000 (max: 5000)",
        "mempool is still rechecking after a new committed block, so it is considered as full",
    ],
)
def test_a_full_mempool_is_no_refusal(scripted: Scripted, words: str) -> None:
    scripted.answers.append(wrong(words))
    with pytest.raises(BusyError):
        scripted.rpc.broadcast("a")


@pytest.mark.parametrize("answer", [b"no JSON", b"[" * 100_000, wrong("something else"), b"[]"])
def test_what_is_no_answer(scripted: Scripted, answer: Any) -> None:
    scripted.answers.append(answer)
    with pytest.raises(LedgerStoppedError):
        scripted.rpc.broadcast("a")
    scripted.answers.append(taken())
    assert scripted.rpc.broadcast("a").accepted


def test_a_connection_that_was_closed_is_opened_again(scripted: Scripted) -> None:
    scripted.answers += [taken(), None, taken(), None, None]
    assert scripted.rpc.broadcast("a").accepted
    assert scripted.rpc.broadcast("b").accepted
    assert len(scripted.asked) == 3
    with pytest.raises(LedgerStoppedError):
        scripted.rpc.broadcast("c")


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(LedgerStoppedError, match="does not answer"):
        CometRpc(f"127.0.0.1:{port}").status()


def test_how_comet_stands(scripted: Scripted) -> None:
    status = {"sync_info": {"catching_up": True}, "node_info": {"version": "0.38.23"}}
    scripted.answers += [{"result": status}, {"result": {"n_peers": "3"}}, {"result": {}}, {"result": {}}]
    assert (scripted.rpc.status().catching_up, scripted.asked[0]["method"]) == (True, "status")
    with pytest.raises(LedgerStoppedError, match="how it stands"):
        scripted.rpc.status()
