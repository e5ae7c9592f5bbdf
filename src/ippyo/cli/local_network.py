"""Several nodes on this computer, each with its own processes: for the demonstration, the bench and tests.

A real poll has them at different organisations. Here they share the machine, and only that differs: each is run by
``ippyo node run`` in a folder of its own.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from ippyo.cli.children import answers, begin, end, ippyo_command, last_words, lent_ports
from ippyo.contract.genesis import LedgerKeys
from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.home import NodeHome, NodeSettings, Operator, quorum_of
from ippyo.ledger.http import LedgerClient
from ippyo.ledger.notes import SigningKey

__all__ = ["LocalNetwork", "LocalNode", "run_command"]

COMMIT_MS = 300
"""Nodes that share a machine need not wait so long for the votes of the last."""

Command = Callable[[Path], Sequence[str]]


def run_command(home: Path) -> list[str]:
    """Return the command that runs the node in ``home``."""
    return ippyo_command("node", "run", home, "--workers", "1")


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
        self.process = begin(self.command(self.home.folder), self.home.folder / "node.log")

    def started(self) -> None:
        """Wait until the front answers. Raises :class:`InputError` if the node ends instead."""
        assert self.process is not None
        if not answers(self.process):
            raise InputError(f"the node {self.operator.name} did not start: {self.log()}")

    def start(self) -> None:
        """Start the process and wait until the front answers."""
        self.begin()
        self.started()

    def log(self) -> str:
        """Return the last words of the node."""
        return last_words(self.home.folder / "node.log")

    def stop(self) -> None:
        """Stop it as an operator would."""
        end(self.let_go())

    def kill(self) -> None:
        """Let it die in the middle of whatever it does."""
        end(self.let_go(), kill=True)

    def let_go(self) -> list[subprocess.Popen[str]]:
        """Let go of the process, if there is one, and return it."""
        process, self.process = self.process, None
        return [] if process is None else [process]


class LocalNetwork:
    """``number`` operators in ``folder``. Make it, put :attr:`operators` into genesis, then :meth:`start`."""

    def __init__(self, folder: Path, number: int) -> None:
        """Make the operators' keys, and choose free ports."""
        self._stack = ExitStack()
        ports = iter(self._stack.enter_context(lent_ports(3 * number)))
        self.nodes: list[LocalNode] = []
        for index in range(1, number + 1):
            front, p2p, rpc = (f"127.0.0.1:{next(ports)}" for _ in range(3))
            home = NodeHome(folder / f"node-{index}")
            operator = home.make_keys(f"operator-{index}", p2p)
            settings = NodeSettings(front, p2p, rpc, commit_ms=COMMIT_MS, same_machine=True)
            self.nodes.append(LocalNode(home, operator, settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, traceback: TracebackType | None) -> None:
        self.stop()
        self._stack.close()

    @property
    def operators(self) -> list[Operator]:
        """The operators, in the order that genesis names them."""
        return [node.operator for node in self.nodes]

    def keys(self, log: SigningKey) -> LedgerKeys:
        """Return what genesis says of the ledger: all operators sign, and the smallest quorum is enough."""
        cosigners = tuple(operator.cosigner.to_text() for operator in self.operators)
        return LedgerKeys("comet", log.verifier.to_text(), cosigners, quorum_of(len(self.nodes)))

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
        end([process for node in self.nodes for process in node.let_go()])

    def fronts(self, facts: LedgerFacts) -> list[LedgerClient]:
        """Return a client of each node's front."""
        return [LedgerClient([node.origin], facts.poll, attempts=1) for node in self.nodes]
