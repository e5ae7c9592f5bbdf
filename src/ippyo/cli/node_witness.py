"""``ippyo node witness``: follow a ledger of either engine, execute everything again, and cosign what follows."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.report import printable
from ippyo.cli.language import say, told
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.errors import CheckFailedError, InputError, IppyoError
from ippyo.files import read_limited, write_new
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.fronts import operators_at
from ippyo.ledger.database import Database
from ippyo.ledger.documents import read_documents
from ippyo.ledger.executing_witness import ExecutingWitness, Followed
from ippyo.ledger.follower import Follower, WrongBlockError
from ippyo.ledger.http import LedgerClient
from ippyo.ledger.http.witness import WitnessApp
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.witness import InconsistentCheckpointError, Witness
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
        list[str],
        typer.Option(
            "--follow",
            metavar="[NAME=]URL",
            help=say(
                "台帳の窓口。運営者が何者かいれば、それぞれの窓口を、名前を付けるか genesis の順に",
                "The ledger's address; of several operators each one's, with names or in the order of genesis.",
            ),
        ),
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
    """Follow and cosign until Ctrl-C. The exit code is 1 when the ledger was found to be false."""
    the_poll, documents = read_documents(poll)
    facts = LedgerFacts.of(the_poll.genesis)
    text = read_limited(folder / KEY, KEY_LIMIT, "witness's key").decode("ascii", "replace")
    key, memory = SigningKey.from_text(text.strip()), folder / MEMORY
    # Who followed before has a memory: it is missed, and not begun anew.
    begin = Witness if memory.exists() or (folder / COPY).exists() else Witness.create
    with (
        begin(key, [facts.log], memory) as own,
        Database(folder / COPY) as database,
        _followed(the_poll, facts, follow) as ledger,
    ):
        follower = Follower(database, facts, lambda store: Contract(the_poll, store), documents)
        executing = ExecutingWitness(own, follower, ledger, may_lag=bool(the_poll.genesis.ledger.operators))
        app = WitnessApp(executing, lambda: own.last(facts.origin))
        with _looking(executing, every) as found:
            serve_until_stopped(app, host, port, lambda origin: print(origin, flush=True))
    if found:
        raise found[0]


@contextmanager
def _followed(poll: Poll, facts: LedgerFacts, addresses: list[str]) -> Iterator[Followed]:
    """Open the ledger at ``addresses``; of several operators, no single one is believed."""
    operators = len(poll.genesis.ledger.operators)
    if not operators:
        yield LedgerClient(addresses, facts.poll)
        return
    others = len(facts.witnesses) - operators
    facts = replace(facts, witnesses=facts.witnesses[:operators], quorum=facts.quorum - others)
    if len(addresses) < facts.quorum:
        raise InputError(f"a ledger of {operators} operators is followed at {facts.quorum} of their addresses or more")
    with operators_at(addresses, facts) as ledger:
        yield ledger


@contextmanager
def _looking(witness: ExecutingWitness, every: float) -> Iterator[list[CheckFailedError]]:
    """Look in a thread, every so many seconds; the list gets what was found false, which ends the looking."""
    ended, found = threading.Event(), list[CheckFailedError]()

    def look() -> None:
        before = ""
        while not ended.is_set():
            try:
                witness.look()
                before = ""
            except (WrongBlockError, InconsistentCheckpointError) as error:
                found.append(error)
                _tell(f"{say('台帳が正しくありません', 'the ledger is false')}: {told(error)}")
                return
            except Exception as error:
                # Whatever a ledger shows, the next look may show something else.
                words = told(error) if isinstance(error, IppyoError) else type(error).__name__
                if words != before:
                    before = words
                    _tell(words)
            ended.wait(every)

    looking = threading.Thread(target=look, name="ippyo-witness", daemon=True)
    looking.start()
    try:
        yield found
    finally:
        ended.set()
        looking.join()


def _tell(words: str) -> None:
    print(f"ippyo: {printable(words)}", file=sys.stderr, flush=True)
