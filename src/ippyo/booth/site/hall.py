"""The hall (投票所): all that a request's handler needs, opened once in a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import time_ns

from ippyo.booth.board.follower import Follower
from ippyo.booth.board.index import BoardIndex
from ippyo.booth.board.nodes import Nodes
from ippyo.booth.board.record_file import RecordFile
from ippyo.booth.gateway.entrance import Entrance
from ippyo.booth.gateway.outbox import Outbox
from ippyo.booth.gateway.receipts import Receipts
from ippyo.booth.gateway.sender import Sender
from ippyo.booth.port import LedgerPort
from ippyo.booth.site.config import Config
from ippyo.contract.poll import Poll
from ippyo.errors import InputError

__all__ = ["Hall", "current_hall", "hall", "install", "milliseconds", "use"]


def milliseconds() -> int:
    """Return the time in milliseconds since 1970 UTC."""
    return time_ns() // 1_000_000


@dataclass(frozen=True)
class Hall:
    """One booth at work."""

    config: Config
    poll: Poll
    ledger: LedgerPort
    entrance: Entrance
    outbox: Outbox
    sender: Sender
    receipts: Receipts
    index: BoardIndex
    follower: Follower
    nodes: Nodes
    record: RecordFile
    clock: Callable[[], int] = milliseconds


_installed: list[Hall] = []


def install(opened: Hall) -> None:
    """Let :func:`hall` return ``opened`` in this process from now on."""
    _installed[:] = [opened]


def current_hall() -> Hall | None:
    """Return the hall of this process, or None before one was installed."""
    return _installed[-1] if _installed else None


def hall() -> Hall:
    """Return the hall of this process. Raises :class:`InputError` before one was installed."""
    found = current_hall()
    if found is None:
        raise InputError("the booth is not open; start it with ippyo booth serve")
    return found


@contextmanager
def use(temporary: Hall) -> Iterator[Hall]:
    """Let :func:`hall` return ``temporary``, in all threads, until the context ends. For tests."""
    _installed.append(temporary)
    try:
        yield temporary
    finally:
        _installed.remove(temporary)
