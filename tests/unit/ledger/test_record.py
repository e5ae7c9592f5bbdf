"""Records: written and read back byte for byte, imported by re-execution, and every way to be damaged."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from ippyo.canonical import sha256_b64
from ippyo.errors import CheckFailedError, InputError, ParseError
from ippyo.ledger import record_reader, record_writer
from ippyo.ledger.blocks import BlockHeader, SignedHeader
from ippyo.ledger.chain import Chain
from ippyo.ledger.checkpoint import Checkpoint, LedgerFacts, NotEnoughWitnessesError, SignedCheckpoint
from ippyo.ledger.database import Database, StorageError
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.record import DamagedRecordError, Problem, RecordReader, RecordWriter, export_record, import_record
from ippyo.ledger.record_layout import DOCUMENT_FILES
from ippyo.ledger.witness import Witness

WITNESS = SigningKey("w.example", KeyKind.COSIGNATURE, bytes([1]) * 32)


@pytest.fixture(autouse=True)
def four_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin a new file after four transactions instead of 10,000."""
    monkeypatch.setattr(record_writer, "TRANSACTIONS_PER_FILE", 4)
    monkeypatch.setattr(record_reader, "TRANSACTIONS_PER_FILE", 4)


@pytest.fixture
def facts(toy: ModuleType) -> LedgerFacts:
    return LedgerFacts(toy.POLL, toy.LOG_KEY.verifier, (WITNESS.verifier,), 1)


@pytest.fixture
def ledger(toy: ModuleType, facts: LedgerFacts, database: Database, tmp_path: Path) -> EmbeddedLedger:
    """A ledger of three blocks: 3, 6 and 1 transactions."""
    ledger = EmbeddedLedger(
        database, facts, toy.LOG_KEY, toy.ToyMachine, documents=toy.DOCUMENTS, clock=lambda: 1_800_000_000_000
    )
    ledger.append_block([toy.note(text) for text in "abc"])
    ledger.append_block([toy.note(text) for text in "def"] + [toy.note(f"票\n{number}") for number in range(3)])
    ledger.append_block([toy.note("z")])
    with Witness.create(WITNESS, [facts.log], tmp_path / "witness") as witness:
        ledger.cosign([witness])
    return ledger


@pytest.fixture
def record(ledger: EmbeddedLedger, database: Database, tmp_path: Path) -> Path:
    export_record(database, tmp_path / "record")
    return tmp_path / "record"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "fresh.db") as database:
        yield database


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read_all(folder: Path) -> list[Problem]:
    """Read everything there is and return the problems."""
    found: list[Problem] = []
    reader = RecordReader(folder, report=found.append)
    reader.layout()
    for name in DOCUMENT_FILES:
        reader.document(name)
    list(reader.blocks())
    reader.checkpoint()
    assert reader.problems == found
    return found


def test_layout(record: Path, ledger: EmbeddedLedger) -> None:
    content = files(record)
    assert sorted(content) == [
        "blocks.jsonl",
        "ceremony.json",
        "checkpoint",
        "genesis.json",
        "manifest.json",
        "transactions/00000000.jsonl",
        "transactions/00000004.jsonl",
        "transactions/00000008.jsonl",
        "trustees.json",
    ]
    assert content["manifest.json"] == '{"title":"町長"}\n'.encode()
    assert content["checkpoint"].decode() == ledger.checkpoint().to_text()
    blocks = list(ledger.blocks())
    assert content["blocks.jsonl"].decode() == "".join(block.signed.to_text() + "\n" for block in blocks)
    txs = [tx for block in blocks for tx in block.transactions]
    assert content["transactions/00000004.jsonl"].decode() == "".join(tx + "\n" for tx in txs[4:8])
    assert not (record.parent / "record.partial").exists()


