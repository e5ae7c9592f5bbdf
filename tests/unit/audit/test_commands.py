"""The auditors' commands: exit codes, languages, JSON, and what happens on Ctrl-C."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import typer
from tests import waiting
from typer.testing import CliRunner, Result

from ippyo.audit import verify as verify_module
from ippyo.audit.report import ContestCounts, Report
from ippyo.cli import audit, export, receipt, verify
from ippyo.errors import CheckFailedError, InputError
from ippyo.poll.text import Text

ONE_CORE = ("--workers", "1")


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    app = typer.Typer()
    for module in (verify, audit, export, receipt):
        module.register(app)
    return app


@pytest.fixture
def run(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def command(*arguments: str | Path, language: str = "en") -> Result:
        monkeypatch.setenv("IPPYO_LANG", language)
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return command


def test_a_good_record_exits_with_0(run: Any, good_record: Path) -> None:
    result = run("verify", good_record, *ONE_CORE)
    assert result.exit_code == 0
    assert "VERIFIED: every check passed" in result.output
    assert "✓ 26 Completeness" in result.output
    assert "Candidate 2" in result.output


def test_a_bad_record_exits_with_1_and_says_where(run: Any, record: Path) -> None:
    path = record / "transactions" / "00000000.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:6], b"{}\n" * 30, *lines[6:]]))
    result = run("verify", record, *ONE_CORE, language="ja")
    assert result.exit_code == 1
    assert "✗ 14 票の形式" in result.output
    assert "transactions/00000000.jsonl:7 (台帳の記載 6)" in result.output
    assert "ほかに" in result.output
    assert "検証に失敗しました" in result.output


def test_quiet_says_nothing_when_all_is_well(run: Any, good_record: Path, record: Path) -> None:
    result = run("verify", good_record, "--quiet", *ONE_CORE)
    assert (result.exit_code, result.output) == (0, "")
    (record / "more").write_text("")
    result = run("verify", record, "--quiet", *ONE_CORE)
    assert result.exit_code == 1
    assert result.output.startswith("✗  1 Files of the record")


def test_json_is_one_object(run: Any, good_record: Path, record: Path) -> None:
    result = run("verify", good_record, "--json", *ONE_CORE)
    value = json.loads(result.output)
    assert (result.exit_code, value["ok"], len(value["checks"])) == (0, True, 26)
    assert set(value) == {
        "version", "ok", "poll", "title", "phase", "unfinished", "transactions", "cosigned", "checks", "results"
    }  # fmt: skip
    assert [count["count"] for count in value["results"][0]["counts"]] == [1, 2, 0]
    (record / "genesis.json").unlink()
    result = run("verify", record, "--json", *ONE_CORE)
    value = json.loads(result.output)
    assert (result.exit_code, value["ok"], value["poll"], value["phase"]) == (1, False, None, None)


def test_an_unfinished_record(run: Any, made: Any, audit_records: Any, tmp_path: Path) -> None:
    record = audit_records.write_record(tmp_path / "r", made.small, made.blocks[:8])
    result = run("verify", record, *ONE_CORE)
    assert result.exit_code == 1
    assert "not counted yet" in result.output
    result = run("verify", record, "--unfinished", *ONE_CORE)
    assert result.exit_code == 0
    assert "NOT COUNTED yet" in result.output


def test_a_title_cannot_steer_the_terminal(run: Any, record: Path) -> None:
    path = record / "manifest.json"
    path.write_text(path.read_text().replace("A small poll", "A\\u001b[31mpoll"), encoding="utf-8")
    result = run("verify", record, *ONE_CORE)
    assert result.exit_code == 1
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "公示された指紋と見比べて"), ("en", "Compare the fingerprint above")]
)
def test_who_gives_no_fingerprint_is_asked_to_compare_it(
    run: Any, good_record: Path, made: Any, language: str, words: str
) -> None:
    assert words in run("verify", good_record, *ONE_CORE, language=language).output.splitlines()[-1]
    assert words not in run("verify", good_record, "--poll", made.small.phi, *ONE_CORE, language=language).output


@pytest.mark.parametrize(("language", "words"), [("ja", "結果として使えません"), ("en", "that did NOT verify")])
def test_the_numbers_of_a_failed_record_are_marked(run: Any, good_record: Path, language: str, words: str) -> None:
    failed = run("verify", good_record, "--poll", "A" * 43, *ONE_CORE, language=language).output
    heading = {"ja": " 票）", "en": " ballots)"}[language]
    assert failed.index(words) < failed.index(heading)
    assert words not in run("verify", good_record, *ONE_CORE, language=language).output


@pytest.mark.parametrize(("language", "words"), [("ja", "ではないようです。"), ("en", "does not look like the folder")])
def test_another_folder_is_told_as_such(run: Any, tmp_path: Path, language: str, words: str) -> None:
    result = run("verify", tmp_path, *ONE_CORE, language=language)
    assert result.exit_code == 1
    assert words in result.output.splitlines()[0]


@pytest.mark.parametrize("content", [b"hello\n", b"\xff", b"c2sp.org/tlog-proof@v1\n"])
def test_what_is_neither_checkpoint_nor_receipt(run: Any, good_record: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "kept"
    file.write_bytes(content)
    result = run("verify", good_record, "--checkpoint", file)
    assert isinstance(result.exception, InputError)
    assert str(result.exception) == f"{file} is neither a checkpoint nor a receipt"


def test_a_mean_is_shown_with_two_decimals(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPYO_LANG", "en")
    counts = ContestCounts(
        "c", Text("点", "Score"), 3, ((Text("0 点", "0"), 1), (Text("10 点", "10"), 2)), Fraction(20, 3)
    )
    report = Report("A" * 43, None, "counted", 9, False, (), (counts,))
    verify.show(report)
    assert "  mean 6.66\n" in capsys.readouterr().out


def test_a_missing_record_is_wrong_input(run: Any, tmp_path: Path) -> None:
    result = run("verify", tmp_path / "missing")
    assert isinstance(result.exception, InputError)


def test_an_interruption_is_one_line(run: Any, good_record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify_module, "first_reading", interrupted)
    result = run("verify", good_record)
    assert result.exit_code == 130
    assert result.stderr.splitlines() == ["The verification was interrupted."]


@pytest.mark.parametrize(
    ("language", "words", "before"),
    [
        ("ja", "投票箱は空でした", "投票券の発行数 4 件\n投票　　　 : 0 件\n"),
        ("en", "THE BOX WAS EMPTY", "issued totals 4\nCasts       : 0\n"),
    ],
)
def test_audit_zero(run: Any, good_record: Path, language: str, words: str, before: str) -> None:
    result = run("audit", "zero", good_record, language=language)
    assert result.exit_code == 0
    assert words in result.output
    assert before in result.output


def test_audit_zero_in_json(run: Any, good_record: Path) -> None:
    value = json.loads(run("audit", "zero", good_record, "--json").output)
    assert (value["empty"], value["ballots"], value["opened"]["transaction"]) == (True, 0, 5)


def test_export(run: Any, good_record: Path, tmp_path: Path) -> None:
    result = run("export", "belenios", good_record, tmp_path / "out")
    assert result.exit_code == 0
    assert "(5 ballots, 1 left out)" in result.output
    assert len(list((tmp_path / "out").glob("*/*.bel"))) == 2


def test_receipt(run: Any, good_record: Path, tmp_path: Path, made: Any, audit_records: Any) -> None:
    genesis = good_record / "genesis.json"
    file = audit_records.write_receipt(tmp_path / "receipt", made, 6, 9)
    result = run("receipt", "check", file, "--record", good_record)
    assert result.exit_code == 0
    assert "The record holds it" in result.output
    assert "The receipt is genuine" in result.output
    assert json.loads(run("receipt", "check", file, "--genesis", genesis, "--json").output)["in_record"] is False
    assert "The record holds it" not in run("receipt", "check", file, "--genesis", genesis).output
    for options in ([], ["--record", good_record, "--genesis", genesis]):
        assert isinstance(run("receipt", "check", file, *options).exception, InputError)
    file.write_text(file.read_text().replace("index 6", "index 5"))
    assert isinstance(run("receipt", "check", file, "--record", good_record).exception, CheckFailedError)


CTRL_C = """
import os, signal, sys
from pathlib import Path
import typer
from ippyo.cli import verify
from ippyo.cli.verify import verify as real

