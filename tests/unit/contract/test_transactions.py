from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import sha256, sha256_b64
from ippyo.contract import transactions as kinds
from ippyo.contract.transactions import Cast, parse_transaction
from ippyo.crypto.elgamal import Ciphertext
from ippyo.ledger.blocks import Entry


@pytest.fixture(scope="module")
def texts(small_poll: Any) -> dict[str, str]:
    """One transaction of every type."""
    identity = small_poll.poll.group.identity
    tally = [Ciphertext(identity, identity)] * 3
    voter = small_poll.voter()
    return {
        "issued": small_poll.issued(2, "all", 3),
        "open": small_poll.open(),
        "cast": voter.cast(bridge=(1, 0), mayor=(0, 0, 1)),
        "spoil": voter.spoil(sha256_b64("x")),
        "surrender": voter.surrender(),
        "close": small_poll.close(),
        "tally": small_poll.tally("bridge", 0, tally),
        "decrypt": small_poll.decrypt("bridge", 2, tally),
        "result": small_poll.result("bridge", 0, 0, 0),
        "audit": small_poll.audit("開票録 <&>"),
    }


def test_every_type_survives_its_text(small_poll: Any, texts: dict[str, str]) -> None:
    assert set(texts) == set(kinds._PARSERS)
    for kind, text in texts.items():
        transaction = parse_transaction(small_poll.poll, text)
        assert transaction.kind == kind
        assert transaction.to_text() == text
        assert parse_transaction(small_poll.poll, transaction.to_text()) == transaction
        assert list(json.loads(text))[:2] == ["type", "poll"]


def test_entries_are_those_of_the_ledger(small_poll: Any, texts: dict[str, str]) -> None:
    for text in texts.values():
        assert parse_transaction(small_poll.poll, text).entry(sha256(text)) == Entry.of(text).to_text()


def test_trackers(small_poll: Any, texts: dict[str, str]) -> None:
    cast = parse_transaction(small_poll.poll, texts["cast"])
    assert isinstance(cast, Cast)
    assert cast.contests == ("bridge", "mayor")
    assert cast.number == 1
    assert cast.trackers == tuple(ballot.tracker for ballot in cast.ballots)
    assert parse_transaction(small_poll.poll, texts["spoil"]).trackers == (sha256_b64("x"),)
    assert parse_transaction(small_poll.poll, texts["open"]).trackers == ()


def test_transactions_of_a_finite_field_poll(small_polls: ModuleType) -> None:
    small = small_polls.SmallPoll.build(small_polls.manifest(group_name="RFC-3526-2048"))
    box = small_polls.Box(small).open()
    voter = small.voter()
    assert box.send(voter.cast(mayor=(1, 0, 0)), voter.cast(mayor=(0, 1, 0))) == ["ok", "ok"]
    box.close()
    parts = [box.decrypt("mayor", owner) for owner in (2, 3)]
    at = small_polls.AFTER
    assert box.send(box.tally("mayor"), *parts, small.result("mayor", 0, 1, 0), at=at) == ["ok"] * 4
