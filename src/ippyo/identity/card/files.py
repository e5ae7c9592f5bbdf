"""Reading elementary files (EF): 256 bytes at a time, and no further than the object in them goes."""

from __future__ import annotations

from ippyo.errors import ParseError
from ippyo.identity.card import apdu, ber
from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError

__all__ = ["read_bytes", "read_object", "select_file"]

MAX_OBJECT = 8192
EMPTY = (b"\x00\x00", b"\xff\xff")
"""How a file begins in which nothing was ever written."""


def select_file(transport: Transport, file: int) -> None:
    """Select an elementary file of the current application.

    Raises :class:`CardError` ``no-certificate`` when the card does not have it.
    """
    answer = apdu.exchange(transport, apdu.select_file(file))
    if answer.status == apdu.NOT_FOUND:
        raise CardError("no-certificate", "the card does not have this certificate, or the PIN that opens it")
    if not answer.ok:
        raise CardError("card-error", f"the card cannot open this file (status {answer.status:04X})")


def read_bytes(transport: Transport, offset: int, length: int) -> bytes:
    """Return exactly ``length`` bytes of the selected file from ``offset`` on.

    Raises :class:`CardError` ``pin-needed``, ``card-error``.
    """
    data = b""
    while len(data) < length:
        wanted = min(apdu.CHUNK, length - len(data))
        answer = apdu.exchange(transport, apdu.read_binary(offset + len(data), wanted))
        if answer.status == apdu.PIN_NEEDED:
            raise CardError("pin-needed", "the card does this only after its PIN")
        if not answer.ok or not 1 <= len(answer.data) <= wanted:
            raise CardError("card-error", f"the card cannot read this file (status {answer.status:04X})")
        data += answer.data
    return data


def read_object(transport: Transport) -> bytes | None:
    """Return the object at the beginning of the selected file, without the filler behind it; None if it is empty.

    Raises :class:`CardError` as :func:`read_bytes` does.
    """
    head = read_bytes(transport, 0, ber.MAX_HEADER)
    if head.startswith(EMPTY):
        return None
    try:
        _, whole = ber.sizes(head)
    except ParseError:
        raise CardError("card-error", "a file of the card is damaged") from None
    if not ber.MAX_HEADER <= whole <= MAX_OBJECT:
        raise CardError("card-error", "a file of the card is damaged")
    return head + read_bytes(transport, len(head), whole - len(head))
