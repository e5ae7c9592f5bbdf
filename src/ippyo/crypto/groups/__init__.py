"""The three groups, behind one interface."""

from __future__ import annotations

from functools import cache

from ippyo.crypto.groups.base import Element, Group, Table
from ippyo.crypto.groups.ed25519 import Ed25519
from ippyo.crypto.groups.finite_field import belenios_2048, rfc_3526_2048
from ippyo.errors import InputError

__all__ = ["GROUP_NAMES", "Element", "Group", "Table", "group"]

_MAKERS = {"Ed25519": Ed25519, "BELENIOS-2048": belenios_2048, "RFC-3526-2048": rfc_3526_2048}

GROUP_NAMES = tuple(_MAKERS)


@cache
def group(name: str) -> Group:
    """Return the group called ``name``; raises :class:`InputError` for any other than :data:`GROUP_NAMES`."""
    maker = _MAKERS.get(name)
    if maker is None:
        raise InputError(f"unknown group {name[:40]!r}; choose one of {', '.join(GROUP_NAMES)}")
    return maker()
