"""A ledger over HTTP: the same answers and errors as in one's own process, and no 5xx for garbage."""

from __future__ import annotations

import io
import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import sha256_b64
from ippyo.errors import InputError, ParseError, RefusedError
from ippyo.ledger.database import Database, StorageError
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.engine import BusyError, LedgerStoppedError, NotYetError
from ippyo.ledger.http import LedgerApp, LedgerClient
from ippyo.ledger.http import client as client_module
from ippyo.ledger.http.client import LedgerUnreachableError
from ippyo.ledger.http.messages import blocks_from_text, blocks_to_text, status_from_text, status_to_text
from ippyo.sites.serving import served


@pytest.fixture
def ledger(toy: ModuleType, database: Database) -> Iterator[EmbeddedLedger]:
    with EmbeddedLedger(
        database, toy.FACTS, toy.LOG_KEY, toy.ToyMachine, clock=lambda: 1000, block_wait=0.002
    ) as running:
        yield running


@pytest.fixture
def client(toy: ModuleType, ledger: EmbeddedLedger) -> Iterator[LedgerClient]:
    with served(LedgerApp(ledger), threads=4) as origin:
        yield LedgerClient([origin], toy.POLL)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAUSE", 0.01)


def ask(app: LedgerApp, method: str, path: str, query: str = "", body: bytes = b"", length: str | None = None) -> Any:
    """Return status, body and headers of one request."""
    seen: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
        "wsgi.input": io.BytesIO(body),
    }
    text = b"".join(app(environ, lambda status, headers: seen.extend((status, headers))))  # type: ignore[arg-type]
    return int(seen[0].split()[0]), text, dict(seen[1])


def test_hand_in_and_read(toy: ModuleType, ledger: EmbeddedLedger, client: LedgerClient) -> None:
    txs = [toy.note(str(number)) for number in range(3)]
    accepted = [client.submit_and_wait(tx) for tx in txs]
    assert [entry.index for entry in accepted] == [0, 1, 2]
    assert accepted[2].height == ledger.status().height
    assert client.status() == ledger.status()
    assert client.find(sha256_b64(txs[1])) == 1
    assert client.find(sha256_b64("nothing")) is None
    assert client.checkpoint() == ledger.checkpoint()
    assert client.receipt(1) == ledger.receipt(1)
    client.receipt(1).verify(toy.FACTS)
    assert client.header() == ledger.header() == list(ledger.blocks())[-1].signed
    assert list(client.blocks()) == list(ledger.blocks())
    assert list(client.blocks(ledger.status().height + 1)) == []
    assert "http://" in client.describe()


def test_many_blocks_come_page_by_page(toy: ModuleType, ledger: EmbeddedLedger, client: LedgerClient) -> None:
    for number in range(40):
        ledger.submit_and_wait(toy.note(str(number)))
    assert list(client.blocks()) == list(ledger.blocks())


def test_the_contract_s_refusal_comes_through(toy: ModuleType, client: LedgerClient) -> None:
    client.submit_and_wait(toy.note("1"))
    with pytest.raises(RefusedError) as caught:
        client.submit_and_wait(toy.note("1"))
    assert caught.value.code == "duplicate"
    with pytest.raises(RefusedError):
        client.submit_and_wait("garbage")


def test_a_question_to_the_contract(ledger: EmbeddedLedger, client: LedgerClient) -> None:
    with pytest.raises(InputError):
        client.query("no such path")


def test_another_poll_s_ledger(ledger: EmbeddedLedger) -> None:
    with served(LedgerApp(ledger), threads=2) as origin, pytest.raises(InputError, match="another poll"):
        LedgerClient([origin], "B" * 43).status()


def test_no_header_before_the_first_block(client: LedgerClient) -> None:
    with pytest.raises(NotYetError):
        client.header()


def test_a_receipt_that_is_not_there(client: LedgerClient) -> None:
    with pytest.raises(InputError):
        client.receipt(99)


class Failing:
    """A ledger whose every answer is one error, some times, before ``then`` answers."""

    def __init__(self, error: Exception, times: int, then: Any) -> None:
        self.error, self.times, self.then = error, times, then

    def __getattr__(self, name: str) -> Any:
        def method(*arguments: Any) -> Any:
            if self.times:
                self.times -= 1
                raise self.error
            return getattr(self.then, name)(*arguments)

        return method


