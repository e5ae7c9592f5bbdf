"""The brake on guessing registration codes: per client, and for all clients together.

A client is known by HMAC-SHA256 of its address (as :func:`~ippyo.registry.registration.client_address.client_address`
gives it: one for each line) under a random salt of the day, which is deleted two days later: the address is never
stored, and days cannot be joined. Yesterday's salt is kept so that midnight ends no lock. The counters are in the
database, so that all processes share them.

A client may be wrong :data:`FREE` times; each further time locks it for twice as long as the last, up to two minutes:
whoever shares the address of a guesser can still try, slowly. When all clients together were wrong more than
:data:`FREE_TOGETHER` times within an hour, somebody guesses from many addresses, and every wrong attempt locks its
client; a voter with the right code still comes in at once. Locks expire by themselves. A right code takes back one
wrong one, not all: else whoever has a code of his own could guess others between two uses of it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from ippyo.identity.errors import IdentityRefusedError
from ippyo.registry.codes.models import Attempts, Salt

__all__ = ["note_right", "note_visit", "note_wrong", "require_free", "sweep"]

FREE = 5
FREE_VISITS = 60
"""Visits without a code: a library's or a family's address may begin so many before it has to wait."""

FREE_TOGETHER = 1000
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=2)
REST = timedelta(hours=2)
"""A client that was not wrong for so long starts anew."""


def require_free(address: str, at: datetime | None = None) -> None:
    """Refuse with ``too-many-attempts`` while ``address`` is locked. Raises :class:`IdentityRefusedError`.

    Call it before a code is looked at, so that a locked client learns nothing, not even from a right code.
    """
    at = at or timezone.now()
    if Attempts.objects.filter(client__in=_clients(address, at), locked_until__gt=at).exists():
        raise IdentityRefusedError("too-many-attempts")


@transaction.atomic
def note_wrong(address: str, at: datetime | None = None) -> None:
    """Count a wrong code from ``address``."""
    at = at or timezone.now()
    together = _count(f"all {at:%Y-%m-%dT%H}", at).wrong
    _count_and_lock(address, at, FREE if together <= FREE_TOGETHER else 0)


@transaction.atomic
def note_visit(address: str, at: datetime | None = None) -> None:
    """Count a visit that ``address`` begins without a code, and refuse it (``too-many-attempts``) beyond a measure.

    Raises :class:`IdentityRefusedError`.
    """
    at = at or timezone.now()
    require_free(f"visits {address}", at)
    _count_and_lock(f"visits {address}", at, FREE_VISITS)


def _count_and_lock(address: str, at: datetime, free: int) -> None:
    row = _count(_going_on(address, at), at)
    over = row.wrong - free
    if over > 0:
        # 2**20 times the first lock is beyond the longest.
        row.locked_until = at + min(FIRST_LOCK * 2 ** min(over - 1, 20), LONGEST_LOCK)
        row.save(update_fields=["locked_until"])


def note_right(address: str, at: datetime | None = None) -> None:
    """Take back one wrong code of ``address``: the voter found the right one."""
    clients = _clients(address, at or timezone.now())
    Attempts.objects.filter(client__in=clients, wrong__gt=0).update(wrong=F("wrong") - 1)


def sweep(at: datetime | None = None) -> int:
    """Delete the salts before yesterday's and the counters that no lock needs any more. Returns how many rows went."""
    at = at or timezone.now()
    salts, _ = Salt.objects.filter(day__lt=_yesterday(at)).delete()
    old, _ = Attempts.objects.filter(last_at__lt=at - REST).delete()
    return salts + old


def _count(client: str, at: datetime) -> Attempts:
    row, _ = Attempts.objects.select_for_update().get_or_create(client=client, defaults={"last_at": at})
    if row.last_at + REST <= at:
        row.wrong, row.locked_until = 0, None
    row.wrong += 1
    row.last_at = at
    row.save()
    return row


def _going_on(address: str, at: datetime) -> str:
    """Return the name under which ``address`` is counted: yesterday's while it was wrong shortly before midnight."""
    today, *before = _clients(address, at)
    going_on = Attempts.objects.filter(client__in=before, last_at__gt=at - REST).exists()
    return before[0] if going_on else today


def _clients(address: str, at: datetime) -> list[str]:
    """Return the name of ``address`` under today's salt and, where there is one, under yesterday's."""
    salts = [_salt(at), *Salt.objects.filter(day=_yesterday(at)).values_list("salt", flat=True)]
    return [hmac.new(bytes(salt), address.encode(), hashlib.sha256).hexdigest() for salt in salts]


def _salt(at: datetime) -> bytes:
    """Return the salt of the day, made by the process that needs it first."""
    day = timezone.localdate(at)
    row = Salt.objects.filter(day=day).first()
    if row is None:
        try:
            with transaction.atomic():
                row = Salt.objects.create(day=day, salt=secrets.token_bytes(32))
        except IntegrityError:
            row = Salt.objects.get(day=day)
        Salt.objects.filter(day__lt=_yesterday(at)).delete()
    return bytes(row.salt)


def _yesterday(at: datetime) -> date:
    return timezone.localdate(at) - timedelta(days=1)
