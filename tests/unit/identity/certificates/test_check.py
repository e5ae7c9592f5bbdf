"""Every check of a certificate: what is right passes, what is altered gets the refusal of docs/registration.md §4."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store

from ippyo.identity.certificates import CheckedCertificate, Trust, check_certificate
from ippyo.identity.certificates.basic_data import write_basic_data
from ippyo.identity.certificates.profile import POLICIES, TEST_POLICIES
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, writable

Bench = Any


def refusal(act: Callable[[], object]) -> IdentityRefusedError:
    with pytest.raises(IdentityRefusedError) as caught:
        act()
    return caught.value


def code(bench: Bench, der: bytes, kind: Any = "signature", at: datetime | None = None) -> str:
    return refusal(lambda: check_certificate(der, kind, bench.trust, at or bench.now)).code


def usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def policies(*oids: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids])


SIGNATURE_POLICY = "1.2.392.200149.8.5.1.0.20"
USER_POLICY = "1.2.392.200149.8.5.1.0.30"


def test_both_kinds_pass_and_only_one_names_its_holder(jlis_bench: Bench) -> None:
    signature = check_certificate(jlis_bench.signature, "signature", jlis_bench.trust, jlis_bench.now)
    user = check_certificate(jlis_bench.user, "user", jlis_bench.trust, jlis_bench.now)
    assert signature.basic == writable(jlis_bench.person)
    assert user.basic is None
    assert (signature.kind, user.kind) == ("signature", "user")
    assert signature.der == jlis_bench.signature
    assert signature.issuer != user.issuer
    assert signature.serial != user.serial
    assert b"CRLDP" in next(iter(signature.crl_points))
    assert len({signature.identity, user.identity}) == 2
    assert len(signature.identity) == 32


def test_nothing_personal_is_shown(jlis_bench: Bench) -> None:
    checked = check_certificate(jlis_bench.signature, "signature", jlis_bench.trust, jlis_bench.now)
    assert repr(checked) == "CheckedCertificate(signature, hidden)"
    assert "花子" not in f"{checked!r}{checked.basic!r}"


def test_an_independent_verifier_agrees(jlis_bench: Bench) -> None:
    """pyca/cryptography's path validation, with a policy for these certificates, takes what is taken here."""
    oid = x509.ObjectIdentifier(SIGNATURE_POLICY)

    def has_policy(policy: Any, certificate: x509.Certificate, extension: x509.CertificatePolicies | None) -> None:
        assert extension is not None
        assert [one.policy_identifier for one in extension] == [oid]

    holder = ExtensionPolicy.permit_all().require_present(x509.CertificatePolicies, Criticality.CRITICAL, has_policy)
    holder = holder.require_present(x509.KeyUsage, Criticality.CRITICAL, None)
    verifier = (
        PolicyBuilder()
        .store(Store([root.certificate for root in jlis_bench.trust.roots]))
        .time(jlis_bench.now.replace(tzinfo=None))
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=holder)
        .build_client_verifier()
    )
    verified = verifier.verify(x509.load_der_x509_certificate(jlis_bench.signature), [])
    checked = check_certificate(jlis_bench.signature, "signature", jlis_bench.trust, jlis_bench.now)
    assert verified.chain[-1] == checked.root.certificate


@pytest.mark.parametrize("generation", [1, 2])
def test_each_generation_under_the_one_name_is_found_by_its_key(jlis_bench: Bench, generation: int) -> None:
    card = jlis_bench.jlis.personalise(
        jlis_bench.person, CardPins(), jlis_bench.now, pool=jlis_bench.pool, generation=generation
    )
    checked = check_certificate(card.signature.certificate, "signature", jlis_bench.trust, jlis_bench.now)
    assert checked.root.certificate == jlis_bench.jlis.root("signature", generation)
    assert checked.issuer == jlis_bench.trust.for_kind("signature")[0].name


def test_the_same_serial_of_another_generation_is_another_identity(jlis_bench: Bench) -> None:
    again = jlis_bench.forge(jlis_bench.signature, signer=jlis_bench.authority_key("signature-1"))
    first = check_certificate(jlis_bench.signature, "signature", jlis_bench.trust, jlis_bench.now)
    second = check_certificate(again, "signature", jlis_bench.trust, jlis_bench.now)
    assert (first.issuer, first.serial) == (second.issuer, second.serial)
    assert first.identity != second.identity


