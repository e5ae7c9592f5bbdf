"""The voting code from a card's signature against vectors/card-code.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from tests.vectors_tool import card_code as maker

from ippyo.ballot.voting_code import VotingCode
from ippyo.errors import ParseError

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "vectors" / "card-code.json").read_text(encoding="utf-8")
VECTORS: dict[str, Any] = json.loads(TEXT)


def test_vectors_come_from_their_maker() -> None:
    assert maker.text_of("card-code.json") == TEXT


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda vector: vector["symbols"][:4])
def test_codes(vector: dict[str, str]) -> None:
    signature = bytes.fromhex(vector["signature"])
    made = VotingCode.from_card_signature(signature, vector["fingerprint"], vector["letter"])
    assert made == VotingCode(vector["symbols"])


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda vector: vector["symbols"][:4])
def test_signatures_are_those_of_another_library(vector: dict[str, str]) -> None:
    key = rsa.RSAPublicNumbers(65537, int(vector["p"]) * int(vector["q"])).public_key()
    key.verify(bytes.fromhex(vector["signature"]), vector["message"].encode(), padding.PKCS1v15(), SHA256())


def test_each_card_poll_and_letter_has_its_own_code() -> None:
    assert len({vector["symbols"] for vector in VECTORS["codes"]}) == len(VECTORS["codes"])
    signature = bytes.fromhex(VECTORS["codes"][0]["signature"])
    letter = VECTORS["codes"][0]["letter"]
    codes = {VotingCode.from_card_signature(signature, vector["fingerprint"], letter) for vector in VECTORS["codes"]}
    assert len(codes) == 2


def test_a_signature_got_for_something_else_does_not_yield_the_code() -> None:
    # What a service that signs hashes for others can get from the same card: everything but the letter.
    vector = VECTORS["codes"][0]
    signature = bytes.fromhex(vector["signature"])
    guessed = VotingCode.from_card_signature(signature, vector["fingerprint"], "000000000000")
    assert guessed != VotingCode(vector["symbols"])


@pytest.mark.parametrize("letter", VECTORS["refused_letters"])
def test_refused_letters(letter: str) -> None:
    first = VECTORS["codes"][0]
    with pytest.raises(ParseError, match="registration code"):
        VotingCode.from_card_signature(bytes.fromhex(first["signature"]), first["fingerprint"], letter)


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_refused(vector: dict[str, str]) -> None:
    with pytest.raises(ParseError, match="card signature"):
        first = VECTORS["codes"][0]
        VotingCode.from_card_signature(bytes.fromhex(vector["signature"]), first["fingerprint"], first["letter"])
