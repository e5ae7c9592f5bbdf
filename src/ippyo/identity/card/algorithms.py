"""How the keys of a card sign: one entry for each algorithm that a card's certificate can name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ippyo.identity.errors import CardError

__all__ = ["ES384", "RS256", "Algorithm", "algorithm_of"]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """``name`` as in docs/registration.md; the card is given ``prefix`` and the hash of the message."""

    name: str
    prefix: bytes
    digest: Callable[[bytes], bytes]

    def to_card(self, message: bytes) -> bytes:
        """Return the bytes that COMPUTE DIGITAL SIGNATURE carries."""
        return self.prefix + self.digest(message)


RS256 = Algorithm(
    "RS256",
    # DigestInfo of SHA-256 (RFC 8017, section 9.2, note 1), to which the card adds the padding of EMSA-PKCS1-v1_5.
    bytes.fromhex("3031300d060960864801650304020105000420"),
    lambda message: hashlib.sha256(message).digest(),
)
"""Today's card: RSA with 2048 bits."""

ES384 = Algorithm("ES384", b"", lambda message: hashlib.sha384(message).digest())
"""The next card, as announced: ECDSA with P-384 over the bare hash. Its signatures are DER."""

RSA_BITS = 2048


def algorithm_of(certificate: bytes) -> Algorithm:
    """Return the algorithm of the key in ``certificate`` (DER).

    Raises :class:`CardError` ``not-a-my-number-card`` for a key that no My Number Card has.
    """
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CardError("not-a-my-number-card", "a certificate on this card cannot be read") from None
    if isinstance(key, RSAPublicKey) and key.key_size == RSA_BITS:
        return RS256
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP384R1):
        return ES384
    raise CardError("not-a-my-number-card", "this card has a key of a kind that no My Number Card has")
