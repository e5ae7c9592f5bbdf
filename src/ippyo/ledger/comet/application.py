"""The application that CometBFT drives: the contract over one SQLite file (docs/nodes.md §2).

Height here is CometBFT's, which counts empty blocks; the ledger's own blocks hold accepted transactions only and have
heights of their own. Everything that a block changes becomes durable in one SQLite transaction, at Commit, with
CometBFT's height: after a crash CometBFT asks for the last committed height and replays from there.

The time of a block is when the block before it was signed, and on a quiet chain that may be some seconds ago. What a
block does, and whether a proposal is acceptable, is decided by its time and the state alone, the same everywhere: nodes
that judge one proposal differently may never agree again. What a node takes and what it proposes it judges by its own
clock, too, so that an honest one lets nobody vote after the close.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ippyo.canonical import dumps, loads, sha256_b64, sha256_hex, unb64
from ippyo.contract.interface import BlockContext, StateMachine, Verdict
from ippyo.crypto.merkle import Frontier, Node
from ippyo.errors import CheckFailedError, InputError
from ippyo.ledger.blocks import BLOCK_LIMIT, LAST_TIME, Entry, SignedHeader
from ippyo.ledger.chain import (
    Block,
    Chain,
    append_block,
    begin_chain,
    grow,
    next_header,
    put_checkpoint,
    put_facts,
)
from ippyo.ledger.checkpoint import Checkpoint, LedgerFacts, SignedCheckpoint
from ippyo.ledger.comet.report import MAX_EVIDENCE, Evidence
from ippyo.ledger.database import Database
from ippyo.ledger.notes import SigningKey

__all__ = ["Application", "NodeKeys", "WrongChainError", "chain_id", "text_of"]

COMET_HEIGHT = "comet-height"
COMET_TIME = "comet-time"
FRESH_MS = 3_000
"""A block's time that is no older than this counts as now."""

EVIDENCE = "comet-evidence"
_EVIDENCE_LIMIT = 1 << 20


class WrongChainError(CheckFailedError):
    """CometBFT runs another chain than this poll's: nothing is executed."""


