"""Manifest templates that ship with the package: each shows what one program becomes by its policies.

A profile is an election definition in TOML with example times; ``ippyo poll new`` copies one for an officer to edit.
Pictures of its candidates, where there are some, are ``photos/PROFILE/CONTEST/ANSWER.png``, as a booth has them, each
drawn from the SVG beside it.
"""

from __future__ import annotations

import dataclasses
from importlib.resources import files
from pathlib import Path

from ippyo.errors import InputError
from ippyo.poll.manifest import Manifest
from ippyo.poll.toml_manifest import parse_manifest

__all__ = ["load", "names", "photos", "text"]

_SUFFIX = ".toml"


def names() -> tuple[str, ...]:
    """Return the names of the profiles, in alphabetical order."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def text(name: str) -> str:
    """Return the TOML text of a profile. Raises :class:`ippyo.errors.InputError` if there is none of that name."""
    if name not in names():
        raise InputError(f"There is no profile {name[:40]!r}; choose one of {', '.join(names())}.")
    return (files(__name__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


def load(name: str, *, opens: int | None = None, closes: int | None = None) -> Manifest:
    """Return the manifest of a profile, its example times replaced by ``opens`` and ``closes`` (Unix seconds) if given.

    Raises :class:`ippyo.errors.InputError` for an unknown name or impossible times.
    """
    manifest = parse_manifest(text(name), f"{name}{_SUFFIX}").manifest
    return dataclasses.replace(
        manifest,
        opens=manifest.opens if opens is None else opens,
        closes=manifest.closes if closes is None else closes,
    )


def photos(name: str | None) -> Path | None:
    """Return the folder of the pictures of a profile's candidates (``CONTEST/ANSWER.png``), if it has any."""
    if name not in names():
        return None
    folder = Path(__file__).with_name("photos") / name
    return folder if folder.is_dir() else None
