"""Serving a WSGI application by cheroot: on this computer unless told otherwise, and until SIGTERM or Ctrl-C.

Nothing writes down who asked: there is no access log, and what fails is told by its kind only.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from ippyo.http_server import QuietServer
from ippyo.sites.slow_clients import REQUEST_SECONDS, Crowd, TimedConnection

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["HOST", "serve_until_stopped", "served"]

HOST = "127.0.0.1"
THREADS = 32
BODY_LIMIT = 8 << 20
"""Bytes of a body that is read from the line at all; applications have lower limits of their own, and say so."""

HEADER_LIMIT = 64 << 10
BACKLOG = 1024
"""Connections that may wait to be taken; with cheroot's 5, a crowd at the opening hour was turned away."""

THREADS_OF_ONE = 12
"""How many threads one address may hold: a household's browsers need few, and an office comes through its proxy."""

STOP_SECONDS = 30
"""How long requests on their way may take when the server stops."""


class _PatientServer(QuietServer):
    """A server of whose threads slow visitors do not get all."""

    ConnectionClass = TimedConnection
    request_seconds: float
    crowd: Crowd

    def process_conn(self, conn: TimedConnection) -> None:
        """Give a thread to a connection on which something comes; hang up where its address holds too many."""
        if self.crowd.enter(conn.remote_addr):
            super().process_conn(conn)
        else:
            conn.close()


def _without_bodies_for_head(app: WSGIApplication) -> WSGIApplication:
    """Return ``app`` answering HEAD by headers alone: Django leaves that to the server, and cheroot to the application.

    A body would be read as the next answer on the same connection; and ``HEAD`` of a record would send all of it.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = app(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer


@contextmanager
def served(
    app: WSGIApplication,
    *,
    host: str = HOST,
    port: int = 0,
    threads: int = THREADS,
    request_seconds: float = REQUEST_SECONDS,
    crowd: Crowd | None = None,
) -> Iterator[str]:
    """Serve ``app`` in threads of this process and yield the origin, as ``http://127.0.0.1:PORT``.

    Port 0 takes a free one. A request that has not come whole within ``request_seconds`` is dropped, and an address
    that holds more threads than ``crowd`` allows is hung up on. At the end, requests on their way are answered first.
    Raises :class:`InputError` when the port is taken.
    """
    server = _PatientServer(
        (host, port),
        _without_bodies_for_head(app),
        numthreads=threads,
        server_name="ippyo",
        request_queue_size=BACKLOG,
        shutdown_timeout=STOP_SECONDS,
    )
    server.max_request_body_size = BODY_LIMIT
    server.max_request_header_size = HEADER_LIMIT
    server.request_seconds = request_seconds
    server.crowd = crowd or Crowd(THREADS_OF_ONE)
    server.prepare()
    thread = threading.Thread(target=server.serve, name="ippyo-serving", daemon=True)
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(STOP_SECONDS)


def serve_until_stopped(
    app: WSGIApplication, host: str, port: int, ready: Callable[[str], None], *, threads: int = THREADS
) -> None:
    """Serve ``app`` until SIGTERM or Ctrl-C; ``ready`` is told the origin once it answers."""
    stop = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with served(app, host=host, port=port, threads=threads) as origin:
            ready(origin)
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
