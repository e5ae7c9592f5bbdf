"""One HTTP exchange with an address that may be hostile: bounded in time as a whole, and in size.

The client of the standard library does no more than is asked: no redirects, no cookies, no proxies, no passwords of
this machine's user, no compression, no second try.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

__all__ = ["ExchangeError", "exchange"]

CONNECT_SECONDS = 5.0
_PIECE = 1 << 16


class ExchangeError(Exception):
    """There is no whole answer in time, or it is too long."""


class _Reading(io.RawIOBase):
    """What comes from a socket until a deadline, however little comes at a time."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        # By this the socket stays open when the connection lets go of it, until the answer is read.
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read some bytes. Raises :class:`TimeoutError`."""
        self._socket.settimeout(_left(self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


def exchange(
    method: str, url: str, seconds: float, body: bytes | None = None, *, limit: int = _PIECE
) -> tuple[int, bytes]:
    """Return status and body of the answer, which may have ``limit`` bytes and take ``seconds`` in all.

    Raises :class:`ExchangeError` whatever goes wrong.
    """
    deadline = time.monotonic() + seconds
    try:
        return _exchange(method, url, deadline, body, limit)
    except (OSError, HTTPException, ValueError) as error:
        raise ExchangeError(type(error).__name__) from None


def _exchange(method: str, url: str, deadline: float, body: bytes | None, limit: int) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, min(CONNECT_SECONDS, _left(deadline)))

    def timed(sock: socket.socket, *options: Any, **more: Any) -> HTTPResponse:
        answer = HTTPResponse(sock, *options, **more)
        answer.fp.close()
        answer.fp = io.BufferedReader(_Reading(sock, deadline))
        return answer

    connection.response_class = timed  # type: ignore[assignment]  # a function that makes one
    try:
        connection.connect()
        connection.sock.settimeout(_left(deadline))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, {"Connection": "close"})
        answer = connection.getresponse()
        data = bytearray()
        while piece := answer.read1(_PIECE):
            data += piece
            if len(data) > limit:
                raise ExchangeError("the answer is too long")
        if answer.length:
            raise ExchangeError("the answer ends early")
        return answer.status, bytes(data)
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=seconds, context=_context())
    if scheme != "http":
        raise ValueError(scheme)
    return HTTPConnection(host, port, timeout=seconds)


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
