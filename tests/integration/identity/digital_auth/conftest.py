"""A simulated service with two registered clients and two people, and this registry's side of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from ippyo.identity.card.virtual.contents import CardContents, KeyContents, TextContents
from ippyo.identity.digital_auth import ClientKey, DigitalAuth, DigitalAuthConfig, Journey, ResultKey, transport
from ippyo.identity.messages import BLINDED_BYTES, StyleRequest, TicketRequestText
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.digital_auth import (
    RegisteredClient,
    SimulatedDigitalAuth,
    press_button,
    serve_digital_auth,
)

REDIRECT = "http://127.0.0.1:8000/registration/back"
HANAKO = BasicData("一票花子", "緑町一丁目2番3号", "female", BirthDate(1950, 4, 5))


def card(basic: BasicData | None, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None) -> CardContents:
    text = None if basic is None else TextContents("1234", basic)
    if key is None:
        return CardContents(None, None, text)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI-TEST")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return CardContents(KeyContents("ABC123", private, certificate, certificate), None, text)


@dataclass
class Clock:
    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Bench:
    """Everything at hand; ``ours`` and ``theirs`` are the clocks of registry and service."""

    service: SimulatedDigitalAuth
    config: DigitalAuthConfig
    client: DigitalAuth
    ours: Clock
    theirs: Clock
    request: TicketRequestText
    people: dict[str, CardContents] = field(repr=False)

    def back(self, journey: Journey, decision: str = "allow", person: str = "hanako") -> dict[str, str]:
        """Press a button and return the query that the voter's browser brings."""
        query = parse_qs(urlsplit(press_button(journey.location, person, decision)).query)
        return {name: values[0] for name, values in query.items()}


Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no answer be late because this computer is busy."""
    for name in ("CONNECT_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(transport, name, 60.0)


@pytest.fixture(scope="session")
def digital_auth_people() -> dict[str, CardContents]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "hanako": card(HANAKO, key),
        "next-card": card(HANAKO, ec.generate_private_key(ec.SECP384R1())),
        "child": card(HANAKO, None),
        "no-text": card(None, key),
    }


def a_request(nonce: bytes = b"\x01" * 32, when: int | None = None) -> TicketRequestText:
    styles = (StyleRequest("all", (b"\x02" * BLINDED_BYTES,)),)
    return TicketRequestText("P" * 43, nonce, int(time.time()) if when is None else when, styles)


@pytest.fixture
def digital_auth_bench(digital_auth_people: dict[str, CardContents]) -> Make:
    """Return ``bench(service=…, result_key=…, client_key=…, registered_key=…, **config)``, a context manager."""

    @contextmanager
    def bench(
        service: type[SimulatedDigitalAuth] = SimulatedDigitalAuth,
        result_key: ResultKey | None = None,
        registered_result_key: ResultKey | None = None,
        registered_key: ClientKey | None = None,
        client_id: str = "town",
        registered_uri: str = REDIRECT,
        **more: Any,
    ) -> Iterator[Bench]:
        ours, theirs = Clock(), Clock()
        key = ClientKey.of(ec.generate_private_key(ec.SECP256R1()))
        sealed_to = registered_result_key or result_key
        registered = RegisteredClient(
            "town",
            (registered_uri,),
            (registered_key or key).public_jwk(),
            None if sealed_to is None else sealed_to.public_jwk(),
        )

        def make(origin: str) -> SimulatedDigitalAuth:
            return service(origin, digital_auth_people, (registered,), theirs)

        with serve_digital_auth(make) as served:
            config = DigitalAuthConfig.at(
                served.issuer,
                client_id=client_id,
                redirect_uri=REDIRECT,
                client_key=key,
                result_key=result_key,
                **more,
            )
            client = DigitalAuth(config, ours, seconds=60)
            yield Bench(served, config, client, ours, theirs, a_request(), digital_auth_people)

    return bench


@pytest.fixture
def digital_auth_request() -> Callable[..., TicketRequestText]:
    return a_request