def test_reading(record: Path, ledger: EmbeddedLedger) -> None:
    reader = RecordReader(record)
    blocks = list(ledger.blocks())
    assert reader.document("manifest.json") == '{"title":"町長"}'
    assert list(reader.headers()) == [(line, block.signed) for line, block in enumerate(blocks, 1)]
    transactions = list(reader.transactions())
    assert [(one.index, one.file[-6:], one.line) for one in transactions[3:5]] == [(3, ".jsonl", 4), (4, ".jsonl", 1)]
    assert [tx.text for tx in transactions] == [tx for block in blocks for tx in block.transactions]
    assert [[tx.text for tx in block.transactions] for block in reader.blocks()] == [
        list(block.transactions) for block in blocks
    ]
    assert reader.checkpoint() == ledger.checkpoint()
    assert read_all(record) == []


def test_import_and_export_again_give_the_same_bytes(
    toy: ModuleType, facts: LedgerFacts, record: Path, fresh: Database, tmp_path: Path
) -> None:
    steps: list[int] = []
    assert import_record(record, fresh, facts, toy.ToyMachine, progress=steps.append) == 10
    assert steps == [3, 9, 10]
    steps.clear()
    assert export_record(fresh, tmp_path / "again", progress=steps.append) == 10
    assert steps == [3, 9, 10]
    assert files(tmp_path / "again") == files(record)
    ledger = EmbeddedLedger(fresh, facts, toy.LOG_KEY, toy.ToyMachine, documents=toy.DOCUMENTS)
    assert ledger.receipt(9).verify(facts)
    assert ledger.append_block([toy.note("after")]).block is not None
    with pytest.raises(InputError, match="already holds a ledger"):
        import_record(record, fresh, facts, toy.ToyMachine)


def test_an_empty_ledger(toy: ModuleType, database: Database, fresh: Database, tmp_path: Path) -> None:
    EmbeddedLedger(database, toy.FACTS, toy.LOG_KEY, toy.ToyMachine, documents=toy.DOCUMENTS)
    assert export_record(database, tmp_path / "record") == 0
    assert read_all(tmp_path / "record") == []
    (tmp_path / "record" / "transactions").rmdir()
    assert read_all(tmp_path / "record") == []
    assert import_record(tmp_path / "record", fresh, toy.FACTS, toy.ToyMachine) == 0


def test_a_file_may_hold_its_full_number(toy: ModuleType, database: Database, tmp_path: Path) -> None:
    ledger = EmbeddedLedger(database, toy.FACTS, toy.LOG_KEY, toy.ToyMachine, documents=toy.DOCUMENTS)
    ledger.append_block([toy.note(str(number)) for number in range(8)])
    export_record(database, tmp_path / "record")
    assert len(list((tmp_path / "record" / "transactions").iterdir())) == 2
    assert read_all(tmp_path / "record") == []


# --- where a record cannot be written ---


