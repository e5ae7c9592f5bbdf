"""The whole poll as a stranger runs it: real processes, real files, nothing shared but the command line."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import ENVIRONMENT, ippyo

REFUSALS = (
    *("already-issued", "coins-exceed-issued", "bad-ticket", "bad-ballot", "copied-ballot", "not-officer"),
    *(
        "spoiled-ballot",
        "surrendered",
        "box-not-empty",
        "out-of-turn",
        "duplicate",
        "closed",
        "bad-tally",
        "bad-decryption",
        "bad-result",
    ),
)


def test_a_whole_poll_is_held_counted_right_and_verified_by_another_process(tmp_path: Path) -> None:
    record = tmp_path / "poll"
    output = ippyo("demo", "--voters", "24", "--no-serve", "--out", record)
    assert "result = true count; verification: 26 passed, 0 failed" in output.splitlines()[-1]
    for code in REFUSALS:
        assert f"refused ({code})" in output

    report = json.loads(ippyo("verify", record, "--json"))
    assert all(check["status"] == "pass" for check in report["checks"])
    assert report["results"][0]["ballots"] == 24
    ippyo("audit", "zero", record)

    private = tmp_path / "poll-private"
    with (private / "roll.csv").open(encoding="utf-8") as lines:
        roll = list(csv.DictReader(lines))
    assert len(roll) == -(-24 * 14_000 // 1_506)
    assert (private / "roll.csv").stat().st_mode & 0o077 == 0
    public = "".join(path.read_text() for path in record.rglob("*") if path.is_file())
    assert not any(person["氏名"] in public or person["住所"] in public for person in roll)

    assert "exists already" in ippyo("demo", "--out", record, expect=2)


def test_belenios_accepts_every_contest_of_a_poll_with_several(
    tmp_path: Path, require: Callable[[str, bool, str], None]
) -> None:
    tool = shutil.which("belenios-tool")
    require("belenios-tool", tool is not None, "make system-packages")
    record, archives = tmp_path / "poll", tmp_path / "belenios"
    options = ("--profile", "multi-question", "--group", "BELENIOS-2048", "--voters", "10")
    output = ippyo("demo", *options, "--out", record, language="ja")
    assert "合格、不合格 0" in output.splitlines()[-1]
    ippyo("export", "belenios", record, archives)
    folders = sorted(path.parent for path in archives.rglob("*.bel"))
    assert len(folders) == 3
    for folder in folders:
        done = subprocess.run(
            [str(tool), "election", "verify", "--dir", str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "all checks passed" in done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--profile", "no-such"), "There is no profile"),
        (("--group", "P-256"), "unknown group"),
        (("--engine", "besu"), "there is no engine"),
        (("--voters", "0"), "voters"),
        (("--out", "/proc/ippyo/poll"), "choose another --out"),
        (("--out", "."), "names no new folder"),
        (("--out", ".."), "exists already"),
    ],
)
def test_impossible_wishes_get_one_clear_sentence(options: tuple[str, ...], sentence: str) -> None:
    assert sentence in ippyo("demo", *options, expect=2)


def test_control_c_ends_the_demo_without_a_traceback_or_leftover_processes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ippyo", "demo", "--voters", "2000", "--out", str(tmp_path / "poll")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT, start_new_session=True
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any("days of voting" in line for line in lines)
        # A terminal sends the signal to the whole foreground group, workers included.
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert "interrupted" in rest
    deadline = time.monotonic() + 60
    while _group_is_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _group_is_alive(process.pid)


def _group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
