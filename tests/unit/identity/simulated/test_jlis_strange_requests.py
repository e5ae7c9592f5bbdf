"""What a stranger may send to the simulated responder: it answers, and never breaks down."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

Bench = Any
SHA256 = bytes.fromhex("0609608648016503040201")


@pytest.fixture
def request_der(jlis_bench: Bench) -> bytes:
    """Return a request about the bench's card."""
    certificate, root = x509.load_der_x509_certificate(jlis_bench.user), jlis_bench.jlis.root("user")
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, root, hashes.SHA256())
    return builder.build().public_bytes(serialization.Encoding.DER)


def status(bench: Bench, request: bytes) -> ocsp.OCSPResponseStatus:
    return ocsp.load_der_ocsp_response(bench.jlis.ocsp(request, bench.now)).response_status


def test_a_hash_that_nobody_knows(jlis_bench: Bench, request_der: bytes) -> None:
    assert request_der.count(SHA256) == 1
    strange = request_der.replace(SHA256, SHA256[:-1] + b"\x55")
    assert status(jlis_bench, strange) is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_a_number_that_no_certificate_has(jlis_bench: Bench, request_der: bytes) -> None:
    serial = x509.load_der_x509_certificate(jlis_bench.user).serial_number
    der = bytes([0x02, 0x08]) + serial.to_bytes(8)
    assert request_der.count(der) == 1
    negative = request_der.replace(der, bytes([0x02, 0x08, 0x80]) + der[3:])
    assert status(jlis_bench, negative) is ocsp.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_any_byte_may_be_another(jlis_bench: Bench, request_der: bytes, bit: int) -> None:
    for place in range(len(request_der)):
        altered = bytearray(request_der)
        altered[place] ^= bit
        assert status(jlis_bench, bytes(altered)) in ocsp.OCSPResponseStatus