def test_folders_that_cannot_take_a_record(ledger: EmbeddedLedger, database: Database, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(InputError, match="is not empty"):
        export_record(database, tmp_path / "full")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        export_record(database, tmp_path / "file")
    with pytest.raises(StorageError, match="cannot write the record"):
        export_record(database, tmp_path / "file" / "record")
    (tmp_path / "other.partial").mkdir()
    with pytest.raises(InputError, match="broke off"):
        export_record(database, tmp_path / "other")
    (tmp_path / "empty").mkdir()
    assert export_record(database, tmp_path / "empty") == 10


def test_an_export_that_breaks_off_leaves_nothing(ledger: EmbeddedLedger, database: Database, tmp_path: Path) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_record(database, tmp_path / "record", progress=stop)
    assert not list(tmp_path.glob("record*"))


@pytest.mark.parametrize("failing", ["manifest.json", "transactions/00000004.jsonl"])
def test_a_disk_that_fails_leaves_nothing(
    ledger: EmbeddedLedger, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(path: Path, *args: object, **options: object) -> object:
        if path.as_posix().endswith(failing):
            raise OSError(28, "No space left on device")
        return original(path, *args, **options)  # type: ignore[call-overload]

    original = Path.open
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageError, match="No space left"):
        export_record(database, tmp_path / "record")
    assert not list(tmp_path.glob("record*"))


def test_a_disk_that_fails_at_the_end_leaves_nothing(
    ledger: EmbeddedLedger, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path, __: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(StorageError, match="Input/output"):
        export_record(database, tmp_path / "record")
    assert not list(tmp_path.glob("record*"))


def test_a_ledger_without_its_documents_makes_no_record(toy: ModuleType, database: Database, tmp_path: Path) -> None:
    EmbeddedLedger(database, toy.FACTS, toy.LOG_KEY, toy.ToyMachine)
    with pytest.raises(InputError, match=r"begun without manifest\.json"):
        export_record(database, tmp_path / "record")
    with (
        Database(tmp_path / "never.db") as never,
        never.snapshot() as connection,
        pytest.raises(InputError, match="has not begun"),
    ):
        Chain(connection).checkpoint()


def test_misuse_of_the_writer(toy: ModuleType, ledger: EmbeddedLedger, tmp_path: Path) -> None:
    (block, *_) = ledger.blocks()
    with pytest.raises(ValueError, match="without 'with'"):
        RecordWriter(tmp_path / "record").block(block.signed, block.transactions)
    with pytest.raises(ValueError, match="has no file"), RecordWriter(tmp_path / "record") as writer:
        writer.document("notes.txt", "x")


# --- damaged records: every problem with its place, and reading goes on ---

Damage = Callable[[Path], object]


def put(name: str, data: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(data)


def change(name: str, old: bytes, new: bytes, count: int = -1) -> Damage:
    def apply(folder: Path) -> None:
        data = (folder / name).read_bytes()
        assert old in data
        (folder / name).write_bytes(data.replace(old, new, count))

    return apply


def cut(name: str, count: int) -> Damage:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-count])


def drop_line(name: str, number: int) -> Damage:
    def apply(folder: Path) -> None:
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        (folder / name).write_bytes(b"".join(lines[: number - 1] + lines[number:]))

    return apply


def link(name: str, target: str) -> Damage:
    def apply(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            path.rename(folder.parent / "elsewhere")
        else:
            path.unlink()
        path.symlink_to(target)

    return apply


TX0, TX4, TX8 = (f"transactions/0000000{number}.jsonl" for number in (0, 4, 8))


@pytest.mark.parametrize(
    ("damage", "problems"),
    [
        (put("readme", b""), ["readme: does not belong in a record"]),
        (put("transactions/x", b""), ["transactions/x: does not belong in a record"]),
        (put("transactions/00000003.jsonl", b""), ["transactions/00000003.jsonl: does not belong in a record"]),
        (put("transactions/0000000.jsonl", b""), ["transactions/0000000.jsonl: does not belong in a record"]),
        (
            put("transactions/00000012.jsonl", b""),
            [
                f"{TX8}: has 2 lines; only the last file may have fewer than 4",
                "transactions/00000012.jsonl: has 0 lines; only the last file may have fewer than 4",
            ],
        ),
        (lambda folder: (folder / "genesis.json").unlink(), ["genesis.json: is missing"]),
        (lambda folder: (folder / "blocks.jsonl").unlink(), None),
        (lambda folder: (folder / "checkpoint").unlink(), ["checkpoint: is missing"]),
        (put("genesis.json", b""), ["genesis.json: is empty"]),
        (put("genesis.json", b"{}"), ["genesis.json:1: has no newline at its end: the file was cut off"]),
        (put("genesis.json", b"{}\n{}\n"), ["genesis.json:2: should not be there: the file holds one line"]),
        (put("genesis.json", b"\xff\n"), ["genesis.json:1: is not UTF-8 text"]),
        (put("checkpoint", b"\xff\n"), ["checkpoint:1: is not UTF-8 text"]),
        (put("checkpoint", b"x\n"), ["checkpoint: has no signatures after an empty line, or no newline at its end"]),
        (
            put("checkpoint", b"x\n" * 500),
            ["checkpoint: has no signatures after an empty line, or no newline at its end"],
        ),
        (cut("checkpoint", 1), ["checkpoint:6: has no newline at its end: the file was cut off"]),
        (link("checkpoint", "/dev/zero"), ["checkpoint: is not a plain file"]),
        (link("transactions", "../elsewhere"), None),
        (change("blocks.jsonl", b'"height":2', b'"height":02'), None),
        (
            drop_line("blocks.jsonl", 2),
            [],
        ),
        (
            drop_line("blocks.jsonl", 3),
            [f"{TX8}:2: is in no block"],
        ),
        (
            cut(TX8, 5),
            [f"{TX8}:2: has no newline at its end: the file was cut off"],
        ),
        (drop_line(TX8, 2), ["blocks.jsonl:3: has size 10: 1 transactions are missing"]),
        (
            drop_line(TX0, 1),
            [
                f"{TX0}: has 3 lines; only the last file may have fewer than 4",
                "blocks.jsonl:2: has size 9: 1 transactions are missing",
            ],
        ),
        (change(TX0, b"\n", b"\n{}\n", 1), [f"{TX0}:5: is one more than the 4 a file holds"]),
        (
            lambda folder: (folder / TX4).unlink(),
            [
                f"{TX4}: is missing",
                "blocks.jsonl:2: has size 9: 4 transactions are missing",
            ],
        ),
        (change(TX4, "票".encode(), b"\xff", 1), None),
        (put(TX8, b"x" * 1_600_000 + b"\n{}\n"), [f"{TX8}:1: is longer than 524288 bytes"]),
        (
            change("blocks.jsonl", b'"size":9', b'"size":1'),
            [
                "blocks.jsonl:2: has size 1 after 3 transactions, and a block holds 1 to 256",
            ],
        ),
        (
            change("blocks.jsonl", b'"size":9', b'"size":900'),
            [
                "blocks.jsonl:2: has size 900 after 3 transactions, and a block holds 1 to 256",
                "blocks.jsonl:2: has size 900: 890 transactions are missing",
                "blocks.jsonl:3: has size 10 after 900 transactions, and a block holds 1 to 256",
            ],
        ),
    ],
)
def test_damage_is_reported_with_its_place(record: Path, damage: Damage, problems: list[str] | None) -> None:
    damage(record)
    found = [str(problem) for problem in read_all(record)]
    if problems is None:
        assert found
    else:
        assert found == problems


def test_what_is_wrong_in_one_line_does_not_hide_the_next(record: Path) -> None:
    change(TX0, b'"text":"b"', b'"text":"\xff"')(record)
    change("blocks.jsonl", b'"height":2', b'"height":0')(record)
    reader = RecordReader(record)
    assert [number for number, _ in reader.headers()] == [1, 3]
    texts = [transaction.text for transaction in reader.transactions()]
    assert len(texts) == 10
    assert "\ufffd" in texts[1]
    assert [str(problem) for problem in reader.problems] == [
        "blocks.jsonl:2: block header: field 'height' is not between 1 and 9007199254740991",
        f"{TX0}:2: is not UTF-8 text",
    ]


def test_of_an_impossible_block_no_more_is_read_than_a_block_can_hold(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_reader, "BLOCK_LIMIT", 4)
    assert [len(block.transactions) for block in RecordReader(record).blocks()] == [3, 4, 1]


def sparse(name: str, begin: bytes = b"") -> Damage:
    def apply(folder: Path) -> None:
        with (folder / name).open("wb") as file:
            file.write(begin)
            file.truncate(2**40)

    return apply


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("genesis.json", 4 * 2**20),
        ("checkpoint", 64 * 2**10),
        ("blocks.jsonl", 4096),
        (TX4, 512 * 2**10),
    ],
)
def test_a_file_without_an_end_is_left(record: Path, name: str, limit: int) -> None:
    sparse(name)(record)
    problem = f"{name}:1: is longer than {limit} bytes; the rest of the file is not read"
    assert problem in [str(found) for found in read_all(record)]


