"""Asking an OCSP responder (RFC 6960) about one certificate, and believing nothing but a fresh, signed answer to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, OCSPExtensionOID

from ippyo.identity.certificates import CheckedCertificate, Root
from ippyo.identity.certificates.keys import (
    DECODING_ERRORS,
    SIGNATURE_HASHES,
    PublicKey,
    public_key,
    signed_by,
    verifies,
)
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation.http import ANSWER_LIMIT
from ippyo.identity.revocation.port import RevocationAnswer, RevocationEvidence

__all__ = ["DEFAULT_MAX_AGE", "OcspSource"]

NONCE_BYTES = 32
CLOCK_SKEW = timedelta(minutes=5)
DEFAULT_MAX_AGE = timedelta(hours=1)
"""J-LIS renews every 15 minutes what its responder says."""


@dataclass(frozen=True, slots=True)
class OcspSource:
    """Asks by ``post``, which takes a request (DER) and returns the answer (DER), such as :class:`HttpPost`."""

    post: Callable[[bytes], bytes]
    max_age: timedelta = DEFAULT_MAX_AGE

    def require_good(self, certificate: CheckedCertificate, at: datetime) -> RevocationEvidence:
        """Refuse unless the responder says "good" now (see :class:`Revocation`)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        question = ocsp.OCSPRequestBuilder().add_certificate(
            certificate.certificate, certificate.root.certificate, hashes.SHA256()
        )
        request = question.add_extension(x509.OCSPNonce(nonce), critical=False).build()
        der = self.post(request.public_bytes(serialization.Encoding.DER))
        if len(der) > ANSWER_LIMIT:
            raise _unavailable("the responder's answer is too long")
        try:
            answer = ocsp.load_der_ocsp_response(der)
            _require_answer_to(answer, request, nonce)
            _require_signed(answer, certificate.root, at)
        except DECODING_ERRORS:
            raise _unavailable("the responder's answer cannot be read") from None
        self._require_fresh(answer, at)
        if answer.certificate_status is ocsp.OCSPCertStatus.REVOKED:
            raise IdentityRefusedError("certificate-revoked", "the responder says so")
        if answer.certificate_status is not ocsp.OCSPCertStatus.GOOD:
            raise _unavailable("the responder does not know the certificate")
        return RevocationEvidence(
            (RevocationAnswer.of("ocsp", answer.this_update_utc, der),), until=answer.next_update_utc
        )

    def _require_fresh(self, answer: ocsp.OCSPResponse, at: datetime) -> None:
        end = answer.next_update_utc
        if end is None or end + CLOCK_SKEW < at or answer.this_update_utc + self.max_age < at:
            raise IdentityRefusedError("revocation-stale", "the responder's answer is too old")
        if answer.this_update_utc > at + CLOCK_SKEW:
            raise IdentityRefusedError("revocation-stale", "the responder's answer is from the future")


def _require_answer_to(answer: ocsp.OCSPResponse, request: ocsp.OCSPRequest, nonce: bytes) -> None:
    """Refuse an answer that is not about the very certificate asked about, in this exchange."""
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise _unavailable("the responder reports an error")
    # Reading several at once from a response of more than one raises, and so does a nonce that is not there twice.
    asked = (request.serial_number, request.issuer_key_hash, request.issuer_name_hash)
    about = (answer.serial_number, answer.issuer_key_hash, answer.issuer_name_hash)
    if about != asked or not isinstance(answer.hash_algorithm, hashes.SHA256):
        raise _unavailable("the responder answers about another certificate")
    for extension in (*answer.extensions, *answer.single_extensions):
        if extension.critical and extension.oid != OCSPExtensionOID.NONCE:
            raise _unavailable("the responder's answer has a critical extension that is not understood")
    given = [extension.value for extension in answer.extensions if isinstance(extension.value, x509.OCSPNonce)]
    if given != [x509.OCSPNonce(nonce)]:
        raise _unavailable("the responder's answer belongs to another question")


def _require_signed(answer: ocsp.OCSPResponse, root: Root, at: datetime) -> None:
    """Refuse an answer that neither the authority itself nor a responder of its own signed."""
    digest = SIGNATURE_HASHES.get(answer.signature_algorithm_oid)
    if digest is None:
        raise _unavailable("the responder's signature is of a weak kind")
    for certificate, key in ((root.certificate, root.key), *_delegates(answer, root, at)):
        if _is_responder(answer, certificate) and verifies(key, answer.signature, answer.tbs_response_bytes, digest):
            return
    raise _unavailable("no responder of the issuer signed the answer")


def _delegates(answer: ocsp.OCSPResponse, root: Root, at: datetime) -> list[tuple[x509.Certificate, PublicKey]]:
    """Return the certificates sent along that the issuer's key made for a responder, and that are valid now.

    Nobody says whether a responder's own certificate is revoked: one without ocsp-nocheck is not used.
    """
    return [
        (certificate, public_key(certificate.public_key()))
        for certificate in answer.certificates
        if signed_by(certificate, root.certificate)
        and certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
        and _may_respond(certificate.extensions)
    ]


def _may_respond(extensions: x509.Extensions) -> bool:
    values = {type(extension.value): extension.value for extension in extensions}
    purpose, usage = values.get(x509.ExtendedKeyUsage), values.get(x509.KeyUsage)
    if not isinstance(purpose, x509.ExtendedKeyUsage) or ExtendedKeyUsageOID.OCSP_SIGNING not in purpose:
        return False
    if isinstance(usage, x509.KeyUsage) and not usage.digital_signature:
        return False
    return x509.OCSPNoCheck in values


def _is_responder(answer: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    """Tell whether the answer names this certificate's holder, by name or by key, as its responder."""
    if answer.responder_name is not None:
        return answer.responder_name == certificate.subject
    identifier = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
    return answer.responder_key_hash == identifier.digest


def _unavailable(problem: str) -> IdentityRefusedError:
    return IdentityRefusedError("revocation-unavailable", problem)
