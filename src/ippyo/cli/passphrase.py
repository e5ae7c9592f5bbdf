"""Asking for a passphrase: on the terminal, without showing it; never on the command line."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from ippyo.cli.language import say
from ippyo.errors import InputError
from ippyo.files import read_limited

__all__ = ["ask_passphrase", "choose_passphrase"]

FILE_VARIABLE = "IPPYO_PASSPHRASE_FILE"
MIN_LENGTH = 12
LIMIT = 1024


def ask_passphrase(prompt: str) -> str:
    """Return the passphrase the person types, or the first line of the file named by ``IPPYO_PASSPHRASE_FILE``."""
    if (file := os.environ.get(FILE_VARIABLE)) is not None:
        try:
            return read_limited(Path(file), LIMIT, say("合い言葉のファイル", "passphrase file")).decode().split("\n")[0]
        except UnicodeDecodeError:
            raise InputError(
                say("合い言葉のファイルが UTF-8 ではありません。", "the passphrase file is not UTF-8 text")
            ) from None
    if not sys.stdin.isatty():
        raise InputError(
            say(
                f"合い言葉を尋ねる端末がありません。端末で実行するか、{FILE_VARIABLE} でファイルを示してください。",
                f"there is no terminal to ask for the passphrase; run this in one, or name a file in {FILE_VARIABLE}",
            )
        )
    return getpass.getpass(f"{prompt}: ")


def choose_passphrase() -> str:
    """Ask for a new passphrase, twice, and refuse a short one."""
    passphrase = ask_passphrase(say("新しい合い言葉", "New passphrase"))
    if len(passphrase) < MIN_LENGTH:
        raise InputError(
            say(
                f"合い言葉が短すぎます。{MIN_LENGTH} 文字以上にしてください。",
                f"the passphrase is too short; take {MIN_LENGTH} characters or more",
            )
        )
    if ask_passphrase(say("もう一度", "Once more")) != passphrase:
        raise InputError(say("二度の入力が違います。", "the two passphrases differ; begin again"))
    return passphrase
