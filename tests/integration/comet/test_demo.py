"""The demonstration on four nodes with the real CometBFT: the count it should have, and a record that verifies."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command_line import ippyo

VOTERS = 200
MINUTES = 8
"""Until the poll closes, by the nodes' clocks: thrice what it takes on two slow cores. What is left is waited for."""


def test_four_operators_hold_the_whole_poll(comet: Path, tmp_path: Path) -> None:
    record = tmp_path / "poll"
    of_nodes = ("--engine", "comet", "--nodes", "4", "--minutes", str(MINUTES))
    output = ippyo(
        "demo", *of_nodes, "--voters", str(VOTERS), "--no-serve", "--out", record, seconds=60 * MINUTES + 300
    )
    assert "4 nodes keep the ledger (1 may fail or cheat)" in output
    assert "result = true count; verification: 26 passed, 0 failed" in output
    for code in ("already-issued", "bad-ballot", "copied-ballot", "spoiled-ballot", "out-of-turn", "closed"):
        assert f"refused ({code})" in output

    report = json.loads(ippyo("verify", record, "--json"))
    assert all(check["status"] == "pass" for check in report["checks"])
    assert report["results"][0]["ballots"] == VOTERS
