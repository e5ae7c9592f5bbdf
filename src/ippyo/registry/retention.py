"""Deleting on schedule what docs/privacy.md promises to delete.

Two clocks: every few minutes goes what a visit or an attempt left behind; when the poll has been closed for the
retention time, all of the registry's own tables are emptied, whatever they are, so that no new table can be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Model

from ippyo.errors import InputError
from ippyo.registry.codes import attempts
from ippyo.registry.registration import visits

__all__ = ["due", "own_tables", "sweep", "when_over"]

_ORDER = ("console", "registration", "issuance", "codes", "roll")
"""Who refers to somebody goes before that somebody."""


def sweep(now: datetime) -> dict[str, int]:
    """Delete visits and sessions that have expired, past salts and idle counters. Returns how many rows went.

    The site itself does so every few minutes (:mod:`ippyo.registry.housekeeping`). Raises :class:`InputError` when the
    journal cannot be emptied.
    """
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    gone = {"visits": visits.purge(now), "sessions": sessions, "attempts": attempts.sweep(now)}
    _empty_the_journal()
    return gone


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
        gone = {model._meta.label: model._default_manager.all().delete()[0] for model in own_tables()}
        gone["sessions.Session"] = Session.objects.all().delete()[0]
    _empty_the_journal()
    return gone


def _empty_the_journal() -> None:
    """Bring deletions into SQLite's file itself, and cut the journal beside it, where the pages of before still are.

    The file's own pages are filled with zeros at once (``secure_delete``, settings). PostgreSQL gives the space back by
    its own schedule. Raises :class:`InputError` while somebody reads what was there before.
    """
    # Within somebody's transaction there is nothing yet that could go.
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        blocked, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if blocked:
        raise InputError("what was deleted still stands in the database's journal, which another program holds open")
