"""``ippyo node witness``: follow a ledger of either engine, execute everything again, and cosign what follows."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.opened import ledger_facts
from ippyo.cli.language import say
from ippyo.contract.machine import Contract
from ippyo.counting.record_copy import read_poll
from ippyo.errors import CheckFailedError, InputError, IppyoError
from ippyo.files import read_limited, write_new
from ippyo.ledger.database import Database
from ippyo.ledger.follower import ExecutingWitness, Follower
from ippyo.ledger.http import LedgerClient
from ippyo.ledger.http.witness import WitnessApp
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.record_layout import DOCUMENT_FILES, DOCUMENT_LIMIT
from ippyo.ledger.witness import Witness
from ippyo.sites.serving import serve_until_stopped

__all__ = ["register"]

KEY_LIMIT = 1024
KEY, MEMORY, COPY = "witness.key", "witness-memory.json", "followed.sqlite"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        name="witness-key",
        help=say("立会者の鍵を作り、公開鍵を表示する。", "Make a witness's key, and print the public one."),
    )(witness_key)
    app.command(
        name="witness",
        help=say(
            "台帳を追い、全部を実行しなおし、前に見たものの続きであるときだけ署名する。",
            "Follow a ledger, execute all of it again, and cosign only what extends what was seen.",
        ),
    )(witness)


Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help=say("立会者のフォルダー", "The witness's folder."))]


def witness_key(
    folder: Folder,
    name: Annotated[str, typer.Option("--name", help=say("鍵の名前（例: press.example/witness）", "The key's name."))],
) -> None:
    """Make the key, once, before genesis names it."""
    key = SigningKey.generate(name, KeyKind.COSIGNATURE)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be made: {error.strerror}") from None
    write_new(folder / KEY, key.to_text().encode() + b"\n", private=True)
    typer.echo(key.verifier.to_text())


def witness(
    folder: Folder,
    follow: Annotated[
        list[str], typer.Option("--follow", help=say("台帳の窓口（いくつでも）", "The ledger's address; one or more."))
    ],
    poll: Annotated[
        Path, typer.Option("--poll", help=say("投票の文書のあるフォルダー", "Folder with the poll's documents."))
    ],
    host: Annotated[str, typer.Option(help=say("待ち受けるアドレス", "The address to listen at."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=say("ポート（0 は空き）", "The port; 0: any."))] = 8300,
    every: Annotated[
        float, typer.Option(min=0.1, max=3600, help=say("何秒ごとに見に行くか", "Seconds between two looks."))
    ] = 5.0,
) -> None:
    """Follow and cosign until Ctrl-C, or until the ledger is found to be false."""
    the_poll = read_poll(poll)
    facts = ledger_facts(the_poll.genesis)
    key = SigningKey.from_text(
        read_limited(folder / KEY, KEY_LIMIT, "witness's key").decode("ascii", "replace").strip()
    )
    documents = {
        name: read_limited(poll / name, DOCUMENT_LIMIT, "file of the poll").decode("utf-8").removesuffix("\n")
        for name in DOCUMENT_FILES
    }
    memory = folder / MEMORY
    begin = Witness if memory.exists() or (folder / COPY).exists() else Witness.create
    with Database(folder / COPY) as database, begin(key, [facts.log], memory) as own:
        follower = Follower(database, facts, lambda store: Contract(the_poll, store), documents)
        executing = ExecutingWitness(own, follower)
        ledger = LedgerClient(follow, facts.poll)
        ended = threading.Event()
        problem: list[CheckFailedError] = []

        def look() -> None:
            while not ended.is_set():
                try:
                    for block in ledger.blocks(follower.height + 1):
                        follower.add(block)
                    executing.cosign(ledger.checkpoint())
                except CheckFailedError as error:
                    # What is false stays false: nothing more is cosigned, and everybody is told.
                    problem.append(error)
                    print(f"ippyo: {say('台帳が正しくありません', 'the ledger is false')}: {error}", file=sys.stderr)
                    return
                except IppyoError as error:
                    print(f"ippyo: {error}", file=sys.stderr)
                ended.wait(every)

        looking = threading.Thread(target=look, name="ippyo-witness", daemon=True)
        looking.start()
        app = WitnessApp(executing, lambda: own.last(facts.origin))
        serve_until_stopped(app, host, port, lambda origin: print(origin, flush=True))
        ended.set()
        looking.join()
    if problem:
        raise problem[0]
