"""A share on its way: f_i(j), sealed so that only trustee j can read it, and so that j can prove what it says.

P = g^e, Z = ek_j^e = P^dk_j, key = HKDF-SHA256(str(Z)), ChaCha20-Poly1305 (docs/protocol.md §4, step 2). Whoever is
given Z can open the share, which is how a complaint is judged. The sender proves that it knows e, and with it Z;
otherwise a P made of another trustee's would have that one's share opened by the complaint. The proof names the sender
and R, the commits it is for: whoever takes over the number of another in another list cannot take over the proof too.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ippyo.canonical import Fields, b64, unb64
from ippyo.crypto import schnorr
from ippyo.crypto.ceremony.context import CeremonyContext
from ippyo.crypto.groups import Element, Group
from ippyo.crypto.proof import Proof
from ippyo.crypto.random import Draw, random_scalar
from ippyo.errors import CheckFailedError

__all__ = ["SealedShare", "knows_exponent", "open_share", "seal_share"]

NONCE = bytes(12)
"""Constant, because each key seals one share only."""

TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class SealedShare:
    """``ephemeral`` P, ``data``, the ciphertext with its tag, and ``proof``, that the sender knows e in P = g^e."""

    ephemeral: Element
    data: bytes
    proof: Proof

    @classmethod
    def from_value(cls, group: Group, value: object, what: str) -> SealedShare:
        """Decode ``{"ephemeral":P,"data":b64,"proof":{..}}``; every share of a group has the same length.

        The proof is for :func:`knows_exponent` to check.
        """
        read = Fields(value, what, ("ephemeral", "data", "proof"))
        return cls(
            group.decode_key(read.text("ephemeral", limit=group.text_limit), what=what),
            unb64(read.text("data"), what=what, length=group.scalar_digits + TAG_BYTES),
            Proof.from_value(group, read.raw("proof"), what),
        )

    def to_value(self, group: Group) -> dict[str, object]:
        """Return the JSON object."""
        return {"ephemeral": group.encode(self.ephemeral), "data": b64(self.data), "proof": self.proof.to_value()}


def seal_share(
    context: CeremonyContext,
    R: str,
    i: int,
    j: int,
    encryption_key: Element,
    share: int,
    *,
    _draw: Draw = random_scalar,
) -> SealedShare:
    """Seal ``share`` = f_i(j) from trustee ``i`` for trustee ``j`` with ``encryption_key`` ek_j.

    ``R`` is the hash of the commits that the share is for.
    """
    group = context.group
    e = _draw(group)
    P = group.mul_base(e)
    cipher, info = _cipher(context, i, j, P, group.mul(e, encryption_key))
    # Padded to the digits of q: the ciphertext's length says nothing about the share.
    data = cipher.encrypt(NONCE, str(share).zfill(group.scalar_digits).encode(), info)
    return SealedShare(P, data, schnorr.prove(group, _proof_prefix(context, R, i, j, P), e, _draw=_draw))


def knows_exponent(context: CeremonyContext, R: str, i: int, j: int, sealed: SealedShare) -> bool:
    """Return whether trustee ``i`` has proved, for the commits ``R``, that it knows e in P = g^e of ``j``'s share."""
    P = sealed.ephemeral
    return schnorr.verify(context.group, _proof_prefix(context, R, i, j, P), P, sealed.proof)


def _proof_prefix(context: CeremonyContext, R: str, i: int, j: int, P: Element) -> str:
    return f"ippyo-ephemeral-v1|{context.text}|{R}|{i}|{j}|{context.group.encode(P)}|"


def open_share(context: CeremonyContext, i: int, j: int, sealed: SealedShare, Z: Element) -> int:
    """Return f_i(j) as ``sealed`` says it; ``Z`` is P^dk_j.

    Raises :class:`CheckFailedError` when it cannot be opened or is not a scalar.
    """
    cipher, info = _cipher(context, i, j, sealed.ephemeral, Z)
    try:
        digits = cipher.decrypt(NONCE, sealed.data, info).decode("ascii")
    except (InvalidTag, UnicodeDecodeError):
        raise CheckFailedError(f"the share from trustee {i} for trustee {j} cannot be opened") from None
    if not digits.isdigit() or int(digits) >= context.group.q:
        raise CheckFailedError(f"the share from trustee {i} for trustee {j} is not a scalar")
    return int(digits)


def _cipher(context: CeremonyContext, i: int, j: int, P: Element, Z: Element) -> tuple[ChaCha20Poly1305, bytes]:
    """Return the cipher and its info text, which is the associated data too."""
    group = context.group
    info = f"ippyo-share-v1|{context.text}|{i}|{j}|{group.encode(P)}".encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=b"", info=info).derive(group.encode(Z).encode())
    return ChaCha20Poly1305(key), info
