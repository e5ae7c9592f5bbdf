"""Step 1: a trustee draws its secrets and commits to its polynomial (docs/protocol.md §4)."""

from __future__ import annotations

import secrets

from ippyo.crypto.ceremony.context import CeremonyContext
from ippyo.crypto.ceremony.messages import NONCE_BYTES, Commit, commitment_of
from ippyo.crypto.ceremony.state import Committed
from ippyo.crypto.random import random_scalar
from ippyo.crypto.trustee_keys import Certificate, Coefexps, sign

__all__ = ["commit"]


def commit(context: CeremonyContext, index: int) -> Committed:
    """Draw the secrets of trustee ``index`` and return them; send ``state.commit`` to all.

    Each call draws anew: keep the state before sending anything. Raises :class:`~ippyo.errors.InputError` for a number
    that no trustee has.
    """
    context.require_index(index)
    group = context.group
    signing, decryption = random_scalar(group), random_scalar(group)
    coefficients = tuple(random_scalar(group) for _ in range(context.quorum.threshold))
    nonce = secrets.token_bytes(NONCE_BYTES)
    coefexps = Coefexps.make(group, signing, coefficients)
    commitment = commitment_of(context, index, nonce, coefexps)
    message = Commit(
        context,
        index,
        Certificate.make(group, context.quorum, index, signing, decryption),
        commitment,
        sign(group, signing, Commit.signed_text(context, index, commitment)),
    )
    return Committed(context, index, signing, decryption, coefficients, nonce, coefexps, message)
