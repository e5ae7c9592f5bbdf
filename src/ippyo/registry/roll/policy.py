"""Which data of the card are compared with the roll: what a policy can name, and which policies there can be."""

from __future__ import annotations

from collections.abc import Collection

from ippyo.errors import InputError

__all__ = ["FIELDS", "require_policy"]

FIELDS = ("name", "birth", "sex", "address", "address-part")
"""What a policy can name. ``address-part`` is the address up to the house number, without building and room."""


def require_policy(policy: Collection[str]) -> None:
    """Refuse a policy with unknown names, without the date of birth, or with neither name nor address.

    Raises :class:`InputError`.
    """
    if not set(policy) <= set(FIELDS) or "birth" not in policy or not {"name", "address", "address-part"} & set(policy):
        raise InputError(f"must hold birth, and name or address; known are {', '.join(FIELDS)}")
