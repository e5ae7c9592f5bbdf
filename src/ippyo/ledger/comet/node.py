"""One operator's node at work: the application, its front for others, and CometBFT under supervision.

When a block cannot be executed or written the whole node ends: to go on would be to guess, and whoever supervises this
process starts it again. When the others have decided what does not follow from this node's state, only CometBFT stops:
the front goes on to tell how the node stands, so that everybody sees it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.application import Application, NodeKeys
from ippyo.ledger.comet.home import NodeHome
from ippyo.ledger.comet.node_ledger import SLOTS, NodeLedger
from ippyo.ledger.comet.prechecks import Prechecks
from ippyo.ledger.comet.remembering import RememberingStore
from ippyo.ledger.comet.rpc import CometRpc
from ippyo.ledger.comet.server import AbciServer
from ippyo.ledger.comet.supervisor import Supervisor
from ippyo.ledger.comet.tether import tether_this_process
from ippyo.ledger.database import Database
from ippyo.ledger.documents import read_documents
from ippyo.ledger.http import LedgerApp
from ippyo.ledger.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["NodeOptions", "Serve", "run_node"]

SOCKET = "app.sock"
_FRONT_THREADS = SLOTS + 16


class Serve(Protocol):
    """Puts a WSGI application on a line: :func:`ippyo.sites.serving.served`, which this room may not import."""

    def __call__(self, app: WSGIApplication, *, host: str, port: int, threads: int) -> AbstractContextManager[str]:
        """Serve ``app`` while the context lasts, which yields the origin."""
        ...


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """``program`` is CometBFT's; ``serve`` serves the front; ``workers`` processes check proofs, 0 checks them here.

    ``application`` is the class to run: only tests, which play attacked nodes, have another.
    """

    program: Path
    serve: Serve
    workers: int = 1
    application: type[Application] = Application


def run_node(home: NodeHome, options: NodeOptions, ready: Callable[[str], None] = lambda _: None) -> None:
    """Run a node until SIGTERM or SIGINT; ``ready`` gets the front's origin when it listens.

    Raises :class:`InputError` when it cannot start, and whatever made executing or writing a block impossible.
    """
    if sys.flags.optimize:
        raise InputError("python -O leaves out assertions that nodes rely on; start the node without it")
    poll, documents = read_documents(home.poll)
    if poll.genesis.ledger.engine != "comet":
        raise InputError("this poll's ledger runs another engine than comet; use: ippyo ledger serve")
    facts, own = LedgerFacts.of(poll.genesis), home.operator_key()
    observer = own.verifier not in facts.witnesses
    validators = [key.public for key in facts.witnesses[: len(poll.genesis.ledger.operators)]]
    with ExitStack() as stack:
        database = stack.enter_context(Database(home.database))
        prechecks = stack.enter_context(_prechecks(poll, options.workers))
        application = options.application(
            database,
            facts,
            NodeKeys(home.log_key(), None if observer else own),
            Contract(poll, RememberingStore(SqliteStore(database)), prechecks.results),
            validators,
            documents=documents,
        )
        asyncio.run(_run(home, options, application, AbciServer(application, prechecks), database, ready))


@contextmanager
def _prechecks(poll: Poll, workers: int) -> Iterator[Prechecks]:
    if not workers:
        yield Prechecks(poll)
        return
    # "spawn" starts clean: no database of this process is copied into the workers.
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=tether_this_process, initargs=(os.getpid(),)
    )
    try:
        yield Prechecks(poll, pool, workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


async def _run(
    home: NodeHome,
    options: NodeOptions,
    application: Application,
    server: AbciServer,
    database: Database,
    ready: Callable[[str], None],
) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, server.stop)
    settings = home.settings()
    supervisor = Supervisor([str(options.program), "start", "--home", "comet"], home.folder)
    rpc = CometRpc(settings.rpc)
    ledger = NodeLedger(
        home.operator().name, application, database, rpc, loop, server.check_ahead, lambda: supervisor.failure
    )
    application.on_commit = ledger.committed
    front = ExitStack()
    host, port = _host_and_port(settings.front)
    app = LedgerApp(ledger, node=ledger)
    origin = front.enter_context(options.serve(app, host=host, port=port, threads=_FRONT_THREADS))
    supervision: asyncio.Task[None] | None = None

    def listening() -> None:
        nonlocal supervision
        supervision = loop.create_task(supervisor.run())
        ready(origin)

    try:
        await server.run(home.folder / SOCKET, listening)
    finally:
        if supervision is not None:
            supervision.cancel()
            with suppress(asyncio.CancelledError):
                await supervision
        ledger.close()
        # Requests on their way still ask this loop.
        await asyncio.to_thread(front.close)


def _host_and_port(front: str) -> tuple[str, int]:
    host, _, port = front.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise InputError(f"the front's address {front!r} is not of the form HOST:PORT")
    return host.strip("[]"), int(port)
