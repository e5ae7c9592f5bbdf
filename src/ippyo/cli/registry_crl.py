"""``ippyo registry crl``: revocation lists (CRL, 失効リスト) that somebody brings, checked before they count."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ippyo.cli.language import say
from ippyo.cli.registry_home import Home
from ippyo.errors import InputError
from ippyo.files import read_limited

__all__ = ["register"]


def crl(
    home: Home,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help=say("失効リスト（DER）", "Revocation lists, as DER."))
    ],
) -> None:
    """Import lists; the running site uses them from its next look."""
    from ippyo.identity.certificates import Trust  # noqa: PLC0415 - heavy, and only needed here
    from ippyo.identity.revocation import import_crl  # noqa: PLC0415
    from ippyo.identity.revocation.crl import CRL_LIMIT  # noqa: PLC0415
    from ippyo.registry.site.config import Config  # noqa: PLC0415
    from ippyo.registry.site.office import now  # noqa: PLC0415

    config = Config.read(home)
    if config.revocation.crl_folder is None:
        raise InputError("registry.toml names no folder for revocation lists; it asks a responder instead")
    trust = Trust.from_folder(config.certificates.folder, config.certificates.pins, test=config.test)
    for file in files:
        # One byte more than is allowed, so that the list itself says that it is too large.
        der = read_limited(file, CRL_LIMIT + 1, "revocation list")
        taken = import_crl(der, trust, config.revocation.crl_folder, now())
        typer.echo(
            say(
                f"{file}: 取り込みました。次の更新: {taken.next_update:%Y-%m-%d %H:%M} UTC",
                f"{file}: imported; the next one is due {taken.next_update:%Y-%m-%d %H:%M} UTC",
            )
        )


def register(registry: typer.Typer) -> None:
    """Add the command to ``ippyo registry``."""
    registry.command(
        help=say(
            "失効リストを確かめて取り込む。信頼する認証局の署名がない、古い、期限の切れたものは受け付けない。",
            "Check revocation lists and take them in: signed by a pinned authority, present, not older than before.",
        )
    )(crl)
