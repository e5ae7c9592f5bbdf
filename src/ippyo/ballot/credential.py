"""What a voting code yields: the credential that signs ballots, its ticket's blindings (docs/protocol.md §6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from math import gcd
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ippyo.ballot.voting_code import VotingCode
from ippyo.crypto.blind_rsa import RsaPublicKey
from ippyo.crypto.groups import Element, Group

__all__ = ["Credential", "derive_blinding"]

EXTRA_BYTES = 16
"""Bytes drawn beyond the size of q, so that reduction leaves a bias below 2^-128."""

BLINDING_BYTES = 400


@dataclass(frozen=True, slots=True)
class Credential:
    """An anonymous signing key: secret s (1..q-1) and C = g^s, with C's text ``str(C)``."""

    secret: int = field(repr=False)
    public: Element
    text: str

    @classmethod
    def derive(cls, code: VotingCode, fingerprint: str, group: Group) -> Self:
        """Return the credential of ``code`` in the poll ``fingerprint`` (Phi). Another poll has an unrelated one."""
        length = (group.q.bit_length() + 7) // 8 + EXTRA_BYTES
        okm = _hkdf(code, salt="ippyo-credential-v1", info=fingerprint, length=length)
        secret = int.from_bytes(okm) % (group.q - 1) + 1
        public = group.mul_base(secret)
        return cls(secret, public, group.encode(public))


def derive_blinding(code: VotingCode, fingerprint: str, issuer: int, style: str, key: RsaPublicKey) -> int:
    """Return the blinding factor r for ``issuer`` (1-based) and ballot style: invertible, 2..n-1.

    Derived, so that a voter whose connection broke asks for the very same signature again.
    """
    for attempt in count():
        info = f"{fingerprint}|{issuer}|{style}|{attempt}"
        r = int.from_bytes(_hkdf(code, salt="ippyo-blinding-v1", info=info, length=BLINDING_BYTES)) % key.n
        if r >= 2 and gcd(r, key.n) == 1:
            return r
    raise AssertionError  # pragma: no cover - count() does not end


def _hkdf(code: VotingCode, *, salt: str, info: str, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) of the code's 26 symbols."""
    return HKDF(SHA256(), length, salt.encode(), info.encode()).derive(code.key_material)
