"""``ippyo booth checker``: the ballot checker of a poll, as a file or served from its own origin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ippyo.cli.language import say
from ippyo.errors import InputError
from ippyo.files import write_new
from ippyo.ledger.documents import read_poll
from ippyo.sites.serving import HOST, serve_until_stopped

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to ``ippyo booth``."""
    app.command(
        help=say(
            "確認ページ（封をした票の中身を確かめる）をファイルに書くか、投票サイトとは別の場所で公開する。",
            "Write the ballot checker of a poll as one file, or serve it from an origin of its own.",
        )
    )(checker)


def checker(
    poll: Annotated[
        Path,
        typer.Option(
            "--poll", "-p", help=say("投票の文書があるフォルダー", "Folder with manifest, genesis, trustees.")
        ),
    ],
    out: Annotated[Path | None, typer.Option(help=say("書き出すファイル（新規）", "The new file to write."))] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help=say("公開する（Ctrl-C で止める）", "Serve until Ctrl-C."))
    ] = False,
    host: Annotated[str, typer.Option(help=say("待ち受けるアドレス", "The address to listen at."))] = HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=say("ポート（0 は空き）", "The port; 0 takes a free one."))
    ] = 8300,
) -> None:
    """Write the file, or serve it; the SHA-256 is printed either way."""
    from ippyo.booth.checker.site import CheckerSite  # noqa: PLC0415 - Django's weight is for this command only

    if (out is None) == (not serve):
        raise InputError("choose one: --out FILE writes the checker, --serve serves it")
    site = CheckerSite(read_poll(poll))
    typer.echo(f"{site.file.sha256}  ippyo-checker.html", err=serve)
    if out is not None:
        write_new(out, site.file.content)
    else:
        serve_until_stopped(site, host, port, lambda origin: print(origin, flush=True))
