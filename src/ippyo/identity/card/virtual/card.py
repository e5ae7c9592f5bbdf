"""The virtual card: a state machine that takes commands and answers as surveys of real cards report.

A PIN once shown counts until another application is selected or the card loses power; selecting the same application
again takes nothing back. The empty VERIFY tells the tries left, shown or not. An unknown application is not found, and
the current one stays selected.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
from cryptography.hazmat.primitives.serialization import load_der_private_key

from ippyo.errors import ParseError
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.card.virtual.image import ApplicationImage, FileImage, KeyImage, PinImage, images
from ippyo.identity.card.virtual.store import MemoryStore, Store

__all__ = ["ATR", "BLOCKED", "BLOCKED_ISO", "VirtualCard"]

ATR = bytes.fromhex("3BE000FF8131FE4514")
"""What the card says at power-on, by its contacts."""

BLOCKED = 0x6984
"""What real cards answer to VERIFY against a locked PIN."""

BLOCKED_ISO = 0x6983
"""What ISO/IEC 7816-4 asks for, and much software expects."""

OK = b"\x90\x00"
WRONG_LENGTH = b"\x67\x00"
NOT_SHOWN = b"\x69\x82"
NO_FILE_SELECTED = b"\x69\x86"
WRONG_FILE = b"\x69\x81"
BAD_DATA = b"\x6a\x80"
NOT_FOUND = b"\x6a\x82"
BAD_PARAMETERS = b"\x6a\x86"
PAST_END = b"\x6b\x00"
NO_SUCH_INSTRUCTION = b"\x6d\x00"
NO_SUCH_CLASS = b"\x6e\x00"

SHORT_FILE = 0x80
RSA_INPUT = 245
"""PKCS#1 v1.5 needs 11 bytes of padding in 256."""