def test_where_there_are_too_many_files(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_reader, "NAMES_LIMIT", 2)
    assert {str(problem) for problem in read_all(record)} >= {
        "record: holds more than 2 files: the rest is not read",
        "transactions: holds more than 2 files: the rest is not read",
    }


@pytest.mark.parametrize("name", ["blocks.jsonl", TX4, "transactions/00000012.jsonl"])
def test_of_many_problems_the_first_are_kept_and_the_rest_counted(record: Path, name: str) -> None:
    put(name, b"\xff\n" * 30_000)(record)
    told: list[int] = []
    reader = RecordReader(record, report=lambda problem: told.append(problem.line))
    tracemalloc.start()
    try:
        for _ in reader.blocks():
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reader.problem_count == len(told)
    assert len(reader.problems) == min(len(told), record_reader.PROBLEMS_KEPT)
    assert peak < 4_000_000
    if name == "blocks.jsonl":
        assert reader.problem_count > 60_000
        # The count goes on where the list has ended.
        assert reader.document("checkpoint.json") is None
        assert reader.checkpoint() is not None
        put("checkpoint", b"\xff\n")(record)
        assert reader.checkpoint() is None


def test_paths_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="the name is too long"):
        RecordReader(tmp_path / ("x" * 300))
    with pytest.raises(StorageError, match="File name too long"), RecordWriter(tmp_path / ("x" * 300)):
        pass

    def forbidden(*_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", forbidden)
    with pytest.raises(InputError, match=r"cannot read the record folder .*: permission denied"):
        RecordReader(tmp_path)
    monkeypatch.setattr(Path, "exists", forbidden)
    with pytest.raises(StorageError, match="Permission denied"), RecordWriter(tmp_path / "record"):
        pass


def test_folders_that_are_none(tmp_path: Path, record: Path) -> None:
    with pytest.raises(InputError, match="no record folder"):
        RecordReader(tmp_path / "missing")
    (record / TX0).unlink()
    (record / TX0).mkdir()
    assert Problem(TX0, 0, "is not a plain file") in read_all(record)


def test_errors_of_the_disk_are_problems(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> object:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", fail)
    reader = RecordReader(record)
    reader.layout()
    assert {problem.file for problem in reader.problems} == {"record", "transactions"}
    monkeypatch.setattr(os, "open", fail)
    assert reader.checkpoint() is None
    assert str(reader.problems[-1]) == "checkpoint: cannot be read: Input/output error"
    monkeypatch.setattr(Path, "lstat", fail)
    assert list(reader.transactions()) == []
    assert str(reader.problems[-1]) == "transactions: cannot be read: Input/output error"
    monkeypatch.undo()
    (record / "genesis.json").unlink()
    os.mkfifo(record / "genesis.json")
    assert reader.document("genesis.json") is None
    assert str(reader.problems[-1]) == "genesis.json: is not a plain file"


def test_an_error_in_the_middle_of_a_file_is_a_problem(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def __enter__(self) -> Failing:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def readline(self, _: int) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(RecordReader, "_open", lambda *_: Failing())
    reader = RecordReader(record)
    assert reader.document("genesis.json") is None
    assert [str(problem) for problem in reader.problems] == ["genesis.json:1: cannot be read: Input/output error"]


# --- records that are well-formed and false ---


def resign(toy: ModuleType, number: int, **fields: object) -> Damage:
    """Alter one header and sign it again, as a dishonest log could."""

    def apply(folder: Path) -> None:
        path = folder / "blocks.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        header: BlockHeader = replace(SignedHeader.from_text(lines[number - 1]).header, **fields)  # type: ignore[arg-type]
        lines[number - 1] = header.sign(toy.LOG_KEY).to_text()
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    return apply


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"poll": "A" * 43}, "block 2: its poll is not"),
        ({"height": 3}, "block 3: its height is not"),
        ({"previous": "A" * 43}, "block 2: its previous is not"),
        ({"root": bytes(32)}, "block 2: its root is not"),
        ({"state": "A" * 43}, "block 2: its state is not"),
        ({"time": 1}, "block 2 is earlier"),
        ({"size": 8}, "block 3: its previous is not|block 2: its"),
    ],
)
def test_a_false_header_is_not_imported(
    toy: ModuleType,
    facts: LedgerFacts,
    record: Path,
    fresh: Database,
    fields: dict[str, object],
    problem: str,
) -> None:
    resign(toy, 2, **fields)(record)
    with pytest.raises(CheckFailedError, match=problem):
        import_record(record, fresh, facts, toy.ToyMachine)
    with fresh.writer() as connection:
        assert connection.execute("SELECT count(*) FROM fact").fetchone() == (0,)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("genesis.json", "not the genesis of this poll"),
        ("manifest.json", "not the one that genesis names"),
        ("trustees.json", "not the one that genesis names"),
        ("ceremony.json", "not the one that genesis names"),
    ],
)
def test_a_record_with_a_foreign_document_is_not_imported(
    toy: ModuleType, facts: LedgerFacts, record: Path, fresh: Database, name: str, problem: str
) -> None:
    put(name, b'{"lie":1}\n')(record)
    with pytest.raises(CheckFailedError, match=f"{name} is {problem}"):
        import_record(record, fresh, facts, toy.ToyMachine)
    with fresh.writer() as connection:
        assert connection.execute("SELECT count(*) FROM fact").fetchone() == (0,)


