"""How messages travel between CometBFT and the application: a length, then so many bytes.

The length is an unsigned varint (seven bits a byte, the lowest first, the top bit set on all bytes but the last).
"""

from __future__ import annotations

import asyncio

from ippyo.errors import ParseError

__all__ = ["MAX_FRAME", "FrameError", "frame", "read_frame"]

MAX_FRAME = 64 << 20
"""Bytes of a message: CometBFT's largest block fits twice."""

_MAX_LENGTH_BYTES = 5


class FrameError(ParseError):
    """The other side does not speak the protocol: the connection is of no more use."""

    def __init__(self, problem: str) -> None:
        super().__init__("ABCI connection", problem)


def frame(message: bytes) -> bytes:
    """Return ``message`` with its length before it."""
    length, prefix = len(message), bytearray()
    while length >= 0x80:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + message


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """Read one message, however its bytes are split; None when the other side has closed between messages.

    Raises :class:`FrameError`.
    """
    length = shift = 0
    for position in range(_MAX_LENGTH_BYTES):
        byte = await reader.read(1)
        if not byte:
            if position == 0:
                return None
            raise FrameError("ends in the middle of a length")
        length |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    else:
        raise FrameError("has a length of too many bytes")
    if length > MAX_FRAME:
        raise FrameError(f"announces a message of {length} bytes, more than the {MAX_FRAME} allowed")
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        raise FrameError("ends in the middle of a message") from None
