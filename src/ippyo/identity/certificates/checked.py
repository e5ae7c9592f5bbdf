"""A certificate that passed every check but revocation, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from ippyo.canonical import sha256
from ippyo.identity.certificates.keys import PublicKey, algorithm_of, verifies
from ippyo.identity.certificates.profile import Kind
from ippyo.identity.certificates.trust import Root
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.person import BasicData

__all__ = ["CheckedCertificate"]

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {"RS256": hashes.SHA256(), "ES384": hashes.SHA384()}


@dataclass(frozen=True, slots=True, repr=False)
class CheckedCertificate:
    """What :func:`ippyo.identity.certificates.check_certificate` returns; nothing else makes one.

    ``basic`` is there for the kind ``signature`` only. ``root`` is the authority whose key verified the certificate.
    ``crl_points`` are the DER names of the directory entries in its cRLDistributionPoints.
    """

    kind: Kind
    der: bytes
    certificate: x509.Certificate
    root: Root
    key: PublicKey
    basic: BasicData | None
    crl_points: frozenset[bytes]

    def __repr__(self) -> str:
        return f"CheckedCertificate({self.kind}, hidden)"

    @property
    def issuer(self) -> bytes:
        """The DER of the issuer's name, which all generations of an authority share."""
        return self.certificate.issuer.public_bytes()

    @property
    def serial(self) -> int:
        """The serial number (発行番号), unique under one key of the issuer."""
        return self.certificate.serial_number

    @property
    def algorithm(self) -> str:
        """The algorithm that its key signs with: ``RS256`` or ``ES384``."""
        return algorithm_of(self.key)

    @property
    def identity(self) -> bytes:
        """32 bytes that name this certificate and no other: over issuer, serial number and the issuer's key."""
        parts = (sha256(self.issuer), sha256(self.root.key_info), str(self.serial).encode())
        return sha256(b"ippyo-certificate-v1|" + b"".join(parts))

    def verify(self, message: bytes, signature: bytes, algorithm: str) -> None:
        """Refuse (``bad-signature``) unless this certificate's key made the signature.

        ``RS256`` is RSASSA-PKCS1-v1_5 with SHA-256; ``ES384`` is ECDSA P-384 with SHA-384, as DER. What the key is
        decides: an algorithm that does not fit it is refused, too.
        """
        if algorithm != self.algorithm:
            raise IdentityRefusedError("bad-signature", "the algorithm is not that of the certificate's key")
        if not verifies(self.key, signature, message, _HASHES[algorithm]):
            raise IdentityRefusedError("bad-signature", "the signature does not verify")
