"""The worked example of docs/protocol.md stands as the vectors give it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_shows_what_the_vectors_give() -> None:
    spec = importlib.util.spec_from_file_location(
        "vectors_tool_example", ROOT / "tests" / "vectors_tool" / "example.py"
    )
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    assert (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8").endswith(example.section()), (
        "write it again with: python -m tests.vectors_tool.example"
    )
