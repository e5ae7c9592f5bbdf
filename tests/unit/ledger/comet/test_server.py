"""The ABCI server and application, driven by a scripted CometBFT over the real socket protocol."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet import abci_pb2 as abci
from ippyo.ledger.comet.application import Application, NodeKeys, WrongChainError
from ippyo.ledger.comet.frames import MAX_FRAME, frame
from ippyo.ledger.database import Database, StorageError
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.sqlite_store import SqliteStore

Start = Callable[..., Any]


def notes(toy: ModuleType, number: int, start: int = 0) -> list[bytes]:
    return [toy.note(str(n)).encode() for n in range(start, start + number)]


def test_blocks_and_what_is_refused(toy: ModuleType, start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    first, second = notes(toy, 2)
    assert comet.submit(first).code == 0
    assert comet.submit(b"garbage").log.startswith(b"malformed")
    assert comet.submit(b"\xff").log.startswith(b"malformed")
    assert comet.make_block() == [0]
    assert comet.submit(first).log.startswith(b"duplicate")
    # A block that was decided with refused transactions keeps only the others, and is the same everywhere.
    assert comet.decide([b"\xff", second, b"garbage", second]) == [1, 0, 1, 1]
    assert comet.decide([]) == []
    assert node.application.height == 3
    assert node.application.cosigned().checkpoint.size == 2


def test_empty_blocks_change_nothing(start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    before = node.application.app_hash
    comet.decide([])
    comet.decide([b"garbage"])
    assert node.application.app_hash == before
    assert node.application.height == 2


def test_handshake_replays_what_was_not_committed(toy: ModuleType, start: Start, comet: Any, fake: ModuleType) -> None:
    node = start()
    comet.connect(node.path)
    for tx in notes(toy, 3):
        comet.decide([tx])
    comet.disconnect()
    node.stop()
    # A node that knows nothing, one that is a block behind, and one that has everything.
    comet.chain.append(fake.FakeBlock(4, comet.time, notes(toy, 1, 10)))
    fresh = start("fresh", operator=1)
    comet.connect(fresh.path)
    behind = start()
    comet.connect(behind.path)
    assert fresh.application.height == behind.application.height == 4
    assert fresh.application.app_hash == behind.application.app_hash == comet.chain[-1].app_hash
    comet.connect(behind.path)
    first, second = fresh.application.cosigned(3), behind.application.cosigned(3)
    assert first.checkpoint == second.checkpoint
    # The log's line is the same; each operator has a line of its own.
    assert first.note.signatures[0] == second.note.signatures[0]
    assert first.note.signatures[1].name != second.note.signatures[1].name


def test_a_block_is_finalized_twice(toy: ModuleType, start: Start, comet: Any) -> None:
    node = start()
    comet.finalize_calls = 2
    comet.connect(node.path)
    comet.decide(notes(toy, 5))
    # CometBFT may also ask with another block first: only the last one counts.
    request = abci.RequestProposedBlock(txs=notes(toy, 1, 50), height=2)
    comet.ask("consensus", abci.Request(finalize_block=request))
    comet.decide(notes(toy, 1, 60))
    assert node.application.cosigned().checkpoint.size == 6


def test_stopped_between_finalizing_and_committing(toy: ModuleType, start: Start, comet: Any, fake: ModuleType) -> None:
    node = start()
    comet.connect(node.path)
    comet.decide(notes(toy, 1))
    block = fake.FakeBlock(2, comet.time, notes(toy, 2, 5))
    comet.chain.append(block)
    promised = bytes(comet.finalize(block).app_hash)
    comet.disconnect()
    node.stop()
    again = start()
    assert again.application.height == 1
    comet.connect(again.path)
    assert again.application.height == 2
    assert again.application.app_hash == promised


def test_frames_split_and_joined_in_every_way(start: Start, comet: Any, fake: ModuleType) -> None:
    node = start()
    comet.connect(node.path)
    echo = abci.Request(echo=abci.Echo(message=b"x" * 300)).SerializeToString()
    one = fake.Connection(node.path)
    for byte in frame(echo):
        one.send(bytes([byte]))
    assert one.read().echo.message == b"x" * 300
    # Many at once: answers come in the order of the questions.
    numbered = [abci.Request(echo=abci.Echo(message=str(n).encode())).SerializeToString() for n in range(200)]
    one.send(b"".join(map(frame, numbered)))
    assert [one.read().echo.message for _ in range(200)] == [str(n).encode() for n in range(200)]
    one.close()


def test_a_block_of_20_megabytes(toy: ModuleType, start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    huge = [b"%03d" % n + b"\xff" * (100 << 10) for n in range(200)]
    (good,) = notes(toy, 1)
    assert comet.decide([*huge, good]) == [1] * 200 + [0]
    assert not comet.process(huge)
    # What is proposed fits into what CometBFT allows, by its own way of counting.
    comet.mempool = notes(toy, 40, 100)
    size = len(comet.mempool[0]) + 2
    comet.max_bytes = 7 * size + 1
    assert len(comet.propose()) == 7


def test_proposals_hold_nothing_that_is_refused(toy: ModuleType, start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    first, second = notes(toy, 2)
    comet.decide([first])
    assert comet.process([])
    assert comet.process([second])
    for bad in ([first], [second, second], [b"garbage"], [b"\xff"], notes(toy, 257, 1000)):
        assert not comet.process(bad)
    comet.mempool = [first, b"\xff", b"garbage", second, second]
    assert comet.propose() == [second]
    comet.mempool = notes(toy, 300, 2000)
    assert len(comet.propose()) <= 256


def test_what_is_late_by_the_node_s_own_clock(toy: ModuleType, start: Start, comet: Any, fake: ModuleType) -> None:
    closes = fake.BEGINNING + 60_000
    now = [fake.BEGINNING / 1000]

    class Closing(toy.ToyMachine):  # type: ignore[misc, name-defined]
        def apply(self, ctx: Any, txs: Any) -> Any:
            verdicts, state = super().apply(ctx, txs if ctx.time < closes else [])
            return (verdicts if ctx.time < closes else [toy.Verdict("closed") for _ in txs]), state

        def check(self, tx: str, earliest: int = 0) -> Any:
            return toy.Verdict("closed") if earliest >= closes else super().check(tx)

    node = start(machine=Closing, clock=lambda: now[0])
    comet.connect(node.path)
    (note,) = notes(toy, 1)
    assert comet.submit(note).code == 0
    # The next block has a time before the close, for the chain was quiet; but it is late.
    now[0] = closes / 1000 + 5
    assert comet.submit(note).log.startswith(b"closed")
    assert comet.propose() == []
    # What somebody proposes all the same is judged by the time of the block alone, like what is decided.
    for late in (5, 11, 3600, 10**6):
        now[0] = closes / 1000 + late
        assert comet.process([note])
    assert comet.decide([note]) == [0]


def test_another_chain_is_not_begun(start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    with pytest.raises(EOFError):
        comet.init_chain(chain="ippyo-another")
    with pytest.raises(WrongChainError, match="chain id"):
        node.ended.result(60)


def test_other_validators_are_not_accepted(start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    with pytest.raises(EOFError):
        comet.init_chain(power=2)
    with pytest.raises(WrongChainError, match="validators"):
        node.ended.result(60)


def test_cometbft_wiped_alone(toy: ModuleType, start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    assert comet.init_chain() == comet.init_chain()
    comet.decide(notes(toy, 1))
    with pytest.raises(EOFError):
        comet.init_chain()
    with pytest.raises(WrongChainError, match="wipe both or neither"):
        node.ended.result(60)


def test_blocks_out_of_order_stop_the_node(toy: ModuleType, start: Start, comet: Any, fake: ModuleType) -> None:
    node = start()
    comet.connect(node.path)
    with pytest.raises(EOFError):
        comet.finalize(fake.FakeBlock(2, comet.time, notes(toy, 1)))
    with pytest.raises(WrongChainError, match="decided block 2"):
        node.ended.result(60)
    again = start("another")
    comet.connect(again.path)
    with pytest.raises(EOFError):
        comet.commit()
    with pytest.raises(WrongChainError, match="without a finalized block"):
        again.ended.result(60)


def test_a_disk_that_takes_nothing_stops_the_node(
    toy: ModuleType, start: Start, comet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = start()
    comet.connect(node.path)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("ippyo.ledger.comet.application.put_checkpoint", full)
    with pytest.raises(EOFError):
        comet.decide(notes(toy, 1))
    with pytest.raises(StorageError, match="disk is full"):
        node.ended.result(60)
    monkeypatch.undo()
    node.stop()
    again = start()
    assert again.application.height == 0
    comet.connect(again.path)
    assert again.application.height == 1


@pytest.mark.parametrize("sent", [b"\x80" * 5, b"\xff\xff\xff\xff\x7f", frame(b"\xff\xff\xff"), b"\x05ab", b"\x80"])
def test_what_is_no_protocol_ends_that_connection_only(start: Start, comet: Any, fake: ModuleType, sent: bytes) -> None:
    node = start()
    comet.connect(node.path)
    stranger = fake.Connection(node.path)
    stranger.send(sent)
    stranger.socket.shutdown(1)
    with pytest.raises(EOFError):
        stranger.read()
    stranger.close()
    assert comet.decide([]) == []
    assert len(sent) < MAX_FRAME


def test_what_is_not_used_is_answered_politely(start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    ask = comet.ask
    assert ask("snapshot", abci.Request(list_snapshots=abci.RequestListSnapshots())).HasField("list_snapshots")
    offer = ask("snapshot", abci.Request(offer_snapshot=abci.RequestOfferSnapshot()))
    assert offer.offer_snapshot.value == 3
    chunk = ask("snapshot", abci.Request(load_snapshot_chunk=abci.RequestLoadSnapshotChunk()))
    assert chunk.HasField("load_snapshot_chunk")
    applied = ask("snapshot", abci.Request(apply_snapshot_chunk=abci.RequestApplySnapshotChunk()))
    assert applied.apply_snapshot_chunk.value == 3
    assert ask("consensus", abci.Request(extend_vote=abci.RequestExtendVote())).HasField("extend_vote")
    verified = ask("consensus", abci.Request(verify_vote_extension=abci.RequestVerifyVoteExtension()))
    assert verified.verify_vote_extension.value == 1
    assert ask("consensus", abci.Request()).exception.error


def test_queries(toy: ModuleType, start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    comet.decide(notes(toy, 3))

    def query(path: bytes, data: bytes = b"") -> Any:
        return comet.ask("query", abci.Request(query=abci.RequestQuery(path=path, data=data))).query

    assert query(b"/count").value == b'{"count":3}'
    assert query(b"/count").height == 1
    assert query(b"/nothing").code == 1
    assert query(b"\xff").code == 1


def test_recheck_asks_the_state_only(toy: ModuleType, start: Start, comet: Any, fake: ModuleType) -> None:
    class Forgetful(fake.NoPrechecks):  # type: ignore[misc, name-defined]
        def knows(self, text: str) -> bool:
            return False

    (note,) = notes(toy, 1)
    for prechecks, code in ((None, 1), (Forgetful(), 0)):
        node = start(str(code), prechecks=prechecks)
        comet.chain.clear()
        comet.connect(node.path)
        comet.decide([note])

        def recheck(tx: bytes) -> int:
            request = abci.Request(check_tx=abci.RequestCheckTx(tx=tx, type=1))
            return int(comet.ask("mempool", request).check_tx.code)

        # What is no longer remembered is not checked now; what is committed needs no check to be refused.
        assert recheck(b"garbage") == code
        assert recheck(note) == 1


def test_what_is_committed_is_not_checked_again(toy: ModuleType, start: Start, comet: Any, fake: ModuleType) -> None:
    asked: list[str] = []

    class Counting(fake.NoPrechecks):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.known: set[str] = set()

        async def prepare(self, texts: Sequence[str], *, urgent: bool = False) -> None:
            asked.extend(text for text in texts if text not in self.known)
            self.known.update(texts)

        def knows(self, text: str) -> bool:
            return text in self.known

        def forget(self, texts: Iterable[str]) -> None:
            self.known.difference_update(texts)

    prechecks = Counting()
    node = start(prechecks=prechecks)
    comet.connect(node.path)
    first, second = notes(toy, 2)
    comet.submit(first)
    comet.submit(second)
    comet.mempool.remove(second)
    comet.make_block()
    assert prechecks.known == {second.decode()}
    assert comet.submit(first).log.startswith(b"duplicate")
    assert not comet.process([first])
    assert asked == [first.decode(), second.decode()]


def test_who_takes_all_open_files_stops_no_node(
    toy: ModuleType, start: Start, comet: Any, fake: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections to the front are files, too. Blocks are made with those that the node has had open from the start."""

    class Forgetful(fake.NoPrechecks):  # type: ignore[misc, name-defined]
        def knows(self, text: str) -> bool:
            return False

    node = start(prechecks=Forgetful())
    comet.connect(node.path)
    first, second = notes(toy, 2)

    def none_left(_: Path) -> sqlite3.Connection:
        raise StorageError("cannot open the ledger: too many open files")

    with ExitStack() as readers:
        monkeypatch.setattr("ippyo.ledger.database._connect", none_left)
        with suppress(StorageError):
            while True:
                readers.enter_context(node.database.snapshot())
        assert comet.submit(first).code == 0
        assert comet.make_block() == [0]
        assert comet.submit(first).log.startswith(b"duplicate")
        assert comet.decide([second]) == [0]
        assert node.application.cosigned().checkpoint.size == 2


