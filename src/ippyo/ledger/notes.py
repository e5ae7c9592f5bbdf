"""C2SP signed notes with Ed25519: a text, and under it one line per signature (c2sp.org/signed-note).

Two kinds of signature are known: ``0x01``, over the text itself, and ``0x04``, the timestamped cosignature of a
checkpoint (c2sp.org/tlog-cosignature). Base64 in notes and keys is the standard alphabet *with* padding.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from nacl.signing import SigningKey as Ed25519Key

from ippyo.crypto import ed25519
from ippyo.errors import CheckFailedError, ParseError

__all__ = [
    "KeyKind",
    "Note",
    "NoteSignature",
    "NoteSignatureError",
    "SigningKey",
    "VerifierKey",
    "padded_b64",
    "parse_padded_b64",
]

NOTE_LIMIT = 64 * 1024
SIGNATURES_LIMIT = 128
NAME_LIMIT = 200
SIGNATURE_LIMIT = 8 * 1024
"""Signatures of unknown keys are carried along, and post-quantum ones are long."""

_SECRET_PREFIX = "PRIVATE+KEY+"  # the prefix of the format, no secret  # noqa: S105
_DASH = "\N{EM DASH} "

# Written out, because what str.isspace() says follows the Unicode tables of the Python in use.
_UNICODE_SPACES = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(code) for code in range(0x2000, 0x200B)
}


class NoteSignatureError(CheckFailedError):
    """A signature under a note is missing, or false."""


class KeyKind(IntEnum):
    """The signature type identifier byte of a key."""

    NOTE = 1
    """Ed25519 over the note's text."""
    COSIGNATURE = 4
    """Ed25519 over a checkpoint with a time, as witnesses sign."""


def padded_b64(data: bytes) -> str:
    """Return standard Base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def parse_padded_b64(text: str, *, what: str, length: int | None = None) -> bytes:
    """Decode what :func:`padded_b64` wrote, and nothing else; ``length`` is the number of bytes expected."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise ParseError(what, "is not Base64") from None
    if padded_b64(data) != text:
        raise ParseError(what, "is not canonical Base64")
    if length is not None and len(data) != length:
        raise ParseError(what, f"is {len(data)} bytes long instead of {length}")
    return data


def _check_name(name: str, what: str) -> str:
    if not name or len(name) > NAME_LIMIT:
        raise ParseError(what, f"has a name that is empty or longer than {NAME_LIMIT} characters")
    if "+" in name or any(character in _UNICODE_SPACES or character < " " for character in name):
        raise ParseError(what, "has a name with a plus sign, a space or a control character")
    return name


def _key_id(name: str, kind: KeyKind, public: bytes) -> int:
    digest = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()
    return int.from_bytes(digest[:4], "big")


def _kind(byte: int, what: str) -> KeyKind:
    try:
        return KeyKind(byte)
    except ValueError:
        raise ParseError(what, f"is of kind {byte}, and only Ed25519 keys (1 and 4) are known") from None


def _cosigned_message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


