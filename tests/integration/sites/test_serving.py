"""What the server does for every application: HEAD is answered by headers alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ippyo.sites.serving import served


class Body:
    """The body of an answer, which notes that it was let go of."""

    def __init__(self, closed: list[bool]) -> None:
        self._closed = closed

    def __iter__(self) -> Iterator[bytes]:
        yield b"hello"

    def close(self) -> None:
        self._closed.append(True)


def test_head_has_the_headers_of_get_and_no_body() -> None:
    closed: list[bool] = []

    def app(_: Any, start_response: Any) -> Body:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return Body(closed)

    heads = "".join(f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n" for method in ("HEAD", "GET"))
    with served(app) as origin:
        parts = urlsplit(origin)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=120) as line:
            line.sendall(heads.encode())
            line.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: line.recv(4096), b""))
    first, second, body = answer.split(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200 OK")
    assert second.startswith(b"HTTP/1.1 200 OK")
    assert b"Content-Length: 5" in first
    assert body == b"hello"
    assert closed == [True, True]
