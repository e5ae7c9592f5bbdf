"""Blind RSA signatures, the client's and the verifier's part: RFC 9474.

Polls use ``RSABSSA-SHA384-PSSZERO-Deterministic`` with keys of 3072 bits and e = 65537 (docs/protocol.md §6): its
signature of a message is unique, so that a ticket has one form only. The other three variants exist so that all
published vectors can be run. The issuer's part is :mod:`ippyo.crypto.issuer_key`.

No randomising prefix is needed: RFC 9474 §5 lets messages of high entropy do without one, and a ticket's message holds
a credential derived from 130 random bits. A crafted key gains nothing else: :func:`finalize` accepts only what
verifies, and among the messages that such a key can sign the blinded one is spread uniformly.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

import gmpy2
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ippyo.canonical import b64, unb64
from ippyo.errors import CheckFailedError, InputError, ParseError

__all__ = [
    "POLL_KEY_BITS",
    "PSSZERO_DETERMINISTIC",
    "PUBLIC_EXPONENT",
    "VARIANTS",
    "BlindSignatureError",
    "Blinding",
    "RsaPublicKey",
    "Variant",
    "blind",
    "finalize",
    "prepare",
    "verify",
]

POLL_KEY_BITS = 3072
PUBLIC_EXPONENT = 65537
HASH_BYTES = 48
PREFIX_BYTES = 32


class BlindSignatureError(CheckFailedError):
    """A blind signature is not one of the blinded message, or not of the right form."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A named variant of RFC 9474 §5: bytes of PSS salt (48 or 0), and whether a random prefix is put in front."""

    name: str
    salt_length: int
    randomized: bool


PSSZERO_DETERMINISTIC = Variant("RSABSSA-SHA384-PSSZERO-Deterministic", 0, randomized=False)
VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("RSABSSA-SHA384-PSS-Randomized", HASH_BYTES, randomized=True),
        Variant("RSABSSA-SHA384-PSSZERO-Randomized", 0, randomized=True),
        Variant("RSABSSA-SHA384-PSS-Deterministic", HASH_BYTES, randomized=False),
        PSSZERO_DETERMINISTIC,
    )
}


