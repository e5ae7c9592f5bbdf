"""Whatever is sent, the booth answers with a page or a named refusal, and never with a 5xx that is a fault of ours."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ippyo.booth.site.refusals import REFUSALS

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PATHS = [
    *("/", "/vote", "/desk", "/api/poll", "/api/clock", "/api/transactions", "/api/coin/", "/api/transactions/"),
    *("/board/", "/board/find", "/board/ballots/", "/board/ballots/0", "/board/receipt", "/board/record"),
    *("/board/status.json", "/static/", "/photos/a/b", "/nowhere"),
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
OURS = {"busy", "ledger-unavailable", "coins-exceed-issued"}
"""Refusals with status 503: answers, not faults."""


def require_answer(answer: requests.Response) -> None:
    if answer.headers.get("Content-Type", "").startswith("application/json") and answer.content:
        value = answer.json()
        if answer.status_code >= 400:
            assert value["code"] in REFUSALS
            assert answer.status_code < 500 or value["code"] in OURS
            return
    assert answer.status_code < 500


@FEW
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(PATHS),
    more=st.text(max_size=60),
    body=st.binary(max_size=300),
)
def test_any_request(visitor: Any, method: str, path: str, more: str, body: bytes) -> None:
    address = visitor.origin + path + quote(more.encode("utf-8", "surrogatepass"))
    require_answer(requests.request(method, address, data=body, timeout=120, allow_redirects=False))


@FEW
@given(
    path=st.sampled_from(PATHS),
    query=st.dictionaries(
        st.sampled_from(["tracker", "lang", "from", "place"]) | st.text(max_size=5), st.text(max_size=80), max_size=4
    ),
)
@example(path="/board/find", query={"tracker": "\x00"})
@example(path="/board/", query={"lang": "../../etc"})
def test_any_query(visitor: Any, path: str, query: dict[str, str]) -> None:
    pairs = [f"{quote(name, errors='replace')}={quote(value, errors='replace')}" for name, value in query.items()]
    require_answer(requests.get(f"{visitor.origin}{path}?{'&'.join(pairs)}", timeout=120, allow_redirects=False))


@pytest.fixture(scope="module")
def cast(town: Any) -> bytes:
    return bytes(town.small.voter().cast(bridge=(1, 0)).encode())


@settings(FEW, max_examples=80)
@given(place=st.integers(0, 1 << 20), flipped=st.integers(1, 255))
def test_any_altered_byte_of_a_cast(cast: bytes, visitor: Any, place: int, flipped: int) -> None:
    raw = bytearray(cast)
    raw[place % len(raw)] ^= flipped
    answer = visitor.hand_in(bytes(raw))
    # The proof of the ticket's holder covers the ballots, so nothing altered gets into the outbox.
    assert 400 <= answer.status_code < 500
    require_answer(answer)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@FEW
@given(field=st.sampled_from(["type", "poll", "ticket", "number", "ballots", "proof"]), value=VALUES)
def test_any_value_in_a_cast(cast: bytes, visitor: Any, field: str, value: object) -> None:
    answer = visitor.hand_in(json.dumps(json.loads(cast) | {field: value}).encode("utf-8", "surrogatepass"))
    assert 400 <= answer.status_code < 500
    require_answer(answer)


@FEW
@given(head=st.binary(max_size=200))
def test_any_bytes_on_the_line(visitor: Any, head: bytes) -> None:
    parts = urlsplit(visitor.origin)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=120) as line:
        line.sendall(head.replace(b"\n", b" ") + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(100)
    assert not answer.startswith(b"HTTP/1.1 500")
