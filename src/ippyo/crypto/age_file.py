"""Small secrets under a passphrase, in the age format (age-encryption.org/v1, one scrypt recipient).

Bytes in, bytes out: reading and writing files is :mod:`ippyo.files`. Any ``age`` program opens these files.
The library measures the machine and chooses a scrypt work factor of one second or more, for sealing and for opening
alike: put the keys of one person into one file, and open it once.
"""

from __future__ import annotations

from pyrage import DecryptError, passphrase  # type: ignore[import-untyped]

from ippyo.errors import InputError, ParseError

__all__ = ["MAX_CIPHERTEXT", "MAX_PLAINTEXT", "WrongPassphraseError", "decrypt", "encrypt"]

MAX_PLAINTEXT = 1 << 20
"""1 MiB: secrets are small."""

MAX_CIPHERTEXT = MAX_PLAINTEXT + 4096
"""Limit in bytes for whoever reads the file: the plaintext with the age header and tags."""

MOST_WORK = 22
"""Log2 of the most scrypt work that is honestly asked for: four gigabytes."""

MEASUREMENTS = 100

HEADER = b"age-encryption.org/v1\n-> scrypt "


class WrongPassphraseError(InputError):
    """The passphrase does not open the file. Age cannot tell a wrong passphrase from a header that was altered."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: the passphrase is wrong, or the file was damaged")


def encrypt(plaintext: bytes, secret: str) -> bytes:
    """Seal at most 1 MiB under the passphrase ``secret`` (not empty; UTF-8). Takes a second or more."""
    if not secret:
        raise InputError("the passphrase is empty; choose one")
    if len(plaintext) > MAX_PLAINTEXT:
        raise InputError(f"the secret is {len(plaintext)} bytes long, more than the {MAX_PLAINTEXT} allowed")
    return bytes(passphrase.encrypt(plaintext, secret))


def decrypt(ciphertext: bytes, secret: str, *, what: str) -> bytes:
    """Open what :func:`encrypt` (or ``age --passphrase``) made. Takes a second or more. ``what`` names it in errors.

    Raises :class:`ParseError` when it is no such file or demands absurd work, :class:`WrongPassphraseError` otherwise.
    """
    if len(ciphertext) > MAX_CIPHERTEXT:
        raise ParseError(what, f"is {len(ciphertext)} bytes long, more than the {MAX_CIPHERTEXT} allowed")
    if not ciphertext.startswith(HEADER):
        raise ParseError(what, "is not an age file sealed with a passphrase")
    # Whoever writes the file names the scrypt work. The library measures the machine anew each time and refuses what
    # seems too much; on a busy computer a measurement can be far off, and no trustee may be kept out by that.
    attempts = MEASUREMENTS if _work(ciphertext) <= MOST_WORK else 1
    for _ in range(attempts):
        try:
            return bytes(passphrase.decrypt(ciphertext, secret))
        except DecryptError as error:
            if "work" not in str(error):
                raise WrongPassphraseError(what) from None
    raise ParseError(what, "asks for more scrypt work than this computer can do")


def _work(ciphertext: bytes) -> int:
    """Return log2 of the scrypt work that the header names (``-> scrypt SALT WORK``), or too much if it names none."""
    words = ciphertext[len(HEADER) : len(HEADER) + 80].split(b"\n")[0].split(b" ")
    return int(words[1]) if len(words) == 2 and words[1].isdigit() and len(words[1]) <= 2 else MOST_WORK + 1
