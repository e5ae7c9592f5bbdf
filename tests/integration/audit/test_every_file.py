"""Every file of a record as the ledger exports it: whatever is altered in it, ``ippyo verify`` exits with 1 and says
which check failed.

The record is made by the real parts: contract, ledger, two witnesses, export.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from ippyo.cli.main import main
from ippyo.contract.machine import Contract
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.record import export_record
from ippyo.ledger.witness import Witness
from ippyo.poll.choice import BLANK

OFFSETS = 24
TRANSACTIONS = "transactions/00000000.jsonl"
CHECKS = {
    "manifest.json": {"manifest"},
    "genesis.json": {"genesis"},
    "trustees.json": {"key-ceremony"},
    "ceremony.json": {"key-ceremony"},
    "blocks.jsonl": {"chain", "block-signatures"},
    TRANSACTIONS: {"merkle-roots"},
    "checkpoint": {"checkpoint"},
}
"""One of these must fail when the file is altered, whatever else does."""
LINES = ("blocks.jsonl", TRANSACTIONS, "checkpoint")


@pytest.fixture(scope="module")
def whole(small_polls: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a counted poll with a re-vote, a blank vote and a surrendered right."""
    folder = tmp_path_factory.mktemp("whole")
    keys = [SigningKey.generate(f"witness.example/{n}", KeyKind.COSIGNATURE) for n in (1, 2)]
    small = small_polls.SmallPoll.build(witnesses=tuple(keys))
    box = small_polls.Box(small).open()
    a, b, c = small.voter(), small.voter(), small.voter()
    box.send(a.cast(bridge=(1, 0), mayor=(1, 0, 0)), b.cast(bridge=BLANK, mayor=(0, 1, 0)), c.cast(bridge=(0, 1)))
    box.send(a.cast(mayor=(0, 1, 0)), c.surrender())
    box.close()
    for contest, counts in (("bridge", (1, 1, 0)), ("mayor", (0, 2, 0))):
        box.send(box.tally(contest), at=small_polls.AFTER)
        box.send(*(box.decrypt(contest, owner) for owner in (1, 3)), at=small_polls.AFTER)
        assert box.code(small.result(contest, *counts), at=small_polls.AFTER) == "ok"
    facts = LedgerFacts.of(small.poll.genesis)
    times = iter([context.time for context, _, _ in box.blocks])
    with Database(folder / "ledger.sqlite") as database:
        ledger = EmbeddedLedger(
            database,
            facts,
            small.log,
            lambda store: Contract(small.poll, store),
            documents=small.documents,
            clock=lambda: next(times),
        )
        for _, transactions, _ in box.blocks:
            ledger.append_block(transactions)
        witnesses = [
            Witness.create(key, [facts.log], folder / f"witness-{n}", clock=lambda: small_polls.CLOSES)
            for n, key in enumerate(keys)
        ]
        # The second one signs first: the order of the lines is that of genesis all the same.
        ledger.cosign([witnesses[1]])
        ledger.cosign(witnesses)
        export_record(database, folder / "record")
        for witness in witnesses:
            witness.close()
    return folder / "record"


@pytest.fixture
def record(whole: Path, tmp_path: Path) -> Path:
    """A copy, to be altered."""
    return shutil.copytree(whole, tmp_path / "record")


def failed(record: Path, capsys: pytest.CaptureFixture[str], *, code: int = 1) -> set[str]:
    """Return the ids of the checks that the command says have failed."""
    assert main(["verify", str(record), "--json", "--workers", "1"]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return {check["id"] for check in json.loads(captured.out)["checks"] if check["status"] == "fail"}


def test_the_record_verifies(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert failed(whole, capsys, code=0) == set()
    assert {str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file()} == set(CHECKS)
    signers = [line.split(" ")[1] for line in (whole / "checkpoint").read_text(encoding="utf-8").splitlines()[4:]]
    assert signers[1:] == ["witness.example/1", "witness.example/2"]


@pytest.mark.parametrize("name", CHECKS)
def test_one_byte_altered(record: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = record / name
    good = path.read_bytes()
    draw = random.Random(name)
    for offset in [0, len(good) - 1, *draw.sample(range(len(good)), OFFSETS)]:
        path.write_bytes(
            good[:offset] + bytes([good[offset] ^ draw.choice((1, 2, 4, 8, 16, 128))]) + good[offset + 1 :]
        )
        found = failed(record, capsys)
        # A file that ends without its newline still says what it said.
        assert found & (CHECKS[name] | ({"files"} if offset == len(good) - 1 else set())), (offset, found)


@pytest.mark.parametrize("name", LINES)
def test_any_line_dropped(record: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = record / name
    lines = path.read_bytes().splitlines(keepends=True)
    for which in range(len(lines)):
        path.write_bytes(b"".join(lines[:which] + lines[which + 1 :]))
        assert CHECKS[name] & failed(record, capsys), which


def swaps(lines: list[bytes]) -> Iterator[list[bytes]]:
    for which in range(len(lines) - 1):
        if lines[which] != lines[which + 1]:
            yield [*lines[:which], lines[which + 1], lines[which], *lines[which + 2 :]]
    yield [lines[-1], *lines[1:-1], lines[0]]


@pytest.mark.parametrize("name", LINES)
def test_any_two_lines_swapped(record: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = record / name
    for swapped in swaps(path.read_bytes().splitlines(keepends=True)):
        path.write_bytes(b"".join(swapped))
        assert CHECKS[name] & failed(record, capsys)


@pytest.mark.parametrize("name", CHECKS)
def test_a_file_missing(record: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (record / name).unlink()
    assert failed(record, capsys) & (CHECKS[name] | {"files"})


def test_the_exit_code_of_a_process_of_its_own(record: Path) -> None:
    def code() -> int:
        command = [sys.executable, "-m", "ippyo", "verify", str(record), "--quiet"]
        return subprocess.run(command, capture_output=True, timeout=120, check=False).returncode

    assert code() == 0
    lines = (record / "checkpoint").read_bytes().splitlines(keepends=True)
    (record / "checkpoint").write_bytes(b"".join([*lines[:5], lines[6], lines[5]]))
    assert code() == 1
