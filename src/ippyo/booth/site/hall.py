"""The hall (投票所): all that a request's handler needs, opened once in a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ippyo.booth.board.follower import Follower
from ippyo.booth.board.index import BoardIndex
from ippyo.booth.board.nodes import Nodes
from ippyo.booth.board.record_file import RecordFile
from ippyo.booth.gateway.entrance import Entrance
from ippyo.booth.gateway.outbox import Outbox
from ippyo.booth.gateway.receipts import Receipts
from ippyo.booth.port import LedgerPort
from ippyo.booth.site.config import Config
from ippyo.contract.poll import Poll
from ippyo.errors import InputError

__all__ = ["Hall", "hall", "install", "use"]


@dataclass(frozen=True)
class Hall:
    """One booth at work."""

    config: Config
    poll: Poll
    ledger: LedgerPort
    entrance: Entrance
    outbox: Outbox
    receipts: Receipts
    index: BoardIndex
    follower: Follower
    nodes: Nodes
    record: RecordFile


_installed: list[Hall] = []


def install(opened: Hall) -> None:
    """Let :func:`hall` return ``opened`` in this process from now on."""
    _installed[:] = [opened]


def hall() -> Hall:
    """Return the hall of this process. Raises :class:`InputError` before one was installed."""
    if not _installed:
        raise InputError("the booth is not open; start it with ippyo booth serve")
    return _installed[-1]


@contextmanager
def use(temporary: Hall) -> Iterator[Hall]:
    """Let :func:`hall` return ``temporary``, in all threads, until the context ends. For tests."""
    _installed.append(temporary)
    try:
        yield temporary
    finally:
        _installed.remove(temporary)
