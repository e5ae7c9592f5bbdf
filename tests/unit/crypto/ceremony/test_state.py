"""The secret state of a trustee: one text, shown nowhere, of use in one ceremony only."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ippyo.canonical import dumps
from ippyo.crypto.ceremony import Complained, confirm, read_state
from ippyo.crypto.ceremony.complaints import complain
from ippyo.errors import InputError, ParseError


@pytest.fixture
def complained(finished: Any) -> Complained:
    """Return the last state of trustee 2 when it has complained about trustee 1."""
    state = finished.revealed[1]
    Z = finished.context.group.mul(state.committed.decryption, finished.reveals[0].shares[1].ephemeral)
    return complain(state, finished.reveals[0], Z)


@pytest.fixture(params=["committed", "revealed", "share", "complained"])
def state(finished: Any, complained: Complained, request: pytest.FixtureRequest) -> Any:
    states = {"committed": finished.committed, "revealed": finished.revealed, "share": finished.shares}
    return complained if request.param == "complained" else states[request.param][1]


def test_round_trip(finished: Any, state: Any) -> None:
    text = state.to_text()
    assert read_state(finished.context, text) == state
    assert read_state(finished.context, text.encode()).to_text() == text


def test_no_secret_is_shown(finished: Any, state: Any) -> None:
    committed = finished.committed[1]
    shown = repr(state) + str(state)
    for secret in (
        committed.signing,
        committed.decryption,
        *committed.coefficients,
        committed.nonce,
        finished.shares[1].secret,
    ):
        assert str(secret) not in shown


def test_not_in_another_ceremony(other: Any, state: Any) -> None:
    with pytest.raises(InputError, match="another key ceremony"):
        read_state(other.context, state.to_text())


def test_the_key_share_keeps_no_other_secret(finished: Any) -> None:
    committed, text = finished.committed[1], finished.shares[1].to_text()
    for secret in (committed.signing, committed.decryption, *committed.coefficients):
        assert str(secret) not in text


def test_who_has_complained_keeps_no_secret_and_goes_no_further(finished: Any, complained: Complained) -> None:
    committed, text = finished.committed[1], complained.to_text()
    for secret in (committed.signing, committed.decryption, *committed.coefficients):
        assert str(secret) not in text
    with pytest.raises(InputError, match="complained about trustee 1, which ended this key ceremony for you"):
        confirm(complained, finished.commits, finished.reveals)


def altered(state: Any, name: str, value: object) -> str:
    return dumps(json.loads(state.to_text()) | {name: value})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "not that of a known step"),
        ("{}", "not that of a known step"),
        ('{"stage":1}', "not that of a known step"),
        ('{"stage":"finished"}', "not that of a known step"),
        ('{"stage":"share"}', "lacks the field"),
        ("no JSON", "is not JSON"),
    ],
)
def test_texts_that_are_no_state(finished: Any, text: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        read_state(finished.context, text)


def test_altered_states(finished: Any, complained: Complained) -> None:
    committed, share, q = finished.committed[1], finished.shares[1], finished.context.group.q
    for broken, problem in (
        (altered(committed, "type", "ippyo-trustee-v2"), "not in canonical form"),
        (altered(committed, "index", 4), "not between 1 and 3"),
        (altered(committed, "index", 1), "another trustee"),
        (altered(committed, "signing", str(q)), "not below the order"),
        (altered(committed, "coefficients", ["1"]), "does not have 2 to 2 entries"),
        (altered(committed, "nonce", "AAAA"), "3 bytes long instead of 32"),
        (altered(share, "secret", str(share.secret ^ 1)), "does not fit its verification key"),
        (altered(complained, "index", 3), "another trustee"),
        (altered(complained, "secret", "1"), "unknown field"),
        (altered(share, "commits", []), "does not have 3 to 3 entries"),
        (altered(share, "secret", "01"), "not a canonical decimal scalar"),
        (" " + share.to_text(), "not in canonical form"),
    ):
        with pytest.raises(ParseError, match=problem):
            read_state(finished.context, broken)
