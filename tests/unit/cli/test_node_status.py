"""What ``ippyo node status`` says of a node that is not like the others."""

from __future__ import annotations

import re

import pytest

from ippyo.cli.node import _show, _state
from ippyo.ledger.comet.report import Evidence, NetworkReport, NodeReport, OperatorReport, Sighting
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


def report(deviation: str, failure: str, version: str = "0.1.0", comet_height: int = 8) -> OperatorReport:
    own = NodeReport("city", "P" * 43, version, "0.38.23", 6, 9, comet_height, False, 3, failure, (), None)
    key = SigningKey.generate("ippyo.node/city", KeyKind.COSIGNATURE).verifier
    return OperatorReport(Sighting(key, own), 1, False if deviation else None, deviation)


def line(deviation: str, failure: str) -> str:
    return _state(report(deviation, failure))


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


def test_what_a_node_says_does_not_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IPPYO_LANG", "en")
    hostile = report(DEVIATIONS[0], "\r\x1b[2Kcity agrees\x9b1A", "\x1b[1A")
    _show(NetworkReport("P" * 43, 3, (hostile,), (Evidence(1, "\x1b[2J", 7),)))
    shown = capsys.readouterr().out
    assert DEVIATIONS[0] in shown
    assert [character for character in shown if not character.isprintable()] == ["\n"] * shown.count("\n")


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "まだひとつもブロックを作っていない"), ("en", "has made no block")]
)
def test_nodes_that_do_not_reach_each_other_are_not_well(
    monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    """Each of them runs and answers, and has signed its empty ledger: behind closed ports, no block is ever made."""
    monkeypatch.setenv("IPPYO_LANG", language)
    waiting, at_work = report("", "", comet_height=0), report("", "", comet_height=1)
    network = NetworkReport("P" * 43, 3, (waiting,), ())
    assert network.unconnected == ["ippyo.node/city"]
    assert not network.good
    assert words in _state(waiting)
    assert NetworkReport("P" * 43, 3, (at_work,), ()).good
    assert words not in _state(at_work)
    # What is worse is said first.
    assert words not in _state(report(DEVIATIONS[0], "", comet_height=0)) + _state(report("", STOPPED, comet_height=0))
