"""Issuing (docs/registration.md §5): one ticket for a person, and the same answer to the same request."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from ippyo.canonical import b64, dumps
from ippyo.crypto.blind_rsa import BlindSignatureError
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.codes.service import spend
from ippyo.registry.issuance.checks import CheckedRequest
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.roll.models import Voter
from ippyo.registry.site.office import Office
from ippyo.registry.site.refusals import RegistryRefusedError

__all__ = ["IssuedAnswer", "count_persons", "issue"]


@dataclass(frozen=True, slots=True)
class IssuedAnswer:
    """What a voter's device gets: the blind signature (384 bytes) of issuer number ``issuer`` for ``style``."""

    style: str
    issuer: int
    blind_signature: bytes = field(repr=False)

    def to_value(self) -> dict[str, object]:
        """Return the fields of the API's answer."""
        return {"style": self.style, "issuer": self.issuer, "blind_signature": b64(self.blind_signature)}

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(self.to_value())


def count_persons(style: str) -> int:
    """Return how many persons of ``style`` have asked for a ticket and passed every check."""
    return Issuance.objects.filter(style=style).count()


def issue(office: Office, checked: CheckedRequest, code: RegistrationCode | None = None) -> IssuedAnswer:
    """Hand out the ticket's signature; a crash anywhere leaves what the same request later completes.

    ``code`` is spent together with the entry into the log. Call this outside a database transaction: the person's row
    must be committed before the ledger hears of it.
    Raises :class:`RegistryRefusedError`: ``already-issued``, ``replayed-nonce``, ``registration-closed``,
    ``ledger-unavailable``, ``signing-unavailable``; and ``replaced-code`` for ``code``.
    """
    row = _enter(office, checked, code)
    if row.blind_signature is None:
        office.totals.cover(row.style)
        row = _complete(row, _sign(office, row.style, checked.blinded))
    return IssuedAnswer(row.style, office.issuer, bytes(row.blind_signature or b""))


def _enter(office: Office, checked: CheckedRequest, code: RegistrationCode | None) -> Issuance:
    """Return the person's row of the log, made now unless it is there."""
    try:
        with transaction.atomic():
            Voter.objects.select_for_update().get(pk=checked.voter)
            row = Issuance.objects.filter(voter=checked.voter).first() or _new_row(office, checked)
            if row.blinded_hash != checked.blinded_hash:
                raise RegistryRefusedError("already-issued", "one person, one ticket")
            if code is not None:
                spend(code)
    except Voter.DoesNotExist:
        raise RegistryRefusedError("not-on-roll", "the voter was removed from the roll meanwhile") from None
    except IntegrityError:
        raise RegistryRefusedError("replayed-nonce", "another person's request has the same nonce") from None
    return row


def _new_row(office: Office, checked: CheckedRequest) -> Issuance:
    return Issuance.objects.create(
        voter_id=checked.voter,
        style=checked.style,
        kind=checked.kind,
        request=checked.request,
        nonce=b64(checked.nonce),
        certificate=checked.certificate.hex(),
        evidence=checked.evidence,
        blinded_hash=checked.blinded_hash,
        hour=office.clock().replace(minute=0, second=0, microsecond=0),
    )


def _sign(office: Office, style: str, blinded: bytes) -> bytes:
    try:
        return office.keys.styles[style].blind_sign(blinded)
    except BlindSignatureError as error:
        raise RegistryRefusedError("signing-unavailable", str(error)) from None


def _complete(row: Issuance, signature: bytes) -> Issuance:
    """Store the answer. Signing is deterministic: whoever was faster stored the same."""
    row.blind_signature = signature
    row.save(update_fields=["blind_signature"])
    return row
