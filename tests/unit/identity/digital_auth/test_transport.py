from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests

from ippyo.identity.digital_auth import transport
from ippyo.identity.digital_auth.transport import ANSWER_LIMIT, get, harden, post_json
from ippyo.identity.errors import IdentityRefusedError

DRIPS = 400
"""Twenty seconds of them."""


class Handler(BaseHTTPRequestHandler):
    seen: ClassVar[list[str]] = []
    dripped: ClassVar[list[str]] = []
    ended: ClassVar[threading.Event]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        match self.path:
            case "/redirect":
                self.answer(302, b"", Location="/good")
            case "/long":
                self.answer(200, b"x" * (ANSWER_LIMIT + 1))
            case "/bomb":
                self.answer(200, gzip.compress(b"x" * 10_000_000), **{"Content-Encoding": "gzip"})
            case "/broken":
                self.answer(200, b"not gzip", **{"Content-Encoding": "gzip"})
            case "/error":
                self.answer(503, b"{}")
            case "/drips":
                self.send_response(200)
                self.end_headers()
                with suppress(OSError):
                    for _ in range(DRIPS):
                        self.wfile.write(b"x")
                        time.sleep(0.05)
                        self.dripped.append(self.path)
                self.ended.set()
            case "/cut":
                self.send_response(200)
                self.send_header("Content-Length", "10")
                self.end_headers()
                self.wfile.write(b"half")
            case _:
                self.answer(200, self.headers.get("Authorization", "none").encode())

    def do_POST(self) -> None:
        self.answer(201, self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Set-Cookie", "a=b")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def origin() -> Iterator[str]:
    Handler.seen, Handler.dripped, Handler.ended = [], [], threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    """Return a session for which no answer is late because this computer is busy."""
    for name in ("CONNECT_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(transport, name, 60.0)
    with requests.Session() as session:
        harden(session, None, 60)
        yield session


def test_an_answer_and_a_body(origin: str, session: requests.Session) -> None:
    assert get(session, f"{origin}/good", "x") == b"none"
    assert post_json(session, f"{origin}/post", {"a": "b"}, "x") == b'{"a": "b"}'
    assert not session.cookies


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/redirect", "status 302"),
        ("/error", "status 503"),
        ("/long", "no usable answer"),
        ("/bomb", "no usable answer"),
        ("/broken", "no usable answer"),
        ("/cut", "no usable answer"),
    ],
)
def test_answers_that_are_not_taken(origin: str, session: requests.Session, path: str, detail: str) -> None:
    with pytest.raises(IdentityRefusedError, match=detail) as caught:
        get(session, f"{origin}{path}", "x")
    assert caught.value.code == "digital-auth-failed"
    assert Handler.seen == [path]


def test_an_answer_that_drips_is_given_up_in_time(origin: str) -> None:
    with requests.Session() as session:
        harden(session, None, 0.5)
        with pytest.raises(IdentityRefusedError, match="no usable answer"):
            get(session, f"{origin}/drips", "x")
    assert Handler.ended.wait(60)
    assert len(Handler.dripped) < DRIPS


def test_nobody_listens(session: requests.Session, origin: str) -> None:
    for step in (get, lambda *a: post_json(a[0], a[1], {}, a[2])):
        with pytest.raises(IdentityRefusedError, match="no usable answer"):
            step(session, "http://127.0.0.1:1/", "x")


def test_the_environment_adds_nothing(
    origin: str, session: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert get(session, f"{origin}/good", "x") == b"none"


def test_an_authority_of_our_own(tmp_path: Path) -> None:
    with requests.Session() as session:
        harden(session, tmp_path / "ca.pem")
        assert session.verify == str(tmp_path / "ca.pem")