def test_the_next_card_s_key_is_taken(jlis_bench: Bench) -> None:
    card = jlis_bench.jlis.personalise(jlis_bench.person, CardPins(), jlis_bench.now, algorithm="ES384")
    checked = check_certificate(card.signature.certificate, "signature", jlis_bench.trust, jlis_bench.now)
    assert checked.algorithm == "ES384"
    key = serialization.load_der_private_key(card.signature.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    checked.verify(b"message", key.sign(b"message", ec.ECDSA(hashes.SHA384())), "ES384")
    assert refusal(lambda: checked.verify(b"other", bytes(96), "ES384")).code == "bad-signature"


def test_the_card_s_signature(jlis_bench: Bench) -> None:
    card = jlis_bench.jlis.personalise(jlis_bench.person, CardPins(), jlis_bench.now, pool=jlis_bench.pool)
    checked = check_certificate(card.signature.certificate, "signature", jlis_bench.trust, jlis_bench.now)
    key = serialization.load_der_private_key(card.signature.key, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    good = key.sign(b"message", padding.PKCS1v15(), hashes.SHA256())
    checked.verify(b"message", good, "RS256")
    weak = key.sign(b"message", padding.PKCS1v15(), hashes.SHA1())
    for message, signature, algorithm in (
        (b"messagf", good, "RS256"),
        (b"message", good[:-1] + bytes([good[-1] ^ 1]), "RS256"),
        (b"message", good + b"\0", "RS256"),
        (b"message", b"", "RS256"),
        (b"message", weak, "RS256"),
        (b"message", good, "ES384"),
        (b"message", good, "none"),
    ):
        assert refusal(lambda: checked.verify(message, signature, algorithm)).code == "bad-signature"  # noqa: B023


# --- bad-certificate ---


def test_extensions_that_do_no_harm_are_tolerated(jlis_bench: Bench) -> None:
    der = jlis_bench.forge(
        jlis_bench.signature,
        change=[
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
            (policies("1.2.3.4", SIGNATURE_POLICY), True),
        ],
        drop=[x509.CRLDistributionPoints],
    )
    assert check_certificate(der, "signature", jlis_bench.trust, jlis_bench.now).crl_points == frozenset()


@pytest.mark.parametrize(
    "change",
    [
        (policies(SIGNATURE_POLICY), False),
        (policies("1.2.3.4"), True),
        (policies(SIGNATURE_POLICY, USER_POLICY), True),
        (usage(digital_signature=True, content_commitment=True), False),
        (usage(digital_signature=True), True),
        (usage(digital_signature=True, content_commitment=True, key_encipherment=True), True),
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), True),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), True),
        (x509.NameConstraints([x509.DNSName("example.jp")], None), True),
        (x509.SubjectAlternativeName([x509.DNSName("example.jp")]), False),
    ],
)
def test_what_is_not_of_the_profile_is_refused(jlis_bench: Bench, change: tuple[x509.ExtensionType, bool]) -> None:
    assert code(jlis_bench, jlis_bench.forge(jlis_bench.signature, change=[change])) == "bad-certificate"


@pytest.mark.parametrize("kind", [x509.CertificatePolicies, x509.KeyUsage, x509.SubjectAlternativeName])
def test_what_the_profile_asks_for_is_needed(jlis_bench: Bench, kind: type[x509.ExtensionType]) -> None:
    assert code(jlis_bench, jlis_bench.forge(jlis_bench.signature, drop=[kind])) == "bad-certificate"


@pytest.mark.parametrize(
    "der", [b"", b"\x30\x00", b"\x30\x82", bytes(100), bytes(9000)], ids=["empty", "short", "cut", "zeros", "large"]
)
def test_what_cannot_be_read_is_refused(jlis_bench: Bench, der: bytes) -> None:
    assert code(jlis_bench, der) == "bad-certificate"


def test_nothing_may_follow_or_lack(jlis_bench: Bench) -> None:
    for der in (jlis_bench.signature + b"\xff", jlis_bench.signature[:-1], b"\0" + jlis_bench.signature):
        assert code(jlis_bench, der) == "bad-certificate"


def test_a_certificate_of_version_1_is_refused(jlis_bench: Bench) -> None:
    # The field [0] with version 3 follows the two outer headers; its value 2 becomes 0.
    at = jlis_bench.signature.index(bytes.fromhex("a003020102"))
    der = jlis_bench.signature[: at + 4] + b"\0" + jlis_bench.signature[at + 5 :]
    assert code(jlis_bench, der) == "bad-certificate"


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_serial_number_is_positive(jlis_bench: Bench) -> None:
    at = jlis_bench.signature.index(bytes.fromhex("a0030201020208")) + 7
    der = jlis_bench.signature[:at] + b"\x80" + jlis_bench.signature[at + 1 :]
    assert code(jlis_bench, der) == "bad-certificate"


