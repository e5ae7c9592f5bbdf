"""The smaller parts: report, scratch database, books, state."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ippyo.audit import scratch as scratch_module
from ippyo.audit.books import Books
from ippyo.audit.checks import Check
from ippyo.audit.examine import CHUNK_BYTES, CHUNK_TRANSACTIONS, REFUSALS, chunks
from ippyo.audit.files import RecordFiles
from ippyo.audit.report import LISTED, Findings, Report, Where, same
from ippyo.audit.scratch import Scratch, ScratchStore
from ippyo.audit.state import CountState, Rest, coin_root, drawer_of
from ippyo.audit.verify import verify
from ippyo.contract.coin import Coin
from ippyo.contract.coin_tree import CoinTree, drawer_number
from ippyo.contract.store import MemoryStore
from ippyo.contract.transactions import parse_transaction
from ippyo.errors import InputError
from ippyo.ledger.record import RecordedTransaction
from ippyo.poll.text import Text


def test_checks_have_their_numbers_and_ids() -> None:
    assert [check.number for check in Check] == list(range(1, 27))
    assert len({check.slug for check in Check}) == 26
    page = Path(__file__).parents[3].joinpath("docs", "checks.md").read_text(encoding="utf-8")
    for check in Check:
        assert f"| {check.number} | `{check.slug}` | {check.title.ja} |" in page


def test_findings_are_counted_and_the_first_listed() -> None:
    findings = Findings()
    for number in range(LISTED + 5):
        findings.fail(Check.CHAIN, Text("だめ", "bad"), Where(line=number + 1))
    findings.examined(Check.FILES, 3)
    reports = {report.check: report for report in findings.reports()}
    assert (reports[Check.CHAIN].failures, len(reports[Check.CHAIN].findings)) == (LISTED + 5, LISTED)
    assert (reports[Check.CHAIN].status, reports[Check.FILES].status) == ("fail", "pass")
    assert (reports[Check.FILES].examined, reports[Check.TALLY].status) == (3, "not-reached")


def test_json_of_a_report() -> None:
    findings = Findings()
    findings.fail(Check.CHAIN, Text("だめ", "bad"), Where(file="blocks.jsonl", line=2, height=1))
    value: Any = Report(None, None, None, 0, unfinished=False, checks=findings.reports()).to_value()
    assert (value["version"], value["ok"], value["poll"], value["title"], value["results"]) == (
        1,
        False,
        None,
        None,
        [],
    )
    assert value["checks"][4] == {
        "number": 5,
        "id": "chain",
        "name": {"ja": "ブロックの連なり", "en": "Chain of blocks"},
        "status": "fail",
        "examined": 0,
        "failures": 1,
        "findings": [
            {
                "where": {"file": "blocks.jsonl", "line": 2, "height": 1},
                "problem": {"ja": "だめ", "en": "bad"},
            }
        ],
    }


def test_what_a_record_says_cannot_steer_a_terminal() -> None:
    assert same("a\x1b[31mb\n\ud800").en == "a?[31mb??"


def test_the_scratch_store_is_a_store() -> None:
    with Scratch() as scratch:
        store, model = ScratchStore(scratch), MemoryStore()
        for changes in (
            {b"a/%04d" % n: b"%d" % n for n in range(2500)},
            {b"b": b"1", b"a/0007": None, b"missing": None},
            {b"b": b"2"},
        ):
            store.write(changes)
            model.write(changes)
        assert store.get(b"b") == b"2"
        assert store.get(b"a/0007") is None
        for prefix in (b"a/", b"b", b"", b"c"):
            assert list(store.scan(prefix)) == list(model.scan(prefix))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert not list(tmp_path.iterdir())


def test_the_scratch_file_has_no_name_from_the_start(temporary: Path) -> None:
    with Scratch() as scratch:
        ScratchStore(scratch).write({b"%d" % n: bytes(1000) for n in range(100)})
        assert not list(temporary.iterdir())


def test_a_scratch_file_that_cannot_be_a_database(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch_module, "_SCHEMA", "nonsense")
    with pytest.raises(InputError, match="temporary file"), Scratch():
        pass


def test_a_full_disk_is_one_sentence(temporary: Path) -> None:
    with pytest.raises(InputError, match="cannot write a temporary file"), Scratch() as scratch:
        scratch.connection.execute("PRAGMA max_page_count = 1")
        ScratchStore(scratch).write({b"%d" % n: bytes(1000) for n in range(100)})


def test_no_room_for_a_scratch_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(InputError, match="TMPDIR"), Scratch():
        pass


def test_a_verification_leaves_nothing(temporary: Path, good_record: Path) -> None:
    assert verify(good_record, workers=1).ok
    assert not list(temporary.iterdir())


def test_the_root_over_coins_is_the_contracts() -> None:
    coins = [Coin(f"{n:064x}", "all", n % 3) for n in range(200)]
    tree = CoinTree(MemoryStore())
    assert coin_root([]) == tree.root()
    for coin in coins:
        tree.put(coin)
    in_order = sorted(coins, key=lambda coin: (drawer_of(coin.credential), coin.credential))
    assert coin_root((drawer_of(coin.credential), coin.to_text()) for coin in in_order) == tree.root()
    assert all(drawer_of(coin.credential) == drawer_number(coin.credential) for coin in coins)


def test_the_rest_is_complete_and_in_order(made: Any) -> None:
    rest = Rest()
    assert rest.count("bridge") == CountState()
    assert '"issuer":2,"style":"bridge-only","total":0' in rest.to_text(made.small.poll.manifest)


def test_the_books_see_more_coins_than_tickets(made: Any) -> None:
    poll = made.small.poll
    with Scratch() as scratch:
        books = Books(poll.manifest, poll.contests_by_uuid, scratch)
        for position, text in enumerate(made.transactions):
            if not text.startswith('{"type":"issued"'):
                books.enter(position, parse_transaction(poll, text))
        assert sorted(books.over_issued()) == [("all", 3, 0), ("bridge-only", 1, 0)]
        assert books.phase == "counted"


def test_chunks_are_small_in_number_and_bytes() -> None:
    def recorded(length: int) -> RecordedTransaction:
        return RecordedTransaction(0, "f", 1, "x" * length)

    assert [len(c) for c in chunks(recorded(1) for _ in range(150))] == [CHUNK_TRANSACTIONS, CHUNK_TRANSACTIONS, 22]
    assert [len(c) for c in chunks(recorded(CHUNK_BYTES // 2) for _ in range(5))] == [2, 2, 1]
    assert list(chunks([])) == []


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no record folder"):
        verify(tmp_path / "missing")


def test_the_size_of_missing_transactions_is_zero(tmp_path: Path) -> None:
    assert RecordFiles(tmp_path, Findings()).transaction_bytes() == 0


def test_progress_is_told(good_record: Path) -> None:
    told: list[tuple[int, int]] = []
    verify(good_record, workers=1, progress=lambda done, total: told.append((done, total)))
    size = (good_record / "transactions" / "00000000.jsonl").stat().st_size
    assert told[-1] == (2 * size, 2 * size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_the_number_of_processes_follows_the_size(good_record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    # A small record is done here before another process would have started.
    assert verify(good_record).ok


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"cast","ballots":["\\ud800"]}',
        '{"type":"\\uDfff"}',
        '{"\\ud800":1}',
        '{"type":"cast","ballots":{}}',
        '{"type":"spoil","tracker":1}',
        "[" * 3000,
        '{"a":' * 900 + "1" + "}" * 900,
        "1e5",
        "NaN",
        "0" * 5000,
        '{"type":1}',
        '{"type":"cast","type":"cast"}',
    ],
)
def test_no_line_stops_the_verifier(record: Path, line: str) -> None:
    path = record / "transactions" / "00000000.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:7], line, *lines[7:]]) + "\n", encoding="utf-8")
    report = verify(record, workers=1)
    # One line more: the last one, a result, falls out of the last block.
    assert report.phase == "closed"
    assert not report.ok
    assert {"files", "merkle-roots"} & {check.check.slug for check in report.failed()}


def test_books_that_disagree_with_the_contract(good_record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Books, "over_issued", lambda _: [("all", 3, 2)])
    monkeypatch.setattr(Books, "app_hash", lambda *_: "another")
    report = verify(good_record, workers=1)
    assert {check.check for check in report.failed()} == {Check.COINS, Check.STATE_ROOTS, Check.EMPTY_BOX}


def test_every_refusal_of_the_protocol_belongs_to_a_check() -> None:
    protocol = Path(__file__).parents[3].joinpath("docs", "protocol.md").read_text(encoding="utf-8")
    rules = protocol[protocol.index("## 9. ") : protocol.index("## 10. ")]
    codes = set(re.findall(r"^\| `([a-z-]+)` \|", rules, re.MULTILINE))
    # These three say that something is wrong with a text, and its type says to which check it belongs.
    assert codes == set(REFUSALS) | {"malformed", "wrong-poll", "bad-ballot"}
