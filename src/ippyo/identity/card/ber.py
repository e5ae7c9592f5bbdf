"""BER-TLV as files on a card use it: a tag of one or two bytes, a length of up to three, a value.

Tags are numbers: 0x30, 0xDF22.
"""

from __future__ import annotations

from ippyo.errors import ParseError

__all__ = ["MAX_HEADER", "children", "encode", "sizes", "value"]

MAX_HEADER = 5

LONG = 0x80
MORE_TAG = 0x1F
CONTINUES = 0x80
MAX_LENGTH_BYTES = 2


def sizes(head: bytes) -> tuple[int, int]:
    """Return the size of the header of the object that begins with ``head``, and that of the whole object.

    ``head`` has the first :data:`MAX_HEADER` bytes, or all there are. Raises :class:`ParseError`.
    """
    tag = 2 if head and head[0] & MORE_TAG == MORE_TAG else 1
    if len(head) <= tag or (tag == 2 and head[1] & CONTINUES):
        raise ParseError("card file", "does not begin with an object")
    first = head[tag]
    if first < LONG:
        return tag + 1, tag + 1 + first
    count = first - LONG
    header = tag + 1 + count
    if not 1 <= count <= MAX_LENGTH_BYTES or len(head) < header:
        raise ParseError("card file", "does not begin with an object")
    return header, header + int.from_bytes(head[tag + 1 : header], "big")


def value(data: bytes, tag: int) -> bytes:
    """Return the value of the one object that ``data`` is, which has the given tag. Raises :class:`ParseError`."""
    found = children(data)
    if list(found) != [tag]:
        raise ParseError("card file", "holds another object than expected")
    return found[tag]


def children(data: bytes) -> dict[int, bytes]:
    """Return the values of the objects in a row that ``data`` holds, by tag. Raises :class:`ParseError`."""
    found: dict[int, bytes] = {}
    while data:
        header, whole = sizes(data[:MAX_HEADER])
        tag = int.from_bytes(data[: 2 if data[0] & MORE_TAG == MORE_TAG else 1], "big")
        if len(data) < whole:
            raise ParseError("card file", "ends in the midst of an object")
        if tag in found:
            raise ParseError("card file", "holds the same object twice")
        found[tag] = data[header:whole]
        data = data[whole:]
    return found


def encode(tag: int, content: bytes) -> bytes:
    """Return one object, its length as short as can be."""
    size = len(content)
    if size < LONG:
        length = bytes([size])
    else:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([LONG + len(digits)]) + digits
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length + content