@pytest.mark.parametrize("genesis", ["[]", "7", "{}", '{"manifest":1,"trustees":"","ceremony":""}', "x"])
def test_a_genesis_that_names_nothing(
    toy: ModuleType, facts: LedgerFacts, record: Path, fresh: Database, genesis: str
) -> None:
    put("genesis.json", f"{genesis}\n".encode())(record)
    of_it = replace(facts, poll=sha256_b64(f"ippyo-poll-v1|{genesis}"))
    with pytest.raises(ParseError, match="genesis"):
        import_record(record, fresh, of_it, toy.ToyMachine)


def test_a_record_without_its_quorum_is_not_imported(
    toy: ModuleType, facts: LedgerFacts, record: Path, fresh: Database
) -> None:
    signed = SignedCheckpoint.from_text((record / "checkpoint").read_text(encoding="utf-8"))
    bare = SignedCheckpoint.sign(signed.checkpoint, toy.LOG_KEY)
    put("checkpoint", bare.to_text().encode())(record)
    with pytest.raises(NotEnoughWitnessesError, match="0 witnesses cosigned the checkpoint, and 1 are needed"):
        import_record(record, fresh, facts, toy.ToyMachine)
    # Of many lines one of each key is kept.
    lines = [WITNESS.cosign(bare.note.text, time) for time in (2, 9, 5)]
    many = SignedCheckpoint.from_parts(bare.checkpoint, [*bare.note.signatures * 2, *lines])
    put("checkpoint", many.to_text().encode())(record)
    import_record(record, fresh, facts, toy.ToyMachine)
    with fresh.snapshot() as connection:
        assert Chain(connection).checkpoint() == bare.with_signatures([lines[1]])


