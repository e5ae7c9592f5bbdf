"""The simulated J-LIS over HTTP, asked by the registry's own client."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
from cryptography import x509

from ippyo.identity.certificates import check_certificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation import HttpPost, OcspSource
from ippyo.identity.simulated.jlis_web import SILENCE_SECONDS, JlisSite, serve_jlis

Bench = Any


def test_ocsp_over_http(jlis_bench: Bench) -> None:
    site = JlisSite(jlis_bench.jlis, lambda: jlis_bench.now)
    certificate = check_certificate(jlis_bench.signature, "signature", jlis_bench.trust, jlis_bench.now)
    with serve_jlis(site) as origin:
        source = OcspSource(HttpPost(f"{origin}/ocsp", seconds=60))
        source.require_good(certificate, jlis_bench.now)
        site.behaviour = "stale"
        with pytest.raises(IdentityRefusedError, match="revocation-stale"):
            source.require_good(certificate, jlis_bench.now)
        site.behaviour = "silent"
        with pytest.raises(IdentityRefusedError, match="revocation-unavailable"):
            OcspSource(HttpPost(f"{origin}/ocsp", seconds=0.2)).require_good(certificate, jlis_bench.now)


def test_silence_ends_when_the_site_stops(jlis_bench: Bench) -> None:
    site = JlisSite(jlis_bench.jlis, behaviour="silent")
    with serve_jlis(site) as origin:
        threading.Timer(0.1, site.stop).start()
        # Sooner than the silence would end by itself, after a minute.
        answer = requests.post(f"{origin}/ocsp", data=b"question", timeout=SILENCE_SECONDS / 2)
    assert answer.status_code == 503


def test_lists_and_authorities(jlis_bench: Bench) -> None:
    with serve_jlis(JlisSite(jlis_bench.jlis)) as origin:
        crl = requests.get(f"{origin}/crl/signature-1.crl", timeout=60)
        root = requests.get(f"{origin}/roots/user-2.cer", timeout=60)
    assert crl.headers["Content-Type"] == "application/pkix-crl"
    assert x509.load_der_x509_crl(crl.content).is_signature_valid(jlis_bench.jlis.root("signature", 1).public_key())
    assert x509.load_der_x509_certificate(root.content) == jlis_bench.jlis.root("user")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/crl/signature-9.crl", 404),
        ("GET", "/crl/../keys/user-1.pem", 404),
        ("POST", "/crl/signature-1.crl", 404),
        ("GET", "/ocsp", 405),
    ],
)
def test_other_requests(jlis_bench: Bench, method: str, path: str, status: int) -> None:
    with serve_jlis(JlisSite(jlis_bench.jlis)) as origin:
        assert requests.request(method, origin + path, timeout=60).status_code == status


def test_a_request_too_large(jlis_bench: Bench) -> None:
    with serve_jlis(JlisSite(jlis_bench.jlis)) as origin:
        assert requests.post(f"{origin}/ocsp", data=bytes(5000), timeout=60).status_code == 413
