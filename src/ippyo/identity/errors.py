"""What can be wrong with a card, a certificate or a service: named refusals, and nothing personal in them."""

from __future__ import annotations

from ippyo.errors import InputError, RefusedError

__all__ = ["CardError", "IdentityRefusedError"]


class IdentityRefusedError(RefusedError):
    """Somebody's identity is not shown. ``code`` is one of the named refusals of docs/registration.md.

    ``detail`` is for staff and logs: it never holds a name, an address, a date of birth, a serial number or a PIN.
    """


class CardError(InputError):
    """A card or reader cannot do what was asked. ``code`` names the reason (docs/registration.md), as above."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
