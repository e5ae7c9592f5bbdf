"""What ``ippyo node status`` says of a node that is not like the others."""

from __future__ import annotations

import re

import pytest

from ippyo.cli.node import _state
from ippyo.ledger.comet.report import NodeReport, OperatorReport, Sighting
from ippyo.ledger.notes import KeyKind, SigningKey

JAPANESE = re.compile("[ぁ-んァ-ン一-龥]")
DEVIATIONS = [
    "is a node of another poll",
    "does not sign its own checkpoint with the operator's key",
    "shows a block that the log's key did not sign",
    "has another block 7 than the others: its state is not theirs",
    "does not show the block 7 that it says it has",
]
STOPPED = "the operators decided a block that does not follow from this node's state"


def line(deviation: str, failure: str) -> str:
    own = NodeReport("city", "P" * 43, "0.1.0", "0.38.23", 6, 9, 8, False, 3, failure, (), None)
    key = SigningKey.generate("ippyo.node/city", KeyKind.COSIGNATURE).verifier
    return _state(OperatorReport(Sighting(key, own), 1, False, deviation))


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_in_japanese(deviation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPYO_LANG", "ja")
    _, words = line(deviation, "").split("ほかと違う: ")
    assert JAPANESE.search(words)
    assert not re.search("[a-z]{3}", words)
    _, words = line(deviation, STOPPED).split("停止: ")
    assert not re.search("[a-z]{3}", words)


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_in_english(deviation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPYO_LANG", "en")
    assert line(deviation, STOPPED).endswith(f"DEVIATES: {deviation} — stopped: {STOPPED}")
