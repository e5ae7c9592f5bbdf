"""Step 3: a trustee checks what it was sent and adds up its key share (docs/protocol.md §4)."""

from __future__ import annotations

from collections.abc import Sequence

from ippyo.crypto.ceremony.complaints import BadShareError, checked_share, complain
from ippyo.crypto.ceremony.context import digests
from ippyo.crypto.ceremony.messages import Commit, Confirm, Reveal
from ippyo.crypto.ceremony.revealing import check_reveals, polynomial_at
from ippyo.crypto.ceremony.state import Complained, KeyShare, Revealed
from ippyo.crypto.trustee_keys import VerificationKey
from ippyo.errors import CheckFailedError, FaultyCoordinatorError, InputError

__all__ = ["confirm"]


def confirm(state: Revealed | KeyShare | Complained, commits: Sequence[Commit], reveals: Sequence[Reveal]) -> KeyShare:
    """Check every reveal and add up the shares; keep the new state, then send ``state.confirm``.

    Repeated with the same messages it returns the same state; with others it raises :class:`InputError`, as it does
    for ever once this trustee has complained. Raises :class:`BadShareError` when a share for this trustee is bad:
    keep its ``state``, which is the end of this ceremony, then send the complaint in it. Raises what
    :func:`~ippyo.crypto.ceremony.revealing.check_reveals` raises when a reveal is bad for all to see.
    """
    if isinstance(state, Complained):
        state.refuse()
    commits, reveals = check_reveals(state.context, commits, reveals)
    if isinstance(state, KeyShare):
        if (digests(commits), digests(reveals)) != (state.commits, state.reveals):
            raise InputError("you have confirmed already, for other messages; hold the ceremony again")
        return state
    context, index = state.context, state.index
    if reveals[index - 1] != state.reveal:
        raise FaultyCoordinatorError(f"the reveal of trustee {index} is not the one that trustee {index} sent")
    total = polynomial_at(state.committed.coefficients, index, context.group.q)
    for message in reveals:
        if message.index != index:
            total += _received(state, commits, message)
    secret = total % context.group.q
    if secret == 0:
        raise CheckFailedError("the key share is zero; hold the ceremony again with new secrets")
    key = VerificationKey.make(context.group, secret, state.committed.signing)
    return KeyShare(context, index, secret, digests(commits), digests(reveals), Confirm(context, index, key))


def _received(state: Revealed, commits: Sequence[Commit], message: Reveal) -> int:
    """Return f_i(j) from the reveal of trustee i, checked against its coefexps."""
    sealed = message.shares[state.index - 1]
    assert sealed is not None, "only a sender's own place is empty"
    Z = state.context.group.mul(state.committed.decryption, sealed.ephemeral)
    try:
        return checked_share(message, state.index, Z)
    except CheckFailedError as error:
        raise BadShareError(complain(state, message, Z), str(error)) from None