@pytest.mark.parametrize("error", [BusyError("full"), LedgerStoppedError("it broke"), NotYetError("wait")])
def test_errors_of_the_engine_come_through(toy: ModuleType, error: Exception) -> None:
    with served(LedgerApp(Failing(error, 99, None)), threads=2) as origin:
        client = LedgerClient([origin], toy.POLL)
        with pytest.raises(type(error), match=str(error)):
            client.submit_and_wait(toy.note("1"))
    status, _, headers = ask(LedgerApp(Failing(error, 1, None)), "GET", "/status")
    assert (status, headers["Retry-After"]) == (503, "1")


def test_a_disk_that_fails_is_nobody_s_wrong_question(toy: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    words = "cannot read /srv/ledger.sqlite: disk I/O error"
    with served(LedgerApp(Failing(StorageError(words), 99, None)), threads=2) as origin:
        client = LedgerClient([origin], toy.POLL)
        for ask_it in (client.status, client.header, lambda: client.query("status"), lambda: client.find("x")):
            with pytest.raises(LedgerStoppedError, match="cannot read its disk") as caught:
                ask_it()
            assert "/srv" not in str(caught.value)
    assert words in caplog.text


def test_a_busy_ledger_is_asked_again(toy: ModuleType, ledger: EmbeddedLedger) -> None:
    app = LedgerApp(Failing(BusyError("full"), 2, ledger))
    with served(app, threads=2) as origin:
        assert LedgerClient([origin], toy.POLL).submit_and_wait(toy.note("1")).index == 0


def test_an_answer_that_got_lost(toy: ModuleType, ledger: EmbeddedLedger) -> None:
    """The first attempt gets onto the ledger, and its answer is no ledger's: sent again, it is found there."""
    true, lost = LedgerApp(ledger), [True]

    def app(environ: Any, start: Any) -> Any:
        quiet: Any = lambda *_: None  # noqa: E731
        body = true(environ, start if not lost else quiet)
        if not lost:
            return body
        lost.clear()
        start("502 Bad Gateway", [("Content-Length", "3")])
        return [b"oh!"]

    with served(app, threads=2) as origin:
        accepted = LedgerClient([origin], toy.POLL).submit_and_wait(toy.note("1"))
    assert (accepted.height, accepted.index) == (0, 0)
    assert ledger.status().size == 1


def test_a_refusal_after_a_lost_answer_stays_one(toy: ModuleType, ledger: EmbeddedLedger) -> None:
    true, lost = LedgerApp(ledger), [True]

    def app(environ: Any, start: Any) -> Any:
        if not lost:
            return true(environ, start)
        lost.clear()
        start("502 Bad Gateway", [("Content-Length", "0")])
        return [b""]

    with served(app, threads=2) as origin, pytest.raises(RefusedError):
        LedgerClient([origin], toy.POLL).submit_and_wait("garbage")


def test_the_next_address_is_tried(toy: ModuleType, ledger: EmbeddedLedger) -> None:
    with served(LedgerApp(ledger), threads=2) as origin:
        client = LedgerClient(["http://127.0.0.1:1", origin], toy.POLL)
        assert client.submit_and_wait(toy.note("1")).index == 0
        assert client.status().size == 1


def test_nobody_there(toy: ModuleType) -> None:
    client = LedgerClient(["http://127.0.0.1:1"], toy.POLL, attempts=2)
    with pytest.raises(LedgerUnreachableError):
        client.submit_and_wait(toy.note("1"))
    with pytest.raises(LedgerUnreachableError):
        client.status()
    with pytest.raises(InputError):
        LedgerClient([], toy.POLL)


@pytest.mark.parametrize(
    ("status", "body"),
    [("200 OK", b"\xff"), ("200 OK", b"{}"), ("302 Found", b""), ("500 Oh", b"{}"), ("409 No", b'{"detail":"x"}')],
)
def test_whatever_is_no_ledger(toy: ModuleType, status: str, body: bytes) -> None:
    def app(_: Any, start: Any) -> Any:
        start(status, [("Content-Length", str(len(body)))])
        return [body]

    with served(app, threads=2) as origin:
        client = LedgerClient([origin], toy.POLL, attempts=2)
        with pytest.raises((LedgerUnreachableError, ParseError)):
            client.status()
        with pytest.raises((LedgerUnreachableError, ParseError)):
            client.submit_and_wait(toy.note("1"))


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "length", "status"),
    [
        ("GET", "/", "", b"", None, 404),
        ("GET", "/nowhere", "", b"", None, 404),
        ("POST", "/status", "", b"", None, 405),
        ("GET", "/transactions", "", b"", None, 405),
        ("GET", "/status/x", "", b"", None, 404),
        ("GET", "/receipt/", "", b"", None, 400),
        ("GET", "/receipt/-1", "", b"", None, 400),
        ("GET", "/receipt/²", "", b"", None, 400),
        ("GET", "/receipt/99999999999999999999", "", b"", None, 400),
        ("GET", "/receipt/7", "", b"", None, 404),
        ("GET", "/find", "data=xyz", b"", None, 400),
        ("GET", "/find", "", b"", None, 400),
        ("GET", "/find/xyz", "", b"", None, 404),
        ("GET", "/query/nothing", "", b"", None, 404),
        ("GET", "/blocks", "from=x", b"", None, 400),
        ("GET", "/blocks", "from=" + "1" * 5000, b"", None, 413),
        ("GET", "/blocks", "&".join("a=1" for _ in range(20)), b"", None, 400),
        ("GET", "/blocks", "a=%ff", b"", None, 400),
        ("POST", "/transactions", "", b"x", "", 400),
        ("POST", "/transactions", "", b"x", "-1", 400),
        ("POST", "/transactions", "", b"x", "9" * 40, 400),
        ("POST", "/transactions", "", b"x", "600000", 413),
        ("POST", "/transactions", "", b"\xff\xfe", None, 400),
        ("POST", "/transactions", "", b"", None, 409),
        ("POST", "/transactions", "", b"\x00", None, 409),
        ("POST", "/transactions", "", b"[" * 10_000, None, 409),
        ("DELETE", "/status", "", b"", None, 405),
    ],
)
def test_garbage(
    ledger: EmbeddedLedger, method: str, path: str, query: str, body: bytes, length: str | None, status: int
) -> None:
    answered, text, headers = ask(LedgerApp(ledger), method, path, query, body, length)
    assert answered == status
    value = json.loads(text)
    assert set(value) in ({"error", "detail"}, {"refused", "detail"})
    assert headers["Content-Length"] == str(len(text))


