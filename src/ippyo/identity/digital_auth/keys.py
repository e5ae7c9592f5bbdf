"""Our private keys towards the service: one that signs client assertions, one that opens encrypted results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, RSAKey

from ippyo.errors import InputError
from ippyo.files import read_limited

__all__ = ["ClientKey", "ResultKey", "load_client_key", "load_result_key"]

KEY_FILE_LIMIT = 16 * 1024
MIN_RSA_BITS = 2048

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class ClientKey:
    """The ES256 key registered with the service, by which it knows this registry. ``key_id`` is its name there."""

    key_id: str
    key: ECKey = field(repr=False)

    @classmethod
    def of(cls, key: ec.EllipticCurvePrivateKey, key_id: str = "") -> ClientKey:
        """Take a P-256 key; without ``key_id`` its RFC 7638 thumbprint serves. Raises :class:`InputError`."""
        if not isinstance(key.curve, ec.SECP256R1):
            raise InputError("the client key for デジタル認証 is not an EC key on P-256")
        taken = ECKey.import_key(key)
        return cls(key_id or taken.thumbprint(), taken)

    def public_jwk(self) -> dict[str, object]:
        """Return the public JWK to register with the service."""
        public = self.key.as_dict(private=False)
        return {**public, "kid": self.key_id, "use": "sig", "alg": "ES256"}


@dataclass(frozen=True, slots=True)
class ResultKey:
    """The key to which the service encrypts a signature's result. ``algorithm`` is the only one taken with it."""

    algorithm: str
    key: ECKey | RSAKey = field(repr=False)

    @classmethod
    def of(cls, key: Private) -> ResultKey:
        """Take a P-256 key for ``ECDH-ES`` or an RSA key for ``RSA-OAEP-256``. Raises :class:`InputError`."""
        if isinstance(key, rsa.RSAPrivateKey):
            if key.key_size < MIN_RSA_BITS:
                raise InputError(f"the result key for デジタル認証 has fewer than {MIN_RSA_BITS} bits")
            return cls("RSA-OAEP-256", RSAKey.import_key(key))
        if not isinstance(key.curve, ec.SECP256R1):
            raise InputError("the result key for デジタル認証 is neither RSA nor EC on P-256")
        return cls("ECDH-ES", ECKey.import_key(key))

    def public_jwk(self) -> dict[str, object]:
        """Return the public JWK to register with the service."""
        return {**self.key.as_dict(private=False), "use": "enc", "alg": self.algorithm}


def load_client_key(path: Path, passphrase: bytes | None = None, key_id: str = "") -> ClientKey:
    """Read the client key from a PEM file, which is encrypted or readable by its owner only (:class:`InputError`)."""
    key = _load(path, passphrase, "client key")
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise InputError("the client key for デジタル認証 is not an EC key on P-256")
    return ClientKey.of(key, key_id)


def load_result_key(path: Path, passphrase: bytes | None = None) -> ResultKey:
    """Read the result key from a PEM file, which is encrypted or readable by its owner only (:class:`InputError`)."""
    return ResultKey.of(_load(path, passphrase, "result key"))


def _load(path: Path, passphrase: bytes | None, what: str) -> Private:
    data = read_limited(path, KEY_FILE_LIMIT, what)
    encrypted = b"ENCRYPTED" in data
    if not encrypted and path.stat().st_mode & 0o077:
        raise InputError(f"{what}: {path} is not encrypted, and others may read it; give it mode 0600 or encrypt it")
    if encrypted and passphrase is None:
        raise InputError(f"{what}: {path} is encrypted; give its passphrase")
    try:
        key = serialization.load_pem_private_key(data, passphrase if encrypted else None)
    except (ValueError, TypeError):
        raise InputError(f"{what}: {path} is not a PEM private key, or its passphrase is another one") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise InputError(f"{what}: {path} holds a key of a kind that does not serve here")
    return key
