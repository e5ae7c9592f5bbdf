"""The rule of two persons (二人確認): one proposes what cannot be undone, another confirms, and only then it is done.

Whoever is put on the roll, or matched with a card, can get a ticket, and nobody can take that back; whoever loses the
right may miss the poll. So every change of the roll and every match waits here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from ippyo.errors import InputError
from ippyo.identity.person import BirthDate
from ippyo.registry.console import log
from ippyo.registry.console.models import Proposal
from ippyo.registry.console.roles import Role
from ippyo.registry.issuance.models import Issuance, UnclearCase
from ippyo.registry.roll import updates
from ippyo.registry.roll.models import MAX_REASON, RollChange, Voter
from ippyo.registry.roll.rows import Person
from ippyo.registry.site.office import office

__all__ = ["confirm", "person_from", "person_value", "propose", "refuse", "role_for"]

Kind = Proposal.Kind
State = Proposal.State

_COLUMNS = ("number", "name", "kana", "address", "sex", "district", "style", "group")


def role_for(kind: str) -> Role:
    """Return the role that proposes and confirms this kind."""
    return Role.SUPPORT if kind == Kind.MATCH else Role.CLERK


@transaction.atomic
def propose(
    kind: Proposal.Kind,
    by: str,
    reason: str,
    content: Mapping[str, object],
    *,
    voter: Voter | None = None,
    case: UnclearCase | None = None,
) -> Proposal:
    """Note what ``by`` wants to do. Raises :class:`InputError` for a missing reason, or if the like is waiting."""
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise InputError("say why, in at most 200 characters")
    if voter is not None and Proposal.objects.filter(voter=voter, state=State.OPEN).exists():
        raise InputError("something about this person waits for a second member of staff already")
    proposal = Proposal.objects.create(
        kind=kind, voter=voter, case=case, content=dict(content), reason=reason, by=by, at=timezone.now()
    )
    log.record(by, f"propose-{kind}", None if voter is None else voter.pk, reason)
    return proposal


@transaction.atomic
def confirm(number: int, by: str) -> Proposal:
    """Do what was proposed. Raises :class:`InputError` for the proposer, for what was decided, and where it fails."""
    proposal = _open(number)
    if proposal.by == by:
        raise InputError("a second person must confirm what you proposed")
    voter = _do(proposal, f"{proposal.by} + {by}")
    _decide(proposal, State.DONE, by)
    log.record(by, f"confirm-{proposal.kind}", voter.pk, f"no. {proposal.pk}: {proposal.reason}")
    return proposal


@transaction.atomic
def refuse(number: int, by: str) -> Proposal:
    """Drop a proposal; its author may, too. Raises :class:`InputError` for one that was decided."""
    proposal = _open(number)
    _decide(proposal, State.REFUSED, by)
    log.record(by, f"refuse-{proposal.kind}", proposal.voter_id, f"no. {proposal.pk}")
    return proposal


def person_value(person: Person) -> dict[str, object]:
    """Return a person as a proposal keeps it, until :func:`person_from`."""
    born = person.born
    return {name: getattr(person, name) for name in _COLUMNS} | {"born": [born.year, born.month, born.day]}


def person_from(content: Mapping[str, Any]) -> Person:
    """Return the person of :func:`person_value`, whatever else the content says."""
    values: dict[str, Any] = {name: content[name] for name in _COLUMNS}
    return Person(born=BirthDate(*content["born"]), **values)


def _open(number: int) -> Proposal:
    proposal = Proposal.objects.select_for_update().filter(pk=number).first()
    if proposal is None or proposal.state != State.OPEN:
        raise InputError("this has been decided already")
    return proposal


def _decide(proposal: Proposal, state: Proposal.State, by: str) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, timezone.now()
    proposal.save()


def _do(proposal: Proposal, by: str) -> Voter:
    """Change the roll, or settle the case; return whom it was about."""
    content, today = proposal.content, timezone.localdate()
    if proposal.kind == Kind.ADD:
        person, namesake = person_from(content), bool(content.get("namesake"))
        return updates.add_voter(person, today, proposal.reason, by, office().config.match, namesake=namesake)
    # Locked: a ticket that is asked for meanwhile waits, or has been asked for.
    voter = Voter.objects.select_for_update().filter(pk=proposal.voter_id or 0).first()
    if voter is None:
        raise InputError("this person is not on the roll any more")
    match proposal.kind:
        case Kind.CHANGE:
            person = person_from(content)
            if person.style != voter.style and Issuance.objects.filter(voter=voter).exists():
                raise InputError("this person's ticket is out; the ballot style can no longer change")
            updates.change_voter(voter, person, today, proposal.reason, by)
        case Kind.END:
            on = date.fromisoformat(content["on"])
            updates.end_right(voter, RollChange.Kind(content["kind"]), on, proposal.reason, by)
        case Kind.RESTORE:
            updates.restore_right(voter, today, proposal.reason, by)
        case _:
            _match(proposal, voter)
    return voter


def _match(proposal: Proposal, voter: Voter) -> None:
    case = UnclearCase.objects.select_for_update().filter(pk=proposal.case_id or 0).first()
    if case is None or case.voter_id is not None:
        raise InputError("this case has been decided already")
    if Issuance.objects.filter(voter=voter).exclude(certificate=case.certificate).exclude(blinded_hash="").exists():
        raise InputError("this person's ticket is out already, by another card")
    case.voter = voter
    case.save()
