"""A peer measured in the same run: Debian's belenios-tool verifies the same ballots."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from ippyo.audit.belenios.export import export_belenios
from ippyo.audit.opened import OpenedRecord
from ippyo.errors import CheckFailedError

__all__ = ["belenios_tool", "verify_with_peer"]


def belenios_tool() -> str | None:
    """Return the path of the tool, if it is installed."""
    return shutil.which("belenios-tool")


def verify_with_peer(tool: str, record: Path, target: Path) -> float:
    """Export the record, let the tool verify it, and return the seconds that took it (one core, start included)."""
    opened = OpenedRecord.open(record)
    exported = export_belenios(opened.poll, opened.texts, opened.last_time() // 1000, target)
    archive = (target / exported[0].file).parent
    start = time.perf_counter()
    done = subprocess.run([tool, "election", "verify", "--dir", str(archive)], capture_output=True, check=False)
    if done.returncode != 0:
        raise CheckFailedError("belenios-tool does not accept the record made for the benchmark")
    return time.perf_counter() - start
