"""PINs (暗証番号): checked before the card sees them, so that a slip of the finger costs no try."""

from __future__ import annotations

from ippyo.identity.card.applications import PinForm
from ippyo.identity.errors import CardError

__all__ = ["encoded_pin", "is_registered"]

DIGITS = frozenset("0123456789")
CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def is_registered(pin: str, form: PinForm) -> bool:
    """Tell whether ``pin`` is one that a card of this form can hold: capitals only, for cards do not fold case."""
    return form.least <= len(pin) <= form.most and set(pin) <= (DIGITS | CAPITALS if form.letters else DIGITS)


def encoded_pin(pin: str, form: PinForm) -> bytes:
    """Return what VERIFY sends for the PIN a person typed: ASCII, letters as capitals.

    Raises :class:`CardError` ``bad-pin`` for one that no card holds; the card is not asked, and no try is spent.
    """
    # Only ASCII is folded: "ß".upper() is "SS".
    folded = pin.upper() if form.letters and pin.isascii() else pin
    if not is_registered(folded, form):
        if form.letters:
            raise CardError(
                "bad-pin", f"a signature password has {form.least} to {form.most} letters A to Z and digits"
            )
        raise CardError("bad-pin", f"this PIN has {form.least} digits")
    return folded.encode("ascii")
