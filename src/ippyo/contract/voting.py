"""What voters do with their coins: cast, spoil, surrender. The order of the checks is part of the protocol (§9).

All three: ``surrendered``; ``bad-ticket`` when the coin has another style; ``coins-exceed-issued`` when there is no
coin yet and none may be added. Then

* cast: ``out-of-turn`` when its number is not one of the next; ``duplicate`` when all its ballots count already;
  ``old-ballot`` when one was cast before and counts no longer; ``spoiled-ballot``; ``already-voted``;
  ``copied-ballot``; ``too-many``.
* spoil: ``duplicate`` when this credential has spoiled the tracker; ``spoiled-ballot`` when it was cast; ``too-many``.
* surrender: ``out-of-turn``; ``already-voted``.

A cast that was held back must not undo a later one, whoever sends it: hence ``out-of-turn``. A spoil has no number, for
it bars one ballot of its own credential and may come at any time.
"""

from __future__ import annotations

from ippyo.ballot.ticket import Ticket
from ippyo.contract.coin import Coin, CoinBallot
from ippyo.contract.state import State
from ippyo.contract.transactions import Cast, Spoil, Surrender
from ippyo.errors import RefusedError

__all__ = ["MAX_USES", "WINDOW", "cast", "refuse_copied", "spoil", "surrender"]

MAX_USES = 255
"""Casts and spoiled ballots together that one coin may have, so that nobody can flood the ledger."""

WINDOW = 16
"""How many numbers after the last one accepted are good. Devices take the highest: then nothing that any device of the
voter sealed before can still follow. A coercer who takes the highest cannot lock the voter out, because more follow."""


def cast(state: State, position: int, cast: Cast) -> None:
    """Let the ballots of a cast count instead of the coin's earlier ones."""
    coin = _coin_of(state, cast.ticket)
    _refuse_out_of_turn(coin, cast.number)
    trackers = cast.trackers
    _refuse_known_ballots(state, coin, trackers)
    if any(state.is_spoiled(coin.credential, tracker) for tracker in trackers):
        raise RefusedError("spoiled-ballot", "a ballot that was opened to check it cannot be cast")
    if not state.poll.manifest.policies.may_revote and any(coin.ballot(contest) for contest in cast.contests):
        raise RefusedError("already-voted", "in this poll a vote cannot be changed")
    refuse_copied(state, cast)
    _refuse_flood(state, coin)

    ballots = {ballot.contest: ballot for ballot in coin.ballots}
    for contest, tracker, ballot in zip(cast.contests, trackers, cast.ballots, strict=True):
        ballots[contest] = CoinBallot(contest, tracker, position)
        state.count_ballot(coin.credential, ballots[contest], ballot.choices)
    in_order = tuple(ballots[contest] for contest in state.poll.elections if contest in ballots)
    state.put_coin(coin.spent(cast.number, in_order))


def spoil(state: State, position: int, spoil: Spoil) -> None:
    """Bar a tracker for a credential."""
    coin = _coin_of(state, spoil.ticket)
    if state.is_spoiled(coin.credential, spoil.tracker):
        raise RefusedError("duplicate", "this ballot was spoiled before")
    if state.box_entry(spoil.tracker) is not None:
        raise RefusedError("spoiled-ballot", "a ballot that was cast cannot be spoiled")
    _refuse_flood(state, coin)

    state.put_coin(coin)
    state.spoil(coin.credential, spoil.tracker, position)


def surrender(state: State, surrender: Surrender) -> None:
    """Take a coin's ballots out of the count and bar the coin."""
    coin = _coin_of(state, surrender.ticket)
    _refuse_out_of_turn(coin, surrender.number)
    if coin.ballots and not state.poll.manifest.policies.may_revote:
        raise RefusedError("already-voted", "in this poll a vote cannot be taken back")

    for ballot in coin.ballots:
        state.discount_ballot(coin.credential, ballot.contest)
    state.put_coin(coin.given_back(surrender.number))


def _coin_of(state: State, ticket: Ticket) -> Coin:
    """Return the coin that a valid ticket is, or becomes."""
    coin = state.coins.get(ticket.credential)
    if coin is None:
        if state.coin_count(ticket.style) >= state.coins_allowed(ticket.style):
            raise RefusedError("coins-exceed-issued", f"all tickets issued for style {ticket.style!r} are in use")
        return Coin(ticket.credential, ticket.style)
    if coin.surrendered:
        raise RefusedError("surrendered", "this right to vote was given back")
    if coin.style != ticket.style:
        raise RefusedError("bad-ticket", "this credential was used before with a ticket of another ballot style")
    return coin


def _refuse_out_of_turn(coin: Coin, number: int) -> None:
    if not coin.last < number <= coin.last + WINDOW:
        problem = f"number {number} is not one of the {WINDOW} that follow {coin.last}, the last one of this credential"
        raise RefusedError("out-of-turn", problem)


def _refuse_known_ballots(state: State, coin: Coin, trackers: tuple[str, ...]) -> None:
    current = {ballot.tracker for ballot in coin.ballots}
    if current.issuperset(trackers):
        raise RefusedError("duplicate", "these ballots count already")
    if any(tracker not in current and state.box_entry(tracker) is not None for tracker in trackers):
        raise RefusedError("old-ballot", "a ballot that was replaced cannot be cast again")


def refuse_copied(state: State, cast: Cast) -> None:
    """Refuse a cast that shares a ciphertext component with a ballot under another credential."""
    if any(state.seen_elsewhere(cast.ticket.credential, ballot.choices) for ballot in cast.ballots):
        raise RefusedError("copied-ballot", "a part of the ballot was cast before under another credential")


def _refuse_flood(state: State, coin: Coin) -> None:
    if coin.count + state.spoils_of(coin.credential) >= MAX_USES:
        raise RefusedError("too-many", f"a credential can cast and spoil {MAX_USES} times")
