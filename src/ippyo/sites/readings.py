"""Readings (ふりがな): ``{投票|とうひょう}`` in a sentence is 投票 with とうひょう above it, as words.js has it."""

from __future__ import annotations

import re

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

__all__ = ["annotated", "plain"]

_READING = re.compile(r"\{([^{|}]+)\|([^{|}]+)\}")


def plain(text: str) -> str:
    """Return a sentence without its readings, for attributes and titles."""
    return _READING.sub(r"\1", text)


def annotated(text: str) -> SafeString:
    """Return a sentence as HTML, with its readings as ruby."""
    parts = []
    last = 0
    for found in _READING.finditer(text):
        parts.append(conditional_escape(text[last : found.start()]))
        parts.append(format_html("<ruby>{}<rt>{}</rt></ruby>", found[1], found[2]))
        last = found.end()
    parts.append(conditional_escape(text[last:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped above
