"""Checking a stored request's signature once more, with nothing but the row: for the auditor."""

from __future__ import annotations

from datetime import datetime, timedelta

from ippyo.errors import IppyoError
from ippyo.identity.certificates import CheckedCertificate, Kind, check_certificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import SignedRequest
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.site.office import office

__all__ = ["signature_holds"]


def signature_holds(row: Issuance) -> bool | None:
    """Whether the card's signature and certificate hold for the time of the request; None where no card signed."""
    if row.kind != Issuance.Kind.SIGNED:
        return None
    try:
        signed = SignedRequest.from_text(row.request)
        certificate = _held_within(signed.certificate, row.hour)
        certificate.verify(signed.request.to_sign(), signed.signature, signed.algorithm)
    except IppyoError:
        return False
    return certificate.identity.hex() == row.certificate


def _held_within(der: bytes, hour: datetime) -> CheckedCertificate:
    """Check a certificate at the beginning of the hour, of which alone is known, or at its end if it is newer."""
    here = office()
    kind: Kind = "user" if here.poll.manifest.policies.certificate == "user" else "signature"
    try:
        return check_certificate(der, kind, here.trust, hour)
    except IdentityRefusedError as refusal:
        if refusal.code != "certificate-not-yet":
            raise
        return check_certificate(der, kind, here.trust, hour + timedelta(hours=1))
