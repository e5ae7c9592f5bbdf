"""Django's secret key: a file of its own that nobody but its owner may read."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

from ippyo.errors import InputError
from ippyo.files import read_limited, write_new

__all__ = ["make_secret_key", "read_secret_key"]

KEY_LIMIT = 1024
SHORTEST = 50
"""Characters, as Django itself demands."""


def make_secret_key(file: Path) -> None:
    """Draw a key and write it into the new ``file``."""
    write_new(file, secrets.token_urlsafe(64).encode() + b"\n", private=True)


def read_secret_key(file: Path, site: str) -> str:
    """Return the key in ``file``; ``site`` is the name of the command group that makes it.

    Raises :class:`InputError`.
    """
    key = read_limited(file, KEY_LIMIT, "the site's secret key").decode("ascii", "replace").strip()
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise InputError(f"{file}: others can read the site's secret key; give it mode 600")
    if len(key) < SHORTEST:
        raise InputError(f"{file}: is not a secret key; ippyo {site} init makes one")
    return key
