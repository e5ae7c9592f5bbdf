"""The poll's texts in a folder: read if they belong together, and named when they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ippyo.errors import CheckFailedError, InputError, ParseError
from ippyo.ledger.documents import read_documents, read_poll


@pytest.fixture
def folder(small_poll: Any, tmp_path: Path) -> Path:
    written: Path = small_poll.write_documents(tmp_path / "poll")
    return written


def test_a_poll_s_texts(small_poll: Any, folder: Path) -> None:
    poll, texts = read_documents(folder)
    assert poll == small_poll.poll
    assert texts["ceremony.json"] == small_poll.ceremony
    assert texts["genesis.json"] == small_poll.poll.genesis.to_text()


def test_a_poll_without_its_ceremony(small_poll: Any, folder: Path) -> None:
    (folder / "ceremony.json").unlink()
    assert read_poll(folder) == small_poll.poll
    (folder / "trustees.json").write_text("{}\n", encoding="utf-8")
    with pytest.raises(ParseError):
        read_poll(folder)


def test_what_does_not_belong_together(folder: Path) -> None:
    ceremony = folder / "ceremony.json"
    text = ceremony.read_text(encoding="utf-8")
    ceremony.write_text(text.replace(":", ": ", 1), encoding="utf-8")
    with pytest.raises(CheckFailedError, match=r"ceremony\.json is not the key ceremony"):
        read_documents(folder)
    ceremony.write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"ceremony\.json: is not UTF-8"):
        read_documents(folder)
    ceremony.unlink()
    with pytest.raises(InputError, match=r"cannot read .*ceremony\.json"):
        read_documents(folder)
