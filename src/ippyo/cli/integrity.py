"""What ``ippyo booth integrity`` and ``ippyo registry integrity`` do: list a page's program, or compare it.

And what ``check`` asks of both: that there is a program.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

import typer

from ippyo.audit.report import printable
from ippyo.cli.language import say, told
from ippyo.errors import InputError

if TYPE_CHECKING:
    from ippyo.sites.program import Program

__all__ = ["list_or_compare", "require_program"]

SECONDS = 30.0
LIMIT = 1 << 20


def list_or_compare(program: Program, page: str, origin: str | None) -> None:
    """Print the hashes of ``program``, which runs in the page at the path ``page``; or what differs at ``origin``.

    Ends with exit code 1 where anything does. Raises :class:`InputError` where that site does not answer.
    """
    from ippyo.sites.seen import differences  # noqa: PLC0415 - Django's weight is for this command only

    if origin is None:
        for address, hashed in program.modules.items():
            typer.echo(f"{hashed}  {address}")
        typer.echo(f"{program.fingerprint}  {say('全体', 'all of them')}")
        return
    site = origin.rstrip("/")
    # A page that is not ours names its parts as it likes, and must not wipe out what is said of it.
    wrong = [printable(name) for name in differences(program, page, lambda path: _get(site + path))]
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


def require_program(read: Callable[[], Program], *, strict: bool) -> None:
    """Raise :class:`InputError` where a module of the page's program is missing; unless ``strict``, only say so.

    Whoever tries out the rest needs no browser, and a site serves more than this page.
    """
    try:
        read()
    except InputError as error:
        if strict:
            raise
        typer.echo(f"{say('注意', 'warning')}: {told(error)}", err=True)


def _get(url: str) -> bytes:
    from ippyo.ledger.http.exchange import ExchangeError, exchange  # noqa: PLC0415

    try:
        status, body = exchange("GET", url, SECONDS, limit=LIMIT)
    except ExchangeError as error:
        raise InputError(f"{url} does not answer: {error}") from None
    # Without the page or module, nothing of it is right.
    return body if status == HTTPStatus.OK else b""
