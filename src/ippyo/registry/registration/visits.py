"""Visits: begun with a code or without, found again by the session, and deleted as a whole when they end.

Nothing waits for a card, a responder or a ledger while a visit's row is locked.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import Q

from ippyo.canonical import b64
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import NONCE_BYTES
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.hours import whole_hour
from ippyo.registry.issuance.checks import CheckedRequest, VisitFacts
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.registration.models import Visit
from ippyo.registry.registration.steps import Progress

__all__ = [
    "LENGTH",
    "accept",
    "accepted_text",
    "begin",
    "current",
    "empty",
    "end",
    "end_unfinished",
    "facts",
    "note",
    "progress",
    "purge",
    "require_nonce",
]

LENGTH = timedelta(minutes=30)
_SESSION_KEY = "visit"
_GRAIN = 600
"""Seconds: the end of an emptied visit is no finer, so that it does not tell when the ticket was issued."""


def begin(session: SessionBase, code: RegistrationCode | None, now: datetime) -> Visit:
    """Begin a visit and bind it to the session, whose key is renewed; an earlier visit of the session ends."""
    end(session)
    purge(now)
    visit = Visit.objects.create(
        nonce=secrets.token_bytes(NONCE_BYTES),
        # The card signs it, and the signed request stays in the issuance log.
        began=int(whole_hour(now).timestamp()),
        expires_at=now + LENGTH,
        code=code,
    )
    session.cycle_key()
    session[_SESSION_KEY] = visit.pk
    return visit


def current(session: SessionBase, now: datetime, *, lock: bool = False) -> Visit:
    """Return the session's visit; with ``lock`` its row is locked until the transaction ends.

    Raises :class:`IdentityRefusedError` ``no-visit``.
    """
    visits = Visit.objects.select_for_update(of=("self",)) if lock else Visit.objects.select_related("code__voter")
    visit = visits.filter(pk=session.get(_SESSION_KEY, 0), expires_at__gt=now).first()
    if visit is None:
        raise IdentityRefusedError("no-visit")
    return visit


def end(session: SessionBase) -> None:
    """Delete everything about the session's visit, if there is one."""
    key = session.pop(_SESSION_KEY, None)
    if key is not None:
        Visit.objects.filter(pk=key).delete()


def end_unfinished(voter: int) -> int:
    """Delete the visits of the voter with this roll id that have led to no ticket yet; return how many."""
    of_voter = Q(voter_id=voter) | Q(code__voter_id=voter)
    return Visit.objects.filter(of_voter, answer="").delete()[0]


def purge(now: datetime) -> int:
    """Delete every visit that has expired; return how many."""
    return Visit.objects.filter(expires_at__lte=now).delete()[0]


def progress(visit: Visit) -> Progress:
    """Return what the visit has behind it."""
    return Progress(visit.voter_id is not None, visit.passkey_done, visit.free_will)


def require_nonce(visit: Visit, nonce: bytes, time: int) -> None:
    """Refuse a message that does not carry this visit's nonce and time: ``replayed-nonce``, ``unknown-nonce``."""
    if nonce == bytes(visit.nonce) and time == visit.began:
        return
    issued = Issuance.objects.filter(nonce=b64(nonce)).exists()
    used = issued or Visit.objects.filter(nonce=nonce).exclude(checked="").exists()
    raise IdentityRefusedError("replayed-nonce" if used else "unknown-nonce")


def facts(visit: Visit, styles: tuple[str, ...]) -> VisitFacts:
    """Return what issuing must know of the visit in a poll with these ballot styles."""
    owner = visit.code.voter if visit.code else None
    return VisitFacts(bytes(visit.nonce), (owner.style,) if owner else styles, owner.pk if owner else None)


def accepted_text(visit: Visit) -> str | None:
    """Return the canonical text of the request that was accepted in this visit, if one was."""
    return CheckedRequest.from_text(visit.checked).request if visit.checked else None


def empty(visit: Visit, answer: str, *, bindings: bool) -> None:
    """Leave of a visit whose ticket is out its ``answer``, for a device that lost it, and no fine time.

    With ``bindings``, a further issuer may still ask for one of this visit, whose nonce it needs.
    """
    end = -(-int(visit.expires_at.timestamp()) // _GRAIN) * _GRAIN
    visit.expires_at = datetime.fromtimestamp(end, UTC)
    visit.checked, visit.journey, visit.challenge, visit.answer = "", "", None, answer
    if not bindings:
        visit.nonce, visit.began = secrets.token_bytes(NONCE_BYTES), 0
    # One that was ended meanwhile has nothing left to empty.
    _write(visit, "expires_at", "checked", "journey", "challenge", "answer", "nonce", "began")


@transaction.atomic
def accept(session: SessionBase, checked: CheckedRequest, now: datetime) -> Visit:
    """Note ``checked`` as the one request of the session's visit.

    Raises :class:`IdentityRefusedError`: ``no-visit`` if the visit ended meanwhile, ``replayed-nonce`` if another
    request was accepted.
    """
    visit = current(session, now, lock=True)
    before = accepted_text(visit)
    if before is not None and before != checked.request:
        raise IdentityRefusedError("replayed-nonce")
    visit.voter_id = checked.voter
    visit.checked = checked.to_text()
    visit.journey = ""
    note(visit, "voter_id", "checked", "journey")
    return visit


def note(visit: Visit, *names: str) -> None:
    """Write these fields. Raises :class:`IdentityRefusedError` ``no-visit`` if the visit was ended meanwhile."""
    if not _write(visit, *names):
        raise IdentityRefusedError("no-visit")


def _write(visit: Visit, *names: str) -> bool:
    return bool(Visit.objects.filter(pk=visit.pk).update(**{name: getattr(visit, name) for name in names}))
