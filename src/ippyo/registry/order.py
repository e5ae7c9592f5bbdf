"""Rewriting the tables in the order of their keys, so that where rows lie does not tell in which order people came.

Beside the public ledger, which shows the minute of each ``issued`` total and of each ballot, that order would be worth
as much as a list of times. What a database keeps of it by itself: SQLite, in which pages of its file rows were put one
after the other; PostgreSQL, the place (ctid) of each row, and the transactions that made (xmin) or locked it (xmax).
"""

from __future__ import annotations

from django.db import connection

from ippyo.registry.retention import own_tables

__all__ = ["forget_order"]

LOCK_TIMEOUT = "10s"


def forget_order() -> None:
    """Rewrite all of the registry's tables; call it outside a transaction, when few people come.

    On PostgreSQL nobody reads or writes a table while it is rewritten, and a table that others hold for longer than
    ten seconds is an error. Raises :class:`django.db.DatabaseError`.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # Copies each table by its key into a new file, and that over the old one.
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    for model in own_tables():
        _rewrite(model._meta.db_table, str(model._meta.pk.column))


def _rewrite(table: str, key: str) -> None:
    """Give all rows one transaction, then one place by the order of the primary key."""
    name, column = connection.ops.quote_name(table), connection.ops.quote_name(key)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = %s::regclass AND indisprimary", [table]
        )
        (index,) = cursor.fetchone()
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        try:
            # Rewriting alone keeps xmin and xmax, which frozen rows still show: each row is made anew, by one
            # transaction.
            cursor.execute(f"UPDATE {name} SET {column} = {column}")  # noqa: S608 - names of our own tables
            cursor.execute(f"CLUSTER {name} USING {index}")
        finally:
            cursor.execute("RESET lock_timeout")
