"""One person with two entries of the roll, as after a move within the town, gets one ticket (docs/registration.md §4).

Two persons of one name and one date of birth do live in large towns. The first gets the ticket at once; the second goes
to the support desk, whose decision about the card holds.
"""

from __future__ import annotations

from django.db.models import QuerySet

from ippyo.registry.issuance.models import Issuance, UnclearCase
from ippyo.registry.issuance.unclear import refer
from ippyo.registry.roll.models import Voter
from ippyo.registry.site.office import Office
from ippyo.registry.site.refusals import RegistryRefusedError

__all__ = ["namesakes", "refer_namesake", "require_no_ticket_of_namesakes"]


def namesakes(voter: Voter) -> QuerySet[Voter]:
    """Return all entries with the voter's name and date of birth, this one among them."""
    return Voter.objects.filter(name_key=voter.name_key, birth_key=voter.birth_key)


def require_no_ticket_of_namesakes(voter: Voter, certificate: bytes) -> None:
    """Refuse (``ambiguous``) while another entry that may be the same person has a ticket, unless staff have decided.

    ``certificate`` is the SHA-256 that identifies the certificate. Call it while :func:`namesakes` are locked, or
    beforehand.
    """
    others = namesakes(voter).exclude(pk=voter.pk)
    if not Issuance.objects.filter(voter__in=others).exists():
        return
    if not UnclearCase.objects.filter(certificate=certificate.hex(), voter=voter).exists():
        raise RegistryRefusedError("ambiguous", "another entry with this name and date of birth has a ticket")


def refer_namesake(office: Office, voter: Voter, certificate: bytes) -> None:
    """As :func:`require_no_ticket_of_namesakes`, and put the case on the support desk's list."""
    if Issuance.objects.filter(voter=voter).exists():
        return
    try:
        require_no_ticket_of_namesakes(voter, certificate)
    except RegistryRefusedError:
        shown = {"name": voter.name, "address": voter.address, "sex": voter.sex, "birth_key": voter.birth_key}
        refer(office, certificate, shown)
        raise
