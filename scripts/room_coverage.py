"""A pytest plugin: how much of each room's branches the tests took, and a failed run where that is too little.

Loaded by `make coverage` with `-p scripts.room_coverage`, beside pytest-cov, whose JSON report it reads when the tests
have ended and before the summary, so that one run is both the tests and the judgement.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LEAST = 95.0
"""Per cent of the branches of each guarded room."""

GUARDED = ("crypto", "ballot", "contract", "audit")
"""The rooms on which a result's correctness rests."""

REPORT = Path(".coverage.json")
PACKAGE = Path("src", "ippyo")


@dataclass(frozen=True, slots=True)
class RoomCoverage:
    """What the tests took of one room."""

    room: str
    branches: int
    taken: int
    guarded: bool

    @property
    def percent(self) -> float:
        """Branches taken, in per cent; a room without a branch is taken whole."""
        return 100.0 * self.taken / self.branches if self.branches else 100.0

    @property
    def enough(self) -> bool:
        """Whether the room may stay as it is."""
        return not self.guarded or self.percent >= LEAST

    def line(self) -> str:
        """Return the room's row of the table."""
        verdict = "" if self.enough else f"  below {LEAST:.0f} %"
        return f"{self.room:<12}{self.taken:>7} of {self.branches:>6} branches{self.percent:>8.1f} %{verdict}"


def rooms(report: dict[str, Any]) -> list[RoomCoverage]:
    """Add up a coverage.py JSON report (`files` → path → `summary`) by room, in alphabetical order.

    A guarded room that the report does not name, and a file without counts (as coverage.py writes when no line at all
    was run), count as one branch, not taken: no measurement is no pass.
    """
    sums: dict[str, tuple[int, int]] = {}
    for path, entry in report["files"].items():
        inside = Path(path).relative_to(PACKAGE).parts
        room = inside[0] if len(inside) > 1 else "(house)"
        branches, taken = sums.get(room, (0, 0))
        summary = entry["summary"]
        sums[room] = (branches + summary.get("num_branches", 1), taken + summary.get("covered_branches", 0))
    for room in GUARDED:
        sums.setdefault(room, (1, 0))
    return [RoomCoverage(room, *sums[room], guarded=room in GUARDED) for room in sorted(sums)]


def _measured() -> list[RoomCoverage]:
    """Return the report of the run that has just ended; without one, every guarded room is short."""
    report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {"files": {}}
    return rooms(report)


def pytest_configure(config: pytest.Config) -> None:
    """Forget the report of an earlier run: it must not be judged in place of one that could not be written."""
    if not hasattr(config, "workerinput"):
        REPORT.unlink(missing_ok=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that passed but left a guarded room short."""
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and exitstatus == pytest.ExitCode.OK and not all(room.enough for room in _measured()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table above the closing lines."""
    terminalreporter.section("branches taken, by room")
    for room in _measured():
        terminalreporter.line(room.line(), red=not room.enough)
