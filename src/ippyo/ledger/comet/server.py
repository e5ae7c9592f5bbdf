"""The ABCI server: CometBFT's four connections over a unix socket, each answered strictly in order (docs/nodes.md §2).

One event loop serves them all, so that the application is never entered twice. Checking proofs is awaited, in worker
processes: meanwhile the loop goes on with what decides on blocks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from google.protobuf.message import DecodeError

from ippyo import __version__
from ippyo.contract.interface import Verdict
from ippyo.errors import InputError, IppyoError
from ippyo.ledger.comet import abci_pb2 as abci
from ippyo.ledger.comet.application import Application, text_of
from ippyo.ledger.comet.frames import FrameError, frame, read_frame
from ippyo.ledger.comet.prechecks import Prechecks
from ippyo.ledger.comet.report import Evidence

__all__ = ["APP_VERSION", "AbciServer"]

APP_VERSION = 1
ACCEPT, REJECT = 1, 2
REFUSE_SNAPSHOT = 3
RECHECK = 1
REFUSED = 1
_LOG_BYTES = 200
_READ_AHEAD = 64
"""Requests of one connection that are read before those ahead of them are answered."""

log = logging.getLogger(__name__)


class AbciServer:
    """Serves one application. When executing a block fails, the node must stop: ``fatal`` is set, and the loop ends."""

    def __init__(self, application: Application, prechecks: Prechecks) -> None:
        self._application = application
        self._prechecks = prechecks
        self._decided: list[str] = []
        self._connections: set[asyncio.StreamWriter] = set()
        self._stopped = asyncio.Event()
        self.fatal: BaseException | None = None

    async def run(self, path: Path, ready: Callable[[], None] = lambda: None) -> None:
        """Listen on the unix socket ``path`` until :meth:`stop`, or until a block cannot be executed.

        Raises what made it impossible to go on.
        """
        with suppress(FileNotFoundError):
            path.unlink()
        server = await asyncio.start_unix_server(self._serve, path)
        path.chmod(0o600)
        async with server:
            ready()
            await self._stopped.wait()
        for writer in list(self._connections):
            writer.close()
        if self.fatal is not None:
            raise self.fatal

    def stop(self) -> None:
        """Let :meth:`run` end."""
        self._stopped.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        requests: asyncio.Queue[abci.Request | None] = asyncio.Queue(_READ_AHEAD)
        reading = asyncio.create_task(self._read(reader, requests))
        try:
            while (request := await requests.get()) is not None:
                answer = await self.answer(request)
                writer.write(frame(answer.SerializeToString()))
                # CometBFT sends a flush after what it waits for; answers before that may be gathered.
                if answer.HasField("flush"):
                    await writer.drain()
            await reading
        except (FrameError, DecodeError, ConnectionError) as error:
            log.warning("a connection from CometBFT was closed: %s", error)
        except asyncio.CancelledError:
            # At the end of run() this is how a connection ends.
            if not self._stopped.is_set():
                raise
        except BaseException as error:
            # To go on after a block that cannot be executed would be to guess; CometBFT stops when we do.
            log.critical("the node stops: %s", error if isinstance(error, IppyoError) else type(error).__name__)
            self.fatal = error
            self.stop()
        finally:
            reading.cancel()
            self._connections.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, requests: asyncio.Queue[abci.Request | None]) -> None:
        """Read ahead of the answers, so that proofs of many arrivals are checked at once."""
        checks: set[asyncio.Task[None]] = set()
        try:
            while (message := await read_frame(reader)) is not None:
                request = abci.Request.FromString(message)
                arrival = request.WhichOneof("value") == "check_tx" and request.check_tx.type != RECHECK
                if arrival and (new := self._new([request.check_tx.tx])):
                    check = asyncio.create_task(self._prechecks.prepare(new))
                    checks.add(check)
                    check.add_done_callback(checks.discard)
                    # Whoever answers this request asks again, and meets the same error.
                    check.add_done_callback(lambda done: done.cancelled() or done.exception())
                await requests.put(request)
        except Exception:
            await requests.put(None)
            raise
        await requests.put(None)

    async def answer(self, request: abci.Request) -> abci.Response:
        """Answer one request."""
        kind = request.WhichOneof("value")
        match kind:
            case "echo":
                return abci.Response(echo=abci.Echo(message=request.echo.message))
            case "flush":
                return abci.Response(flush=abci.Flush())
            case "info":
                return abci.Response(info=self._info())
            case "init_chain":
                return abci.Response(init_chain=self._init_chain(request.init_chain))
            case "check_tx":
                return abci.Response(check_tx=await self._check(request.check_tx))
            case "prepare_proposal":
                return abci.Response(prepare_proposal=await self._prepare(request.prepare_proposal))
            case "process_proposal":
                return abci.Response(process_proposal=await self._process(request.process_proposal))
            case "finalize_block":
                return abci.Response(finalize_block=await self._finalize(request.finalize_block))
            case "commit":
                self._application.commit()
                self._prechecks.forget(self._decided)
                return abci.Response(commit=abci.ResponseCommit())
            case "query":
                return abci.Response(query=self._query(request.query))
            case "extend_vote":
                return abci.Response(extend_vote=abci.ResponseExtendVote())
            case "verify_vote_extension":
                return abci.Response(verify_vote_extension=abci.ResponseChoice(value=ACCEPT))
            case "list_snapshots":
                return abci.Response(list_snapshots=abci.ResponseListSnapshots())
            case "offer_snapshot":
                return abci.Response(offer_snapshot=abci.ResponseChoice(value=REFUSE_SNAPSHOT))
            case "load_snapshot_chunk":
                return abci.Response(load_snapshot_chunk=abci.ResponseLoadSnapshotChunk())
            case "apply_snapshot_chunk":
                return abci.Response(apply_snapshot_chunk=abci.ResponseChoice(value=REFUSE_SNAPSHOT))
            case _:
                return abci.Response(exception=abci.ResponseException(error=b"this request is not known here"))

    def _info(self) -> abci.ResponseInfo:
        height = self._application.height
        return abci.ResponseInfo(
            data=b"ippyo",
            version=__version__.encode(),
            app_version=APP_VERSION,
            last_block_height=height,
            # Before the first Commit CometBFT expects height 0, and asks for the app hash by InitChain.
            last_block_app_hash=self._application.app_hash if height else b"",
        )

    def _init_chain(self, request: abci.RequestInitChain) -> abci.ResponseInitChain:
        validators = [(bytes(one.pub_key.ed25519), one.power) for one in request.validators]
        chain = request.chain_id.decode("utf-8", "replace")
        return abci.ResponseInitChain(app_hash=self._application.init_chain(chain, validators))

    async def _check(self, request: abci.RequestCheckTx) -> abci.ResponseCheckTx:
        new = self._new([request.tx])
        if request.type == RECHECK:
            # Only the state may have changed. What is no longer remembered is judged again when it is proposed.
            if not all(map(self._prechecks.knows, new)):
                return abci.ResponseCheckTx()
        else:
            await self._prechecks.prepare(new)
        verdict = self._application.check(request.tx)
        return abci.ResponseCheckTx(code=_code(verdict), log=_log(verdict))

    async def check_ahead(self, text: str) -> None:
        """Have the proofs of ``text`` checked, unless it is committed."""
        await self._prechecks.prepare(self._new([text.encode()]))

    async def _prepare(self, request: abci.RequestPrepareProposal) -> abci.ResponsePrepareProposal:
        await self._prechecks.prepare(self._new(request.txs), urgent=True)
        txs = self._application.propose(_milliseconds(request.time), list(request.txs), request.max_tx_bytes)
        return abci.ResponsePrepareProposal(txs=txs)

    async def _process(self, request: abci.RequestProposedBlock) -> abci.ResponseChoice:
        await self._prechecks.prepare(self._new(request.txs), urgent=True)
        good = self._application.acceptable(_milliseconds(request.time), list(request.txs))
        if not good:
            log.warning("the proposal of %s for block %d was refused", request.proposer_address.hex(), request.height)
        return abci.ResponseChoice(value=ACCEPT if good else REJECT)

    async def _finalize(self, request: abci.RequestProposedBlock) -> abci.ResponseFinalizeBlock:
        self._decided = self._new(request.txs)
        await self._prechecks.prepare(self._decided, urgent=True)
        evidence = [Evidence(one.type, one.validator.address.hex(), one.height) for one in request.misbehavior]
        for one in evidence:
            log.error("validator %s signed two blocks of height %d", one.validator, one.height)
        verdicts, app_hash = self._application.finalize(
            request.height, _milliseconds(request.time), list(request.txs), evidence
        )
        # Codes enter what CometBFT hashes, and so must be the same everywhere: 0 or 1. The words are for people.
        results = [abci.ExecTxResult(code=_code(verdict), log=_log(verdict)) for verdict in verdicts]
        return abci.ResponseFinalizeBlock(tx_results=results, app_hash=app_hash)

    def _new(self, txs: Iterable[bytes]) -> list[str]:
        """Return those of ``txs`` that are text and not committed yet: whoever repeats one makes nobody check it."""
        texts = [text for text in map(text_of, txs) if text is not None]
        return [text for text in texts if self._prechecks.knows(text) or not self._application.holds(text)]

    def _query(self, request: abci.RequestQuery) -> abci.ResponseQuery:
        height = self._application.height
        try:
            value = self._application.query(request.path.decode().lstrip("/"), request.data.decode())
        except (InputError, UnicodeDecodeError) as error:
            words = str(error) if isinstance(error, InputError) else "not UTF-8 text"
            return abci.ResponseQuery(code=REFUSED, log=words.encode()[:_LOG_BYTES], height=height)
        return abci.ResponseQuery(value=value.encode(), height=height)


def _milliseconds(time: abci.Timestamp) -> int:
    return time.seconds * 1000 + time.nanos // 1_000_000


def _code(verdict: Verdict) -> int:
    return 0 if verdict.accepted else REFUSED


def _log(verdict: Verdict) -> bytes:
    return f"{verdict.code}: {verdict.detail}".encode()[:_LOG_BYTES] if verdict.code else b""
