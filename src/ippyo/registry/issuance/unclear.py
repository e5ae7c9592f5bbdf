"""Cards whose owner the program cannot tell for certain: kept for the support desk, whose decision holds afterwards."""

from __future__ import annotations

from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.person import BasicData
from ippyo.registry.hours import whole_hour
from ippyo.registry.issuance.models import UnclearCase
from ippyo.registry.roll.matching import birth_key, find_voter
from ippyo.registry.roll.models import Voter
from ippyo.registry.site.office import Office

__all__ = ["find_decided", "refer"]


def find_decided(office: Office, identity: bytes, basic: BasicData) -> Voter:
    """Return whom the card's data mean or, where they are not clear, whom the support desk found that they mean.

    ``identity`` is the SHA-256 that identifies the certificate (or subject): a renewed card is a new case. Raises
    :class:`IdentityRefusedError` ``not-on-roll``; ``ambiguous``, after which the case is on the desk's list.
    """
    try:
        return find_voter(basic, office.config.match)
    except IdentityRefusedError as refusal:
        if refusal.code != "ambiguous":
            raise
        shown = {"name": basic.name, "address": basic.address, "sex": basic.sex, "birth_key": birth_key(basic.born)}
        case = refer(office, identity, shown)
        if case.voter is None:
            raise
        return case.voter


def refer(office: Office, identity: bytes, shown: dict[str, str]) -> UnclearCase:
    """Return the case of a certificate, put on the support desk's list now unless it is there.

    ``shown`` is what the desk compares with the roll: ``name``, ``address``, ``sex`` and ``birth_key``.
    """
    values = {**shown, "hour": whole_hour(office.clock())}
    return UnclearCase.objects.get_or_create(certificate=identity.hex(), defaults=values)[0]
