"""What every issuer checks of a request, each for itself, in the order of docs/registration.md §4.

The desk knows the visit (:class:`VisitFacts`) in which the nonce was given; a further issuer does not, and looks at the
request's time instead. What comes out, a :class:`CheckedRequest`, is all that issuing needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from ippyo.canonical import dumps, fields, loads, require_canonical, sha256_hex, unb64, b64
from ippyo.crypto.blind_rsa import RsaPublicKey
from ippyo.identity.person import BasicData
from ippyo.identity.messages import BLINDED_BYTES, REQUEST_LIMIT, AttestedRequest, SignedRequest, TicketRequestText
from ippyo.registry.issuance.models import BoundCertificate, Issuance
from ippyo.registry.roll.models import Voter
from ippyo.registry.site.office import Office
from ippyo.registry.site.refusals import RegistryRefusedError

__all__ = ["CheckedRequest", "VisitFacts", "check_attested_request", "check_signed_request"]

FRESH = timedelta(hours=1)
"""How far the time of a request may be from a further issuer's clock."""


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What the desk knows of the visit: the nonce it gave, the styles it asked for, and whom the code belongs to.

    ``voter`` is the roll id (``Voter.pk``) of the registration code's owner, or None in a visit without a code.
    """

    nonce: bytes
    styles: tuple[str, ...]
    voter: int | None = None


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request in which everything has been checked: issue ``style`` to the roll's ``voter``.

    ``blinded`` is the message for this issuer; ``request`` the canonical text that was checked, signed or attested;
    ``certificate`` the SHA-256 that identifies the certificate (or subject); ``evidence`` says why it was believed.
    """

    voter: int
    style: str
    blinded: bytes = field(repr=False)
    kind: str
    request: str = field(repr=False)
    nonce: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    evidence: str = field(repr=False)

    @property
    def blinded_hash(self) -> str:
        """SHA-256 of the blinded message, in hexadecimal."""
        return sha256_hex(self.blinded)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Decode what :meth:`to_text` wrote into a visit. Raises :class:`~ippyo.errors.ParseError`."""
        what = "checked request"
        names = ("voter", "style", "blinded", "kind", "request", "nonce", "certificate", "evidence")
        read = fields(loads(text, what=what, limit=2 * REQUEST_LIMIT), what, *names)
        checked = cls(
            read.integer("voter", low=1),
            read.text("style", limit=40),
            unb64(read.text("blinded", limit=2 * BLINDED_BYTES), what=what, length=BLINDED_BYTES),
            read.text("kind", limit=8),
            read.text("request", limit=REQUEST_LIMIT),
            unb64(read.text("nonce", limit=43), what=what, length=32),
            unb64(read.text("certificate", limit=43), what=what, length=32),
            read.text("evidence"),
        )
        require_canonical(text, checked.to_text(), what=what)
        return checked

    def to_text(self) -> str:
        """Return the canonical text, for the visit's row."""
        return dumps(
            {
                "voter": self.voter,
                "style": self.style,
                "blinded": b64(self.blinded),
                "kind": self.kind,
                "request": self.request,
                "nonce": b64(self.nonce),
                "certificate": b64(self.certificate),
                "evidence": self.evidence,
            }
        )


def check_signed_request(
    office: Office, signed: SignedRequest, at: datetime, visit: VisitFacts | None = None
) -> CheckedRequest:
    """Check a request that the card signed; ``visit`` at the desk only. ``at`` is the time now, with its zone.

    Raises :class:`~ippyo.errors.RefusedError` with the first code of docs/registration.md §4 that applies.
    """
    raise NotImplementedError


def check_attested_request(
    office: Office, attested: AttestedRequest, basic: BasicData, at: datetime, visit: VisitFacts
) -> CheckedRequest:
    """Check a request that デジタル認証 attests, with the four data that the service told the desk."""
    raise NotImplementedError
