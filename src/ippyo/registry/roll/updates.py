"""Changes of the roll between its date and the poll; each leaves its day, reason, author and what was before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from ippyo.errors import InputError
from ippyo.registry.roll.matching import tells_apart
from ippyo.registry.roll.models import MAX_REASON, MAX_STAFF, RollChange, Voter
from ippyo.registry.roll.rows import Person

__all__ = [
    "add_voter",
    "change_voter",
    "end_right",
    "require_new",
    "require_right",
    "require_right_ended",
    "restore_right",
]

Kind = RollChange.Kind

_ENDINGS = {Kind.MOVED: Voter.Status.MOVED, Kind.DIED: Voter.Status.DIED, Kind.LOST: Voter.Status.LOST}
_FIELDS = ("number", "name", "kana", "address", "sex", "birth_key", "district", "style", "group")


@transaction.atomic
def end_right(voter: Voter, kind: RollChange.Kind, on: date, reason: str, by: str) -> RollChange:
    """Note that somebody moved away, died or lost the right on the day ``on``.

    A ticket that was issued before stays valid, for nobody can tell whose it is. Raises :class:`InputError` for another
    kind, and for somebody who was not entitled any more.
    """
    if kind not in _ENDINGS:
        raise InputError("the right to vote ends by moved, died or lost")
    voter = _locked(voter)
    require_right(voter)
    change = _record(voter, kind, on, reason, by, {"status": voter.status})
    voter.status, voter.status_on = _ENDINGS[kind], on
    voter.save(update_fields=["status", "status_on"])
    return change


@transaction.atomic
def restore_right(voter: Voter, on: date, reason: str, by: str) -> RollChange:
    """Undo :func:`end_right`, after a mistake or a return. Raises :class:`InputError` for somebody entitled."""
    voter = _locked(voter)
    require_right_ended(voter)
    ended = voter.status_on.isoformat() if voter.status_on else None
    change = _record(voter, Kind.RESTORED, on, reason, by, {"status": voter.status, "status_on": ended})
    voter.status, voter.status_on = Voter.Status.ENTITLED, None
    voter.save(update_fields=["status", "status_on"])
    return change


def require_right(voter: Voter) -> None:
    """Refuse to end a right that has ended. Raises :class:`InputError`."""
    if voter.status != Voter.Status.ENTITLED:
        raise InputError("this person's right to vote has ended already; restore it before noting another reason")


def require_right_ended(voter: Voter) -> None:
    """Refuse to restore a right that has not ended. Raises :class:`InputError`."""
    if voter.status == Voter.Status.ENTITLED:
        raise InputError("this person may vote; there is nothing to restore")


@transaction.atomic
def change_voter(voter: Voter, person: Person, on: date, reason: str, by: str) -> RollChange:
    """Give somebody on the roll the data of ``person``: a new name, address, district.

    Raises :class:`InputError` if nothing differs or the number is another person's.
    """
    voter, changed = _locked(voter), person.voter()
    before = {name: getattr(voter, name) for name in _FIELDS if getattr(voter, name) != getattr(changed, name)}
    if not before:
        raise InputError("nothing of this person's entry changes")
    _require_free_number(changed, voter)
    change = _record(voter, Kind.CHANGED, on, reason, by, before)
    for name in (*before, "name_key", "address_key"):
        setattr(voter, name, getattr(changed, name))
    voter.save()
    return change


@transaction.atomic
def add_voter(
    person: Person, on: date, reason: str, by: str, policy: Collection[str], *, namesake: bool = False
) -> Voter:
    """Put somebody on the roll whom the file did not have. Raises :class:`InputError` as :func:`require_new`."""
    require_new(person, policy, namesake=namesake)
    voter = person.voter()
    voter.save()
    _record(voter, Kind.ADDED, on, reason, by, {})
    return voter


def require_new(person: Person, policy: Collection[str], *, namesake: bool = False) -> None:
    """Refuse somebody who cannot be added to the roll.

    Raises :class:`InputError` if this person or the number is there already, and for somebody's name and date of birth
    unless the clerk says (``namesake``) that this is another person. That helps only where the card shows which of the
    two it is of: in something that differs, and that ``policy``, by which cards are compared with the roll, names.
    """
    voter = person.voter()
    _require_free_number(voter, None)
    namesakes = Voter.objects.filter(name_key=voter.name_key, birth_key=voter.birth_key)
    if namesakes.filter(address_key=voter.address_key).exists():
        raise InputError("this person is on the roll already")
    for other in namesakes:
        if not namesake:
            raise InputError(
                "somebody of this name and date of birth is on the roll; change that entry, or say that you have seen "
                "papers of another person"
            )
        if not tells_apart(voter, other, policy):
            raise InputError(
                "cards could not tell these two persons apart: this registry compares nothing in which they differ"
            )


def _locked(voter: Voter) -> Voter:
    return Voter.objects.select_for_update().get(pk=voter.pk)


def _require_free_number(voter: Voter, but: Voter | None) -> None:
    if voter.number is None:
        return
    others = Voter.objects.filter(number=voter.number)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists():
        raise InputError("this number is another person's on the roll")


def _record(voter: Voter, kind: RollChange.Kind, on: date, reason: str, by: str, before: dict[str, Any]) -> RollChange:
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InputError(f"give a reason of at most {MAX_REASON} characters for a change of the roll")
    if not 1 <= len(by) <= MAX_STAFF:
        raise InputError(f"say who changes the roll, in at most {MAX_STAFF} characters")
    return RollChange.objects.create(
        voter=voter, kind=kind, on=on, reason=reason.strip(), by=by, at=timezone.now(), before=before
    )
