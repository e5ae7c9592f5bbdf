"""Japanese or English, by the locale of whoever runs the command."""

from __future__ import annotations

import os

from ippyo.audit.report import printable
from ippyo.cli.japanese import translate
from ippyo.poll.text import Text

__all__ = ["is_japanese", "say", "spoken", "told"]


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


def spoken(text: Text) -> str:
    """Return the words of a manifest or report in the reader's language, safe to show on a terminal."""
    return printable(say(text.ja, text.en))


def told(problem: object) -> str:
    """Return in the reader's language what another room says of a problem, in English."""
    return translate(str(problem)) if is_japanese() else str(problem)
