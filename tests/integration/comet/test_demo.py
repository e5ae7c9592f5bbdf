"""The demonstration on four nodes with the real CometBFT: the count it should have, and a record that verifies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

VOTERS = 200
MINUTES = 5
"""Until the poll closes, by the nodes' clocks: twice what it takes on two slow cores. What is left is waited for."""

ENVIRONMENT = {**os.environ, "IPPYO_LANG": "en", "COLUMNS": "200"}


def ippyo(*arguments: str | Path, seconds: float) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ippyo", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_four_operators_hold_the_whole_poll(comet: Path, tmp_path: Path) -> None:
    record = tmp_path / "poll"
    of_nodes = ("--engine", "comet", "--nodes", "4", "--minutes", str(MINUTES))
    output = ippyo(
        "demo", *of_nodes, "--voters", str(VOTERS), "--no-serve", "--out", record, seconds=60 * MINUTES + 300
    )
    assert "4 nodes keep the ledger (1 may fail or cheat)" in output
    assert "result = true count; verification: 26 passed, 0 failed" in output.splitlines()[-1]
    for code in ("already-issued", "bad-ballot", "copied-ballot", "spoiled-ballot", "out-of-turn", "closed"):
        assert f"refused ({code})" in output

    report = json.loads(ippyo("verify", record, "--json", seconds=300))
    assert all(check["status"] == "pass" for check in report["checks"])
    assert report["results"][0]["ballots"] == VOTERS
