"""Scalars from the operating system's randomness."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from ippyo.crypto.groups import Group

__all__ = ["Draw", "random_scalar"]

Draw = Callable[[Group], int]
"""A source of secret scalars. It is :func:`random_scalar` everywhere but where a test vector is replayed."""


def random_scalar(group: Group) -> int:
    """Return a uniformly random scalar between 1 and q - 1.

    Zero is left out, so that neither a key nor the first component of a ciphertext can be the identity.
    """
    return 1 + secrets.randbelow(group.q - 1)
