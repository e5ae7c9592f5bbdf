"""How large a ballot of a contest can get: a contest whose ballots no node would take must not be frozen."""

from __future__ import annotations

from ippyo.poll.contest import Contest

__all__ = ["largest_ballot"]

# Characters of an element and of a scalar, with their quotation marks.
_ELEMENT = {"Ed25519": 66, "BELENIOS-2048": 619, "RFC-3526-2048": 619}
_SCALAR = {"Ed25519": 78, "BELENIOS-2048": 80, "RFC-3526-2048": 619}

_FRAME = 400
"""Field names, uuid, fingerprint and hash around the parts that grow."""


def largest_ballot(group: str, contest: Contest) -> int:
    """Return an upper bound, in bytes, for a ballot text (protocol §7); real ones come within a few percent."""
    element, scalar = _ELEMENT[group], _SCALAR[group]
    ciphertext = 2 * element + len('{"alpha":,"beta":},')
    proof = 2 * scalar + len('{"challenge":,"response":},')
    branches = contest.max - contest.min + 1 + (3 if contest.blank else 0)
    size = _FRAME + element + 2 * scalar
    size += contest.choices * (ciphertext + 2 * proof + len("[],")) + branches * proof
    if group == "Ed25519":
        size += (4 * contest.choices + 2 * branches) * (element + 1)
    return size
