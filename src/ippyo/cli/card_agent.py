"""``ippyo card agent``: the helper through which a web page uses the card in this computer's reader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ippyo.cli.card import Reader, VirtualFile, opened_card
from ippyo.cli.language import say
from ippyo.errors import InputError
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.polls import KnownPoll, KnownPolls
from ippyo.identity.agent.same_user import CAN_TELL
from ippyo.identity.agent.server import DEFAULT_PORT, LOOPBACK, running_agent
from ippyo.identity.card.readers import card_is_there
from ippyo.identity.card.transport import Transport

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the group ``card``."""
    app.command(
        "agent",
        help=say(
            "このコンピューターのカードリーダーを、登録のページから使えるようにする（docs/card-agent.md）。",
            "Let a registration page use the card reader of this computer (docs/card-agent.md).",
        ),
    )(agent)


def agent(
    origin: Annotated[
        list[str],
        typer.Option(
            help=say(
                "カードを使ってよいページの場所（https://…、いくつでも）",
                "Origin of a page that may use the card (https://…; repeatable).",
            )
        ),
    ],
    poll: Annotated[
        list[Path] | None,
        typer.Option(
            help=say(
                "投票のフォルダー（manifest.json と genesis.json、いくつでも）。書くと、ほかの投票は断る",
                "Folder of a poll (manifest.json, genesis.json; repeatable). Other polls are then refused.",
            )
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=say("ポート（0 は空いている番号）", "Port (0: any free one)."))
    ] = DEFAULT_PORT,
    ipv6: Annotated[
        bool, typer.Option("--ipv6", help=say("127.0.0.1 でなく ::1", "::1 instead of 127.0.0.1."))
    ] = False,
    reader: Reader = None,
    virtual: VirtualFile = None,
    kiosk: Annotated[
        bool,
        typer.Option(
            "--kiosk", help=say("共用の端末: 毎回消し、画面は一つだけ", "Shared terminal: wipe after each use.")
        ),
    ] = False,
    client_user: Annotated[
        int | None,
        typer.Option(
            min=0,
            help=say(
                "ブラウザーを動かす利用者の番号（Linux）。書かなければ、エージェントを動かす人",
                "Id of the user who runs the browser (Linux); by default the one who runs the agent.",
            ),
        ),
    ] = None,
) -> None:
    """Serve until interrupted."""
    known = KnownPolls.of(KnownPoll.read(folder) for folder in poll or [])

    def is_card_left() -> bool:
        # A virtual card lies on no reader: it is there for every job, and nobody leaves it behind.
        return kiosk and virtual is None and card_is_there(reader)

    desk = Desk(partial(_connected, reader, virtual), known, kiosk=kiosk, is_card_there=is_card_left)
    user = _user(client_user)
    with running_agent(desk, origin, address=LOOPBACK[ipv6], port=port, user=user) as running:
        typer.echo(
            say(
                f"カードエージェントが {running.origin} で待っています。終えるには Ctrl-C。",
                f"The card agent waits at {running.origin}. Ctrl-C ends it.",
            )
        )
        running.wait()


@contextmanager
def _connected(reader: str | None, virtual: Path | None) -> Iterator[Transport]:
    """Yield the card as it is now; whoever takes it out and puts it back gets another connection."""
    with opened_card(reader, virtual) as (_, transport):
        yield transport


def _user(given: int | None) -> int | None:
    """Return the id of the user whose programs may connect: the one given, or the one who runs the agent."""
    if CAN_TELL:
        return os.getuid() if given is None else given
    if given is not None:
        raise InputError(
            say("--client-user は Linux でだけ使えます。", "--client-user is of use on Linux only; leave it out")
        )
    return None
