"""The voting code against vectors/voting-code.json, and that it never shows itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ippyo.ballot.credential import Credential
from ippyo.ballot.voting_code import VotingCode
from ippyo.crypto.groups import group
from ippyo.errors import ParseError

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "voting-code.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda vector: vector["symbols"][:4])
def test_codes(vector: dict[str, str]) -> None:
    code = VotingCode(vector["symbols"])
    assert code.reveal() == vector["code"]
    assert code.key_material == vector["symbols"].encode()
    assert VotingCode.parse(vector["code"]) == code


@pytest.mark.parametrize("typed", VECTORS["readings"]["typed"])
def test_readings(typed: str) -> None:
    assert VotingCode.parse(typed) == VotingCode(VECTORS["readings"]["symbols"])


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_refused(vector: dict[str, str]) -> None:
    with pytest.raises(ParseError) as caught:
        VotingCode.parse(vector["typed"])
    # The message must not help anybody who reads it over the voter's shoulder, or in a log.
    assert vector["typed"][:8] not in str(caught.value) or vector["typed"] == ""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda code: code[:-1], "27 characters instead of 28"),
        (lambda code: code + "0", "29 characters instead of 28"),
        (lambda code: "U" + code[1:], "a character that no voting code has"),
        (lambda code: code[:-1] + ("0" if code[-1] != "0" else "2"), "mistyped"),
        (lambda code: code * 10, "too long"),
    ],
)
def test_refusals_are_named(change: Any, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        VotingCode.parse(change(VECTORS["codes"][0]["code"].replace("-", "")))


@pytest.mark.parametrize("symbols", ["", "0" * 25, "0" * 27, "0" * 25 + "o", "0" * 25 + "U"])
def test_only_symbols_make_a_code(symbols: str) -> None:
    with pytest.raises(ParseError, match="26 symbols"):
        VotingCode(symbols)


def test_code_never_shows_itself() -> None:
    code = VotingCode.generate()
    for shown in (repr(code), str(code), f"{code}", repr([code]), repr({"code": code})):
        assert "hidden" in shown
        assert code.reveal()[:9] not in shown
        assert code.key_material.decode()[:8] not in shown


def test_generated_codes_differ() -> None:
    codes = {VotingCode.generate() for _ in range(100)}
    assert len(codes) == 100
    # 2600 draws miss one of 32 symbols with a chance of about 10^-34.
    assert len({symbol for code in codes for symbol in code.key_material}) == 32


@pytest.mark.parametrize("vector", VECTORS["credentials"], ids=lambda vector: f"{vector['group']}-{vector['code'][:4]}")
def test_credentials(vector: dict[str, str]) -> None:
    the_group = group(vector["group"])
    credential = Credential.derive(VotingCode.parse(vector["code"]), vector["fingerprint"], the_group)
    assert str(credential.secret) == vector["secret"]
    assert credential.text == vector["credential"]
    assert the_group.decode(credential.text) == credential.public
    assert vector["secret"] not in repr(credential)
