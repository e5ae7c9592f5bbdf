"""The rules, and the order in which they are asked: the first that is broken names the refusal (docs/protocol.md §9).

Every node must give the same code, so the order is part of the protocol:

 1. ``duplicate``        this very text was accepted before, whatever else holds
 2. ``malformed``        size, JSON, type, names of fields
 3. ``wrong-poll``       field ``poll``
 4. ``malformed``        values and canonical form; among them, ``bad-ballot`` for a ballot whose uuid is of no contest
 5. phase and time       cast, spoil, surrender: ``closed``, then ``not-open``; issued: ``closed``;
                         open: ``box-not-empty``, then ``wrong-phase``; close: ``wrong-phase``, then ``too-early``;
                         tally, decrypt, result: ``wrong-phase``; audit: none
 6. authority            cast: ``bad-ticket``, ``bad-proof``, then for each ballot ``not-your-contest`` and its
                         credential (``bad-ballot``), then ``bad-ballot`` for any proof, or ``copied-ballot`` where
                         a ballot whose check fails shares a component with one under another credential;
                         spoil, surrender: ``bad-ticket``, ``bad-proof``; issued: ``not-issuer``;
                         tally, result: ``no-such-contest``, ``not-officer``; decrypt: ``no-such-contest``;
                         open, close, audit: ``not-officer``
 7. the state            acts of officers: ``duplicate`` when the same, but for its signatures, was accepted before;
                         cast, spoil, surrender: :mod:`ippyo.contract.voting`;
                         the rest: :mod:`ippyo.contract.officials`

Steps 2, 3, 4 and 6 need no state: :mod:`ippyo.contract.stateless`. A rule asks everything before it writes anything, so
that a refused transaction leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass

from ippyo.contract import officials, voting
from ippyo.contract.interface import Verdict
from ippyo.contract.poll import Poll
from ippyo.contract.state import Phase, State
from ippyo.contract.stateless import Checked
from ippyo.contract.transactions import (
    Act,
    Audit,
    Cast,
    Close,
    Decrypt,
    Issued,
    Open,
    ResultAct,
    Spoil,
    Surrender,
    Tally,
    Transaction,
)
from ippyo.errors import RefusedError

__all__ = ["Moment", "execute"]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a transaction is judged, in milliseconds: in a block, one time; on arrival, not before ``earliest``.

    ``latest`` is None where no end is known, so that nothing is refused only because it is too early still.
    """

    earliest: int
    latest: int | None

    @classmethod
    def at(cls, time: int) -> Moment:
        """Return the moment of a block."""
        return cls(time, time)

    def surely_before(self, seconds: int) -> bool:
        """Tell whether this is before a time of the manifest, in seconds."""
        return self.latest is not None and self.latest < 1000 * seconds

    def surely_not_before(self, seconds: int) -> bool:
        """Tell whether this is at or after a time of the manifest, in seconds."""
        return self.earliest >= 1000 * seconds


def execute(state: State, moment: Moment, checked: Checked) -> Verdict:
    """Judge one transaction, and if it is accepted, let it take effect in ``state``."""
    try:
        _execute(state, moment, checked)
    except RefusedError as error:
        return Verdict(error.code, error.detail)
    return Verdict()


def _execute(state: State, moment: Moment, checked: Checked) -> None:
    transaction = checked.transaction
    position = state.position_of(checked.digest)
    if position is not None:
        raise RefusedError("duplicate", f"this transaction was accepted before, as number {position}")
    if transaction is None:
        raise RefusedError(checked.verdict.code, checked.verdict.detail)
    _require_time(state, moment, transaction)
    if not checked.verdict.accepted:
        # Whoever copies a ballot cannot prove it anew: both are wrong with it, and the copying tells more.
        if isinstance(transaction, Cast) and checked.verdict.code == "bad-ballot":
            voting.refuse_copied(state, transaction)
        raise RefusedError(checked.verdict.code, checked.verdict.detail)
    _take_effect(state, transaction)
    state.record(checked.digest, transaction.entry(checked.digest))


def _require_time(state: State, moment: Moment, transaction: Transaction) -> None:
    manifest = state.poll.manifest
    match transaction:
        case Cast() | Spoil() | Surrender():
            _require_voting_hours(state.phase, moment, state.poll)
        case Issued():
            if state.phase not in {Phase.SETUP, Phase.OPEN}:
                raise RefusedError("closed", "no tickets are issued after the close")
        case Open():
            officials.require_empty_box(state)
            _require_phase(state.phase, Phase.SETUP, "the box was opened before")
        case Close():
            _require_phase(state.phase, Phase.OPEN, "only an open box can be closed")
            if moment.surely_before(manifest.closes):
                raise RefusedError("too-early", "the voting hours are not over")
        case Tally() | Decrypt() | ResultAct():
            _require_phase(state.phase, Phase.CLOSED, "votes are counted after the close, once")
        case Audit():
            pass


def _require_phase(phase: Phase, needed: Phase, problem: str) -> None:
    if phase is not needed:
        raise RefusedError("wrong-phase", problem)


def _require_voting_hours(phase: Phase, moment: Moment, poll: Poll) -> None:
    if phase in {Phase.CLOSED, Phase.COUNTED} or moment.surely_not_before(poll.manifest.closes):
        raise RefusedError("closed", "the voting hours are over")
    if phase is Phase.SETUP or moment.surely_before(poll.manifest.opens):
        raise RefusedError("not-open", "the voting hours have not begun")


def _take_effect(state: State, transaction: Transaction) -> None:
    position = state.history.size
    if isinstance(transaction, Act):
        officials.refuse_repeated(state, transaction)
    match transaction:
        case Cast():
            voting.cast(state, position, transaction)
        case Spoil():
            voting.spoil(state, position, transaction)
        case Surrender():
            voting.surrender(state, transaction)
        case Issued():
            officials.issued(state, transaction)
        case Open():
            state.phase = Phase.OPEN
        case Close():
            state.phase = Phase.CLOSED
        case Tally():
            officials.tally(state, transaction)
        case Decrypt():
            officials.decrypt(state, transaction)
        case ResultAct():
            officials.result(state, transaction)
        case Audit():
            pass
    if isinstance(transaction, Act):
        state.record_act(transaction.body_hash, position)
