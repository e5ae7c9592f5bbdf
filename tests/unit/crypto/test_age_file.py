"""Secrets under a passphrase: round trip, and each refusal."""

from __future__ import annotations

import pytest
from pyrage import DecryptError  # type: ignore[import-untyped]

from ippyo.crypto.age_file import MAX_CIPHERTEXT, MAX_PLAINTEXT, WrongPassphraseError, decrypt, encrypt
from ippyo.errors import InputError, ParseError


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return encrypt(b'{"secret":"1"}', "correct horse")


def test_round_trip(sealed: bytes) -> None:
    assert b"secret" not in sealed
    assert decrypt(sealed, "correct horse", what="key file") == b'{"secret":"1"}'


def test_wrong_passphrase_says_so_in_one_sentence(sealed: bytes) -> None:
    with pytest.raises(WrongPassphraseError) as caught:
        decrypt(sealed, "wrong secret", what="key file")
    assert str(caught.value) == "key file: the passphrase is wrong, or the file was damaged"
    assert isinstance(caught.value, InputError)


def test_damaged_file(sealed: bytes) -> None:
    with pytest.raises(WrongPassphraseError):
        decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), "correct horse", what="key file")


@pytest.mark.parametrize(
    "data", [b"", b"junk", b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"age-encryption.org/v1\n-> X25519 abc\n"]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ParseError, match="not an age file sealed with a passphrase"):
        decrypt(data, "passphrase", what="key file")


def test_empty_body_is_refused() -> None:
    with pytest.raises(WrongPassphraseError):
        decrypt(b"age-encryption.org/v1\n-> scrypt ", "passphrase", what="key file")


def test_absurd_work_is_refused_at_once() -> None:
    header = b"age-encryption.org/v1\n-> scrypt " + b"A" * 22 + b" 40\n" + b"A" * 43 + b"\n--- " + b"A" * 43 + b"\n"
    with pytest.raises(ParseError, match="more scrypt work"):
        decrypt(header + bytes(40), "passphrase", what="key file")


def test_a_busy_computer_does_not_keep_a_trustee_out(sealed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = iter([True] * 7)

    def busy(ciphertext: bytes, secret: str) -> bytes:
        if next(refusals, False):
            raise DecryptError("Excessive work parameter for passphrase")
        return b"opened"

    monkeypatch.setattr("pyrage.passphrase.decrypt", busy)
    assert decrypt(sealed, "correct horse", what="key file") == b"opened"


def test_a_computer_that_is_too_slow_says_so(sealed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(ciphertext: bytes, secret: str) -> bytes:
        raise DecryptError("Excessive work parameter for passphrase")

    monkeypatch.setattr("pyrage.passphrase.decrypt", slow)
    with pytest.raises(ParseError, match="more scrypt work"):
        decrypt(sealed, "correct horse", what="key file")


def test_sizes_are_limited() -> None:
    with pytest.raises(InputError, match="more than the 1048576 allowed"):
        encrypt(bytes(MAX_PLAINTEXT + 1), "passphrase")
    with pytest.raises(ParseError, match="allowed"):
        decrypt(bytes(MAX_CIPHERTEXT + 1), "passphrase", what="key file")
    # What may be sealed may be opened: 16 bytes of tag for each 64 KiB, and the header.
    assert MAX_PLAINTEXT + 16 * (MAX_PLAINTEXT // 65536) + 300 < MAX_CIPHERTEXT


def test_empty_passphrase_is_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        encrypt(b"secret", "")
