"""The container: an old-style tar file whose every byte is determined by what was put in, in order.

First the header record, then data and events, each named by the SHA-256 of its content. Events are chained by the hash
of the one before. The form is that of archive version 1, which releases 2.0 to 3.3 of the reading program know.
"""

from __future__ import annotations

from enum import Enum
from typing import BinaryIO, Final

from ippyo.canonical import dumps, sha256_hex

__all__ = ["LAST_TIMESTAMP", "ArchiveWriter", "EventType"]

_BLOCK: Final = 512
_VERSION: Final = 1
_SIZE_LIMIT: Final = 8**11

LAST_TIMESTAMP: Final = _SIZE_LIMIT - 1
"""The last second that an entry can carry, in the year 2242."""

_CHECKSUM = slice(148, 156)


class EventType(Enum):
    """What happened, in the order in which it may happen."""

    SETUP = "Setup"
    BALLOT = "Ballot"
    END_BALLOTS = "EndBallots"
    ENCRYPTED_TALLY = "EncryptedTally"
    PARTIAL_DECRYPTION = "PartialDecryption"
    RESULT = "Result"


class ArchiveWriter:
    """Writes one archive to ``file``; ``timestamp`` in seconds since 1970 stands on every entry."""

    def __init__(self, file: BinaryIO, timestamp: int) -> None:
        self._file = file
        self._timestamp = timestamp
        self._parent: str | None = None
        self._height = 0
        # The reading program wants this number as a string.
        self._write("BELENIOS", dumps({"version": _VERSION, "timestamp": str(timestamp)}))

    def data(self, text: str) -> str:
        """Write something that a later payload refers to, and return its hash."""
        digest = sha256_hex(text)
        self._write(f"{digest}.data.json", text)
        return digest

    def event(self, kind: EventType, payload: str | None = None) -> None:
        """Write an event, and before it its ``payload``; closing the ballots has none."""
        digest = None if payload is None else self.data(payload)
        value: dict[str, object] = {} if self._parent is None else {"parent": self._parent}
        value |= {"height": self._height, "type": kind.value}
        if digest is not None:
            value["payload"] = digest
        text = dumps(value)
        self._parent = sha256_hex(text)
        self._height += 1
        self._write(f"{self._parent}.event.json", text)

    def _write(self, name: str, text: str) -> None:
        content = text.encode()
        self._file.write(_header(name, len(content), self._timestamp))
        self._file.write(content)
        self._file.write(bytes(-len(content) % _BLOCK))


def _header(name: str, size: int, timestamp: int) -> bytes:
    """Return the 512 bytes before a content: no owner, no magic, mode 644."""
    if size >= _SIZE_LIMIT or not 0 <= timestamp < _SIZE_LIMIT:
        raise ValueError("a size or time that an archive cannot hold")
    header = bytearray(_BLOCK)

    def put(offset: int, text: str) -> None:
        header[offset : offset + len(text)] = text.encode("ascii")

    put(0, name)
    put(100, "0000644")
    put(108, "0000000")
    put(116, "0000000")
    put(124, f"{size:011o}")
    put(136, f"{timestamp:011o}")
    put(156, "0")
    header[_CHECKSUM] = b" " * 8
    header[_CHECKSUM] = f"{sum(header):06o}\0 ".encode("ascii")
    return bytes(header)
