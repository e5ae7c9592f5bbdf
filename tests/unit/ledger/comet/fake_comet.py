"""A scripted CometBFT, and a node for it to drive: the real protocol over a real socket, without the real program.

:class:`FakeComet` has a chain of its own, like the one on CometBFT's disk: it survives what the application does.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ippyo.contract.interface import StateMachine, Store, Verdict
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet import abci_pb2 as abci
from ippyo.ledger.comet.application import Application, NodeKeys, chain_id
from ippyo.ledger.comet.frames import frame
from ippyo.ledger.comet.node_ledger import NodeLedger
from ippyo.ledger.comet.rpc import CometStatus
from ippyo.ledger.comet.server import AbciServer
from ippyo.ledger.database import Database
from ippyo.ledger.sqlite_store import SqliteStore

BEGINNING = 1_800_000_000_000
WAIT = 60
"""Seconds for what must happen, however busy the computer is."""


class NoPrechecks:
    """What checks of proofs would be prepared: none."""

    async def prepare(self, texts: Sequence[str], *, urgent: bool = False) -> None:
        pass

    def knows(self, text: str) -> bool:
        return True

    def forget(self, texts: Iterable[str]) -> None:
        pass


class Node:
    """The application and its server in a thread of their own, over the file ``folder/ledger.db``."""

    def __init__(
        self,
        folder: Path,
        facts: LedgerFacts,
        keys: NodeKeys,
        machine: Callable[[Store], StateMachine],
        *,
        clock: Callable[[], float] = lambda: BEGINNING / 1000,
        prechecks: Any = None,
        application: type[Application] = Application,
    ) -> None:
        self.path = folder / "app.sock"
        self.database = Database(folder / "ledger.db")
        operators = [key.public for key in facts.witnesses if key.name.startswith("ippyo.node/")]
        self.application = application(
            self.database, facts, keys, machine(SqliteStore(self.database)), operators, clock=clock
        )
        self.server = AbciServer(self.application, cast(Any, prechecks or NoPrechecks()))
        self.ended: Future[None] = Future()
        ready: Future[asyncio.AbstractEventLoop] = Future()

        async def serve() -> None:
            loop = asyncio.get_running_loop()
            try:
                await self.server.run(self.path, lambda: ready.set_result(loop))
            finally:
                for task in asyncio.all_tasks() - {asyncio.current_task()}:
                    task.cancel()

        def run() -> None:
            try:
                asyncio.run(serve())
            except BaseException as error:
                self.ended.set_exception(error)
            else:
                self.ended.set_result(None)

        self._thread = threading.Thread(target=run, name="node")
        self._thread.start()
        self.loop = ready.result(WAIT)

    def stop(self) -> None:
        """Stop the server and close the file."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.server.stop)
        self._thread.join(WAIT)
        self.database.close()


@dataclass
class FakeBlock:
    height: int
    time: int
    txs: list[bytes]
    app_hash: bytes = b""


