"""What strangers wrote, as it may be shown: a record's names and titles must not steer the terminal of its reader."""

from __future__ import annotations

__all__ = ["plain"]


def plain(text: str) -> str:
    """Return ``text`` on one line, with a space for every character that is not printable or has no UTF-8 form."""
    return "".join(character if character.isprintable() else " " for character in text)
