"""The agent as a running server: the loopback interface, a few threads, and a clock that ends idle jobs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from ippyo.errors import InputError
from ippyo.http_server import QuietServer
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.gate import Gate
from ippyo.identity.agent.http import BODY_LIMIT, require_origin

__all__ = ["DEFAULT_PORT", "LOOPBACK", "RunningAgent", "running_agent"]

DEFAULT_PORT = 8931

LOOPBACK = ("127.0.0.1", "::1")
"""The only addresses the agent ever listens on."""

THREADS = 6
HEADER_LIMIT = 16 * 1024
READ_LIMIT = 2 * BODY_LIMIT
"""Bytes of a body that is read from the line at all: any page may send one, and a refused one is read, too."""

TICK_SECONDS = 1.0
STOP_SECONDS = 0.1
"""How long the server may take to notice that it is to stop."""


@dataclass(frozen=True, slots=True)
class RunningAgent:
    """A server that answers at ``origin``."""

    origin: str
    gate: Gate
    _stop: Event

    def wait(self) -> None:
        """Wait until the agent is stopped, which an interrupt from the keyboard does by its exception."""
        self._stop.wait()


@contextmanager
def running_agent(
    desk: Desk, origins: Iterable[str], *, address: str = LOOPBACK[0], port: int = DEFAULT_PORT, user: int | None = None
) -> Iterator[RunningAgent]:
    """Serve ``desk`` to pages of ``origins`` until the context ends; ``port`` 0 takes any free one.

    ``user`` is the id of the user whose programs may connect, where the system can tell (None: not asked). Raises
    :class:`InputError` for an address that is not loopback, an origin that is none, a port that is taken.
    """
    if "LISTEN_PID" in os.environ:
        # cheroot would take whatever socket systemd hands over, on any interface.
        raise InputError("the card agent opens its own socket; start it without socket activation")
    if address not in LOOPBACK:
        raise InputError(f"the card agent listens on this computer only, not on {address}")
    allowed = frozenset(require_origin(origin) for origin in origins)
    server = QuietServer((address, port), _nobody_yet, numthreads=THREADS, timeout=10, shutdown_timeout=2)
    server.max_request_header_size = HEADER_LIMIT
    server.max_request_body_size = READ_LIMIT
    server.expiration_interval = STOP_SECONDS
    server.prepare()
    gate = Gate(desk, (address, server.bind_addr[1]), allowed, user)
    server.wsgi_app = gate
    stop = Event()
    threads = [Thread(target=server.serve, name="card-agent"), Thread(target=_tick, args=(desk, stop))]
    for thread in threads:
        thread.start()
    try:
        yield RunningAgent(gate.own_origin, gate, stop)
    finally:
        stop.set()
        server.stop()
        for thread in threads:
            thread.join()
        desk.close()


def _tick(desk: Desk, stop: Event) -> None:
    while not stop.wait(TICK_SECONDS):
        try:
            desk.tick()
            desk.look_at_reader()
        except Exception:
            # A bug: as at the gate, no card stays open, and the jobs to come have a clock, too.
            desk.close()


def _nobody_yet(_environ: object, _start: object) -> list[bytes]:
    raise AssertionError  # pragma: no cover - replaced before the first request is taken