def chain_id(poll: str) -> str:
    """Return the chain id of the poll with this fingerprint (Phi)."""
    return f"ippyo-{sha256_hex(poll)[:32]}"


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The keys of one node: the ledger's log key, which all operators share, and the operator's own.

    An observer, who is no operator, has none of its own and cosigns nothing.
    """

    log: SigningKey
    operator: SigningKey | None


@dataclass(frozen=True, slots=True)
class _Staged:
    """What the next Commit writes; ``block`` is None when nothing was accepted."""

    height: int
    time: int
    block: Block | None
    entries: Sequence[Entry]
    nodes: Sequence[Node]
    frontier: Frontier
    evidence: tuple[Evidence, ...]


class Application:
    """One node's state. One thread calls what CometBFT asks for; what only tells what is committed, any thread may.

    ``validators`` are the Ed25519 public keys of the operators, in genesis order.
    """

    def __init__(
        self,
        database: Database,
        facts: LedgerFacts,
        keys: NodeKeys,
        machine: StateMachine,
        validators: Sequence[bytes],
        *,
        documents: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Continue the node's ledger in ``database``, or begin it. Raises :class:`InputError` as the engine does."""
        if keys.log.verifier != facts.log:
            raise InputError("the log key is not the one that genesis names")
        if keys.operator is not None and keys.operator.verifier not in facts.witnesses:
            raise InputError("this node's key is not among the operators' that genesis names")
        self.facts = facts
        self._database = database
        self._keys = keys
        self._machine = machine
        self._validators = [bytes(key) for key in validators]
        self._documents = documents or {}
        self._clock = clock
        self._staged: _Staged | None = None
        self._cosigned: tuple[tuple[int, int], SignedCheckpoint] | None = None
        """The checkpoint signed last, under its size and the second."""
        self.on_commit: Callable[[Block, Sequence[Entry]], None] = lambda *_: None
        """Called after a Commit with the ledger's new block and its entries, if there is one."""
        self._last, self._frontier, self._height, self._time = self._resume()

    def _resume(self) -> tuple[SignedHeader | None, Frontier, int, int]:
        with self._database.transaction() as connection:
            if begin_chain(connection, self.facts, self._documents):
                put_checkpoint(connection, self._checkpoint(Frontier()))
                put_facts(connection, {COMET_HEIGHT: "0", COMET_TIME: "0"})
            chain = Chain(connection)
            last, frontier = chain.last(), chain.frontier()
            height, moment = int(chain.fact(COMET_HEIGHT) or 0), int(chain.fact(COMET_TIME) or 0)
        expected = (last.header.height, last.header.state) if last else (0, self._machine.genesis())
        if (last is not None and frontier.root != last.header.root) or self._machine.last() != expected:
            raise InputError(
                f"{self._database.path} is damaged: blocks and state differ; "
                "remove it together with CometBFT's data, and the node fetches both anew"
            )
        return last, frontier, height, moment

    def _checkpoint(self, frontier: Frontier) -> SignedCheckpoint:
        return SignedCheckpoint.sign(Checkpoint(self.facts.origin, frontier.size, frontier.root), self._keys.log)

    @property
    def height(self) -> int:
        """CometBFT's height of the last Commit. Its blocks without transactions count, too."""
        return self._height

    @property
    def empty_state(self) -> str:
        """The app hash of the empty box, as text."""
        return self._machine.genesis()

    @property
    def app_hash(self) -> bytes:
        """The 32 bytes of the app hash after the last Commit."""
        return _hash_bytes(self._last.header.state if self._last else self._machine.genesis())

    def init_chain(self, chain: str, validators: Sequence[tuple[bytes, int]]) -> bytes:
        """Return the app hash of the empty box. May be called again until the first Commit.

        Raises :class:`WrongChainError` unless chain id and validators (key, power) are those of the poll.
        """
        if chain != chain_id(self.facts.poll):
            raise WrongChainError("CometBFT's chain id is not that of this poll")
        if sorted(key for key, _ in validators) != sorted(self._validators) or {power for _, power in validators} != {
            1
        }:
            raise WrongChainError("CometBFT's validators are not the operators of this poll, each with the power 1")
        if self._height:
            raise WrongChainError(
                "CometBFT begins anew, but this node's ledger has already begun; wipe both or neither"
            )
        return self.app_hash

    def check(self, tx: bytes) -> Verdict:
        """Judge a transaction on arrival."""
        text = text_of(tx)
        if text is None:
            return Verdict("malformed", "the transaction is not UTF-8 text")
        return self._machine.check(text, max(self._time, self._now()))

    def propose(self, time_ms: int, txs: Sequence[bytes], max_bytes: int) -> list[bytes]:
        """Return what this node proposes: of ``txs`` those that will be accepted, as many as fit."""
        texts = [text for text in map(text_of, txs) if text is not None]
        chosen: list[bytes] = []
        if self._now() - time_ms > FRESH_MS:
            texts = self._machine.select(self._context(self._now()), texts)
        for text in self._machine.select(self._context(time_ms), texts):
            tx = text.encode()
            max_bytes -= _wire_size(len(tx))
            if max_bytes < 0 or len(chosen) == BLOCK_LIMIT:
                break
            chosen.append(tx)
        return chosen

    def acceptable(self, time_ms: int, txs: Sequence[bytes]) -> bool:
        """Whether a proposal holds nothing that would be refused.

        Of the same proposal in the same state all nodes say the same, at whatever time they see it. Otherwise one that
        is locked on a block could meet others that find it late by now, and no block could be made any more.
        """
        texts = [text_of(tx) for tx in txs]
        known = [text for text in texts if text is not None]
        return len(known) == len(texts) <= BLOCK_LIMIT and self._machine.acceptable(self._context(time_ms), known)

    def finalize(
        self, height: int, time_ms: int, txs: Sequence[bytes], evidence: Sequence[Evidence] = ()
    ) -> tuple[list[Verdict], bytes]:
        """Execute a decided block; return a verdict for each of ``txs`` and the app hash. Repeatable until Commit."""
        if height != self._height + 1:
            raise WrongChainError(f"CometBFT decided block {height}, and this node is at {self._height}")
        texts = [text_of(tx) for tx in txs]
        known = [text for text in texts if text is not None]
        ctx = self._context(time_ms)
        outcomes, state = self._machine.apply(ctx, known) if known else ([], "")
        kept = [text for text, verdict in zip(known, outcomes, strict=True) if verdict.accepted]
        if kept:
            entries = [Entry.of(text) for text in kept]
            frontier, nodes = grow(self._frontier, entries)
            signed = next_header(self.facts.poll, self._last, ctx.time, frontier, state).sign(self._keys.log)
            block = Block(signed, self._frontier.size, tuple(kept))
            self._staged = _Staged(height, ctx.time, block, entries, nodes, frontier, tuple(evidence))
            app_hash = _hash_bytes(state)
        else:
            self._staged = _Staged(height, ctx.time, None, (), (), self._frontier, tuple(evidence))
            app_hash = self.app_hash
        judged = iter(outcomes)
        refused = Verdict("malformed", "the transaction is not UTF-8 text")
        return [refused if text is None else next(judged) for text in texts], app_hash

    def commit(self) -> None:
        """Make the finalized block durable: block, tree, state, height and this node's signatures, all or nothing."""
        staged = self._staged
        if staged is None:
            raise WrongChainError("CometBFT asked to commit without a finalized block")
        with self._database.transaction() as connection:
            if staged.block is not None:
                append_block(connection, staged.block, staged.entries, staged.nodes)
                put_checkpoint(connection, self._checkpoint(staged.frontier))
                self._machine.commit()
            put_facts(connection, {COMET_HEIGHT: str(staged.height), COMET_TIME: str(staged.time)})
            if staged.evidence:
                known = Chain(connection).fact(EVIDENCE) or "[]"
                all_of_it = [*loads(known, what=EVIDENCE, limit=_EVIDENCE_LIMIT)]
                all_of_it += [one.to_value() for one in staged.evidence]
                put_facts(connection, {EVIDENCE: dumps(all_of_it[-MAX_EVIDENCE:])})
        self._height, self._time, self._frontier, self._staged = staged.height, staged.time, staged.frontier, None
        if staged.block is not None:
            self._last = staged.block.signed
            self.on_commit(staged.block, staged.entries)

    def holds(self, tx: str) -> bool:
        """Whether this very transaction is committed. For the thread that makes the blocks."""
        # By the connection that is open anyway: where none more can be opened, blocks are made all the same.
        with self._database.writer() as connection:
            return Chain(connection).find(sha256_b64(tx)) is not None

    def cosigned(self, size: int | None = None) -> SignedCheckpoint:
        """Return the checkpoint of ``size`` transactions (the last block's if None), signed by log and operator.

        Whatever is committed here has been executed here, so this node can vouch for any size it has reached. Raises
        :class:`InputError` for one it has not.
        """
        last = self._frontier
        wanted = last.size if size is None else size
        moment = (wanted, int(self._clock()))
        # After a block, all who wait for their receipts ask for the same.
        remembered = self._cosigned
        if remembered is not None and remembered[0] == moment:
            return remembered[1]
        if wanted == last.size:
            frontier = last
        elif not 0 <= wanted < last.size:
            raise InputError(f"this node has {last.size} transactions, not {wanted}")
        else:
            with self._database.snapshot() as connection:
                frontier = Frontier.at(wanted, Chain(connection).node)
        signed = self._checkpoint(frontier)
        if self._keys.operator is not None:
            signed = signed.with_signatures([self._keys.operator.cosign(signed.checkpoint.to_text(), moment[1])])
        self._cosigned = moment, signed
        return signed

    def evidence(self) -> tuple[Evidence, ...]:
        """Return what CometBFT proved of validators who signed twice, oldest first."""
        with self._database.snapshot() as connection:
            known = Chain(connection).fact(EVIDENCE) or "[]"
        return tuple(Evidence.from_value(one) for one in loads(known, what=EVIDENCE, limit=_EVIDENCE_LIMIT))

    def query(self, path: str, data: str) -> str:
        """Answer a question about the committed state, as the contract does."""
        return self._machine.query(path, data)

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _context(self, time_ms: int) -> BlockContext:
        last = self._last.header if self._last else None
        # CometBFT's times grow; clamped all the same, for a header out of range could not be written.
        at = min(max(last.time if last else 0, time_ms), LAST_TIME)
        return BlockContext((last.height if last else 0) + 1, at)


def text_of(tx: bytes) -> str | None:
    """Return the text of a transaction; None of what is no text, which no rule ever sees."""
    try:
        return tx.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _hash_bytes(state: str) -> bytes:
    return unb64(state, what="app hash", length=32)


def _wire_size(length: int) -> int:
    """Return the bytes of a transaction in a block as protobuf writes it: tag, length, content."""
    size, rest = length + 2, length >> 7
    while rest:
        size, rest = size + 1, rest >> 7
    return size
