"""The checks of a certificate, in the order of docs/registration.md §4; the first that fails names the refusal.

They are written out, not left to a library's web policy, because that policy refuses these certificates (it does not
take a critical certificatePolicies) and does not tell one reason from another.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from cryptography import x509

from ippyo.errors import ParseError
from ippyo.identity.certificates.basic_data import read_basic_data
from ippyo.identity.certificates.checked import CheckedCertificate
from ippyo.identity.certificates.keys import DECODING_ERRORS, PublicKey, public_key, signed_by
from ippyo.identity.certificates.profile import CERTIFICATE_LIMIT, POLICIES, TEST_POLICIES, UNDERSTOOD, Kind
from ippyo.identity.certificates.trust import Root, Trust, is_test_name
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.person import BasicData

__all__ = ["check_certificate"]

E = TypeVar("E", bound=x509.ExtensionType)


def check_certificate(der: bytes, kind: Kind, trust: Trust, at: datetime) -> CheckedCertificate:
    """Return the certificate if all but its revocation is right for the kind asked, at a time with its zone.

    Raises :class:`IdentityRefusedError`: ``bad-certificate``, ``test-certificate``, ``unknown-issuer``,
    ``wrong-certificate``, ``certificate-expired`` or ``certificate-not-yet``.
    """
    certificate, key, extensions = _read(der)
    own_kind, policy_is_test = _policy(extensions)
    _require_profile(extensions, own_kind)
    basic = _basic_data(extensions) if own_kind == "signature" else None

    is_test = policy_is_test or is_test_name(certificate.issuer)
    if is_test and not trust.test:
        raise IdentityRefusedError("test-certificate", "it is of the test hierarchy")
    root = _issuer(certificate, trust, own_kind, at)
    if root.is_test is not policy_is_test:
        raise IdentityRefusedError("bad-certificate", "its policy is not that of its issuer's hierarchy")
    if own_kind != kind:
        raise IdentityRefusedError("wrong-certificate", f"a {kind} certificate is asked for")
    _require_valid(certificate, at)
    if not root.valid_at(at):
        raise IdentityRefusedError("certificate-expired", "its issuer's own certificate is not valid now")
    return CheckedCertificate(own_kind, der, certificate, root, key, basic, _crl_points(extensions))


def _read(der: bytes) -> tuple[x509.Certificate, PublicKey, x509.Extensions]:
    if len(der) > CERTIFICATE_LIMIT:
        raise _bad("it is too large")
    try:
        # The parser takes strict DER only, and nothing behind it.
        certificate = x509.load_der_x509_certificate(der)
        if certificate.serial_number <= 0:
            raise _bad("its serial number is not positive")
        # The parser passes over spare bits at its end, which would be further texts of one certificate.
        if not der.endswith(b"\0" + certificate.signature):
            raise _bad("its signature has spare bits")
        # Some parts are decoded only when they are asked for.
        _ = certificate.issuer, certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return certificate, public_key(certificate.public_key()), certificate.extensions
    except DECODING_ERRORS:
        raise _bad("it cannot be read, or its key is too weak") from None


def _policy(extensions: x509.Extensions) -> tuple[Kind, bool]:
    """Return the kind that the certificate says it is, and whether its policy is of the test hierarchy."""
    stated = _only(extensions, x509.CertificatePolicies)
    if not stated.critical:
        raise _bad("its policies are not critical")
    known = [policy.policy_identifier for policy in stated.value]
    found = [oid for oid in known if oid in POLICIES or oid in TEST_POLICIES]
    if len(found) != 1:
        raise _bad("its policies are not those of one kind")
    oid = found[0]
    return (POLICIES | TEST_POLICIES)[oid], oid in TEST_POLICIES


def _require_profile(extensions: x509.Extensions, kind: Kind) -> None:
    if any(extension.critical and extension.oid not in UNDERSTOOD for extension in extensions):
        raise _bad("it has a critical extension that is not understood")
    usage = _only(extensions, x509.KeyUsage)
    if not usage.critical or usage.value != _usage(kind):
        raise _bad("its key usage is not that of its kind")
    for extension in extensions:
        if isinstance(extension.value, x509.BasicConstraints) and extension.value.ca:
            raise _bad("it is an authority's certificate")


def _usage(kind: Kind) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=kind == "signature",
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _basic_data(extensions: x509.Extensions) -> BasicData:
    names = _only(extensions, x509.SubjectAlternativeName)
    try:
        return read_basic_data(names.value)
    except ParseError as error:
        raise _bad(str(error)) from None


def _issuer(certificate: x509.Certificate, trust: Trust, kind: Kind, at: datetime) -> Root:
    """Return the pinned root whose key verifies; of several certificates of that key, one that is valid."""
    issuers = [root for root in trust.for_kind(kind) if signed_by(certificate, root.certificate)]
    if not issuers:
        raise IdentityRefusedError("unknown-issuer", "no pinned root issued it")
    return next((root for root in issuers if root.valid_at(at)), issuers[0])


def _require_valid(certificate: x509.Certificate, at: datetime) -> None:
    if at < certificate.not_valid_before_utc:
        raise IdentityRefusedError("certificate-not-yet", "its validity has not begun")
    if at > certificate.not_valid_after_utc:
        raise IdentityRefusedError("certificate-expired", "its validity has ended")


def _crl_points(extensions: x509.Extensions) -> frozenset[bytes]:
    try:
        points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return frozenset()
    names = (name for point in points for name in point.full_name or ())
    return frozenset(name.value.public_bytes() for name in names if isinstance(name, x509.DirectoryName))


def _only(extensions: x509.Extensions, kind: type[E]) -> x509.Extension[E]:
    try:
        return extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        raise _bad("it lacks an extension of the profile") from None


def _bad(problem: str) -> IdentityRefusedError:
    return IdentityRefusedError("bad-certificate", problem)
