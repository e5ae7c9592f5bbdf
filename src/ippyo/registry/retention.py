"""Deleting on schedule what docs/privacy.md promises to delete.

Two clocks: every day goes what a visit or an attempt left behind; when the poll has been closed for the retention time,
all of the registry's own tables are emptied, whatever they are, so that no new table can be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Model

from ippyo.registry.codes import attempts
from ippyo.registry.registration.models import Visit

__all__ = ["due", "every_day", "own_tables", "when_over"]

_ORDER = ("console", "registration", "issuance", "codes", "roll")
"""Who refers to somebody goes before that somebody."""


def every_day(now: datetime) -> dict[str, int]:
    """Delete visits and sessions that have expired, past salts and idle counters. Returns how many rows went."""
    visits, _ = Visit.objects.filter(expires_at__lt=now).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    return {"visits": visits, "sessions": sessions, "attempts": attempts.sweep(now)}


def due(closes: datetime, days: int) -> datetime:
    """Return from when on :func:`when_over` deletes: ``days`` after the poll closed."""
    return closes + timedelta(days=days)


def own_tables() -> Iterator[type[Model]]:
    """Yield every table of the registry's applications, in an order in which they can be emptied."""
    for label in _ORDER:
        # A table refers to those defined before it.
        yield from reversed([*apps.get_app_config(label).get_models()])


def when_over(closes: datetime, days: int, now: datetime) -> dict[str, int]:
    """Empty all of the registry's tables if the retention time has passed, and sessions; else do nothing.

    Returns how many rows went, by table. Staff accounts stay: they are the office's, not the poll's.
    """
    if now < due(closes, days):
        return {}
    with transaction.atomic():
        _overwrite_what_goes()
        gone = {model._meta.label: model._default_manager.all().delete()[0] for model in own_tables()}
        gone["sessions.Session"] = Session.objects.all().delete()[0]
    _empty_the_journal()
    return gone


def _overwrite_what_goes() -> None:
    """Let SQLite fill with zeros what it deletes; PostgreSQL gives the space back by its own schedule."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _empty_the_journal() -> None:
    """Bring what was overwritten into SQLite's file itself, and cut the journal beside it, where the old pages are."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
