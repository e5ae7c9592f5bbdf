"""OCSP: only a fresh answer, to this question, by a responder of the issuer, counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from ippyo.identity.certificates import CheckedCertificate, check_certificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation import OcspSource

Bench = Any
MINUTE = timedelta(minutes=1)
KEY = rsa.generate_private_key(65537, 2048)


def checked(bench: Bench) -> CheckedCertificate:
    return check_certificate(bench.signature, "signature", bench.trust, bench.now)


def code(post: Callable[[bytes], bytes], bench: Bench, at: datetime | None = None) -> str:
    with pytest.raises(IdentityRefusedError) as caught:
        OcspSource(post).require_good(checked(bench), at or bench.now)
    return caught.value.code


def answering(
    bench: Bench,
    *,
    signer: str | None = "signature-2",
    purpose: tuple[x509.ObjectIdentifier, ...] | None = (ExtendedKeyUsageOID.OCSP_SIGNING,),
    usage: bool | None = None,
    no_check: bool = True,
    span: timedelta = timedelta(days=1),
    about: bytes | None = None,
    named: x509.Certificate | None = None,
    next_update: timedelta | None = 30 * MINUTE,
    add: x509.ExtensionType | None = None,
    nonce: bool = True,
    key_hash: bool = True,
    digest: Any = hashes.SHA256(),  # noqa: B008
) -> Callable[[bytes], bytes]:
    """Return a responder whose certificate or answers are bent as told; without ``signer`` the authority answers."""
    root = bench.jlis.root("signature")

    def delegate() -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "responder")])
        builder = x509.CertificateBuilder(root.subject, name, KEY.public_key(), 77)
        builder = builder.not_valid_before(bench.now - timedelta(days=9)).not_valid_after(bench.now + span)
        if purpose:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purpose), critical=False)
        if no_check:
            builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        if usage is not None:
            bits = dict.fromkeys(("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"), False)
            bits |= dict.fromkeys(("crl_sign", "encipher_only", "decipher_only"), False)
            builder = builder.add_extension(
                x509.KeyUsage(digital_signature=usage, content_commitment=True, **bits), critical=True
            )
        return builder.sign(bench.authority_key(signer or ""), hashes.SHA256())

    def post(request: bytes) -> bytes:
        asked = ocsp.load_der_ocsp_request(request)
        certificate = x509.load_der_x509_certificate(about or bench.signature)
        end = bench.now + next_update if next_update else None
        builder = ocsp.OCSPResponseBuilder().add_response(
            certificate, root, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD, bench.now, end, None, None
        )
        if nonce:
            builder = builder.add_extension(asked.extensions[0].value, critical=False)
        if add:
            builder = builder.add_extension(add, critical=True)
        own = delegate() if signer else root
        if signer:
            builder = builder.certificates([own])
        encoding = ocsp.OCSPResponderEncoding.HASH if key_hash else ocsp.OCSPResponderEncoding.NAME
        builder = builder.responder_id(encoding, named or own)
        key = KEY if signer else bench.authority_key("signature-2")
        answer: bytes = builder.sign(key, digest).public_bytes(serialization.Encoding.DER)
        return answer

    return post


@pytest.mark.parametrize(
    "post", [{}, {"signer": None}, {"key_hash": False}, {"usage": True}, {"digest": hashes.SHA384()}]
)
def test_responders_of_the_issuer_are_believed(jlis_bench: Bench, post: dict[str, Any]) -> None:
    source = OcspSource(answering(jlis_bench, **post))
    (answer,) = source.require_good(checked(jlis_bench), jlis_bench.now).answers
    assert answer.source == "ocsp"
    assert answer.produced == int(jlis_bench.now.timestamp()) // 3600 * 3600


@pytest.mark.parametrize(
    "post",
    [
        {"signer": "signature-1"},
        {"signer": "user-2"},
        {"purpose": None},
        {"purpose": (ExtendedKeyUsageOID.CLIENT_AUTH,)},
        {"usage": False},
        {"no_check": False},
        {"span": -timedelta(days=1)},
        {"nonce": False},
        {"add": x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")},
    ],
)
def test_others_are_not_believed(jlis_bench: Bench, post: dict[str, Any]) -> None:
    assert code(answering(jlis_bench, **post), jlis_bench) == "revocation-unavailable"


def test_the_responder_named_is_the_one_whose_certificate_is_sent(jlis_bench: Bench) -> None:
    other = x509.load_der_x509_certificate(jlis_bench.forge(jlis_bench.user, key=KEY.public_key()))
    post = answering(jlis_bench, named=other, key_hash=False)
    assert code(post, jlis_bench) == "revocation-unavailable"


def test_an_answer_about_another_certificate_is_refused(jlis_bench: Bench) -> None:
    assert code(answering(jlis_bench, about=jlis_bench.user), jlis_bench) == "revocation-unavailable"


def test_a_weak_signature_is_refused(jlis_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    post = answering(jlis_bench)
    certificate = checked(jlis_bench)
    monkeypatch.setattr("ippyo.identity.revocation.ocsp_source.SIGNATURE_HASHES", {})
    with pytest.raises(IdentityRefusedError, match="weak kind"):
        OcspSource(post).require_good(certificate, jlis_bench.now)


@pytest.mark.parametrize("post", [{"next_update": None}, {"next_update": timedelta(0), "span": timedelta(days=9)}])
def test_an_answer_has_an_end(jlis_bench: Bench, post: dict[str, Any]) -> None:
    at = jlis_bench.now if post["next_update"] is None else jlis_bench.now + 6 * MINUTE
    assert code(answering(jlis_bench, **post), jlis_bench, at) == "revocation-stale"


def test_an_answer_is_of_now(jlis_bench: Bench) -> None:
    def post(request: bytes) -> bytes:
        answer: bytes = jlis_bench.jlis.ocsp(request, jlis_bench.now)
        return answer

    OcspSource(post).require_good(checked(jlis_bench), jlis_bench.now + 30 * MINUTE)
    assert code(post, jlis_bench, jlis_bench.now + 40 * MINUTE) == "revocation-stale"
    assert code(post, jlis_bench, jlis_bench.now - 10 * MINUTE) == "revocation-stale"
    strict = OcspSource(post, max_age=MINUTE)
    with pytest.raises(IdentityRefusedError, match="revocation-stale"):
        strict.require_good(checked(jlis_bench), jlis_bench.now + 2 * MINUTE)


def test_a_replayed_answer_is_refused(jlis_bench: Bench) -> None:
    asked: list[bytes] = []

    def remember(request: bytes) -> bytes:
        asked.append(request)
        return bytes(answering(jlis_bench)(request))

    OcspSource(remember).require_good(checked(jlis_bench), jlis_bench.now)
    recorded = answering(jlis_bench)(asked[0])
    assert code(lambda _: recorded, jlis_bench) == "revocation-unavailable"


def test_an_altered_answer_is_refused(jlis_bench: Bench) -> None:
    def post(request: bytes) -> bytes:
        answer = bytearray(answering(jlis_bench, signer=None)(request))
        answer[-1] ^= 1
        return bytes(answer)

    assert code(post, jlis_bench) == "revocation-unavailable"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"rubbish",
        bytes(70_000),
        ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
            serialization.Encoding.DER
        ),
    ],
    ids=["empty", "rubbish", "long", "later"],
)
def test_what_is_no_answer_is_refused(jlis_bench: Bench, answer: bytes) -> None:
    assert code(lambda _: answer, jlis_bench) == "revocation-unavailable"


@pytest.mark.parametrize(
    ("behaviour", "refused"),
    [
        ("stale", "revocation-stale"),
        ("unknown", "revocation-unavailable"),
        ("wrong-nonce", "revocation-unavailable"),
        ("wrong-signature", "revocation-unavailable"),
    ],
)
def test_the_simulated_responder_misbehaves_as_told(jlis_bench: Bench, behaviour: Any, refused: str) -> None:
    def post(request: bytes) -> bytes:
        answer: bytes = jlis_bench.jlis.ocsp(request, jlis_bench.now, behaviour)
        return answer

    assert code(post, jlis_bench) == refused


@pytest.mark.parametrize("reason", ["superseded", "certificateHold"])
def test_a_revoked_certificate_is_refused_at_once(jlis_fresh: Bench, reason: str) -> None:
    def post(request: bytes) -> bytes:
        answer: bytes = jlis_fresh.jlis.ocsp(request, jlis_fresh.now)
        return answer

    OcspSource(post).require_good(checked(jlis_fresh), jlis_fresh.now)
    jlis_fresh.jlis.revoke(jlis_fresh.signature, jlis_fresh.now, reason)
    assert code(post, jlis_fresh) == "certificate-revoked"
