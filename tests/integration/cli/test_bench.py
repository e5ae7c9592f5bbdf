"""``ippyo bench`` measures and says how."""

from __future__ import annotations

import json

import pytest

from ippyo.cli import main as command_line


def test_figures_come_with_method_and_machine(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["bench", "--groups", "Ed25519", "--answers", "2", "--seconds", "0", "--record", "8", "--json"]
    assert command_line.main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["machine"]["cores"] >= 1
    assert "median" in report["method"]
    (row,) = report["figures"]
    assert row["one_core"]["seal"]["median_ms"] > 0
    assert row["all_cores"]["check"]["runs"] >= 3
    assert row["verify"]["ballots"] >= 8


def test_a_wrong_number_of_answers_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["bench", "--answers", "0"]) == 2
    assert "--answers" in capsys.readouterr().err
