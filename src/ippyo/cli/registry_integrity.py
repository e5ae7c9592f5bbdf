"""``ippyo registry integrity``: the hashes of the registration page's program, and whether a registry serves it."""

from __future__ import annotations

from typing import Annotated

import typer

from ippyo.cli.integrity import list_or_compare
from ippyo.cli.language import say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to ``ippyo registry``."""
    app.command(
        help=say(
            "登録画面のプログラムのハッシュを表示する。URL を付けると、その認証サイトが配るものと比べる。",
            "Show the hashes of the registration page's program; with a URL, compare them with what it serves.",
        )
    )(integrity)


def integrity(
    origin: Annotated[
        str | None,
        typer.Argument(metavar="[URL]", help=say("比べる認証サイトの URL", "The registry to compare with.")),
    ] = None,
) -> None:
    """Print the list, or what differs; exit code 1 where anything does."""
    from ippyo.registry.site.program import PAGE, registration_program  # noqa: PLC0415 - heavy

    list_or_compare(registration_program(), PAGE, origin)
