"""``ippyo ledger serve``: what it tells whoever starts it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from tests import commands

from ippyo.crypto import age_file
from ippyo.ledger.notes import KeyKind, SigningKey

PASSPHRASE = "correct horse battery"


def test_whoever_forgets_the_witnesses_is_told(small_polls: ModuleType, tmp_path: Path) -> None:
    """Genesis wants their lines below every receipt, but says nothing of where they are."""
    witness = SigningKey.generate("press.example/witness", KeyKind.COSIGNATURE)
    small = small_polls.SmallPoll.build(witnesses=(witness,))
    folder = small.write_documents(tmp_path / "ledger")
    (folder / "log-key.age").write_bytes(age_file.encrypt(small.log.to_text().encode(), PASSPHRASE))
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
    told = []
    for number, options in enumerate(([], ["--witness", "http://127.0.0.1:9"])):
        log = tmp_path / f"{number}.err"
        with commands.serving("ledger", "serve", folder, *options, log=log, IPPYO_PASSPHRASE_FILE=str(secret)):
            told.append("no receipts without 1 witnesses" in log.read_text(encoding="utf-8"))
    assert told == [True, False]
