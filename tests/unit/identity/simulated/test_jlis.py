"""The simulated J-LIS: the profile of what it issues, its folder, and what it refuses."""

from __future__ import annotations

import os
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from ippyo.errors import InputError, ParseError
from ippyo.identity.certificates import check_certificate
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool, writable
from ippyo.identity.simulated.jlis_profile import validity_end
from ippyo.identity.simulated.jlis_store import RevokedEntry, Store

Bench = Any


def test_a_signature_certificate_has_the_exact_profile(jlis_bench: Bench) -> None:
    url = "http://127.0.0.1:1/ocsp"
    card = jlis_bench.jlis.personalise(
        jlis_bench.person, CardPins(), jlis_bench.now, pool=jlis_bench.pool, ocsp_url=url
    )
    certificate = x509.load_der_x509_certificate(card.signature.certificate)
    extensions = {extension.oid.dotted_string: extension for extension in certificate.extensions}
    assert [part.rfc4514_attribute_name for part in certificate.subject] == ["C", "L", "L", "CN"]
    assert "99999" in str(certificate.subject)
    # Key usage as on cards: 03 02 06 C0 (digitalSignature, nonRepudiation), critical.
    assert extensions["2.5.29.15"].critical
    assert extensions["2.5.29.15"].value.public_bytes() == bytes.fromhex("030206c0")
    assert extensions["2.5.29.32"].critical
    assert sorted(oid for oid, extension in extensions.items() if extension.critical) == ["2.5.29.15", "2.5.29.32"]
    access = extensions["1.3.6.1.5.5.7.1.1"].value
    assert isinstance(access, x509.AuthorityInformationAccess)
    assert [(one.access_method, one.access_location.value) for one in access] == [
        (AuthorityInformationAccessOID.OCSP, url)
    ]
    points = extensions["2.5.29.31"].value
    assert isinstance(points, x509.CRLDistributionPoints)
    assert points[0].full_name is not None
    (name,) = points[0].full_name
    assert name.value.rfc4514_string() == (
        "CN=Ippyo-shi CRLDP,OU=Mihon-ken,OU=CRL Distribution Points,OU=JPKI for digital signature,O=JPKI-TEST,C=JP"
    )


def test_a_user_certificate_names_nobody(jlis_bench: Bench) -> None:
    certificate = x509.load_der_x509_certificate(jlis_bench.user)
    assert [part.rfc4514_attribute_name for part in certificate.subject] == ["C", "CN"]
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert "花子".encode() not in jlis_bench.user


def test_keys_are_one_s_own_unless_a_pool_is_given(jlis_bench: Bench) -> None:
    own = jlis_bench.jlis.personalise(jlis_bench.person, CardPins(), jlis_bench.now)
    assert own.signature.key != own.user.key
    pool = KeyPool(1)
    first, second = (
        jlis_bench.jlis.personalise(jlis_bench.person, CardPins(), jlis_bench.now, pool=pool) for _ in range(2)
    )
    assert first.signature.key == second.user.key
    assert first.signature.certificate != second.signature.certificate


@pytest.mark.parametrize(
    ("issued", "born", "end"),
    [
        (datetime(2025, 10, 27, tzinfo=UTC), date(1960, 2, 17), date(2030, 2, 17)),
        (datetime(2025, 1, 27, tzinfo=UTC), date(1960, 2, 17), date(2029, 2, 17)),
        (datetime(2025, 2, 17, tzinfo=UTC), date(1960, 2, 17), date(2030, 2, 17)),
        (datetime(2025, 2, 27, tzinfo=UTC), date(1960, 2, 29), date(2029, 2, 28)),
        (datetime(2024, 2, 29, tzinfo=UTC), None, date(2029, 2, 28)),
        # In Japan it is the next day already.
        (datetime(2025, 2, 16, 20, tzinfo=UTC), date(1960, 2, 17), date(2030, 2, 17)),
    ],
)
def test_certificates_end_with_the_fifth_birthday(issued: datetime, born: date | None, end: date) -> None:
    assert validity_end(issued, born) == datetime(end.year, end.month, end.day, 14, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kept", "flags"),
    [
        ("渡邉　健", "渡邉　健", "0000"),
        ("𠮷田", "吉田", "10"),
        ("𠮟る", "〓る", "10"),
        ("葛\U000e0100城", "葛城", "10"),
        ("鷗外", "鷗外", "00"),
        ("\U000e0100", "〓", "1"),
    ],
)
def test_characters_beyond_jis_are_replaced_and_flagged(name: str, kept: str, flags: str) -> None:
    person = BasicData(name, "見本県", "male", BirthDate(1990, 1, 1))
    written = writable(person, {"𠮷": "吉"})
    assert (written.name, written.name_substitutes) == (kept, flags)
    assert written.address_substitutes == "000"


