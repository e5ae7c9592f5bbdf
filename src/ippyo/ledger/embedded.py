"""The embedded engine: one process orders, executes, signs and keeps the transactions (docs/protocol.md §11).

It is tamper-evident: whoever alters its past is caught by every receipt, checkpoint and witness. It is not fault
tolerant: when its machine stops, the poll waits; and its operator can delay a transaction, or not let it in.

Two faults of the machine are not its own to see. *The clock*: a block's time is the machine's, but never before the
block ahead; a clock that jumps forward cannot be told from a quiet night, and what was written with a time to come
stays (the poll may be over by it), so keep the clock right before the ledger starts. *A file restored from an old
copy* is a sound ledger, only shorter: the engine goes on with it, and the first witness that is asked to cosign
refuses, for it has seen more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Self

from ippyo.contract.interface import BlockContext, StateMachine, Store, Verdict
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError, InputError, IppyoError, RefusedError
from ippyo.ledger.blocks import BLOCK_LIMIT, LAST_TIME, Entry, SignedHeader
from ippyo.ledger.chain import Block, Chain, append_block, begin_chain, grow, next_header, put_checkpoint, put_cosigned
from ippyo.ledger.checkpoint import Checkpoint, LedgerFacts, SignedCheckpoint
from ippyo.ledger.database import Database
from ippyo.ledger.engine import Accepted, LedgerStatus, LedgerStoppedError, NotYetError
from ippyo.ledger.inbox import Inbox, Waiting
from ippyo.ledger.notes import SigningKey
from ippyo.ledger.own_file import OwnFile
from ippyo.ledger.receipt import Receipt
from ippyo.ledger.sqlite_store import SqliteStore
from ippyo.ledger.witness import CheckpointWitness, ask_witness

__all__ = ["BlockOutcome", "EmbeddedLedger", "system_clock"]

BLOCK_WAIT = 0.2
"""Seconds that the first transaction of a block waits for company."""


def system_clock() -> int:
    """Return the time in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class BlockOutcome:
    """What became of the transactions of one :meth:`EmbeddedLedger.append_block`, in their order.

    ``block`` is None if none was accepted, for there are no empty blocks.
    """

    verdicts: tuple[Verdict, ...]
    accepted: tuple[Accepted | None, ...]
    block: Block | None


