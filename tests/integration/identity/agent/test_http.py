"""The agent over real HTTP: origins, rebinding, tokens, sizes, headers, and that a PIN is nowhere to be found."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ippyo.canonical import b64, sha256_b64
from ippyo.errors import InputError
from ippyo.identity.agent import page_api, server, window_api
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.http import BODY_LIMIT
from ippyo.identity.agent.polls import KnownPolls
from ippyo.identity.agent.server import running_agent
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.messages import SignedRequest, StyleRequest, TicketRequestText

PAGE = "https://vote.town.example"
PHI = sha256_b64("poll")
REQUEST = TicketRequestText(PHI, bytes(32), 1_790_000_000, (StyleRequest("general", (bytes(384),)),))
ASK = {"kind": "ticket-request", "key": "signature", "request": REQUEST.to_value()}
CODE = {"kind": "voting-code", "key": "signature", "poll": PHI, "letter": "0123ABCDWXYZ", "styles": ["general"]}


class Client:
    """A browser and a voter. ``heard`` is everything the agent ever answered."""

    def __init__(self, origin: str, slot: Any, pins: dict[KeyKind, str]) -> None:
        self.own = origin
        self.host = origin.removeprefix("http://")
        self.slot = slot
        self.pins = pins
        self.heard = b""

    def send(
        self, method: str, path: str, body: bytes | None = None, **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request; header names are written with ``_``, and None leaves one out."""
        given_headers = {"Host": self.host, "Origin": PAGE, "Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in (given_headers | named).items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in named:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.heard += str(answer.headers).encode() + content
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content

    def ask(self, path: str, value: Any, **headers: str | None) -> tuple[int, Any]:
        status, _, body = self.send("POST", path, json.dumps(value).encode(), **headers)
        return status, json.loads(body)

    def page(self, path: str, value: Any) -> Any:
        status, answer = self.ask(path, value)
        assert status in {200, 201}, answer
        return answer

    def window(self, path: str, value: Any) -> Any:
        status, answer = self.ask(path, value, Origin=self.own)
        assert status == 200, answer
        return answer

    def begin(self, job: Any) -> tuple[dict[str, str], str]:
        """Start a job and open its window; return what names the job, and the window's session."""
        started = self.page("/api/jobs", job)
        address, _, key = started["window"].partition("#")
        assert address == f"{self.own}/"
        session = self.window("/window/claim", {"key": key})["session"]
        return {"job": started["job"], "token": started["token"]}, session


@contextmanager
def agent(slots: ModuleType, **options: Any) -> Iterator[Client]:
    slot = slots.Slot(slots.contents())
    desk = Desk(slot.connect, KnownPolls.of(()), kiosk=options.pop("kiosk", False))
    with running_agent(desk, [PAGE], port=0, **{"user": os.getuid(), **options}) as running:
        yield Client(running.origin, slot, slots.PINS)
    assert slot.powered == 0


@pytest.fixture
def client(card_slots: ModuleType) -> Iterator[Client]:
    with agent(card_slots) as found:
        yield found


def test_a_whole_registration(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    job, session = client.begin(CODE)
    pin = client.pins[KeyKind.SIGNATURE]
    assert client.window("/window/state", {"session": session})["pins"] == [{"key": "signature", "tries": 5}]
    wrong = {"session": session, "pins": {"signature": "WR0NGPIN"}, "last_try": False}
    assert client.window("/window/pin", wrong)["pins"][0]["tries"] == 4
    right = {"session": session, "pins": {"signature": pin}, "last_try": False}
    assert client.window("/window/pin", right)["step"] == "code"
    told = client.page("/api/result", job)
    job["token"] = told["token"]
    client.page("/api/request", {**job, "request": REQUEST.to_value()})
    result = client.page("/api/result", job)["result"]
    assert SignedRequest.from_text(result["signed_request"]).request == REQUEST
    assert client.ask("/api/result", job)[1]["code"] == "no-job"
    output = "".join(capfd.readouterr())
    for secret in (pin, "WR0NGPIN"):
        assert secret.encode() not in client.heard
        assert secret not in output
    assert output == ""


def test_full_width_pins_are_read(client: Client) -> None:
    _, session = client.begin({**CODE, "key": "user"})
    client.window("/window/state", {"session": session})
    typed = "".join(chr(ord(digit) + 0xFEE0) for digit in client.pins[KeyKind.USER])
    shown = client.window("/window/pin", {"session": session, "pins": {"user": typed}, "last_try": False})
    assert shown["step"] == "code"


def test_a_page_finds_the_agent(client: Client) -> None:
    status, headers, body = client.send("GET", "/api/agent")
    assert status == 200
    assert json.loads(body) == {"agent": "ippyo-card-agent", "version": 1, "busy": False, "kiosk": False}
    assert headers["access-control-allow-origin"] == PAGE
    assert headers["vary"] == "Origin"
    assert headers["cache-control"] == "no-store"


def test_info(client: Client) -> None:
    started = client.page("/api/jobs", {"kind": "info"})
    assert started.pop("window") is None
    assert client.page("/api/result", started)["result"]["algorithm"] == "RS256"


STRANGERS = [
    None,
    "null",
    "",
    "https://evil.example",
    "http://vote.town.example",
    f"{PAGE}:8443",
    f"{PAGE}.evil.example",
]
PATHS = [*page_api.METHODS.items(), *window_api.METHODS.items()]


@pytest.mark.parametrize("origin", STRANGERS)
def test_other_origins_get_nothing(client: Client, origin: str | None) -> None:
    for path, method in PATHS:
        for verb in (method, "OPTIONS"):
            status, headers, body = client.send(verb, path, b"{}", Origin=origin)
            assert (status, json.loads(body)["code"]) == (403, "wrong-origin")
            assert not any(name.startswith("access-control") for name in headers)
    assert client.slot.commands == []


def test_the_window_and_the_page_keep_to_their_own(client: Client) -> None:
    for path in window_api.METHODS:
        assert client.ask(path, {})[1]["code"] == "wrong-origin"
    for path in page_api.METHODS:
        assert client.ask(path, {}, Origin=client.own)[1]["code"] == "wrong-origin"
    for path in window_api.FILES:
        assert client.send("GET", path)[0] == 403
        assert client.send("GET", path, Origin=None)[0] == 200


@pytest.mark.parametrize(
    "host", [None, "", "localhost:PORT", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "[::1]:PORT"]
)
def test_other_hosts_are_rebinding(client: Client, host: str | None) -> None:
    named = host and host.replace("PORT", client.host.rpartition(":")[2])
    for method, path in (("GET", "/"), ("GET", "/api/agent"), ("OPTIONS", "/api/jobs")):
        status, headers, body = client.send(method, path, Host=named)
        assert (status, json.loads(body)["code"]) == (421, "wrong-host")
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("private", [True, False])
def test_preflight(client: Client, private: bool) -> None:
    asked: dict[str, Any] = {"Access_Control_Request_Private_Network": "true"} if private else {}
    for path, method in page_api.METHODS.items():
        status, headers, body = client.send("OPTIONS", path, Access_Control_Request_Method=method, **asked)
        assert (status, body) == (204, b"")
        assert headers["access-control-allow-origin"] == PAGE
        assert headers["access-control-allow-methods"] == method
        assert headers["access-control-allow-headers"] == "Content-Type"
        assert ("access-control-allow-private-network" in headers) is private
        assert "access-control-allow-credentials" not in headers


def test_what_the_window_may_load_and_who_may_frame_it(client: Client) -> None:
    _, headers, body = client.send("GET", "/", Origin=None)
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert "clear-site-data" not in headers
    assert b"data-kiosk" not in body
    for forbidden in (b"<style", b"style=", b"onclick", b"https://", b"http://"):
        assert forbidden not in body
    assert body.count(b"<script") == body.count(b'src="/agent.js"') == 1


def test_a_kiosk_wipes_and_keeps_one_window(card_slots: ModuleType) -> None:
    with agent(card_slots, kiosk=True) as client:
        _, headers, body = client.send("GET", "/", Origin=None)
        assert headers["clear-site-data"] == '"storage"'
        assert b"<html data-kiosk lang=" in body
        key = client.page("/api/jobs", ASK)["window"].partition("#")[2]
        client.window("/window/claim", {"key": key})
        assert client.ask("/window/claim", {"key": key}, Origin=client.own)[1]["code"] == "window-taken"


def test_the_agent_notices_when_a_card_is_taken_away(card_slots: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    noticed = Event()
    monkeypatch.setattr(server, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(Desk, "look_at_reader", lambda _: noticed.set())
    with agent(card_slots, kiosk=True):
        assert noticed.wait(60)


def test_a_bug_in_the_clock_leaves_no_card_open_and_no_job_without_end(
    card_slots: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, looks, closed = Event(), count(), list[Desk]()

    def look(_: Desk) -> None:
        if next(looks) == 0:
            raise RuntimeError
        again.set()

    def close(desk: Desk) -> None:
        closed.append(desk)

    monkeypatch.setattr(server, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(Desk, "look_at_reader", look)
    monkeypatch.setattr(Desk, "close", close)
    with agent(card_slots, kiosk=True):
        assert again.wait(60)
        assert len(closed) == 1


def test_another_users_program_gets_nothing(card_slots: ModuleType) -> None:
    with agent(card_slots, user=os.getuid() + 1) as client:
        for method, path in (("GET", "/"), ("GET", "/api/agent"), ("OPTIONS", "/api/jobs")):
            status, _, body = client.send(method, path)
            assert (status, json.loads(body)["code"]) == (403, "wrong-user")


@pytest.mark.parametrize("address", ["0.0.0.0", "", "::", "127.0.0.2", "localhost"])
def test_no_other_interface(card_slots: ModuleType, address: str) -> None:
    desk = Desk(card_slots.Slot().connect, KnownPolls.of(()))
    with pytest.raises(InputError, match="this computer only"), running_agent(desk, [PAGE], address=address, port=0):
        pass


def test_a_taken_port_is_named(card_slots: ModuleType, client: Client) -> None:
    desk = Desk(card_slots.Slot().connect, KnownPolls.of(()))
    port = int(client.host.rpartition(":")[2])
    with pytest.raises(InputError, match=f"port {port}"), running_agent(desk, [PAGE], port=port):
        pass


def test_no_socket_of_somebody_else(card_slots: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    desk = Desk(card_slots.Slot().connect, KnownPolls.of(()))
    with pytest.raises(InputError, match="socket activation"), running_agent(desk, [PAGE], port=0):
        pass


def test_over_ipv6(card_slots: ModuleType, require: Any) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        require("IPv6 on the loopback interface", False, "turn it on")
    with agent(card_slots, address="::1") as client:
        assert client.own.startswith("http://[::1]:")
        assert client.send("GET", "/api/agent")[0] == 200


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"{}", {"Content_Type": "text/plain"}, "wrong-type"),
        (b"{}", {"Content_Type": None}, "wrong-type"),
        (b"{}", {"Content_Type": "application/x-www-form-urlencoded"}, "wrong-type"),
        (b"", {}, "malformed"),
        (b"{", {}, "malformed"),
        (b"[]", {}, "malformed"),
        (b"null", {}, "malformed"),
        (b'{"job":1,"token":2}', {}, "malformed"),
        (b'{"kind":"info","kind":"info"}', {}, "malformed"),
        (b"\xff", {}, "malformed"),
        (b"[" * 10_000, {}, "malformed"),
        (b'"' + b"a" * BODY_LIMIT + b'"', {}, "too-large"),
    ],
)
def test_bodies_that_are_refused(client: Client, body: bytes, headers: dict[str, Any], code: str) -> None:
    for path, method in page_api.METHODS.items():
        if method == "POST":
            _, _, answer = client.send("POST", path, body, **headers)
            assert json.loads(answer)["code"] == code
    for path in window_api.METHODS:
        _, _, answer = client.send("POST", path, body, Origin=client.own, **headers)
        assert json.loads(answer)["code"] == code


def test_a_body_without_a_length_is_refused(client: Client) -> None:
    status, _, _ = client.send("POST", "/api/jobs", Transfer_Encoding="chunked", Content_Length=None)
    assert 400 <= status < 500


@pytest.mark.parametrize("length", ["-2", "+2", "two"])
def test_a_length_that_is_none_is_refused(client: Client, length: str) -> None:
    assert client.send("POST", "/api/jobs", b"{}", Content_Length=length)[0] == 400


def test_a_huge_announced_body_is_refused_unread(client: Client) -> None:
    for origin in (PAGE, "https://evil.example"):
        status, headers, _ = client.send("POST", "/api/jobs", b"{}", Content_Length="9999999999", Origin=origin)
        assert status == 413
        assert not any(name.startswith("access-control") for name in headers)


def test_methods_and_paths(client: Client) -> None:
    for path, method in page_api.METHODS.items():
        other = "POST" if method == "GET" else "GET"
        assert client.send(other, path, b"{}")[0] == 405
    assert client.send("POST", "/", b"{}", Origin=client.own)[0] == 405
    for path in ("/static/agent.js", "/../pyproject.toml", "/api", "/api/jobs/", "/words.js/", "/%2e%2e/x"):
        assert client.send("GET", path, Origin=None)[0] == 404


PINNED = {"session": "s", "pins": {"signature": "SECRET7PIN"}, "last_try": False}


@pytest.mark.parametrize(
    "value",
    [
        {**PINNED, "more": 1},
        {**PINNED, "pins": {"text": "SECRET7PIN"}},
        {**PINNED, "pins": "SECRET7PIN"},
        {**PINNED, "pins": {"signature": ["SECRET7PIN"]}},
        {**PINNED, "pins": {"signature": "SECRET7PIN" * 10}},
        {**PINNED, "last_try": 1},
        {**PINNED, "SECRET7PIN": 1},
    ],
)
def test_a_malformed_pin_is_not_repeated(client: Client, value: Any, capfd: pytest.CaptureFixture[str]) -> None:
    status, answer = client.ask("/window/pin", value, Origin=client.own)
    assert (status, answer["code"]) == (400, "malformed")
    assert "SECRET" not in json.dumps(answer)
    assert "SECRET" not in "".join(capfd.readouterr())


def test_a_token_serves_its_own_origin_only(client: Client) -> None:
    job, session = client.begin(ASK)
    for changed in ({**job, "token": "x"}, {**job, "job": "x"}, {"job": job["token"], "token": job["job"]}):
        for path, more in (("/api/result", {}), ("/api/cancel", {}), ("/api/request", {"request": REQUEST.to_value()})):
            assert client.ask(path, changed | more) == client.ask(path, changed | more)
            assert client.ask(path, changed | more)[0] == 404
    assert client.page("/api/cancel", job)["code"] == "cancelled"
    assert client.window("/window/state", {"session": session})["step"] == "failed"


def test_a_bug_leaves_no_card_open(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any) -> None:
        raise ZeroDivisionError("SECRET7PIN")

    _, session = client.begin(ASK)
    assert client.window("/window/state", {"session": session})["step"] == "pin"
    assert client.slot.powered == 1
    monkeypatch.setattr(Desk, "is_busy", break_down)
    status, _, body = client.send("GET", "/api/agent")
    assert status == 500
    assert b"SECRET" not in body
    assert client.slot.powered == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
names = st.sampled_from(
    ["kind", "key", "poll", "letter", "styles", "request", "job", "token", "session", "pins", "last_try"]
)
words = st.sampled_from(
    ["info", "ticket-request", "voting-code", "card-binding", "signature", "user", PHI, b64(bytes(32))]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from([path for path, _ in PATHS]),
    value=st.dictionaries(names, words | json_values, max_size=6) | json_values,
    own=st.booleans(),
)
def test_no_body_breaks_it(client: Client, path: str, value: Any, own: bool) -> None:
    body = json.dumps(value).encode()
    status, _, _ = client.send("POST", path, body, Origin=client.own if own else PAGE)
    assert status < 500


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]),
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
    origin=st.sampled_from([PAGE, None, "null", "*"]),
    body=st.binary(max_size=50),
)
@example("GET", "/[", None, b"")
def test_no_request_breaks_it(client: Client, method: str, path: str, origin: str | None, body: bytes) -> None:
    status, _, _ = client.send(method, f"/{path}", body, Origin=origin)
    assert status < 500
