"""The pinned roots (トラストアンカー): which certification authorities are believed, and for which kind.

J-LIS renews its authorities under the same name, so that a name never tells one generation from another: roots are
pinned by the SHA-256 of the whole certificate, and an issuer is found by the key that verifies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from ippyo.errors import InputError, ParseError
from ippyo.files import read_limited
from ippyo.identity.certificates.keys import DECODING_ERRORS, PublicKey, public_key, signed_by
from ippyo.identity.certificates.profile import CERTIFICATE_LIMIT, TEST_ORGANISATION, UNDERSTOOD, Kind

__all__ = ["Pin", "Root", "Trust", "is_test_name"]

WHAT = "root certificate"
_PIN = re.compile(r"(signature|user):([0-9a-f]{64})")
_SUFFIXES = {".cer", ".crt", ".der", ".pem"}


@dataclass(frozen=True, slots=True)
class Pin:
    """The SHA-256 (32 bytes) of a root's DER, and the kind of certificate that root may issue."""

    kind: Kind
    sha256: bytes

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Decode ``signature:<64 hex digits>`` or ``user:<64 hex digits>``. Raises :class:`InputError`."""
        found = _PIN.fullmatch(text.replace(" ", "").lower())
        if not found:
            raise InputError("a pinned root is not written as signature: or user: and 64 hexadecimal digits")
        return cls("signature" if found[1] == "signature" else "user", bytes.fromhex(found[2]))

    def to_text(self) -> str:
        """Return the text that :meth:`from_text` reads."""
        return f"{self.kind}:{self.sha256.hex()}"


@dataclass(frozen=True, slots=True)
class Root:
    """A certification authority of the configuration; its certificate was checked when it was loaded."""

    kind: Kind
    certificate: x509.Certificate
    key: PublicKey

    @classmethod
    def from_der(cls, der: bytes, kind: Kind) -> Self:
        """Decode and check a root certificate. Raises :class:`InputError`."""
        if len(der) > CERTIFICATE_LIMIT:
            raise ParseError(WHAT, f"is larger than {CERTIFICATE_LIMIT} bytes")
        try:
            certificate = x509.load_der_x509_certificate(der)
            key = public_key(certificate.public_key())
            extensions = certificate.extensions
        except DECODING_ERRORS:
            raise ParseError(WHAT, "is not a readable certificate with a strong key") from None
        if certificate.issuer != certificate.subject or not signed_by(certificate, certificate):
            raise ParseError(WHAT, "is not signed by itself")
        _require_authority(extensions)
        return cls(kind, certificate, key)

    @property
    def name(self) -> bytes:
        """The DER of its name."""
        return self.certificate.subject.public_bytes()

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of its DER."""
        return self.certificate.fingerprint(hashes.SHA256())

    @property
    def key_info(self) -> bytes:
        """The DER of its SubjectPublicKeyInfo."""
        return self.key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def is_test(self) -> bool:
        """Whether it belongs to the test hierarchy."""
        return is_test_name(self.certificate.subject)

    def valid_at(self, at: datetime) -> bool:
        """Tell whether its own certificate is valid at a time."""
        return self.certificate.not_valid_before_utc <= at <= self.certificate.not_valid_after_utc


@dataclass(frozen=True, slots=True)
class Trust:
    """The roots that are believed. Test roots are among them only where ``test`` is set."""

    roots: tuple[Root, ...]
    test: bool = False

    def __post_init__(self) -> None:
        if not self.roots:
            raise InputError("no root certificate is pinned")
        if not self.test and any(root.is_test for root in self.roots):
            raise InputError("a pinned root is of the test hierarchy, and the test mode is off")

    @classmethod
    def pinned(cls, certificates: Iterable[bytes], pins: Iterable[Pin], *, test: bool = False) -> Self:
        """Return trust in ``certificates`` (DER), each of which has its pin and each pin its certificate.

        Raises :class:`InputError`.
        """
        wanted = {pin.sha256: pin.kind for pin in pins}
        roots: dict[bytes, Root] = {}
        for der in certificates:
            digest = hashes.Hash(hashes.SHA256())
            digest.update(der)
            sha256 = digest.finalize()
            if sha256 not in wanted:
                raise ParseError(WHAT, f"{sha256.hex()} is not pinned in the configuration")
            roots[sha256] = Root.from_der(der, wanted[sha256])
        missing = [sha256.hex() for sha256 in wanted if sha256 not in roots]
        if missing:
            raise ParseError(WHAT, f"{missing[0]} is pinned, but there is no such file")
        return cls(tuple(roots.values()), test)

    @classmethod
    def from_folder(cls, folder: Path, pins: Iterable[Pin], *, test: bool = False) -> Self:
        """Return trust in a folder's ``.cer``, ``.crt``, ``.der`` and ``.pem`` files. Raises :class:`InputError`."""
        files = sorted(path for path in folder.glob("*") if path.suffix.lower() in _SUFFIXES)
        return cls.pinned([_read_der(path) for path in files], pins, test=test)

    def for_kind(self, kind: Kind) -> tuple[Root, ...]:
        """Return the roots that issue certificates of a kind."""
        return tuple(root for root in self.roots if root.kind == kind)


def is_test_name(name: x509.Name) -> bool:
    """Tell whether a name is of the test hierarchy."""
    return any(part.value == TEST_ORGANISATION for part in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))


def _require_authority(extensions: x509.Extensions) -> None:
    """Refuse a root that may not issue certificates and CRLs, or that asks for what is not understood."""
    if any(extension.critical and extension.oid not in UNDERSTOOD for extension in extensions):
        raise ParseError(WHAT, "has a critical extension that is not understood")
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints)
        usage = extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        raise ParseError(WHAT, "does not say that it may issue certificates and CRLs") from None
    if not (constraints.critical and constraints.value.ca and usage.critical) or not (
        usage.value.key_cert_sign and usage.value.crl_sign
    ):
        raise ParseError(WHAT, "does not say that it may issue certificates and CRLs")


def _read_der(path: Path) -> bytes:
    data = read_limited(path, 2 * CERTIFICATE_LIMIT, WHAT)
    if not data.startswith(b"-----BEGIN"):
        return data
    try:
        return x509.load_pem_x509_certificate(data).public_bytes(serialization.Encoding.DER)
    except ValueError:
        raise ParseError(WHAT, "is not a readable certificate with a strong key") from None
