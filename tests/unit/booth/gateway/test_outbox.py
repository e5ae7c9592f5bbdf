"""The outbox by itself: durable, idempotent, bounded, forgetful."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ippyo.booth.gateway import outbox as module
from ippyo.booth.gateway.entrance import Admitted
from ippyo.booth.gateway.outbox import Counts, Item, ItemState, Outbox, count_outbox
from ippyo.canonical import sha256
from ippyo.errors import InputError, RefusedError


class Disk:
    """A connection on which statements that begin with ``refused`` fail."""

    def __init__(self, db: sqlite3.Connection, refused: str) -> None:
        self._db = db
        self._refused = refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith(self._refused):
            raise sqlite3.OperationalError("disk I/O error")
        return self._db.execute(statement, *values)


def text(number: int, holder: int | None = None) -> Admitted:
    words = f"text {number}"
    return Admitted(words, sha256(words), f"credential {number if holder is None else holder}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    with Outbox(path, most=5, most_of_one=2) as opened:
        yield opened


def test_kept_when_it_is_opened_again(path: Path) -> None:
    with Outbox(path) as first:
        assert first.put(text(1)) == Item(sha256("text 1"), ItemState.WAITING)
    with Outbox(path) as second:
        assert second.find(sha256("text 1")) == Item(sha256("text 1"), ItemState.WAITING)
        assert [row[2] for row in second.waiting(0, 10)] == ["text 1"]


def test_the_disk_has_it_before_put_returns(outbox: Outbox, path: Path) -> None:
    outbox.put(text(1))
    assert count_outbox(path).waiting == 1
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    db.close()
    assert outbox._db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_in_order_and_after_a_number(outbox: Outbox) -> None:
    for number in (3, 1, 2):
        outbox.put(text(number))
    rows = outbox.waiting(0, 2)
    assert [row[2] for row in rows] == ["text 3", "text 1"]
    assert [row[2] for row in outbox.waiting(rows[-1][0], 10)] == ["text 2"]


def test_whoever_reads_on_passes_over_no_text(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.booth.gateway.outbox.time.time", lambda: 0.0)
    digest = outbox.put(text(1)).id
    after = outbox.waiting(0, 10)[-1][0]
    outbox.refused(digest, "too-many")
    outbox.put(text(1))
    rows = outbox.waiting(after, 10)
    assert [row[2] for row in rows] == ["text 1"]
    outbox.refused(digest, "too-many")
    monkeypatch.setattr("ippyo.booth.gateway.outbox.time.time", lambda: 3600.0 * (module.KEPT_HOURS + 1))
    outbox.forget_old()
    assert outbox.counts() == Counts(0, 0, 0, 0, None)
    outbox.put(text(2))
    assert [row[2] for row in outbox.waiting(rows[-1][0], 10)] == ["text 2"]


def test_the_way_of_a_text(outbox: Outbox) -> None:
    digest = outbox.put(text(1)).id
    outbox.accepted(digest, 7)
    assert outbox.find(digest) == Item(digest, ItemState.ACCEPTED, 7)
    assert outbox.without_receipt(10) == [(digest, 7)]
    outbox.done(digest)
    assert outbox.find(digest) == Item(digest, ItemState.DONE, 7)
    assert outbox.put(text(1)) == Item(digest, ItemState.DONE, 7)
    row = outbox._db.execute("SELECT text, holder FROM item").fetchone()
    assert row == (None, None)


def test_a_refused_text_is_forgotten_and_may_be_tried_again(outbox: Outbox) -> None:
    digest = outbox.put(text(1)).id
    outbox.refused(digest, "not-open")
    assert outbox.find(digest) == Item(digest, ItemState.REFUSED, None, "not-open")
    assert outbox._db.execute("SELECT text FROM item").fetchone() == (None,)
    assert outbox.put(text(1)).state is ItemState.WAITING
    assert outbox.counts() == Counts(1, 0, 0, 0, outbox.counts().oldest_hour)


def test_nothing_moves_backwards(outbox: Outbox) -> None:
    digest = outbox.put(text(1)).id
    outbox.done(digest)
    assert outbox.find(digest) == Item(digest, ItemState.WAITING)
    outbox.accepted(digest, 3)
    outbox.refused(digest, "closed")
    outbox.accepted(digest, 4)
    assert outbox.find(digest) == Item(digest, ItemState.ACCEPTED, 3)


def test_a_bound_for_all(outbox: Outbox) -> None:
    for number in range(5):
        outbox.put(text(number))
    with pytest.raises(RefusedError, match="busy"):
        outbox.put(text(5))
    assert outbox.put(text(4)).state is ItemState.WAITING
    outbox.refused(sha256("text 0"), "closed")
    assert outbox.put(text(5)).state is ItemState.WAITING


def test_a_bound_for_each_credential(outbox: Outbox) -> None:
    for number in range(2):
        outbox.put(text(number, holder=1))
    with pytest.raises(RefusedError, match="busy"):
        outbox.put(text(2, holder=1))
    outbox.put(text(3, holder=2))
    outbox.accepted(sha256("text 0"), 1)
    outbox.put(text(2, holder=1))


def test_the_bound_holds_after_a_restart(path: Path) -> None:
    with Outbox(path, most=2) as first:
        first.put(text(1))
        first.put(text(2))
    with Outbox(path, most=2) as second, pytest.raises(RefusedError, match="busy"):
        second.put(text(3))


def test_only_hours_are_kept(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.booth.gateway.outbox.time.time", lambda: 7_205_123.9)
    outbox.put(text(1))
    assert outbox.counts().oldest_hour == 7_203_600
    assert outbox.counts().to_value()["oldest_hour"] == 7_203_600


def test_old_rows_go_and_waiting_ones_stay(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.booth.gateway.outbox.time.time", lambda: 0.0)
    done, refused, waits = (outbox.put(text(number)).id for number in range(3))
    outbox.accepted(done, 1)
    outbox.done(done)
    outbox.refused(refused, "closed")
    outbox.forget_old()
    assert outbox.find(done) is not None
    monkeypatch.setattr("ippyo.booth.gateway.outbox.time.time", lambda: 3600.0 * (module.KEPT_HOURS + 1))
    outbox.forget_old()
    assert outbox.find(done) is outbox.find(refused) is None
    assert outbox.find(waits) is not None


def test_a_full_disk_is_busy_and_nothing_is_kept(outbox: Outbox) -> None:
    outbox._db.execute("PRAGMA max_page_count = 1")
    big = Admitted("x" * 100_000, sha256("x" * 100_000), "credential")
    with pytest.raises(RefusedError, match="busy"):
        outbox.put(big)
    assert outbox.find(big.digest) is None
    assert outbox.counts().waiting == 0


def test_what_the_disk_refuses_in_the_end_does_not_count(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    first = outbox.put(text(0)).id
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_db", Disk(outbox._db, "COMMIT"))
        for number in range(1, 9):
            with pytest.raises(RefusedError, match="cannot be written"):
                outbox.put(text(number))
            with pytest.raises(RefusedError, match="cannot be written"):
                outbox.accepted(first, 0)
    assert outbox.find(first) == Item(first, ItemState.WAITING)
    for number in range(1, 5):
        outbox.put(text(number))
    with pytest.raises(RefusedError, match=r"^busy$"):
        outbox.put(text(5))


def test_a_disk_that_gives_nothing_back_is_busy(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = outbox.put(text(0)).id
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_db", Disk(outbox._db, "SELECT"))
        for read in (
            lambda: outbox.find(digest),
            lambda: outbox.waiting(0, 1),
            lambda: outbox.without_receipt(1),
            outbox.counts,
        ):
            with pytest.raises(RefusedError, match="cannot be read"):
                read()
        patch.setattr(outbox, "_db", Disk(outbox._db, "PRAGMA wal_checkpoint"))
        with pytest.raises(RefusedError, match="cannot be read"):
            outbox.forget_old()
    assert outbox.find(digest) == Item(digest, ItemState.WAITING)


def test_the_privacy_page_names_every_column(outbox: Outbox) -> None:
    page = (Path(__file__).parents[4] / "docs" / "privacy.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (`.*?) \|", page.split("table `item`")[1], re.MULTILINE)
    columns = [row[1] for row in outbox._db.execute("PRAGMA table_info(item)")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(told))) == sorted(columns)


def test_one_owner(outbox: Outbox, path: Path) -> None:
    with pytest.raises(InputError, match="in use by another process"):
        Outbox(path)


def test_files_of_something_else(tmp_path: Path) -> None:
    garbage, newer = tmp_path / "garbage", tmp_path / "newer"
    garbage.write_bytes(b"something else" * 1000)
    with pytest.raises(InputError, match="cannot open the outbox"):
        Outbox(garbage)
    with pytest.raises(InputError, match="cannot open the outbox"):
        count_outbox(garbage)
    db = sqlite3.connect(newer)
    db.execute("PRAGMA user_version = 9")
    db.close()
    for _ in range(2):
        with pytest.raises(InputError, match="another version"):
            Outbox(newer)
    assert count_outbox(tmp_path / "nothing") == Counts(0, 0, 0, 0, None)
