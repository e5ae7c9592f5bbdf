"""Issuing (docs/registration.md §5): one ticket for a person, and the same answer to the same request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from ippyo.canonical import b64, dumps
from ippyo.crypto.blind_rsa import BlindSignatureError
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.codes.service import spend
from ippyo.registry.hours import whole_hour
from ippyo.registry.issuance.checks import CheckedRequest, entitled_voter
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.issuance.namesakes import namesakes, require_no_ticket_of_namesakes
from ippyo.registry.roll.models import Voter
from ippyo.registry.site.office import Office
from ippyo.registry.site.refusals import RegistryRefusedError

__all__ = ["IssuedAnswer", "count_persons", "issue", "withdraw"]


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
    Raises :class:`~ippyo.errors.RefusedError`: ``already-issued``, ``replayed-nonce``, ``registration-closed``,
    ``ledger-unavailable``, ``signing-unavailable``; ``replaced-code`` for ``code``; ``no-visit`` if the request was
    withdrawn meanwhile; and what the roll, which may have changed since the request was checked, says by now:
    ``not-on-roll``, ``not-entitled``, ``under-age``, ``not-in-group``, ``group-not-yet``, ``ambiguous``.
    """
    row = _enter(office, checked, code)
    if row.blind_signature is None:
        office.totals.cover(row.style)
        row = _complete(row, _sign(office, row.style, checked.blinded))
    return IssuedAnswer(row.style, office.issuer, bytes(row.blind_signature or b""))


def withdraw(voter: Voter) -> bool:
    """Let a person whose request is pending ask anew, with another blinding; return whether there was a request.

    At the desk only: it vouches to further issuers with its answer, so that none of them can have signed either. A
    request that has its answer stays, for nobody can tell whether its ticket is in somebody's hands.
    """
    with transaction.atomic():
        _locked(voter.pk)
        pending = Issuance.objects.filter(voter=voter, blind_signature=None).exclude(blinded_hash="")
        return bool(pending.update(blinded_hash=""))


def _enter(office: Office, checked: CheckedRequest, code: RegistrationCode | None) -> Issuance:
    """Return the person's row of the log, made now unless it is there."""
    try:
        with transaction.atomic():
            voter = _locked(checked.voter)
            row = Issuance.objects.filter(voter=voter).first()
            if row is None or not row.answered:
                _require_still_entitled(office, voter, checked)
            if row is None:
                _require_one_person(voter, checked)
                row = Issuance.objects.create(voter=voter, style=checked.style, **_content(office, checked))
            elif row.withdrawn:
                if row.request == checked.request:
                    raise _withdrawn()
                row = _take_place(row, _content(office, checked))
            if row.blinded_hash != checked.blinded_hash:
                raise RegistryRefusedError("already-issued", "one person, one ticket")
            if code is not None:
                spend(code)
    except Voter.DoesNotExist:
        raise RegistryRefusedError("not-on-roll", "the voter was removed from the roll meanwhile") from None
    except IntegrityError:
        if Issuance.objects.filter(nonce=b64(checked.nonce)).exclude(voter=checked.voter).exists():
            raise RegistryRefusedError("replayed-nonce", "another person's request has the same nonce") from None
        raise _other_entry() from None
    return row


def _locked(key: int) -> Voter:
    """Return the voter with the person's row locked, and those of all who share name and date of birth."""
    voter = Voter.objects.get(pk=key)
    list(namesakes(voter).select_for_update().order_by("pk"))
    return Voter.objects.select_for_update().get(pk=key)


def _require_still_entitled(office: Office, voter: Voter, checked: CheckedRequest) -> None:
    entitled_voter(office, voter, None)
    if voter.style != checked.style:
        raise RegistryRefusedError("ambiguous", "the roll gives another ballot style than when the request was checked")


def _require_one_person(voter: Voter, checked: CheckedRequest) -> None:
    """Refuse a second ticket to somebody who is on the roll twice."""
    if Issuance.objects.filter(certificate=checked.certificate.hex()).exists():
        raise _other_entry()
    require_no_ticket_of_namesakes(voter, checked.certificate)


def _other_entry() -> RegistryRefusedError:
    return RegistryRefusedError("already-issued", "this certificate has served for another entry of the roll")


def _content(office: Office, checked: CheckedRequest) -> dict[str, Any]:
    """Return what a row keeps of a request."""
    return {
        "kind": checked.kind,
        "request": checked.request,
        "nonce": b64(checked.nonce),
        "certificate": checked.certificate.hex(),
        "evidence": checked.evidence,
        "blinded_hash": checked.blinded_hash,
        "hour": whole_hour(office.clock()),
    }


def _take_place(row: Issuance, content: dict[str, Any]) -> Issuance:
    for name, value in content.items():
        setattr(row, name, value)
    row.save(update_fields=content)
    return row


def _sign(office: Office, style: str, blinded: bytes) -> bytes:
    try:
        return office.keys.styles[style].blind_sign(blinded)
    except BlindSignatureError as error:
        raise RegistryRefusedError("signing-unavailable", str(error)) from None


def _complete(row: Issuance, signature: bytes) -> Issuance:
    """Store the answer, unless the request was withdrawn. Signing is deterministic: who was faster stored the same."""
    if not Issuance.objects.filter(pk=row.pk, blinded_hash=row.blinded_hash).update(blind_signature=signature):
        raise _withdrawn()
    row.blind_signature = signature
    return row


def _withdrawn() -> RegistryRefusedError:
    return RegistryRefusedError("no-visit", "the request was withdrawn meanwhile")
