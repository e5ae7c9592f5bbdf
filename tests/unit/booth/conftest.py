"""A small poll's outbox, board index, and a ledger in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from ippyo.contract.machine import Contract
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger


class StubbornLedger:
    """The embedded engine, made block by block; ``errors`` are raised, one at each handing in, ``lost`` after it."""

    def __init__(self, engine: EmbeddedLedger) -> None:
        self.engine = engine
        self.errors: list[Exception] = []
        self.lost: list[Exception] = []
        self.handed_in: list[str] = []
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Any:
        with self._lock:
            self.handed_in.append(tx)
            error = self.errors.pop(0) if self.errors else None
            lost = self.lost.pop(0) if self.lost else None
        if error is not None:
            raise error
        accepted = self.engine.submit_and_wait(tx, timeout)
        if lost is not None:
            raise lost
        return accepted


@pytest.fixture
def open_box(small_polls: Any, tmp_path: Path) -> Any:
    """Return ``open_box(small)``: the engine of a poll, its box open, in the voting hours."""

    @contextmanager
    def opened(small: Any) -> Iterator[EmbeddedLedger]:
        with (
            Database(tmp_path / "ledger.sqlite") as database,
            EmbeddedLedger(
                database,
                LedgerFacts.of(small.poll.genesis),
                small.log,
                lambda store: Contract(small.poll, store),
                clock=lambda: int(small_polls.DURING),
                block_wait=0.002,
            ) as engine,
        ):
            for tx in (*small.issued_by_all(50), small.open()):
                engine.submit_and_wait(tx)
            yield engine

    return opened


@pytest.fixture
def booth_ledger(small_poll: Any, open_box: Any) -> Any:
    """An open box whose engine can be made stubborn."""
    with open_box(small_poll) as engine:
        yield StubbornLedger(engine)
