"""What the commands of ``ippyo registry`` share: the folder they are about, its database, and who acts."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ippyo.cli.language import say
from ippyo.errors import InputError
from ippyo.ledger.documents import read_poll

if TYPE_CHECKING:
    from ippyo.contract.poll import Poll
    from ippyo.registry.roll.models import Voter
    from ippyo.registry.site.config import Config

__all__ = ["By", "Home", "Json", "migrate", "numbered", "open_database", "open_home", "staff"]

# Models can be imported only once Django is set up: what needs them is imported where it is used.

Home = Annotated[Path, typer.Argument(metavar="FOLDER", help=say("認証のフォルダー", "The registry's folder."))]
By = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="NAME", help=say("担当者の名前（なければログイン名）", "Who does it; else the login name.")
    ),
]
Json = Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))]


def open_home(home: Path) -> Config:
    """Read the registry's configuration, and set Django up; its database has the tables of this version."""
    from ippyo.registry.site.setup import set_up  # noqa: PLC0415

    config = set_up(home)
    _require_migrated()
    return config


def open_database(home: Path) -> tuple[Config, Poll]:
    """As :func:`open_home`, and read the poll."""
    config = open_home(home)
    return config, read_poll(config.poll_folder)


def migrate(home: Home) -> None:
    """Bring the database up to this version."""
    from django.core.management import call_command  # noqa: PLC0415

    from ippyo.registry.site.setup import set_up  # noqa: PLC0415

    set_up(home)
    call_command("migrate", verbosity=0, interactive=False)


def _require_migrated() -> None:
    from django.db import DatabaseError, connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        raise InputError("the registry's database cannot be used; look at its address in registry.toml") from None
    if plan:
        raise InputError("the registry's database is not up to date; run ippyo registry migrate")


def staff(by: str | None) -> str:
    """Return who acts, for the records. Raises :class:`InputError` where nobody knows, or the name is too long."""
    from ippyo.registry.roll.models import MAX_STAFF  # noqa: PLC0415

    try:
        name = by or getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a user who has no name.
        name = ""
    if not 1 <= len(name) <= MAX_STAFF:
        raise InputError(f"say who does this, in at most {MAX_STAFF} characters: --by NAME")
    return name


def numbered(number: str) -> Voter:
    """Return who has this number on the roll. Raises :class:`InputError`."""
    from ippyo.registry.roll.models import Voter  # noqa: PLC0415

    voter = Voter.objects.filter(number=number).first()
    if voter is None:
        raise InputError("nobody on the roll has this number")
    return voter
