"""Against visitors who hold a server's threads by being slow: a deadline for a request, a pace for an answer, a cap.

A thread reads a request, so that whoever drips bytes into many of them keeps others waiting. This bounds the harm of
one address and of one request. An answer may be a whole record and take hours, as long as it moves. Against many
addresses a buffering proxy in front is needed (docs/security.md): it gives a request to this server only when it has
all of it.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from ipaddress import ip_address
from typing import Any

from ippyo.http_server import QuietConnection

__all__ = ["REQUEST_SECONDS", "Crowd", "TimedConnection"]

REQUEST_SECONDS = 30.0
"""For headers and body together: 640 KiB, the longest a voter sends, take 20 of them at 256 kbit/s."""

HURRIED_SECONDS = 8.0
"""The same while others wait for a thread."""

ANSWER_SECONDS = 120.0
"""How long a visitor may take over :data:`ANSWER_BYTES` of an answer; what the application takes does not count."""

ANSWER_BYTES = 256 << 10
"""With the seconds above, some 17 kbit/s: whoever reads an answer more slowly is hung up on."""


class Crowd:
    """How many threads each address holds. ``most`` for one address; a proxy on this computer may have all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, address: str | None) -> bool:
        """Take one thread more for ``address``, unless it has too many."""
        if address is None or _is_local(address):
            return True
        with self._lock:
            if self._held[address] >= self._most:
                return False
            self._held[address] += 1
            return True

    def leave(self, address: str | None) -> None:
        """Give one back."""
        with self._lock:
            if address is not None and self._held[address] > 1:
                self._held[address] -= 1
            elif address is not None:
                del self._held[address]


def _is_local(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


class _Reading(socket.SocketIO):
    """Bytes of a request until a deadline, however few come at a time."""

    deadline = hurried = float("inf")

    def __init__(self, sock: socket.socket, server: Any) -> None:
        super().__init__(sock, "rb")
        self._socket = sock
        self._server = server

    def readinto(self, buffer: Any) -> int | None:
        """Read some bytes. Raises :class:`TimeoutError`."""
        deadline = min(self.deadline, self.hurried) if self._server.requests.qsize else self.deadline
        _wait_at_most(self._socket, deadline - time.monotonic(), self._server)
        return super().readinto(buffer)


class _Writing(socket.SocketIO):
    """Bytes of an answer, as long as enough of them are taken."""

    def __init__(self, sock: socket.socket, server: Any) -> None:
        super().__init__(sock, "wb")
        self._socket = sock
        self._server = server
        self.begin()

    def begin(self) -> None:
        """Begin an answer, or count anew after a piece of it."""
        self._waited = 0.0
        self._sent = 0

    def write(self, data: Any) -> int | None:
        """Write some bytes. Raises :class:`TimeoutError`."""
        _wait_at_most(self._socket, ANSWER_SECONDS - self._waited, self._server)
        before = time.monotonic()
        sent = super().write(data)
        self._waited += time.monotonic() - before
        self._sent += sent or 0
        if self._sent >= ANSWER_BYTES:
            self.begin()
        return sent


def _wait_at_most(sock: socket.socket, seconds: float, server: Any) -> None:
    if seconds <= 0:
        # The word by which cheroot knows a timeout.
        raise TimeoutError("timed out")
    sock.settimeout(min(seconds, server.timeout))


class TimedConnection(QuietConnection):
    """A connection whose every request must come in time and every answer go on moving; one of ``server.crowd``."""

    def __init__(self, server: Any, sock: socket.socket, makefile: Any) -> None:
        super().__init__(server, sock, makefile)
        self._reading = _Reading(sock, server)
        self._writing = _Writing(sock, server)
        # The files that cheroot made read the socket for as long as something comes; these take their place.
        self.rfile._raw, self.wfile._raw = self._reading, self._writing

    def communicate(self) -> bool:
        """Serve one request; tell whether the connection stays."""
        now = time.monotonic()
        self._reading.deadline = now + self.server.request_seconds
        self._reading.hurried = now + HURRIED_SECONDS
        self._writing.begin()
        try:
            return bool(super().communicate())  # type: ignore[no-untyped-call]
        finally:
            self.server.crowd.leave(self.remote_addr)
