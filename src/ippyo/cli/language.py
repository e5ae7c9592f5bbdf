"""Japanese or English, by the locale of whoever runs the command."""

from __future__ import annotations

import os

__all__ = ["is_japanese", "say"]


def is_japanese() -> bool:
    """Whether to speak Japanese: ``IPPYO_LANG`` first, then the usual locale variables; English otherwise."""
    for variable in ("IPPYO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            return value.lower().startswith("ja")
    return False


def say(ja: str, en: str) -> str:
    """Return the text in the reader's language."""
    return ja if is_japanese() else en
