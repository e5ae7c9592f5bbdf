"""The nodes panel: what the operators' nodes say of themselves, compared, where there are several."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ippyo.canonical import loads
from ippyo.errors import IppyoError

__all__ = ["Ask", "NodeLine", "Nodes", "NodesReport"]

KEPT_SECONDS = 10.0
"""How old a comparison may be: however many look at the board, the nodes are asked this seldom."""

REPORT_LIMIT = 1 << 20

Ask = Callable[[], str]
"""Asks all nodes and returns the canonical text of :class:`ippyo.ledger.comet.report.NetworkReport`."""


@dataclass(frozen=True, slots=True)
class NodeLine:
    """One operator's node. ``signed_at`` is in seconds since 1970; ``agrees`` is None with nothing to compare.

    ``kind`` is one of :class:`ippyo.ledger.comet.report.Deviation` while the node deviates. Why a node has stopped is
    for its operator: its words name parts of his machine.
    """

    name: str
    answers: bool
    height: int | None
    lag: int
    version: str
    signed_at: int | None
    agrees: bool | None
    kind: str
    stopped: bool

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> NodeLine:
        """Read one line of the comparison."""
        return cls(
            value["name"],
            value["answers"],
            value.get("height"),
            value["lag"],
            value.get("version", ""),
            value["signed_at"],
            value["agrees"],
            value["kind"],
            bool(value.get("failure")),
        )

    @property
    def state(self) -> str:
        """``deviates`` (red), ``silent``, ``stopped``, ``behind`` or ``good``."""
        if self.agrees is False:
            return "deviates"
        if not self.answers:
            return "silent"
        if self.stopped:
            return "stopped"
        return "behind" if self.lag > 1 else "good"


@dataclass(frozen=True, slots=True)
class NodesReport:
    """All nodes; ``value`` is the comparison as JSON for machines.

    ``goes_on`` tells whether so many run and agree that blocks can be made. ``caught`` are the validators of whom there
    is evidence that they signed two different things at one height.
    """

    lines: tuple[NodeLine, ...]
    goes_on: bool
    caught: tuple[str, ...]
    value: Mapping[str, Any]


class Nodes:
    """Asks (``ask``; None where one process is the whole ledger), and remembers the answer for a while."""

    def __init__(self, ask: Ask | None, *, kept: float = KEPT_SECONDS) -> None:
        self._ask = ask
        self._kept = kept
        self._lock = threading.Lock()
        self._report: NodesReport | None = None
        self._asked_at = -kept

    def report(self) -> NodesReport | None:
        """Return the newest comparison; None where there are no several nodes, or none could be made yet."""
        if self._ask is None:
            return None
        # One thread asks, which may take long; the others show what was known before, at first nothing.
        if self._lock.acquire(blocking=False):
            try:
                if time.monotonic() - self._asked_at >= self._kept:
                    self._report = self._fresh(self._ask) or self._report
                    self._asked_at = time.monotonic()
            finally:
                self._lock.release()
        return self._report

    @staticmethod
    def _fresh(ask: Ask) -> NodesReport | None:
        try:
            value = loads(ask(), what="comparison of nodes", limit=REPORT_LIMIT)
            lines = tuple(NodeLine.from_value(line) for line in value["operators"])
            caught = dict.fromkeys(one["validator"] for one in value["evidence"])
            return NodesReport(lines, value["goes_on"], tuple(caught), value)
        except (IppyoError, KeyError, TypeError):
            return None
