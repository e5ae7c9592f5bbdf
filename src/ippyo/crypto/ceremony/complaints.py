"""A bad share: the receiver opens it for everybody, and everybody sees who is at fault (protocol §4, step 3)."""

from __future__ import annotations

from collections.abc import Sequence

from ippyo.crypto import chaum_pedersen
from ippyo.crypto.ceremony.context import CeremonyContext
from ippyo.crypto.ceremony.messages import Commit, Complaint, Reveal
from ippyo.crypto.ceremony.revealing import check_reveals, round_hash
from ippyo.crypto.ceremony.shares import open_share
from ippyo.crypto.ceremony.state import Complained, Revealed
from ippyo.crypto.groups import Element
from ippyo.errors import CheckFailedError, FaultyCoordinatorError, FaultyTrusteeError

__all__ = ["BadShareError", "checked_share", "complain", "judge"]


class BadShareError(FaultyTrusteeError):
    """Another trustee sent a bad share. Keep ``state``, then send ``state.complaint`` to all, which proves it."""

    def __init__(self, state: Complained, problem: str) -> None:
        super().__init__(state.complaint.against, problem)
        self.state = state


def checked_share(message: Reveal, j: int, Z: Element) -> int:
    """Return f_i(j), which ``message`` of trustee i holds for trustee ``j`` and ``Z`` = P^dk_j opens.

    Raises :class:`CheckFailedError` unless it can be opened and g^f_i(j) = prod_k A_ik^(j^k).
    """
    group, sealed = message.context.group, message.shares[j - 1]
    assert sealed is not None, "only a sender's own place is empty"
    share = open_share(message.context, message.index, j, sealed, Z)
    if group.mul_base(share) != message.coefexps.at(group, j):
        raise CheckFailedError(f"the share from trustee {message.index} for trustee {j} does not fit the coefexps")
    return share


def complain(state: Revealed, message: Reveal, Z: Element) -> Complained:
    """Return the state that follows: its complaint shows Z = P^dk_j and proves that it is that.

    For this trustee the ceremony ends here, for whatever it would do next with the same secrets could be turned
    against them: a sender that saw several complaints about several versions of its reveal, and then a confirm.
    """
    context, j = state.context, state.index
    sealed = message.shares[j - 1]
    assert sealed is not None, "only a sender's own place is empty"
    prefix = _prefix(context, message.index, j, (state.committed.commit.cert.encryption, sealed.ephemeral, Z))
    proof = chaum_pedersen.prove(context.group, prefix, sealed.ephemeral, state.committed.decryption)
    complaint = Complaint.make(context, j, state.committed.signing, reveal=message, secret=Z, proof=proof)
    return Complained(context, j, complaint)


def judge(complaint: Complaint, commits: Sequence[Commit], reveals: Sequence[Reveal]) -> FaultyTrusteeError:
    """Return the error that names who is at fault: the sender of a bad share, or who complains without reason.

    Raises :class:`FaultyCoordinatorError` when the complaint is evidence against nobody, and what
    :func:`~ippyo.crypto.ceremony.revealing.check_reveals` raises when the published rounds themselves are false.
    """
    context, j, i, Z = complaint.context, complaint.index, complaint.against, complaint.secret
    commits, reveals = check_reveals(context, commits, reveals)
    accuser, accused, message = commits[j - 1].cert, commits[i - 1].cert, complaint.reveal
    if not complaint.is_by(accuser.verification):
        raise FaultyCoordinatorError(f"the complaint of trustee {j} about trustee {i} was not signed by trustee {j}")
    if message.round != round_hash(commits):
        # Trustee j itself has revealed for these commits, or check_reveals had stopped above. It reveals for no others,
        # whatever it is shown, and takes no reveal for others: it knows trustee i by the key it has here.
        return FaultyTrusteeError(j, f"complained about a reveal of trustee {i} to other commits than its own")
    if not message.is_by(accused.verification):
        return FaultyTrusteeError(j, f"complained about a reveal that trustee {i} did not sign")
    if message != reveals[i - 1]:
        return FaultyTrusteeError(i, f"sent one reveal to trustee {j} and another one to others")
    sealed = message.shares[j - 1]
    assert sealed is not None, "a complaint is never against its own sender"
    ek, P = accuser.encryption, sealed.ephemeral
    prefix = _prefix(context, i, j, (ek, P, Z))
    if not chaum_pedersen.verify(context.group, prefix, complaint.proof, base=P, public=ek, image=Z):
        return FaultyTrusteeError(j, f"complained about trustee {i} with a false proof")
    try:
        checked_share(message, j, Z)
    except CheckFailedError as error:
        return FaultyTrusteeError(i, str(error))
    return FaultyTrusteeError(j, f"complained about trustee {i} although the share is good")


def _prefix(context: CeremonyContext, i: int, j: int, ek_P_Z: tuple[Element, Element, Element]) -> str:
    statement = "|".join(map(context.group.encode, ek_P_Z))
    return f"ippyo-complaint-v1|{context.text}|{i}|{j}|{statement}|"