@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """An RSA public key: odd modulus ``n`` and e = 65537."""

    n: int

    @property
    def size(self) -> int:
        """Length in bytes of the modulus, of a blinded message and of a signature (384 for poll keys)."""
        return (self.n.bit_length() + 7) // 8

    @classmethod
    def from_der(cls, der: bytes, *, bits: int = POLL_KEY_BITS) -> Self:
        """Decode a DER SubjectPublicKeyInfo with algorithm rsaEncryption, of exactly ``bits`` bits and e = 65537.

        Raises :class:`ParseError`, also for a form that is not the one :meth:`to_der` writes.
        """
        what = "issuer's RSA key"
        if len(der) > bits:
            raise ParseError(what, "is too long")
        try:
            key = serialization.load_der_public_key(der)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ParseError(what, "is not a DER SubjectPublicKeyInfo") from None
        if not isinstance(key, rsa.RSAPublicKey):
            raise ParseError(what, "is not an RSA key")
        if key.key_size != bits:
            raise ParseError(what, f"has {key.key_size} bits instead of {bits}")
        numbers = key.public_numbers()
        if numbers.e != PUBLIC_EXPONENT or numbers.n % 2 == 0:
            raise ParseError(what, f"does not have an odd modulus and the exponent {PUBLIC_EXPONENT}")
        result = cls(numbers.n)
        if result.to_der() != der:
            raise ParseError(what, "is not in canonical form")
        return result

    def to_der(self) -> bytes:
        """Return the DER SubjectPublicKeyInfo (rsaEncryption, NULL parameters)."""
        return _library_key(self).public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Decode the Base64 text of the DER form of a poll key (3072 bits). Raises :class:`ParseError`."""
        return cls.from_der(unb64(text, what="issuer's RSA key"))

    def to_text(self) -> str:
        """Return the Base64 text of the DER form."""
        return b64(self.to_der())


@dataclass(frozen=True, slots=True)
class Blinding:
    """A blinded message, to be sent, and what unblinds its signature, to be kept: the inverse of r modulo n."""

    blinded: bytes
    inverse: int = field(repr=False)


def prepare(message: bytes, variant: Variant = PSSZERO_DETERMINISTIC, *, prefix: bytes | None = None) -> bytes:
    """Return the message that is signed (RFC 9474 §4.1): the message itself, or a random prefix before it.

    ``prefix`` (32 bytes) is drawn from the OS unless given; deterministic variants take none.
    """
    if not variant.randomized:
        if prefix:
            raise InputError(f"{variant.name} takes no prefix")
        return message
    if prefix is None:
        prefix = secrets.token_bytes(PREFIX_BYTES)
    if len(prefix) != PREFIX_BYTES:
        raise InputError(f"the prefix must be {PREFIX_BYTES} bytes long")
    return prefix + message


def blind(
    key: RsaPublicKey,
    message: bytes,
    *,
    r: int | None = None,
    variant: Variant = PSSZERO_DETERMINISTIC,
    salt: bytes | None = None,
) -> Blinding:
    """Blind the prepared ``message`` for the holder of ``key`` (RFC 9474 §4.2).

    ``r`` is the blinding factor, 2..n-1 and invertible; it is drawn from the OS unless given, and must never serve two
    messages. ``salt`` is that of PSS, drawn from the OS unless given. Raises :class:`InputError`.
    """
    n = gmpy2.mpz(key.n)
    salt = secrets.token_bytes(variant.salt_length) if salt is None else salt
    if len(salt) != variant.salt_length:
        raise InputError(f"the salt of {variant.name} must be {variant.salt_length} bytes long")
    m = gmpy2.mpz(int.from_bytes(emsa_pss_encode(message, n.bit_length() - 1, salt)))
    if gmpy2.gcd(m, n) != 1:
        raise InputError("the issuer's RSA key has a factor in common with the message, so the key is not a good one")
    r = 2 + secrets.randbelow(key.n - 2) if r is None else r
    if not 2 <= r < key.n or gmpy2.gcd(r, n) != 1:
        raise InputError("the blinding factor is not an invertible number between 2 and n - 1")
    z = m * gmpy2.powmod_sec(r, PUBLIC_EXPONENT, n) % n
    return Blinding(int(z).to_bytes(key.size), int(gmpy2.invert(r, n)))


def finalize(
    key: RsaPublicKey,
    message: bytes,
    blind_signature: bytes,
    blinding: Blinding,
    *,
    variant: Variant = PSSZERO_DETERMINISTIC,
) -> bytes:
    """Unblind ``blind_signature`` and return the signature of the prepared ``message`` (RFC 9474 §4.4), verified.

    Raises :class:`BlindSignatureError` when it has the wrong length or the result does not verify.
    """
    if len(blind_signature) != key.size:
        raise BlindSignatureError(f"the blind signature is {len(blind_signature)} bytes long instead of {key.size}")
    z = int.from_bytes(blind_signature)
    if z >= key.n:
        raise BlindSignatureError("the blind signature is not smaller than the modulus")
    signature = int(gmpy2.mpz(z) * blinding.inverse % key.n).to_bytes(key.size)
    if not verify(key, message, signature, variant=variant):
        raise BlindSignatureError("the blind signature is not one of the blinded message")
    return signature


def verify(key: RsaPublicKey, message: bytes, signature: bytes, *, variant: Variant = PSSZERO_DETERMINISTIC) -> bool:
    """Tell whether ``signature`` is an RSASSA-PSS signature of the prepared ``message`` (RFC 8017 §8.1.2).

    SHA-384, MGF1 with SHA-384, salt of exactly the variant's length.
    """
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=variant.salt_length)
    try:
        _library_key(key).verify(signature, message, scheme, hashes.SHA384())
    except InvalidSignature:
        return False
    return True


def emsa_pss_encode(message: bytes, bits: int, salt: bytes) -> bytes:
    """Return EMSA-PSS-ENCODE (RFC 8017 §9.1.1) with SHA-384 and MGF1-SHA-384, ``bits`` the most bits it may have."""
    length = (bits + 7) // 8
    zeros = length - len(salt) - HASH_BYTES - 2
    if zeros < 0:
        raise InputError("the RSA modulus is too short for a signature with SHA-384")
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(zeros) + b"\x01" + salt
    masked = bytearray(a ^ b for a, b in zip(block, _mgf1(digest, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + digest + b"\xbc"


def _mgf1(seed: bytes, length: int) -> bytes:
    blocks = (hashlib.sha384(seed + counter.to_bytes(4)).digest() for counter in range(-(-length // HASH_BYTES)))
    return b"".join(blocks)[:length]


@lru_cache(maxsize=1024)
def _library_key(key: RsaPublicKey) -> rsa.RSAPublicKey:
    """One object of the library per key: as many as a poll has styles times issuers (64 times 16)."""
    return rsa.RSAPublicNumbers(PUBLIC_EXPONENT, key.n).public_key()
