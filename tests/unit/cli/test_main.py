"""Exit codes and last words of the command line."""

from __future__ import annotations

import pytest
from django.db import Error, IntegrityError, InterfaceError, OperationalError

from ippyo import __version__
from ippyo.cli import main as command_line
from ippyo.errors import CheckFailedError, InputError, RefusedError


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPYO_LANG", "en")


def fails_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(command_line, "app", fail)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CheckFailedError("the proof is false"), 1, "the proof is false"),
        (RefusedError("closed", "the voting hours are over"), 1, "closed: the voting hours are over"),
        (InputError("there is no such file"), 2, "there is no such file"),
        (FileNotFoundError(2, "No such file", "x.json"), 2, "cannot use x.json: no such file or folder"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (SystemExit(130), 130, "interrupted"),
    ],
)
def test_every_end_has_its_code_and_one_sentence(
    error: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fails_with(monkeypatch, error)
    assert command_line.main([]) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


@pytest.mark.parametrize("kind", [OperationalError, IntegrityError, InterfaceError])
def test_a_database_that_fails_is_told_without_its_words(
    kind: type[Error], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails_with(monkeypatch, kind("DETAIL: Failing row contains (1, 山田太郎, 中里5)"))
    assert command_line.main([]) == 2
    said = capsys.readouterr().err
    assert f"the database did not do it ({kind.__name__})" in said
    assert "山田" not in said


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        command_line.main([])


def test_the_version_and_a_wrong_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--version"]) == 0
    assert capsys.readouterr().out == f"ippyo {__version__}\n"
    assert command_line.main(["no-such-command"]) == 2
    assert "no-such-command" in capsys.readouterr().err
