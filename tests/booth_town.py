"""A small poll at the polling hours, with its ledger over HTTP and booths as processes. Fixture ``booth_towns``.

town = booth_towns.Town(folder, small_polls)   # ledger and booth folders are made
with town.ledger() as ledger_url, town.booth(ledger_url) as booth: requests.get(booth.origin + "/board/")

A booth is a process of its own: Django has one configuration in a process, and in pytest's that is the registry's.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests import commands

from ippyo.contract.machine import Contract
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.http import LedgerApp
from ippyo.sites.serving import served

TICKETS = 500


@dataclass
class Booth:
    """A booth that answers at ``origin``."""

    origin: str
    process: subprocess.Popen[str]
    errors: Path

    def kill(self) -> None:
        """Let it die at once, as the power would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)


class Town:
    """A poll that is open now, for an hour."""

    def __init__(self, folder: Path, polls: Any, *, is_open: bool = True, seconds: int = 3600) -> None:
        now = int(time.time())
        self.folder = folder
        self.small = polls.SmallPoll.build(replace(polls.manifest(), opens=now - 60, closes=now + seconds))
        self.poll_folder = self.small.write_documents(folder / "poll")
        self.is_open = is_open

    @contextmanager
    def engine(self) -> Iterator[EmbeddedLedger]:
        """Run the ledger; the box is open when it is new."""
        poll = self.small.poll
        facts = LedgerFacts.of(poll.genesis)
        with (
            Database(self.folder / "ledger.sqlite") as database,
            EmbeddedLedger(
                database, facts, self.small.log, lambda store: Contract(poll, store), documents=self.small.documents
            ) as ledger,
        ):
            if not ledger.status().size and self.is_open:
                for tx in (*self.small.issued_by_all(TICKETS), self.small.open()):
                    ledger.submit_and_wait(tx)
            yield ledger

    @contextmanager
    def ledger(self, port: int = 0) -> Iterator[str]:
        """Serve the ledger and yield its address."""
        with self.engine() as engine, served(LedgerApp(engine), port=port, threads=70) as origin:
            yield origin

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that is told nothing by this one's settings."""
        return commands.environment()

    def init(self, *ledger: str, name: str = "booth", secure: bool = False) -> Path:
        """Make a booth's folder, for tests or (``secure``) for production."""
        folder = self.folder / name
        origins = ["http://localhost:8200", "http://localhost:8000", "http://localhost:8300"]
        if secure:
            origins = [f"https://{site}.example" for site in ("booth", "registry", "checker")]
        options = {
            "--poll": str(self.poll_folder),
            "--origin": origins[0],
            "--registry": origins[1],
            "--checker": origins[2],
        }
        more = () if secure else ("--test",)
        given = [part for pair in options.items() for part in pair]
        addresses = [part for url in ledger for part in ("--ledger", url)]
        made = commands.run("booth", "init", folder, *given, *addresses, *more)
        assert made.returncode == 0, made.stderr
        return folder

    @contextmanager
    def booth(self, folder: Path) -> Iterator[Booth]:
        """Start the booth in ``folder``, and stop it."""
        errors = folder.with_suffix(".err")
        with commands.serving("booth", "serve", folder, log=errors) as (origin, process):
            yield Booth(origin, process, errors)
