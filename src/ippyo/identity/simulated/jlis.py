"""A J-LIS of one's own: two authorities with all their generations, virtual cards, revocation lists, OCSP answers.

For tests, the demo and training. What it issues has the exact profile of real certificates, in the test hierarchy.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPRequest

from ippyo.errors import InputError
from ippyo.identity.card.virtual.contents import CardContents, KeyContents, TextContents
from ippyo.identity.certificates import Kind, Pin, Trust
from ippyo.identity.certificates.keys import DECODING_ERRORS, signed_by
from ippyo.identity.certificates.profile import KINDS
from ippyo.identity.person import BasicData
from ippyo.identity.simulated.jlis_characters import writable
from ippyo.identity.simulated.jlis_profile import (
    PLACE,
    Place,
    PrivateKey,
    authority_certificate,
    digest_for,
    holder_certificate,
    responder_certificate,
    validity_end,
)
from ippyo.identity.simulated.jlis_store import Authority, RevokedEntry, Store

__all__ = ["Behaviour", "CardPins", "Jlis", "KeyPool", "new_key", "writable"]

Behaviour = Literal["proper", "stale", "unknown", "wrong-nonce", "wrong-signature", "silent"]
"""How the responder answers: as it should, or in one of the ways that a client has to refuse."""

CRL_TERM = timedelta(days=2)
OCSP_TERM = timedelta(minutes=30)
_LONG_AGO = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CardPins:
    """The three PINs of a virtual card: for 署名用, for 利用者証明用, for 券面事項入力補助."""

    signature: str = field(default="ABC123", repr=False)
    user: str = field(default="1234", repr=False)
    text: str = field(default="1234", repr=False)


def new_key(algorithm: str = "RS256") -> PrivateKey:
    """Return a new key as a card has it: RSA with 2048 bits (``RS256``) or P-384 (``ES384``)."""
    if algorithm == "ES384":
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(65537, 2048)


class KeyPool:
    """A few RSA keys that many virtual cards share, for a whole town's cards in seconds instead of minutes.

    Cards of one pool can sign for one another, as real cards never can: for load tests and demos only.
    """

    def __init__(self, size: int = 8) -> None:
        self._keys = cycle([new_key() for _ in range(size)])
        self._lock = threading.Lock()

    def next(self) -> PrivateKey:
        """Return one of the keys, in turn."""
        with self._lock:
            return next(self._keys)


class Jlis:
    """A simulated J-LIS in a folder. Every time given has its zone."""

    def __init__(self, folder: Path) -> None:
        """Open the one in ``folder``. Raises :class:`InputError` where there is none."""
        self._store = Store(folder)
        self._read: dict[Kind, list[Authority]] = {kind: self._store.authorities(kind) for kind in KINDS}

    @classmethod
    def create(cls, folder: Path, at: datetime, *, algorithm: str = "RS256", generations: int = 1) -> Self:
        """Make one in a new or empty folder. Raises :class:`InputError`."""
        store = Store(folder)
        store.create()
        for kind in KINDS:
            for generation in range(1, generations + 1):
                store.add(_new_authority(kind, generation, algorithm, at))
        return cls(folder)

    def renew(self, at: datetime, *, algorithm: str = "RS256") -> None:
        """Add a generation to both authorities: new keys, the same names."""
        for kind in KINDS:
            self._store.add(_new_authority(kind, self.generations(kind) + 1, algorithm, at))

    # --- what a registry is configured with ---

    @property
    def roots(self) -> Path:
        """The folder for :meth:`Trust.from_folder`."""
        return self._store.roots

    def generations(self, kind: Kind) -> int:
        """Return how many generations an authority has."""
        return len(self._held(kind))

    def pins(self) -> tuple[Pin, ...]:
        """Return the pins of all generations."""
        return tuple(Pin(one.kind, one.certificate.fingerprint(hashes.SHA256())) for one in self._everybody())

    def root(self, kind: Kind, generation: int | None = None) -> x509.Certificate:
        """Return an authority's certificate, the newest unless told otherwise. Raises :class:`InputError`."""
        return self._authority(kind, generation).certificate

    def trust(self) -> Trust:
        """Return trust in all generations, in test mode."""
        return Trust.from_folder(self.roots, self.pins(), test=True)

    # --- cards ---

    def personalise(
        self,
        person: BasicData,
        pins: CardPins,
        at: datetime,
        *,
        place: Place = PLACE,
        algorithm: str = "RS256",
        pool: KeyPool | None = None,
        generation: int | None = None,
        ocsp_url: str | None = None,
        similar: Mapping[str, str] = MappingProxyType({}),
    ) -> CardContents:
        """Return a card issued at a time: both keys and certificates, and the basic four data.

        ``person`` is as in the resident register; see :func:`writable` for what certificates make of it. ``pool``
        replaces new keys (slow) by shared ones. ``generation`` counts from 1; the newest issues unless told otherwise.
        """
        basic = writable(person, similar)
        span = (at, validity_end(at, person.born.complete))

        def key_contents(kind: Kind, pin: str) -> KeyContents:
            authority = self._authority(kind, generation)
            key = pool.next() if pool else new_key(algorithm)
            certificate = holder_certificate(
                kind, authority.certificate, authority.key, key.public_key(), span, basic, place, ocsp_url
            )
            encoded = key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            return KeyContents(pin, encoded, _der(certificate), _der(authority.certificate))

        text = TextContents(pins.text, BasicData(basic.name, basic.address, basic.sex, basic.born))
        return CardContents(key_contents("signature", pins.signature), key_contents("user", pins.user), text)

    def _held(self, kind: Kind) -> list[Authority]:
        """Return all generations, also those that another process has added meanwhile."""
        if self._store.count(kind) != len(self._read[kind]):
            self._read[kind] = self._store.authorities(kind)
        return self._read[kind]

    def _everybody(self) -> list[Authority]:
        return [authority for kind in KINDS for authority in self._held(kind)]

    def _authority(self, kind: Kind, generation: int | None) -> Authority:
        held = self._held(kind)
        if generation is None:
            return held[-1]
        if not 1 <= generation <= len(held):
            raise InputError(f"the simulated J-LIS has no generation {generation}")
        return held[generation - 1]

    # --- revocation ---

    def revoke(self, der: bytes, at: datetime, reason: str = "cessationOfOperation") -> None:
        """Revoke a certificate (DER) of this J-LIS, for every process that uses the folder.

        Raises :class:`InputError` for a certificate that it did not issue.
        """
        try:
            certificate = x509.load_der_x509_certificate(der)
        except ValueError:
            raise InputError("this certificate is not of this simulated J-LIS") from None
        issuer = next((one for one in self._everybody() if signed_by(certificate, one.certificate)), None)
        if issuer is None:
            raise InputError("this certificate is not of this simulated J-LIS")
        serial, seconds = certificate.serial_number, int(at.timestamp())
        self._store.revoke(RevokedEntry(issuer.kind, issuer.generation, serial, seconds, reason))

    def crl(self, kind: Kind, at: datetime, generation: int | None = None) -> bytes:
        """Return the complete revocation list (DER) of one authority, made at a time and good for two days."""
        authority = self._authority(kind, generation)
        builder = x509.CertificateRevocationListBuilder(authority.certificate.subject, at, at + CRL_TERM)
        for entry in self._store.revoked():
            if (entry.kind, entry.generation) == (kind, authority.generation):
                revoked = x509.RevokedCertificateBuilder(entry.serial, datetime.fromtimestamp(entry.time, UTC))
                reason = x509.CRLReason(x509.ReasonFlags(entry.reason))
                builder = builder.add_revoked_certificate(revoked.add_extension(reason, critical=False).build())
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        builder = builder.add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        return builder.sign(authority.key, digest_for(authority.key)).public_bytes(serialization.Encoding.DER)

    def ocsp(self, request: bytes, at: datetime, behaviour: Behaviour = "proper") -> bytes:
        """Return the answer (DER) to an OCSP request (DER) at a time."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
            # Some parts are decoded only when they are asked for.
            serial, extensions, authority = asked.serial_number, asked.extensions, self._asked(asked)
        except (*DECODING_ERRORS, NotImplementedError):
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if authority is None or serial < 0:
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        made = at - _LONG_AGO if behaviour == "stale" else at
        entries = self._store.revoked() if behaviour != "unknown" else []
        same = (authority.kind, authority.generation, serial)
        entry = next((one for one in entries if (one.kind, one.generation, one.serial) == same), None)
        good = ocsp.OCSPCertStatus.UNKNOWN if behaviour == "unknown" else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            asked.issuer_name_hash,
            asked.issuer_key_hash,
            serial,
            asked.hash_algorithm,
            ocsp.OCSPCertStatus.REVOKED if entry else good,
            made,
            made + OCSP_TERM,
            datetime.fromtimestamp(entry.time, UTC) if entry else None,
            x509.ReasonFlags(entry.reason) if entry else None,
        )
        for extension in extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                nonce = x509.OCSPNonce(bytes(32)) if behaviour == "wrong-nonce" else extension.value
                builder = builder.add_extension(nonce, critical=False)
        signer = authority if behaviour != "wrong-signature" else self._other(authority)
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.responder)
        builder = builder.certificates([signer.responder])
        answer = builder.sign(signer.responder_key, digest_for(signer.responder_key))
        return answer.public_bytes(serialization.Encoding.DER)

    def _asked(self, request: OCSPRequest) -> Authority | None:
        """Return the authority that a request names by the hash of its key."""
        for one in self._everybody():
            builder = ocsp.OCSPRequestBuilder()
            probe = builder.add_certificate(one.certificate, one.certificate, request.hash_algorithm).build()
            if probe.issuer_key_hash == request.issuer_key_hash:
                return one
        return None

    def _other(self, authority: Authority) -> Authority:
        """Return an authority that may not answer for this one."""
        return self._authority("user" if authority.kind == "signature" else "signature", None)


def _new_authority(kind: Kind, generation: int, algorithm: str, at: datetime) -> Authority:
    key, responder_key = new_key(algorithm), new_key(algorithm)
    certificate = authority_certificate(kind, key, at)
    responder = responder_certificate(certificate, key, responder_key)
    return Authority(kind, generation, certificate, key, responder, responder_key)


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
