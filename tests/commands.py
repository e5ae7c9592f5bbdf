"""Commands of ``ippyo`` as processes of their own, as people run them: to their end, or serving for a while."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["environment", "run", "serving"]

SECONDS = 120


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that is told nothing by this one's settings, but for ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "DJANGO_"))}
    return kept | {"IPPYO_LANG": "en"} | more


def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it said; ``more`` goes into its environment."""
    return subprocess.run(
        _command(*arguments), env=environment(**more), capture_output=True, text=True, timeout=SECONDS, check=False
    )


@contextmanager
def serving(
    *arguments: str | Path, log: Path, code: int = 0, **more: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start a site at a free port; yield its origin and process. Stopped by SIGTERM, it ends with ``code``.

    What it says on its standard error is added to ``log``.
    """
    with (
        log.open("a", encoding="utf-8") as errors,
        subprocess.Popen(
            _command(*arguments, "--port", "0"),
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            origin = process.stdout.readline().strip()
            assert origin.startswith("http://127.0.0.1:"), log.read_text(encoding="utf-8")
            yield origin, process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(SECONDS)
        # A test may have killed it.
        assert process.returncode in {code, -signal.SIGKILL}, log.read_text(encoding="utf-8")


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "ippyo", *map(str, arguments)]
