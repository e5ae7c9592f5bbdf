"""Pinned roots: what is believed is named by its SHA-256, and nothing else is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ippyo.errors import InputError
from ippyo.identity.certificates import PUBLISHED_PINS, Pin, Root, Trust

Bench = Any


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def authority(bench: Bench, **changes: Any) -> bytes:
    """Return the newest signature authority again with some extensions changed (None drops one)."""
    old = bench.jlis.root("signature")
    key = changes.pop("key", None) or bench.authority_key("signature-2")
    signer = changes.pop("signer", None) or key
    builder = x509.CertificateBuilder(changes.pop("issuer", old.subject), old.subject, key.public_key(), 7)
    builder = builder.not_valid_before(old.not_valid_before_utc).not_valid_after(old.not_valid_after_utc)
    added = changes.pop("added", ())
    for extension in old.extensions:
        name = type(extension.value).__name__
        value, critical = changes.get(name, (extension.value, extension.critical))
        if value is not None:
            builder = builder.add_extension(value, critical)
    for value, critical in added:
        builder = builder.add_extension(value, critical)
    return der(builder.sign(signer, hashes.SHA256()))


def test_the_published_pins_are_well_formed() -> None:
    pins = [Pin.from_text(text) for text in PUBLISHED_PINS]
    assert [pin.to_text() for pin in pins] == list(PUBLISHED_PINS)
    assert len({pin.sha256 for pin in pins}) == len(PUBLISHED_PINS)


@pytest.mark.parametrize("text", ["", "signature:", "signature:" + "0" * 63, "other:" + "0" * 64, "0" * 64])
def test_other_pins_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        Pin.from_text(text)


def test_files_of_both_forms_are_read(jlis_bench: Bench, tmp_path: Path) -> None:
    root = jlis_bench.jlis.root("signature")
    (tmp_path / "a.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "readme.txt").write_text("not a certificate")
    pin = Pin("signature", hashlib.sha256(der(root)).digest())
    trust = Trust.from_folder(tmp_path, [pin], test=True)
    assert trust.roots[0].fingerprint == pin.sha256
    assert trust.roots[0].is_test
    assert trust.for_kind("user") == ()
    (tmp_path / "a.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(InputError, match="readable"):
        Trust.from_folder(tmp_path, [pin], test=True)


def test_pins_and_files_have_to_agree(jlis_bench: Bench) -> None:
    certificates = [der(root.certificate) for root in jlis_bench.trust.roots]
    with pytest.raises(InputError, match="is not pinned"):
        Trust.pinned(certificates, jlis_bench.jlis.pins()[1:], test=True)
    with pytest.raises(InputError, match="there is no such file"):
        Trust.pinned(certificates[1:], jlis_bench.jlis.pins(), test=True)
    with pytest.raises(InputError, match="no root certificate"):
        Trust.pinned([], [])


def test_production_pins_no_test_root(jlis_bench: Bench) -> None:
    with pytest.raises(InputError, match="test mode is off"):
        Trust(jlis_bench.trust.roots)


@pytest.mark.parametrize(
    "changes",
    [
        {"BasicConstraints": (None, False)},
        {"KeyUsage": (None, False)},
        {"BasicConstraints": (x509.BasicConstraints(ca=False, path_length=None), True)},
        {"BasicConstraints": (x509.BasicConstraints(ca=True, path_length=None), False)},
        {"added": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)]},
    ],
)
def test_a_root_may_issue(jlis_bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"may issue|not understood"):
        Root.from_der(authority(jlis_bench, **changes), "signature")


@pytest.mark.parametrize("missing", ["key_cert_sign", "crl_sign", "critical"])
def test_a_root_says_what_it_is_for(jlis_bench: Bench, missing: str) -> None:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=missing != "key_cert_sign",
        crl_sign=missing != "crl_sign",
        encipher_only=False,
        decipher_only=False,
    )
    with pytest.raises(InputError, match="may issue"):
        Root.from_der(authority(jlis_bench, KeyUsage=(usage, missing != "critical")), "signature")


def test_a_root_is_signed_by_itself(jlis_bench: Bench) -> None:
    good = authority(jlis_bench)
    Root.from_der(good, "signature")
    for bad in (
        authority(jlis_bench, signer=jlis_bench.authority_key("user-2")),
        authority(jlis_bench, issuer=jlis_bench.jlis.root("user").subject),
    ):
        with pytest.raises(InputError, match="signed by itself"):
            Root.from_der(bad, "signature")


def test_a_root_is_readable_and_strong(jlis_bench: Bench) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    for bad in (b"", authority(jlis_bench, key=weak), authority(jlis_bench) + b"\0"):
        with pytest.raises(InputError, match="readable"):
            Root.from_der(bad, "signature")
    with pytest.raises(InputError, match="larger"):
        Root.from_der(bytes(9000), "signature")
