"""Whatever is sent, the desk answers with a named refusal: never a 5xx of ours, never a ticket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ippyo.canonical import dumps, unb64
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.registration.guidance import GUIDANCE
from ippyo.registry.site.office import use

pytestmark = pytest.mark.django_db

PATHS = [
    *("poll", "visit", "request", "digital-auth", "passkey/options", "passkey", "confirm", "ticket", "binding"),
    *("", "nothing", "visit/"),
]
METHODS = ["get", "post", "delete", "put", "patch", "head", "options"]
MEANT_FOR_LATER = {"digital-auth-failed", "revocation-stale", "revocation-unavailable", "ledger-unavailable"}
"""Refusals with status 503 that are answers, not faults."""

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

KEYS = st.sampled_from(["code", "free_will", "request", "binding", "id", "rawId", "response", "type", "algorithm"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))

Send = Callable[..., None]


@pytest.fixture
def desk(office_maker: Any, settings: Any) -> Iterator[tuple[Any, Client]]:
    """Return the maker of a desk that asks for all, and a browser with a visit after the card."""
    settings.ROOT_URLCONF = (path("", include("ippyo.registry.registration.urls")),)
    maker = office_maker(second_factor="passkey", channels=("card-reader", "digital-auth"))
    with use(maker.office()):
        client = Client(raise_request_exception=True)
        client.get("/registration/")
        yield maker, client


def begin(maker: Any, client: Client) -> tuple[Any, str]:
    """Begin a visit, and return a voter and the signed request for it."""
    visit = client.post("/api/visit", "{}", content_type="application/json").json()
    person = maker.person()
    nonce = unb64(visit["nonce"], what="nonce")
    return person, maker.signed(person, nonce=nonce, styles=visit["styles"], time=visit["time"]).to_text()


def require_answer(answer: Any) -> None:
    if answer.status_code >= 500:
        assert answer.json()["code"] in MEANT_FOR_LATER
    elif answer.status_code >= 400 and answer["Content-Type"].startswith("application/json") and answer.content:
        assert answer.json()["code"] in GUIDANCE


@FEW
@given(method=st.sampled_from(METHODS), name=st.sampled_from(PATHS), body=BODIES)
def test_any_body_anywhere(desk: tuple[Any, Client], method: str, name: str, body: bytes) -> None:
    _, client = desk
    send = getattr(client, method)
    arguments = {} if method in {"get", "head"} else {"data": body, "content_type": "application/json"}
    require_answer(send(f"/api/{name}", **arguments))
    assert not Issuance.objects.exists()


@settings(FEW, max_examples=40)
@given(data=st.data())
def test_any_altered_byte_of_a_signed_request(desk: tuple[Any, Client], data: st.DataObject) -> None:
    maker, client = desk
    _, signed = begin(maker, client)
    raw = bytearray(signed.encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    answer = client.post("/api/request", bytes(raw), content_type="application/json")
    assert 400 <= answer.status_code < 500
    require_answer(answer)


@settings(FEW, max_examples=40)
@given(answer=st.dictionaries(KEYS, VALUES, max_size=6), part=VALUES)
def test_any_answer_of_an_authenticator(desk: tuple[Any, Client], answer: dict[str, Any], part: Any) -> None:
    maker, client = desk
    _, signed = begin(maker, client)
    client.post("/api/request", signed, content_type="application/json")
    client.post("/api/passkey/options", "{}", content_type="application/json")
    body = {**answer, "response": {"clientDataJSON": part, "attestationObject": part}}
    refused = client.post("/api/passkey", json.dumps(body).encode(), content_type="application/json")
    assert refused.status_code in {400, 403}
    assert refused.json()["code"] in {"malformed", "bad-passkey"}


@FEW
@given(
    query=st.text(max_size=100)
    | st.sampled_from([dumps({"back": "x"}), "back=" + "x" * 300, "back=%00", "back=returned"])
)
def test_any_query_of_the_pages(desk: tuple[Any, Client], query: str) -> None:
    _, client = desk
    for address in ("registration/", "registration/back", "registration/help"):
        answer = client.generic("GET", f"/{address}", QUERY_STRING=query.encode("utf-8", "replace").decode("latin-1"))
        assert answer.status_code < 500
