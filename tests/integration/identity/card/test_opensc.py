"""OpenSC, which others wrote against real cards, takes the virtual card for one; and Ippyo signs what OpenSC signs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.card.readers import connect
from ippyo.identity.errors import CardError

TOKENS = {
    KeyKind.SIGNATURE: ("JPKI (Digital Signature PIN)", "02", "ABC123"),
    KeyKind.USER: ("JPKI (User Authentication PIN)", "01", "1234"),
}
FULL = {KeyKind.SIGNATURE: 5, KeyKind.USER: 3}


@pytest.fixture
def pkcs11(card_reader: Any, opensc_module: Path) -> Any:
    def run(key: KeyKind, pin: str, *arguments: str) -> Any:
        token, identifier, _ = TOKENS[key]
        command = ["pkcs11-tool", "--module", str(opensc_module), "--token-label", token, "--login", "--pin", pin]
        return card_reader.run(*command, "--id", identifier, *arguments)

    return run


@pytest.fixture
def ippyo(card_reader: Any, ippyo_command: str) -> Any:
    def run(*arguments: str, pin: str | None = None) -> Any:
        return card_reader.run(ippyo_command, "card", *arguments, pin=pin)

    return run


def test_opensc_knows_the_card(card_reader: Any, card_file: Path) -> None:
    card_reader.insert(card_file)
    assert card_reader.run("opensc-tool", "-r", "0", "-n").stdout.strip() == "jpki"


def test_opensc_lists_the_certificates(card_reader: Any, card_file: Path) -> None:
    card_reader.insert(card_file)
    listed = card_reader.run("pkcs15-tool", "--list-certificates").stdout
    assert re.findall(r"X\.509 Certificate \[(.*)\]", listed) == [
        "User Authentication Certificate",
        "Digital Signature Certificate",
        "User Authentication Certificate CA",
        "Digital Signature Certificate CA",
    ]


@pytest.mark.parametrize("key", KeyKind)
def test_both_sign_the_same(
    card_reader: Any, card_file: Path, pkcs11: Any, ippyo: Any, tmp_path: Path, key: KeyKind
) -> None:
    card_reader.insert(card_file)
    pin = TOKENS[key][2]
    (tmp_path / "message").write_bytes(b"ippyo-request-v1|" * 100)
    read = pkcs11(key, pin, "--read-object", "--type", "cert", "--output-file", "theirs.der")
    assert read.returncode == 0, read.stderr
    theirs = pkcs11(
        key, pin, "--sign", "--mechanism", "SHA256-RSA-PKCS", "--input-file", "message", "--output-file", "theirs.sig"
    )
    assert theirs.returncode == 0, theirs.stderr

    card_reader.run("openssl", "x509", "-in", "theirs.der", "-inform", "DER", "-pubkey", "-noout", "-out", "key.pem")
    verified = card_reader.run(
        "openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "theirs.sig", "message"
    )
    assert verified.stdout == "Verified OK\n"

    ours = ippyo(
        "sign", "message", "--key", key.value, "--out", "ours.sig", "--certificate", "ours.der", pin=pin.lower()
    )
    assert ours.returncode == 0, ours.stderr
    assert (tmp_path / "ours.sig").read_bytes() == (tmp_path / "theirs.sig").read_bytes()
    assert (tmp_path / "ours.der").read_bytes() == (tmp_path / "theirs.der").read_bytes()


def tries() -> dict[KeyKind, int]:
    with connect() as transport:
        card = JpkiCard(transport)
        card.select()
        return {key: card.tries_left(key) for key in KeyKind}


@pytest.mark.parametrize(("key", "options"), [(KeyKind.SIGNATURE, ()), (KeyKind.USER, ("--iso-blocked",))])
def test_wrong_pins_count_down_to_the_lock(
    card_reader: Any, card_file: Path, pkcs11: Any, ippyo: Any, key: KeyKind, options: tuple[str, ...]
) -> None:
    card_reader.insert_by_command(card_file, *options)
    wrong = "999999" if key is KeyKind.SIGNATURE else "9999"
    assert tries() == FULL
    for left in reversed(range(1, FULL[key])):
        refused = pkcs11(key, wrong, "--list-objects")
        assert refused.returncode != 0
        assert "CKR_PIN_INCORRECT" in refused.stdout + refused.stderr
        assert tries() == FULL | {key: left}
    (card_reader.folder / "message").write_bytes(b"message")
    last = ippyo("sign", "message", "--key", key.value, pin=wrong)
    assert (last.returncode, last.stderr) == (
        2,
        "ippyo: error: this PIN is locked; the municipal office can unlock it\n",
    )

    card_reader.remove()
    card_reader.insert_by_command(card_file, *options)
    assert tries() == FULL | {key: 0}, "a card out of the reader forgets nothing"
    assert pkcs11(key, TOKENS[key][2], "--list-objects").returncode != 0
    with connect() as transport, pytest.raises(CardError, match="locked"):
        card = JpkiCard(transport)
        card.select()
        card.verify(key, TOKENS[key][2])
    assert not (card_reader.folder / "message.sig").exists()


def test_info_tells_nothing_of_the_holder_unless_asked(card_reader: Any, card_file: Path, ippyo: Any) -> None:
    card_reader.insert(card_file)
    told = ippyo("info")
    assert told.stdout.splitlines() == [
        "Reader: Virtual PCD 00 00",
        "Kind: My Number Card",
        "Certificate for signatures (署名用): its PIN may be wrong 5 times",
        "Certificate for authentication (利用者証明用): its PIN may be wrong 3 times",
    ]
    asked = ippyo("info", "--personal", pin="4321")
    assert asked.stdout.splitlines()[4:] == [
        "Name: 一票　花子",
        "Address: 東京都清瀬市中里５丁目８４２番地",
        "Sex: female",
        "Date of birth: 1980-02-03",
    ]
