"""The commands that the pages and the examples in deploy/ show are commands that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ippyo.cli.main import app

ROOT = Path(__file__).resolve().parents[3]
PLACES = (
    *("docs/operations.ja.md", "docs/poll.ja.md", "deploy/compose.yaml"),
    *(f"deploy/ippyo-{name}.service" for name in ("node", "witness", "registry", "booth")),
)
"""What is to be typed as it stands, but for names."""

PAGES = [
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "deploy/*.md", "vectors/*.md")
    for path in ROOT.glob(pattern)
]
# A line of its own, of a comment, or what systemd starts; and what stands in a sentence.
LINE = re.compile(r"^(?:[ #]*|ExecStart=/\S+/)ippyo ([a-z].*)", re.MULTILINE)
QUOTED = re.compile(r"`(?:sudo -u ippyo )?(?:[\w./-]+/)?ippyo ([a-z][^`]*)`")


def found(pattern: re.Pattern[str], places: Iterable[str]) -> list[tuple[str, str]]:
    texts = {place: (ROOT / place).read_text(encoding="utf-8").replace("\\\n", " ") for place in places}
    return [(place, one[1].strip()) for place, text in texts.items() for one in pattern.finditer(text)]


LINES = found(LINE, PLACES)
EVERYWHERE = {*PLACES, *PAGES}
SHOWN = sorted({*found(LINE, EVERYWHERE), *found(QUOTED, EVERYWHERE)})


def named(place: str, command: str) -> str:
    return f"{place}: {command[:40]}"


@cache
def commands() -> Any:
    return get_command(app)


def walked(arguments: list[str]) -> list[str]:
    """Follow the names to a command, which must be there; return the options that it does not have."""
    command = commands()
    while arguments and hasattr(command, "commands"):
        assert arguments[0] in command.commands, arguments
        command, arguments = command.commands[arguments[0]], arguments[1:]
    options = {name for parameter in command.params for name in parameter.opts}
    return [one for one in arguments if one.startswith("--") and one.partition("=")[0] not in options]


def test_there_are_some() -> None:
    assert {place for place, _ in LINES} == set(PLACES)
    groups = {" ".join(command.split()[:2]) for _, command in LINES}
    assert {"node init", "node join", "node run", "node status", "node witness", "poll found"} <= groups
    assert {"README.md", "docs/checks.md", "docs/registry.ja.md", "docs/web.md"} <= {place for place, _ in SHOWN}


@pytest.mark.parametrize(("place", "command"), SHOWN, ids=[named(*one) for one in SHOWN])
def test_a_shown_command_has_its_options(place: str, command: str) -> None:
    # Comments follow some; brackets stand around what may be left out.
    plain = re.sub(r"[][]", "", command.partition("  ")[0])
    assert walked(shlex.split(plain, comments=True)) == []


# What is left out is for the reader to fill in.
WHOLE = [one for one in LINES if "…" not in one[1]]


@pytest.mark.parametrize(("place", "command"), WHOLE, ids=[named(*one) for one in WHOLE])
def test_a_whole_line_is_read(place: str, command: str) -> None:
    at, arguments = commands(), shlex.split(command)
    while hasattr(at, "commands"):
        at, arguments = at.commands[arguments[0]], arguments[1:]
    at.make_context(at.name, arguments)
