"""Revocation lists: imported only when right, believed only while fresh."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from ippyo.canonical import sha256
from ippyo.errors import InputError
from ippyo.identity.certificates import CheckedCertificate, check_certificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation import CrlSource, import_crl

Bench = Any
HOUR = timedelta(hours=1)


def checked(bench: Bench, der: bytes | None = None) -> CheckedCertificate:
    return check_certificate(der or bench.signature, "signature", bench.trust, bench.now)


def code(source: CrlSource, certificate: CheckedCertificate, at: datetime) -> str:
    with pytest.raises(IdentityRefusedError) as caught:
        source.require_good(certificate, at)
    return caught.value.code


def issuing_point(**changes: Any) -> x509.IssuingDistributionPoint:
    fields: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(fields | changes))


@pytest.fixture
def make_crl(jlis_bench: Bench) -> Callable[..., bytes]:
    """Return a maker of lists of the newest signature authority, bent as told."""

    def make(
        *,
        at: datetime | None = None,
        serials: tuple[int, ...] = (),
        add: tuple[tuple[x509.ExtensionType, bool], ...] = (),
        signer: str = "signature-2",
        issuer: str = "signature",
        digest: Any = None,
    ) -> bytes:
        made = at or jlis_bench.now
        name = jlis_bench.jlis.root(issuer).subject
        builder = x509.CertificateRevocationListBuilder(name, made, made + timedelta(days=2))
        for serial in serials:
            builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, made).build())
        for value, critical in add:
            builder = builder.add_extension(value, critical)
        crl = builder.sign(jlis_bench.authority_key(signer), digest or hashes.SHA256())
        return crl.public_bytes(serialization.Encoding.DER)

    return make


def test_good_is_shown_by_the_list_itself(jlis_bench: Bench, tmp_path: Path) -> None:
    der = jlis_bench.jlis.crl("signature", jlis_bench.now)
    import_crl(der, jlis_bench.trust, tmp_path, jlis_bench.now)
    (answer,) = CrlSource(tmp_path, jlis_bench.trust).require_good(checked(jlis_bench), jlis_bench.now).answers
    assert (answer.source, answer.sha256) == ("crl", sha256(der))
    assert answer.produced == int(jlis_bench.now.timestamp()) // 3600 * 3600


@pytest.mark.parametrize("reason", ["cessationOfOperation", "certificateHold"])
def test_a_revoked_certificate_is_refused_from_the_next_list_on(jlis_fresh: Bench, tmp_path: Path, reason: str) -> None:
    folder = tmp_path / "crl"
    folder.mkdir()
    source, certificate = CrlSource(folder, jlis_fresh.trust), checked(jlis_fresh)
    import_crl(jlis_fresh.jlis.crl("signature", jlis_fresh.now), jlis_fresh.trust, folder, jlis_fresh.now)
    source.require_good(certificate, jlis_fresh.now)
    jlis_fresh.jlis.revoke(jlis_fresh.signature, jlis_fresh.now, reason)
    source.require_good(certificate, jlis_fresh.now)
    later = jlis_fresh.now + HOUR
    import_crl(jlis_fresh.jlis.crl("signature", later), jlis_fresh.trust, folder, later)
    assert code(source, certificate, later) == "certificate-revoked"
    # Revoked stays revoked, be the list ever so old.
    assert code(source, certificate, later + timedelta(days=30)) == "certificate-revoked"


def test_no_list_no_answer(jlis_bench: Bench, tmp_path: Path) -> None:
    certificate, now = checked(jlis_bench), jlis_bench.now
    assert code(CrlSource(tmp_path, jlis_bench.trust), certificate, now) == "revocation-unavailable"
    assert code(CrlSource(tmp_path / "none", jlis_bench.trust), certificate, now) == "revocation-unavailable"


def test_the_list_of_another_key_says_nothing(jlis_bench: Bench, tmp_path: Path) -> None:
    for kind, generation in (("user", 2), ("signature", 1)):
        der = jlis_bench.jlis.crl(kind, jlis_bench.now, generation)
        import_crl(der, jlis_bench.trust, tmp_path, jlis_bench.now)
    assert len(list(tmp_path.iterdir())) == 2
    certificate = checked(jlis_bench)
    assert code(CrlSource(tmp_path, jlis_bench.trust), certificate, jlis_bench.now) == "revocation-unavailable"


def test_a_list_is_fresh_for_as_long_as_policy_and_list_say(jlis_bench: Bench, tmp_path: Path) -> None:
    now, certificate = jlis_bench.now, checked(jlis_bench)
    import_crl(jlis_bench.jlis.crl("signature", now), jlis_bench.trust, tmp_path, now)
    strict = CrlSource(tmp_path, jlis_bench.trust, max_age=HOUR)
    strict.require_good(certificate, now + HOUR)
    assert code(strict, certificate, now + HOUR + timedelta(seconds=1)) == "revocation-stale"
    lenient = CrlSource(tmp_path, jlis_bench.trust, max_age=timedelta(days=30))
    lenient.require_good(certificate, now + 48 * HOUR)
    assert code(lenient, certificate, now + 48 * HOUR + timedelta(seconds=1)) == "revocation-stale"
    assert code(lenient, certificate, now - HOUR) == "revocation-stale"


def test_a_file_that_is_not_right_stops_everybody(jlis_bench: Bench, tmp_path: Path) -> None:
    import_crl(jlis_bench.jlis.crl("signature", jlis_bench.now), jlis_bench.trust, tmp_path, jlis_bench.now)
    (tmp_path / "other.txt").write_text("no list")
    source, certificate = CrlSource(tmp_path, jlis_bench.trust), checked(jlis_bench)
    source.require_good(certificate, jlis_bench.now)
    (tmp_path / "other.crl").write_bytes(b"no list")
    assert code(source, certificate, jlis_bench.now) == "revocation-unavailable"


def test_an_earlier_list_never_replaces_a_later_one(jlis_bench: Bench, tmp_path: Path) -> None:
    now = jlis_bench.now
    later = jlis_bench.jlis.crl("signature", now)
    import_crl(later, jlis_bench.trust, tmp_path, now)
    with pytest.raises(InputError, match="earlier than the one"):
        import_crl(jlis_bench.jlis.crl("signature", now - HOUR), jlis_bench.trust, tmp_path, now)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [later]
    import_crl(later, jlis_bench.trust, tmp_path, now)


def test_only_lists_for_the_present_are_imported(jlis_bench: Bench, tmp_path: Path) -> None:
    now = jlis_bench.now
    for at in (now - timedelta(days=3), now + HOUR):
        with pytest.raises(InputError, match="not for the present"):
            import_crl(jlis_bench.jlis.crl("signature", at), jlis_bench.trust, tmp_path, now)
    with pytest.raises(InputError, match="no folder"):
        import_crl(jlis_bench.jlis.crl("signature", now), jlis_bench.trust, tmp_path / "none", now)


def test_a_list_too_large_is_not_read(jlis_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.identity.revocation.crl_source.CRL_LIMIT", 100)
    with pytest.raises(InputError, match="larger"):
        import_crl(jlis_bench.jlis.crl("signature", jlis_bench.now), jlis_bench.trust, tmp_path, jlis_bench.now)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"signer": "user-2"}, "no pinned root"),
        ({"issuer": "user"}, "no pinned root"),
        ({"add": ((x509.DeltaCRLIndicator(1), True),)}, "delta"),
        ({"add": ((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"), True),)}, "not understood"),
        ({"add": ((issuing_point(indirect_crl=True), True),)}, "a part"),
        ({"add": ((issuing_point(only_contains_ca_certs=True), True),)}, "a part"),
        ({"add": ((issuing_point(only_contains_attribute_certs=True), True),)}, "a part"),
        (
            {"add": ((issuing_point(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise])), True),)},
            "a part",
        ),
        (
            {"add": ((issuing_point(full_name=[x509.UniformResourceIdentifier("http://x.example")]), True),)},
            "not named by directory",
        ),
    ],
)
def test_lists_that_could_hide_something_are_refused(
    jlis_bench: Bench, tmp_path: Path, make_crl: Callable[..., bytes], changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        import_crl(make_crl(**changes), jlis_bench.trust, tmp_path, jlis_bench.now)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_list_is_refused(jlis_bench: Bench, tmp_path: Path, make_crl: Callable[..., bytes]) -> None:
    good = make_crl()
    altered = good[:-1] + bytes([good[-1] ^ 1])
    for der, problem in ((b"", "read"), (good + b"\0", "read"), (altered, "no pinned root")):
        with pytest.raises(InputError, match=problem):
            import_crl(der, jlis_bench.trust, tmp_path, jlis_bench.now)


def test_a_list_signed_with_another_kind_of_key_is_refused(jlis_bench: Bench, tmp_path: Path) -> None:
    name = jlis_bench.jlis.root("signature").subject
    builder = x509.CertificateRevocationListBuilder(name, jlis_bench.now, jlis_bench.now + HOUR)
    der = builder.sign(ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()).public_bytes(
        serialization.Encoding.DER
    )
    with pytest.raises(InputError, match="no pinned root"):
        import_crl(der, jlis_bench.trust, tmp_path, jlis_bench.now)


def test_a_list_without_an_end_is_refused(jlis_bench: Bench, tmp_path: Path, make_crl: Callable[..., bytes]) -> None:
    crl = x509.load_der_x509_crl(make_crl())
    assert crl.next_update_utc is not None
    end = b"\x17\x0d" + crl.next_update_utc.strftime("%y%m%d%H%M%SZ").encode()
    tbs = crl.tbs_certlist_bytes
    assert (tbs[1], tbs.count(end)) == (0x81, 1)
    endless = tlv(0x30, tbs[3:].replace(end, b""))
    signature = jlis_bench.authority_key("signature-2").sign(endless, padding.PKCS1v15(), hashes.SHA256())
    algorithm = bytes.fromhex("300d06092a864886f70d01010b0500")
    der = tlv(0x30, endless + algorithm + tlv(0x03, b"\0" + signature))
    with pytest.raises(InputError, match="when the next one comes"):
        import_crl(der, jlis_bench.trust, tmp_path, jlis_bench.now)


def tlv(tag: int, content: bytes) -> bytes:
    return (
        bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content
        if len(content) > 255
        else (bytes([tag, 0x81, len(content)]) + content)
    )


def test_a_list_signed_with_a_weak_hash_is_refused(
    jlis_bench: Bench, tmp_path: Path, make_crl: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ippyo.identity.revocation.crl.SIGNATURE_HASHES", {})
    with pytest.raises(InputError, match="no pinned root"):
        import_crl(make_crl(), jlis_bench.trust, tmp_path, jlis_bench.now)


def test_a_list_for_some_municipalities_covers_theirs_only(
    jlis_bench: Bench, tmp_path: Path, make_crl: Callable[..., bytes]
) -> None:
    certificate = checked(jlis_bench)
    points = x509.load_der_x509_certificate(jlis_bench.signature).extensions.get_extension_for_class(
        x509.CRLDistributionPoints
    )
    own = points.value[0].full_name
    other = [x509.DirectoryName(jlis_bench.jlis.root("user").subject)]
    source = CrlSource(tmp_path, jlis_bench.trust)
    import_crl(make_crl(add=((issuing_point(full_name=other), True),)), jlis_bench.trust, tmp_path, jlis_bench.now)
    assert code(source, certificate, jlis_bench.now) == "revocation-unavailable"
    import_crl(make_crl(add=((issuing_point(full_name=own), True),)), jlis_bench.trust, tmp_path, jlis_bench.now)
    source.require_good(certificate, jlis_bench.now)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_list_of_all_that_says_so_covers_all(
    jlis_bench: Bench, tmp_path: Path, make_crl: Callable[..., bytes]
) -> None:
    whole = make_crl(serials=(1, 2, 3), add=((issuing_point(only_contains_user_certs=True), True),))
    import_crl(whole, jlis_bench.trust, tmp_path, jlis_bench.now)
    CrlSource(tmp_path, jlis_bench.trust).require_good(checked(jlis_bench), jlis_bench.now)


def test_an_older_list_that_names_the_certificate_counts_beside_a_newer_one(
    jlis_bench: Bench, tmp_path: Path, make_crl: Callable[..., bytes]
) -> None:
    certificate = checked(jlis_bench)
    (tmp_path / "a.crl").write_bytes(make_crl())
    (tmp_path / "b.crl").write_bytes(make_crl(at=jlis_bench.now - HOUR, serials=(certificate.serial,)))
    source = CrlSource(tmp_path, jlis_bench.trust)
    assert code(source, certificate, jlis_bench.now) == "certificate-revoked"