@pytest.mark.parametrize(
    "key",
    [
        rsa.RSAPublicNumbers(65537, (1 << 1023) + 643).public_key(),
        rsa.RSAPublicNumbers(3, (1 << 2047) + 643).public_key(),
        rsa.RSAPublicNumbers(2**32 + 1, (1 << 2047) + 643).public_key(),
        rsa.RSAPublicNumbers(65537, (1 << 4096) + 643).public_key(),
        ec.generate_private_key(ec.SECP256R1()).public_key(),
    ],
    ids=["rsa-1024", "e-3", "e-large", "rsa-4097", "p-256"],
)
def test_unsuitable_keys_are_refused(jlis_bench: Bench, key: Any) -> None:
    assert code(jlis_bench, jlis_bench.forge(jlis_bench.signature, key=key)) == "bad-certificate"


@pytest.mark.parametrize(
    "bend",
    [
        lambda names: names[1:],
        lambda names: [*names, names[0]],
        lambda names: [x509.OtherName(names[0].type_id, b"\x0c\x02\xff\xff"), *names[1:]],
        lambda names: [x509.OtherName(names[0].type_id, b"\x13\x01A"), *names[1:]],
        lambda names: [names[0], x509.OtherName(names[1].type_id, b"\x0c\x0819900304"), *names[2:]],
        lambda names: [names[0], x509.OtherName(names[1].type_id, b"\x0c\x09419901304"), *names[2:]],
        lambda names: [*names[:2], x509.OtherName(names[2].type_id, b"\x0c\x017"), *names[3:]],
        lambda names: [*names[:4], x509.OtherName(names[4].type_id, b"\x0c\x010"), names[5]],
    ],
)
def test_basic_data_that_are_not_of_their_form_are_refused(
    jlis_bench: Bench, bend: Callable[[list[x509.OtherName]], list[x509.OtherName]]
) -> None:
    names = bend(write_basic_data(writable(jlis_bench.person)))
    der = jlis_bench.forge(jlis_bench.signature, change=[(x509.SubjectAlternativeName(names), False)])
    refused = refusal(lambda: check_certificate(der, "signature", jlis_bench.trust, jlis_bench.now))
    assert refused.code == "bad-certificate"
    assert "花子" not in str(refused)
    assert "1990" not in str(refused)


def test_basic_data_may_stand_in_any_order_with_others(jlis_bench: Bench) -> None:
    kana = x509.OtherName(x509.ObjectIdentifier("1.2.392.200149.8.5.5.7"), b"\x0c\x01A")
    names = [kana, *reversed(write_basic_data(writable(jlis_bench.person))), x509.DNSName("example.jp")]
    der = jlis_bench.forge(jlis_bench.signature, change=[(x509.SubjectAlternativeName(names), False)])
    checked = check_certificate(der, "signature", jlis_bench.trust, jlis_bench.now)
    assert checked.basic == writable(jlis_bench.person)


# --- test-certificate ---


def test_production_takes_no_test_certificate(jlis_bench: Bench) -> None:
    production = Trust(tuple(_as_production(jlis_bench)))
    for der, kind in ((jlis_bench.signature, "signature"), (jlis_bench.user, "user")):
        refused = refusal(lambda: check_certificate(der, kind, production, jlis_bench.now))  # type: ignore[arg-type] # noqa: B023
        assert refused.code == "test-certificate"


def test_production_takes_its_own_policies_only(jlis_bench: Bench) -> None:
    (root,) = _as_production(jlis_bench)
    production, name = Trust((root,)), root.certificate.subject
    key = jlis_bench.authority_key("signature-2")

    def forged(oid: str) -> bytes:
        der: bytes = jlis_bench.forge(jlis_bench.signature, change=[(policies(oid), True)], signer=key, issuer=name)
        return der

    real = next(oid for oid, kind in POLICIES.items() if kind == "signature").dotted_string
    checked = check_certificate(forged(real), "signature", production, jlis_bench.now)
    assert isinstance(checked, CheckedCertificate)
    refused = refusal(lambda: check_certificate(forged(SIGNATURE_POLICY), "signature", production, jlis_bench.now))
    assert refused.code == "test-certificate"


def test_policy_and_hierarchy_belong_together_in_test_mode(jlis_bench: Bench) -> None:
    real = next(oid for oid, kind in POLICIES.items() if kind == "signature").dotted_string
    der = jlis_bench.forge(jlis_bench.signature, change=[(policies(real), True)])
    assert code(jlis_bench, der) == "bad-certificate"


