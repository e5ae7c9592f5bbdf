"""What the demonstration says before it begins, and on the page from which a person goes on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ippyo import profiles
from ippyo.cli.demo.live import DemoPerson
from ippyo.cli.demo.start_page import StartPage
from ippyo.cli.main import main


@pytest.mark.parametrize("ending", ["", "-private", "-try", "-try-private"])
def test_what_an_earlier_run_left_is_not_written_into(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IPPYO_LANG", "en")
    left = tmp_path / f"poll{ending}"
    left.mkdir()
    assert main(["demo", "--out", str(tmp_path / "poll")]) == 2
    assert f"{left} exists already" in capsys.readouterr().err


def test_a_problem_stands_on_the_page_in_both_languages() -> None:
    problem = "cannot use port 8931 of 127.0.0.1: another program uses this port; choose another one"
    live: Any = SimpleNamespace(
        manifest=profiles.load("residents-poll"),
        poll=SimpleNamespace(fingerprint="x" * 43),
        people=(DemoPerson(1, "渡辺 和子", "ワタナベ カズコ", "AVXR-EE4Z-8S07"),),
        addresses=dict.fromkeys(("registration", "booth", "board", "checker", "desk"), "http://localhost:1/"),
        reader=SimpleNamespace(inserted=None),
        agent_problem=problem,
        outcome=None,
    )
    said: list[str] = []

    def start(status: str, *_: Any) -> Any:
        said.append(status)

    (page,) = StartPage(live)({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, start)
    assert said == ["200 OK"]
    assert "を使えません。別のプログラムがこのポートを使っています。" in page.decode()
    assert problem in page.decode()
