from __future__ import annotations

import dataclasses

import pytest

from ippyo.errors import ParseError
from ippyo.identity.digital_auth import Journey
from ippyo.identity.digital_auth.journey import parse_query, require_code
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import BLINDED_BYTES, StyleRequest, TicketRequestText

REQUEST = TicketRequestText("P" * 43, b"\x01" * 32, 1, (StyleRequest("all", (b"\x02" * BLINDED_BYTES,)),))
LOGIN = Journey("login", "https://op.example/auth?state=s", "s", "verifier-secret", "", 1000, REQUEST)
ISSUER = "https://op.example"


def test_the_text_and_back() -> None:
    signature = dataclasses.replace(LOGIN, kind="signature", transaction="1-2")
    for journey in (LOGIN, signature):
        assert Journey.from_text(journey.to_text()) == journey
    assert "verifier-secret" not in repr(LOGIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"type":"digital-auth-journey"', '"type":"journey"'),
        ('"kind":"login"', '"kind":"signature"'),
        ('"kind":"login"', '"kind":"logout"'),
        ('"transaction":""', '"transaction":"1"'),
        ('"began":1000', '"began":-1'),
        ('"state":"s"', '"state":1'),
        ('"state":"s",', ""),
        ("{", "{ "),
        ('"ticket-request"', '"request"'),
    ],
)
def test_texts_that_are_refused(old: str, new: str) -> None:
    text = LOGIN.to_text()
    assert old in text
    with pytest.raises(ParseError):
        Journey.from_text(text.replace(old, new, 1))


def test_the_code() -> None:
    assert require_code(LOGIN, {"state": "s", "code": "abc", "session_state": "x"}, ISSUER, 1600) == "abc"
    assert require_code(LOGIN, {"state": "s", "code": "abc", "iss": ISSUER}, ISSUER, 1000) == "abc"


@pytest.mark.parametrize(
    ("query", "code", "detail"),
    [
        ({}, "failed", "state"),
        ({"code": "abc"}, "failed", "state"),
        ({"state": "t", "code": "abc"}, "failed", "state"),
        ({"state": "é", "code": "abc"}, "failed", "state"),
        ({"state": "\ud800", "code": "abc"}, "failed", "state"),
        # A stranger's link cannot even make it look like a refusal.
        ({"state": "t", "error": "access_denied"}, "failed", "state"),
        ({"state": "s", "code": "abc", "iss": "https://other.example"}, "failed", "issuer"),
        ({"state": "s"}, "failed", "no code"),
        ({"state": "s", "code": ""}, "failed", "no code"),
        ({"state": "s", "code": "a b"}, "failed", "no code"),
        ({"state": "s", "code": "x" * 2049}, "failed", "no code"),
        ({"state": "s", "code": "x" * 9000}, "failed", "too long"),
        ({str(n): "" for n in range(21)}, "failed", "too long"),
        ({"state": "s", "code": "abc", "error": "access_denied"}, "refused", "the voter refused"),
        (
            {"state": "s", "error": "temporarily_unavailable", "error_description": "authentication_expired"},
            "refused",
            "too long",
        ),
        ({"state": "s", "error": "temporarily_unavailable"}, "failed", "reports temporarily_unavailable"),
        ({"state": "s", "error": "一票花子"}, "failed", "reports an error"),
    ],
)
def test_ways_back_that_are_refused(query: dict[str, str], code: str, detail: str) -> None:
    with pytest.raises(IdentityRefusedError, match=detail) as caught:
        require_code(LOGIN, query, ISSUER, 1001)
    assert caught.value.code == f"digital-auth-{code}"
    assert "花子" not in str(caught.value)


def test_a_way_back_too_late() -> None:
    with pytest.raises(IdentityRefusedError, match="took too long") as caught:
        require_code(LOGIN, {"state": "s", "code": "abc"}, ISSUER, 1601)
    assert caught.value.code == "digital-auth-refused"


def test_queries() -> None:
    assert parse_query("") == {}
    assert parse_query("state=s&code=a%2Bb&x=") == {"state": "s", "code": "a+b", "x": ""}


@pytest.mark.parametrize("text", ["a=1&a=2", "a", "a=%ff", "&".join(f"a{n}=1" for n in range(21)), "a=" + "b" * 9000])
def test_queries_that_are_refused(text: str) -> None:
    with pytest.raises(IdentityRefusedError) as caught:
        parse_query(text)
    assert caught.value.code == "digital-auth-failed"
