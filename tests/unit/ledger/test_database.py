"""The shared file: one transaction for all who write, one owner, and clear errors from the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from ippyo.errors import InputError, IppyoError
from ippyo.ledger.database import Database, DatabaseReader, FileLock, StorageError, resolved
from ippyo.ledger.sqlite_store import SqliteStore


def test_a_store_keeps_order_and_forgets(database: Database) -> None:
    store = SqliteStore(database)
    store.write({b"a/2": b"two", b"a/10": b"ten", b"b": b"x", b"a": b"short", b"a0": b"y"})
    assert store.get(b"a/2") == b"two"
    assert store.get(b"c") is None
    assert list(store.scan(b"a/")) == [(b"a/10", b"ten"), (b"a/2", b"two")]
    store.write({b"a/2": None, b"a/10": b"", b"never": None})
    assert list(store.scan(b"")) == [(b"a", b"short"), (b"a/10", b""), (b"a0", b"y"), (b"b", b"x")]
    assert list(store.scan(b"\xff")) == []


def test_a_long_scan_is_complete(database: Database) -> None:
    store = SqliteStore(database)
    keys = [b"k" + number.to_bytes(4, "big") for number in range(2500)]
    store.write(dict.fromkeys(keys, b"v"))
    store.write({b"l": b"after"})
    assert [key for key, _ in store.scan(b"k")] == keys
    store.write(dict.fromkeys(keys[1000:], None))
    assert [key for key, _ in store.scan(b"k")] == keys[:1000]


def test_a_store_joins_the_transaction_around_it(database: Database) -> None:
    store = SqliteStore(database)
    with pytest.raises(ZeroDivisionError), database.transaction():
        store.write({b"a": b"1"})
        assert store.get(b"a") == b"1"
        with database.snapshot() as connection:
            assert connection.execute("SELECT count(*) FROM state").fetchone() == (0,)
        raise ZeroDivisionError
    assert store.get(b"a") is None
    with database.transaction():
        store.write({b"a": b"1"})
    assert store.get(b"a") == b"1"


def test_a_snapshot_stays_as_it_was(database: Database) -> None:
    store = SqliteStore(database)
    store.write({b"a": b"1"})
    with database.snapshot() as connection:
        assert connection.execute("SELECT value FROM state").fetchone() == (b"1",)
        store.write({b"a": b"2"})
        assert connection.execute("SELECT value FROM state").fetchone() == (b"1",)
    with database.snapshot() as connection:
        assert connection.execute("SELECT value FROM state").fetchone() == (b"2",)


def test_many_snapshots_at_once(database: Database) -> None:
    with ExitStack() as stack:
        for _ in range(6):
            connection = stack.enter_context(database.snapshot())
            assert connection.execute("SELECT count(*) FROM state").fetchone() == (0,)


def test_snapshots_do_not_write(database: Database) -> None:
    with pytest.raises(StorageError, match="cannot read"), database.snapshot() as connection:
        connection.execute("DELETE FROM state")
    with pytest.raises(ZeroDivisionError), database.snapshot():
        raise ZeroDivisionError


def test_no_reader_is_left_in_a_bad_state_for_the_next(database: Database) -> None:
    store = SqliteStore(database)
    store.write({b"a": b"1"})

    def abandoned() -> Iterator[int]:
        with database.snapshot() as connection:
            yield from (number for (number,) in connection.execute("SELECT count(*) FROM state"))

    for attempt in range(40):
        with pytest.raises(ZeroDivisionError), database.snapshot() as connection:
            connection.execute("SELECT value FROM state")
            raise ZeroDivisionError
        with pytest.raises(StorageError), database.snapshot() as connection:
            connection.execute("COMMIT")
        with database.snapshot() as connection, suppress(sqlite3.OperationalError):
            connection.execute("DELETE FROM state")
        half_way = abandoned()
        assert next(half_way) == 1
        del half_way
        store.write({b"a": b"%d" % attempt})
        with ExitStack() as stack:
            for _ in range(20):
                connection = stack.enter_context(database.snapshot())
                assert connection.in_transaction
                assert connection.execute("PRAGMA query_only").fetchone() == (1,)
                assert connection.execute("SELECT value FROM state").fetchone() == (b"%d" % attempt,)


def test_readers_all_at_once_see_the_last_block_and_write_nothing(database: Database) -> None:
    store = SqliteStore(database)
    store.write({b"a": b"0"})
    written = [0]

    def read(_: int) -> None:
        for _ in range(50):
            least = written[0]
            with database.snapshot() as connection:
                (first,) = connection.execute("SELECT value FROM state").fetchone()
                with pytest.raises(sqlite3.OperationalError, match="readonly"):
                    connection.execute("DELETE FROM state")
                (again,) = connection.execute("SELECT value FROM state").fetchone()
            assert first == again
            assert int(first) >= least

    with ThreadPoolExecutor(24) as pool:
        reading = [pool.submit(read, number) for number in range(24)]
        for number in range(1, 60):
            store.write({b"a": b"%d" % number})
            written[0] = number
        for one in reading:
            one.result(60)


def test_reading_beside_the_owner(database: Database, tmp_path: Path) -> None:
    store = SqliteStore(database)
    with DatabaseReader(database.path) as reader:
        store.write({b"a": b"1"})
        with reader.snapshot() as connection:
            assert connection.execute("SELECT value FROM state").fetchone() == (b"1",)
    with pytest.raises(InputError, match="there is no ledger"):
        DatabaseReader(tmp_path / "missing")
    (tmp_path / "text").write_bytes(b"this is a text and no database " * 100)
    with pytest.raises(StorageError, match="cannot read"):
        DatabaseReader(tmp_path / "text")
    (tmp_path / "empty").touch()
    with pytest.raises(InputError, match="format 0"):
        DatabaseReader(tmp_path / "empty")


def test_settings_that_durability_rests_on(database: Database) -> None:
    with database.writer() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_one_owner(database: Database) -> None:
    with pytest.raises(InputError, match="in use by another process"):
        Database(database.path)


def test_one_owner_under_all_names(database: Database, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(database.path)
    with pytest.raises(InputError, match="in use by another process"):
        Database(tmp_path / "link")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(IppyoError):
        Database(tmp_path / "circle")


def test_paths_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="the name is too long"):
        DatabaseReader(tmp_path / ("x" * 300))
    with pytest.raises(IppyoError):
        Database(tmp_path / ("x" * 300))

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("is_file", "is_dir"):
        monkeypatch.setattr(Path, name, forbidden)
    for kind in (Database, DatabaseReader):
        with pytest.raises(InputError, match="ledger: permission denied"):
            kind(tmp_path / "ledger")


def test_a_circle_of_links_is_an_error_on_every_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def circle(*_: object, **__: object) -> None:
        raise RuntimeError("Symlink loop")

    monkeypatch.setattr(Path, "resolve", circle)
    with pytest.raises(InputError, match="its links lead in a circle"):
        resolved(Path("x"))


def page_of(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return int(row[0])


def overwrite(path: Path, page: int, content: bytes) -> None:
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = content
    path.write_bytes(data)


def test_a_damaged_page_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Database(path) as database:
        SqliteStore(database).write({b"a": b"1"})
    overwrite(path, page_of(path, "state"), b"\xa5" * 4096)
    with Database(path) as database:
        store = SqliteStore(database)
        with pytest.raises(StorageError, match=r"cannot read .*malformed"):
            store.get(b"a")
        with pytest.raises(StorageError, match=r"cannot read .*malformed"):
            list(store.scan(b""))
        with pytest.raises(StorageError, match=r"cannot write .*malformed"):
            store.write({b"a": b"2"})
        with pytest.raises(StorageError, match=r"cannot read .*malformed"), database.transaction():
            store.get(b"a")


def test_a_damaged_table_of_contents(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Database(path).close()
    # What SQLite says of it holds the damaged words, which are no text.
    path.write_bytes(path.read_bytes().replace(b"indextx_by_digest", b"index\xff\xff_by_digest"))
    with pytest.raises(StorageError, match="the file is damaged"):
        Database(path)
    FileLock(path).release()


def test_a_value_of_another_type_is_damage(database: Database) -> None:
    store = SqliteStore(database)
    with database.writer() as connection:
        connection.execute("INSERT INTO state (key, value) VALUES (?, ?)", (b"a", 10**12))
        connection.execute("INSERT INTO state (key, value) VALUES (?, ?)", ("b", b""))
    for read in (lambda: store.get(b"a"), lambda: list(store.scan(b""))):
        with pytest.raises(StorageError, match="the state is damaged"):
            read()


def test_a_rollback_that_fails_hides_nothing(database: Database) -> None:
    class Stubborn:
        in_transaction = True

        def execute(self, statement: str) -> None:
            if statement != "BEGIN IMMEDIATE":
                raise sqlite3.OperationalError("disk I/O error")

        def close(self) -> None:
            real.close()

    real, database._writer = database._writer, Stubborn()  # type: ignore[assignment]
    with pytest.raises(ZeroDivisionError), database.transaction():
        raise ZeroDivisionError


def test_the_owner_may_change(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Database(path) as first:
        SqliteStore(first).write({b"a": b"1"})
    with Database(path) as second:
        assert SqliteStore(second).get(b"a") == b"1"


def test_a_lock_cannot_be_made_anywhere(tmp_path: Path) -> None:
    (tmp_path / "x.lock").mkdir()
    with pytest.raises(StorageError, match="cannot create"):
        FileLock(tmp_path / "x")
    (tmp_path / "y.lock").write_bytes(b"no database at all, but long enough to be looked at " * 40)
    with pytest.raises(StorageError, match="cannot lock"):
        FileLock(tmp_path / "y")


def test_unusable_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        Database(tmp_path / "missing" / "ledger.db")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="cannot open"):
        Database(tmp_path / "folder")
    (tmp_path / "text").write_bytes(b"this is a text and no database " * 100)
    with pytest.raises(StorageError, match="cannot be opened as a ledger"):
        Database(tmp_path / "text")
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE voters (name TEXT)")
    other.close()
    with pytest.raises(InputError, match="of something else"):
        Database(tmp_path / "other")
    later = sqlite3.connect(tmp_path / "later")
    later.execute("PRAGMA user_version = 7")
    later.close()
    with pytest.raises(InputError, match="format 7"):
        Database(tmp_path / "later")
    # None of the failures keeps the lock.
    FileLock(tmp_path / "later").release()


def test_a_full_disk(database: Database) -> None:
    store = SqliteStore(database)
    store.write({b"a": b"1"})
    with database.writer() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match=r"cannot write .* full.*; check the disk's space"):
        store.write({bytes([number]): b"x" * 4000 for number in range(20)})
    assert list(store.scan(b"")) == [(b"a", b"1")]
    with pytest.raises(StorageError), database.transaction():
        store.write({bytes([number]): b"x" * 4000 for number in range(20)})
    store.write({b"a": b"2"})
    assert store.get(b"a") == b"2"
