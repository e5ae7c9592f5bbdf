"""One revocation list (失効リスト, CRL): read, believed only under the issuer's key, and then fast to look into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from ippyo.errors import ParseError
from ippyo.identity.certificates import CheckedCertificate, Root
from ippyo.identity.certificates.keys import DECODING_ERRORS, SIGNATURE_HASHES
from ippyo.identity.revocation.port import RevocationAnswer

__all__ = ["CRL_LIMIT", "WHAT", "Crl"]

CRL_LIMIT = 512 * 1024 * 1024
"""Bytes of a list: some ten million entries."""

WHAT = "revocation list"
_UNDERSTOOD = {ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.CRL_NUMBER}


@dataclass(frozen=True, slots=True, repr=False)
class Crl:
    """A complete list of one issuer's key, either for all its certificates or for those of some distribution points.

    ``points`` are the DER names of these directory entries, empty for all. ``number`` is its cRLNumber or 0.
    """

    root: Root
    this_update: datetime
    next_update: datetime
    number: int
    points: frozenset[bytes]
    serials: frozenset[int]
    answer: RevocationAnswer

    @classmethod
    def from_der(cls, der: bytes, roots: tuple[Root, ...]) -> Self:
        """Decode a list and check it under the keys of ``roots``. Raises :class:`ParseError`.

        Refused are lists without a next update, deltas, indirect lists, lists of some reasons or some kinds of
        certificates only, and whatever else has a critical extension that is not understood.
        """
        try:
            crl = x509.load_der_x509_crl(der)
            extensions = crl.extensions
            next_update = crl.next_update_utc
            root = next((root for root in roots if _signed_by(crl, root)), None)
        except DECODING_ERRORS:
            raise ParseError(WHAT, "cannot be read") from None
        if root is None:
            raise ParseError(WHAT, "no pinned root signed it")
        if next_update is None:
            raise ParseError(WHAT, "does not say when the next one comes")
        points = _points(extensions)
        # Whatever an entry says besides its number, it refuses: a certificate on hold is listed, too.
        serials = frozenset(entry.serial_number for entry in crl)
        answer = RevocationAnswer.of("crl", crl.last_update_utc, der)
        return cls(root, crl.last_update_utc, next_update, _number(extensions), points, serials, answer)

    def covers(self, certificate: CheckedCertificate) -> bool:
        """Tell whether this list would name the certificate, were it revoked."""
        if certificate.root.key_info != self.root.key_info:
            return False
        return not self.points or not self.points.isdisjoint(certificate.crl_points)


def _signed_by(crl: x509.CertificateRevocationList, root: Root) -> bool:
    if crl.issuer != root.certificate.subject or crl.signature_algorithm_oid not in SIGNATURE_HASHES:
        return False
    return crl.is_signature_valid(root.key)


def _points(extensions: x509.Extensions) -> frozenset[bytes]:
    """Return the directory entries that a list is for. Raises :class:`ParseError`."""
    if any(extension.oid == ExtensionOID.DELTA_CRL_INDICATOR for extension in extensions):
        raise ParseError(WHAT, "is a delta, not a complete list")
    if any(extension.critical and extension.oid not in _UNDERSTOOD for extension in extensions):
        raise ParseError(WHAT, "has a critical extension that is not understood")
    try:
        issuing = extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return frozenset()
    if (
        issuing.indirect_crl
        or issuing.only_some_reasons
        or issuing.only_contains_ca_certs
        or issuing.only_contains_attribute_certs
    ):
        raise ParseError(WHAT, "is indirect or for a part of the certificates only")
    if issuing.full_name is None and issuing.relative_name is None:
        return frozenset()
    names = frozenset(
        name.value.public_bytes() for name in issuing.full_name or () if isinstance(name, x509.DirectoryName)
    )
    if not names:
        raise ParseError(WHAT, "its distribution point is not named by directory")
    return names


def _number(extensions: x509.Extensions) -> int:
    try:
        return extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return 0