def interrupted_at_once(path, *, progress, **options):
    # As a terminal does it: the whole group gets the signal.
    return real(path, progress=lambda done, total: os.killpg(0, signal.SIGINT), **options)

if __name__ == "__main__":
    verify.verify = interrupted_at_once
    app = typer.Typer()
    verify.register(app)
    app([sys.argv[1], "--workers", "2"])
"""


def _is_gone(group: int) -> bool:
    """Whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_ctrl_c_ends_every_process_with_one_line(good_record: Path, tmp_path: Path) -> None:
    script, temporary = tmp_path / "script.py", tmp_path / "temporary"
    script.write_text(CTRL_C)
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, str(script), str(good_record)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "IPPYO_LANG": "en", "TMPDIR": str(temporary)},
    )
    _, stderr = process.communicate(timeout=120)
    assert (process.returncode, stderr.splitlines()) == (130, ["The verification was interrupted."])
    assert not list(temporary.iterdir())
    # Python's own helper for processes may take a moment longer than we.
    waiting.until(lambda: _is_gone(process.pid), "the group is gone")


def test_a_bar_is_shown_on_a_terminal_only(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with verify.progress_bar(shown=True) as progress:
        assert progress is None
    monkeypatch.setenv("FORCE_COLOR", "1")
    with verify.progress_bar(shown=True) as progress:
        assert progress is not None
        progress(1, 2)
    assert "Verifying" in capfd.readouterr().err or "検証しています" in capfd.readouterr().err
