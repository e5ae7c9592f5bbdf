"""The nodes panel: who deviates is red, and an engine that does not answer does not stop the page."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from ippyo.booth import board
from ippyo.booth.board.nodes import Nodes
from ippyo.canonical import dumps
from ippyo.errors import InputError
from ippyo.ledger.comet.report import Deviation


def line(name: str, **more: Any) -> dict[str, Any]:
    good = {"name": name, "answers": True, "version": "1", "height": 9, "failure": "", "lag": 0}
    return {**good, "signed_at": 1000, "agrees": True, "deviation": "", "kind": "", **more}


def text(*operators: dict[str, Any], **more: Any) -> str:
    report = {"poll": "P", "good": False, "goes_on": True, "operators": list(operators), "evidence": []}
    return dumps(report | more)


def test_states() -> None:
    silent = {"name": "d", "answers": False, "lag": 9, "signed_at": None, "agrees": None, "deviation": "no", "kind": ""}
    report = Nodes(
        lambda: text(
            line("a"), line("b", lag=5), line("c", agrees=False, kind="other-block"), silent,
            line("e", failure="the disk is full"),
        )
    ).report()  # fmt: skip
    assert report is not None
    assert [one.state for one in report.lines] == ["good", "behind", "deviates", "silent", "stopped"]
    assert report.lines[3].height is None
    assert report.goes_on
    assert report.caught == ()
    assert report.value["operators"][0]["name"] == "a"


@pytest.mark.parametrize("kind", Deviation)
def test_the_board_has_a_sentence_for_each_deviation(kind: Deviation) -> None:
    template = Path(board.__file__).parent / "templates" / "booth" / "board" / "index.html"
    assert f'line.kind == "{kind}"' in template.read_text(encoding="utf-8")


def test_who_signed_twice_is_named_once() -> None:
    evidence = [{"validator": name, "height": height, "kind": 1} for name, height in (("A", 1), ("B", 1), ("A", 2))]
    report = Nodes(lambda: text(line("a"), goes_on=False, evidence=evidence)).report()
    assert report is not None
    assert (report.goes_on, report.caught) == (False, ("A", "B"))


def test_asked_seldom() -> None:
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        return text(line("a"))

    nodes = Nodes(ask)
    assert nodes.report() == nodes.report()
    assert len(asked) == 1


def test_who_comes_while_the_nodes_are_asked_for_the_first_time_does_not_wait() -> None:
    asked, answers = threading.Event(), threading.Event()

    def ask() -> str:
        asked.set()
        answers.wait(300)
        return text(line("a"))

    nodes = Nodes(ask)
    first = threading.Thread(target=nodes.report)
    first.start()
    try:
        assert asked.wait(60)
        assert nodes.report() is None
    finally:
        answers.set()
        first.join()
    assert nodes.report() is not None


@pytest.mark.parametrize("answer", ["{}", "x", "[]", text({"name": "a"})])
def test_answers_that_are_none(answer: str) -> None:
    assert Nodes(lambda: answer).report() is None


def test_the_last_answer_stays() -> None:
    answers = [text(line("a"))]

    def ask() -> str:
        if not answers:
            raise InputError("away")
        return answers.pop()

    nodes = Nodes(ask, kept=0)
    assert nodes.report() == nodes.report() is not None


def test_one_process_has_no_panel() -> None:
    assert Nodes(None).report() is None
