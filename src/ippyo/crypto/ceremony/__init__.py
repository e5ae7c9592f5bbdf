"""The key ceremony: n trustees make one election key of which any t can use their shares, and nobody knows it whole.

Pedersen's distributed key generation, with commitments first, so that nobody who speaks last can bias the key except
by aborting, which everybody sees (docs/protocol.md §4). For each trustee::

    state = commit(context, index)            keep the state, send state.commit
    state = reveal(state, commits)            keep the state, send state.reveal
    state = confirm(state, commits, reveals)  keep the state (the key share), send state.confirm
    check_own_part(state, transcript)         when everything is published

and for whoever carries the messages, without any secret, ``assemble(context, commits, reveals, confirms)``. When a
share is bad, ``confirm`` raises :class:`BadShareError`: keep its ``state``, send ``state.complaint``, and :func:`judge`
says who is at fault; the ceremony is then held again, by all, with new secrets. Channels need not be secret.

:class:`~ippyo.errors.FaultyTrusteeError` names a trustee for what it has signed and for nothing else; anything else
that is wrong is a :class:`~ippyo.errors.FaultyCoordinatorError`, evidence against no trustee.
"""

from __future__ import annotations

from ippyo.crypto.ceremony.assembly import (
    TRANSCRIPT_LIMIT,
    Transcript,
    assemble,
    check_own_part,
    verify_transcript,
)
from ippyo.crypto.ceremony.committing import commit
from ippyo.crypto.ceremony.complaints import BadShareError, judge
from ippyo.crypto.ceremony.confirming import confirm
from ippyo.crypto.ceremony.context import MESSAGE_LIMIT, CeremonyContext
from ippyo.crypto.ceremony.messages import Commit, Complaint, Confirm, Message, Reveal
from ippyo.crypto.ceremony.revealing import check_reveals, reveal, round_hash
from ippyo.crypto.ceremony.rounds import parse_complaint, parse_reveals, parse_round
from ippyo.crypto.ceremony.state import (
    Committed,
    Complained,
    KeyShare,
    Revealed,
    TrusteeState,
    read_state,
)

__all__ = [
    "MESSAGE_LIMIT",
    "TRANSCRIPT_LIMIT",
    "BadShareError",
    "CeremonyContext",
    "Commit",
    "Committed",
    "Complained",
    "Complaint",
    "Confirm",
    "KeyShare",
    "Message",
    "Reveal",
    "Revealed",
    "Transcript",
    "TrusteeState",
    "assemble",
    "check_own_part",
    "check_reveals",
    "commit",
    "confirm",
    "judge",
    "parse_complaint",
    "parse_reveals",
    "parse_round",
    "read_state",
    "reveal",
    "round_hash",
    "verify_transcript",
]
