"""The contract as a state machine: what a ledger engine drives (docs/protocol.md §9, §10).

Everything is judged over an overlay; :meth:`Contract.commit` is the only write. Results that need no state are kept by
transaction hash, so that a ballot whose proofs were checked on arrival is not checked again in a block. And what was
selected, or found acceptable, is not executed anew when the same block is decided.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ippyo.canonical import dumps, fields, loads
from ippyo.contract.interface import BlockContext, Store, Verdict
from ippyo.contract.poll import Poll
from ippyo.contract.queries import answer
from ippyo.contract.rules import Moment, execute
from ippyo.contract.state import State
from ippyo.contract.stateless import Checked, check_transactions, digest_of
from ippyo.contract.store import MemoryStore, Overlay
from ippyo.poll.limits import BLOCK_LIMIT

__all__ = ["Contract", "StatelessCheck"]

StatelessCheck = Callable[[Sequence[str]], list[Checked]]

_CACHE_BYTES = 16 << 20
_ENTRY_BYTES = 1024
"""What an entry of the cache costs besides its text, so that very short texts do not come for free."""

_LAST = b"last"


class _Cache:
    """The most recent results of texts that could be decoded, up to a total of what they are charged.

    A text that could not be decoded is refused as quickly as it is found, and anybody can send it: it is not kept. Nor
    is one that is in the ledger, where its hash is enough to refuse it.
    """

    def __init__(self) -> None:
        self._results: OrderedDict[bytes, tuple[Checked, int]] = OrderedDict()
        self._charged = 0

    def get(self, digest: bytes) -> Checked | None:
        found = self._results.get(digest)
        if found is None:
            return None
        self._results.move_to_end(digest)
        return found[0]

    def put(self, checked: Checked, length: int) -> None:
        if checked.transaction is None:
            return
        charge = length + _ENTRY_BYTES
        self._results[checked.digest] = (checked, charge)
        self._charged += charge
        while self._charged > _CACHE_BYTES:
            _, (_, dropped) = self._results.popitem(last=False)
            self._charged -= dropped

    def drop(self, digest: bytes) -> None:
        _, charge = self._results.pop(digest, (None, 0))
        self._charged -= charge


@dataclass(frozen=True, slots=True)
class _Executed:
    """Transactions that were all accepted in this order in block ``ctx``, and what they left in the overlay."""

    ctx: BlockContext
    txs: tuple[str, ...]
    state: State
    overlay: Overlay


class Contract:
    """The rules of one poll over a store: a :class:`~ippyo.contract.interface.StateMachine`.

    ``check_stateless`` is :func:`~ippyo.contract.stateless.check_transactions` for this poll, in this process unless
    given: a node with several cores hands in one that spreads the texts over worker processes.
    """

    def __init__(self, poll: Poll, store: Store, check_stateless: StatelessCheck | None = None) -> None:
        self.poll = poll
        self._store = store
        self._check_stateless = check_stateless or partial(check_transactions, poll)
        self._cache = _Cache()
        self._executed: _Executed | None = None
        self._accepted: list[str] = []
        self._staged: dict[bytes, bytes | None] = {}

    def genesis(self) -> str:
        """Return the app hash of the empty box."""
        return State(self.poll, MemoryStore()).app_hash()

    def check(self, tx: str, earliest: int = 0) -> Verdict:
        """Judge a transaction on arrival. Without a block there is no time yet, only one that it cannot be before."""
        state = State(self.poll, Overlay(self._store))
        _, time, _ = self._last()
        (checked,) = self._checked(state, [tx])
        return execute(state, Moment(max(time, earliest), None), checked)

    def select(self, ctx: BlockContext, txs: Sequence[str]) -> list[str]:
        """Return those of ``txs`` that would be accepted one after another, in order, as many as a block holds.

        Part of the interface for the comet engine, which proposes blocks; the embedded engine does without.
        """
        overlay = Overlay(self._store)
        state = State(self.poll, overlay)
        moment = Moment.at(ctx.time)
        selected: list[str] = []
        for tx, checked in zip(txs, self._checked(state, txs), strict=True):
            if len(selected) < BLOCK_LIMIT and execute(state, moment, checked).accepted:
                selected.append(tx)
        # What was refused has left no trace.
        self._executed = _Executed(ctx, tuple(selected), state, overlay)
        return selected

    def acceptable(self, ctx: BlockContext, txs: Sequence[str]) -> bool:
        """Tell whether ``txs`` are few enough, and every one would be accepted in this order.

        Part of the interface for the comet engine, which judges others' proposals; the embedded engine does without.
        """
        if len(txs) > BLOCK_LIMIT:
            return False
        if self._was_executed(ctx, txs):
            return True
        overlay = Overlay(self._store)
        state = State(self.poll, overlay)
        moment = Moment.at(ctx.time)
        if not all(execute(state, moment, checked).accepted for checked in self._checked(state, txs)):
            return False
        self._executed = _Executed(ctx, tuple(txs), state, overlay)
        return True

    def apply(self, ctx: BlockContext, txs: Sequence[str]) -> tuple[list[Verdict], str]:
        """Execute ``txs`` in order over the committed state, for :meth:`commit`; return verdicts and app hash."""
        if (executed := self._was_executed(ctx, txs)) is not None:
            overlay, state, verdicts = executed.overlay, executed.state, [Verdict() for _ in txs]
        else:
            overlay = Overlay(self._store)
            state = State(self.poll, overlay)
            moment = Moment.at(ctx.time)
            verdicts = [execute(state, moment, checked) for checked in self._checked(state, txs)]
        app_hash = state.app_hash()
        last = dumps({"height": ctx.height, "time": ctx.time, "app_hash": app_hash})
        overlay.write({_LAST: last.encode()})
        self._accepted = [tx for tx, verdict in zip(txs, verdicts, strict=True) if verdict.accepted]
        self._staged = overlay.changes
        return verdicts, app_hash

    def _was_executed(self, ctx: BlockContext, txs: Sequence[str]) -> _Executed | None:
        executed = self._executed
        return executed if executed is not None and (executed.ctx, executed.txs) == (ctx, tuple(txs)) else None

    def commit(self) -> None:
        """Write what the last :meth:`apply` staged."""
        self._store.write(self._staged)
        for tx in self._accepted:
            self._cache.drop(digest_of(tx))
        self._accepted, self._staged, self._executed = [], {}, None

    def last(self) -> tuple[int, str]:
        """Return height and app hash of the last committed block; ``(0, genesis())`` before the first."""
        height, _, app_hash = self._last()
        return height, app_hash

    def query(self, path: str, data: str = "") -> str:
        """Answer a question about the committed state: see :mod:`ippyo.contract.queries`."""
        return answer(State(self.poll, Overlay(self._store)), path, data)

    def _last(self) -> tuple[int, int, str]:
        """Height, time and app hash of the last committed block."""
        text = self._store.get(_LAST)
        if text is None:
            return 0, 0, self.genesis()
        last = fields(loads(text, what="last block", limit=4096), "last block", "height", "time", "app_hash")
        return last.integer("height"), last.integer("time"), last.text("app_hash")

    def _checked(self, state: State, txs: Sequence[str]) -> list[Checked]:
        """Return the stateless result of each transaction, from the cache where it is there."""
        digests = [digest_of(tx) for tx in txs]
        results: dict[bytes, Checked] = {}
        missing: dict[bytes, str] = {}
        for digest, tx in zip(digests, txs, strict=True):
            known = self._cache.get(digest)
            if known is not None:
                results[digest] = known
            elif state.position_of(digest) is not None:
                # It will be refused as a duplicate: not worth a look at its proofs.
                results[digest] = Checked(digest, None, Verdict())
            else:
                missing[digest] = tx
        for (digest, tx), checked in zip(missing.items(), self._check_stateless(list(missing.values())), strict=True):
            results[digest] = checked
            self._cache.put(checked, len(tx))
        return [results[digest] for digest in digests]
