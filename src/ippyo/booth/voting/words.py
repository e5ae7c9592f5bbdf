"""The catalogue of the booth's sentences (``words.json``), in Japanese, easy Japanese (やさしい日本語) and English.

Templates and the pages' scripts use the same sentences. Words have their readings (:mod:`ippyo.sites.readings`);
``{name}`` is filled in by the script.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

from django.http import HttpRequest

from ippyo.booth.site.language import page_language

__all__ = ["TONGUES", "Tongue", "catalogue", "sentences", "tongue_of"]

Tongue = Literal["ja", "easy", "en"]
TONGUES: tuple[Tongue, ...] = ("ja", "easy", "en")


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
