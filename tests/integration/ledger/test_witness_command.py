"""``ippyo node witness`` as a process before an embedded ledger: it cosigns what follows, and refuses what does not."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.witness_process import WAIT, Place

from ippyo.cli.children import lent_ports
from ippyo.contract.machine import Contract
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.engine import NotYetError
from ippyo.ledger.http import LedgerApp
from ippyo.ledger.http.cosigning import cosigning
from ippyo.ledger.http.witness import HttpWitness
from ippyo.ledger.notes import SigningKey, VerifierKey
from ippyo.ledger.witness import InconsistentCheckpointError, WitnessConflictError, WitnessRequest
from ippyo.sites.serving import served


@pytest.fixture
def town(booth_towns: ModuleType, small_polls: ModuleType, tmp_path: Path) -> Any:
    return booth_towns.Town(tmp_path, small_polls)


@pytest.fixture
def place(town: Any, tmp_path: Path) -> Place:
    return Place(tmp_path / "witness", town.poll_folder)


def sent(town: Any, *words: str) -> None:
    """Put some notes onto the ledger while nobody serves it."""
    with town.engine() as engine:
        for word in words:
            engine.submit_and_wait(town.small.audit(word))


def test_it_follows_and_cosigns(town: Any, place: Place) -> None:
    key = place.make_key()
    with town.engine() as engine, served(LedgerApp(engine)) as origin, place.running(key, origin) as witness:
        size = engine.status().size
        witness.wait_for(size)
        engine.submit_and_wait(town.small.audit("more"))
        signed = witness.wait_for(size + 1)
        assert signed.checkpoint == engine.checkpoint().checkpoint
        # Whoever asks gets the line, too.
        request = WitnessRequest(size + 1, (), engine.checkpoint())
        (line,) = HttpWitness(witness.origin).add_checkpoint(request)
        assert key.made(line)
    # It goes on where it stopped.
    with town.ledger() as origin, place.running(key, origin) as witness:
        witness.wait_for(size + 1)


def test_a_ledger_that_never_rests_is_cosigned(small_polls: ModuleType, tmp_path: Path) -> None:
    """Who is asked to cosign what it has not seen follows first, and does not wait until it looks the next time."""
    place = Place(tmp_path / "witness", tmp_path / "poll")
    key, now = place.make_key(), int(time.time())
    secret = SigningKey.from_text((place.folder / "witness.key").read_text().strip())
    small = small_polls.SmallPoll.build(replace(small_polls.manifest(), opens=now - 60, closes=now + 3600), (secret,))
    small.write_documents(place.poll)
    facts = LedgerFacts.of(small.poll.genesis)
    with (
        Database(tmp_path / "ledger.sqlite") as database,
        EmbeddedLedger(
            database, facts, small.log, lambda store: Contract(small.poll, store), documents=small.documents
        ) as ledger,
        served(LedgerApp(ledger)) as origin,
        place.running(key, origin, every=3600) as witness,
        cosigning(ledger, [HttpWitness(witness.origin)], pause=0.05),
    ):
        witness.wait_for(0)
        end = time.monotonic() + WAIT
        for number in count():
            index = ledger.submit_and_wait(small.audit(f"note {number}")).index
            with suppress(NotYetError):
                ledger.receipt(0).verify(facts)
                break
            assert time.monotonic() < end, f"{index} transactions, and none is cosigned"


FALSE: dict[str, tuple[Callable[[Any], None], str]] = {
    "rolled back": (lambda town: None, "the ledger was rolled back"),
    "a fork of the same size": (lambda town: sent(town, "c", "d"), "not of the ledger that was executed here"),
    "a longer fork": (lambda town: sent(town, "c", "d", "e"), "is not what follows from what is before it"),
}


@pytest.fixture(scope="module")
def followed(
    booth_towns: ModuleType, small_polls: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, Place, VerifierKey]:
    """Return a town, a witness that has followed its ledger, and the key; old.sqlite is two notes older."""
    folder = tmp_path_factory.mktemp("followed")
    town = booth_towns.Town(folder, small_polls)
    place = Place(folder / "witness", town.poll_folder)
    key = place.make_key()
    sent(town)
    shutil.copy(folder / "ledger.sqlite", folder / "old.sqlite")
    sent(town, "a", "b")
    with town.engine() as engine, served(LedgerApp(engine)) as origin, place.running(key, origin) as witness:
        witness.wait_for(engine.status().size)
    return town, place, key


@pytest.mark.parametrize("what", FALSE)
def test_it_refuses_a_second_history(followed: tuple[Any, Place, VerifierKey], what: str, tmp_path: Path) -> None:
    town, place, key = followed
    change, words = FALSE[what]
    place = replace(place, folder=shutil.copytree(place.folder, tmp_path / "witness"))
    with town.engine() as engine:
        size = engine.status().size
    true = shutil.copy(town.folder / "ledger.sqlite", tmp_path)
    shutil.copy(town.folder / "old.sqlite", town.folder / "ledger.sqlite")
    change(town)
    with town.engine() as engine, served(LedgerApp(engine)) as origin, place.running(key, origin, code=1) as witness:
        witness.wait_to_say(words)
        # It still shows what it cosigned, and cosigns nothing more.
        last = witness.last()
        assert last is not None
        assert last.checkpoint.size == size
        assert last.checkpoint.root != engine.checkpoint().checkpoint.root
        with pytest.raises(InconsistentCheckpointError, match="refuses the checkpoint"):
            HttpWitness(witness.origin).add_checkpoint(WitnessRequest(size, (), engine.checkpoint()))
    shutil.copy(true, town.folder / "ledger.sqlite")


def test_a_ledger_that_is_away_is_waited_for(town: Any, place: Place) -> None:
    key = place.make_key()
    with town.engine():
        pass  # the box is open, and the ledger away
    with lent_ports(1) as (port,), place.running(key, f"http://127.0.0.1:{port}") as witness:
        witness.wait_to_say("the ledger does not answer")
        assert witness.last() is None
        with town.engine() as engine, served(LedgerApp(engine), port=port):
            witness.wait_for(engine.status().size)
            with pytest.raises(WitnessConflictError):
                HttpWitness(witness.origin).add_checkpoint(WitnessRequest(1, (), engine.checkpoint()))
        # What is the matter is said once, however often it is looked.
        assert witness.errors.read_text().count("does not answer") <= 2
