"""Finding one person on the roll, by at least two data that the person told, and what staff may see of it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nlargest

from django.db import transaction
from django.db.models import Q

from ippyo.errors import InputError
from ippyo.identity.person import BirthDate
from ippyo.registry.codes import service
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.console import log
from ippyo.registry.issuance.models import Issuance, UnclearCase
from ippyo.registry.issuance.service import withdraw as withdraw_request
from ippyo.registry.registration import passkey_step, visits
from ippyo.registry.registration.models import Passkey
from ippyo.registry.roll.matching import birth_key, possible_birth_keys
from ippyo.registry.roll.models import Voter
from ippyo.registry.roll.normal import normal_address, normal_name

__all__ = [
    "MOST",
    "Question",
    "Standing",
    "candidates",
    "find",
    "forget_passkey",
    "replace_code",
    "standing",
    "withdraw",
]

MOST = 10
"""Persons that one search shows; more than that must be asked more precisely."""

LEAST_DATA = 2


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """What the person told; empty where nothing."""

    number: str = ""
    name: str = ""
    address: str = ""
    born: BirthDate | None = None


def find(question: Question) -> list[Voter]:
    """Return the persons whom all of ``question`` fits, at most :data:`MOST`.

    Name (or kana) and address may be the beginning only. Raises :class:`InputError` with fewer than two data, and for
    too many persons.
    """
    told = [question.number, question.name, question.address, question.born]
    if sum(1 for one in told if one) < LEAST_DATA:
        raise InputError("ask for at least two of number, name, date of birth and address")
    voters = Voter.objects.all()
    if question.number:
        voters = voters.filter(number=question.number)
    name, address = normal_name(question.name), normal_address(question.address)
    if (question.name and not name) or (question.address and not address):
        # Nothing but signs, which every entry would begin with.
        return []
    if name:
        voters = voters.filter(Q(name_key__startswith=name) | Q(kana__startswith=question.name))
    if address:
        voters = voters.filter(address_key__startswith=address)
    if question.born:
        voters = voters.filter(birth_key=birth_key(question.born))
    found = list(voters.order_by("name_key", "pk")[: MOST + 1])
    if len(found) > MOST:
        raise InputError("more than 10 persons fit; ask for more data")
    return found


def candidates(case: UnclearCase) -> list[Voter]:
    """Return who of the roll may be meant by an unclear case, the likeliest first, at most :data:`MOST`.

    They have the same or an unknown date of birth, or the same name; of a large town these are many more.
    """
    key = case.birth_key
    same = Q(birth_key__in=possible_birth_keys(key)) | Q(name_key=normal_name(case.name))
    if key.endswith("00"):
        same |= Q(birth_key__startswith=key[:6] if key[4:6] != "00" else key[:4])
    name, address = normal_name(case.name), normal_address(case.address)

    def likeness(voter: Voter) -> float:
        # The name weighs most: people move, and the day of birth may be unknown.
        return 2 * _ratio(voter.name_key, name) + _ratio(voter.address_key, address) + (voter.birth_key == key)

    return nlargest(MOST, Voter.objects.filter(same).order_by("name_key", "pk").iterator(), key=likeness)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one person has come: nothing that tells of the vote, for nobody here could know it."""

    letter: str
    ticket_out: bool
    pending: bool
    passkey: bool

    @property
    def code_replaceable(self) -> bool:
        """Whether a new code would help: with a ticket out or asked for, it would only lead to the same ticket."""
        return not (self.ticket_out or self.pending)


def standing(voter: Voter) -> Standing:
    """Return how far ``voter`` has come; ``letter`` is the state of the standing code, or empty.

    ``ticket_out`` once it has been signed; ``pending`` from the request until then, unless that was withdrawn.
    """
    state = RegistrationCode.State
    code = RegistrationCode.objects.filter(voter=voter).exclude(state=state.REPLACED).first()
    row = Issuance.objects.filter(voter=voter).first()
    return Standing(
        letter=code.state if code else "",
        ticket_out=row is not None and row.answered,
        pending=row is not None and not (row.answered or row.withdrawn),
        passkey=Passkey.objects.filter(voter=voter).exists(),
    )


@transaction.atomic
def replace_code(voter: Voter, reason: str, by: str) -> service.NewCode:
    """Make a new registration code. Raises :class:`InputError`, for somebody whose ticket is out, too."""
    Voter.objects.select_for_update().get(pk=voter.pk)
    if not standing(voter).code_replaceable:
        raise InputError("this person's ticket is out or asked for; a new code would lead to no other ticket")
    new = service.replace(voter, reason, by)
    log.record(by, "replace-code", voter.pk, reason)
    return new


@transaction.atomic
def withdraw(voter: Voter, reason: str, by: str) -> None:
    """End the visits that have led to no ticket, and a pending request, so that the person can begin anew (取りやめ).

    Raises :class:`InputError` where nothing is under way; what was signed cannot be taken back.
    """
    _require_reason(reason)
    withdrawn = withdraw_request(voter)
    if not visits.end_unfinished(voter.pk) and not withdrawn:
        raise InputError("nothing of this person is under way; a ticket that was signed cannot be taken back")
    log.record(by, "withdraw", voter.pk, reason)


@transaction.atomic
def forget_passkey(voter: Voter, reason: str, by: str) -> None:
    """Delete the passkey, so that the next visit makes a new one. Raises :class:`InputError`."""
    _require_reason(reason)
    if not passkey_step.forget(voter.pk):
        raise InputError("this person has no passkey here")
    log.record(by, "forget-passkey", voter.pk, reason)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InputError("say why, in at most 200 characters")