def test_its_folder_keeps_it(jlis_fresh: Bench) -> None:
    again = Jlis(jlis_fresh.folder)
    assert again.pins() == jlis_fresh.jlis.pins()
    card = again.personalise(jlis_fresh.person, CardPins(), jlis_fresh.now, pool=jlis_fresh.pool)
    assert card.user is not None
    check_certificate(card.user.certificate, "user", jlis_fresh.trust, jlis_fresh.now)
    for path in (jlis_fresh.folder / "keys").glob("*.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(os.stat(jlis_fresh.folder / "keys").st_mode) == 0o700


def test_what_one_process_does_another_sees(jlis_fresh: Bench) -> None:
    other = Jlis(jlis_fresh.folder)
    other.renew(jlis_fresh.now)
    other.revoke(jlis_fresh.user, jlis_fresh.now, "superseded")
    assert jlis_fresh.jlis.generations("user") == 3
    assert len(jlis_fresh.jlis.pins()) == 6
    crl = x509.load_der_x509_crl(jlis_fresh.jlis.crl("user", jlis_fresh.now, 2))
    (entry,) = crl
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.superseded
    assert len(x509.load_der_x509_crl(jlis_fresh.jlis.crl("user", jlis_fresh.now))) == 0
    assert len(x509.load_der_x509_crl(jlis_fresh.jlis.crl("signature", jlis_fresh.now, 2))) == 0


def test_a_j_lis_of_the_next_card_s_keys(tmp_path: Path) -> None:
    now = datetime(2028, 4, 1, tzinfo=UTC)
    jlis = Jlis.create(tmp_path / "jlis", now, algorithm="ES384")
    person = BasicData("一票", "見本県", "male", BirthDate(1990, 1, 1))
    card = jlis.personalise(person, CardPins(), now, algorithm="ES384")
    assert card.signature is not None
    assert check_certificate(card.signature.certificate, "signature", jlis.trust(), now).algorithm == "ES384"
    crl = x509.load_der_x509_crl(jlis.crl("signature", now))
    assert isinstance(crl.signature_hash_algorithm, hashes.SHA384)


def test_only_one_in_a_folder_and_none_in_others(jlis_fresh: Bench, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="already"):
        Jlis.create(jlis_fresh.folder, jlis_fresh.now)
    with pytest.raises(InputError, match="there is no simulated J-LIS"):
        Jlis(tmp_path / "none")
    with pytest.raises(InputError, match="no generation 9"):
        jlis_fresh.jlis.root("user", 9)


def test_it_revokes_its_own_only(jlis_other: Bench, jlis_fresh: Bench) -> None:
    with pytest.raises(InputError, match="not of this simulated"):
        jlis_fresh.jlis.revoke(jlis_other.user, jlis_fresh.now)
    with pytest.raises(InputError, match="not of this simulated"):
        jlis_fresh.jlis.revoke(b"rubbish", jlis_fresh.now)


def test_revoked_once_is_revoked_since_then(tmp_path: Path, jlis_fresh: Bench) -> None:
    store = Store(jlis_fresh.folder)
    store.revoke(RevokedEntry("user", 1, 5, 100, "superseded"))
    store.revoke(RevokedEntry("user", 1, 5, 200, "certificateHold"))
    assert store.revoked() == [RevokedEntry("user", 1, 5, 100, "superseded")]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("keys/user-2.pem", b"rubbish"),
        ("keys/user-2-ocsp.cer", b"rubbish"),
    ],
)
def test_a_broken_folder_is_named(jlis_fresh: Bench, file: str, content: bytes) -> None:
    (jlis_fresh.folder / file).write_bytes(content)
    with pytest.raises(ParseError, match="cannot be read"):
        Jlis(jlis_fresh.folder)


def test_a_key_of_another_kind_is_refused(jlis_fresh: Bench) -> None:
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (jlis_fresh.folder / "keys" / "user-1.pem").write_bytes(pem)
    with pytest.raises(ParseError, match="keys cannot be read"):
        Jlis(jlis_fresh.folder)


@pytest.mark.parametrize(
    "entry",
    [
        '{"kind":"other","generation":1,"serial":"5","time":1,"reason":"superseded"}',
        '{"kind":"user","generation":1,"serial":"x","time":1,"reason":"superseded"}',
        '{"kind":"user","generation":1,"serial":"5","time":1,"reason":"bored"}',
    ],
)
def test_a_broken_list_is_refused(jlis_fresh: Bench, entry: str) -> None:
    (jlis_fresh.folder / "revoked.json").write_text(f'{{"revoked":[{entry}]}}')
    with pytest.raises(ParseError, match="revoked certificates cannot be read"):
        jlis_fresh.jlis.crl("user", jlis_fresh.now)


def test_requests_that_are_none_of_its_business(jlis_bench: Bench, jlis_other: Bench) -> None:
    def status(request: bytes) -> ocsp.OCSPResponseStatus:
        return ocsp.load_der_ocsp_response(jlis_bench.jlis.ocsp(request, jlis_bench.now)).response_status

    assert status(b"rubbish") is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    certificate, root = x509.load_der_x509_certificate(jlis_other.user), jlis_other.jlis.root("user")
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, root, hashes.SHA256())
    foreign = builder.build().public_bytes(serialization.Encoding.DER)
    assert status(foreign) is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_an_answer_without_a_nonce_asked_has_none(jlis_bench: Bench) -> None:
    certificate, root = x509.load_der_x509_certificate(jlis_bench.user), jlis_bench.jlis.root("user")
    for add in (False, True):
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, root, hashes.SHA1())
        if add:
            builder = builder.add_extension(
                x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"), critical=False
            )
        request = builder.build().public_bytes(serialization.Encoding.DER)
        answer = ocsp.load_der_ocsp_response(jlis_bench.jlis.ocsp(request, jlis_bench.now + timedelta(days=1)))
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
        assert len(answer.extensions) == 0
