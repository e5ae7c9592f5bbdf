"""Whatever is altered in the files of a record is found, and lands in the check it belongs to (R0-06)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ippyo.audit.checks import Check
from ippyo.audit.report import Report
from ippyo.audit.verify import verify

TRANSACTIONS = "transactions/00000000.jsonl"
FILES = {
    "manifest.json": Check.MANIFEST,
    "genesis.json": Check.GENESIS,
    "trustees.json": Check.KEY_CEREMONY,
    "ceremony.json": Check.KEY_CEREMONY,
    "blocks.jsonl": Check.CHAIN,
    TRANSACTIONS: Check.MERKLE_ROOTS,
    "checkpoint": Check.CHECKPOINT,
}


def failed(report: Report) -> set[Check]:
    assert not report.ok
    return {check.check for check in report.failed()}


def alter(path: Path, change: Callable[[bytes], bytes]) -> None:
    before = path.read_bytes()
    path.write_bytes(change(before))
    assert path.read_bytes() != before


def test_the_record_itself_is_good(good_record: Path) -> None:
    report = verify(good_record, workers=1)
    assert report.ok
    assert all(check.status == "pass" for check in report.checks)


def test_two_processes_say_the_same_as_one(good_record: Path) -> None:
    assert verify(good_record, workers=2) == verify(good_record, workers=1)


@pytest.mark.parametrize("mask", [0x01, 0x80], ids=["another character", "no text"])
@pytest.mark.parametrize("eighths", range(1, 8))
@pytest.mark.parametrize("name", FILES)
def test_an_altered_byte(record: Path, name: str, eighths: int, mask: int) -> None:
    path = record / name
    # Not at the same places in every file, so that all kinds of fields are met.
    offset = path.stat().st_size * eighths // 8 + eighths * 37 % 11
    alter(path, lambda b: b[:offset] + bytes([b[offset] ^ mask]) + b[offset + 1 :])
    found = failed(verify(record, workers=1))
    if name == "blocks.jsonl":
        assert found & {Check.CHAIN, Check.BLOCK_SIGNATURES}
    else:
        assert FILES[name] in found


@pytest.mark.parametrize("name", ["blocks.jsonl", TRANSACTIONS, "checkpoint"])
@pytest.mark.parametrize("which", [0, 2, -1])
def test_a_dropped_line(record: Path, name: str, which: int) -> None:
    def drop(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        del lines[which]
        return b"".join(lines)

    alter(record / name, drop)
    found = failed(verify(record, workers=1))
    assert FILES[name] in found
    assert name != TRANSACTIONS or Check.CHAIN in found


@pytest.mark.parametrize(
    ("name", "which"), [("blocks.jsonl", 3), (TRANSACTIONS, 8), ("checkpoint", 1), ("checkpoint", 4), ("checkpoint", 5)]
)
def test_swapped_lines(record: Path, name: str, which: int) -> None:
    def swap(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        lines[which], lines[which + 1] = lines[which + 1], lines[which]
        return b"".join(lines)

    alter(record / name, swap)
    assert FILES[name] in failed(verify(record, workers=1))


@pytest.mark.parametrize("name", ["blocks.jsonl", TRANSACTIONS])
def test_a_repeated_line(record: Path, name: str) -> None:
    alter(record / name, lambda b: b + b.splitlines(keepends=True)[-1])
    found = failed(verify(record, workers=1))
    assert Check.CHAIN in found


@pytest.mark.parametrize("name", FILES)
def test_a_missing_last_newline(record: Path, name: str) -> None:
    alter(record / name, lambda b: b[:-1])
    found = failed(verify(record, workers=1))
    assert Check.FILES in found
    # The text is what it was: nothing else is wrong.
    assert found == {Check.FILES} or name == "checkpoint"


@pytest.mark.parametrize("name", FILES)
def test_windows_line_ends(record: Path, name: str) -> None:
    alter(record / name, lambda b: b.replace(b"\n", b"\r\n"))
    assert (Check.CHECKPOINT if name == "checkpoint" else Check.FILES) in failed(verify(record, workers=1))


@pytest.mark.parametrize("name", FILES)
def test_an_empty_line_at_the_end(record: Path, name: str) -> None:
    alter(record / name, lambda b: b + b"\n")
    assert failed(verify(record, workers=1)) & {Check.FILES, FILES[name]}


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(record: Path, name: str) -> None:
    (record / name).unlink()
    found = failed(verify(record, workers=1))
    assert Check.FILES in found or name == TRANSACTIONS
    assert FILES[name] in found


def test_all_transactions_missing(record: Path) -> None:
    shutil.rmtree(record / "transactions")
    found = failed(verify(record, workers=1))
    assert {Check.CHAIN, Check.MERKLE_ROOTS, Check.CHECKPOINT} <= found


@pytest.mark.parametrize(
    "name", ["notes.txt", ".hidden", "transactions/00010000.jsonl", "transactions/1.jsonl", "transactions/notes.txt"]
)
def test_an_added_file(record: Path, name: str) -> None:
    (record / name).write_text("")
    assert failed(verify(record, workers=1)) == {Check.FILES}


def test_an_added_folder(record: Path) -> None:
    (record / "more").mkdir()
    assert failed(verify(record, workers=1)) == {Check.FILES}


@pytest.mark.parametrize("name", FILES)
def test_a_link_in_place_of_a_file(record: Path, name: str, tmp_path: Path) -> None:
    (record / name).rename(tmp_path / "elsewhere")
    (record / name).symlink_to(tmp_path / "elsewhere")
    assert Check.FILES in failed(verify(record, workers=1))


def test_one_bad_line_does_not_hide_another(record: Path) -> None:
    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        casts = [number for number, line in enumerate(lines) if line.startswith(b'{"type":"cast"')]
        first, second = casts[0], casts[3]
        lines[first] = b"[]\n"
        lines[second] = lines[second].replace(b'"choices"', b'"choosen"')
        return b"".join(lines)

    alter(record / TRANSACTIONS, change)
    report = verify(record, workers=1)
    form = next(check for check in report.checks if check.check is Check.BALLOT_FORM)
    assert form.failures == 2
    assert len({finding.where.line for finding in form.findings}) == 2
    # What still stands in the ledger is looked at to the end.
    assert report.phase == "counted"


def test_a_line_that_is_too_long(record: Path) -> None:
    alter(record / TRANSACTIONS, lambda b: b"x" * 600_000 + b)
    assert {Check.FILES, Check.MERKLE_ROOTS} <= failed(verify(record, workers=1))


def test_without_the_poll_chain_and_roots_are_still_checked(record: Path) -> None:
    (record / "manifest.json").write_text("{}\n")
    report = verify(record, workers=1)
    status = {check.check: check.status for check in report.checks}
    assert status[Check.MANIFEST] == "fail"
    assert {status[c] for c in (Check.CHAIN, Check.BLOCK_SIGNATURES, Check.MERKLE_ROOTS, Check.CHECKPOINT)} == {"pass"}
    assert status[Check.TICKETS] == status[Check.TALLY] == "not-reached"


def test_without_the_poll_an_altered_transaction_is_still_found(record: Path) -> None:
    (record / "manifest.json").write_text("{}\n")
    alter(record / TRANSACTIONS, lambda b: b.replace(b'":', b'": ', 1))
    assert {Check.FILES, Check.MERKLE_ROOTS} <= failed(verify(record, workers=1))


def test_without_genesis_the_form_is_still_checked(record: Path) -> None:
    (record / "genesis.json").unlink()
    alter(record / "blocks.jsonl", lambda b: b + b"\n")
    report = verify(record, workers=1)
    assert {check.check for check in report.failed()} == {Check.FILES, Check.GENESIS}
    files = next(check for check in report.checks if check.check is Check.FILES)
    assert {finding.where.file for finding in files.findings} >= {"genesis.json", "blocks.jsonl"}
    assert not report.ok
