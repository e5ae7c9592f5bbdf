"""Plain Ed25519 signatures (RFC 8032, no context, no prehash) of officers, issuers and the ledger's log.

Verification is without cofactor, with ``S`` reduced, the public key and ``R`` points of the prime-order subgroup.
Keys travel as Base64 without padding (docs/protocol.md §1): 43 characters for the public key and for the secret seed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Self

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_SEEDBYTES
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from ippyo.canonical import b64, unb64
from ippyo.errors import ParseError

__all__ = ["SIGNATURE_BYTES", "PublicKey", "SecretKey", "generate", "sign", "verify"]

KEY_BYTES = 32
SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: 32 bytes (RFC 8032 §5.1.5) that encode a point of the prime-order subgroup, not the identity."""

    raw: bytes

    def __post_init__(self) -> None:
        # A key of small order would verify signatures that nobody made; one outside the subgroup divides verifiers.
        if len(self.raw) != KEY_BYTES or not crypto_core_ed25519_is_valid_point(self.raw):
            raise ParseError("Ed25519 public key", "is not a point of the prime-order subgroup")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Decode 43 characters of Base64. Raises :class:`ParseError`."""
        return cls(unb64(text, what="Ed25519 public key", length=KEY_BYTES))

    def to_text(self) -> str:
        """Return 43 characters of Base64."""
        return b64(self.raw)


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A secret key: the 32-byte seed of RFC 8032 §5.1.5. Never shown by ``repr``."""

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != crypto_sign_SEEDBYTES:
            raise ParseError("Ed25519 secret key", f"is {len(self.seed)} bytes long instead of {KEY_BYTES}")

    @property
    def public(self) -> PublicKey:
        """The public key that belongs to this seed."""
        return PublicKey(bytes(SigningKey(self.seed).verify_key))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Decode 43 characters of Base64. Raises :class:`ParseError`, which never shows the text."""
        return cls(unb64(text, what="Ed25519 secret key", length=crypto_sign_SEEDBYTES))

    def to_text(self) -> str:
        """Return 43 characters of Base64: a secret, for an encrypted file only."""
        return b64(self.seed)


def generate() -> SecretKey:
    """Draw a new secret key from the operating system."""
    return SecretKey(secrets.token_bytes(crypto_sign_SEEDBYTES))


def sign(secret: SecretKey, message: bytes) -> bytes:
    """Return the deterministic 64-byte signature of ``message`` (RFC 8032 §5.1.6)."""
    return SigningKey(secret.seed).sign(message).signature


def verify(public: PublicKey, message: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` is one of ``message`` under ``public`` (RFC 8032 §5.1.7, without cofactor)."""
    if len(signature) != SIGNATURE_BYTES or not _passes(public.raw, message, signature):
        return False
    # Where R and the key are both of the subgroup, the cofactor makes no difference.
    return not _WITH_COFACTOR or crypto_core_ed25519_is_valid_point(signature[:KEY_BYTES])


def _passes(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell what libsodium says."""
    try:
        VerifyKey(public).verify(message, signature)
    except BadSignatureError:
        return False
    return True


_WITH_COFACTOR = _passes(
    bytes.fromhex("2c1b328deca5900cd82a3f2fd88903694ac7071b9d6aa9310515d413df84a4e7"),
    b"ippyo",
    bytes.fromhex(
        "3707bcbec8736b4d4c36de63693f6ae600e9ccf3f428c98d2c5644468c030683"
        "24b56808cdfe22c9904815e1d1df879442fc3233a249799e59c24ddfc63fb20f"
    ),
)
"""Whether this libsodium takes an R with a component of small order, as this one: newer versions do, older ones do not.
Nodes with different versions would not agree."""
