"""The genesis texts of ``vectors/genesis.json``, which the browser reads, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ippyo.canonical import dumps
from ippyo.contract.genesis import Genesis
from ippyo.errors import ParseError

VECTORS = Path(__file__).parents[3] / "vectors"
FILE = json.loads((VECTORS / "genesis.json").read_text(encoding="utf-8"))
BASE = json.loads(json.loads((VECTORS / "contract.json").read_text(encoding="utf-8"))["genesis"])


def text(case: dict[str, Any]) -> str:
    return dumps({**BASE, **case["change"]})


@pytest.mark.parametrize("case", FILE["accepted"], ids=lambda case: case["why"])
def test_accepted(case: dict[str, Any]) -> None:
    assert Genesis.from_text(text(case)).text == text(case)


@pytest.mark.parametrize("case", FILE["refused"], ids=lambda case: case["why"])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ParseError):
        Genesis.from_text(text(case))
