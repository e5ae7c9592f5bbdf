"""One operator's node at work: the application, its front for others, and CometBFT under supervision.

CometBFT ends, with exit code 0, when the application's connection drops, and must be started again whenever it ends
while the application lives. When a block cannot be executed the whole node ends: to go on would be to guess.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

from cheroot.wsgi import Server

from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.files import read_limited
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.application import Application, NodeKeys
from ippyo.ledger.comet.home import NodeHome
from ippyo.ledger.comet.node_ledger import NodeLedger
from ippyo.ledger.comet.prechecks import Prechecks
from ippyo.ledger.comet.rpc import CometRpc
from ippyo.ledger.comet.server import AbciServer
from ippyo.ledger.database import Database
from ippyo.ledger.http import LedgerApp
from ippyo.ledger.sqlite_store import SqliteStore
from ippyo.poll.limits import GENESIS_LIMIT, MANIFEST_LIMIT

__all__ = ["NodeOptions", "operators_of", "read_poll", "run_node"]

SOCKET = "app.sock"
_RESTART_SECONDS = 1.0
_STOP_SECONDS = 10.0
_FRONT_THREADS = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """``front`` is the (host, port) of the node's own HTTP front (port 0: any), ``rpc`` the address of CometBFT's RPC.

    ``workers`` processes check proofs; 0 checks them in this one.
    """

    program: Path
    rpc: str
    front: tuple[str, int] = ("127.0.0.1", 0)
    workers: int = 1


def read_poll(home: NodeHome) -> Poll:
    """Return the poll whose texts are in the node's home. Raises :class:`InputError` and what the texts raise."""

    def text(name: str, limit: int) -> str:
        raw = read_limited(home.poll / name, limit + 1, name)
        return raw.decode("utf-8", "replace").removesuffix("\n")

    return Poll.from_texts(
        text("manifest.json", MANIFEST_LIMIT), text("genesis.json", GENESIS_LIMIT), text("trustees.json", GENESIS_LIMIT)
    )


def operators_of(facts: LedgerFacts) -> list[bytes]:
    """Return the validators' keys that genesis names, in its order."""
    return [key.public for key in facts.witnesses if key.name.startswith("ippyo.node/")]


def run_node(home: NodeHome, options: NodeOptions, ready: Callable[[int], None] = lambda _: None) -> None:
    """Run a node until SIGTERM or SIGINT; ``ready`` gets the front's port when it listens.

    Raises :class:`InputError` when it cannot start, and whatever made executing a block impossible.
    """
    if sys.flags.optimize:
        raise InputError("python -O leaves out assertions that nodes rely on; start the node without it")
    poll = read_poll(home)
    keys = poll.genesis.ledger
    if keys.engine != "comet":
        raise InputError(f"this poll's ledger runs the {keys.engine} engine, not comet")
    facts = LedgerFacts.from_texts(poll.fingerprint, keys.log, keys.witnesses, keys.quorum)
    with ExitStack() as stack:
        database = stack.enter_context(Database(home.database))
        pool = None
        if options.workers:
            # "spawn" starts clean: no database of this process is copied into the workers.
            pool = ProcessPoolExecutor(options.workers, mp_context=get_context("spawn"))
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        prechecks = Prechecks(poll, pool)
        contract = Contract(poll, SqliteStore(database), prechecks.results)
        application = Application(
            database, facts, NodeKeys(home.log_key(), home.operator_key()), contract, operators_of(facts)
        )
        asyncio.run(_run(home, options, application, AbciServer(application, prechecks), database, facts, ready))


async def _run(
    home: NodeHome,
    options: NodeOptions,
    application: Application,
    server: AbciServer,
    database: Database,
    facts: LedgerFacts,
    ready: Callable[[int], None],
) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, server.stop)
    ledger = NodeLedger(facts, application, database, CometRpc(options.rpc), loop)
    application.on_commit = ledger.committed
    front = Server(options.front, LedgerApp(ledger), numthreads=_FRONT_THREADS)
    front.prepare()
    Thread(target=front.serve, name="ippyo-front", daemon=True).start()
    supervision: asyncio.Task[None] | None = None

    def listening() -> None:
        nonlocal supervision
        supervision = loop.create_task(_supervise(home, options))
        ready(int(front.bind_addr[1]))

    try:
        await server.run(home.folder / SOCKET, listening)
    finally:
        if supervision is not None:
            supervision.cancel()
            with suppress(asyncio.CancelledError):
                await supervision
        await asyncio.to_thread(front.stop)
        ledger.close()


async def _supervise(home: NodeHome, options: NodeOptions) -> None:
    """Keep CometBFT running, and stop it in the end."""
    while True:
        with (home.folder / "comet.log").open("ab") as output:
            started = time.monotonic()
            # Paths in its configuration are relative to the home.
            process = await asyncio.create_subprocess_exec(
                str(options.program),
                "start",
                "--home",
                "comet",
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=home.folder,
            )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _stop(process)
            raise
        log.warning("CometBFT ended with code %s; it is started again", code)
        await asyncio.sleep(max(0.0, _RESTART_SECONDS - (time.monotonic() - started)) + _RESTART_SECONDS)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
