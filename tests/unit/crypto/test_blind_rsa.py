"""Blind RSA against the published vectors of RFC 9474, and each refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gmpy2
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519

from ippyo.canonical import b64
from ippyo.crypto.blind_rsa import (
    PSSZERO_DETERMINISTIC,
    VARIANTS,
    BlindSignatureError,
    RsaPublicKey,
    blind,
    emsa_pss_encode,
    finalize,
    prepare,
    verify,
)
from ippyo.crypto.issuer_key import FileIssuerKey
from ippyo.errors import InputError, ParseError

VECTORS: list[dict[str, str]] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "rfc9474.json").read_text(encoding="utf-8")
)["vectors"]
MESSAGE = b"ippyo-ticket-v1|poll|credential"


def altered(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


@pytest.fixture(scope="module")
def issuer() -> FileIssuerKey:
    return FileIssuerKey.generate()


@pytest.fixture(params=VECTORS, ids=lambda vector: vector["name"])
def vector(request: pytest.FixtureRequest) -> dict[str, str]:
    value: dict[str, str] = request.param
    return value


def rfc_key(vector: dict[str, str]) -> RsaPublicKey:
    assert int(vector["e"], 16) == 65537
    return RsaPublicKey(int(vector["n"], 16))


def test_all_four_variants_have_a_vector() -> None:
    assert {vector["name"] for vector in VECTORS} == set(VARIANTS)


def test_rfc_9474(vector: dict[str, str]) -> None:
    variant, key = VARIANTS[vector["name"]], rfc_key(vector)
    prefix = bytes.fromhex(vector["msg_prefix"]) or None
    salt = bytes.fromhex(vector["salt"])
    message = prepare(bytes.fromhex(vector["msg"]), variant, prefix=prefix)
    assert message.hex() == vector["prepared_msg"]
    assert emsa_pss_encode(message, key.n.bit_length() - 1, salt).hex() == vector["encoded_msg"]
    r = int(gmpy2.invert(int(vector["inv"], 16), key.n))
    blinding = blind(key, message, r=r, variant=variant, salt=salt)
    assert blinding.blinded.hex() == vector["blinded_msg"]
    assert blinding.inverse == int(vector["inv"], 16)
    signature = finalize(key, message, bytes.fromhex(vector["blind_sig"]), blinding, variant=variant)
    assert signature.hex() == vector["sig"]
    assert verify(key, message, signature, variant=variant)


def test_rfc_9474_issuer(vector: dict[str, str]) -> None:
    p, q, n, d = (int(vector[name], 16) for name in "pqnd")
    private = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(65537, n)
    ).private_key()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    issuer = FileIssuerKey.from_pem(pem, bits=4096)
    assert issuer.blind_sign(bytes.fromhex(vector["blinded_msg"])).hex() == vector["blind_sig"]


def test_rfc_9474_altered(vector: dict[str, str]) -> None:
    variant, key = VARIANTS[vector["name"]], rfc_key(vector)
    message, signature = bytes.fromhex(vector["prepared_msg"]), bytes.fromhex(vector["sig"])
    for position in (0, 255, 511):
        assert not verify(key, message, altered(signature, position), variant=variant)
    assert not verify(key, altered(message, 0), signature, variant=variant)
    assert not verify(RsaPublicKey(key.n + 2), message, signature, variant=variant)
    for name, other in VARIANTS.items():
        same_salt = other.salt_length == variant.salt_length
        assert verify(key, message, signature, variant=other) == same_salt, name


def test_round_with_the_operating_systems_randomness(issuer: FileIssuerKey) -> None:
    key = issuer.public_key
    first, second = blind(key, MESSAGE), blind(key, MESSAGE)
    assert first.blinded != second.blinded
    signatures = {finalize(key, MESSAGE, issuer.blind_sign(one.blinded), one) for one in (first, second)}
    # Without salt a message has one signature.
    assert len(signatures) == 1
    assert verify(key, MESSAGE, signatures.pop())


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda variant: variant.name)
def test_signatures_are_ordinary_pss(issuer: FileIssuerKey, variant: Any) -> None:
    key = issuer.public_key
    message = prepare(MESSAGE, variant)
    assert len(message) == len(MESSAGE) + (32 if variant.randomized else 0)
    blinding = blind(key, message, variant=variant)
    signature = finalize(key, message, issuer.blind_sign(blinding.blinded), blinding, variant=variant)
    library = serialization.load_der_public_key(key.to_der())
    assert isinstance(library, rsa.RSAPublicKey)
    scheme = padding.PSS(padding.MGF1(hashes.SHA384()), variant.salt_length)
    library.verify(signature, message, scheme, hashes.SHA384())


def test_finalize_refuses_every_altered_thing(issuer: FileIssuerKey) -> None:
    key = issuer.public_key
    blinding = blind(key, MESSAGE)
    answer = issuer.blind_sign(blinding.blinded)
    for position in (0, 100, 383):
        with pytest.raises(BlindSignatureError):
            finalize(key, MESSAGE, altered(answer, position), blinding)
    with pytest.raises(BlindSignatureError, match="not one of the blinded message"):
        finalize(key, MESSAGE + b"!", answer, blinding)
    with pytest.raises(BlindSignatureError, match="not one of the blinded message"):
        finalize(key, MESSAGE, answer, blind(key, MESSAGE))
    with pytest.raises(BlindSignatureError, match="383 bytes"):
        finalize(key, MESSAGE, answer[1:], blinding)
    with pytest.raises(BlindSignatureError, match="385 bytes"):
        finalize(key, MESSAGE, b"\0" + answer, blinding)
    with pytest.raises(BlindSignatureError, match="not smaller than the modulus"):
        finalize(key, MESSAGE, key.n.to_bytes(384), blinding)


@pytest.mark.parametrize("length", [0, 383, 385])
def test_signature_of_another_length_fails(issuer: FileIssuerKey, length: int) -> None:
    assert not verify(issuer.public_key, MESSAGE, bytes(length))


def test_blind_refuses_bad_factors(issuer: FileIssuerKey) -> None:
    key = issuer.public_key
    for r in (-1, 0, 1, key.n, key.n + 1, issuer.p, 2 * issuer.q):
        with pytest.raises(InputError, match="blinding factor"):
            blind(key, MESSAGE, r=r)


def test_blind_refuses_a_modulus_that_shares_a_factor_with_the_message() -> None:
    m = int.from_bytes(emsa_pss_encode(MESSAGE, 3071, b""))
    factor = next(prime for prime in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47) if m % prime == 0)
    with pytest.raises(InputError, match="factor in common"):
        blind(RsaPublicKey((2**3071 // factor | 1) * factor), MESSAGE)


def test_blind_refuses_a_salt_of_another_length(issuer: FileIssuerKey) -> None:
    with pytest.raises(InputError, match="must be 0 bytes"):
        blind(issuer.public_key, MESSAGE, salt=b"salt")


def test_prepare_refuses_wrong_prefixes() -> None:
    with pytest.raises(InputError, match="takes no prefix"):
        prepare(MESSAGE, PSSZERO_DETERMINISTIC, prefix=bytes(32))
    with pytest.raises(InputError, match="32 bytes"):
        prepare(MESSAGE, VARIANTS["RSABSSA-SHA384-PSS-Randomized"], prefix=bytes(31))


def test_modulus_too_short_for_the_hash() -> None:
    with pytest.raises(InputError, match="too short"):
        blind(RsaPublicKey(2**383 + 1), MESSAGE)


def test_blinding_is_not_shown(issuer: FileIssuerKey) -> None:
    blinding = blind(issuer.public_key, MESSAGE)
    assert str(blinding.inverse) not in repr(blinding)


def test_key_texts(issuer: FileIssuerKey) -> None:
    key = issuer.public_key
    assert key.size == 384
    assert RsaPublicKey.from_text(key.to_text()) == key
    assert RsaPublicKey.from_der(key.to_der()) == key


def der(key: Any) -> bytes:
    data: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return data


def test_bad_public_keys_are_refused(issuer: FileIssuerKey) -> None:
    n, good = issuer.public_key.n, issuer.public_key.to_der()
    assert der(rsa.RSAPublicNumbers(65537, n).public_key()) == good
    cases = {
        "3072": der(rsa.RSAPublicNumbers(65537, n >> 1 | 1).public_key()),
        "exponent 65537": der(rsa.RSAPublicNumbers(3, n).public_key()),
        "odd modulus": good.replace(n.to_bytes(384), (n - 1).to_bytes(384)),
        "not an RSA key": der(ec.generate_private_key(ec.SECP256R1()).public_key()),
        "RSA key": der(x25519.X25519PrivateKey.generate().public_key()),
        "too long": good + bytes(4096),
        "SubjectPublicKeyInfo": good[:-1],
    }
    for problem, data in cases.items():
        with pytest.raises(ParseError, match=problem):
            RsaPublicKey.from_der(data)
    for data in (b"", b"\0", good + b"\0", good[1:], altered(good, 0), altered(good, 7)):
        with pytest.raises(ParseError):
            RsaPublicKey.from_der(data)


def test_other_forms_of_the_same_key_are_refused(issuer: FileIssuerKey) -> None:
    good = issuer.public_key.to_der()
    # rsaEncryption is 1.2.840.113549.1.1.1 with NULL parameters; RSASSA-PSS, ending in 10, is the same key as well.
    rsa_encryption, rsassa_pss = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d01010a")
    bits = good[good.index(rsa_encryption) + len(rsa_encryption) + 2 :]
    for algorithm in (rsa_encryption, rsassa_pss):
        body = b"\x30" + bytes([len(algorithm)]) + algorithm + bits
        with pytest.raises(ParseError, match="is not in canonical form"):
            RsaPublicKey.from_der(b"\x30\x82" + len(body).to_bytes(2) + body)


def test_public_key_must_be_canonical_base64(issuer: FileIssuerKey) -> None:
    text = issuer.public_key.to_text()
    for bad in (text + "=", text[:-1], " " + text, b64(issuer.public_key.to_der())[:-2] + "??"):
        with pytest.raises(ParseError):
            RsaPublicKey.from_text(bad)
