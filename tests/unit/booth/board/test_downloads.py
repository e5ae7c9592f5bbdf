"""The record's file is made once for each state of the ledger; slow readers give way; a range is what HTTP says."""

from __future__ import annotations

import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ippyo.booth.board import record_file
from ippyo.booth.board.downloads import asked_range
from ippyo.booth.board.record_file import Copy, RecordFile
from ippyo.booth.board.turns import FIRST_SECONDS, SLOW, Turns
from ippyo.errors import RefusedError
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.engine import LedgerStoppedError, NotYetError
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.witness import Witness


@pytest.fixture
def record(booth_ledger: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordFile:
    monkeypatch.setattr(record_file, "REST", 0)
    # However slow the machine is, who asks gets the newest file.
    monkeypatch.setattr(record_file, "FIRST_SECONDS", 60)
    monkeypatch.setattr(record_file, "NEXT_SECONDS", 60)
    return RecordFile(tmp_path / "record.zip", booth_ledger, booth_ledger.facts, {"manifest.json": "{}"})


def content(copy: Copy) -> bytes:
    with copy.file:
        return copy.file.read()


def test_the_file_is_made_anew_only_for_new_blocks(small_poll: Any, booth_ledger: Any, record: RecordFile) -> None:
    first, again = record.opened(), record.opened()
    assert first.tag == again.tag
    assert content(again) == content(record.opened())
    booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=(1, 0)))
    new = record.opened()
    assert new.tag != first.tag
    # Who began with the old file ends with it.
    old = content(first)
    assert len(old) == first.length < new.length
    with new.file, zipfile.ZipFile(new.file) as archive:
        assert archive.testzip() is None
        assert "record/manifest.json" in archive.namelist()


def test_the_record_ends_where_enough_witnesses_have_signed(
    small_polls: Any, open_box: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_file, "REST", 0)
    key = SigningKey.generate("witness.example/1", KeyKind.COSIGNATURE)
    small = small_polls.SmallPoll.build(witnesses=(key,))
    with (
        open_box(small) as engine,
        Witness.create(key, [engine.facts.log], tmp_path / "witness", clock=lambda: small_polls.DURING) as witness,
    ):
        record = RecordFile(tmp_path / "record.zip", engine, engine.facts, {})
        with pytest.raises(NotYetError):
            record.opened()
        size = engine.status().size
        engine.cosign([witness])
        engine.submit_and_wait(small.voter().cast(bridge=(1, 0)))
        with record.opened().file as file, zipfile.ZipFile(file) as archive:
            signed = SignedCheckpoint.from_text(archive.read("record/checkpoint").decode())
            transactions = archive.read("record/transactions/00000000.jsonl").splitlines()
    assert signed.verify(engine.facts).size == len(transactions) == size


def test_a_slow_witness_does_not_spoil_the_record(
    small_polls: Any, open_box: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_file, "REST", 0)
    keys = tuple(SigningKey.generate(f"witness.example/{number}", KeyKind.COSIGNATURE) for number in (1, 2))
    small = small_polls.SmallPoll.build(witnesses=keys)
    with open_box(small) as engine:
        facts = replace(engine.facts, quorum=1)
        last = engine.status().time // 1000
        # The first says that it was in 1970.
        for key, time in zip(keys, (1, last), strict=True):
            signed = engine.checkpoint()
            engine.add_cosignatures(signed.with_signatures([key.cosign(signed.note.text, time)]))
        record = RecordFile(tmp_path / "record.zip", engine, facts, {})
        with record.opened().file as file, zipfile.ZipFile(file) as archive:
            signed = SignedCheckpoint.from_text(archive.read("record/checkpoint").decode())
    assert signed.witnesses(facts) == [keys[1].verifier]


def test_the_next_file_waits_its_time(
    small_poll: Any, booth_ledger: Any, record: RecordFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_file, "REST", 1_000_000)
    first = content(record.opened())
    booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=(1, 0)))
    assert content(record.opened()) == first


def broken(*_: object) -> Any:
    raise LedgerStoppedError("it has stopped")


def test_without_a_ledger_there_is_the_last_file(
    booth_ledger: Any, record: RecordFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(booth_ledger.engine, "checkpoint", broken)
        with pytest.raises(LedgerStoppedError):
            record.opened()
    last = content(record.opened())
    monkeypatch.setattr(booth_ledger.engine, "checkpoint", broken)
    assert content(record.opened()) == last
    assert sorted(file.name for file in tmp_path.glob("record*")) == ["record.zip"]


def test_a_file_that_could_not_be_finished_is_not_given(
    booth_ledger: Any, record: RecordFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(booth_ledger.engine, "blocks", broken)
    with pytest.raises(LedgerStoppedError):
        record.opened()
    assert list(tmp_path.glob("record*")) == []


def test_a_file_that_somebody_removed_is_made_again(record: RecordFile, tmp_path: Path) -> None:
    first = content(record.opened())
    (tmp_path / "record.zip").unlink()
    with pytest.raises(RefusedError, match="busy"):
        record.opened()
    assert content(record.opened()) == first


def test_a_disk_that_takes_nothing(booth_ledger: Any, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="busy"):
        RecordFile(tmp_path / "missing" / "record.zip", booth_ledger, booth_ledger.facts, {}).opened()


def test_a_file_that_takes_long(booth_ledger: Any, record: RecordFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_file, "FIRST_SECONDS", 0.01)
    goes_on = threading.Event()
    blocks = booth_ledger.engine.blocks

    def late(*given: Any) -> Any:
        goes_on.wait(60)
        return blocks(*given)

    monkeypatch.setattr(booth_ledger.engine, "blocks", late)
    for _ in range(2):
        with pytest.raises(RefusedError, match="busy"):
            record.opened()
    goes_on.set()
    monkeypatch.setattr(record_file, "FIRST_SECONDS", 60)
    assert content(record.opened())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_slow_readers_give_way_when_others_come() -> None:
    clock = Clock()
    turns = Turns(2, clock=clock)
    slow, slower = turns.take(), turns.take()
    assert slow
    assert slower
    clock.now = FIRST_SECONDS
    assert turns.take() is None, "nobody has to give way at once"
    clock.now += 1
    slow.sent = 1
    third = turns.take()
    assert third
    assert (slow.lost, slower.lost) == (False, True)
    turns.give_back(slower)
    slow.sent = int(SLOW * clock.now)
    assert turns.take() is None, "who is not slow stays"
    turns.give_back(slow)
    assert turns.take()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", range(100)),
        ("bytes=0-", range(100)),
        ("bytes=10-19", range(10, 20)),
        ("bytes=90-1000", range(90, 100)),
        ("bytes=-5", range(95, 100)),
        ("bytes=-1000", range(100)),
        ("bytes=100-", range(0)),
        ("bytes=-0", range(0)),
        ("bytes=20-10", range(100)),
        ("bytes=0-1,5-6", range(100)),
        ("lines=0-1", range(100)),
        ("bytes=" + "9" * 5000 + "-", range(100)),
    ],
)
def test_a_range(header: str, expected: range) -> None:
    assert asked_range(header, 100) == expected
