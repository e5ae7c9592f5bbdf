"""What every issuer checks of a request, each for itself, in the order of docs/registration.md §4.

The desk knows the visit (:class:`VisitFacts`) in which the nonce was given; a further issuer does not, and looks at the
request's time instead. What comes out, a :class:`CheckedRequest`, is all that issuing needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from ippyo.canonical import b64, dumps, fields, loads, require_canonical, sha256, sha256_hex, unb64
from ippyo.crypto import ed25519
from ippyo.identity.certificates import CheckedCertificate, Kind, check_certificate
from ippyo.identity.digital_auth import IdToken
from ippyo.identity.messages import (
    BLINDED_BYTES,
    REQUEST_LIMIT,
    AttestedRequest,
    SignedRequest,
    TicketRequestText,
    VouchedRequest,
    desk_word,
)
from ippyo.identity.person import BasicData
from ippyo.registry.issuance.models import BoundCertificate, Issuance
from ippyo.registry.issuance.namesakes import refer_namesake
from ippyo.registry.issuance.unclear import find_decided
from ippyo.registry.roll.entitlement import require_entitled
from ippyo.registry.roll.groups import require_turn
from ippyo.registry.roll.models import Voter
from ippyo.registry.site.office import Office
from ippyo.registry.site.refusals import RegistryRefusedError

__all__ = [
    "CheckedRequest",
    "VisitFacts",
    "check_attested_request",
    "check_signed_request",
    "check_vouched_request",
    "entitled_voter",
    "person_of",
    "require_fresh",
    "require_poll",
]

_JAPAN = ZoneInfo("Asia/Tokyo")

FRESH = timedelta(hours=2)
"""How far the time of a request may be from a further issuer's clock: the desk rounds it down to the hour."""


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
    text = signed.to_text()
    _check_request(office, signed.request, text, at, visit)
    kind: Kind = "user" if office.poll.manifest.policies.certificate == "user" else "signature"
    certificate = check_certificate(signed.certificate, kind, office.trust, at)
    certificate.verify(signed.request.to_sign(), signed.signature, signed.algorithm)
    voter = entitled_voter(office, person_of(office, certificate), None if visit is None else visit.voter)
    checked = _checked(office, voter, signed.request, Issuance.Kind.SIGNED, text, certificate.identity, "")
    return replace(checked, evidence=_not_revoked(office, checked, certificate, at))


def _not_revoked(office: Office, checked: CheckedRequest, certificate: CheckedCertificate, at: datetime) -> str:
    """Return what says that the certificate is not revoked: of before, where the answer to this request is stored.

    Asked last, so that nobody can have the authority's responder asked but for somebody who may vote and comes anew.
    """
    stored = Issuance.objects.filter(
        voter=checked.voter, certificate=checked.certificate.hex(), blinded_hash=checked.blinded_hash
    ).first()
    if stored is not None and stored.answered:
        return stored.evidence
    return office.revocation.require_good(certificate, at).to_text()


def check_vouched_request(office: Office, vouched: VouchedRequest, at: datetime) -> CheckedRequest:
    """Check, at a further issuer, a request for which the desk vouches.

    The desk saw code, passkey and free will, which the card's signature does not show: without its word, whoever has
    card and PIN could take somebody's ticket here. The desk can withhold it; it cannot ask for anybody without the
    card. Raises as :func:`check_signed_request`, and ``not-from-desk``.
    """
    request = vouched.signed.request
    require_poll(office, request.poll)
    word = desk_word(request.poll, vouched.signed.to_text())
    if not ed25519.verify(office.poll.genesis.issuers[0].key, word, vouched.desk):
        raise RegistryRefusedError("not-from-desk", "issuer 1 did not sign for this request")
    return check_signed_request(office, vouched.signed, at)


def check_attested_request(
    office: Office, attested: AttestedRequest, basic: BasicData, at: datetime, visit: VisitFacts
) -> CheckedRequest:
    """Check a request that デジタル認証 attests, with the four data that the service told the desk.

    Only the desk can ask the service for them. Raises as :func:`check_signed_request`.
    """
    if office.digital_auth is None:
        raise RegistryRefusedError("digital-auth-failed", "this registry is not known to the service")
    text = attested.to_text()
    _check_request(office, attested.request, text, at, visit)
    token = office.digital_auth.check_attested(attested, at)
    identity = sha256(f"ippyo-subject-v1|{token.subject}")
    voter = entitled_voter(office, find_decided(office, identity, basic), visit.voter)
    return _checked(office, voter, attested.request, Issuance.Kind.ATTESTED, text, identity, _evidence(token))


