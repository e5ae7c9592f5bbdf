"""The registry asks the responder that it was told, and nobody else: no redirect, no proxy of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests

from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation import HttpPost
from ippyo.identity.simulated.serving import served

GOOD = [("Content-Type", "application/ocsp-response"), ("Content-Length", "4")]


@contextmanager
def responder(asked: list[str], redirect: str = "") -> Iterator[str]:
    """Serve a responder that says ``good`` to whoever asks, or sends them to ``redirect``; ``asked`` gets the paths."""

    def answer(environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        if redirect:
            start_response("307 Temporary Redirect", [("Location", redirect), ("Content-Length", "0")])
            return [b""]
        start_response("200 OK", GOOD)
        return [b"good"]

    with served(lambda _: answer) as origin:
        yield origin


@contextmanager
def proxy() -> Iterator[str]:
    """Serve somebody who answers ``good`` in the name of every server."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            for name, value in GOOD:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"good")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_redirect_is_not_followed() -> None:
    elsewhere: list[str] = []
    with responder(elsewhere) as other, responder([], f"{other}/ocsp") as origin:
        assert HttpPost(f"{other}/ocsp", seconds=60)(b"request") == b"good"
        with pytest.raises(IdentityRefusedError, match="revocation-unavailable"):
            HttpPost(f"{origin}/ocsp", seconds=60)(b"request")
    assert elsewhere == ["/ocsp"]


def test_a_proxy_of_this_machine_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = "http://127.0.0.1:1/ocsp"
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with proxy() as address:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, address)
        # The environment is as it should be: whoever heeds it is answered.
        assert requests.post(nobody, data=b"request", timeout=60).content == b"good"
        with pytest.raises(IdentityRefusedError, match="revocation-unavailable"):
            HttpPost(nobody, seconds=60)(b"request")
