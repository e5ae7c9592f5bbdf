"""Showing a PIN to the card, and asking how many tries are left, without spending one."""

from __future__ import annotations

from ippyo.identity.card import apdu
from ippyo.identity.card.apdu import Answer
from ippyo.identity.card.files import select_file
from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError

__all__ = ["WrongPinError", "show_pin", "tries_left"]

LOCKED = frozenset({0x6983, 0x6984, 0x63C0})
"""ISO's word for a blocked PIN, the one that real cards say, and "no try left"."""


class WrongPinError(CardError):
    """The card refused a PIN (``wrong-pin``); ``tries_left`` says how often it may still be wrong."""

    def __init__(self, tries_left: int) -> None:
        super().__init__("wrong-pin", f"the PIN is wrong; {tries_left} tries are left before the card locks it")
        self.tries_left = tries_left


def tries_left(transport: Transport, file: int) -> int:
    """Return how many wrong tries the PIN in ``file`` still allows; 0 when it is locked.

    Raises :class:`CardError` ``no-certificate`` when the card has no such PIN.
    """
    select_file(transport, file)
    answer = apdu.exchange(transport, apdu.verify())
    if answer.status in LOCKED:
        return 0
    if answer.tries_left is None:
        raise _unexpected(answer)
    return answer.tries_left


def show_pin(transport: Transport, file: int, pin: bytes) -> None:
    """Show ``pin`` (as :func:`~ippyo.identity.card.pin.encoded_pin` gives it) to the card.

    It counts until another application is selected or the card loses power. Raises :class:`WrongPinError`, and
    :class:`CardError` ``pin-locked``.
    """
    select_file(transport, file)
    answer = apdu.exchange(transport, apdu.verify(pin))
    if answer.status in LOCKED:
        raise CardError("pin-locked", "this PIN is locked; the municipal office can unlock it")
    if answer.tries_left is not None:
        raise WrongPinError(answer.tries_left)
    if not answer.ok:
        raise _unexpected(answer)


def _unexpected(answer: Answer) -> CardError:
    return CardError("card-error", f"the card does not understand (status {answer.status:04X}); is it whole?")
