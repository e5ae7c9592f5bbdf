"""Files that change while they are verified: check 1 says so, and nobody is blamed for what nobody did."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ippyo.audit.checks import Check
from ippyo.audit.files import RecordFiles
from ippyo.audit.verify import verify
from ippyo.ledger.record import RecordedTransaction

TRANSACTIONS = "transactions/00000000.jsonl"
COUNT_CHECKS = {Check.TALLY, Check.DECRYPTIONS, Check.STRONG_DECRYPTIONS, Check.RESULT}


def garble(path: Path) -> None:
    path.write_text("".join("x" + line[1:] for line in path.read_text().splitlines(keepends=True)))


def other_types(path: Path) -> None:
    path.write_text("".join(f"{value}\n" for value in ('{"ballots":7}', "7", "null", '{"ballots":[1]}') * 8))


def one_choice_more(path: Path) -> None:
    def changed(line: str) -> str:
        value = json.loads(line)
        if value["type"] == "cast":
            choices = value["ballots"][0]["answers"][0]["choices"]
            choices.append(choices[0])
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    path.write_text("".join(f"{changed(line)}\n" for line in path.read_text().splitlines()))


def another_choice(path: Path) -> None:
    path.write_text(path.read_text().replace('"beta":"0', '"beta":"1').replace('"alpha":"', '"alpha":"f'))


def a_line_more(path: Path) -> None:
    path.write_text(path.read_text() + path.read_text().splitlines(keepends=True)[-1])


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "change",
    [
        garble,
        other_types,
        one_choice_more,
        another_choice,
        a_line_more,
        a_pipe,
        lambda path: path.write_text(""),
        lambda path: path.write_bytes(b"\xff\n" * 20),
        lambda path: path.unlink(),
        lambda path: shutil.rmtree(path.parents[1]),
    ],
    ids=["garbled", "types", "choices", "elements", "longer", "pipe", "empty", "no text", "gone", "no folder"],
)
def test_transactions_that_change_after_the_first_reading(
    record: Path, change: Callable[[Path], object], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = RecordFiles.transactions_again

    def changed(files: RecordFiles) -> Iterator[RecordedTransaction]:
        change(record / TRANSACTIONS)
        return again(files)

    monkeypatch.setattr(RecordFiles, "transactions_again", changed)
    report = verify(record, workers=workers)
    assert {found.check for found in report.failed()} == {Check.FILES}
    (finding,) = report.failed()[0].findings
    assert finding.problem.en == "changed while it was verified"
    status = {found.check: found.status for found in report.checks}
    assert {status[check] for check in COUNT_CHECKS} == {"not-reached"}
    assert report.results == ()
