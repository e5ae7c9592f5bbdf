"""The worked example of docs/protocol.md stands as the vectors give it."""

from __future__ import annotations

from pathlib import Path

from tests.vectors_tool import example

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_shows_what_the_vectors_give() -> None:
    assert (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8").endswith(example.section()), (
        "write it again with: python -m tests.vectors_tool.example"
    )
