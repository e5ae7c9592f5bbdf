"""The exchange with a responder is bounded, whatever answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from types import SimpleNamespace

import pytest

from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation import HttpPost, http

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\n"


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answer one connection, whatever it asks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    # Of a request that is not read whole, the end would break the connection off.
                    asked = b""
                    while not asked.endswith(b"request") and (part := connection.recv(65536)):
                        asked += part
                    answer(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/ocsp"
        thread.join(60)


def sending(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


def test_the_body_is_returned() -> None:
    with server(sending(HEAD + b"Content-Length: 4\r\n\r\nbody")) as url:
        assert HttpPost(url, seconds=60)(b"request") == b"body"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/ocsp-response\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nbody",
        HEAD + b"\r\n" + bytes(70_000),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
    ids=["error", "redirect", "html", "endless", "broken", "closed"],
)
def test_other_answers_are_refused(data: bytes) -> None:
    with server(sending(data)) as url, pytest.raises(IdentityRefusedError, match="revocation-unavailable"):
        HttpPost(url, seconds=60)(b"request")


def test_a_silent_responder_is_given_up() -> None:
    done = threading.Event()

    def wait(_: socket.socket) -> None:
        done.wait(60)

    with server(wait) as url:
        with pytest.raises(IdentityRefusedError, match="in time"):
            HttpPost(url, seconds=0.2)(b"request")
        done.set()


def test_a_responder_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    def drip(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n")
        while len(sent) < 1000:
            connection.sendall(b"x")
            sent.append(b"x")
            time.sleep(0.02)

    # A second goes by from one look at the clock to the next, and none for the line itself, however busy this machine.
    monkeypatch.setattr(http, "time", SimpleNamespace(monotonic=count().__next__))
    with server(drip) as url, pytest.raises(IdentityRefusedError, match="too slow"):
        HttpPost(url, seconds=30)(b"request")
    assert len(sent) < 1000


def test_nobody_there() -> None:
    with pytest.raises(IdentityRefusedError, match="revocation-unavailable"):
        HttpPost("http://127.0.0.1:1/", seconds=60)(b"request")
    with pytest.raises(IdentityRefusedError, match="revocation-unavailable"):
        HttpPost("nonsense")(b"request")
