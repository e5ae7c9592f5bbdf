"""``ippyo`` as somebody types it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["ENVIRONMENT", "ippyo"]

ENVIRONMENT = {**os.environ, "IPPYO_LANG": "en", "COLUMNS": "200"}


def ippyo(*arguments: str | Path, expect: int = 0, language: str = "en", seconds: float = 900) -> str:
    """Run one command in a process of its own; return what it prints to both outputs."""
    done = subprocess.run(
        [sys.executable, "-m", "ippyo", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**ENVIRONMENT, "IPPYO_LANG": language},
        timeout=seconds,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == expect, output
    assert "Traceback" not in output
    return output
