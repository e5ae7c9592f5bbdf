"""``ippyo card`` with a virtual card in a file, in place of a reader."""

from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ippyo.cli.main import main
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, Jlis


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> CardContents:
    at = datetime(2026, 4, 1, tzinfo=UTC)
    person = BasicData("一票　花子", "東京都清瀬市中里５丁目８４２番地", "female", BirthDate(1980, 2, 3))
    jlis = Jlis.create(tmp_path_factory.mktemp("jlis") / "jlis", at)
    return jlis.personalise(person, CardPins("ABC123", "1234", "4321"), at)


@pytest.fixture
def card(contents: CardContents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "card.json"
    file.write_text(contents.to_text(), encoding="utf-8")
    monkeypatch.setenv("IPPYO_LANG", "en")
    return file


@pytest.fixture
def pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "pin"
    monkeypatch.setenv("IPPYO_PIN_FILE", str(file))
    return file


def run(*arguments: object) -> int:
    return main(["card", *map(str, arguments)])


def test_info(card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", "--virtual", card) == 0
    assert capsys.readouterr().out == (
        f"Reader: {card}\n"
        "Kind: My Number Card\n"
        "Certificate for signatures (署名用): its PIN may be wrong 5 times\n"
        "Certificate for authentication (利用者証明用): its PIN may be wrong 3 times\n"
    )


def test_info_in_japanese(card: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPYO_LANG", "ja")
    assert run("info", "--virtual", card) == 0
    assert "署名用電子証明書: 暗証番号はあと 5 回まで間違えられます" in capsys.readouterr().out


def test_info_tells_of_the_person_only_after_the_pin(card: Path, pin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pin.write_text("4321\n")
    assert run("info", "--virtual", card, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "reader": str(card),
        "device": "card",
        "keys": {"signature": {"tries_left": 5}, "user": {"tries_left": 3}},
    }
    assert run("info", "--virtual", card, "--json", "--personal") == 0
    assert json.loads(capsys.readouterr().out)["basic"] == {
        "name": "一票　花子",
        "address": "東京都清瀬市中里５丁目８４２番地",
        "sex": "female",
        "born": "1980-02-03",
    }
    assert run("info", "--virtual", card, "--personal") == 0
    assert "Name: 一票　花子" in capsys.readouterr().out


def test_info_of_a_locked_phone_without_the_key_for_signatures(
    contents: CardContents, card: Path, pin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = CardContents(None, contents.user, None, "JPKIAPGPSETOKEN")
    card.write_text(phone.to_text(), encoding="utf-8")
    (card.parent / "message").write_bytes(b"message")
    pin.write_text("9999")
    assert [run("sign", card.parent / "message", "--key", "user", "--virtual", card) for _ in range(4)] == [2] * 4
    capsys.readouterr()
    assert run("info", "--virtual", card) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Kind: Android phone",
        "Certificate for signatures (署名用): none",
        "Certificate for authentication (利用者証明用): its PIN is locked; the municipal office can unlock it",
    ]


@pytest.mark.parametrize(("key", "secret"), [("signature", "abc123"), ("user", "1234")])
def test_sign(card: Path, pin: Path, tmp_path: Path, key: str, secret: str) -> None:
    pin.write_text(secret)
    message = tmp_path / "message"
    message.write_bytes(b"message")
    certificate = tmp_path / "certificate.der"
    assert run("sign", message, "--key", key, "--virtual", card, "--certificate", certificate) == 0
    public = x509.load_der_x509_certificate(certificate.read_bytes()).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify((tmp_path / "message.sig").read_bytes(), b"message", padding.PKCS1v15(), hashes.SHA256())
    assert certificate.stat().st_mode & 0o777 == 0o600, "it may say name and address"


def test_a_wrong_pin_signs_nothing(card: Path, pin: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pin.write_text("9876")
    message = tmp_path / "message"
    message.write_bytes(b"message")
    assert run("sign", message, "--key", "user", "--virtual", card) == 2
    error = capsys.readouterr().err
    assert error == "ippyo: error: the PIN is wrong; 2 tries are left before the card locks it\n"
    assert "9876" not in error
    assert not (tmp_path / "message.sig").exists()


def test_no_pin_is_asked_without_a_terminal(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("IPPYO_PIN_FILE", raising=False)
    message = tmp_path / "message"
    message.write_bytes(b"message")
    assert run("sign", message, "--key", "user", "--virtual", card) == 2
    assert "no terminal" in capsys.readouterr().err


def test_the_pin_is_typed(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPPYO_PIN_FILE", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "1234" if "4 digits" in prompt else "")
    message = tmp_path / "message"
    message.write_bytes(b"message")
    assert run("sign", message, "--key", "user", "--virtual", card) == 0


def test_a_pin_file_of_other_signs_is_refused(
    card: Path, pin: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pin.write_text("１２３４", encoding="utf-8")
    message = tmp_path / "message"
    message.write_bytes(b"message")
    assert run("sign", message, "--key", "user", "--virtual", card) == 2
    assert "other signs than letters and digits" in capsys.readouterr().err


def test_no_option_takes_a_pin(card: Path, tmp_path: Path) -> None:
    assert run("sign", tmp_path / "message", "--key", "user", "--virtual", card, "--pin", "1234") == 2


def test_a_virtual_card_needs_its_reader(card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert run("virtual", card, "--port", port) == 2
    assert f"cannot reach the virtual reader on port {port}" in capsys.readouterr().err


def test_a_virtual_card_answers_until_the_reader_goes(card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reader:
        # The reader says no length, and the card leaves: nothing else is needed of it here.
        port = reader.getsockname()[1]
        reader.settimeout(60)

        def greet() -> None:
            connection, _ = reader.accept()
            with connection:
                connection.sendall(b"\x00\x01\x04\x00\x00")
                assert connection.recv(2) == b"\x00\x09"
                connection.recv(9)

        greeter = threading.Thread(target=greet)
        greeter.start()
        assert run("virtual", card, "--port", port, "--iso-blocked") == 0
        greeter.join(60)
    assert "Ctrl-C takes it out" in capsys.readouterr().out
