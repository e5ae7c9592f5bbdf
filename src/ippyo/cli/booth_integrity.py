"""``ippyo booth integrity``: the hashes of the voting page's program, and whether a booth serves that program."""

from __future__ import annotations

from typing import Annotated

import typer

from ippyo.cli.integrity import list_or_compare
from ippyo.cli.language import say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to ``ippyo booth``."""
    app.command(
        help=say(
            "投票画面のプログラムのハッシュを表示する。URL を付けると、その投票サイトが配るものと比べる。",
            "Show the hashes of the voting page's program; with a URL, compare them with what that booth serves.",
        )
    )(integrity)


def integrity(
    origin: Annotated[
        str | None,
        typer.Argument(metavar="[URL]", help=say("比べる投票サイトの URL", "The booth to compare with.")),
    ] = None,
) -> None:
    """Print the list, or what differs; exit code 1 where anything does."""
    from ippyo.booth.site.program import PAGE, voting_program  # noqa: PLC0415 - Django's weight, for this command only

    list_or_compare(voting_program(), PAGE, origin)