def test_policies_of_test_and_production_are_disjoint() -> None:
    assert not set(POLICIES) & set(TEST_POLICIES)
    assert sorted(POLICIES.values()) == sorted(TEST_POLICIES.values()) == ["signature", "user"]


# --- unknown-issuer ---


def test_another_j_lis_is_unknown(jlis_bench: Bench, jlis_other: Bench) -> None:
    assert code(jlis_bench, jlis_other.signature) == "unknown-issuer"


def test_an_altered_certificate_is_unknown(jlis_bench: Bench) -> None:
    altered = jlis_bench.signature.replace("花子".encode(), "太郎".encode())
    assert altered != jlis_bench.signature
    assert code(jlis_bench, altered) == "unknown-issuer"


def test_the_other_authority_issues_no_certificate_of_this_kind(jlis_bench: Bench) -> None:
    der = jlis_bench.forge(
        jlis_bench.signature,
        signer=jlis_bench.authority_key("user-2"),
        issuer=jlis_bench.jlis.root("user").subject,
    )
    assert code(jlis_bench, der) == "unknown-issuer"


def test_a_weak_signature_of_the_authority_is_not_taken(jlis_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.identity.certificates.keys.SIGNATURE_HASHES", {})
    assert code(jlis_bench, jlis_bench.signature) == "unknown-issuer"


def test_a_card_s_holder_is_no_authority(jlis_bench: Bench) -> None:
    card = jlis_bench.jlis.personalise(jlis_bench.person, CardPins(), jlis_bench.now, pool=jlis_bench.pool)
    holder = serialization.load_der_private_key(card.signature.key, None)
    subject = x509.load_der_x509_certificate(card.signature.certificate).subject
    assert code(jlis_bench, jlis_bench.forge(jlis_bench.signature, signer=holder)) == "unknown-issuer"
    assert code(jlis_bench, jlis_bench.forge(jlis_bench.signature, signer=holder, issuer=subject)) == "unknown-issuer"


# --- wrong-certificate, certificate-expired, certificate-not-yet ---


def test_the_other_kind_is_wrong(jlis_bench: Bench) -> None:
    assert code(jlis_bench, jlis_bench.user) == "wrong-certificate"
    assert code(jlis_bench, jlis_bench.signature, "user") == "wrong-certificate"


def test_validity_is_that_of_the_time_of_use(jlis_bench: Bench) -> None:
    certificate, second = x509.load_der_x509_certificate(jlis_bench.signature), timedelta(seconds=1)
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    for at in (start, end):
        check_certificate(jlis_bench.signature, "signature", jlis_bench.trust, at)
    assert code(jlis_bench, jlis_bench.signature, at=start - second) == "certificate-not-yet"
    assert code(jlis_bench, jlis_bench.signature, at=end + second) == "certificate-expired"


def test_an_issuer_whose_own_time_is_over_vouches_for_nobody(jlis_bench: Bench) -> None:
    span = (jlis_bench.now, datetime(2050, 1, 1, tzinfo=UTC))
    der = jlis_bench.forge(jlis_bench.signature, span=span)
    check_certificate(der, "signature", jlis_bench.trust, jlis_bench.now)
    assert code(jlis_bench, der, at=datetime(2040, 1, 1, tzinfo=UTC)) == "certificate-expired"


def test_persons_without_a_whole_date_of_birth(jlis_bench: Bench) -> None:
    person = BasicData("一票　太郎", "見本県", "unknown", BirthDate(1930, 0, 0))
    card = jlis_bench.jlis.personalise(person, CardPins(), jlis_bench.now, pool=jlis_bench.pool)
    checked = check_certificate(card.signature.certificate, "signature", jlis_bench.trust, jlis_bench.now)
    assert checked.basic is not None
    assert checked.basic.born == BirthDate(1930, 0, 0)


def _as_production(bench: Bench) -> list[Any]:
    """Return the newest signature authority as if it were of the production hierarchy: same key, O=JPKI."""
    from ippyo.identity.certificates import Root  # noqa: PLC0415

    old = bench.jlis.root("signature")
    name = x509.Name(
        [
            x509.NameAttribute(part.oid, "JPKI" if part.oid == NameOID.ORGANIZATION_NAME else part.value)
            for part in old.subject
        ]
    )
    key = bench.authority_key("signature-2")
    builder = x509.CertificateBuilder(name, name, key.public_key(), 2)
    builder = builder.not_valid_before(old.not_valid_before_utc).not_valid_after(old.not_valid_after_utc)
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return [Root.from_der(der, "signature")]
