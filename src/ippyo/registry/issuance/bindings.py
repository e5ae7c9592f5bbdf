"""Binding a 利用者証明用 certificate, which names nobody, to its holder on the roll (docs/registration.md §2)."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from ippyo.canonical import dumps, loads, sha256
from ippyo.identity.certificates import check_certificate
from ippyo.identity.messages import SignedBinding
from ippyo.registry.hours import whole_hour
from ippyo.registry.issuance.checks import (
    VisitFacts,
    entitled_voter,
    person_of,
    require_fresh,
    require_poll,
)
from ippyo.registry.issuance.models import BoundCertificate
from ippyo.registry.roll.models import Voter
from ippyo.registry.site.office import Office
from ippyo.registry.site.refusals import RegistryRefusedError

__all__ = ["accept_binding"]

EVIDENCE_LIMIT = 4096


def accept_binding(office: Office, signed: SignedBinding, at: datetime, visit: VisitFacts | None = None) -> Voter:
    """Check a binding that both keys of a card signed, keep it, and return the voter; ``visit`` at the desk only.

    The same card may bind again. Raises :class:`~ippyo.errors.RefusedError` with the codes of docs/registration.md §4.
    """
    binding = signed.binding
    require_poll(office, binding.poll)
    if visit is not None and visit.nonce != binding.nonce:
        raise RegistryRefusedError("unknown-nonce", "this visit was given another nonce")
    if visit is None:
        require_fresh(binding.time, at)
    if sha256(signed.user_certificate) != binding.user_certificate:
        raise RegistryRefusedError("bad-request", "it is about another certificate than the one beside it")
    names = check_certificate(signed.certificate, "signature", office.trust, at)
    user = check_certificate(signed.user_certificate, "user", office.trust, at)
    names.verify(binding.to_sign(), signed.signature, signed.algorithm)
    user.verify(binding.to_sign(), signed.user_signature, signed.user_algorithm)
    voter = entitled_voter(office, person_of(office, names), None if visit is None else visit.voter)
    # Asked last, so that nobody can have the authority's responder asked but for somebody who may vote.
    evidence = [office.revocation.require_good(certificate, at).to_text() for certificate in (names, user)]
    _keep(office, voter, user.identity, signed, evidence)
    return voter


def _keep(office: Office, voter: Voter, identity: bytes, signed: SignedBinding, evidence: list[str]) -> None:
    values = {
        "voter": voter,
        "binding": signed.to_text(),
        "evidence": dumps([loads(text, what="evidence", limit=EVIDENCE_LIMIT) for text in evidence]),
        "hour": whole_hour(office.clock()),
    }
    try:
        with transaction.atomic():
            kept, _ = BoundCertificate.objects.get_or_create(certificate=identity.hex(), defaults=values)
    except IntegrityError:
        raise RegistryRefusedError("ambiguous", "the voter was removed from the roll meanwhile") from None
    if kept.voter_id != voter.pk:
        raise RegistryRefusedError("ambiguous", "this certificate was bound to another voter before")
