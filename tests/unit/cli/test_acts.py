"""What officers read before they sign, and the mean that follows from a result."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ippyo import profiles
from ippyo.cli import count
from ippyo.cli.acts import act_name
from ippyo.contract.transactions import Tally
from ippyo.poll.result import ContestResult


@pytest.mark.parametrize(("language", "words"), [("ja", "（1,234 票、暗号のまま）"), ("en", "of 1,234 ballots")])
def test_a_tally_is_named_with_its_ballots(
    small_poll: Any, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("IPPYO_LANG", language)
    poll = small_poll.poll
    act = Tally(poll.fingerprint, poll.manifest.contests[0].id, 1234, (), poll.group)
    assert words in act_name(poll, act)


@pytest.mark.parametrize(("language", "words"), [("ja", "  平均 6.66"), ("en", "  mean 6.66")])
def test_the_count_of_scores_ends_with_their_mean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    monkeypatch.setenv("IPPYO_LANG", language)
    result = ContestResult(profiles.load("score").contest("mayor-score"), (1, 2, *[0] * 9), 3)
    shown: Any = SimpleNamespace(result=result, faulty=())
    count._show(shown)
    assert capsys.readouterr().out.splitlines()[-1] == words