def test_only_the_head(ledger: EmbeddedLedger) -> None:
    status, text, headers = ask(LedgerApp(ledger), "HEAD", "/status")
    assert (status, text) == (200, b"")
    assert int(headers["Content-Length"]) > 0


def test_messages(toy: ModuleType, ledger: EmbeddedLedger) -> None:
    ledger.submit_and_wait(toy.note("1"))
    status = ledger.status()
    assert status_from_text(status_to_text(status)) == status
    blocks = list(ledger.blocks())
    assert blocks_from_text(blocks_to_text(blocks)) == blocks
    with pytest.raises(ParseError):
        status_from_text("{}")
    with pytest.raises(ParseError):
        blocks_from_text('{"blocks":[{"header":"x","first":0,"transactions":[]}]}')


@contextmanager
def hostile(*pieces: bytes, pause: float = 0.0) -> Iterator[str]:
    """Answer every connection with ``pieces``, the last one for ever, ``pause`` seconds apart; yield the address."""
    stop = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            for piece in itertools.chain(pieces[:-1], itertools.repeat(pieces[-1])):
                connection.sendall(piece)
                if not piece or stop.wait(pause):
                    return

    def take(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=answer, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=take, args=[listener], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
        (b"H",),
    ],
)
def test_an_answer_that_drips_ends_in_time(
    toy: ModuleType, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(client_module, "READ_SECONDS", 0.3)
    with hostile(*pieces, pause=0.02) as url:
        before = time.monotonic()
        with pytest.raises(LedgerUnreachableError):
            LedgerClient([url], toy.POLL, attempts=1).checkpoint()
        assert time.monotonic() - before < 5


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 90000000\r\n\r\n", b"x" * (1 << 16)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n", b"x" * (1 << 16)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1", b""),
        (b"HTTP/1.1 \xff\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b""),
    ],
)
def test_an_answer_that_is_none(toy: ModuleType, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]) -> None:
    monkeypatch.setattr(client_module, "ANSWER_LIMIT", 1 << 20)
    with hostile(*pieces) as url, pytest.raises(LedgerUnreachableError):
        LedgerClient([url], toy.POLL, attempts=1).checkpoint()


@pytest.mark.parametrize("url", ["http://[", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://", "http://a b/"])
def test_an_address_that_is_none(toy: ModuleType, url: str) -> None:
    with pytest.raises(LedgerUnreachableError):
        LedgerClient([url], toy.POLL, attempts=1).checkpoint()
