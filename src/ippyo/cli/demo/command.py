"""The command and its options. What it plays is imported only when it is played: it touches every room."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ippyo import profiles
from ippyo.cli.language import say
from ippyo.contract.genesis import ENGINES
from ippyo.crypto.groups import GROUP_NAMES, group
from ippyo.errors import InputError, RefusedError
from ippyo.ledger.comet.binary import find_comet

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="demo", help=say("ひとつの町の投票を、最初から検証まで。", "A whole poll, up to the verification.")
    )(demo)


def demo(
    profile: Annotated[
        str, typer.Option(help=say("選挙定義の型: ", "Which kind of poll: ") + ", ".join(profiles.names()))
    ] = "residents-poll",
    voters: Annotated[int, typer.Option(min=4, max=1_000_000, help=say("投票する人数", "How many vote."))] = 200,
    group_name: Annotated[str, typer.Option("--group", help=", ".join(GROUP_NAMES))] = "Ed25519",
    engine: Annotated[
        str, typer.Option(help=say("台帳の動かし方: embedded か comet", "How the ledger is kept: embedded or comet."))
    ] = "embedded",
    nodes: Annotated[
        int, typer.Option(min=1, max=7, help=say("comet のノードの数", "How many nodes, with --engine comet."))
    ] = 4,
    minutes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1440,
            help=say(
                "comet の投票を締め切るまでの分数。書かなければ、人数から見積もる",
                "With --engine comet, minutes until the poll closes; as many as the voters will need, if not given.",
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=say("記録を書くフォルダー", "Folder to write the public record into."))
    ] = None,
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve",
            help=say(
                "終わったら自分で試す",
                "Then serve the sites, to vote oneself; that is usual on a terminal.",
            ),
        ),
    ] = None,
) -> None:
    """Play the poll."""
    if engine not in ENGINES:
        raise InputError(f"there is no engine {engine[:20]!r}; use embedded or comet")
    manifest = replace(profiles.load(profile), group=group(group_name).name)
    record = _free_folder(out)
    from ippyo.cli.demo.demonstration import Demonstration  # noqa: PLC0415 - see above
    from ippyo.cli.demo.engines import CometEngine, EmbeddedEngine  # noqa: PLC0415

    private = record.with_name(record.name + "-private")
    if engine == "comet":
        find_comet()
        manifest = CometEngine.with_hours(manifest, voters, minutes)
        try:
            Demonstration(manifest, voters, record, private, CometEngine(manifest, private, nodes)).run()
        except RefusedError as refusal:
            if refusal.code != "closed":
                raise
            raise InputError(
                "the poll closed, by the nodes' real clocks, before all had voted; give it more time with --minutes"
            ) from None
    else:
        Demonstration(manifest, voters, record, private, EmbeddedEngine(manifest, private)).run()
    # Where nobody sits at a terminal, nobody would press the button that ends it.
    if serve or (serve is None and sys.stdin.isatty() and sys.stdout.isatty()):
        from ippyo.cli.demo.serving import serve_live  # noqa: PLC0415

        serve_live(manifest, record)


def _free_folder(out: Path | None) -> Path:
    """Return the record's folder: the one asked for, or the first of ``out/poll``, ``out/poll-2``… that is free."""
    if out is not None:
        if not out.name:
            raise InputError("--out names no new folder; give one, such as out/poll")
        if taken := _taken(out):
            raise InputError(f"{taken[0]} exists already; choose another --out, or remove it")
        return out
    number = 1
    while True:
        path = Path("out") / ("poll" if number == 1 else f"poll-{number}")
        if not _taken(path):
            return path
        number += 1


def _taken(record: Path) -> list[Path]:
    """Return those of the demonstration's folders that exist: the record, and what it writes beside."""
    folders = [record.with_name(record.name + ending) for ending in ("", "-private", "-try", "-try-private")]
    return [folder for folder in folders if folder.exists()]
