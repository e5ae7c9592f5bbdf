"""``ippyo node witness`` as a process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import commands

from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.http.exchange import exchange
from ippyo.ledger.notes import VerifierKey

WAIT = 120.0


@dataclass
class Running:
    """A witness that answers at ``origin``."""

    origin: str
    key: VerifierKey
    errors: Path

    def last(self) -> SignedCheckpoint | None:
        """Return the last checkpoint that it cosigned."""
        status, body = exchange("GET", f"{self.origin}/checkpoint", WAIT)
        return SignedCheckpoint.from_text(body.decode()) if status == 200 else None

    def wait_for(self, size: int) -> SignedCheckpoint:
        """Wait until it has cosigned a checkpoint of this size."""
        end = time.monotonic() + WAIT
        while (last := self.last()) is None or last.checkpoint.size != size:
            assert time.monotonic() < end, self.errors.read_text()
            time.sleep(0.05)
        assert last.note.signers([self.key]) == [self.key]
        return last

    def wait_to_say(self, words: str) -> None:
        """Wait until it says this on its standard error."""
        end = time.monotonic() + WAIT
        while words not in self.errors.read_text():
            assert time.monotonic() < end, self.errors.read_text()
            time.sleep(0.05)


@dataclass
class Place:
    """Where a witness is run, and for which poll."""

    folder: Path
    poll: Path

    def make_key(self) -> VerifierKey:
        made = commands.run("node", "witness-key", self.folder, "--name", "press.example/witness")
        assert made.returncode == 0, made.stderr
        return VerifierKey.from_text(made.stdout.strip())

    @contextmanager
    def running(self, key: VerifierKey, *follow: str, code: int = 0, every: float = 0.2) -> Iterator[Running]:
        """Run the witness; when it is stopped in the end, it must end with ``code``."""
        errors = self.folder / "witness.err"
        addresses = [part for url in follow for part in ("--follow", url)]
        options = ["--poll", str(self.poll), *addresses, "--every", str(every)]
        with commands.serving("node", "witness", self.folder, *options, log=errors, code=code) as (origin, _):
            yield Running(origin, key, errors)