def test_evidence_is_kept(toy: ModuleType, start: Start, comet: Any, facts: LedgerFacts) -> None:
    node = start()
    comet.connect(node.path)
    culprit = hashlib.sha256(facts.witnesses[2].public).digest()[:20]
    twice = abci.Misbehavior(type=1, validator=abci.Validator(address=culprit, power=1), height=1)
    comet.decide(notes(toy, 1), [twice])
    comet.decide([])
    node.stop()
    (kept,) = start().application.evidence()
    assert (kept.kind, kept.validator, kept.height) == (1, culprit.hex(), 1)


def test_keys_that_genesis_does_not_name(toy: ModuleType, facts: LedgerFacts, tmp_path: Path) -> None:
    stranger = SigningKey.generate("ippyo.node/x", KeyKind.COSIGNATURE)
    other_log = SigningKey.generate("ippyo.poll/toy")
    with Database(tmp_path / "ledger.db") as database:
        machine = toy.ToyMachine(SqliteStore(database))
        with pytest.raises(InputError, match="operators"):
            Application(database, facts, NodeKeys(toy.LOG_KEY, stranger), machine, [])
        with pytest.raises(InputError, match="log key"):
            Application(database, facts, NodeKeys(other_log, None), machine, [])


def test_an_observer_signs_nothing(toy: ModuleType, facts: LedgerFacts, tmp_path: Path) -> None:
    with Database(tmp_path / "ledger.db") as database:
        observer = Application(database, facts, NodeKeys(toy.LOG_KEY, None), toy.ToyMachine(SqliteStore(database)), [])
        assert len(observer.cosigned().note.signatures) == 1
        with pytest.raises(InputError, match="0 transactions, not 1"):
            observer.cosigned(1)


def test_blocks_and_state_that_differ_are_noticed(toy: ModuleType, start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    comet.decide(notes(toy, 1))
    node.stop()
    with sqlite3.connect(node.database.path) as connection:
        connection.execute("UPDATE state SET value = ? WHERE key = ?", (b"1|other", b"last"))
    connection.close()
    with pytest.raises(InputError, match="blocks and state differ"):
        start()
