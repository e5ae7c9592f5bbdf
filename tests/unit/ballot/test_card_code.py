"""The voting code from a card's signature against vectors/card-code.json."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from ippyo.ballot.voting_code import VotingCode
from ippyo.errors import ParseError

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "vectors" / "card-code.json").read_text(encoding="utf-8")
VECTORS: dict[str, Any] = json.loads(TEXT)


def test_vectors_come_from_their_maker() -> None:
    spec = importlib.util.spec_from_file_location("card_code_maker", ROOT / "tests" / "vectors_tool" / "card_code.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.text_of("card-code.json") == TEXT


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda vector: vector["symbols"][:4])
def test_codes(vector: dict[str, str]) -> None:
    signature = bytes.fromhex(vector["signature"])
    assert VotingCode.from_card_signature(signature, vector["fingerprint"]) == VotingCode(vector["symbols"])


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda vector: vector["symbols"][:4])
def test_signatures_are_those_of_another_library(vector: dict[str, str]) -> None:
    key = rsa.RSAPublicNumbers(65537, int(vector["p"]) * int(vector["q"])).public_key()
    key.verify(bytes.fromhex(vector["signature"]), vector["message"].encode(), padding.PKCS1v15(), SHA256())


def test_each_card_and_poll_has_its_own_code() -> None:
    assert len({vector["symbols"] for vector in VECTORS["codes"]}) == len(VECTORS["codes"])
    signature = bytes.fromhex(VECTORS["codes"][0]["signature"])
    codes = {VotingCode.from_card_signature(signature, vector["fingerprint"]) for vector in VECTORS["codes"]}
    assert len(codes) == 2


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_refused(vector: dict[str, str]) -> None:
    with pytest.raises(ParseError, match="card signature"):
        VotingCode.from_card_signature(bytes.fromhex(vector["signature"]), VECTORS["codes"][0]["fingerprint"])
