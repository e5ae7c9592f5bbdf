"""The catalogue of the booth's sentences (``words.json``), in Japanese, easy Japanese (やさしい日本語) and English.

Templates and the pages' scripts use the same sentences. ``{投票|とうひょう}`` is a word with its reading, which becomes
ruby (web/look/words.js reads it alike); ``{name}`` is filled in by the script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from ippyo.booth.site.language import page_language

__all__ = ["TONGUES", "Tongue", "annotated", "catalogue", "plain", "sentences", "tongue_of"]

Tongue = Literal["ja", "easy", "en"]
TONGUES: tuple[Tongue, ...] = ("ja", "easy", "en")

_READING = re.compile(r"\{([^{|}]+)\|([^{|}]+)\}")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every sentence by key, then tongue."""
    text = resources.files("ippyo.booth.voting").joinpath("words.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = json.loads(text)
    return loaded


def sentences(tongue: Tongue, *prefixes: str) -> dict[str, str]:
    """Return the sentences of one tongue whose keys begin with one of ``prefixes`` (all, where there is none)."""
    return {key: words[tongue] for key, words in catalogue().items() if not prefixes or key.startswith(prefixes)}


def tongue_of(request: HttpRequest | None) -> Tongue:
    """Return the tongue of a page: ``?lang=`` in its address, else what Django found that the browser asks for."""
    asked = request.GET.get("lang", "") if request is not None else ""
    for tongue in TONGUES:
        if asked == tongue:
            return tongue
    return page_language()


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
