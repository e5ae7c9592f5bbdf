"""Entries and headers: their texts, and every refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ippyo.canonical import b64, dumps, sha256, sha256_b64
from ippyo.crypto.merkle import leaf_hash
from ippyo.errors import ParseError
from ippyo.ledger.blocks import LAST_TIME, BlockHeader, Entry, SignedHeader, first_previous
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.poll.manifest import LAST_TIME as LAST_SECOND

KEY = SigningKey("ippyo.poll/toy", KeyKind.NOTE, bytes(32))
POLL = sha256_b64("poll")
HEADER = BlockHeader(POLL, 1, 1_800_000_000_000, first_previous(POLL), 3, bytes(32), sha256_b64("state"))
HASH = sha256_b64("x")


def test_header_text() -> None:
    assert HEADER.to_text() == (
        f'{{"poll":"{POLL}","height":1,"time":1800000000000,"previous":"{first_previous(POLL)}",'
        f'"size":3,"root":"{"A" * 43}","state":"{sha256_b64("state")}"}}'
    )
    assert BlockHeader.from_text(HEADER.to_text()) == HEADER
    assert HEADER.hash == b64(sha256(HEADER.to_text()))
    assert first_previous(POLL) == b64(sha256(f"ippyo-genesis-block-v1|{POLL}"))


def test_signed_header() -> None:
    signed = HEADER.sign(KEY)
    assert signed.to_text() == f'{{"header":{HEADER.to_text()},"signature":"{b64(signed.signature)}"}}'
    assert SignedHeader.from_text(signed.to_text()) == signed
    assert signed.signature == KEY.sign_bytes(b"ippyo-block-v1\n" + HEADER.to_text().encode())
    assert signed.verify(KEY.verifier)
    assert not replace(signed, header=replace(HEADER, time=0)).verify(KEY.verifier)
    assert not replace(signed, signature=bytes(64)).verify(KEY.verifier)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"height":1', '"height":0', "height"),
        ('"height":1', '"height":true', "height"),
        ('"height":1', '"height":1.0', "not an integer"),
        ('"size":3', '"size":-1', "size"),
        ('"size":3,', "", "lacks the field 'size'"),
        ('"size":3', '"size":3,"more":1', "unknown field"),
        ('"time":', '"time": ', "canonical"),
        ('"time":1800000000000', '"time":253370764800000', "'time' is not between 0 and 253370764799999"),
        (f'"poll":"{POLL}"', '"poll":"x"', "poll"),
        (f'"root":"{"A" * 43}"', f'"root":"{"A" * 42}"', "root"),
        (f'"root":"{"A" * 43}"', f'"root":"{"A" * 42}B"', "root"),
        ("state", "status", "unknown field"),
    ],
)
def test_malformed_headers(old: str, new: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        BlockHeader.from_text(HEADER.to_text().replace(old, new))
    with pytest.raises(ParseError, match=problem):
        SignedHeader.from_text(HEADER.sign(KEY).to_text().replace(old, new))


def test_the_last_moment_is_that_of_a_manifest() -> None:
    assert LAST_TIME == LAST_SECOND * 1000 + 999
    last = replace(HEADER, time=LAST_TIME)
    assert BlockHeader.from_text(last.to_text()) == last


def test_a_signature_has_64_bytes() -> None:
    text = HEADER.sign(KEY).to_text()
    with pytest.raises(ParseError, match="63 bytes"):
        SignedHeader.from_text(dumps({"header": HEADER.to_value(), "signature": b64(bytes(63))}))
    with pytest.raises(ParseError, match="bytes long"):
        SignedHeader.from_text(text + " " * 5000)


def test_entry_of_a_cast_names_the_trackers_of_its_ballots() -> None:
    ballots = [{"election_uuid": "u", "名": 1}, {"election_uuid": "v"}]
    tx = dumps({"type": "cast", "poll": POLL, "ticket": {}, "ballots": ballots})
    entry = Entry.of(tx)
    trackers = [sha256_b64(dumps(ballot)) for ballot in ballots]
    assert entry.to_text() == f"ippyo-entry-v1|cast|{sha256_b64(tx)}|{trackers[0]},{trackers[1]}"
    assert entry.leaf == leaf_hash(entry.to_text().encode())
    assert Entry.from_text(entry.to_text()) == entry


def test_entry_of_a_spoil_names_the_tracker() -> None:
    tx = dumps({"type": "spoil", "poll": POLL, "tracker": HASH})
    assert Entry.of(tx).to_text() == f"ippyo-entry-v1|spoil|{sha256_b64(tx)}|{HASH}"


def test_entry_of_anything_else_names_none() -> None:
    tx = dumps({"type": "open", "poll": POLL, "tracker": HASH})
    assert Entry.of(tx).to_text() == f"ippyo-entry-v1|open|{sha256_b64(tx)}|"
    assert Entry.from_text(Entry.of(tx).to_text()).trackers == ()


@pytest.mark.parametrize(
    ("tx", "problem"),
    [
        ("[]", "no type"),
        ('{"poll":""}', "no type"),
        ('{"type":1}', "no type"),
        ('{"type":"a|b"}', "impossible type"),
        ('{"type":""}', "impossible type"),
        ('{"type":"' + "a" * 21 + '"}', "impossible type"),
        ('{"type":"spoil"}', "tracker"),
        ('{"type":"spoil","tracker":"x"}', "tracker"),
        ('{"type":"cast","ballots":{}}', "ballots"),
        (dumps({"type": "cast", "ballots": [1] * 65}), "ballots"),
        ('{"type":"open","x":"' + "x" * 524288 + '"}', "more than the 524288"),
    ],
)
def test_transactions_without_an_entry(tx: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        Entry.of(tx)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"ippyo-entry-v1|cast|{HASH}", "four parts"),
        (f"ippyo-entry-v2|cast|{HASH}|", "four parts"),
        (f"ippyo-entry-v1|Cast|{HASH}|", "impossible type"),
        ("ippyo-entry-v1|cast|abc|", "hash"),
        (f"ippyo-entry-v1|cast|{HASH}|{HASH},", "tracker"),
        (f"ippyo-entry-v1|cast|{HASH}|" + ",".join([HASH] * 65), "more than 64"),
    ],
)
def test_malformed_entries(text: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        Entry.from_text(text)
