"""How a figure is measured, and on what."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import ippyo

__all__ = ["METHOD", "Figure", "machine", "measure"]

METHOD = (
    "wall clock (perf_counter), one warm-up run, then runs until the time is up (3 at least); the figure is the "
    "median, in milliseconds"
)
LEAST_RUNS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """The median, fastest and slowest of ``runs`` runs, in milliseconds for each ``unit`` of work."""

    median: float
    fastest: float
    slowest: float
    runs: int

    def to_value(self) -> dict[str, float | int]:
        """Return the figure for ``--json``."""
        return {
            "median_ms": round(self.median, 3),
            "fastest_ms": round(self.fastest, 3),
            "slowest_ms": round(self.slowest, 3),
            "runs": self.runs,
        }


def measure(work: Callable[[], object], *, units: int, seconds: float) -> Figure:
    """Run ``work``, which does ``units`` pieces of work, again and again for about ``seconds``."""
    work()
    times: list[float] = []
    deadline = time.perf_counter() + seconds
    while len(times) < LEAST_RUNS or time.perf_counter() < deadline:
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000 / units)
    return Figure(statistics.median(times), min(times), max(times), len(times))


def machine() -> dict[str, object]:
    """Say what the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "ippyo": ippyo.__version__,
        "pynacl": version("pynacl"),
        "gmpy2": version("gmpy2"),
        "cryptography": version("cryptography"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
