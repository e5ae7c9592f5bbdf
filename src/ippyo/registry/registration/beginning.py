"""Beginning a visit: the registration code, where the poll asks for one, behind the brake on guessing."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from ippyo.errors import RefusedError
from ippyo.poll.policies import Policies
from ippyo.registry.codes import attempts
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.codes.service import redeem
from ippyo.registry.registration.models import Visit
from ippyo.registry.registration.steps import needs_code
from ippyo.registry.registration.visits import begin

__all__ = ["begin_visit"]


def begin_visit(
    session: SessionBase, policies: Policies, typed: str | None, address: str | None, now: datetime
) -> Visit:
    """Begin a visit with the code as ``typed``, or without one where the poll asks for none.

    A code that has served for a ticket begins a visit, too: its owner may come back for the same answer. ``address`` is
    the client's, for the brake, or None for a kiosk, which staff watch. Raises :class:`RefusedError`:
    ``too-many-attempts``, ``wrong-code``, ``replaced-code``.
    """
    if needs_code(policies):
        code = redeem(typed or "") if address is None else _code(typed or "", address, now)
        return begin(session, code, now)
    if address is not None:
        attempts.note_visit(address, now)
    return begin(session, None, now)


def _code(typed: str, address: str, now: datetime) -> RegistrationCode:
    attempts.require_free(address, now)
    try:
        code = redeem(typed)
    except RefusedError as refusal:
        if refusal.code == "wrong-code":
            attempts.note_wrong(address, now)
        raise
    attempts.note_right(address, now)
    return code
