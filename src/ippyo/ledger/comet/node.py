"""One operator's node at work: the application, its front for others, and CometBFT under supervision.

When a block cannot be executed or written the whole node ends: to go on would be to guess, and whoever supervises this
process starts it again. When the others have decided what does not follow from this node's state, only CometBFT stops:
the front goes on to tell how the node stands, so that everybody sees it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

from cheroot.wsgi import Server

from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.files import read_limited, reason
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
from ippyo.ledger.http import LedgerApp
from ippyo.ledger.record_layout import DOCUMENT_FILES, DOCUMENT_LIMIT
from ippyo.ledger.sqlite_store import SqliteStore

__all__ = ["NodeOptions", "operators_of", "read_documents", "run_node"]

SOCKET = "app.sock"
_FRONT_THREADS = SLOTS + 16
_BODY_LIMIT = 8 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """``program`` is CometBFT's; ``workers`` processes check proofs, 0 checks them in this one.

    ``application`` is the class to run: only tests, which play attacked nodes, have another.
    """

    program: Path
    workers: int = 1
    application: type[Application] = Application


def read_documents(home: NodeHome) -> dict[str, str]:
    """Return the poll's texts in the node's home by file name. Raises :class:`InputError`."""
    return {
        name: read_limited(home.poll / name, DOCUMENT_LIMIT, "file of the poll").decode("utf-8").removesuffix("\n")
        for name in DOCUMENT_FILES
    }


def operators_of(poll: Poll) -> list[bytes]:
    """Return the validators' keys that genesis names, in its order."""
    keys = poll.genesis.ledger
    facts = _facts(poll)
    return [key.public for key in facts.witnesses[: len(keys.operators)]]


def _facts(poll: Poll) -> LedgerFacts:
    keys = poll.genesis.ledger
    return LedgerFacts.from_texts(poll.fingerprint, keys.log, keys.witnesses, keys.quorum)


def run_node(home: NodeHome, options: NodeOptions, ready: Callable[[int], None] = lambda _: None) -> None:
    """Run a node until SIGTERM or SIGINT; ``ready`` gets the front's port when it listens.

    Raises :class:`InputError` when it cannot start, and whatever made executing or writing a block impossible.
    """
    if sys.flags.optimize:
        raise InputError("python -O leaves out assertions that nodes rely on; start the node without it")
    documents = read_documents(home)
    poll = Poll.from_texts(*(documents[name] for name in ("manifest.json", "genesis.json", "trustees.json")))
    if poll.genesis.ledger.engine != "comet":
        raise InputError("this poll's ledger runs another engine than comet; use: ippyo ledger serve")
    own = home.operator_key()
    observer = own.verifier not in _facts(poll).witnesses
    with ExitStack() as stack:
        database = stack.enter_context(Database(home.database))
        prechecks = stack.enter_context(_prechecks(poll, options.workers))
        application = options.application(
            database,
            _facts(poll),
            NodeKeys(home.log_key(), None if observer else own),
            Contract(poll, RememberingStore(SqliteStore(database)), prechecks.results),
            operators_of(poll),
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
    ready: Callable[[int], None],
) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, server.stop)
    settings = home.settings()
    supervisor = Supervisor([str(options.program), "start", "--home", "comet"], home.folder)
    rpc = CometRpc(settings.rpc)
    ledger = NodeLedger(home.operator().name, application, database, rpc, loop, lambda: supervisor.failure)
    application.on_commit = ledger.committed
    front = _front(settings.front, LedgerApp(ledger, node=ledger))
    supervision: asyncio.Task[None] | None = None

    def listening() -> None:
        nonlocal supervision
        supervision = loop.create_task(supervisor.run())
        ready(int(front.bind_addr[1]))

    try:
        await server.run(home.folder / SOCKET, listening)
    finally:
        if supervision is not None:
            supervision.cancel()
            with suppress(asyncio.CancelledError):
                await supervision
        ledger.close()
        await asyncio.to_thread(front.stop)


class _QuietServer(Server):
    """A server that writes down nobody's requests."""

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Name the kind of a failure."""
        kind = sys.exc_info()[0] if traceback else None
        if kind is not None:
            log.error("a request failed: %s", kind.__name__)


def _front(address: str, app: LedgerApp) -> Server:
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        raise InputError(f"the front's address {address!r} is not of the form HOST:PORT")
    server = _QuietServer((host.strip("[]"), int(port)), app, numthreads=_FRONT_THREADS, server_name="ippyo")
    server.max_request_body_size = _BODY_LIMIT
    try:
        server.prepare()
    except OSError as error:
        raise InputError(f"cannot serve at {address}: {reason(error)}") from None
    Thread(target=server.serve, name="ippyo-front", daemon=True).start()
    return server
