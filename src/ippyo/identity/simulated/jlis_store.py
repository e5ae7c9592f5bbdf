"""The folder of a simulated J-LIS, which several processes may use at once.

roots/KIND-N.cer            authority of generation N
keys/KIND-N.pem             its private key (mode 0600, not encrypted: it is worth nothing outside tests)
keys/KIND-N-ocsp.pem, .cer  its responder's private key and certificate
revoked.json                {"revoked":[{"kind":..,"generation":N,"serial":DECIMAL,"time":S,"reason":..}..]}
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ippyo.canonical import dumps, fields, loads
from ippyo.errors import InputError, ParseError
from ippyo.files import read_limited, replace_file, write_new
from ippyo.identity.certificates.profile import CERTIFICATE_LIMIT, KINDS, Kind
from ippyo.identity.simulated.jlis_profile import PrivateKey

__all__ = ["REASONS", "Authority", "RevokedEntry", "Store"]

REASONS = ("affiliationChanged", "cessationOfOperation", "superseded", "certificateHold")
"""Why J-LIS revokes, in the words of RFC 5280."""

WHAT = "simulated J-LIS"
MOST_REVOKED = 1_000_000
_LIST_LIMIT = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Authority:
    """One generation (1, 2, ..) of one of the two authorities, with its OCSP responder."""

    kind: Kind
    generation: int
    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    responder: x509.Certificate
    responder_key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class RevokedEntry:
    """A revoked certificate: whose, its serial number, since when (seconds), and why."""

    kind: Kind
    generation: int
    serial: int
    time: int
    reason: str

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        read = fields(value, WHAT, "kind", "generation", "serial", "time", "reason")
        kind = next((kind for kind in KINDS if kind == read.text("kind", limit=20)), None)
        serial, reason = read.text("serial", limit=60), read.text("reason", limit=30)
        if kind is None or not (serial.isascii() and serial.isdigit()) or reason not in REASONS:
            raise ParseError(WHAT, "its list of revoked certificates cannot be read")
        return cls(kind, read.integer("generation", low=1), int(serial), read.integer("time"), reason)

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {
            "kind": self.kind,
            "generation": self.generation,
            "serial": str(self.serial),
            "time": self.time,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Store:
    """Reads and writes the folder."""

    folder: Path

    @property
    def roots(self) -> Path:
        """The folder of the authorities' certificates."""
        return self.folder / "roots"

    def create(self) -> None:
        """Make the empty folders. Raises :class:`InputError` where there is something already."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.roots.mkdir()
            (self.folder / "keys").mkdir(mode=0o700)
        except OSError:
            raise InputError(f"there is a simulated J-LIS in {self.folder} already, or no place for one") from None

    def add(self, authority: Authority) -> None:
        """Write a new generation, its certificate last: whoever sees that finds everything."""
        stem = f"{authority.kind}-{authority.generation}"
        keys = self.folder / "keys"
        write_new(keys / f"{stem}.pem", _pem(authority.key), private=True)
        write_new(keys / f"{stem}-ocsp.pem", _pem(authority.responder_key), private=True)
        write_new(keys / f"{stem}-ocsp.cer", _der(authority.responder))
        write_new(self.roots / f"{stem}.cer", _der(authority.certificate))

    def count(self, kind: Kind) -> int:
        """Return how many generations one kind has."""
        return len(list(self.roots.glob(f"{kind}-*.cer")))

    def authorities(self, kind: Kind) -> list[Authority]:
        """Return all generations of one kind, at least one. Raises :class:`InputError`."""
        count = self.count(kind)
        if not count:
            raise InputError(f"there is no simulated J-LIS in {self.folder}; make one with ippyo card jlis init")
        return [self._authority(kind, generation) for generation in range(1, count + 1)]

    def _authority(self, kind: Kind, generation: int) -> Authority:
        stem, keys = f"{kind}-{generation}", self.folder / "keys"
        return Authority(
            kind,
            generation,
            _read_certificate(self.roots / f"{stem}.cer"),
            _read_key(keys / f"{stem}.pem"),
            _read_certificate(keys / f"{stem}-ocsp.cer"),
            _read_key(keys / f"{stem}-ocsp.pem"),
        )

    def revoked(self) -> list[RevokedEntry]:
        """Return what is revoked by now. Raises :class:`InputError`."""
        path = self.folder / "revoked.json"
        if not path.exists():
            return []
        read = fields(loads(read_limited(path, _LIST_LIMIT, WHAT), what=WHAT, limit=_LIST_LIMIT), WHAT, "revoked")
        return read.map("revoked", RevokedEntry.from_value, limit=MOST_REVOKED)

    def revoke(self, *entries: RevokedEntry) -> None:
        """Add to the list; what is on it stays as it was."""
        with self._locked():
            held = {(entry.kind, entry.generation, entry.serial): entry for entry in (*entries, *self.revoked())}
            text = dumps({"revoked": [entry.to_value() for entry in held.values()]})
            replace_file(self.folder / "revoked.json", text.encode(), private=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.roots, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _read_key(path: Path) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(read_limited(path, CERTIFICATE_LIMIT, WHAT), None)
    except (ValueError, TypeError):
        raise ParseError(WHAT, "one of its keys cannot be read") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ParseError(WHAT, "one of its keys cannot be read")
    return key


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(read_limited(path, CERTIFICATE_LIMIT, WHAT))
    except ValueError:
        raise ParseError(WHAT, "one of its certificates cannot be read") from None
