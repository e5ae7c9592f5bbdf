"""The simulated service on a port of this machine, for as long as it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any

from cheroot.wsgi import Server

from ippyo.errors import InputError
from ippyo.files import reason
from ippyo.identity.simulated.digital_auth.service import SimulatedDigitalAuth
from ippyo.identity.simulated.digital_auth.wsgi import application

__all__ = ["serve_digital_auth"]

HOST = "127.0.0.1"
THREADS = 4
WAIT_SECONDS = 5


class _Server(Server):
    """A server that says why it cannot have its port, and leaves no socket open then."""

    @staticmethod
    def bind_socket(socket_: socket, bind_addr: Any) -> socket:
        """Bind the socket. Raises :class:`InputError`."""
        try:
            socket_.bind(bind_addr)
        except OSError as error:
            socket_.close()
            raise InputError(f"cannot serve on port {bind_addr[1]}: {reason(error)}; choose another one") from None
        return socket_


@contextmanager
def serve_digital_auth(make: Callable[[str], SimulatedDigitalAuth], port: int = 0) -> Iterator[SimulatedDigitalAuth]:
    """Serve what ``make`` returns for the origin ``http://127.0.0.1:PORT``; port 0 takes a free one.

    Raises :class:`InputError` when the port is taken.
    """
    server = _Server((HOST, port), None, numthreads=THREADS, shutdown_timeout=WAIT_SECONDS)
    # Bound first: the service must know its own address before it can name its issuer.
    server.prepare()
    service = make(f"http://{HOST}:{server.bind_addr[1]}")
    server.wsgi_app = application(service)
    thread = threading.Thread(target=server.serve, name="digital-auth", daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.stop()
        thread.join(WAIT_SECONDS)
