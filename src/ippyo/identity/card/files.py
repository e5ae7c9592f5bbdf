"""Reading an elementary file that holds one BER-TLV object: a certificate, or the basic four data."""

from __future__ import annotations

from ippyo.identity.card import apdu
from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError

__all__ = ["read_bytes", "read_object", "split_header"]

HEADER_BYTES = 5
"""Two bytes of tag and three of length at most; no object on the card is shorter."""

MAX_OBJECT = 8192
LONG = 0x80


def split_header(head: bytes) -> tuple[int, int] | None:
    """Return the size of an object's header and that of the whole object; None where no object begins."""
    tag = 2 if head[0] & 0x1F == 0x1F else 1
    if head[0] in {0x00, 0xFF} and head[1] in {0x00, 0xFF}:
        return None  # an empty file
    first = head[tag]
    if first < LONG:
        return tag + 1, tag + 1 + first
    count = first - LONG
    if not 1 <= count <= 2 or tag + 1 + count > len(head):
        return None
    header = tag + 1 + count
    return header, header + int.from_bytes(head[tag + 1 : header], "big")


def read_bytes(transport: Transport, offset: int, length: int) -> bytes:
    """Return exactly ``length`` bytes of the selected file. Raises :class:`CardError`."""
    data = b""
    while len(data) < length:
        wanted = min(apdu.CHUNK, length - len(data))
        answer = apdu.exchange(transport, apdu.read_binary(offset + len(data), wanted))
        if answer.status == 0x6982:
            raise CardError("pin-needed", "the card shows this only after its PIN")
        if not answer.ok or not 1 <= len(answer.data) <= wanted:
            raise CardError("card-error", f"the card cannot read this file (status {answer.status:04X})")
        data += answer.data
    return data


def read_object(transport: Transport) -> bytes | None:
    """Return the object at the beginning of the selected file, without the filler behind it; None if it is empty."""
    head = read_bytes(transport, 0, HEADER_BYTES)
    sizes = split_header(head)
    if sizes is None or not HEADER_BYTES <= sizes[1] <= MAX_OBJECT:
        return None
    return head + read_bytes(transport, HEADER_BYTES, sizes[1] - HEADER_BYTES) if sizes[1] > HEADER_BYTES else head
