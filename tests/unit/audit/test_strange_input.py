"""Names, times and paths that nobody should have: one sentence and an exit code, and nothing that steers a terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ippyo.audit.belenios import export
from ippyo.audit.zero import confirm_empty_box
from ippyo.cli.main import main
from ippyo.errors import InputError
from ippyo.ledger.blocks import LAST_TIME

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that runs a command and returns its exit code and both outputs."""

    def run(*arguments: str | Path, language: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("IPPYO_LANG", language)
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def odd_file(record: Path, name: bytes) -> None:
    (Path(os.fsdecode(os.fsencode(record) + b"/" + name))).write_text("")


# ESC, a newline, a mark that turns the direction of writing, a byte that is no UTF-8, half of a character.
ODD_NAMES = [b"\x1b]0;owned\x07", b"a\nVERIFIED", "a\N{RIGHT-TO-LEFT OVERRIDE}b".encode(), b"caf\xe9", b"\xed\xa0\x80"]


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("folder", [b"", b"transactions/"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_names_of_files_are_harmless(record: Path, said: Said, name: bytes, folder: bytes, language: str) -> None:
    odd_file(record, folder + name)
    code, out, err = said("verify", record, "--workers", "1", language=language)
    assert code == 1
    assert "✗  1 " in out
    assert all(line.isprintable() for text in (out, err) for line in text.splitlines())
    assert "\nVERIFIED" not in out
    code, out, _ = said("verify", record, "--workers", "1", "--json", language=language)
    assert code == 1
    (finding,) = json.loads(out.encode("utf-8"))["checks"][0]["findings"]
    assert finding["where"]["file"].isprintable()
    for command in (("audit", "zero", record), ("export", "belenios", record, record.parent / "out")):
        code, out, err = said(*command, language=language)
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1
        assert err.strip().isprintable()


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("what", ["long", "under a file"])
def test_paths_that_cannot_be_read(good_record: Path, tmp_path: Path, said: Said, what: str, language: str) -> None:
    (tmp_path / "file").write_text("")
    path = {"long": tmp_path / ("x" * 300), "under a file": tmp_path / "file" / "record"}[what]
    commands: list[tuple[str | Path, ...]] = [
        ("verify", path),
        ("verify", good_record, "--checkpoint", path),
        ("verify", good_record, "--poll", "x"),
        ("audit", "zero", path),
        ("receipt", "check", path, "--record", good_record),
        ("receipt", "check", path, "--genesis", path),
        ("receipt", "check", path, "--record", path),
        ("export", "belenios", path, tmp_path / "out"),
        ("export", "belenios", good_record, path),
    ]
    for command in commands:
        code, out, err = said(*command, language=language)
        assert (code, out, len(err.splitlines())) == (2, "", 1), (command, err)
        if language == "ja":
            assert not any(word in err for word in (" cannot ", " is not ", " no such ")), err


def test_a_folder_that_one_may_not_enter(good_record: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", forbidden)
    for command in (("verify", good_record), ("audit", "zero", good_record), ("export", "belenios", good_record, "x")):
        code, out, err = said(*command)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert "permission denied" in err


def test_the_fingerprint_and_checkpoints_on_the_command_line(
    good_record: Path, made: Any, audit_records: Any, tmp_path: Path, said: Said
) -> None:
    receipt = audit_records.write_receipt(tmp_path / "receipt", made, 6, 9)
    known = ("--checkpoint", good_record / "checkpoint", "--checkpoint", receipt, "--workers", "1")
    code, out, _ = said("verify", good_record, "--poll", made.small.phi, *known)
    assert code == 0
    assert "Cosigned by 2 of 2 witnesses; 2 needed." in out
    assert "warning" not in out
    code, out, _ = said("verify", good_record, "--poll", "A" * 43, *known)
    assert code == 1
    assert "✗  3 Genesis" in out


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "注意: この投票は台帳の立会者の署名を求めて"), ("en", "warning: this")]
)
def test_a_poll_without_witnesses_is_warned_of(
    small_polls: Any, audit_records: Any, tmp_path: Path, said: Said, language: str, words: str
) -> None:
    small = small_polls.SmallPoll.build()
    record = audit_records.write_record(tmp_path / "record", small, [], witnesses=[])
    code, out, _ = said("verify", record, "--unfinished", "--workers", "1", language=language)
    assert (code, words in out) == (0, True)


def test_trustees_have_one_name_in_japanese(made: Any, audit_records: Any, tmp_path: Path, said: Said) -> None:
    blocks = [(time, txs, state) for time, txs, state in made.blocks]
    index = next(n for n, (_, txs, _) in enumerate(blocks) if txs[0].startswith('{"type":"decrypt"'))
    time, txs, state = blocks[index]
    blocks[index] = (time, (txs[0].replace('"owner":1', '"owner":2'), *txs[1:]), state)
    record = audit_records.write_record(tmp_path / "record", made.small, blocks)
    code, out, _ = said("verify", record, "--workers", "1", language="ja")
    assert code == 1
    assert "鍵の管理者 2" in out
    assert "開票立会人" not in out


# --- times ---


def retimed(made: Any, audit_records: Any, folder: Path, time: int) -> Path:
    """Write a record whose blocks have all the same time."""
    return Path(audit_records.write_record(folder, made.small, made.blocks, lambda header: replace(header, time=time)))


@pytest.mark.parametrize("time", [0, 8**11 * 1000, LAST_TIME])
def test_the_opening_at_any_time_of_a_block(
    made: Any, audit_records: Any, tmp_path: Path, said: Said, time: int
) -> None:
    record = retimed(made, audit_records, tmp_path / "record", time)
    assert confirm_empty_box(record).time == time
    code, out, _ = said("audit", "zero", record)
    assert code == 0
    assert "JST" in out


def test_a_time_that_no_block_can_have(record: Path, said: Said) -> None:
    path = record / "blocks.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    value = json.loads(lines[0])
    value["header"]["time"] = LAST_TIME + 1
    path.write_text("".join([json.dumps(value, separators=(",", ":")) + "\n", *lines[1:]]))
    assert said("audit", "zero", record)[0] == 2
    assert said("verify", record, "--workers", "1")[0] == 1


@pytest.mark.parametrize("time", [8**11 * 1000, LAST_TIME])
def test_a_time_that_an_archive_cannot_hold(
    made: Any, audit_records: Any, tmp_path: Path, said: Said, time: int
) -> None:
    record = retimed(made, audit_records, tmp_path / "record", time)
    code, _, err = said("export", "belenios", record, tmp_path / "out")
    assert code == 2
    assert "time" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "credential", ["", "zz", "é" * 64, "\N{ARABIC-INDIC DIGIT ONE}" * 64, "a" * 64 + "\\n", "1" * 9000]
)
def test_a_credential_that_is_none(record: Path, tmp_path: Path, said: Said, made: Any, credential: str) -> None:
    path = record / "transactions" / "00000000.jsonl"
    cast = next(json.loads(tx) for tx in made.transactions if tx.startswith('{"type":"cast"'))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(cast["ticket"]["credential"], credential), encoding="utf-8")
    code, _, err = said("export", "belenios", record, tmp_path / "out")
    assert code == 2
    assert "credential" in err
    assert not (tmp_path / "out").exists()


def test_an_export_that_breaks_off_leaves_nothing(
    record: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "notes", full)
    code, _, err = said("export", "belenios", record, tmp_path / "out")
    assert (code, "the disk is full" in err) == (2, True)
    assert not (tmp_path / "out").exists()

    def wrong(*_: object) -> None:
        raise InputError("not so")

    monkeypatch.setattr(export, "notes", wrong)
    assert said("export", "belenios", record, tmp_path / "out")[0] == 2
    assert not (tmp_path / "out").exists()
