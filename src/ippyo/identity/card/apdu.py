"""Commands and answers of ISO/IEC 7816-4, and the exchange of one for the other.

A command is four bytes (class, instruction, P1, P2), then the length of its data and the data, then the number of
bytes expected (``00`` is 256). An answer ends with two bytes of status.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError

__all__ = [
    "CHUNK",
    "NOT_FOUND",
    "PIN_NEEDED",
    "Answer",
    "compute_signature",
    "exchange",
    "read_binary",
    "select_application",
    "select_file",
    "verify",
]

CHUNK = 256
"""Bytes of one READ BINARY: what every reader and card can do."""

MAX_OFFSET = 0x7FFF
MAX_DATA = 255
MAX_ANSWER = 64 * 1024
MAX_ROUNDS = 300

OK = 0x9000
NOT_FOUND = 0x6A82
PIN_NEEDED = 0x6982


@dataclass(frozen=True, slots=True)
class Answer:
    """What a card answered: data, and the status word (two bytes as a number)."""

    data: bytes = field(repr=False)
    status: int

    @classmethod
    def from_bytes(cls, raw: bytes) -> Answer:
        """Take an R-APDU apart. Raises :class:`CardError` ``card-error`` when it has no status."""
        if len(raw) < 2:
            raise CardError("card-error", "the card answered something that no card answers; take it out and try again")
        return cls(raw[:-2], int.from_bytes(raw[-2:], "big"))

    @property
    def ok(self) -> bool:
        """Whether the card did what it was told."""
        return self.status == OK

    @property
    def tries_left(self) -> int | None:
        """The x of status 63Cx."""
        return self.status & 0xF if self.status & 0xFFF0 == 0x63C0 else None


def exchange(transport: Transport, command: bytes) -> Answer:
    """Send ``command`` and return the whole answer: some readers hand it over in parts (61xx), or ask again (6Cxx)."""
    answer = Answer.from_bytes(transport.transmit(command))
    if answer.status >> 8 == 0x6C and _says_length(command):
        answer = Answer.from_bytes(transport.transmit(command[:-1] + bytes([answer.status & 0xFF])))
    data = answer.data
    for _ in range(MAX_ROUNDS):
        if answer.status >> 8 != 0x61:
            return Answer(data, answer.status)
        answer = Answer.from_bytes(transport.transmit(bytes([0x00, 0xC0, 0x00, 0x00, answer.status & 0xFF])))
        data += answer.data
        if len(data) > MAX_ANSWER:
            break
    raise CardError("card-error", "the card's answer has no end; take it out and try again")


def _says_length(command: bytes) -> bool:
    """Tell whether the last byte is the number of bytes expected; the last one of a PIN must not be changed."""
    return len(command) == 5 or (len(command) > 5 and len(command) == 6 + command[4])


def select_application(aid: bytes) -> bytes:
    """SELECT an application by name, without asking for its description."""
    return bytes([0x00, 0xA4, 0x04, 0x0C, len(aid)]) + aid


def select_file(identifier: int) -> bytes:
    """SELECT an elementary file of the current application."""
    return bytes([0x00, 0xA4, 0x02, 0x0C, 0x02]) + identifier.to_bytes(2, "big")


def read_binary(offset: int, length: int) -> bytes:
    """READ BINARY: 1 to 256 bytes of the selected file."""
    if not 0 <= offset <= MAX_OFFSET or not 1 <= length <= CHUNK:
        raise ValueError("READ BINARY reaches 256 bytes below 32768")
    return bytes([0x00, 0xB0, offset >> 8, offset & 0xFF, length % 256])


def verify(pin: bytes = b"") -> bytes:
    """VERIFY against the selected PIN file; without a PIN it asks for the tries left and spends none."""
    command = bytes([0x00, 0x20, 0x00, 0x80])
    return command + bytes([len(pin)]) + pin if pin else command


def compute_signature(data: bytes) -> bytes:
    """COMPUTE DIGITAL SIGNATURE with the selected key over ``data``, which the card pads as the algorithm says."""
    if not 1 <= len(data) <= MAX_DATA:
        raise ValueError("a card signs 1 to 255 bytes")
    return bytes([0x80, 0x2A, 0x00, 0x80, len(data)]) + data + b"\x00"
