"""Visitors who drip bytes into many connections do not keep others waiting for long."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from ippyo.sites.serving import served
from ippyo.sites.slow_clients import Crowd

THREADS = 4
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nx"
WAIT = 60
"""Seconds for what must happen, however busy the computer is."""

NEVER = 3600.0


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start("200 OK", [("Content-Length", "2")])
    return [b"%02d" % (len(body) % 100)]


@contextmanager
def dripping(port: int, count: int, start: bytes = HEAD) -> Iterator[list[socket.socket]]:
    """Hold ``count`` connections open, each with a request that comes one byte at a time."""
    with ExitStack() as stack:
        stop = threading.Event()
        held = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(count)]
        for one in held:
            one.sendall(start)

        def drip() -> None:
            while not stop.wait(0.1):
                for one in held:
                    try:
                        one.sendall(b"x")
                    except OSError:
                        continue

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield held
        finally:
            stop.set()
            thread.join()


def asked(port: int, source: str = "127.0.0.1") -> bytes:
    """Ask as another visitor, and return the first line of the answer."""
    with socket.create_connection(("127.0.0.1", port), WAIT, (source, 0)) as one:
        one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
        return one.makefile("rb").readline().rstrip()


@pytest.mark.parametrize("start", [HEAD, b"POST / HTTP/1.1\r\nX-Slow: "], ids=["body", "headers"])
def test_a_request_that_does_not_come_in_time_is_dropped(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.sites.slow_clients.HURRIED_SECONDS", NEVER)
    # The one who asks has as long, too.
    with served(app, threads=THREADS, request_seconds=3) as origin:
        port = int(origin.rpartition(":")[2])
        with dripping(port, 2 * THREADS, start):
            assert asked(port) == b"HTTP/1.1 200 OK"


def test_an_address_with_too_many_threads_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.sites.slow_clients._is_local", lambda _: False)
    monkeypatch.setattr("ippyo.sites.slow_clients.HURRIED_SECONDS", NEVER)
    crowd = Crowd(THREADS - 1)
    with served(app, threads=THREADS, request_seconds=NEVER, crowd=crowd) as origin:
        port = int(origin.rpartition(":")[2])
        with dripping(port, 2 * THREADS):
            # All of 127.0.0.0/8 is this computer: another address of it is another visitor.
            assert asked(port, "127.0.0.2") == b"HTTP/1.1 200 OK"
        assert asked(port, "127.0.0.2") == b"HTTP/1.1 200 OK"


def test_slow_requests_are_hurried_while_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.sites.slow_clients.HURRIED_SECONDS", 0.5)
    with served(app, threads=THREADS, request_seconds=NEVER) as origin:
        port = int(origin.rpartition(":")[2])
        with dripping(port, 2 * THREADS):
            assert asked(port) == b"HTTP/1.1 200 OK"


def test_a_slow_but_honest_request_is_served() -> None:
    with served(app, request_seconds=WAIT) as origin:
        port = int(origin.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), WAIT) as one:
            for part in (b"POST / HTTP/1.1\r\nHost: x\r\n", b"Content-Length: 4\r\n\r\n", b"ab", b"cd"):
                one.sendall(part)
                threading.Event().wait(0.2)
            assert one.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"


def large(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with 64 MB, far more than the buffers of a connection hold."""
    start("200 OK", [("Content-Type", "application/zip")])
    for _block in range(1024):
        yield bytes(65536)


def read_at(port: int, *, pause: float, size: int) -> int:
    """Fetch the large answer, resting after every ``size`` bytes; return how many came before the end."""
    came = 0
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        one.settimeout(WAIT)
        one.connect(("127.0.0.1", port))
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        try:
            while piece := one.recv(size):
                came += len(piece)
                threading.Event().wait(pause)
        except ConnectionResetError:
            pass
    return came


def test_a_long_answer_takes_its_time_as_long_as_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    # By a clock that goes on a second whenever it is looked at, whatever else this computer has to do: each of the
    # 1024 blocks takes one at least, and four or more are a piece, which may take 120.
    monkeypatch.setattr("ippyo.sites.slow_clients.time", SimpleNamespace(monotonic=count(0.0, 1.0).__next__))
    with served(large) as origin:
        came = read_at(int(origin.rpartition(":")[2]), pause=0, size=65536)
    assert came > 64 << 20


def test_who_takes_an_answer_too_slowly_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.sites.slow_clients.ANSWER_SECONDS", 0.5)
    monkeypatch.setattr("ippyo.sites.slow_clients.ANSWER_BYTES", 8 << 20)
    with served(large) as origin:
        came = read_at(int(origin.rpartition(":")[2]), pause=0.02, size=65536)
    assert came < 64 << 20


def test_threads_are_counted_by_address() -> None:
    crowd = Crowd(2)
    assert [crowd.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert crowd.enter("192.0.2.2")
    crowd.leave("192.0.2.1")
    assert crowd.enter("192.0.2.1")
    # A proxy on this computer speaks for everybody; a socket without an address is one, too.
    assert all(crowd.enter(address) for address in ("127.0.0.1", "::1", "", None) for _ in range(5))
    for address in ("127.0.0.1", "", None, "192.0.2.2", "192.0.2.2"):
        crowd.leave(address)