class EmbeddedLedger(OwnFile):
    """The engine over one :class:`~ippyo.ledger.database.Database`. Use it in a ``with``, which starts and stops it.

    ``machine`` builds the rules over the store it is given; ``documents`` are the texts by file name that the record
    begins with. Without ``start()`` there is no thread, and :meth:`append_block` makes blocks when it is called.
    """

    def __init__(
        self,
        database: Database,
        facts: LedgerFacts,
        key: SigningKey,
        machine: Callable[[Store], StateMachine],
        *,
        documents: Mapping[str, str] | None = None,
        clock: Callable[[], int] = system_clock,
        block_wait: float = BLOCK_WAIT,
    ) -> None:
        """Continue the ledger in ``database``, or begin it.

        Raises :class:`~ippyo.errors.InputError` if the file is another poll's, the key is not the log's, or state and
        blocks do not belong together.
        """
        if key.verifier != facts.log:
            raise InputError(f"the signing key {key.name} is not the log key that genesis names")
        super().__init__(database)
        self.facts = facts
        self._key = key
        self._clock = clock
        self._block_wait = block_wait
        self._inbox = Inbox()
        self._thread: Thread | None = None
        self._failure = ""
        self._executing = Lock()
        self._remember(documents or {})
        try:
            self._machine = machine(SqliteStore(database))
            self._last, self._frontier = self._resume()
        except IppyoError:
            raise
        except Exception as error:
            # The rules may stumble in any way over a state that they never wrote.
            raise InputError(f"{database.path} is damaged: its state cannot be read: {_words(error)}") from error

    def _remember(self, documents: Mapping[str, str]) -> None:
        """Keep what identifies the ledger when it is new; afterwards it must be the same."""
        with self._database.transaction() as connection:
            if begin_chain(connection, self.facts, documents):
                put_checkpoint(connection, self._signed_checkpoint(Frontier()))

    def _signed_checkpoint(self, frontier: Frontier) -> SignedCheckpoint:
        return SignedCheckpoint.sign(Checkpoint(self.facts.origin, frontier.size, frontier.root), self._key)

    def _resume(self) -> tuple[SignedHeader | None, Frontier]:
        """Return the last block and the tree, if they and the state agree."""
        path = self._database.path
        with self._database.snapshot() as connection:
            chain = Chain(connection)
            last, frontier = chain.last(), chain.frontier()
        if last is not None and not last.verify(self.facts.log):
            raise InputError(f"{path} is damaged: the signature of its last block is false")
        if last is not None and frontier.root != last.header.root:
            raise InputError(f"{path} is damaged: its tree does not have the root of its last block")
        expected = (last.header.height, last.header.state) if last else (0, self._machine.genesis())
        found = self._machine.last()
        if found != expected:
            raise InputError(
                f"{path} is damaged: its last block is {expected[0]} and its state that after block {found[0]}, "
                "or of another content; rebuild it from a record"
            )
        return last, frontier

    def describe(self) -> str:
        """Return one line for the operator."""
        witnesses = f"{self.facts.quorum} of {len(self.facts.witnesses)} witnesses must cosign"
        return (
            "embedded ledger: tamper-evident, not fault tolerant "
            f"(one process keeps it; when that stops, the poll waits; {witnesses})"
        )

    # --- running ---

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the thread that makes blocks."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="ippyo-ledger", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Put what is waiting into blocks, then stop. The database stays open: it belongs to the caller."""
        self._inbox.close()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        batch: list[Waiting] = []
        try:
            while batch := self._inbox.take(BLOCK_LIMIT, self._block_wait):
                _answer(batch, self.append_block([waiting.tx for waiting in batch]))
        except BaseException as error:
            # Whatever it is, nobody may be left waiting for a thread that has ended.
            self._failure = self._failure or self._public_words(error)
            self._inbox.close()
            while batch:
                for waiting in batch:
                    if not waiting.done():
                        waiting.outcome.set_exception(self._stopped())
                batch = self._inbox.take(BLOCK_LIMIT, 0)

    def submit(self, tx: str) -> Waiting:
        """Hand in a transaction; ``result()`` of what is returned waits until it is durable."""
        self._require_running()
        return self._inbox.put(tx)

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait until it is durable, ``timeout`` seconds at most."""
        return self.submit(tx).result(timeout)

    def _require_running(self) -> None:
        if self._failure:
            raise self._stopped()

    def _public_words(self, error: BaseException) -> str:
        """Return why the ledger stops, with its file's name but not its folder: everybody may ask for the status."""
        path = self._database.path
        return _words(error).replace(str(path), path.name)

    def _stopped(self) -> LedgerStoppedError:
        return LedgerStoppedError(f"the ledger has stopped: {self._failure}")

    # --- making blocks ---

    def append_block(self, txs: Sequence[str]) -> BlockOutcome:
        """Execute ``txs`` (256 at most) and keep the accepted ones as one block, durable when this returns.

        Raises :class:`~ippyo.ledger.engine.LedgerStoppedError` if the block could not be executed or written; then
        none of it counts, and the engine has to be started again: what the disk holds is only certain after reading it.
        """
        if len(txs) > BLOCK_LIMIT:
            raise InputError(f"a block holds {BLOCK_LIMIT} transactions at most")
        with self._executing:
            self._require_running()
            try:
                return self._execute(txs)
            except Exception as error:
                # A full disk, or a fault in the rules: to go on would be to guess. Nothing has been acknowledged.
                self._failure = self._public_words(error)
                raise self._stopped() from error
            except BaseException as error:
                self._failure = self._public_words(error)
                raise

    def _execute(self, txs: Sequence[str]) -> BlockOutcome:
        last = self._last.header if self._last else None
        ctx = BlockContext((last.height if last else 0) + 1, max(last.time if last else 0, self._clock()))
        if ctx.time > LAST_TIME:
            raise InputError(f"the clock says {ctx.time} ms since 1970, which is later than a block can be")
        verdicts, state = self._machine.apply(ctx, txs)
        kept = [tx for tx, verdict in zip(txs, verdicts, strict=True) if verdict.accepted]
        if not kept:
            return BlockOutcome(tuple(verdicts), (None,) * len(txs), None)
        entries = [Entry.of(tx) for tx in kept]
        frontier, nodes = grow(self._frontier, entries)
        signed = next_header(self.facts.poll, self._last, ctx.time, frontier, state).sign(self._key)
        block = Block(signed, self._frontier.size, tuple(kept))
        with self._database.transaction() as connection:
            append_block(connection, block, entries, nodes)
            put_checkpoint(connection, self._signed_checkpoint(frontier))
            self._machine.commit()
        self._last, self._frontier = signed, frontier
        numbered = iter([Accepted(ctx.height, index, entry) for index, entry in enumerate(entries, block.first)])
        accepted = tuple(next(numbered) if verdict.accepted else None for verdict in verdicts)
        return BlockOutcome(tuple(verdicts), accepted, block)

    # --- reading ---

    def status(self) -> LedgerStatus:
        """Return how the ledger stands."""
        with self._database.snapshot() as connection:
            chain = Chain(connection)
            last = chain.last()
            cosigned = chain.newest_cosigned(max(self.facts.quorum, 1))
            root = last.header.root if last else Frontier().root
        return LedgerStatus(
            poll=self.facts.poll,
            height=last.header.height if last else 0,
            size=last.header.size if last else 0,
            root=root,
            state=last.header.state if last else self._machine.genesis(),
            time=last.header.time if last else 0,
            cosigned=cosigned.checkpoint.size if cosigned else 0,
            waiting=len(self._inbox),
            failure=self._failure,
        )

    def query(self, path: str, data: str = "") -> str:
        """Ask the state machine about the committed state."""
        with self._executing:
            return self._machine.query(path, data)

    def receipt(self, index: int) -> Receipt:
        """Return the receipt of transaction ``index``, against the newest checkpoint that enough witnesses cosigned."""
        with self._database.snapshot() as connection:
            chain = Chain(connection)
            entry = Entry.of(chain.transaction(index))
            checkpoint = self._checkpoint_over(chain, index)
            proof = chain.inclusion_proof(index, checkpoint.checkpoint.size)
        return Receipt(self.facts.poll, entry, index, proof, checkpoint)

    def _checkpoint_over(self, chain: Chain, index: int) -> SignedCheckpoint:
        cosigned = chain.newest_cosigned(max(self.facts.quorum, 1))
        if cosigned is not None and cosigned.checkpoint.size > index:
            return cosigned
        if self.facts.quorum:
            raise NotYetError("the witnesses have not cosigned this transaction yet; ask again in a moment")
        return chain.checkpoint()

    # --- checkpoints and witnesses ---

    def checkpoint(self) -> SignedCheckpoint:
        """Return the checkpoint of the ledger as it stands, with the cosignatures already gathered for this size."""
        with self._database.snapshot() as connection:
            return Chain(connection).checkpoint()

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the RFC 6962 proof that the ledger of size ``new`` extends that of size ``old``."""
        with self._database.snapshot() as connection:
            return Chain(connection).consistency_proof(old, new)

    def add_cosignatures(self, cosigned: SignedCheckpoint) -> SignedCheckpoint:
        """Keep the cosignatures of known witnesses under one of this ledger's checkpoints; return all of that size.

        Raises :class:`~ippyo.errors.CheckFailedError` if the checkpoint is not this ledger's, or a signature is false.
        """
        cosigned.witnesses(self.facts)
        size = cosigned.checkpoint.size
        with self._database.transaction() as connection:
            chain = Chain(connection)
            if size > chain.size or Frontier.at(size, chain.node).root != cosigned.checkpoint.root:
                raise CheckFailedError(f"the checkpoint of size {size} is not of this ledger")
            kept = chain.cosigned(size)
            lines = [*(kept.note.signatures if kept else ()), *cosigned.note.signatures]
            merged = SignedCheckpoint.from_parts(cosigned.checkpoint, lines).of_known_keys(self.facts)
            put_cosigned(connection, merged, self.facts)
        return merged

    def cosign(self, witnesses: Sequence[CheckpointWitness]) -> SignedCheckpoint:
        """Ask each of ``witnesses`` to cosign the ledger as it stands, and keep what they sign.

        Raises what a witness raises, after the others have been asked.
        """
        checkpoint = self.checkpoint()
        failures: list[IppyoError] = []
        for witness in witnesses:
            try:
                lines = ask_witness(witness, checkpoint, self.consistency_proof)
                checkpoint = self.add_cosignatures(checkpoint.with_signatures(lines))
            except IppyoError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return checkpoint


def _words(error: BaseException) -> str:
    return "it was interrupted" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__


def _answer(batch: Sequence[Waiting], outcome: BlockOutcome) -> None:
    """Tell everybody who waits what became of his transaction."""
    for waiting, verdict, accepted in zip(batch, outcome.verdicts, outcome.accepted, strict=True):
        if accepted is None:
            waiting.outcome.set_exception(RefusedError(verdict.code, verdict.detail))
        else:
            waiting.outcome.set_result(accepted)
