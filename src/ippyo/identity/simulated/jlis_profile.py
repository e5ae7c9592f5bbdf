"""Certificates of the exact profile of J-LIS, but of the test hierarchy: authorities, holders, OCSP responders."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from ippyo.identity.certificates.basic_data import write_basic_data
from ippyo.identity.certificates.profile import CPS_URI, TEST_ORGANISATION, TEST_POLICIES, Kind
from ippyo.identity.person import BasicData

__all__ = [
    "PLACE",
    "Place",
    "PrivateKey",
    "authority_certificate",
    "authority_name",
    "digest_for",
    "holder_certificate",
    "responder_certificate",
    "validity_end",
]

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_UNITS: Final[dict[Kind, str]] = {"signature": "JPKI for digital signature", "user": "JPKI for user authentication"}
_AGENCY = "Japan Agency for Local Authority Information Systems"
_SERVICE = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "公的個人認証サービス"),
    ]
)
_AUTHORITY_SPAN = timedelta(days=6 * 365)
"""Years before and after now: also a card that has expired today was issued by the authority."""

_TERM_YEARS = 5
_JAPAN = timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Place:
    """The municipality in a holder's certificates: romanised prefecture and city, and its 5-digit code."""

    prefecture: str
    city: str
    code: str


PLACE = Place("Mihon-ken", "Ippyo-shi", "99999")
"""An invented one."""


def authority_name(kind: Kind) -> x509.Name:
    """Return the name that every generation of one authority has."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, TEST_ORGANISATION),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _UNITS[kind]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _AGENCY),
        ]
    )


def authority_certificate(kind: Kind, key: PrivateKey, at: datetime) -> x509.Certificate:
    """Return a self-signed authority, valid from six years before ``at`` to six years after."""
    name = authority_name(kind)
    builder = _builder(name, name, key.public_key(), at - _AUTHORITY_SPAN, at + _AUTHORITY_SPAN)
    return (
        builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DirectoryName(_SERVICE)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_points(name), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, digest_for(key))
    )


def holder_certificate(
    kind: Kind,
    issuer: x509.Certificate,
    issuer_key: PrivateKey,
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    span: tuple[datetime, datetime],
    basic: BasicData,
    place: Place,
    ocsp_url: str | None,
) -> x509.Certificate:
    """Return a certificate for a card; of ``basic``, nothing gets into one of the kind ``user``."""
    builder = _builder(_holder_name(kind, span[0], place), issuer.subject, public_key, *span)
    usage = ("digital_signature", "content_commitment") if kind == "signature" else ("digital_signature",)
    policy = next(oid for oid, of in TEST_POLICIES.items() if of == kind)
    builder = (
        builder.add_extension(_usage(*usage), critical=True)
        .add_extension(x509.CertificatePolicies([x509.PolicyInformation(policy, [CPS_URI])]), critical=True)
        .add_extension(x509.IssuerAlternativeName([x509.DirectoryName(_SERVICE)]), critical=False)
        .add_extension(_points(_point_name(kind, place)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    if kind == "signature":
        builder = builder.add_extension(x509.SubjectAlternativeName(write_basic_data(basic)), critical=False)
    if ocsp_url:
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return builder.sign(issuer_key, digest_for(issuer_key))


def responder_certificate(issuer: x509.Certificate, issuer_key: PrivateKey, key: PrivateKey) -> x509.Certificate:
    """Return the certificate of the OCSP responder that an authority charges with its answers."""
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, TEST_ORGANISATION)
    name = x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, "OCSP responder")])
    span = (issuer.not_valid_before_utc, issuer.not_valid_after_utc)
    return (
        _builder(name, issuer.subject, key.public_key(), *span)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(issuer_key, digest_for(issuer_key))
    )


def validity_end(issued: datetime, born: date | None) -> datetime:
    """Return the last second of the holder's fifth birthday after the issue, by Japan's clock."""
    day = (issued + _JAPAN).date()
    birthday = born or day
    year = day.year + _TERM_YEARS - ((birthday.month, birthday.day) > (day.month, day.day))
    # Born on 29 February, birthdays of common years are on the 28th.
    last = date(year, birthday.month, min(birthday.day, 28)) if birthday.month == 2 else birthday.replace(year=year)
    return datetime.combine(last, time(23, 59, 59), UTC) - _JAPAN


def digest_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """Return the hash that signatures of this key are made with."""
    return hashes.SHA256() if isinstance(key, rsa.RSAPrivateKey) else hashes.SHA384()


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    start: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    # Random, not counted up: several processes issue from one folder.
    serial = secrets.randbelow(2**62) + 2**62
    builder = x509.CertificateBuilder(issuer, subject, key, serial)
    return builder.not_valid_before(start.replace(microsecond=0)).not_valid_after(end.replace(microsecond=0))


def _holder_name(kind: Kind, issued: datetime, place: Place) -> x509.Name:
    common = f"{int(issued.timestamp()):08X}{secrets.token_hex(3).upper()}{place.code}001A"
    places = [x509.NameAttribute(NameOID.LOCALITY_NAME, name) for name in (place.prefecture, place.city)]
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            *(places if kind == "signature" else []),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _point_name(kind: Kind, place: Place) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, TEST_ORGANISATION),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _UNITS[kind]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "CRL Distribution Points"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, place.prefecture),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{place.city} CRLDP"),
        ]
    )


def _points(name: x509.Name) -> x509.CRLDistributionPoints:
    return x509.CRLDistributionPoints([x509.DistributionPoint([x509.DirectoryName(name)], None, None, None)])


def _usage(*allowed: str) -> x509.KeyUsage:
    every = (
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
    return x509.KeyUsage(**{use: use in allowed for use in every})
