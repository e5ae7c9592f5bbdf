"""Help speaks the reader's language, and that one only."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")

# The language is taken when the commands are loaded, so each one needs a process.
WALK = """
from typer.main import get_command
from ippyo.cli.main import app

def walk(name, command):
    print(name, command.help, sep="\\t")
    for parameter in command.params:
        if getattr(parameter, "help", None):
            print(f"{name} {parameter.name}", parameter.help, sep="\\t")
    for child, below in getattr(command, "commands", {}).items():
        walk(f"{name} {child}", below)

for group in ("poll", "trustee", "count", "officer", "card", "verify"):
    walk(group, get_command(app).commands[group])
"""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_help_is_of_one_language(language: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WALK],
        env={**os.environ, "IPPYO_LANG": language, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    helps = dict(line.split("\t") for line in ran.stdout.splitlines())
    assert len(helps) > 40
    strange = [name for name, words in helps.items() if bool(JAPANESE.search(words)) != (language == "ja")]
    assert strange == []
