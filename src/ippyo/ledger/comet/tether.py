"""Children that end with their parent, however that ends.

A node that is killed leaves nobody behind: an orphaned CometBFT would go on with a key that the next one uses too.
Only Linux can promise it (``PR_SET_PDEATHSIG``); elsewhere CometBFT ends when it notices that the application is gone.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

__all__ = ["tether_this_process", "tethered"]

_PR_SET_PDEATHSIG = 1

# Run by a fresh interpreter, for between fork and exec a process with threads can do next to nothing safely.
_TETHER = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


def tethered(command: Sequence[str]) -> list[str]:
    """Return the command that runs ``command`` as a child that dies with the thread that starts it."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _TETHER, str(os.getpid()), *command]


def tether_this_process(parent: int) -> None:
    """Let this process, a worker of ``parent``, die with it."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
