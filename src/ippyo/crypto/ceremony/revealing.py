"""Step 2: once all have committed, a trustee opens its commitment and sends the shares (docs/protocol.md §4)."""

from __future__ import annotations

from collections.abc import Sequence

from ippyo.canonical import sha256_b64
from ippyo.crypto.ceremony.context import CeremonyContext, complete_round
from ippyo.crypto.ceremony.messages import Commit, Reveal, commitment_of
from ippyo.crypto.ceremony.shares import SealedShare, knows_exponent, seal_share
from ippyo.crypto.ceremony.state import Committed, Revealed
from ippyo.crypto.trustee_keys import certs_text, sign, signed_by
from ippyo.errors import FaultyCoordinatorError, FaultyTrusteeError, InputError

__all__ = ["check_reveals", "polynomial_at", "reveal", "round_hash"]


def round_hash(commits: Sequence[Commit]) -> str:
    """Return ``R``, which binds every reveal to all the commits its sender had seen."""
    return sha256_b64("ippyo-round-v1|" + "\n".join(commit.to_text() for commit in commits))


def polynomial_at(coefficients: Sequence[int], j: int, q: int) -> int:
    """Return f(j) mod ``q`` of the polynomial with these ``coefficients``, constant term first."""
    value = 0
    for a in reversed(coefficients):
        value = (value * j + a) % q
    return value


def reveal(state: Committed | Revealed, commits: Sequence[Commit]) -> Revealed:
    """Open the commitment to all n ``commits``; keep the new state, then send ``state.reveal``.

    Repeated with the same commits it returns the same message. With others it raises :class:`InputError`: whoever
    could show a trustee several lists of commits, with keys of their own in them, would collect enough shares of one
    polynomial to know it. Raises :class:`FaultyCoordinatorError`
    when the commits are incomplete or one's own was altered.
    """
    context, index = state.context, state.index
    _require_context(context, commits)
    commits = complete_round(context, Commit.kind, commits)
    committed = state.committed if isinstance(state, Revealed) else state
    if commits[index - 1] != committed.commit:
        raise FaultyCoordinatorError(f"the commit of trustee {index} is not the one that trustee {index} sent")
    R = round_hash(commits)
    if isinstance(state, Revealed):
        if state.reveal.round != R:
            raise InputError("you have revealed already, for other commits; hold the ceremony again with new secrets")
        return state
    message = Reveal.make(
        context,
        index,
        committed.signing,
        round_hash=R,
        nonce=committed.nonce,
        coefexps=committed.coefexps,
        certs_signature=sign(
            context.group,
            committed.signing,
            certs_text(context.group, [commit.cert for commit in commits], committed.coefexps),
        ),
        shares=[_sealed_share(committed, R, commit) for commit in commits],
    )
    return Revealed(committed, message)


def _sealed_share(sender: Committed, R: str, receiver: Commit) -> SealedShare | None:
    if receiver.index == sender.index:
        return None
    share = polynomial_at(sender.coefficients, receiver.index, sender.context.group.q)
    return seal_share(sender.context, R, sender.index, receiver.index, receiver.cert.encryption, share)


def check_reveals(
    context: CeremonyContext, commits: Sequence[Commit], reveals: Sequence[Reveal]
) -> tuple[tuple[Commit, ...], tuple[Reveal, ...]]:
    """Check all that anybody can see of the first two rounds, and return them. Nothing is decrypted before this.

    Raises :class:`FaultyTrusteeError` naming the trustee who signed a false reveal, :class:`FaultyCoordinatorError`
    when a reveal is not signed by its trustee, a trustee has seen other commits than these, or a round is incomplete.
    Trustee i is here the holder of the keys in commit i; see
    :func:`~ippyo.crypto.ceremony.assembly.check_own_part` for why that is the right person.
    """
    _require_context(context, commits)
    _require_context(context, reveals)
    commits = complete_round(context, Commit.kind, commits)
    reveals = complete_round(context, Reveal.kind, reveals)
    R = round_hash(commits)
    certs = [commit.cert for commit in commits]
    for index, (commit, message) in enumerate(zip(commits, reveals, strict=True), start=1):
        public = commit.cert.verification
        if not message.is_by(public):
            raise FaultyCoordinatorError(f"the reveal of trustee {index} was not signed by trustee {index}")
        if message.round != R:
            # Genuine, but made for another list of commits: somebody shows different commits to different trustees.
            raise FaultyCoordinatorError(
                f"trustee {index} has revealed to other commits than these; everybody must get the same commits"
            )
        if commitment_of(context, index, message.nonce, message.coefexps) != commit.commitment:
            raise FaultyTrusteeError(index, "revealed coefexps other than those it had committed to")
        if not message.coefexps.signed.is_by(context.group, public):
            raise FaultyTrusteeError(index, "did not sign its coefexps")
        text = certs_text(context.group, certs, message.coefexps)
        if not signed_by(context.group, public, text, message.certs_signature):
            raise FaultyTrusteeError(index, "did not sign this list of certificates")
        for j, sealed in enumerate(message.shares, start=1):
            if sealed is not None and not knows_exponent(context, R, index, j, sealed):
                raise FaultyTrusteeError(index, f"did not prove that it made the ephemeral key of its share for {j}")
    return commits, reveals


def _require_context(context: CeremonyContext, messages: Sequence[Commit] | Sequence[Reveal]) -> None:
    for message in messages:
        if message.context != context:
            raise InputError(f"the {message.kind} of trustee {message.index} was read for another key ceremony")
