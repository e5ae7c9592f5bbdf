from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from joserfc import jwe

from ippyo.identity.digital_auth import ResultKey
from ippyo.identity.digital_auth.signature import digest_info, read_result, read_transaction
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import BLINDED_BYTES, StyleRequest, TicketRequestText

REQUEST = TicketRequestText("P" * 43, b"\x01" * 32, 1, (StyleRequest("all", (b"\x02" * BLINDED_BYTES,)),))
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP384R1())


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([]))
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


CERTIFICATE = certificate(RSA)
SIGNATURE = RSA.sign(digest_info(REQUEST), padding.PKCS1v15(), utils.NoDigestInfo())


def result(signature: object = SIGNATURE, der: object = CERTIFICATE) -> bytes:
    parts = {"signature": signature, "certificate": der}
    coded = {name: base64.b64encode(part).decode() if isinstance(part, bytes) else part for name, part in parts.items()}
    return json.dumps(coded).encode()


def refuse(body: bytes, detail: str, key: ResultKey | None = None) -> None:
    with pytest.raises(IdentityRefusedError, match=detail) as caught:
        read_result(body, REQUEST, key)
    assert caught.value.code == "digital-auth-failed"


def test_a_digest_info_makes_it_rs256() -> None:
    assert len(digest_info(REQUEST)) == 51
    assert RSA.sign(REQUEST.to_sign(), padding.PKCS1v15(), hashes.SHA256()) == SIGNATURE
    signed = read_result(result(), REQUEST, None)
    assert (signed.request, signed.certificate, signed.algorithm, signed.signature) == (
        REQUEST,
        CERTIFICATE,
        "RS256",
        SIGNATURE,
    )


def test_a_bare_hash_is_not_standard() -> None:
    bare = RSA.sign(digest_info(REQUEST)[19:], padding.PKCS1v15(), utils.NoDigestInfo())
    refuse(result(bare), "over this request")


@pytest.mark.parametrize("value", [None, 1, "", "!", "é", "QUJD\n", base64.b64encode(b"1" * 9000).decode()])
def test_parts_that_are_missing_or_broken(value: object) -> None:
    refuse(result(signature=value), "lacks a signature")
    refuse(result(der=value), "lacks a signature")


def test_certificates_that_do_not_serve() -> None:
    refuse(result(der=b"abc"), "cannot be read")
    refuse(result(der=certificate(EC)), "not for RSA")
    refuse(result(der=certificate(rsa.generate_private_key(public_exponent=65537, key_size=1024))), "too weak")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refuse(result(der=certificate(other)), "over this request")


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"null", b"x" * 70_000])
def test_results_that_are_not_well_formed(body: bytes) -> None:
    refuse(body, "not well formed")


@pytest.mark.parametrize("private", [ec.generate_private_key(ec.SECP256R1()), RSA])
def test_sealed_results(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    key = ResultKey.of(private)
    header = {"alg": key.algorithm, "enc": "A256GCM"}
    sealed = jwe.encrypt_compact(header, result(), key.key, algorithms=[key.algorithm, "A256GCM"])
    assert read_result(f"{sealed}\n".encode(), REQUEST, key).signature == SIGNATURE
    refuse(result(), "not encrypted to our key", key)
    refuse(sealed[:-3].encode(), "not encrypted to our key", key)
    refuse(b"\xff.a.b.c.d", "not encrypted to our key", key)
    empty = jwe.encrypt_compact(header, b"", key.key, algorithms=[key.algorithm, "A256GCM"])
    refuse(empty.encode(), "not well formed", key)


def test_transactions() -> None:
    number = "37a52ac8-b232-ebac-a454-04d68916489f"
    assert read_transaction(json.dumps({"id": number}).encode()) == number


@pytest.mark.parametrize("number", [None, 1, "", "../token", "a/b", "a?b", "x" * 65])
def test_transactions_that_are_not_taken(number: object) -> None:
    with pytest.raises(IdentityRefusedError, match="no number"):
        read_transaction(json.dumps({"id": number}).encode())