@lru_cache(maxsize=256)
def _public_key(raw: bytes) -> ed25519.PublicKey | None:
    """Return a key that signatures can be held against: a few are asked for again and again."""
    try:
        return ed25519.PublicKey(raw)
    except ParseError:
        return None


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who (``name``, ``key_id``) and the bytes that the key's kind defines."""

    name: str
    key_id: int
    signature: bytes

    @classmethod
    def from_line(cls, line: str) -> NoteSignature:
        """Parse one line, without its newline."""
        what = "signature line"
        if not line.startswith(_DASH):
            raise ParseError(what, "does not begin with a dash and a space")
        parts = line.removeprefix(_DASH).split(" ")
        if len(parts) != 2:
            raise ParseError(what, "is not a name and a signature")
        name = _check_name(parts[0], what)
        data = parse_padded_b64(parts[1], what=what)
        if not 4 < len(data) <= SIGNATURE_LIMIT:
            raise ParseError(what, "is too short or too long")
        return cls(name, int.from_bytes(data[:4], "big"), data[4:])

    def to_line(self) -> str:
        """Return the line without its newline."""
        return f"{_DASH}{self.name} {padded_b64(self.key_id.to_bytes(4, 'big') + self.signature)}"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name (C2SP *vkey*): who may sign which kind of signature."""

    name: str
    kind: KeyKind
    public: bytes

    @classmethod
    def from_text(cls, text: str) -> VerifierKey:
        """Parse ``name+hex key ID+Base64(kind ‖ key)``; the key ID must be the one that follows from the rest."""
        what = "verifier key"
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise ParseError(what, "is not of the form name+id+key")
        name = _check_name(parts[0], what)
        data = parse_padded_b64(parts[2], what=what)
        if not data:
            raise ParseError(what, "is empty")
        kind = _kind(data[0], what)
        if len(data) != 33:
            raise ParseError(what, "does not hold a key of 32 bytes")
        key = cls(name, kind, data[1:])
        if parts[1] != f"{key.key_id:08x}":
            raise ParseError(what, "has an ID that does not belong to this name and key")
        # Whoever reads the poll with other code refuses such a key, and with it the whole poll.
        ed25519.PublicKey(key.public)
        return key

    def to_text(self) -> str:
        """Return the vkey."""
        return f"{self.name}+{self.key_id:08x}+{padded_b64(bytes([self.kind]) + self.public)}"

    @property
    def key_id(self) -> int:
        """The key ID, a number below 2**32."""
        return _key_id(self.name, self.kind, self.public)

    def made(self, signature: NoteSignature) -> bool:
        """Whether ``signature`` claims to be of this key."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verifies(self, text: str, signature: NoteSignature) -> bool:
        """Whether ``signature`` is a valid one of this key over the note text ``text``."""
        if not self.made(signature):
            return False
        data = signature.signature
        if self.kind is KeyKind.NOTE:
            return len(data) == 64 and self.verifies_bytes(text.encode(), data)
        if len(data) != 72:
            return False
        time = int.from_bytes(data[:8], "big")
        return time < 2**63 and self.verifies_bytes(_cosigned_message(text, time), data[8:])

    def verifies_bytes(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is this key's Ed25519 signature (RFC 8032, 64 bytes) of ``message``."""
        public = _public_key(self.public)
        return public is not None and ed25519.verify(public, message, signature)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret key with its name. ``seed`` is the RFC 8032 secret of 32 bytes; it is never shown."""

    name: str
    kind: KeyKind
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str, kind: KeyKind = KeyKind.NOTE) -> SigningKey:
        """Draw a new key from the operating system."""
        return cls(_check_name(name, "signing key"), kind, secrets.token_bytes(32))

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Parse ``PRIVATE+KEY+name+hex key ID+Base64(kind ‖ seed)``. No error tells anything of the key."""
        what = "signing key"
        if not text.startswith(_SECRET_PREFIX):
            raise ParseError(what, "does not begin like one")
        parts = text.removeprefix(_SECRET_PREFIX).split("+", 2)
        if len(parts) != 3:
            raise ParseError(what, "is not of the form PRIVATE+KEY+name+id+key")
        name = _check_name(parts[0], what)
        data = parse_padded_b64(parts[2], what=what, length=33)
        key = cls(name, _kind(data[0], what), data[1:])
        if parts[1] != f"{key.verifier.key_id:08x}":
            raise ParseError(what, "has an ID that does not belong to this name and key")
        return key

    def to_text(self) -> str:
        """Return the secret key as text, to be kept where only its owner reads."""
        key_id = self.verifier.key_id
        return f"{_SECRET_PREFIX}{self.name}+{key_id:08x}+{padded_b64(bytes([self.kind]) + self.seed)}"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.kind, bytes(Ed25519Key(self.seed).verify_key))

    def sign(self, text: str) -> NoteSignature:
        """Sign the text of a note. The key must be of kind ``NOTE``."""
        if self.kind is not KeyKind.NOTE:
            raise ValueError("a witness key signs checkpoints only, with a time")
        return NoteSignature(self.name, self.verifier.key_id, self.sign_bytes(text.encode()))

    def cosign(self, text: str, time: int) -> NoteSignature:
        """Cosign the text of a checkpoint at ``time`` (seconds since 1970). The key must be of kind ``COSIGNATURE``."""
        if self.kind is not KeyKind.COSIGNATURE:
            raise ValueError("only a witness key cosigns")
        signature = self.sign_bytes(_cosigned_message(text, time))
        return NoteSignature(self.name, self.verifier.key_id, struct.pack(">Q", time) + signature)

    def sign_bytes(self, message: bytes) -> bytes:
        """Return the plain Ed25519 signature of ``message`` (64 bytes); the caller sees to domain separation."""
        return Ed25519Key(self.seed).sign(message).signature


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and the signatures under it, checked for form only."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def from_text(cls, text: str, *, what: str = "note") -> Note:
        """Split a signed note into its text and its signatures."""
        if len(text.encode("utf-8", "surrogatepass")) > NOTE_LIMIT:
            raise ParseError(what, f"is longer than {NOTE_LIMIT} bytes")
        if any(c < " " and c != "\n" for c in text) or any("\ud800" <= c <= "\udfff" for c in text):
            raise ParseError(what, "holds control characters or is not Unicode")
        body, separator, tail = text.rpartition("\n\n")
        if not separator or not tail.endswith("\n"):
            raise ParseError(what, "has no signatures after an empty line, or no newline at its end")
        lines = tail.removesuffix("\n").split("\n")
        if len(lines) > SIGNATURES_LIMIT:
            raise ParseError(what, f"has more than {SIGNATURES_LIMIT} signatures")
        return cls(body + "\n", tuple(NoteSignature.from_line(line) for line in lines))

    def to_text(self) -> str:
        """Return the signed note."""
        return self.text + "\n" + "".join(f"{signature.to_line()}\n" for signature in self.signatures)

    def newest_line(self, key: VerifierKey) -> NoteSignature | None:
        """Return the line that ``key`` really signed; of several cosignatures that with the latest time."""
        lines = [line for line in self.signatures if key.verifies(self.text, line)]
        # A cosignature begins with its time, in big-endian order.
        return max(lines, key=lambda line: line.signature[:8], default=None)

    def signers(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Return those of ``keys`` that signed, in the order of ``keys``, each once; unknown keys' lines are ignored.

        Raises :class:`NoteSignatureError` if a line claims to be of one of ``keys`` and is not.
        """
        found = []
        for key in keys:
            lines = [signature for signature in self.signatures if key.made(signature)]
            if not all(key.verifies(self.text, line) for line in lines):
                raise NoteSignatureError(f"the signature of {key.name} under the note is false")
            if lines:
                found.append(key)
        return found
