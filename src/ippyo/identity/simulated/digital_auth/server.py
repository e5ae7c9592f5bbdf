"""The simulated service on a port of this machine, for as long as it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ippyo.identity.simulated.digital_auth.service import SimulatedDigitalAuth
from ippyo.identity.simulated.digital_auth.wsgi import application
from ippyo.identity.simulated.serving import served

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["serve_digital_auth"]


@contextmanager
def serve_digital_auth(make: Callable[[str], SimulatedDigitalAuth], port: int = 0) -> Iterator[SimulatedDigitalAuth]:
    """Serve what ``make`` returns for the origin ``http://127.0.0.1:PORT``; port 0 takes a free one.

    Raises :class:`InputError` when the port is taken.
    """
    services: list[SimulatedDigitalAuth] = []

    def make_application(origin: str) -> WSGIApplication:
        services.append(make(origin))
        return application(services[0])

    with served(make_application, port):
        yield services[0]
