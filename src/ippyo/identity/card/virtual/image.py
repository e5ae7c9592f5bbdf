"""The files of a virtual card, laid out as on the card: what each needs before it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from ippyo.identity.card.applications import JPKI, LABEL_BYTES, TEXT, KeyKind
from ippyo.identity.card.text_ap import basic_to_file
from ippyo.identity.card.virtual.contents import CardContents

__all__ = ["ApplicationImage", "FileImage", "KeyImage", "PinImage", "images"]

TOKEN_BYTES = 160
HAS_CERTIFICATE = 0x8F


@dataclass(frozen=True, slots=True)
class FileImage:
    """A file to read: ``needs`` names the PIN that must have been shown."""

    data: bytes = field(repr=False)
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class PinImage:
    """A PIN: ``name`` is its counter's in the store."""

    name: str
    pin: bytes = field(repr=False)
    tries: int


@dataclass(frozen=True, slots=True)
class KeyImage:
    """A private key (PKCS#8 DER) that signs after the PIN ``needs``."""

    key: bytes = field(repr=False)
    needs: str


@dataclass(frozen=True, slots=True)
class ApplicationImage:
    """One application: its name, and its files by identifier."""

    aid: bytes
    files: dict[int, FileImage | PinImage | KeyImage]


def images(contents: CardContents) -> tuple[ApplicationImage, ...]:
    """Return the applications of a card with these contents.

    The personal number has no place in them: who asks for it gets the answer for a file that is not there.
    """
    return (_jpki(contents), _text(contents))


def _jpki(contents: CardContents) -> ApplicationImage:
    held = {kind: contents.key(kind) for kind in JPKI.keys}
    presence = bytes(HAS_CERTIFICATE if key else 0 for key in held.values())
    token = contents.label.encode("ascii").ljust(LABEL_BYTES).ljust(TOKEN_BYTES, b"\x00")
    files: dict[int, FileImage | PinImage | KeyImage] = {
        JPKI.token: FileImage(token),
        JPKI.presence: FileImage(presence + b"\x00"),
    }
    for kind, key in held.items():
        ids = JPKI.keys[kind]
        if key is None:
            continue
        name = kind.value
        files[ids.pin] = PinImage(name, key.pin.encode("ascii"), ids.form.tries)
        files[ids.key] = KeyImage(key.key, name)
        # Only the certificate of 署名用 holds personal data, and is behind its password.
        files[ids.certificate] = FileImage(key.certificate, name if kind is KeyKind.SIGNATURE else None)
        files[ids.ca_certificate] = FileImage(key.ca_certificate)
    return ApplicationImage(JPKI.aid, files)


def _text(contents: CardContents) -> ApplicationImage:
    held = contents.text
    if held is None:
        return ApplicationImage(TEXT.aid, {})
    return ApplicationImage(
        TEXT.aid,
        {
            TEXT.pin: PinImage("text", held.pin.encode("ascii"), TEXT.form.tries),
            TEXT.basic: FileImage(basic_to_file(held.basic), "text"),
        },
    )
