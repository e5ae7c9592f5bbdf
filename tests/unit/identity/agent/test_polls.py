"""Polls that the agent knows by their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ippyo.errors import InputError, ParseError
from ippyo.identity.agent.polls import KnownPoll


@pytest.fixture
def folder(small_poll: Any, tmp_path: Path) -> Path:
    poll = small_poll.poll
    (tmp_path / "manifest.json").write_text(poll.manifest.text + "\n", encoding="utf-8")
    (tmp_path / "genesis.json").write_text(poll.genesis.text + "\n", encoding="utf-8")
    return tmp_path


def test_a_poll_is_known_by_its_fingerprint(small_poll: Any, folder: Path) -> None:
    known = KnownPoll.read(folder)
    assert known.fingerprint == small_poll.poll.fingerprint
    assert known.title == small_poll.poll.manifest.title
    assert tuple(known.styles) == tuple(style.id for style in small_poll.poll.manifest.styles)


def test_another_manifest_is_refused(small_poll: Any, folder: Path) -> None:
    text = small_poll.poll.manifest.text
    title = small_poll.poll.manifest.title.ja
    (folder / "manifest.json").write_text(text.replace(title, title + "！", 1), encoding="utf-8")
    with pytest.raises(InputError, match="another manifest"):
        KnownPoll.read(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "genesis.json").unlink()
    with pytest.raises(InputError, match=r"genesis\.json"):
        KnownPoll.read(folder)


def test_a_damaged_file_is_named(folder: Path) -> None:
    (folder / "genesis.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ParseError, match="genesis"):
        KnownPoll.read(folder)
