"""Checking a stored request's signature once more, with nothing but the row: for the auditor."""

from __future__ import annotations

from ippyo.errors import IppyoError
from ippyo.identity.certificates import check_certificate
from ippyo.identity.messages import SignedRequest
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.site.office import office

__all__ = ["signature_holds"]


def signature_holds(row: Issuance) -> bool | None:
    """Whether the card's signature and certificate hold for the time of the request; None where no card signed."""
    if row.kind != Issuance.Kind.SIGNED:
        return None
    here = office()
    kind = "user" if here.poll.manifest.policies.certificate == "user" else "signature"
    try:
        signed = SignedRequest.from_text(row.request)
        certificate = check_certificate(signed.certificate, kind, here.trust, row.hour)  # type: ignore[arg-type]
        certificate.verify(signed.request.to_sign(), signed.signature, signed.algorithm)
    except IppyoError:
        return False
    return certificate.identity.hex() == row.certificate
