"""The steps of honest trustees, and what each step refuses to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ippyo.crypto.ceremony import (
    CeremonyContext,
    Commit,
    assemble,
    check_own_part,
    commit,
    confirm,
    reveal,
    round_hash,
    verify_transcript,
)
from ippyo.crypto.decryption import lagrange
from ippyo.crypto.groups import group
from ippyo.crypto.trustees import Trustees
from ippyo.errors import FaultyCoordinatorError, InputError
from ippyo.poll.policies import Quorum


@pytest.mark.parametrize(
    ("name", "total", "threshold"),
    [("Ed25519", 1, 1), ("Ed25519", 5, 3), ("Ed25519", 3, 3), ("BELENIOS-2048", 3, 2), ("RFC-3526-2048", 2, 1)],
)
def test_any_t_shares_make_the_key(hold_ceremony: Callable[..., Any], name: str, total: int, threshold: int) -> None:
    done = hold_ceremony(name, total, threshold)
    G = group(name)
    for chosen in (done.shares[:threshold], done.shares[-threshold:]):
        weights = lagrange([share.index for share in chosen], G.q)
        x = sum(weight * share.secret for weight, share in zip(weights, chosen, strict=True)) % G.q
        assert G.mul_base(x) == done.trustees.public_key
    for share, X in zip(done.shares, done.trustees.verification_keys, strict=True):
        assert G.mul_base(share.secret) == X
    trustees = Trustees.from_text(G, done.trustees.to_text())
    assert trustees == done.trustees
    read = verify_transcript(done.context.manifest_hash, G, done.context.quorum, done.transcript.to_text(), trustees)
    assert read == done.transcript
    assert all(check_own_part(share, read) == trustees for share in done.shares)


def test_fewer_than_t_shares_do_not(finished: Any) -> None:
    G = finished.context.group
    assert all(G.mul_base(share.secret) != finished.trustees.public_key for share in finished.shares)


def test_two_ceremonies_of_one_poll_have_nothing_in_common(finished: Any, hold_ceremony: Callable[..., Any]) -> None:
    again = hold_ceremony()
    assert again.trustees.public_key != finished.trustees.public_key
    assert again.context == finished.context


@pytest.mark.parametrize("quorum", [Quorum(0, 0), Quorum(3, 0), Quorum(3, 4), Quorum(31, 2)])
def test_impossible_quorums(quorum: Quorum) -> None:
    with pytest.raises(InputError, match="impossible"):
        CeremonyContext("m", group("Ed25519"), quorum)


@pytest.mark.parametrize("index", [0, 4, -1])
def test_numbers_that_no_trustee_has(finished: Any, index: int) -> None:
    with pytest.raises(InputError, match="no trustee"):
        commit(finished.context, index)


def test_a_repeated_step_sends_the_same_message(finished: Any) -> None:
    state, share = finished.revealed[0], finished.shares[0]
    assert reveal(state, finished.commits) == state
    assert confirm(share, finished.commits, finished.reveals) == share


def test_nobody_reveals_twice_for_two_rounds(finished: Any) -> None:
    commits = [*finished.commits[:2], commit(finished.context, 3).commit]
    with pytest.raises(InputError, match="revealed already, for other commits"):
        reveal(finished.revealed[0], commits)


def test_nobody_confirms_twice_for_two_rounds(finished: Any) -> None:
    # The same polynomial in a reveal made once more: new ephemeral keys, so another message.
    again = reveal(finished.committed[1], finished.commits).reveal
    assert again != finished.reveals[1]
    with pytest.raises(InputError, match="confirmed already, for other messages"):
        confirm(finished.shares[0], finished.commits, [finished.reveals[0], again, finished.reveals[2]])


def test_messages_read_for_another_ceremony_are_not_taken(finished: Any, other: Any) -> None:
    with pytest.raises(InputError, match="commit of trustee 1 was read for another key ceremony"):
        reveal(finished.committed[0], other.commits)
    with pytest.raises(InputError, match="reveal of trustee 2 was read for another key ceremony"):
        confirm(
            finished.revealed[0],
            finished.commits,
            [finished.reveals[0], other.reveals[1], finished.reveals[2]],
        )


@pytest.mark.parametrize(
    ("places", "problem"),
    [
        ((0, 1), "commit of trustee 3 is missing"),
        ((1, 2), "commit of trustee 1 is missing"),
        ((0, 1, 1, 2), "more than one commit of trustee 2"),
        ((0, 2, 1), "not in the order"),
        ((), "commit of trustee 1 is missing"),
    ],
)
def test_a_round_is_complete_and_in_order(finished: Any, places: tuple[int, ...], problem: str) -> None:
    commits = [finished.commits[place] for place in places]
    with pytest.raises(FaultyCoordinatorError, match=problem):
        reveal(finished.committed[0], commits)


def test_reveals_and_confirms_must_be_complete_too(finished: Any) -> None:
    with pytest.raises(FaultyCoordinatorError, match="reveal of trustee 2 is missing"):
        confirm(finished.revealed[0], finished.commits, [finished.reveals[0], finished.reveals[2]])
    with pytest.raises(FaultyCoordinatorError, match="confirm of trustee 3 is missing"):
        assemble(finished.context, finished.commits, finished.reveals, finished.confirms[:2])


def test_a_trustee_knows_its_own_messages(finished: Any) -> None:
    another: Commit = commit(finished.context, 1).commit
    with pytest.raises(FaultyCoordinatorError, match="commit of trustee 1 is not the one"):
        reveal(finished.committed[0], [another, *finished.commits[1:]])
    again = reveal(finished.committed[0], finished.commits).reveal
    with pytest.raises(FaultyCoordinatorError, match="reveal of trustee 1 is not the one"):
        confirm(finished.revealed[0], finished.commits, [again, *finished.reveals[1:]])


def test_a_key_share_of_zero_is_refused(finished: Any) -> None:
    # Shares of others are what they are; one's own polynomial is chosen so that the sum is zero.
    state, q = finished.revealed[0], finished.context.group.q
    own = sum(state.committed.coefficients) % q
    received = (finished.shares[0].secret - own) % q
    zero = replace(state, committed=replace(state.committed, coefficients=(-received % q, 0)))
    with pytest.raises(Exception, match="key share is zero"):
        confirm(zero, finished.commits, finished.reveals)


def test_the_round_hash_covers_every_commit(finished: Any) -> None:
    hashes = {round_hash(finished.commits)}
    for place in range(3):
        commits = list(finished.commits)
        commits[place] = commit(finished.context, place + 1).commit
        hashes.add(round_hash(commits))
    assert len(hashes) == 4
