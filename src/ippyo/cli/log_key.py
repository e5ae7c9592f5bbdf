"""The log's key, sealed as ``ippyo ledger keygen`` leaves it."""

from __future__ import annotations

from pathlib import Path

from ippyo.cli.language import say
from ippyo.cli.passphrase import ask_passphrase
from ippyo.crypto import age_file
from ippyo.errors import ParseError
from ippyo.files import read_limited
from ippyo.ledger.notes import SigningKey

__all__ = ["read_log_key"]


def read_log_key(path: Path) -> SigningKey:
    """Ask for the passphrase and return the key. Raises :class:`~ippyo.errors.InputError`."""
    sealed = read_limited(path, age_file.MAX_CIPHERTEXT, "key file")
    passphrase = ask_passphrase(say("台帳の鍵の合い言葉", "Passphrase of the log's key"))
    text = age_file.decrypt(sealed, passphrase, what=str(path))
    try:
        return SigningKey.from_text(text.decode("ascii"))
    except UnicodeDecodeError:
        raise ParseError(str(path), "is not a signing key") from None
