"""The simulated J-LIS over HTTP: ``POST /ocsp``, ``GET /crl/KIND-N.crl``, ``GET /roots/KIND-N.cer``.

``KIND`` is ``signature`` or ``user``, ``N`` the generation. The real one has no such address for everybody.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import serialization

from ippyo.errors import InputError
from ippyo.identity.certificates.profile import Kind
from ippyo.identity.simulated.jlis import Behaviour, Jlis
from ippyo.identity.simulated.serving import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["JlisSite", "serve_jlis"]

REQUEST_LIMIT = 4096
SILENCE_SECONDS = 60
_DOCUMENT = re.compile(r"/(crl|roots)/(signature|user)-([1-9][0-9]{0,2})\.(?:crl|cer)")
_TYPES: Final = {"crl": "application/pkix-crl", "roots": "application/pkix-cert"}


def _now() -> datetime:
    return datetime.now(UTC)


class JlisSite:
    """The application; ``behaviour`` may be changed while it is served, and counts for OCSP only."""

    def __init__(self, jlis: Jlis, clock: Callable[[], datetime] = _now, behaviour: Behaviour = "proper") -> None:
        self._jlis = jlis
        self._clock = clock
        self.behaviour = behaviour
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let go of the requests that ``silent`` keeps waiting."""
        self._stopped.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if path == "/ocsp":
            status, kind, body = self._ocsp(environ) if method == "POST" else _empty(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            status, kind, body = self._document(path) if method == "GET" else _empty(HTTPStatus.NOT_FOUND)
        start_response(f"{status.value} {status.phrase}", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def _ocsp(self, environ: WSGIEnvironment) -> tuple[HTTPStatus, str, bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > REQUEST_LIMIT:
            return _empty(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        request = environ["wsgi.input"].read(int(length))
        if self.behaviour == "silent":
            self._stopped.wait(SILENCE_SECONDS)
            return _empty(HTTPStatus.SERVICE_UNAVAILABLE)
        answer = self._jlis.ocsp(request, self._clock(), self.behaviour)
        return HTTPStatus.OK, "application/ocsp-response", answer

    def _document(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        found = _DOCUMENT.fullmatch(path)
        if not found:
            return _empty(HTTPStatus.NOT_FOUND)
        kind: Kind = "signature" if found[2] == "signature" else "user"
        try:
            if found[1] == "crl":
                body = self._jlis.crl(kind, self._clock(), int(found[3]))
            else:
                body = self._jlis.root(kind, int(found[3])).public_bytes(serialization.Encoding.DER)
        except InputError:
            return _empty(HTTPStatus.NOT_FOUND)
        return HTTPStatus.OK, _TYPES[found[1]], body


@contextmanager
def serve_jlis(site: JlisSite, port: int = 0) -> Iterator[str]:
    """Serve on this machine only, and yield the origin ``http://127.0.0.1:PORT``; port 0 takes a free one.

    Raises :class:`InputError` when the port is taken.
    """
    with served(lambda _: site, port) as origin:
        try:
            yield origin
        finally:
            site.stop()


def _empty(status: HTTPStatus) -> tuple[HTTPStatus, str, bytes]:
    return status, "text/plain", b""
