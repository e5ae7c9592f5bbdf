"""The record of vectors/record/ is good, and every alteration that vectors/record.json lists fails in its check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ippyo.audit.checks import Check
from ippyo.audit.verify import verify

VECTORS = Path(__file__).parents[3] / "vectors"
RECORD = VECTORS / "record"
CASES = json.loads((VECTORS / "record.json").read_text(encoding="utf-8"))
ALTERATIONS = CASES["alterations"]


def apply(folder: Path, edit: dict[str, Any]) -> None:
    """Alter a file as the vectors say."""
    path = folder / edit["file"]
    if "remove" in edit:
        path.unlink()
        return
    if "cut" in edit:
        path.write_bytes(path.read_bytes()[: -edit["cut"]])
        return
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if "put" in edit:
        start = edit["from"] - 1
        assert len(lines) >= start + edit["drop"]
        lines[start : start + edit["drop"]] = edit["put"]
    else:
        line = lines[edit["line"] - 1]
        assert line.count(edit["old"]) == 1
        lines[edit["line"] - 1] = line.replace(edit["old"], edit["new"])
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_the_record_is_good() -> None:
    report = verify(RECORD, workers=1, poll=CASES["fingerprint"])
    assert {check.status for check in report.checks} == {"pass"}
    assert {one.contest: [count for _, count in one.counts] for one in report.results} == CASES["results"]
    assert report.cosigned is not None


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=[entry["about"] for entry in ALTERATIONS])
def test_an_alteration(alteration: dict[str, Any], tmp_path: Path) -> None:
    record = Path(shutil.copytree(RECORD, tmp_path / "record"))
    for edit in alteration["edits"]:
        apply(record, edit)
    failed = [check.check for check in verify(record, workers=1).failed()]
    assert alteration["check"] in [{"number": check.number, "id": check.slug} for check in failed]
    assert alteration["failed"] == [check.number for check in failed]


def test_every_check_has_an_alteration() -> None:
    assert {entry["check"]["number"] for entry in ALTERATIONS} == {check.number for check in Check}


def test_what_the_record_holds() -> None:
    """Re-votes, a spoiled ballot, a right given back, and decryptions out of order: what a verifier stumbles over."""
    lines = (RECORD / "transactions" / "00000000.jsonl").read_text(encoding="utf-8").splitlines()
    transactions = [json.loads(line) for line in lines]
    casts = [tx["ticket"]["credential"] for tx in transactions if tx["type"] == "cast"]
    assert len(set(casts)) < len(casts)
    assert {"spoil", "surrender"} <= {tx["type"] for tx in transactions}
    owners = [tx["owner"] for tx in transactions if tx["type"] == "decrypt" and tx["contest"] == "bridge"]
    assert owners == [3, 1]