@dataclass(frozen=True, slots=True)
class _Command:
    """A command APDU in short form; ``expected`` is 0 where none was asked for."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    expected: int

    @classmethod
    def from_bytes(cls, raw: bytes) -> _Command | None:
        """Take a command apart; None for one of another length than it says."""
        if len(raw) < 4:
            return None
        body = raw[4:]
        if not body:
            data, rest = b"", b""
        elif len(body) == 1:
            data, rest = b"", body
        else:
            data, rest = body[1 : 1 + body[0]], body[1 + body[0] :]
            if body[0] == 0 or len(data) != body[0] or len(rest) > 1:
                return None
        return cls(raw[0], raw[1], raw[2], raw[3], data, (rest[0] or 256) if rest else 0)


class VirtualCard:
    """A card with ``contents``; ``store`` keeps its counters, ``blocked`` is what it says of a locked PIN.

    It is a :class:`~ippyo.identity.card.transport.Transport`.
    """

    def __init__(self, contents: CardContents, store: Store | None = None, *, blocked: int = BLOCKED) -> None:
        self._images = {image.aid: image for image in images(contents)}
        self._keys = {
            image.key: _load(image.key)
            for application in self._images.values()
            for image in application.files.values()
            if isinstance(image, KeyImage)
        }
        self._store = store or MemoryStore()
        self._left = self._store.load()
        self._blocked = blocked.to_bytes(2, "big")
        self.power_off()

    def __repr__(self) -> str:
        return "VirtualCard(hidden)"

    def power_off(self) -> None:
        """Lose power: no application, no file, no PIN shown. The counters stay."""
        self._application: ApplicationImage | None = None
        self._file: int | None = None
        self._shown: set[str] = set()

    def transmit(self, command: bytes) -> bytes:
        """Answer one command."""
        parsed = _Command.from_bytes(command)
        if parsed is None:
            return WRONG_LENGTH
        match parsed.cla, parsed.ins:
            case 0x00, 0xA4:
                return self._select(parsed)
            case 0x00, 0xB0:
                return self._read(parsed)
            case 0x00, 0x20:
                return self._verify(parsed)
            case 0x80, 0x2A:
                return self._sign(parsed)
            case 0x00 | 0x80, _:
                return NO_SUCH_INSTRUCTION
            case _:
                return NO_SUCH_CLASS

    def _select(self, command: _Command) -> bytes:
        match command.p1, command.p2:
            case 0x04, 0x0C | 0x00:
                return self._select_application(command.data)
            case 0x02, 0x0C:
                files = self._application.files if self._application else {}
                identifier = int.from_bytes(command.data, "big")
                if len(command.data) != 2 or identifier not in files:
                    return NOT_FOUND
                self._file = identifier
                return OK
            case _:
                return BAD_PARAMETERS

    def _select_application(self, aid: bytes) -> bytes:
        found = self._images.get(aid)
        if found is None:
            return NOT_FOUND
        if found is not self._application:
            self._shown.clear()
        self._application, self._file = found, None
        return OK

    def _addressed(self, short: int) -> FileImage | PinImage | KeyImage | None:
        """Return the file a command means: by its short identifier (bit 8 set), else the selected one."""
        if self._application is None:
            return None
        if short & SHORT_FILE and short & ~SHORT_FILE:
            identifier = short & ~SHORT_FILE
            if identifier not in self._application.files:
                return None
            self._file = identifier
        return self._application.files[self._file] if self._file is not None else None

    def _read(self, command: _Command) -> bytes:
        short = command.p1 & SHORT_FILE
        file = self._addressed(command.p1 if short else 0)
        offset = command.p2 if short else command.p1 << 8 | command.p2
        match file:
            case FileImage() if file.needs is not None and file.needs not in self._shown:
                return NOT_SHOWN
            case FileImage():
                if offset >= len(file.data):
                    return PAST_END
                return file.data[offset : offset + (command.expected or 256)] + OK
            case None:
                return NO_FILE_SELECTED
            case _:
                return WRONG_FILE

    def _verify(self, command: _Command) -> bytes:
        if command.p1 != 0 or not command.p2 & SHORT_FILE:
            return BAD_PARAMETERS
        file = self._addressed(command.p2)
        if file is None:
            return NO_FILE_SELECTED
        if not isinstance(file, PinImage):
            return WRONG_FILE
        left = self._left[file.name]
        if not command.data:
            return bytes([0x63, 0xC0 + left])
        if left == 0:
            return self._blocked
        if hmac.compare_digest(command.data, file.pin):
            self._shown.add(file.name)
            self._set_left(file.name, file.tries)
            return OK
        self._shown.discard(file.name)
        self._set_left(file.name, left - 1)
        return bytes([0x63, 0xC0 + left - 1])

    def _set_left(self, name: str, tries: int) -> None:
        if self._left[name] != tries:
            # On the disk before the answer, as in a chip: pulling the card must not give a try back.
            self._store.save(self._left | {name: tries})
            self._left[name] = tries

    def _sign(self, command: _Command) -> bytes:
        file = self._addressed(command.p2)
        if file is None:
            return NO_FILE_SELECTED
        if not isinstance(file, KeyImage):
            return WRONG_FILE
        if command.p1 != 0 or not command.p2 & SHORT_FILE:
            return BAD_PARAMETERS
        if file.needs not in self._shown:
            return NOT_SHOWN
        key = self._keys[file.key]
        if isinstance(key, rsa.RSAPrivateKey):
            if not 1 <= len(command.data) <= RSA_INPUT:
                return BAD_DATA
            # The card pads what it is given: a DigestInfo from well-behaved software.
            return key.sign(command.data, padding.PKCS1v15(), NoDigestInfo()) + OK
        if len(command.data) != hashes.SHA384.digest_size:
            return BAD_DATA
        return key.sign(command.data, ec.ECDSA(Prehashed(hashes.SHA384()))) + OK


@lru_cache(maxsize=64)
def _load(der: bytes) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    # Reading a key proves its primes, a tenth of a second; the cards of a demonstration share a few keys.
    try:
        key = load_der_private_key(der, None)
    except (ValueError, TypeError):
        raise ParseError("virtual card", "holds a private key that cannot be read") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ParseError("virtual card", "holds a private key that cannot be read")
    return key
