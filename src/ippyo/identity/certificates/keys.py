"""Public keys that are strong enough, and signatures under them: today's RSA and the next card's P-384."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import SignatureAlgorithmOID

__all__ = ["DECODING_ERRORS", "SIGNATURE_HASHES", "PublicKey", "algorithm_of", "public_key", "signed_by", "verifies"]

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

DECODING_ERRORS: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    CryptographyDeprecationWarning,
)
"""What pyca/cryptography raises for a certificate, list or OCSP answer that it cannot decode.

Its warnings, too, where they are errors: they are about encodings that it will refuse in future.
"""

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 4096
LEAST_EXPONENT = 65537
MOST_EXPONENT = 2**32

SIGNATURE_HASHES: Final[dict[x509.ObjectIdentifier, hashes.HashAlgorithm]] = {
    SignatureAlgorithmOID.RSA_WITH_SHA256: hashes.SHA256(),
    SignatureAlgorithmOID.RSA_WITH_SHA384: hashes.SHA384(),
    SignatureAlgorithmOID.RSA_WITH_SHA512: hashes.SHA512(),
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: hashes.SHA384(),
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: hashes.SHA512(),
}
"""How an authority may sign certificates, CRLs and OCSP answers (RSA here means PKCS #1 v1.5)."""


def public_key(key: object) -> PublicKey:
    """Return ``key`` if it is RSA of 2048 to 4096 bits with a sane exponent, or ECDSA P-384.

    Raises :class:`ValueError`. There is an upper bound, too, because strangers choose the key computed with here.
    """
    if isinstance(key, rsa.RSAPublicKey):
        exponent = key.public_numbers().e
        if LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS and LEAST_EXPONENT <= exponent < MOST_EXPONENT:
            return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        return key
    raise ValueError("unsuitable public key")


def algorithm_of(key: PublicKey) -> str:
    """Return the name of the one algorithm that a card with this key signs with: ``RS256`` or ``ES384``."""
    return "RS256" if isinstance(key, rsa.RSAPublicKey) else "ES384"


def verifies(key: PublicKey, signature: bytes, message: bytes, digest: hashes.HashAlgorithm) -> bool:
    """Tell whether a signature is right: RSASSA-PKCS1-v1_5, or ECDSA as the DER of ``SEQUENCE { r, s }``."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), digest)
        else:
            key.verify(signature, message, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    return True


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether ``issuer`` issued the certificate: same name, and the signature verifies under the issuer's key."""
    if certificate.signature_algorithm_oid not in SIGNATURE_HASHES:
        return False
    try:
        # Also compares the names, and the algorithm inside the signed part with the one beside the signature.
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
