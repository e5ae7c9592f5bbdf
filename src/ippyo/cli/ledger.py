"""``ippyo ledger``: an embedded ledger, served to the registries and to whoever hands in ballots."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ippyo.cli.language import say
from ippyo.cli.log_key import read_log_key
from ippyo.cli.passphrase import choose_passphrase
from ippyo.contract.genesis import log_name
from ippyo.contract.machine import Contract
from ippyo.crypto import age_file
from ippyo.files import write_new
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.documents import read_documents
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.http import LedgerApp
from ippyo.ledger.http.cosigning import cosigning
from ippyo.ledger.http.witness import HttpWitness
from ippyo.ledger.notes import SigningKey
from ippyo.sites.serving import HOST, serve_until_stopped

__all__ = ["app"]

DATABASE = "ledger.sqlite"
LOG_KEY = "log-key.age"

app = typer.Typer(no_args_is_help=True, help=say("台帳のサーバー。", "The ledger's server."))


@app.command(
    help=say(
        "台帳の署名鍵を作り、genesis に入れる検証鍵を表示する。",
        "Make the log's key, and print its verifier key, which goes into genesis.",
    )
)
def keygen(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("鍵のファイル（新規）", "The new key file."))],
    poll: Annotated[str, typer.Option(help=say("選挙定義の id", "The poll's id, as in its manifest."))],
) -> None:
    """Make a key and seal it."""
    key = SigningKey.generate(log_name(poll))
    write_new(file, age_file.encrypt(key.to_text().encode(), choose_passphrase()), private=True)
    typer.echo(key.verifier.to_text())


@app.command(
    help=say(
        f"台帳を動かす。フォルダーには投票の文書と、台帳の署名鍵（{LOG_KEY}）を置く。止めるには Ctrl-C。",
        f"Serve an embedded ledger until Ctrl-C. The folder holds the poll's files and the log's key ({LOG_KEY}).",
    )
)
def serve(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=say("台帳のフォルダー", "The ledger's folder."))],
    host: Annotated[str, typer.Option(help=say("待ち受けるアドレス", "The address to listen at."))] = HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=say("ポート（0 は空き）", "The port; 0 takes a free one."))
    ] = 8100,
    witness: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help=say("台帳の立会者の URL（何度でも）", "A witness's address; repeatable.")),
    ] = None,
) -> None:
    """Continue the ledger in the folder, or begin it, and serve it."""
    poll, documents = read_documents(folder)
    key = read_log_key(folder / LOG_KEY)
    with (
        Database(folder / DATABASE) as database,
        EmbeddedLedger(
            database,
            LedgerFacts.of(poll.genesis),
            key,
            lambda store: Contract(poll, store),
            documents=documents,
        ) as ledger,
        cosigning(ledger, [HttpWitness(url) for url in witness or ()]),
    ):
        print(_described(ledger), file=sys.stderr)
        if len(witness or ()) < ledger.facts.quorum:
            _warn_of_witnesses(ledger.facts.quorum)
        serve_until_stopped(LedgerApp(ledger), host, port, lambda origin: print(origin, flush=True))


def _described(ledger: EmbeddedLedger) -> str:
    quorum, witnesses = ledger.facts.quorum, len(ledger.facts.witnesses)
    return say(
        "一台の機械が台帳を書きます。書き換えれば見つかりますが、この機械が止まれば投票も待ちます"
        f"（立会者 {witnesses} 者のうち {quorum} 者の署名が要ります）。",
        ledger.describe(),
    )


def _warn_of_witnesses(quorum: int) -> None:
    words = say(
        f"{quorum} 者の立会者の署名がないと受領証が出ません。--witness でそれぞれの URL を示してください。",
        f"there are no receipts without {quorum} witnesses; name the address of each with --witness",
    )
    print(f"{say('注意', 'warning')}: {words}", file=sys.stderr)
