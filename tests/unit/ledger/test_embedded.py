"""The embedded engine over the toy machine: blocks, receipts, restarts, refusals, and a disk that fails."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import dumps, sha256_b64
from ippyo.contract.interface import BlockContext, Store, Verdict
from ippyo.crypto.merkle import EMPTY_ROOT, root_of, verify_consistency
from ippyo.errors import CheckFailedError, InputError, IppyoError, RefusedError
from ippyo.ledger.blocks import LAST_TIME, Entry, first_previous
from ippyo.ledger.chain import Chain
from ippyo.ledger.checkpoint import Checkpoint, LedgerFacts, SignedCheckpoint
from ippyo.ledger.database import Database, StorageError
from ippyo.ledger.embedded import EmbeddedLedger, system_clock
from ippyo.ledger.engine import BusyError, Ledger, LedgerStoppedError, NotYetError
from ippyo.ledger.inbox import Inbox
from ippyo.ledger.notes import KeyKind, NoteSignature, SigningKey
from ippyo.ledger.witness import InconsistentCheckpointError, Witness, WitnessRequest

WITNESSES = [SigningKey(f"w{number}.example", KeyKind.COSIGNATURE, bytes([number]) * 32) for number in (1, 2)]

Open = Callable[..., EmbeddedLedger]
WAIT = 60
"""Seconds for what must happen, however busy the computer is."""


@pytest.fixture
def begin(toy: ModuleType, database: Database) -> Open:
    def begin(**options: Any) -> EmbeddedLedger:
        options = {"facts": toy.FACTS, "key": toy.LOG_KEY, "machine": toy.ToyMachine, "clock": lambda: 1000} | options
        return EmbeddedLedger(options.pop("database", database), **options)

    return begin


@pytest.fixture
def witnessed(toy: ModuleType) -> LedgerFacts:
    return LedgerFacts(toy.POLL, toy.LOG_KEY.verifier, tuple(key.verifier for key in WITNESSES), 2)


def notes(toy: ModuleType, count: int, start: int = 0) -> list[str]:
    return [toy.note(str(number)) for number in range(start, start + count)]


def test_blocks_follow_one_another(toy: ModuleType, begin: Open) -> None:
    ledger = begin()
    txs = notes(toy, 5)
    ledger.append_block(txs[:3])
    ledger.append_block(txs[3:])
    one, two = ledger.blocks()
    assert one.header.previous == first_previous(toy.POLL)
    assert two.header.previous == one.header.hash
    assert [(block.header.height, block.header.size, block.first) for block in (one, two)] == [(1, 3, 0), (2, 5, 3)]
    assert [*one.transactions, *two.transactions] == txs
    leaves = [Entry.of(tx).leaf for tx in txs]
    assert (one.header.root, two.header.root) == (root_of(leaves[:3]), root_of(leaves))
    assert one.signed.verify(toy.LOG_KEY.verifier)
    assert [block.header.height for block in ledger.blocks(2)] == [2]
    assert list(ledger.blocks(3)) == []


def test_many_blocks_are_paged(toy: ModuleType, begin: Open) -> None:
    ledger = begin()
    for tx in notes(toy, 40):
        ledger.append_block([tx])
    assert [block.first for block in ledger.blocks(2)] == list(range(1, 40))


def test_only_accepted_transactions_enter(toy: ModuleType, begin: Open) -> None:
    ledger = begin()
    good, again, bad = toy.note("good"), toy.note("good"), "{}"
    outcome = ledger.append_block([bad, good, again])
    assert [verdict.code for verdict in outcome.verdicts] == ["malformed", "", "duplicate"]
    assert [None if a is None else a.index for a in outcome.accepted] == [None, 0, None]
    assert outcome.block is not None
    assert outcome.block.transactions == (good,)
    # Whoever executes only what is in the block comes to the same state.
    assert ledger.status().state == toy.ToyMachine(_Empty()).apply(BlockContext(1, 1000), [good])[1]
    assert ledger.append_block([bad, again]).block is None
    assert ledger.status().height == 1


class _Empty:
    def get(self, key: bytes) -> bytes | None:
        return None


def test_time_never_decreases(toy: ModuleType, begin: Open) -> None:
    times = iter([5000, 4000, 6000])
    ledger = begin(clock=lambda: next(times))
    for tx in notes(toy, 3):
        ledger.append_block([tx])
    assert [block.header.time for block in ledger.blocks()] == [5000, 5000, 6000]


def test_a_block_has_a_limit(toy: ModuleType, begin: Open) -> None:
    ledger = begin()
    with pytest.raises(InputError, match="256 transactions at most"):
        ledger.append_block(notes(toy, 257))
    assert ledger.append_block(notes(toy, 256)).block is not None


def test_status_and_query(toy: ModuleType, begin: Open) -> None:
    ledger = begin()
    empty = ledger.status()
    assert (empty.height, empty.size, empty.root, empty.time) == (0, 0, EMPTY_ROOT, 0)
    assert empty.state == sha256_b64("toy genesis")
    ledger.append_block(notes(toy, 3))
    status = ledger.status()
    assert (status.poll, status.height, status.size, status.time, status.waiting) == (toy.POLL, 1, 3, 1000, 0)
    assert (status.cosigned, status.failure) == (0, "")
    assert ledger.query("count") == '{"count":3}'
    with pytest.raises(InputError, match="no such question"):
        ledger.query("votes")


def test_what_the_operator_is_told(begin: Open, witnessed: LedgerFacts) -> None:
    line = begin(facts=witnessed).describe()
    assert "tamper-evident, not fault tolerant" in line
    assert "2 of 2 witnesses" in line
    assert "\n" not in line


def test_the_system_clock_counts_milliseconds() -> None:
    assert 1_700_000_000_000 < system_clock() < 10_000_000_000_000


# --- the thread ---


def test_submitting(toy: ModuleType, begin: Open) -> None:
    with begin(block_wait=0.01) as ledger:
        pending = [ledger.submit(tx) for tx in notes(toy, 300)]
        accepted = [one.result(WAIT) for one in pending]
        assert [one.index for one in accepted] == list(range(300))
        assert all(one.done() for one in pending)
        assert ledger.submit_and_wait(toy.note("x"), WAIT).index == 300
        with pytest.raises(RefusedError, match="duplicate") as caught:
            ledger.submit_and_wait(toy.note("x"), WAIT)
        assert caught.value.code == "duplicate"
        with pytest.raises(RefusedError, match="malformed: not JSON"):
            ledger.submit_and_wait("no JSON", WAIT)
        assert max(len(block.transactions) for block in ledger.blocks()) <= 256
    with pytest.raises(LedgerStoppedError, match="closed"):
        ledger.submit(toy.note("y"))


def test_it_is_a_ledger(begin: Open) -> None:
    ledger: Ledger = begin()
    assert ledger.status().size == 0


def test_starting_twice_is_starting_once(begin: Open) -> None:
    with begin() as ledger:
        ledger.start()
    begin().close()


def test_closing_puts_what_waits_into_a_block(toy: ModuleType, begin: Open) -> None:
    ledger = begin(block_wait=60)
    ledger.start()
    pending = ledger.submit(toy.note("x"))
    with pytest.raises(NotYetError, match="not in a block yet"):
        pending.result(0.01)
    ledger.close()
    assert pending.result(0).index == 0


def test_a_full_inbox() -> None:
    inbox = Inbox(count_limit=2, characters_limit=10)
    inbox.put("1234")
    inbox.put("1234")
    with pytest.raises(BusyError, match="in a moment"):
        inbox.put("1")
    assert [waiting.tx for waiting in inbox.take(1, 0)] == ["1234"]
    with pytest.raises(BusyError):
        inbox.put("1234567")
    inbox.put("123456")
    assert [waiting.tx for waiting in inbox.take(9, 0)] == ["1234", "123456"]
    inbox.close()
    assert inbox.take(1, 0) == []


# --- receipts, checkpoints, witnesses ---


def test_receipts_without_witnesses(toy: ModuleType, begin: Open) -> None:
    ledger = begin()
    tx = dumps({"type": "spoil", "poll": toy.POLL, "tracker": sha256_b64("ballot")})
    ledger.append_block([*notes(toy, 6), tx])
    ledger.append_block(notes(toy, 6, start=6))
    index = ledger.find(sha256_b64(tx))
    assert index == 6
    assert ledger.find(sha256_b64("nothing")) is None
    receipt = ledger.receipt(index)
    assert receipt.checkpoint.checkpoint.size == 13
    assert receipt.verify(toy.FACTS).trackers == (sha256_b64("ballot"),)
    with pytest.raises(InputError, match="no transaction 13"):
        ledger.receipt(13)


def test_receipts_wait_for_witnesses(toy: ModuleType, begin: Open, witnessed: LedgerFacts, tmp_path: Path) -> None:
    ledger = begin(facts=witnessed)
    ledger.append_block(notes(toy, 3))
    with pytest.raises(NotYetError, match="not cosigned"):
        ledger.receipt(0)
    with (
        Witness.create(WITNESSES[0], [toy.LOG_KEY.verifier], tmp_path / "w0") as first,
        Witness.create(WITNESSES[1], [toy.LOG_KEY.verifier], tmp_path / "w1") as second,
    ):
        ledger.cosign([first])
        with pytest.raises(NotYetError):
            ledger.receipt(0)
        assert ledger.status().cosigned == 0
        ledger.cosign([second])
        assert ledger.status().cosigned == 3
        ledger.append_block(notes(toy, 3, start=3))
        assert ledger.receipt(2).checkpoint.checkpoint.size == 3
        ledger.receipt(2).verify(witnessed)
        with pytest.raises(NotYetError):
            ledger.receipt(3)
        ledger.cosign([first, second])
        ledger.receipt(3).verify(witnessed)
        assert ledger.receipt(0).checkpoint.checkpoint.size == 6
        assert ledger.checkpoint().cosigners(witnessed) == 2


def test_one_witness_that_refuses_does_not_keep_the_others(
    toy: ModuleType, begin: Open, witnessed: LedgerFacts, tmp_path: Path
) -> None:
    ledger = begin(facts=replace(witnessed, quorum=1))
    ledger.append_block(notes(toy, 1))
    with (
        Witness.create(WITNESSES[0], [], tmp_path / "w0") as ignorant,
        Witness.create(WITNESSES[1], [toy.LOG_KEY.verifier], tmp_path / "w1") as good,
    ):
        with pytest.raises(CheckFailedError, match="does not know the log"):
            ledger.cosign([ignorant, good])
        assert ledger.status().cosigned == 1


def test_foreign_checkpoints_are_not_kept(toy: ModuleType, begin: Open, witnessed: LedgerFacts) -> None:
    ledger = begin(facts=witnessed)
    ledger.append_block(notes(toy, 3))
    for size, root in ((3, bytes(32)), (4, bytes(32))):
        foreign = SignedCheckpoint.sign(Checkpoint(witnessed.origin, size, root), toy.LOG_KEY)
        with pytest.raises(CheckFailedError, match="not of this ledger"):
            ledger.add_cosignatures(foreign)


def test_lines_of_strangers_are_not_kept(toy: ModuleType, begin: Open, witnessed: LedgerFacts) -> None:
    ledger = begin(facts=witnessed)
    checkpoint = ledger.checkpoint()
    stranger = SigningKey("stranger.example", KeyKind.COSIGNATURE, bytes([7]) * 32)
    lines = [key.cosign(checkpoint.note.text, 1) for key in (stranger, WITNESSES[0])]
    kept = ledger.add_cosignatures(checkpoint.with_signatures(lines))
    assert [line.name for line in kept.note.signatures] == [witnessed.origin, "w1.example"]


def test_a_witness_that_signs_twice_has_one_line(toy: ModuleType, begin: Open, witnessed: LedgerFacts) -> None:
    class Talkative:
        def add_checkpoint(self, request: WitnessRequest) -> Sequence[NoteSignature]:
            return [WITNESSES[0].cosign(request.checkpoint.note.text, time) for time in (1, 3, 2)]

    ledger = begin(facts=witnessed)
    ledger.append_block(notes(toy, 3))
    kept = ledger.cosign([Talkative(), Talkative()])
    assert [line.name for line in kept.note.signatures] == [witnessed.origin, "w1.example"]
    # The newest is kept, also when an older one comes after it.
    newer, older = (WITNESSES[0].cosign(kept.note.text, time) for time in (9, 8))
    ledger.add_cosignatures(kept.with_signatures([newer]))
    assert ledger.add_cosignatures(kept.with_signatures([older])).note.signatures[1] == newer
    assert ledger.checkpoint().note.signatures[1] == newer


def test_a_witness_with_a_full_disk_does_not_keep_the_others(
    toy: ModuleType, begin: Open, witnessed: LedgerFacts
) -> None:
    class Full:
        def add_checkpoint(self, request: WitnessRequest) -> Sequence[NoteSignature]:
            raise StorageError("the disk is full")

    class Good:
        def add_checkpoint(self, request: WitnessRequest) -> Sequence[NoteSignature]:
            return [WITNESSES[1].cosign(request.checkpoint.note.text, 1)]

    ledger = begin(facts=replace(witnessed, quorum=1))
    ledger.append_block(notes(toy, 3))
    with pytest.raises(StorageError, match="disk is full"):
        ledger.cosign([Full(), Good()])
    assert ledger.status().cosigned == 3


def test_consistency_proofs(toy: ModuleType, begin: Open, database: Database) -> None:
    ledger = begin()
    roots = []
    for tx in notes(toy, 7):
        ledger.append_block([tx])
        roots.append(ledger.status().root)
    assert verify_consistency(3, roots[2], 7, roots[6], ledger.consistency_proof(3, 7))
    with pytest.raises(InputError, match="has 7 transactions, not 8"):
        ledger.consistency_proof(3, 8)
    with pytest.raises(InputError, match="cannot extend"):
        ledger.consistency_proof(5, 4)
    with database.snapshot() as connection, pytest.raises(InputError, match="no leaf 5"):
        Chain(connection).inclusion_proof(5, 4)


# --- going on after a restart ---


def test_restart_goes_on(toy: ModuleType, tmp_path: Path, begin: Open) -> None:
    path = tmp_path / "again.db"
    for start in range(0, 9, 3):
        with Database(path) as database:
            ledger = begin(database=database)
            assert ledger.status().size == start
            ledger.append_block(notes(toy, 3, start))
            assert [verdict.code for verdict in ledger.append_block(notes(toy, 1)).verdicts] == ["duplicate"]
    with Database(path) as database:
        ledger = begin(database=database)
        assert [block.header.height for block in ledger.blocks()] == [1, 2, 3]
        assert ledger.receipt(8).verify(toy.FACTS)


def test_the_file_of_another_poll(toy: ModuleType, begin: Open) -> None:
    begin(documents={"manifest.json": "{}"})
    begin()
    begin(documents={"manifest.json": "{}"})
    with pytest.raises(InputError, match=r"another poll: its document/manifest\.json differs"):
        begin(documents={"manifest.json": "[]"})
    with pytest.raises(InputError, match="its poll differs"):
        begin(facts=replace(toy.FACTS, poll=sha256_b64("another")))


def test_another_key(toy: ModuleType, begin: Open) -> None:
    with pytest.raises(InputError, match="not the log key"):
        begin(key=SigningKey.generate(toy.LOG_KEY.name))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("UPDATE state SET value = replace(value, '2|', '1|') WHERE key = CAST('last' AS BLOB)", "its last block is 2"),
        ("UPDATE state SET value = CAST('2|x' AS BLOB) WHERE key = CAST('last' AS BLOB)", "of another content"),
        ("DELETE FROM block WHERE height = 2", "its last block is 1"),
        ("DELETE FROM block", "its last block is 0"),
        ("UPDATE node SET hash = zeroblob(32) WHERE level = 2", "does not have the root"),
        ("DELETE FROM node", "lacks node"),
        ("UPDATE block SET line = replace(line, '\"time\":1000', '\"time\":1001') WHERE height = 2", "signature"),
    ],
)
def test_a_damaged_file_is_not_gone_on_with(
    toy: ModuleType, begin: Open, database: Database, damage: str, problem: str
) -> None:
    ledger = begin()
    ledger.append_block(notes(toy, 3))
    ledger.append_block(notes(toy, 3, start=3))
    with database.transaction() as connection:
        connection.execute("UPDATE state SET value = CAST(value AS TEXT) WHERE key = CAST('last' AS BLOB)")
        connection.execute(damage)
        connection.execute("UPDATE state SET value = CAST(value AS BLOB)")
    with pytest.raises(InputError, match=f"damaged.*{problem}|{problem}.*damaged"):
        begin()


def test_damage_anywhere_in_the_file_is_one_sentence(toy: ModuleType, begin: Open, tmp_path: Path) -> None:
    path = tmp_path / "again.db"
    with Database(path) as database:
        ledger = begin(database=database)
        for start in range(0, 40, 4):
            ledger.append_block([*notes(toy, 4, start), toy.note("x" * 3000 + str(start))])
    good = path.read_bytes()
    noticed: list[str] = []
    for page in range(len(good) // 4096):
        path.write_bytes(good[: page * 4096] + b"\xa5" * 4096 + good[(page + 1) * 4096 :])
        try:
            with Database(path) as database:
                ledger = begin(database=database)
                assert len(list(ledger.blocks())) == 10
                for index in range(50):
                    ledger.receipt(index).verify(toy.FACTS)
                ledger.query("count")
                ledger.append_block([toy.note("new")])
        except IppyoError as error:
            noticed.append(str(error))
    assert not any("\n" in problem for problem in noticed)
    assert len(noticed) > len(good) // 4096 // 2


def test_a_state_over_which_the_rules_stumble(toy: ModuleType, begin: Open) -> None:
    def stumble(_: Store) -> None:
        raise KeyError("last")

    with pytest.raises(InputError, match="is damaged: its state cannot be read: 'last'"):
        begin(machine=stumble)


# --- when something fails ---


def test_a_full_disk_stops_the_ledger_and_loses_nothing(toy: ModuleType, begin: Open, database: Database) -> None:
    with begin() as ledger:
        kept = ledger.submit_and_wait(toy.note("kept"), WAIT)
    with database.writer() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    ledger = begin(block_wait=0)
    # Before it starts: it might stop at the first while the others are handed in.
    pending = [ledger.submit(toy.note("x" * 5000 + str(number))) for number in range(5)]
    with ledger:
        for one in pending:
            with pytest.raises(LedgerStoppedError, match=r"cannot write .* full"):
                one.result(WAIT)
        with pytest.raises(LedgerStoppedError, match="has stopped"):
            ledger.submit(toy.note("later"))
        with pytest.raises(LedgerStoppedError, match="has stopped"):
            ledger.append_block([toy.note("later")])
        assert "full" in ledger.status().failure
        # Everybody may read the status: what folders the machine has is left out.
        assert str(database.path.parent) not in ledger.status().failure
        assert database.path.name in ledger.status().failure
    with database.writer() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    again = begin()
    assert again.status().size == 1
    assert again.receipt(kept.index).verify(toy.FACTS)
    assert again.append_block([toy.note("later")]).block is not None


def test_a_read_only_file_is_said_to_be_one(toy: ModuleType, tmp_path: Path, begin: Open) -> None:
    path = tmp_path / "again.db"
    with Database(path) as database:
        ledger = begin(database=database)
        with database.writer() as connection:
            connection.execute("PRAGMA query_only = ON")
        with pytest.raises(LedgerStoppedError, match="readonly"):
            ledger.append_block([toy.note("x")])
        with pytest.raises(StorageError, match="readonly"):
            begin(database=database)


class _Broken:
    """A machine with a fault in it."""

    def __init__(self, machine: Any, error: BaseException) -> None:
        self._machine = machine
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._machine, name)

    def apply(self, ctx: BlockContext, txs: Sequence[str]) -> tuple[list[Verdict], str]:
        if any("break" in tx for tx in txs):
            raise self._error
        result: tuple[list[Verdict], str] = self._machine.apply(ctx, txs)
        return result


def broken(toy: ModuleType, error: BaseException) -> Callable[[Store], _Broken]:
    return lambda store: _Broken(toy.ToyMachine(store), error)


def test_a_fault_in_the_rules_stops_the_ledger(toy: ModuleType, begin: Open) -> None:
    with begin(machine=broken(toy, ValueError()), block_wait=0) as ledger:
        ledger.submit_and_wait(toy.note("fine"), WAIT)
        with pytest.raises(LedgerStoppedError, match="ValueError"):
            ledger.submit_and_wait(toy.note("break"), WAIT)
    assert begin().status().size == 1


def test_what_waits_behind_a_fault_is_told(toy: ModuleType, begin: Open) -> None:
    ledger = begin(machine=broken(toy, MemoryError("no memory")), block_wait=0)
    pending = [ledger.submit(toy.note(text)) for text in ["break", *map(str, range(300))]]
    with ledger:
        for one in pending:
            with pytest.raises(LedgerStoppedError, match="no memory"):
                one.result(WAIT)


def test_who_no_longer_waits_does_not_stop_the_others(toy: ModuleType, begin: Open) -> None:
    ledger = begin(block_wait=0.01)
    first, second = ledger.submit(toy.note("given up")), ledger.submit(toy.note("wanted"))
    assert first.outcome.cancel()
    with ledger:
        assert second.result(WAIT).index == 0
        alone = ledger.submit(toy.note("alone"))
        alone.outcome.cancel()
        assert ledger.submit_and_wait(toy.note("later"), WAIT).index >= 1
    assert ledger.status().failure == ""


def test_what_is_being_executed_cannot_be_cancelled() -> None:
    inbox = Inbox()
    inbox.put("a").outcome.cancel()
    waiting = inbox.put("b")
    assert inbox.take(1, 0) == [waiting]
    assert not waiting.outcome.cancel()


class _Panic(BaseException):
    """What a library of another language may raise."""


@pytest.mark.parametrize(
    ("error", "words"), [(_Panic("at the disco"), "at the disco"), (SystemExit(), "SystemExit"), (_Panic(), "_Panic")]
)
def test_even_a_panic_leaves_nobody_waiting(toy: ModuleType, begin: Open, error: BaseException, words: str) -> None:
    ledger = begin(machine=broken(toy, error), block_wait=0)
    pending = [ledger.submit(toy.note(text)) for text in ["break", *map(str, range(600))]]
    pending[400].outcome.cancel()
    with ledger:
        for number, one in enumerate(pending):
            if number != 400:
                with pytest.raises(LedgerStoppedError, match=words):
                    one.result(WAIT)
        assert words in ledger.status().failure
        with pytest.raises(LedgerStoppedError, match=words):
            ledger.submit(toy.note("later"))


def test_a_fault_of_the_thread_itself_leaves_nobody_waiting(
    toy: ModuleType, begin: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("no room for the answers")

    monkeypatch.setattr("ippyo.ledger.embedded._answer", fail)
    with begin(block_wait=0) as ledger, pytest.raises(LedgerStoppedError, match="no room"):
        ledger.submit_and_wait(toy.note("x"), WAIT)
    assert begin().status().size == 1


def test_a_clock_beyond_all_time_stops_the_ledger(toy: ModuleType, begin: Open) -> None:
    begin(clock=lambda: LAST_TIME).append_block([toy.note("the last moment")])
    with pytest.raises(LedgerStoppedError, match="later than a block can be"):
        begin(clock=lambda: LAST_TIME + 1).append_block([toy.note("after it")])


def test_an_interrupt_stops_the_ledger_too(toy: ModuleType, begin: Open) -> None:
    ledger = begin(machine=broken(toy, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        ledger.append_block([toy.note("break")])
    with pytest.raises(LedgerStoppedError, match="interrupted"):
        ledger.append_block([toy.note("fine")])


def test_readers_and_the_writer_at_once(toy: ModuleType, begin: Open) -> None:
    errors: list[Exception] = []

    def read(ledger: EmbeddedLedger, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                size = ledger.status().size
                if size:
                    ledger.receipt(size - 1).verify(toy.FACTS)
                    assert sum(len(block.transactions) for block in ledger.blocks()) >= size
        except Exception as error:
            errors.append(error)

    stop = threading.Event()
    with begin(block_wait=0.001) as ledger:
        readers = [threading.Thread(target=read, args=(ledger, stop)) for _ in range(2)]
        for reader in readers:
            reader.start()
        for tx in notes(toy, 60):
            ledger.submit_and_wait(tx, WAIT)
        stop.set()
        for reader in readers:
            reader.join()
    assert errors == []


def test_a_rolled_back_ledger_is_caught_by_its_witness(
    toy: ModuleType, begin: Open, witnessed: LedgerFacts, tmp_path: Path
) -> None:
    facts = replace(witnessed, quorum=1)
    path = tmp_path / "again.db"
    with Witness.create(WITNESSES[0], [toy.LOG_KEY.verifier], tmp_path / "w") as witness:
        with Database(path) as database:
            begin(database=database, facts=facts).append_block(notes(toy, 3))
        shutil.copy(path, tmp_path / "old.db")
        with Database(path) as database:
            ledger = begin(database=database, facts=facts)
            ledger.append_block(notes(toy, 3, start=3))
            ledger.cosign([witness])
        os.replace(tmp_path / "old.db", path)
        with Database(path) as database:
            ledger = begin(database=database, facts=facts)
            with pytest.raises(InconsistentCheckpointError, match="rolled back"):
                ledger.cosign([witness])
            ledger.append_block(notes(toy, 5, start=10))
            with pytest.raises(InconsistentCheckpointError, match="does not extend"):
                ledger.cosign([witness])
