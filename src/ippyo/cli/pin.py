"""Asking for the PIN of a card: on the terminal, without showing it; never on the command line."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from ippyo.cli.language import say
from ippyo.errors import InputError
from ippyo.files import read_limited

__all__ = ["ask_pin"]

FILE_VARIABLE = "IPPYO_PIN_FILE"
LIMIT = 256


def ask_pin(prompt: str) -> str:
    """Return the PIN the person types, or the first line of the file named by ``IPPYO_PIN_FILE`` (for tests)."""
    if (file := os.environ.get(FILE_VARIABLE)) is not None:
        try:
            return read_limited(Path(file), LIMIT, say("暗証番号のファイル", "PIN file")).decode("ascii").split("\n")[0]
        except UnicodeDecodeError:
            raise InputError(
                say(
                    "暗証番号のファイルに英数字以外があります。",
                    "the PIN file holds other signs than letters and digits",
                )
            ) from None
    if not sys.stdin.isatty():
        raise InputError(
            say(
                "暗証番号を尋ねる端末がありません。端末で実行してください。",
                "there is no terminal to ask for the PIN; run this in one",
            )
        )
    return getpass.getpass(f"{prompt}: ")