def _evidence(token: IdToken) -> str:
    """Return why a token was believed: who attested, and with which class of authentication."""
    return dumps({"source": "digital-auth", "acr": token.acr})


def person_of(office: Office, certificate: CheckedCertificate) -> Voter:
    """Return the voter whom a certificate names or, for 利用者証明用, to whom it was bound.

    Raises ``not-on-roll``, ``ambiguous``, or ``binding-needed``.
    """
    if certificate.basic is not None:
        return find_decided(office, certificate.identity, certificate.basic)
    bound = BoundCertificate.objects.select_related("voter").filter(certificate=certificate.identity.hex()).first()
    if bound is None:
        raise RegistryRefusedError("binding-needed", "this certificate names nobody, and was not bound to anybody yet")
    return bound.voter


def entitled_voter(office: Office, voter: Voter, expected: int | None) -> Voter:
    """Return ``voter`` if it is the one the registration code belongs to (``expected``, if any), and may apply now."""
    if expected is not None and voter.pk != expected:
        raise RegistryRefusedError("not-on-roll", "the registration code belongs to somebody else")
    require_entitled(voter, office.config.minimum_age, _last_day(office))
    require_turn(voter.group, office.config.groups, office.clock())
    return voter


def _last_day(office: Office) -> date:
    """Return the last day of the poll in Japan."""
    return datetime.fromtimestamp(office.poll.manifest.closes - 1, _JAPAN).date()


def _check_request(
    office: Office, request: TicketRequestText, text: str, at: datetime, visit: VisitFacts | None
) -> None:
    """Check what needs no certificate."""
    require_poll(office, request.poll)
    if visit is not None and visit.nonce != request.nonce:
        raise RegistryRefusedError("unknown-nonce", "this visit was given another nonce")
    if Issuance.objects.filter(nonce=b64(request.nonce)).exclude(request=text).exists():
        raise RegistryRefusedError("replayed-nonce", "another request with this nonce was accepted before")
    if visit is None:
        require_fresh(request.time, at)
    _require_shape(office, request, visit)


def require_poll(office: Office, fingerprint: str) -> None:
    """Refuse (``wrong-poll``) a message for another poll."""
    if fingerprint != office.poll.fingerprint:
        raise RegistryRefusedError("wrong-poll", "it is for another poll")


def require_fresh(time: int, at: datetime) -> None:
    """Refuse (``stale-request``) a message made (seconds since 1970) more than two hours before or after ``at``."""
    if abs(at.timestamp() - time) > FRESH.total_seconds():
        raise RegistryRefusedError("stale-request", "its time is more than two hours away")


def _require_shape(office: Office, request: TicketRequestText, visit: VisitFacts | None) -> None:
    """Refuse (``bad-request``) other styles or numbers of messages than the poll's, and what no key could sign."""
    poll = office.poll
    styles = tuple(entry.style for entry in request.styles)
    all_styles = tuple(poll.ticket_keys)
    allowed = [visit.styles] if visit else [all_styles, *((style,) for style in all_styles)]
    if styles not in allowed:
        raise RegistryRefusedError("bad-request", "its styles are not those asked for")
    for entry in request.styles:
        keys = poll.ticket_keys[entry.style]
        if len(entry.blinded) != len(keys):
            raise RegistryRefusedError("bad-request", "it does not have one blinded message for each issuer")
        if not all(0 < int.from_bytes(message) < key.n for message, key in zip(entry.blinded, keys, strict=True)):
            raise RegistryRefusedError("bad-request", "a blinded message is not below the modulus")


def _checked(
    office: Office,
    voter: Voter,
    request: TicketRequestText,
    kind: str,
    text: str,
    certificate: bytes,
    evidence: str,
) -> CheckedRequest:
    refer_namesake(office, voter, certificate)
    blinded = request.blinded_for(voter.style)
    if blinded is None:
        # Two issuers' rolls differ about this person: that is for people to find out.
        raise RegistryRefusedError("ambiguous", "the request is for another ballot style than the roll says")
    return CheckedRequest(
        voter.pk, voter.style, blinded[office.issuer - 1], kind, text, request.nonce, certificate, evidence
    )
