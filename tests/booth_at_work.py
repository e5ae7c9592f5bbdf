"""A booth process in front of a ledger, for tests in a browser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any

from cheroot.wsgi import Server
from tests import commands

from ippyo.booth.checker.site import CheckerSite
from ippyo.contract.machine import Contract
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.http import LedgerApp

PLACES = """
[[places]]
id = "city-hall"
name = { ja = "市役所", en = "City hall" }
address = { ja = "本町1丁目", en = "1 Honcho" }
opens = "08:30"
closes = "20:00"
"""


@dataclass
class Booth:
    """A poll that is open now, its ledger and its booth."""

    small: Any
    ledger: EmbeddedLedger
    origin: str
    folder: Path
    ahead: list[float]
    """Seconds that the ledger's clock is ahead of this computer's; the last one holds."""
    checker: str
    registry: str

    def coin(self, voter: Any) -> Any:
        """Return the coin of a voter, or None."""
        return json.loads(self.ledger.query("coin", voter.credential.text))["coin"]


class Late:
    """A WSGI application that is known only after its address is."""

    app: Callable[..., Any]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer as the application does."""
        return self.app(environ, start_response)


def checker_site(poll: Any) -> Any:
    """Return the checker of a poll."""
    return CheckerSite(poll)


@contextmanager
def served(app: Callable[..., Any], name: str = "127.0.0.1") -> Iterator[str]:
    """Serve a WSGI application on a free port until the context ends; yields its origin, by this name of the host."""
    server = Server(("127.0.0.1", 0), app, numthreads=8, timeout=10, shutdown_timeout=2)
    server.expiration_interval = 0.1
    server.prepare()
    thread = Thread(target=server.serve)
    thread.start()
    try:
        yield f"http://{name}:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


@contextmanager
def open_booth(small_polls: Any, folder: Path, checker: str, registry: str, **changes: Any) -> Iterator[Booth]:
    """Open a poll whose hours are now, with ``changes`` to its manifest, and serve its booth."""
    now = int(time.time())
    hours = {"opens": now - 3600, "closes": now + 7200}
    small = small_polls.SmallPoll.build(replace(small_polls.manifest(), **hours | changes))
    poll = small.write_documents(folder / "texts")
    ahead = [0.0]
    with ExitStack() as stack:
        database = stack.enter_context(Database(folder / "ledger.sqlite"))
        facts = LedgerFacts.of(small.poll.genesis)
        ledger = stack.enter_context(
            EmbeddedLedger(
                database,
                facts,
                small.log,
                lambda store: Contract(small.poll, store),
                documents=small.documents,
                clock=lambda: int(1000 * (time.time() + ahead[-1])),
            )
        )
        for text in [*small.issued_by_all(50), small.open()]:
            ledger.submit_and_wait(text, 60)
        address = stack.enter_context(served(LedgerApp(ledger)))
        home = folder / "booth"
        origins = ["--origin", "http://localhost:8200", "--registry", registry, "--checker", checker]
        made = commands.run("booth", "init", home, "--poll", poll, *origins, "--ledger", address, "--test")
        assert made.returncode == 0, made.stderr
        config = home / "booth.toml"
        config.write_text(config.read_text(encoding="utf-8") + PLACES, encoding="utf-8")
        origin, _ = stack.enter_context(commands.serving("booth", "serve", home, log=folder / "booth.log"))
        yield Booth(small, ledger, origin.replace("127.0.0.1", "localhost"), folder, ahead, checker, registry)
