"""Whatever is sent over the line, by whoever knows the interface: a named answer, and no fault in the log."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from ippyo.registry.site.refusals import REFUSALS

SCHEMA = schemathesis.openapi.from_path(Path(__file__).with_name("openapi.yaml"))
EXAMPLES = 8
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]
LATER = {code for code, refusal in REFUSALS.items() if refusal.status == 503}
"""Refusals that ask a voter to come again: answers, not faults."""

FEW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def browser(vendor: None, registry_town: Any) -> requests.Session:
    """Return a browser at the desk, with the page's token and a visit."""
    session = requests.Session()
    session.trust_env = False
    session.get(f"{registry_town.origins[0]}/registration/", timeout=30)
    session.headers.update(headers(session, registry_town))
    begun = session.post(
        f"{registry_town.origins[0]}/api/visit", json={"code": registry_town.newcomer().code}, timeout=30
    )
    assert begun.status_code == 200
    session.headers.update(headers(session, registry_town))
    return session


def headers(session: requests.Session, town: Any) -> dict[str, str]:
    token = session.cookies.get("csrf") or ""
    # A client of its own for the brake on guessing: other tests come from this machine, too.
    return {"Origin": town.origins[0], "X-CSRFToken": token, "X-Forwarded-For": "203.0.113.9"}


@pytest.fixture(autouse=True)
def nothing_happened(registry_town: Any) -> Any:
    """Hold every test here to it: nothing issued, no fault in a log."""
    before = registry_town.issued()
    yield
    assert registry_town.issued() == before
    for issuer in (1, 2):
        log = registry_town.log(issuer)
        assert "Traceback" not in log
        assert "status 500" not in log


def require_named(answer: requests.Response) -> None:
    """Hold an answer to what docs/registration.md says of every answer."""
    if answer.status_code < 400:
        return
    told = answer.json()
    refusal = REFUSALS[told["code"]]
    assert (answer.status_code, told["message"]) == (refusal.status, refusal.message.to_value())
    assert answer.status_code < 500 or told["code"] in LATER


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
@pytest.mark.parametrize("issuer", [1, 2])
def test_the_interface_as_described(registry_town: Any, browser: Any, issuer: int, operation: Any) -> None:
    origin = registry_town.origins[issuer - 1]

    @FEW
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        require_named(case.call(base_url=origin, session=browser, timeout=30))

    send()


def test_every_operation_is_tried() -> None:
    assert len(OPERATIONS) == 12


@pytest.mark.parametrize("issuer", [1, 2])
def test_an_altered_byte_of_what_a_card_signed(
    registry_town: Any, registry_towns: Any, browser: Any, issuer: int
) -> None:
    """As it is, the desk says that it does not know the nonce; the further issuer would issue."""
    device, newcomer = registry_town.device(), registry_town.newcomer()
    text = registry_towns.signed_text(device.write_request(registry_town.beside_the_desk()), newcomer.reader())
    whole = (text if issuer == 1 else registry_town.vouched(text)).encode()
    path = "/api/request" if issuer == 1 else "/api/issue"

    @settings(FEW, max_examples=40)
    @given(place=st.integers(0, len(whole) - 1), bit=st.integers(1, 255))
    def send(place: int, bit: int) -> None:
        body = bytearray(whole)
        body[place] ^= bit
        answer = browser.post(registry_town.origins[issuer - 1] + path, data=bytes(body), timeout=30)
        assert answer.status_code >= 400
        require_named(answer)

    send()


RAW = (
    b"POST /api/issue HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/issue HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nConnection: close\r\n\r\nab",
    b"POST /api/issue HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /api/visit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999999\r\n\r\n",
    b"POST /api/visit HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /api/visit HTTP/1.1\r\nHost: localhost\r\nCookie: session=\xff; csrf=\x01\r\nContent-Length: 2\r\n\r\n{}",
    b"GET /api/visit?%00=%ff&x=\xf0\x9f HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /static/../registry.toml HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /api/poll HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n",
    b"GET /api/poll HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"GET /registration/ HTTP/1.1\r\nHost: localhost\r\nAccept-Language: \xe3;q=x\r\nConnection: close\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET //[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
)


@pytest.mark.parametrize("sent", RAW)
@pytest.mark.parametrize("issuer", [1, 2])
def test_what_is_hardly_http(vendor: None, registry_town: Any, issuer: int, sent: bytes) -> None:
    port = int(registry_town.origins[issuer - 1].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while part := line.recv(65536):
            answer += part
            if len(answer) > 1 << 20:
                break
    status = answer.split(b" ", 2)[1] if answer.startswith(b"HTTP/") else b""
    assert status in {b"", b"200", b"302"} or status.startswith(b"4") or status == b"505"
    if b"application/json" in answer and status.startswith(b"4"):
        # The head and, it may be, the length of a chunk come first.
        named = re.search(rb'{"code":"([a-z-]+)","message":', answer)
        assert named is not None, answer
        assert named[1].decode() in REFUSALS
