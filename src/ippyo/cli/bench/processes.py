"""What a node's processes cost, as Linux tells in ``/proc``; elsewhere nothing is known, and all of it is zero."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

__all__ = ["Cost", "NodeCosts"]

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time so far, in seconds, and memory, in bytes: what is shared counts in parts (PSS)."""

    cpu: float = 0.0
    memory: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.memory + other.memory)

    @classmethod
    def of(cls, process: int) -> Cost:
        """Return the cost of one process, nothing when it has ended."""
        try:
            fields = _stat(process)
            lines = (_PROC / str(process) / "smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            return cls()
        kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        return cls((int(fields[11]) + int(fields[12])) / _TICK, kilobytes << 10)


@dataclass(frozen=True, slots=True)
class NodeCosts:
    """The costs of nodes by what their processes do: run the application, check proofs, run CometBFT."""

    app: Cost
    checks: Cost
    comet: Cost

    @classmethod
    def of(cls, nodes: Iterable[int]) -> Self:
        """Return the costs of the nodes whose ``ippyo node run`` are these processes."""
        app = checks = comet = Cost()
        for node in nodes:
            app += Cost.of(node)
            for child in _children(node):
                if _name(child) == "cometbft":
                    comet += Cost.of(child)
                else:
                    checks += Cost.of(child)
        return cls(app, checks, comet)


def _stat(process: int) -> list[str]:
    """Return the fields of the process behind its name, which may hold anything."""
    return (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _name(process: int) -> str:
    try:
        return (_PROC / str(process) / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _children(parent: int) -> list[int]:
    found = []
    for folder in _PROC.glob("[0-9]*"):
        try:
            if int(_stat(int(folder.name))[1]) == parent:
                found.append(int(folder.name))
        except OSError:
            continue
    return found
