"""Hq: from a text and group elements to a scalar (docs/protocol.md §1). The challenge of every proof is made here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ippyo.crypto.groups import Element, Group

__all__ = ["hash_texts_to_scalar", "hash_to_scalar"]


def hash_to_scalar(group: Group, prefix: str, elements: Iterable[Element]) -> int:
    """Return Hq(``prefix``; ``elements``).

    The prefix must name everything the proof is about: purpose, context, statement. What is not hashed is not proved.
    """
    return hash_texts_to_scalar(group, prefix, map(group.encode, elements))


def hash_texts_to_scalar(group: Group, prefix: str, texts: Iterable[str]) -> int:
    """Return Hq of elements that are at hand as ``texts``, which must be what ``group.encode`` writes for them."""
    digest = hashlib.sha256((prefix + ",".join(texts)).encode()).digest()
    return int.from_bytes(digest, "big") % group.q
