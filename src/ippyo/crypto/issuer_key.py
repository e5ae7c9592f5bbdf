"""Issuers' RSA keys and the blind signing operation: RFC 9474 §4.3 (RFC 8017 RSASP1 on a blinded message).

No Python library offers the raw RSA operation on a key in memory, so :class:`FileIssuerKey` does it with GMP:

* the number that meets the secret exponents is blinded anew each time with a random u (s = (m u^e)^d / u), so that
  running time says nothing about a number an attacker chose;
* the exponentiations of the Chinese remaindering are ``mpz_powm_sec``, whose time and memory accesses do not depend
  on the exponent; the few multiplications around them work on blinded numbers only;
* the result is raised to e and compared before it leaves: one wrong result of a faulty computer would give away
  the factors of the modulus.

Secrets stay in the process's memory, and Python cannot wipe them. A poll that needs more uses
:mod:`ippyo.crypto.hsm_issuer_key`, where the key never leaves the device.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, Self

import gmpy2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ippyo.crypto.age_file import decrypt, encrypt
from ippyo.crypto.blind_rsa import POLL_KEY_BITS, PUBLIC_EXPONENT, BlindSignatureError, RsaPublicKey
from ippyo.errors import ParseError

__all__ = ["FileIssuerKey", "IssuerKey", "checked_private_operation"]

MAX_PEM_BYTES = 16_384


class IssuerKey(Protocol):
    """Whatever can sign blindly for one issuer and one ballot style."""

    @property
    def public_key(self) -> RsaPublicKey:
        """The public key that genesis names."""

    def blind_sign(self, blinded: bytes) -> bytes:
        """Sign a blinded message of ``public_key.size`` bytes; the result has the same length.

        Raises :class:`ParseError` when the message has another length or is not below n, and
        :class:`BlindSignatureError` when the computation went wrong.
        """


@dataclass(frozen=True, slots=True)
class FileIssuerKey:
    """A key in memory, kept on disk as PKCS#8 PEM inside an age file under a passphrase."""

    public_key: RsaPublicKey
    p: int = field(repr=False)
    q: int = field(repr=False)
    dp: int = field(repr=False)
    dq: int = field(repr=False)
    q_inverse: int = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Draw a new poll key: 3072 bits, e = 65537."""
        return cls._from_library(rsa.generate_private_key(PUBLIC_EXPONENT, POLL_KEY_BITS))

    @classmethod
    def from_pem(cls, pem: bytes, *, bits: int = POLL_KEY_BITS) -> Self:
        """Decode an unencrypted PKCS#8 PEM private key of exactly ``bits`` bits and e = 65537.

        Raises :class:`ParseError`, also when the numbers do not belong together.
        """
        what = "issuer's private key"
        if len(pem) > MAX_PEM_BYTES:
            raise ParseError(what, "is too long")
        try:
            # The library checks that p, q, d and the rest belong together.
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):
            raise ParseError(what, "is not an unencrypted PKCS#8 PEM file") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ParseError(what, "is not an RSA key")
        if key.key_size != bits or key.public_key().public_numbers().e != PUBLIC_EXPONENT:
            raise ParseError(what, f"does not have {bits} bits and the exponent {PUBLIC_EXPONENT}")
        return cls._from_library(key)

    def to_pem(self) -> bytes:
        """Return unencrypted PKCS#8 PEM: a secret, for an encrypted file only."""
        d = int(gmpy2.invert(PUBLIC_EXPONENT, (self.p - 1) * (self.q - 1)))
        public = rsa.RSAPublicNumbers(PUBLIC_EXPONENT, self.public_key.n)
        numbers = rsa.RSAPrivateNumbers(self.p, self.q, d, self.dp, self.dq, self.q_inverse, public)
        return numbers.private_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @classmethod
    def unseal(cls, sealed: bytes, passphrase: str) -> Self:
        """Open what :meth:`seal` made. Raises :class:`WrongPassphraseError` or :class:`ParseError`."""
        return cls.from_pem(decrypt(sealed, passphrase, what="issuer's private key"))

    def seal(self, passphrase: str) -> bytes:
        """Return the PEM in an age file under ``passphrase``."""
        return encrypt(self.to_pem(), passphrase)

    def blind_sign(self, blinded: bytes) -> bytes:
        """Sign blindly (RFC 9474 §4.3); see :class:`IssuerKey`."""
        return checked_private_operation(self.public_key, blinded, self._rsasp1)

    @classmethod
    def _from_library(cls, key: rsa.RSAPrivateKey) -> Self:
        numbers = key.private_numbers()
        public = RsaPublicKey(numbers.public_numbers.n)
        return cls(public, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)

    def _rsasp1(self, m: int) -> int:
        """Return m^d mod n by Chinese remaindering (RFC 8017 §5.2.1, 2b)."""
        p, q = gmpy2.mpz(self.p), gmpy2.mpz(self.q)
        s1 = gmpy2.powmod_sec(m % p, self.dp, p)
        s2 = gmpy2.powmod_sec(m % q, self.dq, q)
        return int(s2 + q * ((s1 - s2) * self.q_inverse % p))


def checked_private_operation(key: RsaPublicKey, blinded: bytes, private_operation: Callable[[int], int]) -> bytes:
    """Run ``private_operation`` (m -> m^d mod n) on a message that only the holder of u knows, and check its result.

    Raises :class:`ParseError` for a message of another length or outside 1..n-1, :class:`BlindSignatureError` for a
    result that does not verify.
    """
    what = "blinded message"
    if len(blinded) != key.size:
        raise ParseError(what, f"is {len(blinded)} bytes long instead of {key.size}")
    m = int.from_bytes(blinded)
    if not 0 < m < key.n:
        raise ParseError(what, "is not between 1 and n - 1")
    n = gmpy2.mpz(key.n)
    # A u that is not invertible would be a factor of n: it does not happen.
    u = 2 + secrets.randbelow(key.n - 2)
    hidden = m * gmpy2.powmod_sec(u, PUBLIC_EXPONENT, n) % n
    s = private_operation(int(hidden)) * gmpy2.invert(u, n) % n
    if gmpy2.powmod(s, PUBLIC_EXPONENT, n) != m:
        raise BlindSignatureError("the issuer's key computed a wrong signature; nothing was given out")
    return int(s).to_bytes(key.size)
