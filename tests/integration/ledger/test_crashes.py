"""A ledger process that is killed at random moments, and one whose disk is full: nothing acknowledged is ever lost."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from tests.integration.ledger import toy_ledger

from ippyo.canonical import sha256_b64
from ippyo.crypto.merkle import root_of
from ippyo.ledger.blocks import Entry, first_previous
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger

CHILD = Path(__file__).with_name("toy_ledger.py")
ROUNDS = 12


@pytest.fixture(scope="module")
def toy() -> ModuleType:
    return toy_ledger


def killed_after(path: Path, lines: list[str], seconds: float, *, answered: bool) -> set[str]:
    """Run a ledger process on ``lines``, kill it after ``seconds``; return the digests it acknowledged.

    The seconds begin when it is ready, or when it has ``answered`` once.
    """
    first = b""
    child = subprocess.Popen([sys.executable, str(CHILD), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"ready\n"
        child.stdin.write("".join(f"{line}\n" for line in lines).encode())
        child.stdin.flush()
        if answered:
            first = child.stdout.readline()
        time.sleep(seconds)
    finally:
        child.kill()
        output, _ = child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    # The last line may have been cut off: then nobody has read the acknowledgement.
    complete = (first + output).decode().split("\n")[:-1]
    return {words[2] for words in (line.split(" ") for line in complete) if words[0] == "ack"}


def check(toy: ModuleType, path: Path, acknowledged: set[str]) -> int:
    """Open the ledger again and verify all of it; return its size."""
    with Database(path) as database:
        ledger = EmbeddedLedger(database, toy.FACTS, toy.LOG_KEY, toy.ToyMachine)
        previous, size, leaves = first_previous(toy.POLL), 0, []
        state = toy.ToyMachine(_Nothing()).genesis()
        digests: list[str] = []
        for block in ledger.blocks():
            header = block.header
            assert block.signed.verify(toy.FACTS.log)
            assert (header.previous, block.first) == (previous, size)
            for tx in block.transactions:
                leaves.append(Entry.of(tx).leaf)
                digests.append(sha256_b64(tx))
                state = sha256_b64(f"{state}|{header.time}|{tx}")
            assert (header.size, header.root, header.state) == (len(leaves), root_of(leaves), state)
            previous, size = header.hash, header.size
        assert len(set(digests)) == len(digests)
        assert acknowledged <= set(digests)
        for digest in sorted(acknowledged)[:5]:
            index = ledger.find(digest)
            assert index is not None
            assert ledger.receipt(index).verify(toy.FACTS).digest == digest
        return size


class _Nothing:
    def get(self, key: bytes) -> bytes | None:
        return None


def test_what_was_acknowledged_survives_kill_9(toy: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    chance = random.Random(20260401)
    acknowledged: set[str] = set()
    unsure: list[str] = []
    sizes = []
    for number in range(ROUNDS):
        fresh = [toy.note(f"{number}/{count}/{'x' * 500}") for count in range(1500)]
        # What was not acknowledged is sent again, as a client would; it may or may not be in already.
        seconds = chance.uniform(0.005, 0.25)
        # However slow this computer is, one round comes to something.
        new = killed_after(path, unsure[:500] + fresh, seconds, answered=number == ROUNDS // 2)
        acknowledged |= new
        unsure = [tx for tx in unsure[:500] + fresh if sha256_b64(tx) not in acknowledged]
        sizes.append(check(toy, path, acknowledged))
    assert sizes == sorted(sizes)
    assert acknowledged
    assert len(acknowledged) < ROUNDS * 1500, "no round was killed in the middle"


def limit_files() -> None:
    # Instead of a signal that ends the process, writing beyond the limit is an error, as on a full disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))


def test_a_disk_that_fills_up(toy: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    lines = "".join(f"{toy.note(str(number) + 'x' * 2000)}\n" for number in range(1000))
    done = subprocess.run(
        [sys.executable, str(CHILD), str(path)],
        input=lines.encode(),
        capture_output=True,
        # What coverage.py writes would be cut off as well, and be no file that can be read.
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
        timeout=120,
        preexec_fn=limit_files,
        check=False,
    )
    assert b"the ledger has stopped: cannot write" in done.stderr
    acknowledged = {line.split(" ")[2] for line in done.stdout.decode().splitlines() if line.startswith("ack ")}
    assert check(toy, path, acknowledged) < 1000