class Connection:
    """One of CometBFT's connections."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WAIT)
        self.socket.connect(str(path))
        self._rest = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def call(self, request: abci.Request) -> abci.Response:
        """Ask, flush, and return the answer."""
        flush = frame(abci.Request(flush=abci.Flush()).SerializeToString())
        self.send(frame(request.SerializeToString()) + flush)
        answer = self.read()
        assert self.read().WhichOneof("value") == "flush"
        return answer

    def read(self) -> abci.Response:
        """Return the next answer. Raises :class:`EOFError` when the other side has closed."""
        length = shift = 0
        while True:
            (byte,) = self._take(1)
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return abci.Response.FromString(self._take(length))

    def _take(self, count: int) -> bytes:
        while len(self._rest) < count:
            more = self.socket.recv(1 << 16)
            if not more:
                raise EOFError
            self._rest += more
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def close(self) -> None:
        self.socket.close()


class FakeComet:
    """CometBFT with one validator of those that ``facts`` name; blocks are made when they are asked for."""

    def __init__(self, facts: LedgerFacts) -> None:
        self.facts = facts
        self.chain: list[FakeBlock] = []
        self.mempool: list[bytes] = []
        self.time = BEGINNING
        self.max_bytes = 2 << 20
        self.finalize_calls = 1
        self._connections: dict[str, Connection] = {}

    def connect(self, path: Path) -> None:
        """Open the four connections and let the application catch up: the handshake."""
        self.disconnect()
        self._connections = {name: Connection(path) for name in ("consensus", "mempool", "query", "snapshot")}
        assert self.ask("query", abci.Request(echo=abci.Echo(message=b"hello"))).echo.message == b"hello"
        info = self.ask("query", abci.Request(info=abci.RequestInfo(version=b"0.38.23"))).info
        height = info.last_block_height
        assert height <= len(self.chain), "the application is ahead of CometBFT"
        if height == 0:
            self.init_chain()
        elif self.chain[height - 1].app_hash:
            assert info.last_block_app_hash == self.chain[height - 1].app_hash
        for block in self.chain[height:]:
            self.finalize(block)
            self.commit()

    def disconnect(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections = {}

    def ask(self, connection: str, request: abci.Request) -> abci.Response:
        return self._connections[connection].call(request)

    def init_chain(self, chain: str | None = None, power: int = 1) -> bytes:
        operators = [key.public for key in self.facts.witnesses if key.name.startswith("ippyo.node/")]
        request = abci.RequestInitChain(
            chain_id=(chain or chain_id(self.facts.poll)).encode(),
            validators=[abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=key), power=power) for key in operators],
        )
        return bytes(self.ask("consensus", abci.Request(init_chain=request)).init_chain.app_hash)

    # --- transactions and blocks

    def submit(self, tx: bytes) -> abci.ResponseCheckTx:
        """Do what broadcast_tx_sync does."""
        answer = self.ask("mempool", abci.Request(check_tx=abci.RequestCheckTx(tx=tx))).check_tx
        if answer.code == 0 and tx not in self.mempool:
            self.mempool.append(tx)
        return answer

    def propose(self) -> list[bytes]:
        request = abci.RequestPrepareProposal(
            max_tx_bytes=self.max_bytes, txs=self.mempool, height=len(self.chain) + 1, time=_timestamp(self.time)
        )
        return list(self.ask("consensus", abci.Request(prepare_proposal=request)).prepare_proposal.txs)

    def process(self, txs: Sequence[bytes]) -> bool:
        request = self._proposed(FakeBlock(len(self.chain) + 1, self.time, list(txs)))
        return self.ask("consensus", abci.Request(process_proposal=request)).process_proposal.value == 1

    def finalize(self, block: FakeBlock, misbehavior: Sequence[abci.Misbehavior] = ()) -> abci.ResponseFinalizeBlock:
        """Decide ``block``, as often as this one does."""
        request = self._proposed(block)
        request.misbehavior.extend(misbehavior)
        answers = [
            self.ask("consensus", abci.Request(finalize_block=request)).finalize_block
            for _ in range(self.finalize_calls)
        ]
        assert all(answer == answers[0] for answer in answers)
        block.app_hash = bytes(answers[0].app_hash)
        return answers[0]

    def commit(self) -> None:
        assert self.ask("consensus", abci.Request(commit=abci.RequestCommit())).WhichOneof("value") == "commit"

    def decide(self, txs: Sequence[bytes], misbehavior: Sequence[abci.Misbehavior] = ()) -> list[int]:
        """Put ``txs`` into a block whatever the application thinks of them; return the codes."""
        block = FakeBlock(len(self.chain) + 1, self.time, list(txs))
        # CometBFT has the block on its disk before it tells the application.
        self.chain.append(block)
        answer = self.finalize(block, misbehavior)
        self.commit()
        self.mempool = [tx for tx in self.mempool if tx not in txs]
        self.time += 1000
        return [result.code for result in answer.tx_results]

    def make_block(self) -> list[int]:
        """Let the application propose, judge and execute a block."""
        txs = self.propose()
        assert self.process(txs)
        return self.decide(txs)

    def _proposed(self, block: FakeBlock) -> abci.RequestProposedBlock:
        return abci.RequestProposedBlock(
            txs=block.txs, height=block.height, time=_timestamp(block.time), proposer_address=bytes(20)
        )


class FakeRpc:
    """The RPC of a :class:`FakeComet`, which makes a block of every transaction that it takes."""

    def __init__(self, comet: FakeComet) -> None:
        self._comet = comet
        self._lock = threading.Lock()
        self.catching_up = False

    def broadcast(self, tx: str) -> Verdict:
        with self._lock:
            answer = self._comet.submit(tx.encode())
            if answer.code:
                code, _, detail = answer.log.decode().partition(": ")
                return Verdict(code, detail)
            self._comet.make_block()
            return Verdict()

    def status(self) -> CometStatus:
        return CometStatus(self.catching_up, 3, "fake")


def _timestamp(time_ms: int) -> abci.Timestamp:
    return abci.Timestamp(seconds=time_ms // 1000, nanos=time_ms % 1000 * 1_000_000)


def ledger_of(node: Node, comet: FakeComet, name: str = "one", rpc: FakeRpc | None = None) -> NodeLedger:
    """Return the node as the rest of the program sees it."""
    server, its_rpc = node.server, cast(Any, rpc or FakeRpc(comet))
    ledger = NodeLedger(name, node.application, node.database, its_rpc, node.loop, server.check_ahead)
    node.application.on_commit = ledger.committed
    return ledger


def address(key: bytes) -> bytes:
    """Return CometBFT's address of a validator."""
    return hashlib.sha256(key).digest()[:20]
