"""Workers that Ctrl-C ends without a traceback, while they start and while they work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

# Each line in one piece: several processes write, and some are cut short.
PROGRAM = """
import os, time
from ippyo.cli.demo.quiet_pool import QuietPool

def main():
    pool = QuietPool(2, os.write, 1, b"a worker begins\\n")
    for _ in range(2):
        pool.submit(time.sleep, 3600)
    try:
        os.write(1, b"started\\n")
        time.sleep(3600)
    except KeyboardInterrupt:
        pool.shutdown(wait=True, cancel_futures=True)
        os.write(1, b"ended\\n")

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("seconds", [0, 0.05, 0.1, 0.2, 0.4, 1.5])
def test_ctrl_c_is_quiet_at_any_time(seconds: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any(line == "started\n" for line in lines)
        # At any time: nothing else is waited for.
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    lines_left = rest.splitlines()
    assert "ended" in lines_left
    assert set(lines_left) <= {"a worker begins", "ended"}
