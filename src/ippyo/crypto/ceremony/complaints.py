"""A bad share: the receiver opens it for everybody, and everybody sees who is at fault (protocol §4, step 3)."""

from __future__ import annotations

from collections.abc import Sequence

from ippyo.crypto import chaum_pedersen
from ippyo.crypto.ceremony.context import CeremonyContext
from ippyo.crypto.ceremony.messages import Commit, Complaint, Reveal
from ippyo.crypto.ceremony.revealing import check_reveals
from ippyo.crypto.ceremony.shares import open_share
from ippyo.crypto.ceremony.state import Revealed
from ippyo.crypto.groups import Element
from ippyo.errors import CheckFailedError, FaultyTrusteeError

__all__ = ["BadShareError", "checked_share", "complain", "judge"]


class BadShareError(FaultyTrusteeError):
    """Another trustee sent a bad share. ``complaint`` proves it to everybody: send it to all."""

    def __init__(self, complaint: Complaint, problem: str) -> None:
        super().__init__(complaint.against, problem)
        self.complaint = complaint


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


def complain(state: Revealed, message: Reveal, Z: Element) -> Complaint:
    """Return the complaint against the sender of ``message``: Z = P^dk_j and the proof that it is that."""
    context, j = state.context, state.index
    sealed = message.shares[j - 1]
    assert sealed is not None, "only a sender's own place is empty"
    prefix = _prefix(context, message.index, j, (state.committed.commit.cert.encryption, sealed.ephemeral, Z))
    proof = chaum_pedersen.prove(context.group, prefix, sealed.ephemeral, state.committed.decryption)
    return Complaint(context, j, message.index, Z, proof)


def judge(complaint: Complaint, commits: Sequence[Commit], reveals: Sequence[Reveal]) -> FaultyTrusteeError:
    """Return the error that names who is at fault: the sender of a bad share, or who complains without reason.

    Raises what :func:`~ippyo.crypto.ceremony.revealing.check_reveals` raises when the rounds themselves are false.
    """
    context, j, i, Z = complaint.context, complaint.index, complaint.against, complaint.secret
    commits, reveals = check_reveals(context, commits, reveals)
    sealed = reveals[i - 1].shares[j - 1]
    assert sealed is not None, "a complaint is never against its own sender"
    ek = commits[j - 1].cert.encryption
    prefix = _prefix(context, i, j, (ek, sealed.ephemeral, Z))
    if not chaum_pedersen.verify(context.group, prefix, complaint.proof, base=sealed.ephemeral, public=ek, image=Z):
        return FaultyTrusteeError(j, f"complained about trustee {i} with a false proof")
    try:
        checked_share(reveals[i - 1], j, Z)
    except CheckFailedError as error:
        return FaultyTrusteeError(i, str(error))
    return FaultyTrusteeError(j, f"complained about trustee {i} although the share is good")


def _prefix(context: CeremonyContext, i: int, j: int, ek_P_Z: tuple[Element, Element, Element]) -> str:
    statement = "|".join(map(context.group.encode, ek_P_Z))
    return f"ippyo-complaint-v1|{context.text}|{i}|{j}|{statement}|"
