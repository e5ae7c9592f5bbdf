"""That a record is the only one: a fingerprint and checkpoints known from elsewhere, witnesses and their clocks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ippyo.audit.checks import Check
from ippyo.audit.report import Report
from ippyo.audit.verify import verify
from ippyo.canonical import sha256_b64
from ippyo.contract.poll import Poll
from ippyo.crypto.merkle import root_of
from ippyo.errors import InputError
from ippyo.ledger.blocks import Entry
from ippyo.ledger.checkpoint import Checkpoint, SignedCheckpoint


def problems(report: Report, check: Check) -> list[str]:
    """Return what is said of the only check that failed."""
    assert {found.check for found in report.failed()} == {check}
    return [finding.problem.en for found in report.failed() for finding in found.findings]


def lines_of(record: Path) -> list[str]:
    return (record / "checkpoint").read_text(encoding="utf-8").splitlines(keepends=True)


# --- the fingerprint ---


def test_the_fingerprint_that_one_knows(good_record: Path, made: Any) -> None:
    assert verify(good_record, workers=1, poll=made.small.phi).ok
    (said,) = problems(verify(good_record, workers=1, poll=sha256_b64("another")), Check.GENESIS)
    assert made.small.phi in said
    assert sha256_b64("another") in said


@pytest.mark.parametrize("poll", ["", "abc", "=" * 43, "\N{FULLWIDTH DIGIT ONE}" * 43])
def test_what_can_be_no_fingerprint(good_record: Path, poll: str) -> None:
    with pytest.raises(InputError, match="is not the fingerprint of a poll"):
        verify(good_record, poll=poll)


def test_a_fingerprint_and_a_record_without_genesis(record: Path, made: Any) -> None:
    (record / "genesis.json").unlink()
    report = verify(record, workers=1, poll=made.small.phi)
    assert {check.check for check in report.failed()} == {Check.FILES, Check.GENESIS}
    assert report.cosigned is None


# --- checkpoints ---


@pytest.fixture
def kept(made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> Any:
    """Return a function that writes a checkpoint of a ledger that began with some transactions."""

    def write(size: int, transactions: list[str] | None = None, log: Any = None) -> Path:
        root = root_of([Entry.of(tx).leaf for tx in (transactions or made.transactions)[:size]])
        key = log or made.small.log
        path = tmp_path / f"kept-{size}"
        path.write_text(SignedCheckpoint.sign(Checkpoint(key.name, size, root), key).to_text(), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("size", [0, 1, 6, 9, -1])
def test_a_checkpoint_kept_earlier(good_record: Path, made: Any, kept: Any, size: int) -> None:
    total = len(made.transactions)
    report = verify(good_record, workers=1, checkpoints=[kept(size % (total + 1))])
    assert report.ok
    assert next(found.examined for found in report.checks if found.check is Check.CHECKPOINT) == 2


def test_the_records_own_checkpoint_and_a_receipt(
    good_record: Path, made: Any, audit_records: SimpleNamespace, tmp_path: Path
) -> None:
    receipt = audit_records.write_receipt(tmp_path / "receipt", made, 6, 9)
    assert verify(good_record, workers=1, checkpoints=[good_record / "checkpoint", receipt]).ok


def test_a_checkpoint_of_another_history(good_record: Path, made: Any, kept: Any) -> None:
    other = [made.small.audit("another history"), *made.transactions[1:]]
    (said,) = problems(verify(good_record, workers=1, checkpoints=[kept(9, other)]), Check.CHECKPOINT)
    assert "two ledgers" in said


def test_a_record_with_its_end_cut_off(made: Any, audit_records: SimpleNamespace, kept: Any, tmp_path: Path) -> None:
    record = audit_records.write_record(tmp_path / "cut", made.small, made.blocks[:4])
    assert verify(record, workers=1, unfinished=True).ok
    report = verify(record, workers=1, unfinished=True, checkpoints=[kept(12)])
    (said,) = problems(report, Check.CHECKPOINT)
    assert "is about 12 transactions; the record holds only 9" in said


def test_a_checkpoint_that_the_log_did_not_sign(
    good_record: Path, made: Any, audit_records: SimpleNamespace, kept: Any, tmp_path: Path
) -> None:
    path = kept(9)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\n9\n", "\n8\n"), encoding="utf-8")
    report = verify(good_record, workers=1, checkpoints=[path])
    (said,) = problems(report, Check.CHECKPOINT)
    assert "false" in said
    (found,) = report.failed()
    assert found.findings[0].where.file == str(path)


def test_a_checkpoint_of_another_log(good_record: Path, small_polls: ModuleType, kept: Any) -> None:
    other = replace(small_polls.SmallPoll.build().log, name="elsewhere.example")
    (said,) = problems(verify(good_record, workers=1, checkpoints=[kept(9, log=other)]), Check.CHECKPOINT)
    assert "elsewhere.example" in said


@pytest.mark.parametrize("content", [b"", b"\xff", b"x\n1\n", b"c2sp.org/tlog-proof@v1\nbad\n", b"x" * 200_000])
def test_a_file_that_holds_no_checkpoint(good_record: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept").write_bytes(content)
    with pytest.raises(InputError):
        verify(good_record, checkpoints=[tmp_path / "kept"])
    with pytest.raises(InputError):
        verify(good_record, checkpoints=[tmp_path / "missing"])


# --- witnesses ---


def test_the_report_says_who_cosigned(good_record: Path) -> None:
    value = json.loads(json.dumps(verify(good_record, workers=1).to_value()))
    assert value["cosigned"] == {"by": 2, "of": 2, "needed": 2}


def test_a_witness_that_is_missing_is_counted(made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> None:
    record = audit_records.write_record(
        tmp_path / "record", made.small, made.blocks, witnesses=audit_records.WITNESSES[:1]
    )
    report = verify(record, workers=1)
    assert report.cosigned is not None
    assert report.cosigned.to_value() == {"by": 1, "of": 2, "needed": 2}
    problems(report, Check.CHECKPOINT)


def test_a_poll_that_demands_no_witness(made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> None:
    """It may be verified; the report says that nobody watched."""
    poll = made.small.poll
    genesis = replace(poll.genesis, ledger=replace(poll.genesis.ledger, quorum=0))
    small = replace(made.small, poll=Poll(poll.manifest, genesis, poll.trustees))
    record = audit_records.write_record(tmp_path / "record", small, [], witnesses=[])
    report = verify(record, workers=1, unfinished=True)
    assert report.cosigned is not None
    assert report.cosigned.to_value() == {"by": 0, "of": 2, "needed": 0}


@pytest.mark.parametrize(("early", "good"), [(0, True), (60, True), (61, False), (100_000, False)])
def test_a_cosignature_from_before_the_last_block(
    made: Any, audit_records: SimpleNamespace, tmp_path: Path, early: int, good: bool
) -> None:
    """No witness can have seen what was not there yet; a minute is granted to its clock."""
    last = made.blocks[-1][0] // 1000
    record = audit_records.write_record(tmp_path / "record", made.small, made.blocks, cosigned_at=last - early)
    report = verify(record, workers=1)
    assert report.ok == good
    if not good:
        said = problems(report, Check.CHECKPOINT)
        assert [f"{early} seconds before" in one for one in said] == [True, True]


def test_one_old_cosignature_among_new_ones(made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> None:
    record = audit_records.write_record(tmp_path / "record", made.small, made.blocks)
    signed = SignedCheckpoint.from_text((record / "checkpoint").read_text(encoding="utf-8"))
    old = audit_records.WITNESSES[0].cosign(signed.note.text, 1000)
    signatures = [signed.note.signatures[0], old, signed.note.signatures[2]]
    replaced = SignedCheckpoint.from_parts(signed.checkpoint, signatures)
    (record / "checkpoint").write_text(replaced.to_text(), encoding="utf-8")
    (said,) = problems(verify(record, workers=1), Check.CHECKPOINT)
    assert audit_records.WITNESSES[0].name in said


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2), (2, 1, 0)])
def test_lines_in_another_order(record: Path, order: tuple[int, ...]) -> None:
    lines = lines_of(record)
    swapped = [*lines[:4], *(lines[4 + place] for place in order)]
    (record / "checkpoint").write_text("".join(swapped), encoding="utf-8")
    (said,) = problems(verify(record, workers=1), Check.CHECKPOINT)
    assert "another order" in said
