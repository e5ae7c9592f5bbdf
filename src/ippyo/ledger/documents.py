"""The texts that a poll stands on, as every site, node and witness has them in a folder."""

from __future__ import annotations

from pathlib import Path

from ippyo.contract.genesis import ceremony_hash
from ippyo.contract.poll import Poll
from ippyo.errors import CheckFailedError, InputError
from ippyo.files import read_limited
from ippyo.ledger.record_layout import DOCUMENT_FILES, DOCUMENT_LIMIT

__all__ = ["read_documents", "read_poll"]


def read_poll(folder: Path) -> Poll:
    """Read manifest.json, genesis.json and trustees.json. Raises :class:`~ippyo.errors.IppyoError`."""
    return Poll.from_texts(*(_text(folder / name) for name in DOCUMENT_FILES[:3]))


def read_documents(folder: Path) -> tuple[Poll, dict[str, str]]:
    """Return the poll, and its texts by file name with the key ceremony's, if they belong together.

    Raises :class:`InputError` for what cannot be read, and :class:`CheckFailedError` for what is another poll's.
    """
    texts = {name: _text(folder / name) for name in DOCUMENT_FILES}
    *of_poll, ceremony = texts.values()
    poll = Poll.from_texts(*of_poll)
    if ceremony_hash(ceremony) != poll.genesis.ceremony:
        file = folder / DOCUMENT_FILES[-1]
        raise CheckFailedError(f"{file} is not the key ceremony that the poll's genesis names")
    return poll, texts


def _text(path: Path) -> str:
    try:
        return read_limited(path, DOCUMENT_LIMIT, "file of the poll").decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text") from None
