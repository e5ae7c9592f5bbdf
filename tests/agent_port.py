"""The card agent's own port, for which pages are written: one test module at a time may hold it."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["held"]

PORT = 8931


@contextmanager
def held() -> Iterator[bool]:
    """Wait until no other test of this user holds the port; yield whether it is free then."""
    with (Path(tempfile.gettempdir()) / f"ippyo-agent-port-{os.getuid()}.lock").open("w") as lock:
        # Closing the file, at the latest by the end of the process, gives it back.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _is_free()


def _is_free() -> bool:
    try:
        socket.create_server(("127.0.0.1", PORT)).close()
    except OSError:
        return False
    return True
