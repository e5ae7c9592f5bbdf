"""``ippyo booth integrity``: the hashes of the voting page's program, and whether a booth serves that program."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import typer

from ippyo.cli.language import say
from ippyo.errors import InputError

__all__ = ["register"]

SECONDS = 30.0
LIMIT = 1 << 20


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
    from ippyo.booth.site.program import voting_program  # noqa: PLC0415 - Django's weight is for this command only
    from ippyo.booth.site.seen import differences  # noqa: PLC0415

    program = voting_program()
    if origin is None:
        for address, hashed in program.modules.items():
            typer.echo(f"{hashed}  {address}")
        typer.echo(f"{program.fingerprint}  {say('全体', 'all of them')}")
        return
    address = origin.rstrip("/")
    wrong = differences(program, lambda path: _get(address + path))
    for name in wrong:
        typer.echo(say(f"違います: {name}", f"differs: {name}"))
    if wrong:
        raise typer.Exit(1)
    typer.echo(
        say(
            f"同じプログラムです（{len(program.modules)} 個）: {program.fingerprint}",
            f"the same program ({len(program.modules)} modules): {program.fingerprint}",
        )
    )


def _get(url: str) -> bytes:
    from ippyo.ledger.http.exchange import ExchangeError, exchange  # noqa: PLC0415

    try:
        status, body = exchange("GET", url, SECONDS, limit=LIMIT)
    except ExchangeError as error:
        raise InputError(f"{url} does not answer: {error}") from None
    # Without the page or module, nothing of it is right.
    return body if status == HTTPStatus.OK else b""
