"""A simulated J-LIS for the tests of certificates and revocation, and a forger that bends what it issued."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ippyo.identity.certificates import Trust
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class JlisBench:
    """Two generations, a card of each, and what is needed to forge."""

    folder: Path
    jlis: Jlis
    trust: Trust
    now: datetime
    person: BasicData
    pool: KeyPool
    signature: bytes
    user: bytes

    def authority_key(self, stem: str) -> rsa.RSAPrivateKey:
        data = (self.folder / "keys" / f"{stem}.pem").read_bytes()
        return cast(rsa.RSAPrivateKey, serialization.load_pem_private_key(data, None))

    def forge(
        self,
        der: bytes,
        *,
        change: Iterable[tuple[x509.ExtensionType, bool]] = (),
        drop: Iterable[type[x509.ExtensionType]] = (),
        key: Any = None,
        signer: Any = None,
        issuer: x509.Name | None = None,
        span: tuple[datetime, datetime] | None = None,
        digest: Any = None,
    ) -> bytes:
        """Return the certificate again, signed by the newest authority unless told otherwise, with some changes."""
        old = x509.load_der_x509_certificate(der)
        kind = "signature" if b"digital signature" in old.issuer.public_bytes() else "user"
        changed = {type(value): (value, critical) for value, critical in change}
        builder = x509.CertificateBuilder(
            issuer or old.issuer, old.subject, key or cast(Any, old.public_key()), old.serial_number
        )
        start, end = span or (old.not_valid_before_utc, old.not_valid_after_utc)
        builder = builder.not_valid_before(start).not_valid_after(end)
        for extension in old.extensions:
            kept = changed.pop(type(extension.value), (extension.value, extension.critical))
            if type(extension.value) not in drop:
                builder = builder.add_extension(*kept)
        for value, critical in changed.values():
            builder = builder.add_extension(value, critical)
        signed = builder.sign(signer or self.authority_key(f"{kind}-2"), digest or hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="session")
def jlis_bench(tmp_path_factory: pytest.TempPathFactory) -> JlisBench:
    """Return a bench that tests only read: nothing is revoked on it."""
    return _bench(tmp_path_factory.mktemp("jlis") / "jlis")


@pytest.fixture(scope="session")
def jlis_other(tmp_path_factory: pytest.TempPathFactory) -> JlisBench:
    """Return another J-LIS, with other keys under the same names."""
    return _bench(tmp_path_factory.mktemp("other") / "jlis")


@pytest.fixture
def jlis_fresh(jlis_bench: JlisBench, tmp_path: Path) -> JlisBench:
    """Return a copy of one's own, in which certificates can be revoked."""
    folder = tmp_path / "jlis"
    shutil.copytree(jlis_bench.folder, folder)
    return replace(jlis_bench, folder=folder, jlis=Jlis(folder))


def _bench(folder: Path) -> JlisBench:
    jlis = Jlis.create(folder, NOW - timedelta(days=365), generations=2)
    person = BasicData("一票　花子", "見本県一票市本町１丁目２番３号", "female", BirthDate(1990, 3, 4))
    pool = KeyPool(2)
    card = jlis.personalise(person, CardPins(), NOW - timedelta(days=100), pool=pool)
    assert card.signature is not None
    assert card.user is not None
    return JlisBench(folder, jlis, jlis.trust(), NOW, person, pool, card.signature.certificate, card.user.certificate)
