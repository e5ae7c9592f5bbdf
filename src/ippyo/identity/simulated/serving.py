"""A simulated service on a port of this machine, for as long as it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ippyo.http_server import QuietServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["served"]

HOST = "127.0.0.1"
THREADS = 4
WAIT_SECONDS = 5


@contextmanager
def served(make: Callable[[str], WSGIApplication], port: int = 0) -> Iterator[str]:
    """Serve what ``make`` returns for the origin ``http://127.0.0.1:PORT``, and yield that; port 0 takes a free one.

    Raises :class:`InputError` when the port is taken.
    """
    server = QuietServer((HOST, port), None, numthreads=THREADS, shutdown_timeout=WAIT_SECONDS)
    # Bound first: a service may have to know its own address before it can be made.
    server.prepare()
    origin = f"http://{HOST}:{server.bind_addr[1]}"
    server.wsgi_app = make(origin)
    thread = threading.Thread(target=server.serve, name="simulated-service", daemon=True)
    thread.start()
    try:
        yield origin
    finally:
        server.stop()
        thread.join(WAIT_SECONDS)
