"""The poll's three files, as a site keeps copies of them."""

from __future__ import annotations

from pathlib import Path

from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.files import read_limited
from ippyo.poll.limits import GENESIS_LIMIT, MANIFEST_LIMIT

__all__ = ["read_poll"]

TRUSTEES_LIMIT = 4 << 20
_LIMITS = {"manifest": MANIFEST_LIMIT, "genesis": GENESIS_LIMIT, "trustees": TRUSTEES_LIMIT}


def read_poll(folder: Path) -> Poll:
    """Read manifest.json, genesis.json and trustees.json. Raises :class:`~ippyo.errors.IppyoError`."""
    texts = {name: _read(folder / f"{name}.json", limit) for name, limit in _LIMITS.items()}
    return Poll.from_texts(**texts)


def _read(path: Path, limit: int) -> str:
    try:
        return read_limited(path, limit, "file of the poll").decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text") from None
