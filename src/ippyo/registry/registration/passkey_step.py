"""The passkey in a visit: registered where the voter has none, else used; one for each voter."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction

from ippyo.identity.errors import IdentityRefusedError
from ippyo.poll.policies import Policies
from ippyo.registry.registration import passkeys, visits
from ippyo.registry.registration.models import Passkey, Visit
from ippyo.registry.registration.passkeys import CHALLENGE_BYTES, Registered
from ippyo.registry.registration.steps import PASSKEY, missing, needs_passkey

__all__ = ["forget", "options", "take"]


def options(
    session: SessionBase, policies: Policies, origin: str, title: str, now: datetime
) -> tuple[str, dict[str, Any]]:
    """Return which ceremony of WebAuthn is due (``create`` or ``get``) and its options, under a new challenge.

    Raises :class:`IdentityRefusedError`.
    """
    visit, voter = _visit(session, policies, now)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    Visit.objects.filter(pk=visit.pk).update(challenge=challenge)
    known = _known(voter)
    if known is None:
        user_id = secrets.token_bytes(CHALLENGE_BYTES)
        return "create", passkeys.creation_options(origin, title, user_id, challenge)
    return "get", passkeys.request_options(origin, known.credential_id, challenge)


def take(session: SessionBase, policies: Policies, origin: str, answer: dict[str, Any], now: datetime) -> Visit:
    """Check the authenticator's answer and note it; a challenge serves once, whatever the answer.

    Raises :class:`IdentityRefusedError` ``bad-passkey``.
    """
    visit, voter = _visit(session, policies, now)
    if visit.passkey_done:
        return visit
    challenge = bytes(visit.challenge or b"")
    if not challenge or not Visit.objects.filter(pk=visit.pk, challenge=challenge).update(challenge=None):
        raise IdentityRefusedError("bad-passkey", "no challenge is waiting")
    known = _known(voter)
    _keep(voter, passkeys.verify(answer, origin, challenge, known), known)
    visit.passkey_done = True
    visits.note(visit, "passkey_done")
    return visit


def forget(voter: int) -> bool:
    """Delete the passkey of the voter with this roll id, so that the next visit registers another one.

    For the support desk, which has seen who asks for it. Returns whether there was one.
    """
    return Passkey.objects.filter(voter_id=voter).delete()[0] > 0


def _visit(session: SessionBase, policies: Policies, now: datetime) -> tuple[Visit, int]:
    visit = visits.current(session, now)
    refusal = missing(policies, visits.progress(visit), PASSKEY)
    if refusal is not None:
        raise IdentityRefusedError(refusal)
    if visit.voter_id is None or not needs_passkey(policies):
        raise IdentityRefusedError("bad-request", "this poll asks for no passkey")
    return visit, visit.voter_id


def _known(voter: int) -> Registered | None:
    row = Passkey.objects.filter(voter_id=voter).first()
    return None if row is None else Registered(bytes(row.credential_id), bytes(row.public_key), row.sign_count)


def _keep(voter: int, checked: Registered, known: Registered | None) -> None:
    """Store a new passkey, or the counter of a known one, unless somebody was faster with the same."""
    if known is not None:
        rows = Passkey.objects.filter(voter_id=voter, sign_count=known.sign_count)
        if not rows.update(sign_count=checked.sign_count):
            raise IdentityRefusedError("bad-passkey", "was used elsewhere meanwhile")
        return
    try:
        with transaction.atomic():
            Passkey.objects.create(
                voter_id=voter,
                credential_id=checked.credential_id,
                public_key=checked.public_key,
                sign_count=checked.sign_count,
            )
    except IntegrityError:
        raise IdentityRefusedError("bad-passkey", "this voter or this passkey is registered already") from None
