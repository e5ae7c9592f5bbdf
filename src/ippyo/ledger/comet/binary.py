"""CometBFT's own program: where it is, and whether it is new enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from ippyo.errors import InputError

__all__ = ["FLOOR", "find_comet", "module_version"]

FLOOR = (0, 38, 23)
"""Before it, block times and evidence were not checked as they must be (CSA-2026-001 and its neighbours)."""

VARIABLE = "IPPYO_COMETBFT"
_MODULE = re.compile(rb"mod\tgithub\.com/cometbft/cometbft\tv(\d+)\.(\d+)\.(\d+)[\t\n]")
_HOW = "install it with: go install github.com/cometbft/cometbft/cmd/cometbft@v0.38.23"


def find_comet() -> Path:
    """Return the program: the one that ``IPPYO_COMETBFT`` names, or ``cometbft`` on the path or in Go's folder.

    Raises :class:`InputError` if there is none, or none that is of the 0.38 line and not below the floor.
    """
    named = os.environ.get(VARIABLE)
    found = named or shutil.which("cometbft") or _in_go_folder()
    if not found or not Path(found).is_file():
        raise InputError(f"cometbft is not on this machine; {_HOW}")
    version = module_version(Path(found))
    if version is None or version[:2] != FLOOR[:2] or version < FLOOR:
        shown = ".".join(map(str, version)) if version else "of an unknown version"
        raise InputError(f"cometbft is {shown}, and 0.38.23 or a newer one of 0.38 is needed; {_HOW}")
    return Path(found)


def module_version(program: Path) -> tuple[int, int, int] | None:
    """Return the version that Go built into the program. What ``cometbft version`` says is not raised every time."""
    found = _MODULE.search(program.read_bytes())
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def _in_go_folder() -> str | None:
    go = shutil.which("go")
    if go is None:
        return None
    folder = subprocess.run([go, "env", "GOPATH"], capture_output=True, text=True, check=False).stdout.strip()
    program = Path(folder) / "bin" / "cometbft"
    return str(program) if folder and program.is_file() else None