def test_other_false_records_are_not_imported(
    toy: ModuleType, facts: LedgerFacts, record: Path, fresh: Database, tmp_path: Path
) -> None:
    def attempt() -> None:
        import_record(record, fresh, facts, toy.ToyMachine)

    original = files(record)

    def restore() -> None:
        for name, data in original.items():
            (record / name).write_bytes(data)

    change("blocks.jsonl", b'"time":1800000000000', b'"time":1800000000001', 1)(record)
    with pytest.raises(CheckFailedError, match="block 1 is not signed"):
        attempt()
    restore()
    change(TX0, b'"text":"b"', b'"text":"a"')(record)
    with pytest.raises(CheckFailedError, match="block 1: transaction 1 is refused by the rules: duplicate"):
        attempt()
    restore()
    checkpoint = SignedCheckpoint.sign(Checkpoint(facts.origin, 10, bytes(32)), toy.LOG_KEY)
    checkpoint = checkpoint.with_signatures([WITNESS.cosign(checkpoint.note.text, 1)])
    put("checkpoint", checkpoint.to_text().encode())(record)
    with pytest.raises(CheckFailedError, match="not that of the last block"):
        attempt()
    restore()
    put("extra", b"")(record)
    with pytest.raises(DamagedRecordError, match="cannot be imported: extra: does not belong"):
        attempt()
    (record / "extra").unlink()
    drop_line("blocks.jsonl", 3)(record)
    with pytest.raises(DamagedRecordError, match="is in no block"):
        attempt()
    restore()
    (record / "checkpoint").unlink()
    with pytest.raises(DamagedRecordError, match="checkpoint: is missing"):
        attempt()
    restore()
    attempt()
