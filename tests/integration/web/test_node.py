"""The browser's modules, run by Node.js on the same vectors as Python, and their types."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[3]
NO_NODE = 3


@pytest.fixture
def node(require: Callable[[str, bool, str], None]) -> Callable[[str], str]:
    """Return ``run(part)``, which runs a part of scripts/web.sh, fails where that fails, and returns what it says."""
    require("web/vendor", (HOUSE / "web" / "vendor" / ".made").is_file(), "run 'make web/vendor/.made'")

    def run(part: str) -> str:
        done = subprocess.run(
            ["sh", str(HOUSE / "scripts" / "web.sh"), part],
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=900,
            check=False,
        )
        require("Node.js", done.returncode != NO_NODE, "install Node.js 20.19 or newer")
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
        return done.stdout

    return run


def test_the_modules_pass_their_tests(node: Callable[[str], str]) -> None:
    said = node("test")
    assert "# fail 0" in said
    assert "# pass 0" not in said


def test_the_modules_have_the_types_they_say(node: Callable[[str], str]) -> None:
    assert not node("types")
