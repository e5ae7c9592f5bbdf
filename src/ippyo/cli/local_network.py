"""Several nodes on this computer, each with its own processes: for the demonstration, the bench and tests.

A real poll has them at different organisations. Here they share the machine, and only that differs: each is run by
``ippyo node run`` in a folder of its own.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.home import NodeHome, NodeSettings, Operator, quorum_of
from ippyo.ledger.http import LedgerClient
from ippyo.ledger.notes import SigningKey

__all__ = ["LocalNetwork", "LocalNode", "free_ports", "run_command"]

START_SECONDS = 60
STOP_SECONDS = 30
_LOG_TAIL = 2000

Command = Callable[[Path], Sequence[str]]


def run_command(home: Path) -> list[str]:
    """Return the command that runs the node in ``home``."""
    return [sys.executable, "-m", "ippyo", "node", "run", str(home), "--workers", "1"]


@dataclass
class LocalNode:
    """One node; ``process`` is that of ``ippyo node run``, None while it is stopped."""

    home: NodeHome
    operator: Operator
    settings: NodeSettings
    process: subprocess.Popen[str] | None = None
    command: Command = field(default=run_command)

    @property
    def origin(self) -> str:
        """The address of its front."""
        return f"http://{self.settings.front}"

    def begin(self) -> None:
        """Start the process, without waiting for it."""
        with (self.home.folder / "node.log").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                self.command(self.home.folder), stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )

    def started(self) -> None:
        """Wait until the front answers. Raises :class:`InputError` if the node ends instead."""
        assert self.process is not None
        assert self.process.stdout is not None
        if not self.process.stdout.readline():
            raise InputError(f"the node {self.operator.name} did not start: {self.log()}")

    def start(self) -> None:
        """Start the process and wait until the front answers."""
        self.begin()
        self.started()

    def log(self) -> str:
        """Return the last words of the node."""
        return (self.home.folder / "node.log").read_text(encoding="utf-8")[-_LOG_TAIL:].strip()

    def stop(self) -> None:
        """Stop it as an operator would."""
        self._end(lambda process: process.terminate())

    def kill(self) -> None:
        """Let it die in the middle of whatever it does."""
        self._end(lambda process: process.kill())

    def _end(self, how: Callable[[subprocess.Popen[str]], None]) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            how(process)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


class LocalNetwork:
    """``number`` operators in ``folder``. Make it, put :attr:`operators` into genesis, then :meth:`start`."""

    def __init__(self, folder: Path, number: int, *, commit_ms: int = 300) -> None:
        """Make the operators' keys, and choose free ports."""
        ports = iter(free_ports(3 * number))
        self.nodes: list[LocalNode] = []
        for index in range(1, number + 1):
            front, p2p, rpc = (f"127.0.0.1:{next(ports)}" for _ in range(3))
            home = NodeHome(folder / f"node-{index}")
            operator = home.make_keys(f"operator-{index}", p2p)
            settings = NodeSettings(front, p2p, rpc, commit_ms=commit_ms, same_machine=True)
            self.nodes.append(LocalNode(home, operator, settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, traceback: TracebackType | None) -> None:
        self.stop()

    @property
    def operators(self) -> list[Operator]:
        """The operators, in the order that genesis names them."""
        return [node.operator for node in self.nodes]

    @property
    def quorum(self) -> int:
        """The smallest quorum."""
        return quorum_of(len(self.nodes))

    def join(self, poll: Poll, documents: Mapping[str, str], log_key: SigningKey) -> None:
        """Make all nodes ready to run for ``poll``."""
        for node in self.nodes:
            node.home.write_network(poll.fingerprint, self.operators, documents, log_key, node.settings)

    def start(self) -> None:
        """Start all nodes, and wait until their fronts answer."""
        for node in self.nodes:
            node.begin()
        for node in self.nodes:
            node.started()

    def stop(self) -> None:
        """Stop all nodes."""
        running = [node.process for node in self.nodes if node.process is not None]
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        for node in self.nodes:
            node.stop()

    def fronts(self, facts: LedgerFacts) -> list[LedgerClient]:
        """Return a client of each node's front."""
        return [LedgerClient([node.origin], facts.poll, attempts=1) for node in self.nodes]


def free_ports(number: int) -> list[int]:
    """Return ports that nobody listens at."""
    with ExitStack() as stack:
        # All at once, so that none is handed out twice.
        held = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [int(one.getsockname()[1]) for one in held]
