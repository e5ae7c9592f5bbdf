"""The voting hours of a demonstration on nodes, whose clocks nobody can set."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ippyo import profiles
from ippyo.cli.demo import command, demonstration
from ippyo.cli.demo.engines import CometEngine
from ippyo.errors import InputError, RefusedError

MANIFEST = profiles.load("residents-poll")


def test_hours_end_when_asked_for_or_when_all_will_have_voted() -> None:
    asked = CometEngine.with_hours(MANIFEST, 200, 7)
    assert abs(asked.closes - time.time() - 7 * 60) <= 60
    few, many = (CometEngine.with_hours(MANIFEST, voters) for voters in (10, 1000))
    assert asked.opens < time.time() < few.closes < many.closes


@pytest.mark.parametrize(
    ("code", "kind", "words"), [("closed", InputError, "--minutes"), ("bad-ballot", RefusedError, "bad-ballot")]
)
def test_whoever_is_too_late_is_told_to_take_more_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, kind: type[Exception], words: str
) -> None:
    def run(_: object) -> None:
        raise RefusedError(code)

    monkeypatch.setattr(command, "find_comet", lambda: None)
    monkeypatch.setattr(demonstration.Demonstration, "run", run)
    with pytest.raises(kind, match=words):
        command.demo(voters=10, group_name="Ed25519", engine="comet", nodes=4, out=tmp_path / "poll", serve=False)
