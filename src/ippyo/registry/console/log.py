"""The access log (操作記録): every act and every look at a person, in a chain of hashes.

The digest of an entry is SHA-256 over its canonical text, which holds the digest of the entry before. Whoever changes
or removes a line must make all later ones anew, and cannot where an officer has put the digest of an export on the
ledger (``ippyo officer``, an *audit* note).
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from ippyo.canonical import dumps, sha256_hex
from ippyo.registry.console.models import AccessEntry, LogHead
from ippyo.registry.roll.models import MAX_REASON

__all__ = ["broken_at", "entries_text", "record"]

START = "0" * 64
"""What the first entry has for the digest before it."""


@transaction.atomic
def record(by: str, act: str, voter: int | None = None, reason: str = "") -> AccessEntry:
    """Append an entry. Call it in the transaction of the act, or before a person is shown."""
    LogHead.objects.get_or_create(pk=1)
    head = LogHead.objects.select_for_update().get(pk=1)
    entry = AccessEntry(
        number=head.number + 1,
        at=int(timezone.now().timestamp()),
        by=by,
        act=act,
        voter=voter,
        reason=reason[:MAX_REASON],
        previous=head.digest,
    )
    entry.digest = sha256_hex(_content(entry))
    entry.save(force_insert=True)
    head.number, head.digest = entry.number, entry.digest
    head.save()
    return entry


def broken_at() -> int | None:
    """Return the number of the first entry that is changed or missing, or None when the log is whole.

    Others may append meanwhile: the entries lead to the head of before, and not beyond that of afterwards.
    """
    before, at_head = _head(), START
    number, digest = 0, START
    for entry in AccessEntry.objects.iterator():
        if (entry.number, entry.previous) != (number + 1, digest) or entry.digest != sha256_hex(_content(entry)):
            return number + 1
        number, digest = entry.number, entry.digest
        if number == before.number:
            at_head = digest
    whole = before.number <= number <= _head().number and at_head == before.digest
    return None if whole else number + 1


def _head() -> LogHead:
    return LogHead.objects.filter(pk=1).first() or LogHead()


def entries_text(last: int) -> Iterator[str]:
    """Yield the export's lines up to entry number ``last``, in order: each entry's canonical text with its digest."""
    for entry in AccessEntry.objects.filter(number__lte=last).iterator():
        yield dumps(_value(entry) | {"digest": entry.digest}) + "\n"


def _content(entry: AccessEntry) -> str:
    return dumps(_value(entry))


def _value(entry: AccessEntry) -> dict[str, object]:
    return {
        "number": entry.number,
        "at": entry.at,
        "by": entry.by,
        "act": entry.act,
        "voter": entry.voter or 0,
        "reason": entry.reason,
        "previous": entry.previous,
    }
