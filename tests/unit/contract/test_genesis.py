from __future__ import annotations

import json
import pickle
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import dumps, sha256_b64
from ippyo.contract.genesis import Genesis, LedgerKeys, OfficerKeys, ceremony_hash, trustees_hash
from ippyo.contract.poll import Poll
from ippyo.crypto.ceremony import verify_transcript
from ippyo.crypto.groups import group
from ippyo.errors import CheckFailedError, InputError, ParseError
from ippyo.ledger.notes import KeyKind, SigningKey, VerifierKey
from ippyo.poll.policies import Quorum


@pytest.fixture
def genesis(small_poll: Any) -> Genesis:
    found = small_poll.poll.genesis
    assert isinstance(found, Genesis)
    return found


def test_text_and_fingerprint(genesis: Genesis) -> None:
    assert Genesis.from_text(genesis.to_text()) == genesis
    assert genesis.to_text().startswith('{"version":1,"manifest":"')
    assert genesis.fingerprint == sha256_b64("ippyo-poll-v1|" + genesis.to_text())


def broken(genesis: Genesis, change: Any) -> str:
    value = json.loads(genesis.to_text())
    change(value)
    return dumps(value)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda g: g.update(version=2), "version"),
        (lambda g: g.update(manifest="x"), "Base64|bytes"),
        (lambda g: g.update(trustees=g["trustees"][:-1]), "Base64|bytes"),
        (lambda g: g.pop("ceremony"), "ceremony"),
        (lambda g: g.update(issuers=[]), "issuers"),
        (lambda g: g["issuers"].append(g["issuers"][0]), "same issuer twice"),
        (lambda g: g["issuers"][1].update(key=g["issuers"][0]["key"]), "issuer's key twice"),
        (lambda g: g["issuers"][1].update(styles=g["issuers"][0]["styles"]), "RSA key twice"),
        (lambda g: g["issuers"][0]["styles"][1].update(key=g["issuers"][0]["styles"][0]["key"]), "RSA key twice"),
        (lambda g: g["issuers"][0]["styles"][0].update(key="AAAA"), "RSA"),
        (lambda g: g["issuers"][0].update(key="AAAA"), "Ed25519"),
        (lambda g: g["officers"].update(threshold=4), "threshold"),
        (lambda g: g["officers"].update(threshold=0), "threshold"),
        (lambda g: g["officers"]["keys"].append(g["officers"]["keys"][0]), "officer's key twice"),
        (lambda g: g["ledger"].update(engine="paper"), "engine"),
        (lambda g: g["ledger"].update(log="ippyo.poll/small"), "verifier key"),
        (lambda g: g["ledger"].update(log=g["ledger"]["log"] + "\n"), "verifier key"),
        (lambda g: g["ledger"].update(witnesses=[g["ledger"]["log"]]), "twice"),
        (lambda g: g["ledger"].update(quorum=1), "quorum"),
        (lambda g: g.update(note=""), "unknown field"),
    ],
)
def test_broken_genesis(genesis: Genesis, change: Any, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        Genesis.from_text(broken(genesis, change))


def test_genesis_is_canonical(genesis: Genesis) -> None:
    with pytest.raises(ParseError, match="canonical"):
        Genesis.from_text(genesis.to_text() + "\n")


def test_ledger_keys_are_those_of_notes() -> None:
    log = SigningKey.generate("ippyo.poll/x", KeyKind.NOTE).verifier
    witness = SigningKey.generate("witness.example/1", KeyKind.COSIGNATURE).verifier
    keys = LedgerKeys("embedded", log.to_text(), (witness.to_text(),), 1)
    assert keys.log_name == "ippyo.poll/x"
    assert VerifierKey.from_text(keys.witnesses[0]) == witness
    assert LedgerKeys.from_value(keys.to_value()) == keys


def test_who_holds_one_key_is_one() -> None:
    log = SigningKey.generate("ippyo.poll/x", KeyKind.NOTE)
    disguised = SigningKey("witness.example/1", KeyKind.COSIGNATURE, log.seed)
    with pytest.raises(ParseError, match="same key of log or witness twice"):
        LedgerKeys("embedded", log.verifier.to_text(), (disguised.verifier.to_text(),), 1)
    witness = SigningKey.generate("witness.example/1", KeyKind.COSIGNATURE)
    twice = SigningKey("witness.example/2", KeyKind.COSIGNATURE, witness.seed)
    with pytest.raises(ParseError, match="same key of log or witness twice"):
        LedgerKeys("embedded", log.verifier.to_text(), (witness.verifier.to_text(), twice.verifier.to_text()), 2)


def comet_keys(operators: int, others: int, quorum: int) -> LedgerKeys:
    log = SigningKey.generate("ippyo.poll/x", KeyKind.NOTE).verifier
    names = [f"ippyo.node/{n}" for n in range(operators)] + [f"witness.example/{n}" for n in range(others)]
    witnesses = [SigningKey.generate(name, KeyKind.COSIGNATURE).verifier.to_text() for name in names]
    return LedgerKeys("comet", log.to_text(), tuple(witnesses), quorum)


@pytest.mark.parametrize(
    ("operators", "others", "enough"), [(1, 0, 1), (3, 0, 3), (4, 0, 3), (7, 0, 5), (4, 2, 5), (4, 1, 4)]
)
def test_a_quorum_holds_more_than_two_thirds_of_the_operators(operators: int, others: int, enough: int) -> None:
    keys = comet_keys(operators, others, enough)
    assert keys.operators == keys.witnesses[:operators]
    assert LedgerKeys.from_value(keys.to_value()) == keys
    with pytest.raises(ParseError, match="two thirds of the operators"):
        comet_keys(operators, others, enough - 1)


def test_operators_stand_before_the_other_witnesses() -> None:
    keys = comet_keys(4, 1, 5)
    for witnesses in (keys.witnesses[::-1], keys.witnesses[4:]):
        with pytest.raises(ParseError, match="before the other witnesses"):
            LedgerKeys("comet", keys.log, witnesses, len(witnesses))


class TestPoll:
    def test_elections(self, small_poll: Any) -> None:
        poll = small_poll.poll
        assert list(poll.elections) == ["bridge", "mayor"]
        assert poll.election("mayor").contest.id == "mayor"
        assert poll.contests_by_uuid[poll.election("mayor").uuid] == "mayor"
        assert poll.contests_of_style == {"all": ("bridge", "mayor"), "bridge-only": ("bridge",)}
        assert [len(keys) for keys in poll.ticket_keys.values()] == [2, 2]
        with pytest.raises(InputError, match="no contest 'council'"):
            poll.election("council")

    def test_the_ceremony_belongs_to_it(self, small_poll: Any) -> None:
        poll = small_poll.poll
        assert poll.genesis.ceremony == ceremony_hash(small_poll.ceremony)
        verify_transcript(poll.manifest.hash, poll.group, Quorum(3, 2), small_poll.ceremony, poll.trustees)

    def test_texts_and_pickle(self, small_poll: Any, final_poll: Any) -> None:
        poll = small_poll.poll
        texts = (poll.manifest.to_text(), poll.genesis.to_text(), poll.trustees.to_text())
        copy = Poll.from_texts(*texts)
        assert copy == poll == pickle.loads(pickle.dumps(poll))
        assert hash(copy) == hash(poll)
        assert poll != final_poll.poll
        assert poll != "poll"

    def test_other_finite_field_groups(self, small_polls: ModuleType) -> None:
        other = small_polls.SmallPoll.build(small_polls.manifest(group_name="BELENIOS-2048"))
        assert other.poll.group is group("BELENIOS-2048")

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"manifest": sha256_b64("x")}, "another manifest"),
            ({"trustees": trustees_hash("x")}, "another list of trustees"),
            ({"public_key": "01"}, "public key"),
            ({"issuers": slice(1)}, "its issuers"),
            ({"issuers": slice(None, None, -1)}, "its issuers"),
            ({"styles": slice(None, None, -1)}, "one key for each ballot style"),
            ({"styles": slice(1)}, "one key for each ballot style"),
            ({"officers": 1}, "number of officers"),
            ({"keys": 2}, "number of officers"),
            ({"log": "ippyo.poll/other"}, "named ippyo.poll/small"),
        ],
    )
    def test_parts_that_do_not_belong_together(self, small_poll: Any, change: dict[str, Any], problem: str) -> None:
        poll, genesis = small_poll.poll, small_poll.poll.genesis
        (name, value), *_ = change.items()
        if name == "issuers":
            value = genesis.issuers[value]
        if name == "styles":
            first = replace(genesis.issuers[0], styles=genesis.issuers[0].styles[value])
            name, value = "issuers", (first, *genesis.issuers[1:])
        if name == "officers":
            value = OfficerKeys(value, genesis.officers.keys)
        if name == "keys":
            name, value = "officers", OfficerKeys(2, genesis.officers.keys[:value])
        if name == "log":
            name, value = "ledger", LedgerKeys("embedded", SigningKey.generate(value).verifier.to_text())
        with pytest.raises(CheckFailedError, match=problem):
            Poll(poll.manifest, replace(genesis, **{name: value}), poll.trustees)

    def test_another_group_or_quorum(self, small_polls: ModuleType, small_poll: Any) -> None:
        poll = small_poll.poll
        for changed, problem in (
            (small_polls.manifest(group_name="RFC-3526-2048"), "another group"),
            (replace(poll.manifest, trustees=Quorum(3, 3)), "number of trustees"),
        ):
            with pytest.raises(CheckFailedError, match=problem):
                Poll(changed, replace(poll.genesis, manifest=changed.hash), poll.trustees)
