"""Against visitors who hold a server's threads by sending slowly: a deadline for a request, a cap for an address.

A thread reads a request, so that whoever drips bytes into many of them keeps others waiting. This bounds the harm of
one address and of one request. Against many addresses a buffering proxy in front is needed (docs/security.md): it gives
a request to this server only when it has all of it.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from ipaddress import ip_address
from typing import Any

from cheroot.server import HTTPConnection

__all__ = ["REQUEST_SECONDS", "Crowd", "TimedConnection"]

REQUEST_SECONDS = 30.0
"""For headers and body together: 640 KiB, the longest a voter sends, take 20 of them at 256 kbit/s."""

HURRIED_SECONDS = 8.0
"""The same while others wait for a thread."""

ANSWER_SECONDS = 120.0


class Crowd:
    """How many threads each address holds. ``most`` for one address; a proxy on this computer may have all."""

    def __init__(self, most: int, *, count_this_computer: bool = False) -> None:
        self._most = most
        self._count_this_computer = count_this_computer
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, address: str | None) -> bool:
        """Take one thread more for ``address``, unless it has too many."""
        if address is None or (_is_local(address) and not self._count_this_computer):
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


class _Timed(socket.SocketIO):
    """Bytes to or from a socket until a deadline, however few come at a time."""

    deadline = hurried = float("inf")

    def __init__(self, sock: socket.socket, mode: Any, server: Any) -> None:
        super().__init__(sock, mode)
        self._socket = sock
        self._server = server

    def readinto(self, buffer: Any) -> int | None:
        """Read some bytes. Raises :class:`TimeoutError`."""
        self._wait_less()
        return super().readinto(buffer)

    def write(self, data: Any) -> int | None:
        """Write some bytes. Raises :class:`TimeoutError`."""
        self._wait_less()
        return super().write(data)

    def _wait_less(self) -> None:
        deadline = min(self.deadline, self.hurried) if self._server.requests.qsize else self.deadline
        left = deadline - time.monotonic()
        if left <= 0:
            # The word by which cheroot knows a timeout.
            raise TimeoutError("timed out")
        self._socket.settimeout(min(left, self._server.timeout))


class TimedConnection(HTTPConnection):
    """A connection whose every request and answer must be through in time; one of ``server.crowd``."""

    def __init__(self, server: Any, sock: socket.socket, makefile: Any) -> None:
        super().__init__(server, sock, makefile)
        self._reading = _Timed(sock, "rb", server)
        self._writing = _Timed(sock, "wb", server)
        # The files that cheroot made read the socket for as long as something comes; these take their place.
        self.rfile._raw, self.wfile._raw = self._reading, self._writing

    def communicate(self) -> bool:
        """Serve one request; tell whether the connection stays."""
        now = time.monotonic()
        self._reading.deadline = now + self.server.request_seconds
        self._reading.hurried = now + HURRIED_SECONDS
        self._writing.deadline = now + self.server.request_seconds + ANSWER_SECONDS
        try:
            return bool(super().communicate())  # type: ignore[no-untyped-call]
        finally:
            self.server.crowd.leave(self.remote_addr)
