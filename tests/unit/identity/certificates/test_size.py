"""A certificate has a size: a stranger's megabytes are not decoded."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from ippyo.identity.certificates import check_certificate
from ippyo.identity.certificates.profile import CERTIFICATE_LIMIT
from ippyo.identity.errors import IdentityRefusedError

Bench = Any
MORE = x509.ObjectIdentifier("1.2.3.4")


def padded(bench: Bench, length: int) -> bytes:
    """Return the card's certificate with one more extension, which does no harm by itself."""
    der: bytes = bench.forge(bench.signature, change=[(x509.UnrecognizedExtension(MORE, bytes(length)), False)])
    return der


def test_what_is_larger_than_any_certificate_is_refused_by_its_size(jlis_bench: Bench) -> None:
    # Certificate, signed part and extensions have lengths of two bytes from 256 bytes on, whatever stands in them.
    spare = CERTIFICATE_LIMIT - len(padded(jlis_bench, 1000)) + 1000
    largest, larger = padded(jlis_bench, spare), padded(jlis_bench, spare + 1)
    assert (len(largest), len(larger)) == (CERTIFICATE_LIMIT, CERTIFICATE_LIMIT + 1)
    check_certificate(largest, "signature", jlis_bench.trust, jlis_bench.now)
    with pytest.raises(IdentityRefusedError, match="too large") as caught:
        check_certificate(larger, "signature", jlis_bench.trust, jlis_bench.now)
    assert caught.value.code == "bad-certificate"
