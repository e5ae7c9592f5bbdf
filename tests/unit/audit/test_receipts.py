"""A voter's receipt, checked alone and against a record (R5-03)."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ippyo.audit.receipts import check_receipt, check_receipt_in_record
from ippyo.errors import CheckFailedError, InputError, ParseError


@pytest.fixture
def receipt(made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> Path:
    """The receipt of the first cast, given when the ledger had 9 transactions."""
    return Path(audit_records.write_receipt(tmp_path / "receipt", made, 6, 9))


def test_a_receipt_and_genesis(receipt: Path, good_record: Path, made: Any) -> None:
    checked = check_receipt(receipt, good_record / "genesis.json")
    assert (checked.entry.kind, checked.index, checked.size, checked.in_record) == ("cast", 6, 9, False)
    assert len(checked.entry.trackers) == 2
    assert checked.to_value()["poll"] == made.small.phi


def test_a_receipt_and_the_record(receipt: Path, good_record: Path) -> None:
    assert check_receipt_in_record(receipt, good_record).to_value()["in_record"] is True


def test_a_ballot_that_was_dropped(receipt: Path, made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> None:
    record = audit_records.write_record(tmp_path / "other", made.small, [*made.blocks[:2], *made.blocks[3:]])
    with pytest.raises(CheckFailedError, match="does not hold"):
        check_receipt_in_record(receipt, record)


def test_a_ledger_that_went_another_way(
    receipt: Path, made: Any, audit_records: SimpleNamespace, tmp_path: Path
) -> None:
    blocks = [*made.blocks[:3], *made.blocks[4:]]
    record = audit_records.write_record(tmp_path / "fork", made.small, blocks)
    with pytest.raises(CheckFailedError, match="different ways"):
        check_receipt_in_record(receipt, record)


@pytest.mark.parametrize(("index", "size", "blocks"), [(6, 20, 4), (6, 9, 2)], ids=["it is there", "it is not yet"])
def test_a_record_shorter_than_the_receipts_ledger(
    made: Any, audit_records: SimpleNamespace, tmp_path: Path, index: int, size: int, blocks: int
) -> None:
    """An honest record that is only older proves nothing against anybody."""
    receipt = audit_records.write_receipt(tmp_path / "receipt", made, index, size)
    record = audit_records.write_record(tmp_path / "short", made.small, made.blocks[:blocks])
    with pytest.raises(CheckFailedError, match=f"ends after .* when there were {size}: use a newer record"):
        check_receipt_in_record(receipt, record)


def test_a_receipt_altered(receipt: Path, good_record: Path) -> None:
    receipt.write_text(receipt.read_text().replace("index 6", "index 5"))
    with pytest.raises(CheckFailedError):
        check_receipt(receipt, good_record / "genesis.json")


@pytest.mark.parametrize("content", [b"", b"\xff", b"x" * 200_000])
def test_a_file_that_is_no_receipt(tmp_path: Path, good_record: Path, content: bytes) -> None:
    (tmp_path / "receipt").write_bytes(content)
    with pytest.raises(InputError):
        check_receipt(tmp_path / "receipt", good_record / "genesis.json")


def test_a_file_that_is_no_genesis(receipt: Path) -> None:
    with pytest.raises(ParseError):
        check_receipt(receipt, receipt)
