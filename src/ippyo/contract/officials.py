"""What issuers, officers and trustees do. The order of the checks is part of the protocol (docs/protocol.md §9).

* issued: ``total-not-raised``.
* every act of officers: ``duplicate`` when the same was accepted before, whoever of them signed it then.
* tally: ``wrong-phase`` when the contest has its tally; ``bad-tally``.
* decrypt: ``wrong-phase`` before the tally or after the result; ``bad-decryption``.
* result: ``wrong-phase`` before the tally or after the result; ``not-enough-trustees``; ``bad-result``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ippyo.contract.poll import Poll
from ippyo.contract.state import ContestState, Phase, State
from ippyo.contract.transactions import Act, Decrypt, Issued, ResultAct, Tally
from ippyo.crypto.decryption import check_partial_decryption, combine
from ippyo.crypto.elgamal import Ciphertext
from ippyo.errors import FaultyTrusteeError, RefusedError

__all__ = ["decrypt", "issued", "refuse_repeated", "require_empty_box", "result", "tally"]


def require_empty_box(state: State) -> None:
    """Refuse (``box-not-empty``) unless there is neither a coin nor, therefore, a ballot (ゼロ票確認)."""
    if any(state.coin_count(style.id) for style in state.poll.manifest.styles):
        raise RefusedError("box-not-empty", "the box holds coins or ballots")


def refuse_repeated(state: State, act: Act) -> None:
    """Refuse an act that was accepted before (``duplicate``).

    Its signatures do not count: nobody may add copies of an act by leaving one of them out, or by signing once more.
    """
    position = state.act_position(act.body_hash)
    if position is not None:
        raise RefusedError("duplicate", f"the officers put the same on record before, as number {position}")


def issued(state: State, issued: Issued) -> None:
    """Raise an issuer's total."""
    last = state.issued(issued.issuer, issued.style)
    if issued.total <= last:
        raise RefusedError("total-not-raised", f"issuer {issued.issuer} had {last} for {issued.style!r} before")
    state.put_issued(issued.issuer, issued.style, issued.total)


def tally(state: State, tally: Tally) -> None:
    """Fix the encrypted tally of a contest."""
    contest = state.contest(tally.contest)
    if contest.tallied:
        raise RefusedError("wrong-phase", "this contest has its tally")
    if tally.num_tallied != contest.tracker_count or tally.encrypted_tally != state.products.get(tally.contest):
        raise RefusedError("bad-tally", f"it is not the product of the {contest.tracker_count} ballots that count")
    state.put_contest(tally.contest, replace(contest, tallied=True))


def decrypt(state: State, decrypt: Decrypt) -> None:
    """Keep a trustee's partial decryption."""
    contest = _being_counted(state, decrypt.contest)
    if decrypt.owner in contest.decrypted:
        raise RefusedError("bad-decryption", f"trustee {decrypt.owner} sent another decryption before")
    problem = _problem_of(state.poll, decrypt, state.products.get(decrypt.contest))
    if problem:
        raise RefusedError("bad-decryption", problem)
    state.put_decryption(decrypt.contest, decrypt.owner, decrypt.decryption)
    owners = tuple(sorted((*contest.decrypted, decrypt.owner)))
    state.put_contest(decrypt.contest, replace(contest, decrypted=owners))


@lru_cache(maxsize=64)
def _problem_of(poll: Poll, decrypt: Decrypt, encrypted: tuple[Ciphertext, ...]) -> str:
    """Say what is wrong with a partial decryption, or nothing. Remembered: a node asks on arrival and in blocks."""
    if decrypt.owner > poll.trustees.quorum.total:
        return f"there is no trustee {decrypt.owner}"
    phi = poll.election(decrypt.contest).fingerprint
    try:
        check_partial_decryption(poll.trustees, phi, decrypt.owner, [encrypted], decrypt.decryption)
    except FaultyTrusteeError as error:
        return str(error)
    return ""


def result(state: State, result: ResultAct) -> None:
    """Accept counts that open the tally; with the last contest, the poll is counted."""
    contest = _being_counted(state, result.contest)
    threshold = state.poll.trustees.threshold
    if len(contest.decrypted) < threshold:
        raise RefusedError(
            "not-enough-trustees", f"{len(contest.decrypted)} trustees have decrypted, {threshold} are needed"
        )
    if not _opens(state, result, contest):
        raise RefusedError("bad-result", "the counts do not open the tally")
    state.put_contest(result.contest, replace(contest, counted=True))
    state.put_result(result.contest, result.result)
    if all(state.contest(contest).counted for contest in state.poll.elections):
        state.phase = Phase.COUNTED


def _being_counted(state: State, contest: str) -> ContestState:
    found = state.contest(contest)
    if not found.tallied:
        raise RefusedError("wrong-phase", "this contest does not have its tally yet")
    if found.counted:
        raise RefusedError("wrong-phase", "this contest has its result")
    return found


def _opens(state: State, result: ResultAct, contest: ContestState) -> bool:
    """Whether beta / F = g^m and m <= num_tallied for every count m. The lowest t owners' factors make F."""
    trustees = state.poll.trustees
    group = trustees.group
    encrypted = state.products.get(result.contest)
    if len(result.result) != len(encrypted) or max(result.result) > contest.tracker_count:
        return False
    partials = {}
    for owner in contest.decrypted[: trustees.threshold]:
        decryption = state.decryption(result.contest, owner)
        assert decryption is not None, "an owner is noted when its decryption is"
        partials[owner] = decryption
    (factors,) = combine(group, trustees.threshold, partials)
    return all(
        group.sub(ciphertext.beta, F) == group.mul_base(m)
        for ciphertext, F, m in zip(encrypted, factors, result.result, strict=True)
    )
