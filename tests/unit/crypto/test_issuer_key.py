"""Issuers' keys in memory: the checks around the private operation, PEM, sealed files."""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ippyo.crypto.age_file import WrongPassphraseError
from ippyo.crypto.blind_rsa import BlindSignatureError, blind, finalize
from ippyo.crypto.issuer_key import FileIssuerKey, IssuerKey, checked_private_operation
from ippyo.errors import ParseError


@pytest.fixture(scope="module")
def key() -> FileIssuerKey:
    return FileIssuerKey.generate()


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def test_signs_as_an_issuer_does(key: FileIssuerKey) -> None:
    issuer: IssuerKey = key
    blinding = blind(issuer.public_key, b"message")
    answer = issuer.blind_sign(blinding.blinded)
    assert pow(int.from_bytes(answer), 65537, key.public_key.n) == int.from_bytes(blinding.blinded)
    assert finalize(issuer.public_key, b"message", answer, blinding)
    # The internal blinding is fresh each time, the result always the same.
    assert issuer.blind_sign(blinding.blinded) == answer


def test_smallest_and_largest_message(key: FileIssuerKey) -> None:
    n = key.public_key.n
    assert int.from_bytes(key.blind_sign((1).to_bytes(384))) == 1
    assert int.from_bytes(key.blind_sign((n - 1).to_bytes(384))) == n - 1


@pytest.mark.parametrize("length", [0, 383, 385])
def test_message_of_another_length_is_refused(key: FileIssuerKey, length: int) -> None:
    with pytest.raises(ParseError, match=f"{length} bytes"):
        key.blind_sign(b"\1" * length)


def test_message_out_of_range_is_refused(key: FileIssuerKey) -> None:
    for number in (0, key.public_key.n, 2**3072 - 1):
        with pytest.raises(ParseError, match="between 1 and n - 1"):
            key.blind_sign(number.to_bytes(384))


@pytest.mark.parametrize("part", ["dp", "dq", "q_inverse"])
def test_wrong_result_is_never_given_out(key: FileIssuerKey, part: str) -> None:
    # A fault in one half of the Chinese remaindering would give away the factors.
    faulty = replace(key, **{part: getattr(key, part) ^ 2})
    with pytest.raises(BlindSignatureError, match="nothing was given out"):
        faulty.blind_sign((2).to_bytes(384))


def test_private_operation_never_sees_the_senders_number(key: FileIssuerKey) -> None:
    seen = []

    def spy(m: int) -> int:
        seen.append(m)
        return key._rsasp1(m)

    for _ in range(2):
        checked_private_operation(key.public_key, (7).to_bytes(384), spy)
    assert 7 not in seen
    assert seen[0] != seen[1]


def test_pem_round_trip(key: FileIssuerKey) -> None:
    assert key.to_pem().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert FileIssuerKey.from_pem(key.to_pem()) == key


def test_secrets_are_not_shown(key: FileIssuerKey) -> None:
    for secret in (key.p, key.q, key.dp, key.dq, key.q_inverse):
        assert str(secret) not in repr(key)


def test_bad_pem_is_refused(key: FileIssuerKey) -> None:
    good = key.to_pem()
    lines = good.splitlines(keepends=True)
    cases = {
        "too long": good + b" " * 20_000,
        "does not have 3072 bits": pem(rsa.generate_private_key(65537, 2048)),
        "exponent 65537": pem(rsa.generate_private_key(3, 3072)),
        "not an RSA key": pem(ec.generate_private_key(ec.SECP256R1())),
        "not an unencrypted PKCS#8 PEM file": b"".join(lines[:5] + lines[6:]),
    }
    for problem, data in cases.items():
        with pytest.raises(ParseError, match=problem):
            FileIssuerKey.from_pem(data)
    library = serialization.load_pem_private_key(good, password=None)
    assert isinstance(library, rsa.RSAPrivateKey)
    for data in (b"", b"junk", good.replace(b"PRIVATE", b"PUBLIC"), pem(library, b"password")):
        with pytest.raises(ParseError, match="PKCS#8"):
            FileIssuerKey.from_pem(data)


def test_numbers_that_do_not_belong_together_are_refused(key: FileIssuerKey) -> None:
    der = serialization.load_pem_private_key(key.to_pem(), password=None).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    wrong = der.replace(key.p.to_bytes(192), (key.p ^ 2).to_bytes(192))
    assert wrong != der
    with pytest.raises(ParseError):
        FileIssuerKey.from_pem(b"-----BEGIN PRIVATE KEY-----\n" + encodebytes(wrong) + b"-----END PRIVATE KEY-----\n")


def test_sealed_key(key: FileIssuerKey) -> None:
    sealed = key.seal("正しい passphrase")
    assert b"PRIVATE KEY" not in sealed
    assert FileIssuerKey.unseal(sealed, "正しい passphrase") == key
    with pytest.raises(WrongPassphraseError):
        FileIssuerKey.unseal(sealed, "wrong")
