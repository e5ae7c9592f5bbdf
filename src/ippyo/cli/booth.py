"""``ippyo booth``: the booth (投票) and its bulletin board: set up, served, looked at."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ippyo.canonical import dumps
from ippyo.cli import booth_checker, booth_integrity
from ippyo.cli.integrity import require_program
from ippyo.cli.language import say
from ippyo.errors import InputError
from ippyo.ledger.addresses import ledger_at
from ippyo.ledger.documents import read_documents, read_poll
from ippyo.sites.serving import HOST, serve_until_stopped

if TYPE_CHECKING:
    from ippyo.booth.site.config import Config

__all__ = ["app"]

THREADS = 64
"""Requests at once; a request that waits for the ledger holds one."""

app = typer.Typer(
    no_args_is_help=True,
    help=say(
        "投票: 票を受け付けて台帳に届ける。掲示板。", "The booth: takes ballots to the ledger; the bulletin board."
    ),
)

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help=say("投票のフォルダー", "The booth's folder."))]


@app.command(
    help=say(
        "投票のフォルダーを作る。設定 booth.toml を書く。", "Make a booth's folder: booth.toml to edit, a secret key."
    )
)
def init(
    folder: Folder,
    poll: Annotated[
        Path,
        typer.Option(
            "--poll", "-p", help=say("投票の文書があるフォルダー", "Folder with manifest, genesis, trustees, ceremony.")
        ),
    ],
    origin: Annotated[str, typer.Option(help=say("この投票サイトの URL", "This booth's origin."))],
    registry: Annotated[str, typer.Option(help=say("認証サイトの URL", "The origin of the registration page."))],
    checker: Annotated[str, typer.Option(help=say("確認サイトの URL（別の場所）", "The ballot checker's own origin."))],
    ledger: Annotated[
        list[str],
        typer.Option(
            help=say(
                "台帳の URL（すべて。運営者が複数なら 名前=URL）",
                "Each address of the ledger; of several operators, NAME=URL.",
            )
        ),
    ],
    test: Annotated[
        bool, typer.Option("--test", help=say("試験用（http も使える）", "For tests: http on this computer."))
    ] = False,
    phone: Annotated[str, typer.Option(help=say("窓口の電話番号", "The support desk's telephone."))] = "000-000-0000",
) -> None:
    """Make the folder."""
    from ippyo.booth.site.beginning import NewBooth, write_booth  # noqa: PLC0415 - Django's weight is for these only

    _, documents = read_documents(poll)
    write_booth(folder, documents, NewBooth(origin, registry, checker, ledger, test, phone))
    typer.echo(
        say(
            f"{folder} を作りました。booth.toml を確かめてから、ippyo booth serve で動かしてください。",
            f"{folder} is ready. Look through booth.toml, then start it with ippyo booth serve",
        )
    )


@app.command(help=say("投票サイトと掲示板を動かす。止めるには Ctrl-C。", "Serve booth and board until Ctrl-C."))
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help=say("待ち受けるアドレス", "The address to listen at."))] = HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=say("ポート（0 は空き）", "The port; 0 takes a free one."))
    ] = 8200,
) -> None:
    """Serve until told to stop."""
    config = _set_up(folder)
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    from ippyo.booth.site.hall import install  # noqa: PLC0415
    from ippyo.booth.site.opening import open_hall  # noqa: PLC0415
    from ippyo.booth.site.program import voting_program  # noqa: PLC0415

    require_program(voting_program, strict=False)
    with open_hall(config) as opened:
        install(opened)
        serve_until_stopped(
            get_wsgi_application(), host, port, lambda origin: print(origin, flush=True), threads=THREADS
        )


@app.command(help=say("設定と台帳への接続を確かめる。", "Check configuration, security settings, and the ledger."))
def check(folder: Folder) -> None:
    """Read everything once, and ask the ledger."""
    config = _set_up(folder)
    from django.core.management import call_command  # noqa: PLC0415

    from ippyo.booth.site.program import voting_program  # noqa: PLC0415

    call_command("check", deploy=not config.test, fail_level="WARNING", verbosity=0, stdout=io.StringIO())
    require_program(voting_program, strict=not config.test)
    with ledger_at(config.ledger_urls, read_poll(config.poll_folder)) as ledger:
        status = ledger.status()
    if status.failure:
        raise InputError(f"the ledger has stopped: {status.failure}")
    typer.echo(say("投票サイトの設定は整っています。", "the booth is ready"))


@app.command(help=say("届いた票と届けた票の数を表示する。", "Show how many ballots wait, are in, or were refused."))
def status(
    folder: Folder,
    json: Annotated[bool, typer.Option("--json", help=say("JSON で表示する", "Print JSON."))] = False,
) -> None:
    """Count the outbox; it may be at work meanwhile."""
    config = _set_up(folder)
    from ippyo.booth.gateway.outbox import count_outbox  # noqa: PLC0415

    counts = count_outbox(config.outbox_file)
    if json:
        typer.echo(dumps(counts.to_value()))
        return
    typer.echo(
        say(
            f"台帳を待つ {counts.waiting} 件、受領証を待つ {counts.accepted} 件、"
            f"済み {counts.done} 件、断られた {counts.refused} 件",
            f"{counts.waiting} wait for the ledger, {counts.accepted} for their receipt, "
            f"{counts.done} are done, {counts.refused} were refused",
        )
    )


def _set_up(folder: Path) -> Config:
    from ippyo.booth.site.setup import set_up  # noqa: PLC0415

    return set_up(folder)


booth_checker.register(app)
booth_integrity.register(app)
