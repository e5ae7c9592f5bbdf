"""Tables whose rows lie in the order of their keys, so that nothing shows in which order people came.

SQLite gives the rows of a table a number of their own, which grows with every row, unless the table is made WITHOUT
ROWID. PostgreSQL has no such number; the place of a row on its disk is for the operator of the database to guard.
"""

from __future__ import annotations

from collections.abc import Callable

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

__all__ = ["keep_key_order"]


def keep_key_order(*tables: str) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    """Return the function of a migration that makes ``tables`` again, without SQLite's own row numbers.

    Later migrations that alter one of the tables must end with this, too: Django makes it anew.
    """

    def rebuild(_: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            for table in tables:
                _rebuild(editor, table)

    return rebuild


def _rebuild(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    quoted = editor.quote_name(table)
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND type = 'table'", [table])
        (made,) = cursor.fetchone()
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND type = 'index' AND sql <> ''", [table])
        indexes = [index for (index,) in cursor.fetchall()]
        cursor.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {quoted}")  # noqa: S608 - names of our own tables
        cursor.execute(f"DROP TABLE {quoted}")
        cursor.execute(f"{made} WITHOUT ROWID")
        cursor.execute(f"INSERT INTO {quoted} SELECT * FROM kept")  # noqa: S608
        cursor.execute("DROP TABLE kept")
        for index in indexes:
            cursor.execute(index)
