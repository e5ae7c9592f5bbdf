"""cheroot's HTTP server as every room starts it: it says why it has no port, and writes down nothing that was sent."""

from __future__ import annotations

import sys
from socket import socket

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.wsgi import Server

from ippyo.errors import InputError
from ippyo.files import reason

__all__ = ["QuietConnection", "QuietServer"]


class _Request(HTTPRequest):
    def read_request_line(self) -> bool:
        """Read the first line; an address that is none, such as ``//[``, is the visitor's fault."""
        try:
            return bool(super().read_request_line())  # type: ignore[no-untyped-call]
        except ValueError:
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False


class QuietConnection(HTTPConnection):
    """A connection of a :class:`QuietServer`."""

    RequestHandlerClass = _Request


class QuietServer(Server):
    """A server whose error log names the kinds of failures and quotes nobody: what was sent may hold a PIN."""

    ConnectionClass: type[HTTPConnection] = QuietConnection
    _problem: OSError | None = None

    def prepare(self) -> None:
        """Take the address, and answer nobody yet. Raises :class:`InputError`."""
        try:
            super().prepare()
        except OSError as error:
            host, port = self.bind_addr[:2]
            # cheroot's own error says in words what the system's said by its number.
            raise InputError(f"cannot serve at {host}, port {port}: {reason(self._problem or error)}") from None

    # Static with cheroot, which calls it by the instance.
    def bind_socket(self, socket_: socket, bind_addr: tuple[str, int]) -> socket:  # type: ignore[override]
        """Bind, and leave no socket open where that is impossible: of a name's addresses, the next may do."""
        try:
            socket_.bind(bind_addr)
        except OSError as error:
            socket_.close()
            self._problem = error
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Write one line."""
        kind = sys.exc_info()[0] if traceback else None
        if kind is not None:
            print(f"ippyo: a request failed: {kind.__name__}", file=sys.stderr, flush=True)
