"""The brake on guessing registration codes: per client, and for all clients together.

A client is known by HMAC-SHA256 of its address under a random salt of the day, which is deleted the day after: the
address is never stored, and days cannot be joined. The counters are in the database, so that all processes share them.

A client may be wrong :data:`FREE` times; each further time locks it for twice as long as the last, up to an hour. When
all clients together were wrong more than :data:`FREE_TOGETHER` times within an hour, somebody guesses from many
addresses, and every wrong attempt locks its client; a voter with the right code still comes in at once. Locks expire by
themselves, and a right code clears the client's counter.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import IntegrityError, transaction
from django.utils import timezone

from ippyo.identity.errors import IdentityRefusedError
from ippyo.registry.codes.models import Attempts, Salt

__all__ = ["note_right", "note_wrong", "require_free", "sweep"]


FREE = 5
FREE_TOGETHER = 1000
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(hours=1)
REST = timedelta(hours=2)
"""A client that was not wrong for so long starts anew."""


def require_free(address: str, at: datetime | None = None) -> None:
    """Refuse with ``too-many-attempts`` while ``address`` is locked. Raises :class:`IdentityRefusedError`.

    Call it before a code is looked at, so that a locked client learns nothing, not even from a right code.
    """
    at = at or timezone.now()
    if Attempts.objects.filter(client=_client(address, at), locked_until__gt=at).exists():
        raise IdentityRefusedError("too-many-attempts")


@transaction.atomic
def note_wrong(address: str, at: datetime | None = None) -> None:
    """Count a wrong code from ``address``."""
    at = at or timezone.now()
    together = _count(f"all {at:%Y-%m-%dT%H}", at).wrong
    row = _count(_client(address, at), at)
    over = row.wrong - (FREE if together <= FREE_TOGETHER else 0)
    if over > 0:
        # 2**20 times the first lock is beyond the longest.
        row.locked_until = at + min(FIRST_LOCK * 2 ** min(over - 1, 20), LONGEST_LOCK)
        row.save(update_fields=["locked_until"])


def note_right(address: str, at: datetime | None = None) -> None:
    """Forget the wrong codes of ``address``: the voter found the right one."""
    Attempts.objects.filter(client=_client(address, at or timezone.now())).delete()


def sweep(at: datetime | None = None) -> int:
    """Delete the salts of past days and the counters that no lock needs any more. Returns how many rows went."""
    at = at or timezone.now()
    salts, _ = Salt.objects.filter(day__lt=timezone.localdate(at)).delete()
    old, _ = Attempts.objects.filter(last_at__lt=at - REST).delete()
    return salts + old


def _count(client: str, at: datetime) -> Attempts:
    Attempts.objects.get_or_create(client=client, defaults={"last_at": at})
    row = Attempts.objects.select_for_update().get(client=client)
    if row.last_at + REST <= at:
        row.wrong, row.locked_until = 0, None
    row.wrong += 1
    row.last_at = at
    row.save()
    return row


def _client(address: str, at: datetime) -> str:
    return hmac.new(_salt(at), _network(address).encode(), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """Return an IPv4 address, or the /64 of an IPv6 address, for one subscriber has all of that."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)


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
        Salt.objects.filter(day__lt=day).delete()
    return bytes(row.salt)
