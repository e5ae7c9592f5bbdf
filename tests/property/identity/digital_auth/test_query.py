"""Whatever a browser brings back: a code of the right journey, or one of the two refusals, never anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from ippyo.identity.digital_auth import Journey
from ippyo.identity.digital_auth.journey import parse_query, require_code
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import BLINDED_BYTES, StyleRequest, TicketRequestText

REQUEST = TicketRequestText("P" * 43, b"\x01" * 32, 1, (StyleRequest("all", (b"\x02" * BLINDED_BYTES,)),))
LOGIN = Journey("login", "https://op.example/auth", "the-state", "verifier", "", 1000, REQUEST)
ISSUER = "https://op.example"

NAMES = st.sampled_from(["state", "code", "iss", "error", "error_description", "session_state"]) | st.text(max_size=9)
VALUES = st.sampled_from(["the-state", ISSUER, "access_denied", "abc"]) | st.text(max_size=40)
CODES = {"digital-auth-refused", "digital-auth-failed"}


T = TypeVar("T")


def outcome(step: Callable[[], T]) -> T | IdentityRefusedError:
    try:
        return step()
    except IdentityRefusedError as error:
        return error


@given(st.dictionaries(NAMES, VALUES, max_size=25), st.integers(0, 3000))
def test_a_query_yields_a_code_or_a_refusal(query: dict[str, str], now: int) -> None:
    found = outcome(lambda: require_code(LOGIN, query, ISSUER, now))
    if isinstance(found, IdentityRefusedError):
        assert found.code in CODES
        # Only who knows the state can tell the registry that the voter refused.
        assert query.get("state") == "the-state" or found.code == "digital-auth-failed"
    else:
        assert query["state"] == "the-state"
        assert query["code"] == found
        assert "error" not in query
        assert now <= 1600


@given(st.text(max_size=300))
def test_a_raw_query_parses_or_is_refused(text: str) -> None:
    found = outcome(lambda: parse_query(text))
    if isinstance(found, IdentityRefusedError):
        assert found.code == "digital-auth-failed"
    else:
        assert parse_query(urlencode(found)) == found


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), VALUES), max_size=20))
def test_a_name_stands_once(pairs: list[tuple[str, str]]) -> None:
    pairs = [(name, value.encode("utf-8", "ignore").decode()) for name, value in pairs]
    found = outcome(lambda: parse_query(urlencode(pairs)))
    if len(dict(pairs)) == len(pairs):
        assert found == dict(pairs)
    else:
        assert isinstance(found, IdentityRefusedError)
        assert found.detail == "the query of the way back names a field twice"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.text(max_size=60), st.integers(0, 10**15 - 1))
def test_a_journey_is_its_text(location: str, state: str, began: int) -> None:
    state = state.encode("utf-8", "ignore").decode()
    journey = Journey("login", location, state, "v", "", began, REQUEST)
    assert Journey.from_text(journey.to_text()) == journey
